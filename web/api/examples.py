"""An example of each body that an operation takes, by the name of its schema; each is one that the schema lets through."""

from __future__ import annotations

from typing import Any

PERSON = "5f0c6f0e-8f0b-4c55-9a63-0e4d5a1f7b21"
WAY = "0b9d7f2c-1d2e-4f3a-8b4c-5d6e7f8a9b0c.3c2b1a09-8f7e-4d6c-9b5a-4f3e2d1c0b9a"
EXAMPLES: dict[str, dict[str, Any]] = {
    "Annotation": {"deed": "tag", "what": "vip"},
    "Back": {"kind": "router"},
    "Consulting": {"person": PERSON, "reason": "She asks for the refund by bank transfer."},
    "CorrectedLesson": {"teaches": {"text": "When is my money back?", "article": "refunds"}},
    "Correction": {"category": "billing", "priority": 2},
    "Given": {"team": "technical"},
    "HandedOn": {"to": {"team": "technical"}, "reason": "The hub has no connection since Monday."},
    "HookChange": {"is_active": False},
    "HookIn": {"name": "CRM", "url": "https://crm.example.com/events", "kinds": ["ticket_opened"]},
    "InvitationIn": {"email": "wei@example.com", "name": "Wei Zhang", "role": "agent"},
    "Judged": {"article": "refunds", "outcome": "edited"},
    "Judgement": {"lessons": [PERSON], "verdict": "accept"},
    "MacroIn": {
        "name": "Refund",
        "text": "Hello {{customer.first_name}}, your refund is on its way.",
        "does": {"category": "billing", "then": "resolve"},
        "whose": "billing",
    },
    "Merge": {"into": 1041},
    "NewAside": {
        "inbox": "mail",
        "to": ["parts@supplier.example"],
        "subject": "Seal S-9",
        "text": "Do you have seal S-9?",
    },
    "NewLink": {"ticket": 1041},
    "NewNote": {"text": "Finance sees two settled payments."},
    "NewPresence": {"state": "online"},
    "NewReply": {"text": "Your refund is on its way.", "then": "resolve", "seen": 7},
    "NewSecret": {},
    "NewState": {"state": "done"},
    "NewView": {"name": "Urgent", "wanted": {"priority": 1, "team": "billing"}},
    "NewWords": {"text": "Two of them, please."},
    "Parting": {"way": WAY},
    "Promised": {"policy": PERSON},
    "Question": {"question": "When is my money back?", "language": "en"},
    "Rhythm": {"every": "week"},
    "RoleIn": {"name": "Readers", "permissions": ["see_reports"]},
    "SlotIn": {"url": "https://crm.example.com/customer", "on": True},
    "Snooze": {"until": "2027-03-02T08:00:00+01:00"},
    "SourceIn": {"address": "https://help.example.com/"},
    "ToTranslate": {"text": "Where is my parcel?", "to": "de"},
    "NewRuling": {"inbox": "mail", "sender": "newsletter@shop.example", "ruling": "never"},
    "OwnAgent": {"agent": "ben@firm.example"},
    "Wish": {"way": WAY, "wants": False},
}


def with_example(body: dict[str, Any]) -> dict[str, Any]:
    """What an operation takes, with the example of its schema."""
    content = body["content"].get("application/json", {"schema": {}})
    name = str(content["schema"].get("$ref", "")).rpartition("/")[2]
    if name not in EXAMPLES:
        return body
    told = {**content, "example": EXAMPLES[name]}
    return {**body, "content": {"application/json": told}}

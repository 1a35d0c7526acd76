"""Handing a conversation to people: the case for the router and the packet for whoever takes it. Storing is `store.tickets`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from core.decision import Case, Priority, Routed
from core.knowledge import Answer
from core.message import Reply
from core.redaction import says_only_a_card
from core.understanding import Act, Scored, Understood
from store.claims import Claimed

FALLBACK_VERSION = (("router", "none"),)
FOR_PEOPLE = {
    "list": "It came through a mailing list and nothing was answered by machine, so the triage team decides.",
    "bulk": "Its headers forbid automatic answers and none was given, so the triage team decides.",
    "encrypted": "It is encrypted and nothing could be read, so the triage team decides.",
    "always": "Colleagues decided that every mail of this sender opens a ticket; nothing was answered by machine, and the triage team decides.",
}
"""Why the triage team gets what no model reads, by what its channel says of it."""


def case_of(
    claimed: Claimed,
    understood: Understood | None,
    arguments: dict[str, Any],
    people: Sequence[dict[str, Any]],
    now: datetime,
    preferred: str | None = None,
) -> Case:
    """What the router sees: the whole need in the customer's words, not only the last message, who is there, and what is
    known beside the words. `now`: aware. `preferred`: mail address of the customer's own agent, empty without one; None: nobody
    looked."""
    facts: dict[str, Any] = {
        "agents": list(people),
        "need": str(claimed.conversation),
        "earlier_tickets": len(claimed.tickets),
        "at": now.isoformat(timespec="minutes"),
    }
    if to := next((one.written_to for one in claimed.waiting if one.written_to), ""):
        facts["written_to"] = to
    if preferred is not None:
        facts["preferred_agent"] = preferred
    if understood and understood.intents:
        facts["intent"], facts["intents"] = understood.named[0], list(understood.named)
    words = [item.text for item in claimed.earlier if item.speaker == "customer"]
    needs = [text for text in (*words[-4:], claimed.text) if not _is_address(text)]
    summary = str(arguments.get("summary") or "")
    text = "\n".join([*needs, summary]).strip()
    subject = next((message.subject for message in claimed.waiting if message.subject), "")
    return Case(
        text=text,
        language=(understood.language if understood else claimed.language) or "en",
        channel=claimed.channel,
        subject=subject,
        wants_person=bool(arguments.get("wants_person")),
        is_urgent=bool(arguments.get("urgent"))
        or (understood is not None and understood.act is Act.URGENT_COMPLAINT),
        customer_tier=claimed.tier,
        tried_answers=sum(1 for item in claimed.earlier if item.kind == "answer"),
        facts=facts,
        languages=understood.languages if understood else (),
    )


def _is_address(text: str) -> bool:
    """Nothing but where to reach somebody, or nothing at all: that tells nothing of the need."""
    return all("@" in word.strip("@") for word in text.split())


def to_triage(why: str) -> Routed:
    """The verdict when no router could be asked: the triage team, medium, and the reason in plain words."""
    return Routed(
        category="other",
        priority=Priority.MEDIUM,
        team="triage",
        abstained=True,
        why=(why,),
        categories=(Scored("other", 0.0),),
        versions=FALLBACK_VERSION,
    )


def packet_of(
    claimed: Claimed,
    understood: Understood | None,
    answer: Answer | None,
    arguments: dict[str, Any],
    replies: Sequence[Reply] = (),
) -> dict[str, Any]:
    """All that is known, for the person who takes over; each entry names the message (`seq`) it came from. `replies`: what this
    turn says.

    Keys: `who`, `wants`, `tried`, `shown`, `slots`, `open_question`, `reason`, `language`.
    """
    said: list[dict[str, Any]] = [
        *({"seq": i.seq, "text": i.text} for i in claimed.earlier if i.speaker == "customer"),
        *({"seq": m.seq, "text": m.text} for m in claimed.waiting),
    ]
    worded = [item for item in said if not says_only_a_card(item["text"])]
    questions = [item for item in worded if len(item["text"].split()) > 2] or worded or said
    summary, contact = str(arguments.get("summary") or ""), str(arguments.get("contact") or "")
    if summary.strip().casefold() == contact.strip().casefold():
        summary = (
            ""  # asked what it is about, they said where to write to: their question says more
        )
    form = next(({"seq": m.seq, "text": m.text} for m in claimed.waiting if m.says_matter), None)
    asked = form or (questions[0] if questions else {"seq": 0, "text": ""})
    return {
        "who": {
            "name": claimed.contact.display_name,
            "kind": claimed.contact.kind.value,
            "verified": claimed.contact.verified.value,
            "contact": arguments.get("contact", ""),
            "tier": claimed.tier,
        },
        "wants": {"seq": asked["seq"], "text": summary or asked["text"]},
        "tried": [
            {"seq": item.seq, "text": item.text, "titles": list(item.titles)}
            for item in claimed.earlier
            if item.kind == "answer"
        ]
        + _told_now(claimed, replies),
        "shown": _shown(answer),
        "slots": _slots(claimed, understood),
        "open_question": _open_question(questions, summary),
        "reason": str(arguments.get("reason", "")),
        "language": (understood.language if understood else claimed.language) or "en",
    }


def _told_now(claimed: Claimed, replies: Sequence[Reply]) -> list[dict[str, Any]]:
    """What this turn answers of several questions; it stands below the message that asked."""
    seq = claimed.waiting[-1].seq if claimed.waiting else 0
    return [
        {
            "seq": seq,
            "text": reply.text,
            "titles": list(dict.fromkeys(item.title for item in reply.citations)),
        }
        for reply in replies
        if reply.asked
    ]


def _open_question(questions: Sequence[dict[str, Any]], summary: str) -> dict[str, Any]:
    """The last message; of several questions in it those that the summary names."""
    last = questions[-1] if questions else {"seq": 0, "text": ""}
    words = " ".join(str(last["text"]).split())
    is_of_it = bool(summary) and all(one in words for one in summary.split(" / "))
    return {**last, "text": summary} if is_of_it else last


def _shown(answer: Answer | None) -> list[dict[str, Any]]:
    """Passages that came nearest, though they were not good enough to answer with."""
    if answer is None:
        return []
    return [
        {
            "title": passage.title,
            "section": passage.section,
            "url": passage.url,
            "text": passage.text[:600],
            "score": round(passage.score, 3),
        }
        for passage in answer.passages[:3]
    ]


def _slots(claimed: Claimed, understood: Understood | None) -> list[dict[str, Any]]:
    """What was named in the waiting messages: order numbers, addresses, amounts, with the message of each."""
    if understood is None:
        return []
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for entity in understood.entities:
        position, seq = 0, claimed.waiting[-1].seq if claimed.waiting else 0
        for message in claimed.waiting:
            if position <= entity.start <= position + len(message.text):
                seq = message.seq
                break
            position += len(message.text) + 1
        slot = {"name": entity.kind, "value": entity.value, "seq": seq}
        found.setdefault((entity.kind, entity.value), slot)
    return list(found.values())

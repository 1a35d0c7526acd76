"""The bodies of our messages as Meta takes them: texts, buttons, lists, quick replies, the template. Sending is `graph`."""

from __future__ import annotations

import re
from typing import Any

from channels.graph_rich import with_signs
from channels.graph_settings import GraphSettings
from core.message import Button, Outbound

Json = dict[str, Any]

_BODY, _TEMPLATE = 1024, 1000
"""WhatsApp: characters of a text above buttons, and of the template's variable beside the template's own words."""
_BUTTONS, _BUTTON, _ROW, _ROW_MORE, _ID = 3, 20, 24, 72, 200
_QUICK_REPLY_ID = 1000


def whatsapp_message(
    person: str, outbound: Outbound, settings: GraphSettings, is_late: bool
) -> Json:
    """The body of a message; `is_late`: only the template may be sent now."""
    content = _template(outbound, settings) if is_late else _content(outbound, settings)
    # Who hides their number is named by another id, in another place.
    to = {"to": person} if person.isdecimal() else {"recipient": person}
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **to,
        **content,
        "biz_opaque_callback_data": outbound.key,
    }


def _content(outbound: Outbound, settings: GraphSettings) -> Json:
    buttons = outbound.buttons
    if not buttons:
        words = with_signs(outbound.rich) if outbound.rich else outbound.text
        return {"type": "text", "text": {"body": words, "preview_url": False}}
    fits = all(len(button.title) <= _BUTTON for button in buttons)
    if len(buttons) <= _BUTTONS and fits and len(outbound.text) <= _BODY:
        replies = [
            {"type": "reply", "reply": {"id": _id(button), "title": button.title}}
            for button in buttons
        ]
        action: Json = {"buttons": replies}
        kind = "button"
    else:
        rows = [_row(button, place) for place, button in enumerate(buttons, 1)]
        action = {"button": settings.menu_label, "sections": [{"rows": rows}]}
        kind = "list"
    body = {"type": kind, "body": {"text": outbound.text}, "action": action}
    return {"type": "interactive", "interactive": body}


def _row(button: Button, place: int) -> Json:
    """A title too long for its line stands whole in the smaller one under it; titles must differ."""
    row = {"id": _id(button), "title": button.title}
    if len(button.title) > _ROW:
        row["title"] = f"{place}. {button.title[: _ROW - 5].rstrip()}…"
        row["description"] = button.title[:_ROW_MORE]
    return row


def _id(button: Button) -> str:
    """What a choice brings back: its value, or its title where that is too long."""
    return button.value if 0 < len(button.value) <= _ID else button.title[:_ID]


def _template(outbound: Outbound, settings: GraphSettings) -> Json:
    """A variable takes neither line breaks nor runs of spaces; choices follow the words."""
    words = outbound.text
    if outbound.buttons:
        words += " (" + " / ".join(button.title for button in outbound.buttons) + ")"
    line = re.sub(r"\s+", " ", words).strip()
    if len(line) > _TEMPLATE:
        line = line[: _TEMPLATE - 1].rstrip() + "…"
    parameters = [{"type": "text", "text": line}]
    return {
        "type": "template",
        "template": {
            "name": settings.template,
            "language": {"code": settings.template_language},
            "components": [{"type": "body", "parameters": parameters}],
        },
    }


def messaging_message(person: str, outbound: Outbound, is_late: bool) -> Json:
    """The body of a message; `is_late`: it goes as the late answer of a person, which alone is allowed then."""
    message: Json = {"text": outbound.text}
    if outbound.buttons:
        message["quick_replies"] = [_quick_reply(button) for button in outbound.buttons]
    kind = (
        {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
        if is_late
        else {"messaging_type": "RESPONSE"}
    )
    return {"recipient": {"id": person}, **kind, "message": message}


def _quick_reply(button: Button) -> Json:
    title = button.title
    if len(title) > _BUTTON:
        title = title[: _BUTTON - 1].rstrip() + "…"
    value = (
        button.value if 0 < len(button.value) <= _QUICK_REPLY_ID else button.title[:_QUICK_REPLY_ID]
    )
    return {"content_type": "text", "title": title, "payload": value}

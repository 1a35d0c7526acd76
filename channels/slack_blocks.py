"""An outgoing message in Block Kit: who writes, the text, its sources, the choices. How it is sent is `slack_api`."""

from __future__ import annotations

from typing import Any

from channels.slack_text import escaped, link, sections
from core.message import Button, Outbound

Block = dict[str, Any]

CHOICES = "threadline_choices"
"""The block of our buttons: a press in any other block is not an answer to us."""
METADATA = "threadline_reply"
BUTTONS = 10
_TITLE = 75
_VALUE = 2000
_SOURCES = 10


def blocks_of(outbound: Outbound) -> list[Block]:
    """The message's blocks; Slack allows 50, and the declared text length keeps us far below."""
    blocks: list[Block] = []
    if outbound.author:
        blocks.append(_small([_plain(outbound.author[:_TITLE])]))
    blocks += [
        {"type": "section", "text": {"type": "mrkdwn", "text": piece, "verbatim": True}}
        for piece in sections(outbound.text)
    ]
    sources = list(dict.fromkeys((item.url, item.title) for item in outbound.citations))
    if sources:
        blocks.append(_small([_mrkdwn(link(*source)) for source in sources[:_SOURCES]]))
    if outbound.buttons:
        blocks.append(choices(outbound.buttons))
    return blocks


def choices(buttons: tuple[Button, ...]) -> Block:
    """One row of buttons; what a press brings back is the button's value."""
    elements = [
        {
            "type": "button",
            "action_id": f"choice-{place}",
            "text": _plain(_shortened(button.title)),
            "value": button.value[:_VALUE],
        }
        for place, button in enumerate(buttons[:BUTTONS], 1)
    ]
    return {"type": "actions", "block_id": CHOICES, "elements": elements}


def fallback(outbound: Outbound) -> str:
    """What notifications and screen readers say."""
    return escaped(outbound.text)


def metadata_of(outbound: Outbound) -> dict[str, Any]:
    """Marks the message with the outbox key, so that an earlier attempt can be found again."""
    return {"event_type": METADATA, "event_payload": {"key": outbound.key}}


def has_key(message: dict[str, Any], key: str) -> bool:
    """Is this message of a channel's history the one that was sent under this outbox key?"""
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    return metadata.get("event_type") == METADATA and payload.get("key") == key


def _small(elements: list[Block]) -> Block:
    return {"type": "context", "elements": elements}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}


def _mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _shortened(title: str) -> str:
    return title if len(title) <= _TITLE else title[: _TITLE - 1].rstrip() + "…"

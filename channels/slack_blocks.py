"""Messages and forms in Block Kit: who writes, the text, its sources, the choices. How they are sent is `slack_api`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from channels.slack_rich import rich_text
from channels.slack_settings import Words
from channels.slack_text import escaped, link, sections
from core.message import Button, Outbound
from core.onlooker import OpenTicket

Block = dict[str, Any]

CHOICES = "threadline_choices"
"""The block of our buttons: a press in any other block is not an answer to us."""
METADATA = "threadline_reply"
FORM = "threadline_form"
QUESTION = "threadline_question"
LINK_FORM = "threadline_link_form"
"""The form of `slack_board`, which is no question of a customer's."""
HOME = "threadline_home"
"""The block of the home tab's button."""
_ANSWER = 3000
BUTTONS = 10
_TITLE = 75
_VALUE = 2000
_SOURCES = 10


def blocks_of(outbound: Outbound) -> list[Block]:
    """The message's blocks; Slack allows 50, and the declared text length keeps us far below."""
    blocks: list[Block] = []
    if outbound.author:
        blocks.append(small([plain_text(outbound.author[:_TITLE])]))
    if outbound.rich:
        blocks.append(rich_text(outbound.rich))
    else:
        blocks += [{"type": "section", "text": mrkdwn(piece)} for piece in sections(outbound.text)]
    sources = list(dict.fromkeys((item.url, item.title) for item in outbound.citations))
    if sources:
        blocks.append(small([mrkdwn(link(*source)) for source in sources[:_SOURCES]]))
    if outbound.buttons:
        blocks.append(choices(outbound.buttons))
    return blocks


def choices(buttons: tuple[Button, ...]) -> Block:
    """One row of buttons; what a press brings back is the button's value."""
    elements = [
        {
            "type": "button",
            "action_id": f"choice-{place}",
            "text": plain_text(_shortened(button.title)),
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


def without_choices(blocks: list[Block], choice: str, user: str) -> list[Block]:
    """A message whose buttons are answered: in their place stands what was chosen, and by whom."""
    chosen = small([mrkdwn(f"<@{user}>: *{escaped(choice)}*")])
    return [chosen if block.get("block_id") == CHOICES else block for block in blocks]


def form(words: Words, text: str = "") -> Block:
    """The form in which a person says what people shall see."""
    element: Block = {
        "type": "plain_text_input",
        "action_id": "answer",
        "multiline": True,
        "max_length": _ANSWER,
    }
    if text:
        element["initial_value"] = text[:_ANSWER]
    question = {"type": "input", "block_id": QUESTION, "label": plain_text(words.form_question)}
    return {
        "type": "modal",
        "callback_id": FORM,
        "title": plain_text(words.form_title),
        "submit": plain_text(words.form_send),
        "close": plain_text(words.form_close),
        "blocks": [{**question, "element": element}],
    }


def note(words: Words) -> Block:
    """What the form becomes once it is sent off."""
    return {
        "type": "modal",
        "title": plain_text(words.form_title),
        "close": plain_text(words.form_close),
        "blocks": [{"type": "section", "text": plain_text(words.taken)}],
    }


def home(words: Words, tickets: Sequence[OpenTicket]) -> Block:
    """The home tab: the person's open tickets, and the way to the form."""
    ask = {
        "type": "button",
        "action_id": "ask",
        "text": plain_text(words.form_title),
        "value": "ask",
    }
    blocks: list[Block] = [{"type": "header", "text": plain_text(words.home_title)}]
    for ticket in tickets:
        state = words.with_you if ticket.waits_for_customer else words.with_us
        opened = f"<!date^{int(ticket.opened_at.timestamp())}^{{date_short_pretty}}|{ticket.opened_at:%Y-%m-%d}>"
        line = f"{escaped(ticket.team)} · {escaped(state)} · {opened}"
        about = mrkdwn(f"*#{ticket.number}* {escaped(ticket.about)}")
        blocks += [{"type": "section", "text": about}, small([mrkdwn(line)])]
    if not tickets:
        blocks.append({"type": "section", "text": plain_text(words.home_empty)})
    blocks += [{"type": "divider"}, {"type": "actions", "block_id": HOME, "elements": [ask]}]
    return {"type": "home", "blocks": blocks}


def small(elements: list[Block]) -> Block:
    """Small print."""
    return {"type": "context", "elements": elements}


def plain_text(text: str) -> Block:
    """Words in which nothing is a mark."""
    return {"type": "plain_text", "text": text, "emoji": False}


def mrkdwn(text: str) -> Block:
    """Words with marks; what people typed in them is escaped."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _shortened(title: str) -> str:
    return title if len(title) <= _TITLE else title[: _TITLE - 1].rstrip() + "…"

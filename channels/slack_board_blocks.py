"""A team's posts in Block Kit: a ticket with its buttons, lines of its thread, the form for a code. Sending is `slack_board`."""

from __future__ import annotations

from channels.slack_blocks import LINK_FORM, Block, mrkdwn, plain_text, small
from channels.slack_text import escaped, link, sections
from core.board import Card

BOARD = "threadline_board"
"""The block of a ticket's buttons."""
LINK = "threadline_link"
"""The block of the button that opens the form for a code."""
CODE = "threadline_code"
_FACT = 1200
_TITLE = 75


def card_blocks(card: Card) -> list[Block]:
    """What it is about, where it stands, what is known, and what can be done."""
    blocks: list[Block] = [_section(f"*{escaped(card.title)}*"), small([mrkdwn(_standing(card))])]
    blocks += [
        _section(f"*{escaped(label)}*\n{_quoted(value)}") for label, value in card.facts if value
    ]
    if card.buttons:
        blocks.append(
            {
                "type": "actions",
                "block_id": BOARD,
                "elements": [
                    {
                        "type": "button",
                        "action_id": f"board-{deed}",
                        "text": plain_text(words[:_TITLE]),
                        "value": str(deed),
                    }
                    for deed, words in card.buttons
                ],
            }
        )
    if card.hint or card.link[0]:
        blocks.append(
            small([mrkdwn(" · ".join(filter(None, (link(*card.link), escaped(card.hint)))))])
        )
    return blocks


def _standing(card: Card) -> str:
    """In Slack's own way of telling a time, in the reader's zone."""
    if card.due is None:
        return escaped(card.state)
    moment = f"<!date^{int(card.due.timestamp())}^{{date_short_pretty}} {{time}}|{card.due:%Y-%m-%d %H:%M} UTC>"
    return f"{escaped(card.state)} · {escaped(card.due_label)} {moment}"


def _quoted(value: str) -> str:
    """A few lines as a quotation, escaped; Slack's own limit of a section is far away."""
    shortened = value if len(value) <= _FACT else value[: _FACT - 1].rstrip() + "…"
    return "\n".join(f"> {escaped(line)}" for line in shortened.splitlines() if line.strip())[:2900]


def line_blocks(author: str, text: str) -> list[Block]:
    """Who says it, and what."""
    name = [small([plain_text(author[:_TITLE])])] if author else []
    return [
        *name,
        *({"type": "section", "text": mrkdwn(piece)} for piece in sections(text)[:20]),
    ]


def told_blocks(text: str, button: str = "", label: str = "") -> list[Block]:
    """Something for one person, with the button to the form for a code where it is wanted."""
    blocks: list[Block] = [_section(escaped(text))]
    if button:
        element = {
            "type": "button",
            "action_id": "link",
            "text": plain_text(button[:_TITLE]),
            "value": label,
        }
        blocks.append({"type": "actions", "block_id": LINK, "elements": [element]})
    return blocks


def code_form(where: str, label: str, title: str) -> Block:
    """The form in which a colleague enters a code of the desk."""
    element = {"type": "plain_text_input", "action_id": "code", "max_length": 40}
    question = {"type": "input", "block_id": CODE, "label": plain_text(label)}
    return {
        "type": "modal",
        "callback_id": LINK_FORM,
        "private_metadata": where,
        "title": plain_text(title[:24]),
        "submit": plain_text("OK"),
        "blocks": [{**question, "element": element}],
    }


def _section(text: str) -> Block:
    return {"type": "section", "text": mrkdwn(text)}

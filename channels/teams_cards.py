"""Messages as Teams shows them: plain text, and under it a card with sources, choices and who wrote. How they are sent is `teams_api`."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from channels.teams_activities import CHOICE
from core.message import Button, Outbound
from core.rich_html import html_of

Json = dict[str, Any]

BUTTONS = 6
"""Actions that one row of a card may have in Teams."""
_TITLE = 75
_ADAPTIVE = "application/vnd.microsoft.card.adaptive"


def message_of(outbound: Outbound) -> Json:
    """The activity that says it. The text is marked as plain, so nothing that a person typed becomes a mark of
    Teams', a link with other words, or a mention; with a form it is marked up by us, and what they typed is escaped."""
    activity: Json = {"type": "message", "text": outbound.text, "textFormat": "plain"}
    if outbound.rich:
        activity |= {"text": html_of(outbound.rich), "textFormat": "xml"}
    body = [part for part in (_sources(outbound), _choices(outbound.buttons)) if part]
    if outbound.author:
        body.insert(0, _small(outbound.author))
    if body:
        activity["attachments"] = [{"contentType": _ADAPTIVE, "content": _card(body)}]
        activity["attachmentLayout"] = "list"
    return activity


def card_message(name: str, url: str) -> Json:
    """A message that is a button, which opens an address."""
    action = {"type": "Action.OpenUrl", "title": _shortened(name), "url": url}
    card = _card([_small(name), {"type": "ActionSet", "actions": [action]}])
    return {
        "type": "message",
        "attachments": [{"contentType": _ADAPTIVE, "content": card}],
        "attachmentLayout": "list",
    }


def _card(body: list[Json]) -> Json:
    return {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.4",
        "body": body,
    }


def _small(words: str) -> Json:
    """A line that is read as it is: other than text blocks, runs know no Markdown."""
    run = {"type": "TextRun", "text": words[:_TITLE], "isSubtle": True, "size": "Small"}
    return {"type": "RichTextBlock", "inlines": [run]}


def _sources(outbound: Outbound) -> Json | None:
    """A button for each source that stands in the web."""
    sources = dict.fromkeys((item.url, item.title) for item in outbound.citations)
    actions = [
        {"type": "Action.OpenUrl", "title": _shortened(title or url), "url": url}
        for url, title in sources
        if urlsplit(url).scheme in ("http", "https")
    ]
    return {"type": "ActionSet", "actions": actions[:BUTTONS]} if actions else None


def _choices(buttons: tuple[Button, ...]) -> Json | None:
    """A press is shown as what the person said, and brings the button's value as a message."""
    actions = [
        {
            "type": "Action.Submit",
            "title": _shortened(button.title),
            "data": {
                "msteams": {
                    "type": "messageBack",
                    "displayText": button.title,
                    "text": button.value,
                    "value": {CHOICE: button.value},
                }
            },
        }
        for button in buttons[:BUTTONS]
    ]
    return {"type": "ActionSet", "actions": actions} if actions else None


def _shortened(title: str) -> str:
    return title if len(title) <= _TITLE else title[: _TITLE - 1] + "\u2026"

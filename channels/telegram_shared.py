"""What people share in Telegram that is neither words nor a file: a contact, where they are, a poll. Messages are `telegram_updates`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from channels.payload import Payload

KEPT = ("story", "checklist", "paid_media")
"""Kinds of which a bot is told nothing that could be shown: they stay in Telegram."""


class _Contact(Payload):
    phone_number: str = ""
    first_name: str = ""
    last_name: str = ""


class _Location(Payload):
    latitude: float
    longitude: float


class _Venue(Payload):
    title: str = ""
    address: str = ""


class _Option(Payload):
    text: str = ""


class _Poll(Payload):
    question: str = ""
    options: list[_Option] = []


class _Dice(Payload):
    emoji: str = ""


class _Shared(Payload):
    contact: _Contact = _Contact()
    venue: _Venue = _Venue()
    location: _Location | None = None
    poll: _Poll = _Poll()
    dice: _Dice = _Dice()


def shared_words(extra: Mapping[str, Any]) -> str:
    """It as lines of text; empty where nothing of that kind is shared, or it cannot be read."""
    try:
        told = _Shared.model_validate({**extra})
    except ValidationError:
        return ""
    contact, venue, at = told.contact, told.venue, told.location
    lines = [
        f"{contact.first_name} {contact.last_name}".strip(),
        contact.phone_number,
        venue.title,
        venue.address,
        f"{at.latitude:.6f}, {at.longitude:.6f}" if at else "",
        told.poll.question,
        *(f"- {option.text}" for option in told.poll.options),
        told.dice.emoji,
    ]
    return "\n".join(line for line in lines if line)

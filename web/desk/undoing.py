"""Words that take a deed back, for whoever did it a moment ago: signed, so that they say what was there before. What they do is `web.desk.many.undo`."""

from __future__ import annotations

from typing import Any

from django.core import signing

from store.models import Ticket, User

SECONDS = 120
SALT = "desk.bulk"


def word_for(user: User, **told: Any) -> str:
    """`deed` and `undo` as `bot.bulk.Done` has them, or the `number` and `step` that takes an annotation back."""
    return signing.dumps({"user": str(user.id), **told}, salt=SALT)


def word_for_one(user: User, number: int, deed: str, was: Any) -> str:
    """For a deed that was just done to one ticket; `was`: `bot.bulk.as_it_was` before it."""
    version = Ticket.objects.values_list("version", flat=True).get(number=number)
    return word_for(user, deed=deed, undo=[(number, version, was)])


def told_in(word: str) -> dict[str, Any]:
    """What such a word says. Raises `signing.BadSignature`, also when it is too old."""
    told = signing.loads(word, salt=SALT, max_age=SECONDS)
    assert isinstance(told, dict)
    return told

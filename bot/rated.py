"""Whether what a customer wrote answers the question of how it was. Asking is `bot.survey`; what follows is `bot.reply`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot import texts
from bot.reply import Outcome
from bot.survey import CHANGES
from core.rating import may_rate, number, pressed
from store.claims import Claimed
from store.models import Conversation


def apart(claimed: Claimed) -> tuple[Claimed, int | None]:
    """What was said, without the rating that was pressed beside it; and that rating."""
    ratings = [found for one in claimed.waiting if (found := pressed(one.text))]
    words = tuple(one for one in claimed.waiting if not pressed(one.text))
    is_said = any(not may_rate(one.text) for one in words)
    if not (ratings and is_said and claimed.survey_open):
        return claimed, None
    return replace(claimed, waiting=words), ratings[-1]


def rated(claimed: Claimed, now: datetime) -> Outcome | None:
    """The answer to how it was, the last one where buttons were pressed twice. Once answered a mere number still
    changes it, as long as its page would: it is no new need, and everything else is."""
    if claimed.status != Conversation.Status.RESOLVED:
        return rated_meanwhile(claimed, now)
    said = [message.text for message in claimed.waiting]
    found = [texts.rating_with_comment(text, claimed.language) for text in said]
    told = found[-1]
    if claimed.survey_open and not all(found):
        told = texts.rating_with_comment(claimed.text, claimed.language)
    if not claimed.survey_open and not all(map(may_rate, said)):
        return None
    if told is None or not (claimed.survey_open or claimed.rated_at):
        return None
    rating, comment = told
    return _counted(claimed, now, rating, comment)


def rated_meanwhile(claimed: Claimed, now: datetime) -> Outcome | None:
    """The answer of somebody whose matter is open again: a pressed button is one, a bare number only where nobody
    has said anything since that question, or where it replies to that very message."""
    if not (claimed.survey_open or claimed.rated_at):
        return None
    found: list[int] = []
    for message in claimed.waiting:
        is_answer = claimed.is_last_word or message.is_to_survey
        typed = number(message.text) if is_answer else None
        if (rating := pressed(message.text) or typed) is None:
            return None
        found.append(rating)
    return _counted(claimed, now, found[-1], "") if found else None


def _counted(claimed: Claimed, now: datetime, rating: int, comment: str) -> Outcome | None:
    """A card that is pressed too late says nothing new, to anybody; a number that comes too late may be about something else."""
    if claimed.rated_at is None or now - claimed.rated_at <= CHANGES:
        return Outcome(rating=rating, comment=comment)
    is_press = all(pressed(message.text) for message in claimed.waiting)
    return Outcome(is_late=True) if is_press else None

"""The satisfaction question: in the form each channel does best, and by a signed link on a page of ours.

Buttons, cards, numbers and keys are shaped by `bot.degrade` and the channels. A link needs no sign-in, is good for
one conversation and thirty days, and looking at its page changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from bot.house import House
from bot.links import named_in, token_of
from bot.survey_words import ratings, say
from channels.contract import Channel
from channels.contract_line import HoldsLine
from core.errors import Conflict, MalformedPayload, NotFound
from core.message import AddressKind, Button, Outbound, Reply
from core.rating import stars
from core.redaction import redact
from store.events import Log
from store.line import is_over
from store.models import Conversation, Survey
from store.outbox import Leased
from store.surveys import rate
from store.turns import Finish, lock, write
from store.vault import Erased

LASTS = timedelta(days=30)
CHANGES = timedelta(hours=24)
"""So long after the first answer it may be changed."""
REASON = timedelta(minutes=15)
"""So long after a rating the next words are the reason for it."""
COMMENT = 2000
_PURPOSE = "survey"


@dataclass(frozen=True, slots=True)
class Asked:
    """The question as its page shows it. `until`: when it closes; None where it is closed."""

    language: str
    brand: str
    rating: int | None
    until: datetime | None


def question(house: House, row: Conversation, channel: Channel) -> Reply | None:
    """Buttons where there are any, else numbers or keys; in a mail a link, and a number for who answers it. None
    for a caller who has hung up."""
    language = row.language
    if isinstance(channel, HoldsLine) and is_over(row.id):
        return None
    if channel.can.address is AddressKind.EMAIL:
        return Reply(_as_mail(house, row.id, language), kind="survey")
    buttons = tuple(Button(name, stars(value)) for value, name in enumerate(ratings(language), 1))
    return Reply(say("question", language), buttons=buttons, kind="survey")


def _as_mail(house: House, conversation: UUID, language: str) -> str:
    """A link, and a number for who answers the mail."""
    url = link_of(house, conversation)
    lines = (say("question", language), say("link", language, url=url), say("number", language))
    return "\n\n".join(lines)


def by_mail(house: House, row: Leased, address: AddressKind, said: Outbound) -> Outbound:
    """What was asked by buttons in a chat that its visitor has left, as a mail asks it; all else stays as it is."""
    if row.kind != "survey" or address is not AddressKind.EMAIL or not row.body.buttons:
        return said
    return replace(said, text=_as_mail(house, row.conversation, row.language), buttons=())


def thanks(
    house: House, row: Conversation, channel: Channel, comment: str, *, asks_why: bool = True
) -> Reply:
    """For a rating; with the way to say why, for whoever only pressed a button. A call has no links. `asks_why`: False
    where people speak, for what is said next is theirs."""
    said = say("rated", row.language)
    if asks_why and not comment and not isinstance(channel, HoldsLine):
        said += " " + say("why", row.language, url=link_of(house, row.id))
    return Reply(said, kind="notice")


def thanks_for_reason(row: Conversation, channel: Channel) -> Reply:
    """For words on why; with what to do if they were meant for us to act on. Nobody writes in a call."""
    said = say("rated", row.language)
    if not isinstance(channel, HoldsLine):
        said += " " + say("more", row.language)
    return Reply(said, kind="notice")


def link_of(house: House, conversation: UUID) -> str:
    """The address of the question's page."""
    return f"{house.settings.public_url}/survey/{token_of(house.vault, _PURPOSE, conversation)}"


def asked(house: House, token: str) -> Asked:
    """What the page shows. Raises `NotFound` for a link that is not ours, or whose question is gone."""
    survey = _survey(house, token)
    row = survey.conversation
    until = _closes(survey)
    is_open = house.clock() < until and row.address.key_wrapped is not None
    return Asked(row.language, row.brand.name, survey.rating, until if is_open else None)


def answer(house: House, token: str, rating: int, comment: str) -> None:
    """The customer's word by the page; without a comment an earlier one stays.

    Raises `NotFound`, `Conflict` once it is closed, `MalformedPayload`.
    """
    if rating not in range(1, 6) or len(comment) > COMMENT or "\x00" in comment:
        raise MalformedPayload("A rating is 1 to 5, with a comment of at most 2,000 characters.")
    now = house.clock()
    with transaction.atomic():
        survey = _survey(house, token)
        row = lock(survey.conversation_id)
        survey = Survey.objects.get(id=survey.id)
        if now >= _closes(survey):
            raise Conflict("This question is closed now.")
        finish = Finish(house.vault, row, now, Log(row, now))
        try:
            rate(finish, rating, redact(comment).strip(), keeps_comment=True)
        except Erased as error:
            raise NotFound("This question is gone.") from error
        write(finish)
    house.doorbell.ring("events")


def _closes(survey: Survey) -> datetime:
    closes = survey.asked_at + LASTS
    return min(closes, survey.answered_at + CHANGES) if survey.answered_at else closes


def _survey(house: House, token: str) -> Survey:
    conversation = named_in(house.vault, _PURPOSE, token)
    found = Survey.objects.select_related("conversation__brand", "conversation__address")
    survey = found.filter(conversation=conversation).first()
    if survey is None:
        raise NotFound("There is no such question.")
    return survey

"""Ratings of answers, and questions that nobody could answer. The gaps that these form are kept in `store.gaps`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from core.errors import NotFound
from store.bodies import open_body, open_json
from store.generations import slugs_of_revisions
from store.models import (
    AnswerRating,
    Event,
    Message,
    OutboxRow,
    Revision,
    Ticket,
)
from store.vault import Erased, Vault

MOST_HANDLING = 8 * 3600
"""Seconds that one ticket counts at most: what lay over a weekend was not worked at."""
MOST_QUESTIONS = 5000


def rate_answer(
    conversation: UUID, public_seq: int, helpful: bool, source: str, now: datetime
) -> None:
    """The customer's word on the answer with that public number; the last word counts. Raises `NotFound`."""
    with transaction.atomic():
        event = (
            Event.objects.filter(
                conversation=conversation,
                public_seq=public_seq,
                message__author=Message.Author.BOT,
                message__kind=Message.Kind.ANSWER,
            )
            .only("message_id")
            .first()
        )
        if event is None or event.message_id is None:
            raise NotFound
        AnswerRating.objects.update_or_create(
            message_id=event.message_id, defaults={"helpful": helpful, "source": source, "at": now}
        )


def rate_sent_answer(
    key: UUID, helpful: bool, source: str, now: datetime, *, since: datetime
) -> None:
    """The word of whoever got the answer that was sent under this key, and not before `since`. Raises `NotFound`."""
    with transaction.atomic():
        answer = sent_answer(key, since)
        AnswerRating.objects.update_or_create(
            message=answer, defaults={"helpful": helpful, "source": source, "at": now}
        )


def sent_answer(key: UUID, since: datetime) -> Message:
    """The answer that was sent under this key, with its conversation and brand. Raises `NotFound`."""
    row = (
        OutboxRow.objects.filter(
            key=key,
            created_at__gte=since,
            message__author=Message.Author.BOT,
            message__kind=Message.Kind.ANSWER,
        )
        .select_related("message__conversation__brand")
        .first()
    )
    if row is None:
        raise NotFound("There is no such page, or it is too late for it.")
    return row.message


IN_THE_DIALOGUE = "dialogue"
"""Source of a rating that was said to the assistant."""


def rate_last_answer(conversation: UUID, helpful: bool, source: str, now: datetime) -> None:
    """The same, inside a transaction, on what the assistant answered last, be it several questions; nothing where it has not
    answered."""
    answers = Message.objects.filter(
        conversation=conversation, author=Message.Author.BOT, kind=Message.Kind.ANSWER
    )
    last = answers.order_by("-seq").values_list("id", "turn").first()
    if last is None:
        return
    with_it = answers.filter(turn=last[1]) if last[1] is not None else answers.filter(id=last[0])
    for answer in with_it.values_list("id", flat=True):
        AnswerRating.objects.update_or_create(
            message_id=answer, defaults={"helpful": helpful, "source": source, "at": now}
        )


def cited_titles(messages: Iterable[UUID]) -> dict[UUID, list[str]]:
    """Of answers, the titles of the articles that they cite, as these were called then."""
    cites = {
        message: list(data.get("cites", ()))
        for message, data in Event.objects.filter(
            message__in=list(messages), kind="message"
        ).values_list("message_id", "data")
    }
    wanted = {digest for digests in cites.values() for digest in digests}
    titles = dict(Revision.objects.filter(digest__in=wanted).values_list("digest", "title"))
    return {
        message: list(dict.fromkeys(titles[one] for one in digests if one in titles))
        for message, digests in cites.items()
    }


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that was handed to people or badly answered. `seconds`: what people worked at it, None if not known."""

    message: UUID
    conversation: UUID
    text: str = field(repr=False)
    language: str
    at: datetime
    seconds: int | None
    ticket: UUID | None


def unanswered(vault: Vault, brand: str, since: datetime) -> list[Unanswered]:
    """Since then, newest first, each conversation once; what was erased is not there any more."""
    found: dict[UUID, Unanswered] = {}
    tickets = (
        Ticket.objects.filter(brand__slug=brand, opened_at__gte=since)
        .order_by("-opened_at")
        .values_list("id", "conversation_id", "opened_at", "taken_at", "resolved_at")
    )
    for ticket, conversation, opened, taken, resolved in tickets[:MOST_QUESTIONS]:
        said = Message.objects.filter(
            conversation=conversation, author=Message.Author.CUSTOMER, accepted_at__lte=opened
        )
        worked = (resolved - (taken or opened)).total_seconds() if resolved else None
        seconds = None if worked is None else int(min(MOST_HANDLING, max(0.0, worked)))
        asked = _asked(vault, said, seconds, ticket)
        if asked is not None:
            left = _left_open(vault, asked.message, ticket)
            found[conversation] = replace(asked, text=left or asked.text)
    bad = AnswerRating.objects.filter(
        helpful=False, at__gte=since, message__conversation__brand__slug=brand
    )
    rated = Message.objects.filter(answerrating__in=bad).select_related("address")
    for message in rated.order_by("-seq")[:MOST_QUESTIONS]:
        if message.conversation_id not in found:
            said = Message.objects.filter(
                conversation=message.conversation_id,
                author=Message.Author.CUSTOMER,
                turn=message.turn,
            )
            asked = _asked(vault, said, None, None)
            if asked is not None:
                words = " / ".join(one for one, _ in open_body(vault, message).answers)
                found[message.conversation_id] = replace(asked, text=words or asked.text)
    return list(found.values())


def _left_open(vault: Vault, message: UUID, ticket: UUID) -> str:
    """Of a message with several questions the one that nobody answered, as the packet has it; else nothing."""
    row = Ticket.objects.select_related("conversation__address").get(id=ticket)
    place, sealed = f"ticket.packet:{ticket}", bytes(row.packet_cipher)
    try:
        packet = open_json(vault, row.conversation.address, place, sealed) if sealed else {}
    except Erased:
        return ""
    left = packet.get("open_question") or {}
    is_of_it = Message.objects.filter(id=message, seq=left.get("seq", 0)).exists()
    return str(left.get("text", "")) if is_of_it else ""


def _asked(vault: Vault, said: Any, seconds: int | None, ticket: UUID | None) -> Unanswered | None:
    """The longest of the last messages: addresses and "yes, please" say nothing of the need."""
    best: tuple[str, Message] | None = None
    for message in said.select_related("address", "conversation").order_by("-seq")[:6]:
        try:
            text = open_body(vault, message).text.strip()
        except Erased:
            return None
        if best is None or len(text) > len(best[0]):
            best = (text, message)
    if best is None or not best[0]:
        return None
    text, message = best
    language = message.conversation.language
    conversation = message.conversation_id
    return Unanswered(
        message.id, conversation, text, language, message.accepted_at, seconds, ticket
    )


def replies_of(vault: Vault, conversations: Iterable[UUID]) -> dict[UUID, list[str]]:
    """What colleagues wrote to the customer there, in order."""
    rows = (
        Message.objects.filter(
            conversation__in=list(conversations),
            author=Message.Author.AGENT,
            kind=Message.Kind.MESSAGE,
        )
        .select_related("address")
        .order_by("conversation", "seq")
    )
    found: dict[UUID, list[str]] = {}
    for row in rows:
        try:
            found.setdefault(row.conversation_id, []).append(open_body(vault, row).text)
        except Erased:
            continue
    return found


@dataclass(frozen=True, slots=True)
class Rated:
    """An answer that its customer rated: what was asked, be it one of several questions, which articles (slugs) it cited, whether it
    helped."""

    text: str = field(repr=False)
    language: str
    cited: tuple[str, ...]
    helpful: bool


def rated_answers(vault: Vault, brand: str, since: datetime) -> list[Rated]:
    """Since then, newest first; what was erased is not there any more."""
    rows = (
        AnswerRating.objects.filter(at__gte=since, message__conversation__brand__slug=brand)
        .select_related("message__conversation", "message__address")
        .order_by("-at")[:MOST_QUESTIONS]
    )
    found, slug_of = [], slugs_of_revisions(brand)
    for rating in rows:
        message = rating.message
        event = Event.objects.filter(message=message, kind="message").first()
        asked = Message.objects.filter(
            conversation=message.conversation_id,
            author=Message.Author.CUSTOMER,
            turn=message.turn,
        )
        try:
            texts = [
                open_body(vault, row).text
                for row in asked.select_related("address").order_by("seq")
            ]
            answers = open_body(vault, message).answers
        except Erased:
            continue
        digests = event.data.get("cites", ()) if event else ()
        each = answers or [("\n".join(texts), list(digests))]
        if not rating.helpful and answers and (len(each) > 1 or _is_one_of_several(rating)):
            continue  # nobody knows which of them did not help
        for words, cites in each:
            cited = tuple(slug_of[digest] for digest in cites if digest in slug_of)
            if texts and cited:
                language = message.conversation.language
                found.append(Rated(words, language, cited, rating.helpful))
    return found


def _is_one_of_several(rating: AnswerRating) -> bool:
    """Said to the assistant, of all that it answered in that turn."""
    message = rating.message
    with_it = Message.objects.filter(
        conversation=message.conversation_id,
        turn=message.turn,
        author=Message.Author.BOT,
        kind=Message.Kind.ANSWER,
    )
    return rating.source == IN_THE_DIALOGUE and with_it.count() > 1

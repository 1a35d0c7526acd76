"""What could be learned from customers and colleagues: found, capped, kept in quarantine until a person has judged it. Learning is `bot.teach`.

A lesson's words are sealed under the customer's key: what was erased cannot be learned any more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet

from core.errors import IllegalTransition, NotFound
from core.redaction import without_personal
from store.audit import record
from store.bodies import open_body
from store.customers import customer_of
from store.generations import slugs_of_revisions
from store.learning import IN_THE_DIALOGUE
from store.models import (
    AnswerRating,
    Article,
    Brand,
    Event,
    Lesson,
    Message,
    SuggestedReply,
    Team,
    Ticket,
    User,
)
from store.vault import Erased, Vault

MOST_OF_ONE = 3
"""Lessons that one customer can give ..."""
WITHIN = timedelta(days=30)
"""... in so many days: whoever confirms more is not heard."""
LONGEST = {Lesson.Kind.ANSWER: 300, Lesson.Kind.ROUTE: 4000}
SHORTEST = 8
"""Characters below which words teach nothing ("it broke")."""
AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Seen:
    """A lesson as it was found. `asked`: of several questions of the message the one that it is about, else empty."""

    message: Message
    kind: Lesson.Kind
    source: Lesson.Source
    target: dict[str, Any]
    before: dict[str, Any]
    asked: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Shown:
    """A lesson with its words, for those who judge it."""

    row: Lesson
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Taught:
    """An accepted lesson. `target`: as the row's; `channel`, `at`: where and when the customer wrote; `ticket`: the number
    of theirs, 0 where there is none; `solver`: who has it."""

    id: UUID
    text: str = field(repr=False)
    language: str
    target: dict[str, Any]
    channel: str
    at: datetime
    ticket: int
    solver: UUID | None


def collect(vault: Vault, brand: str, since: datetime, now: datetime) -> int:
    """Puts what was confirmed or corrected since then into quarantine; returns how much was new. Done twice it is done once."""
    owner, slug_of = Brand.objects.get(slug=brand), slugs_of_revisions(brand)
    found = [
        *_rated(vault, owner, since, slug_of),
        *_suggested(owner, since),
        *_routed(owner, since),
    ]
    return sum(_keep(vault, owner, one, now) for one in found)


def _keep(vault: Vault, brand: Brand, seen: Seen, now: datetime) -> bool:
    message = seen.message
    if Lesson.objects.filter(message=message, kind=seen.kind).exists():
        return False
    try:
        text = without_personal(seen.asked or open_body(vault, message).text)
    except Erased:
        return False
    if not SHORTEST <= len(text) <= LONGEST[seen.kind]:
        return False
    with transaction.atomic():
        person = customer_of(message.address_id)
        customer = person.id if person else message.address_id
        if not has_room(customer, now):
            return False
        row = Lesson(
            brand=brand, kind=seen.kind, source=seen.source, message=message, customer=customer,
            language=message.conversation.language, target=seen.target, before=seen.before,
            found_at=now,
        )  # fmt: skip
        row.text_cipher = _sealed(vault, row, text)
        row.save(force_insert=True)
    return True


def has_room(customer: UUID, now: datetime) -> bool:
    """False for a customer who has given all that one may give."""
    return Lesson.objects.filter(customer=customer, found_at__gt=now - WITHIN).count() < MOST_OF_ONE


def _rated(vault: Vault, brand: Brand, since: datetime, slug_of: dict[str, str]) -> Iterator[Seen]:
    rows = AnswerRating.objects.filter(
        helpful=True, at__gte=since, message__conversation__brand=brand
    ).select_related("message__address")
    for rating in rows.order_by("at")[:AT_ONCE]:
        said = rating.source == IN_THE_DIALOGUE
        source = Lesson.Source.HELPED if said else Lesson.Source.RATED
        yield from _confirmed(vault, rating.message, source, slug_of)


def _confirmed(
    vault: Vault, answer: Message, source: Lesson.Source, slug_of: dict[str, str]
) -> Iterator[Seen]:
    """The message and its article; of several questions in one message the one that was answered, of whose answers one is kept."""
    event = Event.objects.filter(message=answer, kind="message").first()
    digests = event.data.get("cites", ()) if event else ()
    try:
        several = open_body(vault, answer).answers
    except Erased:
        return
    words, digests = several[0] if several else ("", digests)
    cited = [slug_of[digest] for digest in digests if digest in slug_of]
    asked = _said(answer.conversation_id).filter(turn=answer.turn).order_by("-seq").first()
    if cited and asked:
        yield Seen(asked, Lesson.Kind.ANSWER, source, {"article": cited[0]}, {}, words)


def _suggested(brand: Brand, since: datetime) -> Iterator[Seen]:
    """A colleague sent what the knowledge base had suggested."""
    used = (SuggestedReply.Outcome.ACCEPTED, SuggestedReply.Outcome.EDITED)
    rows = SuggestedReply.objects.filter(
        outcome__in=used, at__gte=since, ticket__brand=brand
    ).select_related("ticket")
    for row in rows.order_by("at")[:AT_ONCE]:
        said = _said(row.ticket.conversation_id).filter(accepted_at__lte=row.at)
        asked = said.order_by("-seq").first()
        if asked and Article.objects.filter(brand=brand, slug=row.article).exists():
            target = {"article": row.article}
            yield Seen(asked, Lesson.Kind.ANSWER, Lesson.Source.SUGGESTED, target, {})


def _routed(brand: Brand, since: datetime) -> Iterator[Seen]:
    """Tickets that a person put somewhere else than the router, as they were when they were done."""
    rows = (
        Ticket.objects.filter(brand=brand, resolved_at__gte=since, decision__isnull=False)
        .exclude(
            team__slug=F("decision__team"),
            category=F("decision__category"),
            priority=F("decision__priority"),
        )
        .select_related("decision", "team")
    )
    for ticket in rows.order_by("resolved_at")[:AT_ONCE]:
        by_people = Event.objects.filter(
            conversation=ticket.conversation_id,
            kind__in=("ticket_changed", "ticket_given"),
            actor__startswith="user:",
        )
        said = _said(ticket.conversation_id).filter(accepted_at__lte=ticket.opened_at)
        first = said.order_by("-seq").first()
        guess = ticket.decision
        if ticket.team.is_triage or not first or not guess or not by_people.exists():
            continue
        yield Seen(
            first, Lesson.Kind.ROUTE, Lesson.Source.ROUTED,
            _place(ticket.team.slug, ticket.category, ticket.priority),
            _place(guess.team, guess.category, guess.priority),
        )  # fmt: skip


def _place(team: str, category: str, priority: int) -> dict[str, Any]:
    return {"team": team, "category": category, "priority": priority}


def _said(conversation: UUID) -> QuerySet[Message]:
    return Message.objects.filter(
        conversation=conversation, author=Message.Author.CUSTOMER
    ).select_related("address", "conversation")


def lessons(vault: Vault, chosen: QuerySet[Lesson], most: int) -> list[Shown]:
    """With their words, newest first; what was erased is not there any more."""
    rows = chosen.select_related("message__address", "settled_by").order_by("-found_at", "id")
    return list(_opened(vault, rows[:most]))


def taught(vault: Vault, brand: str, kind: Lesson.Kind) -> list[Taught]:
    """All accepted lessons of a kind, oldest first: what a model may learn from."""
    rows = accepted(Lesson.objects.filter(brand__slug=brand, kind=kind))
    whole = rows.select_related(
        "message__address", "message__conversation__ticket", "message__conversation__inbox"
    )
    return [_taught(one) for one in _opened(vault, whole.order_by("found_at", "id"))]


def _taught(one: Shown) -> Taught:
    row = one.row
    talk = row.message.conversation
    ticket: Ticket | None = getattr(talk, "ticket", None)
    return Taught(
        row.id,
        one.text,
        row.language,
        row.target,
        channel=talk.inbox.channel,
        at=row.message.sent_at,
        ticket=ticket.number if ticket else 0,
        solver=ticket.assignee_id if ticket else None,
    )


def accepted(rows: QuerySet[Lesson]) -> QuerySet[Lesson]:
    """Those that a person has judged to be right."""
    return rows.filter(state=Lesson.State.ACCEPTED)


def _opened(vault: Vault, rows: Iterable[Lesson]) -> Iterator[Shown]:
    for row in rows:
        address = row.message.address
        try:
            plain = vault.open(
                address.key_wrapped, address.id, f"lesson:{row.id}", bytes(row.text_cipher)
            )
        except Erased:
            continue
        yield Shown(row, plain.decode())


def _sealed(vault: Vault, row: Lesson, text: str) -> bytes:
    address = row.message.address
    return vault.seal(address.key_wrapped, address.id, f"lesson:{row.id}", text.encode())


def settle(
    vault: Vault, chosen: Collection[UUID], state: Lesson.State, by: User, now: datetime
) -> list[UUID]:
    """Accepts or rejects those; one audit entry for all. Returns which were there."""
    with transaction.atomic():
        rows = Lesson.objects.select_for_update().filter(id__in=list(chosen)).exclude(state=state)
        ids = list(rows.values_list("id", flat=True))
        Lesson.objects.filter(id__in=ids).update(state=state, settled_at=now, settled_by=by)
        if ids:
            _record(vault, by, now, state, ids)
    return ids


def correct(
    vault: Vault, lesson: UUID, text: str, target: dict[str, Any], by: User, now: datetime
) -> None:
    """Accepts a lesson with these words and this target. Raises `NotFound`, `IllegalTransition` for one that was erased."""
    with transaction.atomic():
        rows = Lesson.objects.select_for_update(of=("self",)).select_related("message__address")
        row = rows.filter(id=lesson).first()
        if row is None:
            raise NotFound("There is no such lesson.")
        if not row.message.address.key_wrapped:
            raise IllegalTransition("The words of this customer were erased.")
        row.text_cipher, row.target = _sealed(vault, row, text), target
        row.state, row.settled_at, row.settled_by = Lesson.State.ACCEPTED, now, by
        row.save()
        _record(vault, by, now, "corrected", [row.id])


def _record(vault: Vault, by: User, now: datetime, deed: str, ids: Sequence[UUID]) -> None:
    record(
        vault,
        at=now,
        actor=f"user:{by.id}",
        action=f"lesson.{deed}",
        subject=f"lesson:{ids[0]}",
        details={"lessons": [str(id_) for id_ in ids]},
    )


def fits(kind: str, target: dict[str, Any]) -> bool:
    """Whether there is such an article, or such a team to send things to."""
    if kind == Lesson.Kind.ANSWER:
        live = Q(slug=target.get("article"), removed_at=None, live_revision__isnull=False)
        return Article.objects.filter(live).exists()
    return Team.objects.filter(slug=target.get("team")).exists()

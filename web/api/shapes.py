"""Values of `store` as the API's schemas. What a reader may see was decided by the query that brought them here."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bot.permissions import May, may
from bot.texts import masked
from core.rich_html import html_of
from store import models
from store.desk import Due, Row
from store.desk_ticket import File, Item, Opened
from store.models import Survey, User
from store.satisfaction import comment_of
from store.vault import Vault
from web.api import customer_schemas, schemas
from web.api.decision_schemas import Considered, Decision, Near
from web.desk.customer import Behind
from web.desk.ticket import Shown


def colleague(user: User | None) -> schemas.Colleague | None:
    """A person who works here, or nobody."""
    return schemas.Colleague(id=user.id, name=user.name) if user else None


def clock(due: Due) -> schemas.Clock:
    return schemas.Clock(
        clock=due.clock,
        state=due.state.value,
        due=due.due,
        share=round(due.share, 4),
        met_at=due.met_at,
    )


def line(ticket: models.Ticket, row: Row) -> schemas.TicketLine:
    """A ticket in a list."""
    return schemas.TicketLine(
        number=ticket.number,
        conversation=ticket.conversation_id,
        subject=row.subject,
        customer=row.who,
        preview=row.preview,
        channel=row.channel,
        status=ticket.status,
        priority=ticket.priority,
        category=ticket.category,
        team=ticket.team.slug,
        assignee=colleague(ticket.assignee),
        clock=clock(row.due) if row.due else None,
        opened_at=ticket.opened_at,
        last_message_at=row.last_at,
        waits_for_us=row.waits_for_us,
        version=ticket.version,
    )


def state(ticket: models.Ticket) -> schemas.TicketState:
    """Where a ticket stands."""
    return schemas.TicketState(
        number=ticket.number,
        conversation=ticket.conversation_id,
        status=ticket.status,
        priority=ticket.priority,
        category=ticket.category,
        team=ticket.team.slug,
        assignee=colleague(ticket.assignee),
        speaker=ticket.conversation.speaker,
        snoozed_until=ticket.snoozed_until,
        version=ticket.version,
    )


def whole(vault: Vault, opened: Opened) -> schemas.Ticket:
    """A ticket without its thread."""
    ticket = opened.ticket
    return schemas.Ticket(
        **state(ticket).model_dump(),
        subject=opened.subject,
        channel=ticket.conversation.inbox.channel,
        reason=ticket.reason,
        policy=ticket.policy_id,
        clocks=[clock(due) for due in opened.clocks],
        opened_at=ticket.opened_at,
        first_response_at=ticket.first_response_at,
        resolved_at=ticket.resolved_at,
        satisfaction=rating(vault, ticket, opened.survey) if opened.survey else None,
    )


def rating(vault: Vault, ticket: models.Ticket, survey: Survey) -> schemas.Rating:
    """`ticket.conversation.address` must be loaded."""
    return schemas.Rating(
        ticket=ticket.number,
        asked_at=survey.asked_at,
        answered_at=survey.answered_at,
        rating=survey.rating,
        comment=comment_of(vault, ticket.conversation, survey),
    )


def packet(opened: Opened, user: User) -> schemas.Packet:
    """The packet as it was written; addresses are masked for who only reads."""
    known = {"tried": [], "shown": [], "slots": [], "reason": "", "language": "", **opened.packet}
    who = dict(known.get("who") or {})
    if who and not may(user, May.WORK_TICKETS):
        who["contact"] = masked(str(who.get("contact") or ""))
    for name in ("wants", "open_question"):
        known.setdefault(name, None)
    return schemas.Packet.model_validate({**known, "who": who or None})


def decision(opened: Opened) -> Decision | None:
    """None where a person opened the ticket, or the words are erased."""
    row, verdict = opened.ticket.decision, opened.verdict
    if row is None or not verdict:
        return None
    return Decision(
        category=row.category,
        priority=row.priority,
        team=row.team,
        confidence=row.confidence,
        abstained=row.abstained,
        why=[str(sentence) for sentence in verdict.get("why", ())],
        rules=[str(rule) for rule in verdict.get("rules", ())],
        categories=_scored(verdict, "categories"),
        priorities=_scored(verdict, "priorities"),
        teams=_scored(verdict, "teams"),
        needs=_scored(verdict, "needs"),
        learned_skills=_scored(verdict, "learned_skills"),
        languages=_scored(verdict, "languages"),
        urgencies=_scored(verdict, "urgencies"),
        sentiments=_scored(verdict, "sentiments"),
        terms=_scored(verdict, "terms"),
        circumstances=_scored(verdict, "circumstances"),
        neighbours=[Near(**asdict(one)) for one in opened.neighbours],
        candidates=[
            Considered(name=one["agent"], score=one["score"], excluded=one["excluded"])
            for one in verdict.get("candidates", ())
        ],
        versions={str(name): str(value) for name, value in verdict.get("versions", ())},
        at=row.at,
    )


def _scored(verdict: dict[str, Any], name: str) -> list[schemas.Scored]:
    return [schemas.Scored.model_validate(one) for one in verdict.get(name, ())]


def customer(shown: Shown) -> schemas.Customer:
    """The customer exactly as the desk shows them to this reader."""
    person, opened = shown.person, shown.opened
    return schemas.Customer(
        name=person.name,
        kind=opened.sender.kind.value if opened.sender else "",
        address=person.address,
        contact=person.contact,
        verified=person.verified,
        tier=person.tier,
        is_erased=person.is_erased,
        other_tickets=[
            schemas.OtherTicket(
                number=other.number,
                subject=other.subject,
                status=other.status,
                opened_at=other.opened_at,
            )
            for other in opened.others
        ],
    )


def identity(found: Behind) -> customer_schemas.Identity:
    """The customer's addresses, evidence and ways, as the desk shows them to this reader."""
    return customer_schemas.Identity(
        addresses=[
            customer_schemas.KnownAddress(kind=one.kind, value=one.value, is_own=one.is_own)
            for one in found.addresses
        ],
        evidence=[
            customer_schemas.Evidence(
                id=one.id,
                text=one.text,
                about=one.about,
                by=one.by,
                at=one.at,
                weight=one.percent,
                joins=one.joins,
            )
            for one in found.reasons
        ],
        ways=[
            customer_schemas.Way(
                name=one.name,
                label=one.label,
                is_own=one.is_own,
                is_last=one.is_last,
                is_refused=one.is_refused,
            )
            for one in found.options
        ],
        agent=colleague(found.agent),
    )


def message(item: Item, ticket: int) -> schemas.Message:
    """Something said: `item.body` is there."""
    assert item.body is not None
    assert item.message is not None
    place = f"/api/v1/tickets/{ticket}"
    return schemas.Message(
        id=item.message,
        seq=item.seq,
        at=item.at,
        author=item.author,
        author_name=item.name,
        channel=item.channel,
        text=item.body.text,
        html=html_of(item.body.rich),
        subject=item.body.subject,
        is_note=item.is_note,
        is_automatic=item.is_automatic,
        is_public=item.is_public,
        is_erased=item.is_erased,
        citations=[schemas.Citation.model_validate(one) for one in item.body.citations],
        files=[_file(one, place) for one in item.files],
        original_url=f"{place}/originals/{item.message}" if item.body.html else "",
        undelivered=[
            schemas.Undelivered(
                id=one.row, state=one.state, reason=one.reason, next_try=one.next_try
            )
            for one in item.problems
        ],
    )


def _file(file: File, place: str) -> schemas.File:
    return schemas.File(
        id=file.id,
        name=file.name,
        media_type=file.media_type,
        size=file.size,
        url="" if file.problem else f"{place}/files/{file.id}",
        problem=file.problem,
    )


def event(item: Item) -> schemas.Event:
    """Something that happened; what was said is read as a message."""
    return schemas.Event(
        seq=item.seq,
        type=item.kind,
        at=item.at,
        actor=item.actor,
        actor_name=item.name,
        message=item.message,
        data=item.data,
    )


def conversation(ticket: models.Ticket) -> schemas.Conversation:
    """The conversation of a ticket, with what `find_ticket` loads."""
    row = ticket.conversation
    return schemas.Conversation(
        id=row.id,
        ticket=ticket.number,
        channel=row.inbox.channel,
        inbox=row.inbox.slug,
        status=row.status,
        speaker=row.speaker,
        speaker_user=colleague(row.speaker_user),
        language=row.language,
        opened_at=row.opened_at,
        last_message_at=row.last_message_at,
        last_seq=row.last_seq,
    )

"""A company with very many tickets, written straight into its tables: people, addresses, conversations, words, queues. Measuring is `sizes`."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Model

from bot.house import House
from core.sla import Happened
from store.bodies import Body, seal_body, seal_json
from store.clocks import happened
from store.models import (
    Address,
    Agent,
    Conversation,
    Counter,
    Message,
    Presence,
    QueueEntry,
    SlaPolicy,
    Team,
    TeamMember,
    Ticket,
    User,
)
from tests.company import Company

TEAMS = 8
AGENTS = 200
BATCH = 5_000
PROTOTYPES = 1_000
OPEN_SHARE = 0.2
WAITING_SHARE = 0.4
"""Of the open ones, those that nobody has taken."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """What was made. `agents`: users in the teams, all online."""

    teams: list[Team]
    agents: list[User]


def people(company: Company, now: datetime) -> Crowd:
    """Eight teams with 25 online agents each."""
    teams = [
        Team.objects.create(brand=company.brand, slug=f"team{n}", name=f"Team {n}")
        for n in range(TEAMS)
    ]
    users = []
    for n in range(AGENTS):
        user = User.objects.create(
            email=f"agent{n}@acme.example", name=f"Agent {n}", role=User.Role.AGENT
        )
        agent = Agent.objects.create(user=user, brand=company.brand)
        TeamMember.objects.create(team=teams[n % TEAMS], agent=agent)
        Presence.objects.create(agent=agent, state="online", seen_at=now, idle_since=now)
        users.append(user)
    return Crowd(teams, users)


def tickets(
    house: House,
    company: Company,
    crowd: Crowd,
    count: int,
    seed: int = 1,
    open_count: int | None = None,
) -> None:
    """`count` tickets of the last ninety days, `open_count` of them open or else one in five; of these two in five wait
    for somebody. Beyond `PROTOTYPES` of each they are copies made inside the database, whose words cannot be read: a
    list shows blanks."""
    chance = random.Random(seed)
    scene = _Scene(
        house,
        company,
        crowd,
        SlaPolicy.objects.select_related("calendar").get(is_default=True),
        list(Address.objects.all()[:200]) or _addresses(house, company, 200),
    )
    number = (Ticket.objects.order_by("-number").values_list("number", flat=True).first() or 0) + 1
    still_open = round(count * OPEN_SHARE) if open_count is None else open_count
    for is_open, wanted in ((True, still_open), (False, count - still_open)):
        first = min(wanted, PROTOTYPES)
        _store([_one(scene, number + n, chance, is_open=is_open) for n in range(first)])
        for copy in range(1, max(wanted // PROTOTYPES, 1)):
            _copy(number, first, copy)
        number += wanted
    Counter.objects.update_or_create(name="ticket", defaults={"value": number})


def _store(made: Sequence[tuple[Conversation, Message, Ticket, QueueEntry | None]]) -> None:
    with transaction.atomic():
        _insert(Conversation, [one[0] for one in made])
        _insert(Message, [one[1] for one in made])
        _insert(Ticket, [one[2] for one in made])
        _insert(QueueEntry, [one[3] for one in made if one[3] is not None])


def _copy(number: int, size: int, copy: int) -> None:
    """The tickets from `number` on once more, with ids and numbers of their own."""
    tickets = f"SELECT id FROM store_ticket WHERE number >= {number} AND number < {number + size}"
    chosen = f"SELECT conversation_id FROM store_ticket WHERE number >= {number} AND number < {number + size}"
    with transaction.atomic(), connection.cursor() as cursor:
        for model, where in (
            (Conversation, f"id IN ({chosen})"),
            (Message, f"conversation_id IN ({chosen})"),
            (Ticket, f"number >= {number} AND number < {number + size}"),
            (QueueEntry, f"ticket_id IN ({tickets})"),
        ):
            fields = _fields(model)
            names = ", ".join(f'"{field.column}"' for field in fields)
            values = ", ".join(_copied(field.column, size, copy) for field in fields)
            table = model._meta.db_table
            cursor.execute(
                f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} WHERE {where}"
            )


def _copied(column: str, size: int, copy: int) -> str:
    mark = f"{copy:08x}"
    if column == "number":
        return f"number + {size * copy}"
    if column not in {"id", "conversation_id", "ticket_id"}:
        return f'"{column}"'
    if connection.vendor == "postgresql":
        return f"(left(replace({column}::text, '-', ''), 24) || '{mark}')::uuid"
    return f"substr({column}, 1, 24) || '{mark}'"


def events() -> None:
    """One event for each message of the conversations that have none."""
    empty = "CAST('{}' AS jsonb)" if connection.vendor == "postgresql" else "'{}'"
    names = "conversation_id, brand_id, seq, public_seq, kind, version, actor, at, data, message_id"
    values = (
        f"c.id, c.brand_id, m.seq, NULL, 'message', 1, 'customer', m.accepted_at, {empty}, m.id"
    )
    known = "SELECT 1 FROM store_event e WHERE e.conversation_id = c.id"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO store_event ({names}) SELECT {values} FROM store_message m "
            f"JOIN store_conversation c ON c.id = m.conversation_id WHERE NOT EXISTS ({known})"
        )


def settle() -> None:
    """As a database is that was not filled a moment ago: PostgreSQL with its statistics, its marks of what everybody sees
    and its pages on the disk, SQLite with its log copied back. Nobody makes statistics for SQLite, which plans without."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("CHECKPOINT")
        else:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@dataclass(frozen=True, slots=True)
class _Scene:
    house: House
    company: Company
    crowd: Crowd
    policy: SlaPolicy
    addresses: Sequence[Address]


def _one(
    scene: _Scene, number: int, chance: random.Random, *, is_open: bool
) -> tuple[Conversation, Message, Ticket, QueueEntry | None]:
    house, company, crowd = scene.house, scene.company, scene.crowd
    opened = house.clock() - timedelta(minutes=chance.randrange(5, 2_000 if is_open else 130_000))
    address, team = chance.choice(scene.addresses), chance.choice(crowd.teams)
    waits = is_open and chance.random() < WAITING_SHARE
    talk = Conversation(
        brand_id=company.brand.id,
        inbox_id=company.mail.id,
        address=address,
        status="open" if is_open else "resolved",
        speaker="queue" if waits else "person" if is_open else "nobody",
        last_seq=1,
        opened_at=opened,
        last_message_at=opened,
    )
    said = _said(house, talk, address, opened, is_open)
    ticket = Ticket(
        number=number,
        brand_id=company.brand.id,
        conversation=talk,
        policy=scene.policy,
        category="billing",
        priority=chance.choice((1, 2, 3, 3, 3, 4)),
        team=team,
        channel=company.mail.channel,
        pace=180.0,
        opened_at=opened,
    )
    if is_open:
        happened(ticket, Happened.OPENED, opened, priority=ticket.priority)
        ticket.escalate_at = None
    if not waits:
        ticket.assignee = chance.choice(crowd.agents)
        ticket.taken_at = opened + timedelta(minutes=3)
        talk.speaker_user = ticket.assignee if is_open else None
    if not is_open:
        _done(ticket, opened + timedelta(minutes=chance.randrange(5, 600)))
    else:
        place = f"ticket.packet:{ticket.id}"
        ticket.packet_cipher = seal_json(house.vault, address, place, {"wants": {"text": "Help"}})
    entry = None
    if waits:
        entry = QueueEntry(
            ticket=ticket,
            team=team,
            priority=ticket.priority,
            due_at=ticket.next_due,
            entered_at=opened,
        )
    return talk, said, ticket, entry


def _done(ticket: Ticket, at: datetime) -> None:
    ticket.status, ticket.resolved_at, ticket.first_response_at = "resolved", at, at
    ticket.clock = [
        {"what": "opened", "at": ticket.opened_at.isoformat(), "priority": ticket.priority},
        {"what": "resolved", "at": at.isoformat()},
    ]


def _said(
    house: House, talk: Conversation, address: Address, at: datetime, is_open: bool
) -> Message:
    message = Message(
        conversation=talk,
        address=address,
        inbox_id=talk.inbox_id,
        author="customer",
        seq=1,
        turn=1,
        sent_at=at,
        accepted_at=at,
    )
    if is_open:
        body = Body(text="My invoice is wrong, could somebody look at it?")
        message.body_cipher = seal_body(house.vault, address, message, body)
    return message


def _addresses(house: House, company: Company, count: int) -> list[Address]:
    from core.message import AddressKind, Sender, Verified
    from store.addresses import address_of

    now = house.clock()
    return [
        address_of(
            house.vault,
            company.mail,
            Sender(
                AddressKind.EMAIL, f"customer{n}@customers.example", Verified.NO, f"Customer {n}"
            ),
            now,
        )
        for n in range(count)
    ]


def _insert(model: type[Model], rows: Sequence[Model]) -> None:
    """Many rows at once: by COPY on PostgreSQL, by one prepared statement on SQLite."""
    if not rows:
        return
    fields = [
        field
        for field in model._meta.concrete_fields
        if not field.generated and field.column != "xid"
    ]
    names = ", ".join(f'"{field.column}"' for field in fields)
    table = model._meta.db_table
    values = _values(rows, fields)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for one in values:
                    copy.write_row(one)
            return
        marks = ", ".join("?" for _ in fields)
        cursor.cursor.connection.executemany(
            f"INSERT INTO {table} ({names}) VALUES ({marks})", values
        )


def _fields(model: type[Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if not field.generated]


def _values(rows: Sequence[Model], fields: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    plain = connection.vendor != "postgresql"
    for row in rows:
        yield tuple(
            _hex(field.get_db_prep_save(getattr(row, field.attname), connection), plain)
            for field in fields
        )


def _hex(value: Any, plain: bool) -> Any:
    return value.hex if plain and isinstance(value, UUID) else value

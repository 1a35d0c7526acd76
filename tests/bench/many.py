"""A company with many tickets, written in bulk with the real encryption: `python -m tests.bench.desk` measures over it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction

from core.decision import Priority, Routed
from core.sla import Happened
from store.bodies import Body, seal_body, seal_json
from store.clocks import happened
from store.models import (
    Address,
    AddressLink,
    Conversation,
    Counter,
    Customer,
    Decision,
    Event,
    Message,
    QueueEntry,
    SlaPolicy,
    Ticket,
)
from tests.web.seed import Company

CHUNK = 1000
ALIVE = 0.08
"""Most tickets of a company are done."""
NAMES = (
    "Ana",
    "Ben",
    "Chen",
    "Dora",
    "Emil",
    "Fatma",
    "Goran",
    "Hana",
    "Igor",
    "Juno",
    "Karim",
    "Lena",
)
FAMILIES = (
    "Abel",
    "Bruun",
    "Costa",
    "Diallo",
    "Evans",
    "Fischer",
    "Gomez",
    "Hahn",
    "Ito",
    "Jansen",
)
THINGS = (
    "hub",
    "camera",
    "thermostat",
    "invoice",
    "parcel",
    "plan",
    "account",
    "lamp",
    "sensor",
    "refund",
)
TROUBLES = (
    "is broken",
    "was charged twice",
    "never arrived",
    "cannot be paired",
    "needs a copy",
    "blinks red",
)
MORE = "I have tried what the help page says, restarted everything and waited a day; nothing changed. The order is FH-{n}."


def fill(company: Company, count: int, now: datetime, seed: int = 7) -> None:
    """Adds `count` tickets with four messages each, the newest first in time."""
    chance = random.Random(seed)
    with transaction.atomic():
        number = (
            Counter.objects.filter(name="ticket").values_list("value", flat=True).first() or 1000
        )
    for start in range(0, count, CHUNK):
        made = [
            _one(company, chance, number + start + at + 1, now)
            for at in range(min(CHUNK, count - start))
        ]
        with transaction.atomic():
            for rows in zip(*made, strict=True):
                for row_model, group in _by_model(rows):
                    row_model.objects.bulk_create(group)  # type: ignore[attr-defined]
            Counter.objects.update_or_create(
                name="ticket", defaults={"value": number + start + len(made)}
            )


def _by_model(rows: tuple[list[models.Model], ...]) -> Iterator[tuple[Any, list[models.Model]]]:
    flat = [row for group in rows for row in group]
    if flat:
        yield type(flat[0]), flat


def _one(company: Company, chance: random.Random, number: int, now: datetime) -> list[list[Any]]:
    vault, brand = company.house.vault, company.brand
    opened = now - timedelta(minutes=chance.randint(10, 500_000))
    name = f"{chance.choice(NAMES)} {chance.choice(FAMILIES)}"
    mail = f"{name.lower().replace(' ', '.')}.{number}@customers.example"
    address = Address(
        brand=brand, kind="email", lookup=vault.lookup("address", "email", mail),
        verified="proven", first_seen_at=opened,
    )  # fmt: skip
    key = address.key_wrapped = vault.new_key(address.id)
    address.value_cipher = vault.seal(key, address.id, f"address.value:{address.id}", mail.encode())
    address.name_cipher = vault.seal(key, address.id, f"address.name:{address.id}", name.encode())
    customer = Customer(brand=brand, created_at=opened)
    link = AddressLink(customer=customer, address=address, evidence="first_seen", linked_at=opened)
    subject = f"{chance.choice(THINGS)} {chance.choice(TROUBLES)}"
    is_alive = chance.random() < ALIVE
    assignee = chance.choice((company.users["amira"], company.users["wei"], None))
    talk = Conversation(
        brand=brand, inbox=company.mail, address=address, language="en", opened_at=opened,
        last_message_at=opened + timedelta(minutes=9), last_seq=6, last_public_seq=5,
        speaker="person" if assignee and is_alive else "queue" if is_alive else "nobody",
        speaker_user=assignee if is_alive else None, status="open" if is_alive else "resolved",
    )  # fmt: skip
    place = f"conversation.subject:{talk.id}"
    talk.subject_cipher = vault.seal(key, address.id, place, subject.encode())
    said, events = _thread(company, talk, subject, number, opened)
    decision, ticket = _ticket(company, chance, talk, number, is_alive, assignee, opened)
    entry = [] if assignee or not is_alive else [
        QueueEntry(ticket=ticket, team=ticket.team, priority=ticket.priority, due_at=ticket.next_due, entered_at=opened)
    ]  # fmt: skip
    return [[address], [customer], [link], [talk], said, events, [decision], [ticket], entry]


def _thread(
    company: Company, talk: Conversation, subject: str, number: int, opened: datetime
) -> tuple[list[Message], list[Event]]:
    texts = (
        ("customer", f"Hello, my {subject}. {MORE.format(n=number)}"),
        ("bot", "I could not find that. A colleague will look at it."),
        ("customer", "Please do, it is needed this week."),
        ("agent", "I have looked into it and ordered a replacement."),
    )
    said, events = [], []
    for seq, (author, text) in enumerate(texts, 1):
        at = opened + timedelta(minutes=2 * seq)
        message = Message(
            conversation=talk, address=talk.address, inbox=company.mail, author=author, seq=seq,
            user=company.users["amira"] if author == "agent" else None, turn=0,
            is_automatic=author == "bot", sent_at=at, accepted_at=at,
        )  # fmt: skip
        body = Body(text, subject=subject if seq == 1 else "")
        message.body_cipher = seal_body(company.house.vault, talk.address, message, body)
        said.append(message)
        events.append(
            Event(
                brand=company.brand,
                conversation=talk,
                seq=seq,
                public_seq=seq,
                kind="message",
                at=at,
                actor=author,
                message=message,
            )
        )
    return said, events


def _ticket(
    company: Company, chance: random.Random, talk: Conversation, number: int, is_alive: bool,
    assignee: Any, opened: datetime,
) -> tuple[Decision, Ticket]:  # fmt: skip
    vault, address = company.house.vault, talk.address
    priority = chance.choices((1, 2, 3, 4), (2, 15, 60, 23))[0]
    team = company.teams[chance.choice(("triage", "billing", "technical"))]
    routed = Routed("billing", Priority(priority), team.slug, confidence=0.9, why=("Billing.",))
    decision = Decision(
        conversation=talk, at=opened, category="billing", priority=priority, team=team.slug, confidence=0.9
    )  # fmt: skip
    place = f"decision.verdict:{decision.id}"
    decision.verdict_cipher = seal_json(vault, address, place, asdict(routed))
    ticket = Ticket(
        number=number, brand=company.brand, conversation=talk, decision=decision,
        policy=_policy(company), category="billing", priority=priority, team=team,
        assignee=assignee, reason="asked_for_person", opened_at=opened,
        status=("open" if chance.random() < 0.7 else "pending") if is_alive else "resolved",
    )  # fmt: skip
    happened(ticket, Happened.OPENED, opened, priority=priority)
    if not is_alive:
        ticket.first_response_at = ticket.resolved_at = opened + timedelta(minutes=9)
        happened(ticket, Happened.AGENT_REPLY, opened + timedelta(minutes=8))
        happened(ticket, Happened.RESOLVED, opened + timedelta(minutes=9))
    ticket.escalate_at = None
    packet = {"wants": {"seq": 1, "text": "A replacement."}, "reason": "asked_for_person"}
    ticket.packet_cipher = seal_json(vault, address, f"ticket.packet:{ticket.id}", packet)
    return decision, ticket


_policies: dict[Any, SlaPolicy] = {}


def _policy(company: Company) -> SlaPolicy:
    if company.brand.id not in _policies:
        rows = SlaPolicy.objects.select_related("calendar")
        _policies[company.brand.id] = rows.get(brand=company.brand, is_default=True)
    return _policies[company.brand.id]

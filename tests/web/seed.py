"""A believable working day, made by the real transactions: arrivals, turns, handoffs and deeds of people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from bot.company import make_inbox, promised_targets
from bot.handoff import packet_of
from bot.house import House
from bot.receive import receive, start_chat
from bot.reply import Outcome, finish_turn
from core.decision import Case, Priority, Routed
from core.ids import ExternalId, ThreadKey
from core.knowledge import Answer, Answering, Citation, Passage
from core.message import AddressKind, Attached, Inbound, Receipt, Reply, Sender, Verified
from core.understanding import Act, Entity, Scored, Understood
from store.claims import Claimed
from store.models import (
    Agent,
    Article,
    Brand,
    Inbox,
    OutboxRow,
    Revision,
    SlaPolicy,
    Team,
    TeamMember,
    User,
)
from store.outbox import Leased, lease, mark_failed, mark_sent
from store.turns import claim
from tests.company import StandingClock

PASSWORD = "a long enough password"
SECRET = "0123456789abcdef0123456789abcdef"
CATEGORIES = ("billing", "delivery", "device", "returns", "plans", "privacy", "api")
LEASE = timedelta(seconds=30)


@dataclass
class Company:
    """Teams, people and inboxes to work with."""

    house: House
    clock: StandingClock
    brand: Brand
    teams: dict[str, Team]
    users: dict[str, User]
    chat: Inbox
    mail: Inbox
    sent: int = field(default=0)


def make_company(house: House, clock: StandingClock, *, can_sign_in: bool = False) -> Company:
    """Two teams and triage; an agent in each, a lead, an admin, an auditor and an author; chat and mail.

    `can_sign_in`: with PASSWORD, which takes half a second for each, as it should.
    """
    house = replace(house, clock=clock)
    brand = Brand.objects.create(slug="default", name="Fernhill", languages=["en", "es", "de"])
    SlaPolicy.objects.create(
        brand=brand, name="Promised", targets=promised_targets(), is_default=True
    )
    teams = {
        slug: Team.objects.create(brand=brand, slug=slug, name=name, is_triage=slug == "triage")
        for slug, name in (
            ("triage", "First look"),
            ("billing", "Customer care"),
            ("technical", "Technical support"),
        )
    }
    people = {
        "amira": ("Amira Haddad", "agent", "billing"),
        "wei": ("Wei Zhang", "agent", "technical"),
        "ruth": ("Ruth Okafor", "lead", "billing"),
        "ada": ("Ada Lindqvist", "admin", ""),
        "otto": ("Otto Brandt", "auditor", ""),
        "ines": ("Inés Soler", "author", ""),
    }
    users = {}
    for login, (name, role, team) in people.items():
        user = User.objects.create_user(
            f"{login}@fernhill.example",
            PASSWORD if can_sign_in else None,
            name=name,
            role=role,
            time_zone="Europe/Berlin",
            is_staff=role in {"admin", "auditor"},
            is_superuser=role == "admin",
        )
        users[login] = user
        if team:
            agent = Agent.objects.create(user=user, brand=brand)
            TeamMember.objects.create(team=teams[team], agent=agent, is_lead=role == "lead")
    chat = make_inbox(
        house, brand, "website", "Website chat", "webchat", {"signing_secret": SECRET}
    )
    mail = make_inbox(house, brand, "mail", "Support mail", "email", mail_settings())
    return Company(house, clock, brand, teams, users, chat, mail)


def mail_settings() -> dict[str, Any]:
    """A mailbox that is never opened here."""
    return {
        "address": "help@fernhill.example",
        "imap_host": "127.0.0.1",
        "imap_user": "help",
        "imap_password": "unused",
        "smtp_host": "127.0.0.1",
        "reply_secret": SECRET,
    }


def visitor(company: Company, name: str = "") -> tuple[UUID, Sender]:
    """A new chat and who writes in it."""
    number = uuid4()
    sender = Sender(AddressKind.VISITOR, str(number), Verified.NO, name)
    return start_chat(company.house, company.chat, number, "en"), sender


def says(company: Company, chat: tuple[UUID, Sender], text: str) -> None:
    """A visitor writes."""
    company.sent += 1
    conversation, sender = chat
    inbound = Inbound(
        external_id=ExternalId(f"{conversation}:{company.sent}"),
        sender=sender,
        text=text,
        at=company.clock(),
        thread_keys=(ThreadKey(str(conversation)),),
        claims_conversation=True,
        client_id=f"c{company.sent}",
    )
    receive(company.house, company.chat, [inbound])


def mails(
    company: Company,
    sender: Sender,
    subject: str,
    text: str,
    *,
    html: str = "",
    quoted: str = "",
    attachments: Sequence[Attached] = (),
    follows: str = "",
    extra: dict[str, object] | None = None,
) -> UUID:
    """A customer mails; `follows`: the Message-ID answered to. Returns the conversation."""
    company.sent += 1
    own = f"<{company.sent}.{uuid4().hex}@example.org>"
    inbound = Inbound(
        external_id=ExternalId(own),
        sender=sender,
        text=text,
        at=company.clock(),
        thread_keys=(ThreadKey(follows),) if follows else (),
        own_keys=(ThreadKey(own),),
        subject=subject,
        html=html,
        extra=extra or {},
        quoted=quoted,
        attachments=tuple(attachments),
    )
    return receive(company.house, company.mail, [inbound])[0].conversation


def claimed(company: Company) -> Claimed:
    """The one conversation that waits for a turn."""
    [found] = claim(company.house.vault, "test", LEASE, 10, company.clock())
    return found


def answers(company: Company, text: str, *citations: Citation) -> None:
    """The bot's turn: it answers."""
    reply = Reply(text, citations=citations, kind="answer" if citations else "message")
    finish_turn(company.house, claimed(company), Outcome(replies=(reply,), state={}))


def hands_over(
    company: Company,
    *,
    category: str = "billing",
    priority: Priority = Priority.MEDIUM,
    team: str = "billing",
    reason: str = "asked_for_person",
    why: Sequence[str] = (),
    confidence: float = 0.91,
    abstained: bool = False,
    entities: Sequence[tuple[str, str]] = (),
    contact: str = "",
    passages: Sequence[Passage] = (),
    says_first: str = "",
) -> int:
    """The bot's turn: it hands over. Returns the ticket's number."""
    held = claimed(company)
    found = []
    for kind, value in entities:
        start = held.text.find(value)
        found.append(Entity(kind, value, max(start, 0), max(start, 0) + len(value)))
    understood = Understood(Act.ASK, 0.9, entities=tuple(found), language="en")
    rest = [name for name in CATEGORIES if name != category]
    left = 1 - confidence
    routed = Routed(
        category=category,
        priority=priority,
        team=team,
        categories=(
            Scored(category, confidence),
            Scored(rest[0], left * 0.6),
            Scored(rest[1], left * 0.3),
            *(Scored(name, 0.0) for name in rest[2:]),
        ),
        priorities=tuple(
            Scored(one.label, 0.7 if one is priority else 0.1)
            for one in sorted(Priority, key=lambda one: one is not priority)
        ),
        confidence=confidence,
        abstained=abstained,
        rules=("wants_person",) if reason == "asked_for_person" else (),
        terms=(Scored("charged", 1.4), Scored("twice", 1.1), Scored("refund", 0.8)),
        why=tuple(why),
        versions=(("router", "7f3a91c"), ("policy", "4"), ("encoder", "minilm-int8")),
    )
    answer = Answer(Answering.HANDOFF, 0.3, passages=tuple(passages))
    packet = packet_of(held, understood, answer, {"reason": reason, "contact": contact})
    replies = (Reply(says_first),) if says_first else ()
    outcome = Outcome(
        replies=replies,
        state={},
        routed=routed,
        case=Case(held.text, "en", "webchat"),
        packet=packet,
        language="en",
    )
    number = finish_turn(company.house, held, outcome)
    assert number is not None
    return number


def article(company: Company, slug: str, title: str, body: str) -> Citation:
    """A live public article, and a citation of it."""
    row = Article.objects.create(brand=company.brand, slug=slug, section="billing")
    digest = uuid4().hex
    row.live_revision = Revision.objects.create(
        article=row, digest=digest, title=title, body=body, created_at=company.clock()
    )
    row.save()
    return Citation(slug, title, f"/help/{slug}", body, digest)


def passage(cited: Citation, text: str) -> Passage:
    """A passage that was found and was not good enough."""
    return Passage(
        f"{cited.article}#1",
        cited.article,
        cited.revision,
        cited.title,
        "Get a real double payment back",
        cited.url,
        "",
        text,
        "en",
        0.41,
    )


def _leased(company: Company) -> list[Leased]:
    hold = timedelta(minutes=10)
    return lease(company.house.vault, "test", LEASE, hold, 50, company.clock())


def delivers(company: Company) -> None:
    """Everything that waits is taken by its provider."""
    while rows := _leased(company):
        for row in rows:
            receipt = Receipt(f"sent-{row.id}")
            mark_sent(company.house.vault, row.id, row.fence, receipt, company.clock())


def loses_delivery(company: Company, reason: str) -> OutboxRow:
    """The next waiting message is refused by its provider for good."""
    [row] = _leased(company)
    mark_failed(row.id, row.fence, "dead", reason, company.clock())
    return OutboxRow.objects.get(id=row.id)

"""A small company, its customers' messages and a scripted provider: what tests of store, bot and web begin with."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict

from bot.company import make_inbox, promised_targets
from bot.house import House
from channels.contract import Answer, Arrival, Capabilities
from core.ids import ExternalId, ThreadKey
from core.message import AddressKind, Attached, Inbound, Outbound, Receipt, Sender, Verified
from store.bodies import open_body
from store.models import Address, Agent, Brand, Inbox, Message, SlaPolicy, Team, TeamMember, User

SECRET = "for tests only, 32 bytes or more of it"
NOON = datetime(2027, 3, 2, 12, 0, tzinfo=UTC)


class StandingClock:
    """A clock that a test moves by hand."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **amount: float) -> datetime:
        """Moves on by `timedelta(**amount)` and returns the new time."""
        self.now += timedelta(**amount)
        return self.now


class NoSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ScriptedChannel:
    """A mailbox whose provider does what the script says, one entry an attempt; with none left it takes everything.

    `taken`: what the provider really took, also when it then failed to say so. `finds`: whether it can be asked.
    """

    name: ClassVar[str] = "scripted"
    Settings: ClassVar[type[BaseModel]] = NoSettings
    can: ClassVar[Capabilities] = Capabilities(
        text_length=2_000, address=AddressKind.EMAIL, starts=True
    )

    def __init__(self) -> None:
        self.script: deque[Exception | None] = deque()
        self.attempts: list[Outbound] = []
        self.taken: list[Outbound] = []

    def verify(self, arrival: Arrival) -> None:
        """Everything is genuine here."""

    def parse(self, arrival: Arrival) -> list[Inbound]:
        return []

    def acknowledge(self, arrival: Arrival) -> Answer:
        return Answer()

    async def send(self, outbound: Outbound) -> Receipt:
        self.attempts.append(outbound)
        problem = self.script.popleft() if self.script else None
        if problem is not None:
            if getattr(problem, "certain", True) is False:
                self.taken.append(outbound)
            raise problem
        self.taken.append(outbound)
        return Receipt(f"sent-{outbound.key}", (ThreadKey(f"out-{outbound.key}"),))


class FindingChannel(ScriptedChannel):
    """The same, and it can be asked whether an earlier attempt arrived; `search` scripts the asking."""

    def __init__(self) -> None:
        super().__init__()
        self.search: deque[Exception] = deque()

    async def find(self, outbound: Outbound) -> Receipt | None:
        if self.search:
            raise self.search.popleft()
        found = any(item.key == outbound.key for item in self.taken)
        return Receipt(f"sent-{outbound.key}") if found else None


@dataclass(frozen=True, slots=True)
class Company:
    """The rows that most tests name."""

    house: House
    brand: Brand
    chat: Inbox
    mail: Inbox
    triage: Team
    orders: Team
    agent: User
    other: User
    lead: User
    admin: User

    @property
    def provider(self) -> ScriptedChannel:
        """The provider behind the mailbox."""
        channel = self.house.channel_of(self.mail)
        assert isinstance(channel, ScriptedChannel)
        return channel

    def texts(self, *authors: str) -> list[str]:
        """What was said, oldest first, by these authors or by all."""
        rows = Message.objects.select_related("address").order_by("accepted_at", "seq")
        wanted = rows.filter(author__in=authors) if authors else rows
        return [open_body(self.house.vault, row).text for row in wanted]

    def address_id(self, value: str) -> UUID:
        """The row of a mail address."""
        lookup = self.house.vault.lookup("address", AddressKind.EMAIL, value)
        return Address.objects.get(lookup=lookup).id


def make_company(house: House) -> Company:
    """Rows only; nothing is encrypted but the inboxes' settings."""
    brand = Brand.objects.create(slug="default", name="Acme", languages=["en", "es", "de"])
    triage = Team.objects.create(brand=brand, slug="care", name="Customer care", is_triage=True)
    orders = Team.objects.create(brand=brand, slug="orders", name="Orders")
    SlaPolicy.objects.create(
        brand=brand, name="Promised", targets=promised_targets(), is_default=True
    )
    users = {
        "agent": _user("agent", User.Role.AGENT),
        "other": _user("other", User.Role.AGENT),
        "lead": _user("lead", User.Role.LEAD),
        "admin": _user("admin", User.Role.ADMIN),
    }
    for name, team in (("agent", triage), ("other", orders), ("lead", triage)):
        agent = Agent.objects.create(user=users[name], brand=brand)
        TeamMember.objects.create(team=team, agent=agent)
    chat = make_inbox(house, brand, "website", "Website", "webchat", {"signing_secret": SECRET})
    mail = Inbox(brand=brand, slug="scripted", name="Mail", channel="email")
    mail.save(force_insert=True)
    return Company(house, brand, chat, mail, triage, orders, **users)


def _user(name: str, role: str) -> User:
    user = User(email=f"{name}@acme.example", name=f"{name.title()} Person", role=role)
    user.set_unusable_password()
    user.save(force_insert=True)
    return user


@dataclass(slots=True)
class Writer:
    """Somebody who writes mails to the company."""

    address: str = "maya@customers.example"
    thread: str = ""
    number: int = 0
    keys: list[str] = field(default_factory=list)

    def mail(
        self,
        text: str,
        *,
        external_id: str = "",
        thread_keys: Sequence[str] | None = None,
        claims: bool = False,
        at: datetime = NOON,
        attachments: tuple[Attached, ...] = (),
        **more: object,
    ) -> Inbound:
        """One mail; the next one of the same writer belongs to the same thread."""
        self.number += 1
        key = f"<{uuid4().hex}@customers.example>"
        known = tuple(self.keys) if thread_keys is None else tuple(thread_keys)
        self.keys.append(key)
        return Inbound(
            external_id=ExternalId(external_id or key),
            sender=Sender(AddressKind.EMAIL, self.address, Verified.NO, "Maya"),
            text=text,
            at=at,
            thread_keys=tuple(map(ThreadKey, known)),
            own_keys=(ThreadKey(key),),
            claims_conversation=claims,
            attachments=attachments,
            **more,  # type: ignore[arg-type]
        )

"""What a channel is: four methods, its abilities as data, and small protocols for the rest.

A channel keeps no state but its client. Dedupe, identity, choice of conversation, storage, retries,
rate limits, splitting of long texts, numbered text instead of buttons, and redaction are the core's:
an adapter that needs one of them has found a fault in this contract.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, ClassVar, Protocol, runtime_checkable

from pydantic import BaseModel

from channels.traits import Remembering
from core.ids import InboxId, ThreadKey
from core.message import AddressKind, Inbound, Outbound, Receipt, Report, Sender
from core.onlooker import OpenTicket

JUST_NOW = datetime(1970, 1, 1, tzinfo=UTC)
"""The `received_at` of what arrives at this moment over a transport that says no time."""

NOBODYS = "nobodys"
"""Set in an arrival's `meta` where nobody here is meant: it is acknowledged, and nothing is claimed of it."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can show. The core degrades each message to this before `send` sees it.

    `text_length`: characters one message may have; longer texts are split at sentences.
    `text_in_bytes`: True where that is counted in bytes of UTF-8.
    `buttons`: how many choices one message can show as buttons; 0 = numbered text.
    `citations`: True when `send` renders citations itself; False = they become lines of text.
    `cuts_answers`: True when `send` may leave out the end of an answer, whose source says it.
    `attachment_bytes`: 0 = none can be sent.
    `files_apart`: each file is a message of its own, without words.
    `file_links`: each file comes with an address of ours, where the provider or the customer gets it.
    `starts`: True when an address is enough to write to somebody who has not written first.
    `takes_once`: True where the other side takes a key once, so that a repetition says nothing twice; `find` then
    tells nothing of what arrived.
    `tells_reuse`: True where whoever calls is told that an id stands for other words already. A provider would only
    call again.
    """

    text_length: int
    address: AddressKind
    text_in_bytes: bool = False
    buttons: int = 0
    citations: bool = False
    cuts_answers: bool = False
    threads: bool = False
    subjects: bool = False
    edits: bool = False
    typing: bool = False
    attachment_bytes: int = 0
    files_apart: bool = False
    file_links: bool = False
    quoted_history: bool = False
    starts: bool = False
    takes_once: bool = False
    tells_reuse: bool = False


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something that arrived: a webhook call, a fetched mail or a socket frame.

    `kind`: `webhook`, `mail`, `frame` or `chat`. Header names are lower case. `url` is the URL the
    provider was given (from the settings, never from Host or X-Forwarded headers). `meta`: what the
    transport knows (IMAP uid and uidvalidity, path parameters), plain values.
    """

    kind: str
    body: bytes = field(repr=False)
    received_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    method: str = "POST"
    url: str = ""
    query: str = field(default="", repr=False)
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said back to the provider at once."""

    status: int = 200
    body: bytes = b""
    media_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


class Channel(Protocol):
    """One provider. Built per inbox as `Class(inbox_id, settings)`; see `channels.registry`."""

    name: ClassVar[str]
    Settings: ClassVar[type[BaseModel]]
    can: ClassVar[Capabilities]

    def __init__(self, inbox_id: InboxId, settings: Any) -> None:
        """`settings`: a value of the class's own `Settings`."""

    def verify(self, arrival: Arrival) -> None:
        """Returns if the arrival is genuine, else raises `BadSignature` (or `NotFound` where a valid
        credential is for something else). Constant time over the raw body; there is no default."""

    def parse(self, arrival: Arrival) -> list[Inbound]:
        """Pure. Own echoes, bots and unknown events give []. Raises `MalformedPayload` and nothing else."""

    def acknowledge(self, arrival: Arrival) -> Answer:
        """What to answer once everything parsed is committed (also challenges and plain 200)."""

    async def send(self, outbound: Outbound) -> Receipt:
        """One attempt. Raises `TemporaryFailure` (with `certain=False` when the provider may have
        taken it) or `PermanentFailure`."""


@runtime_checkable
class Polls(Protocol, metaclass=Remembering):
    """Fetches arrivals itself (a mailbox). Run by one worker at a time, under a Duty row."""

    def arrivals(self, cursor: dict[str, Any]) -> AsyncGenerator[tuple[Arrival, dict[str, Any]]]:
        """Yields each arrival with the cursor to store **in the transaction that accepts it**.
        Waits (IDLE or interval) and goes on for ever; raises `TemporaryFailure` when the other side is away."""
        ...

    async def settled(self, arrival: Arrival) -> None:
        """Called after the commit: flag or move it at the provider. May be repeated; failing loses nothing."""


@runtime_checkable
class HasAPast(Polls, Protocol, metaclass=Remembering):
    """What it fetches from held something before it was ours, and may be read there by others, too."""

    async def begun(self) -> dict[str, Any]:
        """The cursor of this moment, stored before the first wait: what comes from now on is fetched, whoever reads it
        first. Empty where there is no place to keep. Raises `TemporaryFailure` when the other side is away."""
        ...


@runtime_checkable
class PollsIfSet(Polls, Protocol, metaclass=Remembering):
    """A channel with two transports, of which one is a socket or mailbox: each inbox is set to one."""

    @property
    def is_polled(self) -> bool:
        """Does this inbox fetch, or is it brought what arrives?"""
        ...


@runtime_checkable
class Streams(Protocol, metaclass=Remembering):
    """Customers read this channel's replies from our own event stream: the commit is the delivery."""

    def streamed(self, public_seq: int) -> Receipt:
        """The receipt of a reply that stands in the stream under this public sequence number."""


@cache
def is_streamed(kind: type) -> bool:
    """Whether adapters of this class are `Streams`: asked of each message, and slow to find out."""
    return issubclass(kind, Streams)


@runtime_checkable
class AnswersInline(Protocol, metaclass=Remembering):
    """The reply travels in the response to the arrival itself (voice, modals, invokes)."""

    inline_seconds: ClassVar[float]

    def render(self, arrival: Arrival, outbound: list[Outbound]) -> tuple[Answer, list[Receipt]]:
        """The response that carries these rows, with one receipt each, in order."""
        ...

    def holding(self, arrival: Arrival) -> Answer:
        """What to say when nothing was ready in time ("one moment")."""
        ...


@runtime_checkable
class Reacts(Protocol, metaclass=Remembering):
    """Shows something at the provider beside the conversation: a form, what became of a pressed button."""

    async def react(self, arrival: Arrival) -> None:
        """After the commit and before the acknowledgement, which waits a moment for it. Nothing may depend
        on it: it is not tried again. Raises `Failed`, and `MalformedPayload`."""
        ...


@runtime_checkable
class Signs(Reacts, Protocol, metaclass=Remembering):
    """Shows that we have a message, and that we write."""

    def is_mere_sign(self, arrival: Arrival) -> bool:
        """Pure: whether `react` shows no more than that. No acknowledgement waits for it, and while many wait it is left
        out. Raises `MalformedPayload`."""
        ...


@runtime_checkable
class ShowsTickets(Protocol, metaclass=Remembering):
    """Has a page at the provider on which people see their own open tickets."""

    def onlooker(self, arrival: Arrival) -> Sender | None:
        """Pure: who has just opened that page; None in all other arrivals. Raises `MalformedPayload`."""
        ...

    async def show_tickets(self, onlooker: Sender, tickets: Sequence[OpenTicket]) -> None:
        """Fills the page. Raises `Failed`; then it stays as it was."""
        ...


@runtime_checkable
class Finds(Protocol, metaclass=Remembering):
    """Can look up whether an earlier attempt arrived, to settle an unknown outcome."""

    async def find(self, outbound: Outbound) -> Receipt | None:
        """The receipt of an earlier attempt with this key, or None when the provider surely has none."""
        ...


@runtime_checkable
class Reports(Protocol, metaclass=Remembering):
    """Is told by the provider, in arrivals of their own, what became of messages it took."""

    def reports(self, arrival: Arrival) -> list[Report]:
        """Pure. [] for arrivals that report nothing. Raises `MalformedPayload` and nothing else."""
        ...


@runtime_checkable
class Fetches(Protocol, metaclass=Remembering):
    """Brings the files that its provider keeps, after their message was stored and acknowledged."""

    async def fetch(self, reference: str) -> bytes:
        """The file of an `Attached.reference`. Raises `TemporaryFailure`; `PermanentFailure` where it never
        comes: gone, too large, or a reference that is not the provider's."""
        ...


@runtime_checkable
class LimitsFiles(Protocol, metaclass=Remembering):
    """Takes only some of the files that would fit."""

    def objection(self, media_type: str, size: int) -> str:
        """Pure: why a file of this type and size (bytes) cannot go out here, for people; empty where it can."""
        ...


@runtime_checkable
class Repeats(AnswersInline, Protocol, metaclass=Remembering):
    """Its customers may ask to hear once more what was said last."""

    def wants_again(self, arrival: Arrival) -> ThreadKey | None:
        """Pure: the thread of which the last words are wanted again; None in all other arrivals. Such an
        arrival parses to []. Raises `MalformedPayload`."""
        ...


@runtime_checkable
class Paces(Protocol, metaclass=Remembering):
    """Its provider takes one message at a time in one place; the core gives turns, in the order of the outbox."""

    @property
    def every(self) -> timedelta:
        """From one turn to the next."""
        ...

    def lane(self, outbound: Outbound) -> str:
        """Pure: the place whose turn it needs."""
        ...


@dataclass(frozen=True, slots=True)
class InOrder:
    """One thing that a trial found in order. `what`: `signed_in`, `reads`, `brought`, `sends`, `number`, `answers` or
    `our_own`; `about`: the name that the other side gave it, never a secret."""

    what: str
    about: str = ""


@runtime_checkable
class Tries(Protocol, metaclass=Remembering):
    """Can be asked whether it is set up rightly."""

    async def try_out(self, at: datetime) -> list[InOrder]:
        """Asks the other side something harmless: no customer notices, nothing is changed. Raises `Failed` for the
        first thing that is not in order."""
        ...

"""What comes in and what goes out, on every channel alike. Provider words do not belong here."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.ids import ExternalId, ThreadKey
from core.knowledge import Citation, Suggestion
from core.rich import Rich

_TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Verified(StrEnum):
    """How sure we are that the sender is who the address says."""

    NO = "no"
    """Anybody could have written this address there."""
    CHANNEL = "channel"
    """The provider vouches for it (a Slack user id, a phone number of a signed webhook)."""
    PROVEN = "proven"
    """The sender proved it (signed identity, DMARC pass of the right domain)."""


class AddressKind(StrEnum):
    """What sort of thing an address is."""

    EMAIL = "email"
    VISITOR = "visitor"
    ACCOUNT = "account"
    """An account of a website of ours, as that website's own signed word names it; nobody writes from there."""
    PHONE = "phone"
    SLACK = "slack"
    TEAMS = "teams"
    SOCIAL = "social"
    PUBLIC = "public"
    """An author as their public posts name them; what is said there everybody reads."""
    OTHER = "other"


class Wish(StrEnum):
    """A word to the channel itself, with a meaning that law and providers give it; the bot is not asked.

    A START counts only from someone who said STOP; from anybody else it is a message like any other.
    """

    STOP = "stop"
    START = "start"
    HELP = "help"


class Kept(StrEnum):
    """By what one sees that a machine wrote it: it is kept, and no ticket opens."""

    AUTOMATIC = "automatic"
    """It says so itself (RFC 3834 and what came before)."""
    REPORT = "report"
    """A mail server reports about a mail."""
    ABSENCE = "absence"
    """Its subject is what absence programs write."""
    ROBOT = "robot"
    """Nobody reads the address it came from."""
    NOBODY = "nobody"
    """It names no sender."""
    OURS = "ours"
    """It came from one of our own addresses."""
    BULK = "bulk"
    """It was sent to many at once."""
    DECIDED = "decided"
    """Colleagues decided so about whoever sent it."""


class Delivery(StrEnum):
    """How far a message of ours has come, as its provider tells it, in this order.

    A failure beats what was hoped before it; the word that it arrived beats the failure.
    """

    ACCEPTED = "accepted"
    SENT = "sent"
    FAILED = "failed"
    DELIVERED = "delivered"
    READ = "read"

    @property
    def rank(self) -> int:
        """Higher is further; what is told later never takes a message back."""
        return list(Delivery).index(self)


@dataclass(frozen=True, slots=True)
class Report:
    """A provider's word on a message of ours, named by its outbox key or by the provider's own id.

    `has_opted_out`: the provider refused it because its recipient wants no messages. `is_gone`: there is no such
    recipient (any more).
    `thread`, `until`: instead of one message, all of a thread that were sent until then.
    """

    delivery: Delivery
    key: str = ""
    provider_id: str = ""
    problem: str = ""
    has_opted_out: bool = False
    is_gone: bool = False
    thread: ThreadKey | None = None
    until: datetime | None = None
    recipient: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Sender:
    """The address a message came from. `value` is normalised by the adapter (lower-cased mail, E.164)."""

    kind: AddressKind
    value: str
    verified: Verified = Verified.NO
    display_name: str = ""


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that came or goes with a message. `problem` says why `content` was not kept, if it was not.

    `reference`: where its provider keeps it until it is fetched, in the adapter's own words.
    `link`: of a file that goes out: an address of ours at which whoever knows it gets the file for a while; only
    for channels that ask for one.
    """

    name: str
    media_type: str
    content: bytes = field(repr=False)
    inline: bool = False
    content_id: str = ""
    problem: str = ""
    reference: str = ""
    link: str = field(default="", repr=False)


def unturned(name: str) -> str:
    """A file's name as it ends: without the signs that turn the direction of writing, with which `fdp.exe` is read as
    `exe.pdf`."""
    return _TURNING.sub("", name)


@dataclass(frozen=True, slots=True)
class Circle:
    """A list on which everybody reads what comes through it.

    `keys`: names of the thread that only who writes through this list gives. `is_word`: who wrote is the list's word alone.
    """

    keys: tuple[ThreadKey, ...] = ()
    is_word: bool = False


@dataclass(frozen=True, slots=True)
class Inbound:
    """One customer message as every later step sees it.

    `thread_keys`: where it belongs, best evidence first; the first one already known decides.
    `own_keys`: keys under which later messages may refer to this one; stored with the conversation.
    `claims_conversation`: True when a key alone proves that the sender belongs there (a signed reply
    address, a chat token); False when the sender must already be a participant.
    `opens`: False for what means something only inside a conversation that is already known by one of
    its keys (a colleague's remark in a thread of a busy channel); elsewhere it is dropped, not stored.
    `wants_person`: the sender used a button or form of the channel that promises people: whatever the
    words are, the dialogue takes them as that request.
    `says_matter`: with `wants_person`: the channel asked what it is about, and the words are the answer; nobody asks again.
    `is_automatic`: no machine may answer it: nobody typed it (out-of-office, bounce), or it says so itself (lists).
    `for_people`: why it goes to people at once, whatever it says (`list`, `bulk`, `encrypted`, `always`). Its sender is told so, unless it is automatic:
    then a ticket opens in silence. Automatic without that is stored and no more.
    `circle`: the list through which it came, whose threads go on as one while nobody of ours has spoken in them.
    `html`: the original rich text, unsanitised; `quoted`: what was cut from the end as quotation.
    `extra`: small JSON values of the channel that templates or replies need again (subject, ...).
    `wish`: set where the whole message is such a word. `reports`: what it says became of messages of ours (a bounce).
    `revises`: the external id of the customer's earlier message of which this is the new wording; with
    `is_withdrawn` its author took that back.
    """

    external_id: ExternalId
    sender: Sender
    text: str
    at: datetime
    thread_keys: tuple[ThreadKey, ...]
    own_keys: tuple[ThreadKey, ...] = ()
    claims_conversation: bool = False
    opens: bool = True
    is_automatic: bool = False
    for_people: str = ""
    circle: Circle | None = None
    subject: str = ""
    html: str = ""
    quoted: str = ""
    language_hint: str = ""
    client_id: str = ""
    attachments: tuple[Attached, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)
    raw: bytes = field(default=b"", repr=False)
    wants_person: bool = False
    says_matter: bool = False
    wish: Wish | None = None
    reports: tuple[Report, ...] = ()
    revises: ExternalId | None = None
    is_withdrawn: bool = False

    @property
    def is_typed(self) -> bool:
        """False for what only machines write."""
        return not self.is_automatic or bool(self.for_people)


@dataclass(frozen=True, slots=True)
class Button:
    """A choice offered with a message. `value` is what the customer would have typed."""

    title: str
    value: str


@dataclass(frozen=True, slots=True)
class Reply:
    """Something to say to the customer, before any channel has shaped it.

    `rich`: the same words with their form, where they have one; `typed`: as their author wrote that. `asked`: which of several
    questions of a message it answers, in the customer's words; `answers`: of answers that go out as one message, each of them.
    """

    text: str
    citations: tuple[Citation, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    buttons: tuple[Button, ...] = ()
    kind: str = "message"
    """`message`, `answer`, `question` (asks something back), `notice`, `survey`."""
    rich: Rich = ()
    typed: str = field(default="", repr=False)
    asked: str = field(default="", repr=False)
    answers: tuple[Reply, ...] = ()


@dataclass(frozen=True, slots=True)
class Outbound:
    """One send attempt's content, already degraded to what the channel can show.

    `key`: the outbox row's id as text, the same in each attempt: adapters make provider
    idempotency keys and Message-IDs from it.
    `thread_key`: the adapter's own key of the thread to continue, if any.
    `in_reply_to`: own keys of earlier messages of this thread, oldest first (mail: References).
    `at`: when the reply was written, the same in each attempt (mail: Date).
    `sent_at`: when this attempt is made (signatures that are good for minutes).
    `heard_at`: when the customer last wrote from this address, where a provider may ask for that.
    `also`: who gets the same message and sees that the others do, where a channel can show that (mail).
    `html`: the same words as a page, for channels that can show it (mail); `text` says everything too.
    `rich`: the same words with a light form, for channels whose `can.shows` names something of it; `text` says
    everything too.
    """

    key: str
    to: Sender
    text: str
    thread_key: ThreadKey | None = None
    in_reply_to: tuple[ThreadKey, ...] = ()
    subject: str = ""
    author: str = ""
    buttons: tuple[Button, ...] = ()
    citations: tuple[Citation, ...] = ()
    attachments: tuple[Attached, ...] = ()
    is_automatic: bool = True
    """True when a machine wrote it (mail: Auto-Submitted)."""
    extra: dict[str, Any] = field(default_factory=dict)
    at: datetime | None = None
    sent_at: datetime | None = None
    heard_at: datetime | None = None
    html: str = field(default="", repr=False)
    also: tuple[Sender, ...] = ()
    rich: Rich = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider took it. `own_keys`: keys under which the customer's reply may refer to it."""

    provider_id: str
    own_keys: tuple[ThreadKey, ...] = ()

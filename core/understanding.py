"""What a message meant, before anyone decides what follows. Deciding does not belong here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Act(StrEnum):
    """Dialogue acts; the training examples are in `nlu/data/<act>.yml`."""

    ASK = "ask"
    GREET = "greet"
    THANK = "thank"
    GOODBYE = "goodbye"
    AFFIRM = "affirm"
    DENY = "deny"
    REQUEST_PERSON = "request_person"
    URGENT_COMPLAINT = "urgent_complaint"
    TICKET_STATUS = "ticket_status"
    GIVE_DETAILS = "give_details"
    LANGUAGE_SWITCH = "language_switch"
    STOP = "stop"
    CHIT_CHAT = "chit_chat"
    OUT_OF_SCOPE = "out_of_scope"


@dataclass(frozen=True, slots=True)
class Entity:
    """Something named in the text, `text[start:end]`. `value` is normalised (ISO date, E.164, upper case)."""

    kind: str
    """`email`, `phone`, `order_number`, `ticket_number`, `amount`, `date`, `serial_number`, `product`, `language`, `url`."""
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Scored:
    """A label with its calibrated probability."""

    name: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Named:
    """A company's own intents of one message. `intents`: what its surest part may mean, best first; empty where it means none.

    `also`: what else is meant, the surest first: "cancel my order. Until when are you open?" asks for two things.
    """

    intents: tuple[Scored, ...] = ()
    also: tuple[Scored, ...] = ()


@dataclass(frozen=True, slots=True)
class Understood:
    """One message understood once; every later step reads this and encodes nothing again.

    `acts`: all acts with their probability, best first. `also`: further acts that stand in the same
    message ("hi, where is my parcel?" is ask, and also greet). `language`: ISO 639-1. `languages`: what it may be
    written in, each with its calibrated probability, best first; empty where nothing could be read.
    `vector`: the message embedding, shape (d,), unit length; empty where no encoder was there.
    `gist`: the text without salutation, closing words and name, which `act` and `vector` are of; empty
    where nobody looked. `versions`: model name to version. `intents`: the company's own, best first; empty
    where it trained none or the message means none of them. `also_intents`: further ones of its own that
    stand in the same message.
    """

    act: Act
    confidence: float
    acts: tuple[Scored, ...] = ()
    also: tuple[Act, ...] = ()
    language: str = "en"
    language_confidence: float = 0.0
    entities: tuple[Entity, ...] = ()
    vector: tuple[float, ...] = ()
    versions: tuple[tuple[str, str], ...] = ()
    gist: str = ""
    intents: tuple[Scored, ...] = ()
    also_intents: tuple[Scored, ...] = ()
    languages: tuple[Scored, ...] = ()

    @property
    def named(self) -> tuple[str, ...]:
        """All of the company's own intents that the message means, the surest first."""
        return tuple(scored.name for scored in (*self.intents[:1], *self.also_intents))


@dataclass(frozen=True, slots=True)
class TicketGlance:
    """What the dialogue may say of a ticket to its own customer."""

    number: int
    category: str
    status: str
    team: str
    next_step_due: str = ""
    """ISO 8601 with offset, or empty."""


@dataclass(frozen=True, slots=True)
class Turn:
    """All that Rasa and its read-only actions may know of one turn.

    `text`: the customer's messages of this turn, joined by line breaks.
    `state`: the dialogue state stored after the last turn, opaque to everyone but the connector.
    `facts`: what our database knows and actions may need (channel, whether the address can be
    written to, the customer's own tickets, staffed hours), plain JSON.
    """

    conversation: str
    turn: str
    text: str
    understood: dict[str, Any]
    answer: dict[str, Any]
    state: dict[str, Any]
    facts: dict[str, Any]


class EffectKind(StrEnum):
    """What a dialogue turn may ask to be done; `bot.reply` does it once, in its transaction."""

    HANDOFF = "handoff"
    RESOLVE = "resolve"
    SET_LANGUAGE = "set_language"
    SET_CONTACT = "set_contact"
    RATE = "rate"


@dataclass(frozen=True, slots=True)
class Effect:
    """A change asked for by the dialogue, with its plain JSON arguments."""

    kind: EffectKind
    arguments: dict[str, Any]

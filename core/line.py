"""Waiting in line for a person while connected, on a telephone: who stands where, and what moves them. Pure; documents are the channel's."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from core.ids import ThreadKey
from core.waiting import Wait


class Standing(StrEnum):
    """Where a caller is on the way to a person."""

    WAITING = "waiting"
    AWAY = "away"
    """Nobody works now; the caller may ask to be called back or leave a message."""
    CALL_BACK = "call_back"
    """Hung up and keeps the place in line: to be called when it is their turn."""
    RINGING = "ringing"
    """Waits while a colleague's telephone rings."""
    RINGING_BACK = "ringing_back"
    """A colleague's telephone rings; the caller is called once that is picked up."""
    TALKING = "talking"
    HELD = "held"
    """Spoke with a colleague, who has put them on hold."""
    CALLING = "calling"
    """A colleague has picked up and the caller's telephone rings, or they talk."""
    TALKED = "talked"
    MESSAGE = "message"
    """Chose to leave a message."""
    GONE = "gone"
    """Hung up while waiting."""


class Beside(StrEnum):
    """How it stands with a second colleague, whom the first one asks while the caller is on hold."""

    NOBODY = ""
    RINGING = "ringing"
    ACCEPTED = "accepted"
    """Has said yes, and waits for the first one."""
    TALKING = "talking"
    """They speak, or the first one is on the way."""
    OVER = "over"
    """Did not pick up, said no, or is gone again."""


class Move(StrEnum):
    """What happens to somebody in line."""

    JOIN = "join"
    CONSENT = "consent"
    STAY = "stay"
    WANT_CALL_BACK = "want_call_back"
    LEAVE_MESSAGE = "leave_message"
    HANG_UP = "hang_up"
    LEAVE = "leave"
    """Out of the line and still connected."""
    RING = "ring"
    ANSWER = "answer"
    """A colleague picks up and has not said yes yet."""
    ACCEPT = "accept"
    DECLINE = "decline"
    MISS = "miss"
    """Nobody picks up where the caller is called back."""
    END = "end"
    HOLD = "hold"
    RESUME = "resume"
    PART = "part"
    """A second colleague was asked, and who asked them has left."""
    MEET = "meet"
    """Who asked a second colleague, and keeps the caller on hold, can be sent to them."""
    ALONE = "alone"
    """The second colleague has left who asked them."""
    TAPE = "tape"
    """The recording of a talk is there."""


IN_LINE = frozenset({Standing.WAITING, Standing.RINGING, Standing.CALL_BACK, Standing.RINGING_BACK})
ON_LINE = frozenset({Standing.WAITING, Standing.RINGING})
"""The caller is connected and waits."""
TOGETHER = frozenset({Standing.TALKING, Standing.CALLING})
CONNECTED = TOGETHER | {Standing.HELD}
"""Of one caller and one colleague: nothing else may break into that."""
AT_TELEPHONE = CONNECTED | {Standing.RINGING, Standing.RINGING_BACK}
"""A colleague's telephone rings, or is off the hook."""
CALLABLE = frozenset(
    {Standing.AWAY, Standing.CALL_BACK, Standing.TALKED, Standing.MESSAGE, Standing.GONE}
)
"""Not connected: a colleague may call them."""

_MOVES: dict[tuple[Standing, Move], Standing] = {
    (Standing.WAITING, Move.WANT_CALL_BACK): Standing.CALL_BACK,
    (Standing.WAITING, Move.LEAVE_MESSAGE): Standing.MESSAGE,
    (Standing.WAITING, Move.HANG_UP): Standing.GONE,
    (Standing.WAITING, Move.RING): Standing.RINGING,
    (Standing.WAITING, Move.LEAVE): Standing.MESSAGE,
    (Standing.AWAY, Move.WANT_CALL_BACK): Standing.CALL_BACK,
    (Standing.RINGING, Move.WANT_CALL_BACK): Standing.RINGING_BACK,
    (Standing.RINGING, Move.LEAVE_MESSAGE): Standing.MESSAGE,
    (Standing.RINGING, Move.LEAVE): Standing.MESSAGE,
    (Standing.RINGING, Move.HANG_UP): Standing.GONE,
    (Standing.RINGING, Move.ACCEPT): Standing.TALKING,
    (Standing.RINGING, Move.DECLINE): Standing.WAITING,
    (Standing.RINGING_BACK, Move.ACCEPT): Standing.CALLING,
    (Standing.RINGING_BACK, Move.DECLINE): Standing.CALL_BACK,
    (Standing.TALKING, Move.HANG_UP): Standing.TALKED,
    (Standing.TALKING, Move.END): Standing.TALKED,
    (Standing.TALKING, Move.DECLINE): Standing.TALKED,
    (Standing.TALKING, Move.MISS): Standing.WAITING,
    (Standing.TALKING, Move.HOLD): Standing.HELD,
    (Standing.HELD, Move.RESUME): Standing.TALKING,
    (Standing.HELD, Move.HANG_UP): Standing.TALKED,
    # Whose colleague is gone is not sent away.
    (Standing.HELD, Move.DECLINE): Standing.WAITING,
    (Standing.CALLING, Move.HOLD): Standing.HELD,
    (Standing.CALLING, Move.END): Standing.TALKED,
    (Standing.CALLING, Move.DECLINE): Standing.TALKED,
    (Standing.CALLING, Move.MISS): Standing.CALL_BACK,
    (Standing.GONE, Move.WANT_CALL_BACK): Standing.CALL_BACK,
    (Standing.MESSAGE, Move.WANT_CALL_BACK): Standing.CALL_BACK,
    **{(standing, Move.RING): Standing.RINGING_BACK for standing in CALLABLE},
}


THERE = frozenset({Beside.ACCEPTED, Beside.TALKING})
"""A second colleague is on the line, and the caller can be connected with them."""
ASKED = THERE | {Beside.RINGING}
"""A second colleague's telephone rings, or is off the hook."""

_BESIDE: dict[tuple[Beside, Move], Beside] = {
    (Beside.RINGING, Move.ACCEPT): Beside.ACCEPTED,
    (Beside.RINGING, Move.DECLINE): Beside.OVER,
    (Beside.ACCEPTED, Move.MEET): Beside.TALKING,
    (Beside.ACCEPTED, Move.DECLINE): Beside.OVER,
    (Beside.TALKING, Move.DECLINE): Beside.OVER,
    (Beside.TALKING, Move.ALONE): Beside.OVER,
    # Who asked has left, and the caller could not be handed on: see `bot.consult`.
    (Beside.TALKING, Move.PART): Beside.OVER,
}


def beside(now: Beside, move: Move) -> Beside:
    """How it stands with the second colleague after it; as it was, if it means nothing there."""
    return _BESIDE.get((now, move), now)


def moved(standing: Standing, move: Move) -> Standing:
    """Where they stand after it; where they were, if it means nothing there (a provider tells things late and twice)."""
    return _MOVES.get((standing, move), standing)


@dataclass(frozen=True, slots=True)
class LineStep:
    """One thing that a channel was told: `move` in the line of `thread`.

    `ring`: which ringing of a colleague's telephone it belongs to, so that an old one moves nobody; 0 = the
    caller's own call. `consents`: whether the caller agrees to be recorded, where that was asked. `may_be_called`:
    False for those whose number is withheld. `reference`, `seconds`: the recording of a talk. `stint`: how often the
    caller had been put on hold when what ends here began, where something ends; of `Move.ALONE`, the ringing of the
    second colleague. `leg`: what the provider calls the colleague's call that tells this.
    """

    thread: ThreadKey = field(repr=False)
    move: Move
    ring: int = 0
    consents: bool | None = None
    may_be_called: bool = True
    reference: str = field(default="", repr=False)
    seconds: int = 0
    stint: int | None = None
    leg: str = ""

    def at(self, stint: int) -> LineStep:
        """What it means for somebody who has been put on hold so often: to hold a caller parts the two, which is told
        like the end of a talk and ends nothing."""
        is_parting = self.move in {Move.END, Move.MISS} and self.stint is not None
        return replace(self, move=Move.STAY) if is_parting and self.stint != stint else self


@dataclass(frozen=True, slots=True)
class InLine:
    """How somebody stands now, for the channel to say it.

    `thread`: a key of the conversation that no other call shares. `position`: 1 = next. `wait`: from how long to how long it
    will take from now, None where nobody knows. `waited`: so far. `opens`: when people are there again, in their zone,
    None where they are there or nobody can say. `number`: where the caller can be called. `ticket`, `priority`,
    `language`: for the colleague. `beside`: how it stands with a second one, `aside` the number of their ringing,
    `asker` and `second` the names of the two, `why` what is asked. `is_second`: it is the second one who hears this.
    """

    thread: ThreadKey = field(repr=False)
    standing: Standing
    ring: int = 0
    position: int = 1
    wait: Wait | None = None
    waited: timedelta = timedelta(0)
    opens: datetime | None = None
    consents: bool | None = None
    number: str = field(default="", repr=False)
    stint: int = 0
    ticket: int = 0
    priority: int = 3
    language: str = ""
    beside: Beside = Beside.NOBODY
    aside: int = 0
    asker: str = ""
    second: str = ""
    why: str = field(default="", repr=False)
    is_second: bool = False


@dataclass(frozen=True, slots=True)
class Ring:
    """A colleague's telephone that shall ring, for `ring` of the conversation's `thread`; `webhook` is the inbox's address."""

    thread: ThreadKey
    ring: int
    phone: str = field(repr=False)
    webhook: str

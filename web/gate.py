"""How much one visitor may ask for, and all together. Counts are kept per web process; what is too much becomes a 429 or a 503."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from secrets import randbelow

from bot.clock import system_clock
from core.clock import Clock
from core.errors import TemporaryFailure
from web.problems import RETRY_SECONDS, TooMany

RETRY_SPREAD = 9
"""Seconds over which those who were turned away come back."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """Per minute: new conversations, messages and searches of one network address, messages and typing signs of one
    conversation."""

    openings: int = 30
    messages_of_address: int = 300
    messages: int = 60
    typing: int = 60
    searches: int = 120

    def times(self, factor: int) -> Allowance:
        return Allowance(
            self.openings * factor,
            self.messages_of_address * factor,
            self.messages * factor,
            self.typing * factor,
            self.searches * factor,
        )


class Gate:
    """Lets through what is within the allowance; else raises `TooMany` with the seconds to wait."""

    def __init__(self, allowance: Allowance, clock: Clock = system_clock) -> None:
        self._allowance = allowance
        self._clock = clock
        self._minute = 0
        self._now: Counter[tuple[str, str]] = Counter()
        self._before: Counter[tuple[str, str]] = Counter()

    def opening(self, address: str) -> None:
        self._pass("opening", self._allowance.openings, address)

    def message(self, address: str, conversation: str) -> None:
        self._pass("message", self._allowance.messages, conversation)
        self._pass("address", self._allowance.messages_of_address, address)

    def typing(self, conversation: str) -> None:
        self._pass("typing", self._allowance.typing, conversation)

    def search(self, address: str) -> None:
        self._pass("search", self._allowance.searches, address)

    def room(self, waiting: int, most: int) -> None:
        """Turns away, before anything is accepted, what would wait behind `most` others; each for another moment,
        so that they do not all come back at once."""
        if waiting >= most:
            later = RETRY_SECONDS + randbelow(RETRY_SPREAD)
            raise TemporaryFailure("Too much is arriving; send it again.", retry_after=later)

    def _pass(self, what: str, per_minute: int, who: str) -> None:
        """Counts by minutes of the clock; of the last one so much still counts as lies within sixty seconds."""
        minute, seconds = divmod(self._clock().timestamp(), 60)
        if minute != self._minute:
            # What is older than two minutes is dropped whole, so nothing has to be looked through.
            self._before = self._now if minute == self._minute + 1 else Counter()
            self._now, self._minute = Counter(), int(minute)
        key = (what, who)
        if self._now[key] + self._before[key] * (1 - seconds / 60) + 1 > per_minute:
            raise TooMany(max(1.0, 60 - seconds))
        self._now[key] += 1

"""How much one visitor may ask for, and all together. Counts are kept per web process; what is too much becomes a 429 or a 503."""

from __future__ import annotations

from dataclasses import dataclass
from secrets import randbelow

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from bot.clock import system_clock
from core.errors import TemporaryFailure
from web.problems import RETRY_SECONDS, TooMany

RETRY_SPREAD = 9
"""Seconds over which those who were turned away come back."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """Per minute: new conversations and messages of one network address, messages and typing signs of one
    conversation."""

    openings: int = 30
    messages_of_address: int = 300
    messages: int = 60
    typing: int = 60

    def times(self, factor: int) -> Allowance:
        return Allowance(
            self.openings * factor,
            self.messages_of_address * factor,
            self.messages * factor,
            self.typing * factor,
        )


class Gate:
    """Lets through what is within the allowance; else raises `TooMany` with the seconds to wait."""

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def opening(self, address: str) -> None:
        self._pass("opening", self._allowance.openings, address)

    def message(self, address: str, conversation: str) -> None:
        self._pass("message", self._allowance.messages, conversation)
        self._pass("address", self._allowance.messages_of_address, address)

    def typing(self, conversation: str) -> None:
        self._pass("typing", self._allowance.typing, conversation)

    def room(self, waiting: int, most: int) -> None:
        """Turns away, before anything is accepted, what would wait behind `most` others; each for another moment,
        so that they do not all come back at once."""
        if waiting >= most:
            later = RETRY_SECONDS + randbelow(RETRY_SPREAD)
            raise TemporaryFailure("Too much is arriving; send it again.", retry_after=later)

    def _pass(self, what: str, per_minute: int, who: str) -> None:
        item = RateLimitItemPerMinute(per_minute)
        if self._limiter.hit(item, what, who):
            return
        again = self._limiter.get_window_stats(item, what, who).reset_time
        raise TooMany(max(1.0, again - system_clock().timestamp()))

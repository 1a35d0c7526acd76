"""How much one visitor may ask for. Counts are kept per web process; what is too much becomes a 429."""

from __future__ import annotations

from dataclasses import dataclass

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from bot.clock import system_clock
from web.problems import TooMany


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

    def _pass(self, what: str, per_minute: int, who: str) -> None:
        item = RateLimitItemPerMinute(per_minute)
        if self._limiter.hit(item, what, who):
            return
        again = self._limiter.get_window_stats(item, what, who).reset_time
        raise TooMany(max(1.0, again - system_clock().timestamp()))

"""What customers have still to say, handed out so that every kill, to the last one, finds work in hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from tests.chaos.providers import Side
from tests.chaos.traffic import Traffic

Kind = Callable[[Side], bool]
PAUSE = 0.15
"""Seconds between two that are said one by one."""


def ANY(side: Side) -> bool:
    """Any channel."""
    return True


def MAIL(side: Side) -> bool:
    """What has to be fetched."""
    return side.channel == "email"


def SENT(side: Side) -> bool:
    """Channels to which an answer has to be sent; the website's chat reads it where it is stored."""
    return side.channel != "webchat"


class Supply:
    """`order`: the customers by number, each as often as they speak; the last one speaks first."""

    def __init__(self, traffic: Traffic, sides: Sequence[Side], order: list[int]) -> None:
        self.traffic = traffic
        self._sides = sides
        self._order = order

    @property
    def left(self) -> int:
        """How much is still to be said."""
        return len(self._order)

    def give(self, count: int, kind: Kind = ANY) -> int:
        """Up to `count` customers speak now, those of this kind as long as there are some; how many did."""
        given = min(count, self.left)
        for _ in range(given):
            customer = self._order.pop(self._place_of(kind))
            self.traffic.release(customer, self._side(customer))
        return given

    async def trickle(self, budget: int, kind: Kind = ANY) -> None:
        """Half of the budget at once, the rest one by one; cancelled, it says what is left of it at once."""
        rest = budget - self.give(budget // 2, kind)
        try:
            while rest > 0 and self.left:
                rest -= self.give(1, kind)
                await asyncio.sleep(PAUSE)
        finally:
            self.give(max(0, rest))

    def _place_of(self, kind: Kind) -> int:
        near = range(self.left - 1, max(-1, self.left - 200), -1)
        return next((place for place in near if kind(self._side(self._order[place]))), -1)

    def _side(self, customer: int) -> Side:
        return self._sides[customer % len(self._sides)]

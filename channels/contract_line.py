"""What a channel can do whose customers stay connected until a person is there. Every other thing that one may do is in `contract`."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from channels.contract import Answer, AnswersInline, Arrival
from channels.traits import Remembering
from core.ids import ThreadKey
from core.line import InLine, LineStep, Ring


@runtime_checkable
class HoldsLine(AnswersInline, Protocol, metaclass=Remembering):
    """Its customers can stay connected until a person is there (a telephone)."""

    def for_people(self, arrival: Arrival) -> Answer:
        """How it goes on for who says something in a conversation that is with people already."""

    def line_step(self, arrival: Arrival) -> LineStep | None:
        """Pure: what happened to somebody in line, or to a colleague's telephone; None in all other arrivals. Such
        an arrival parses to []. Raises `MalformedPayload`."""

    def in_line(self, arrival: Arrival, here: InLine | None) -> Answer:
        """How the call goes on for somebody who stands there; `here` is None where nobody is known."""

    async def ring(self, ring: Ring) -> str:
        """Makes a colleague's telephone ring; the provider's name of that call. Raises `Failed`; it is not tried again."""

    async def hang_up(self, leg: str) -> None:
        """Ends that call, ringing or not, as if the colleague had hung up. Raises `PermanentFailure` where it is over."""

    async def hold(self, leg: str, here: InLine, webhook: str) -> None:
        """The colleague's call goes on as the caller stands: on hold, or talking again. Raises as `hang_up` does."""

    async def far_end(self, leg: str) -> ThreadKey:
        """The call of the customer whom that one has called back. Raises `PermanentFailure` where nobody is there."""

    async def park(self, thread: ThreadKey, here: InLine, webhook: str) -> None:
        """That call goes into the line, as the caller stands, and no longer hangs on the colleague's, which goes on by
        itself. Raises as `hang_up` does."""

"""The product reduced to what a call needs: the adapter, what was accepted once, and a dialogue that does as it is told."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from channels.voice import Voice
from core.errors import BadSignature, MalformedPayload, PermanentFailure
from core.ids import ThreadKey
from core.knowledge import Citation
from core.line import (
    ASKED,
    ON_LINE,
    THERE,
    Beside,
    InLine,
    LineStep,
    Move,
    Ring,
    Standing,
    beside,
    moved,
)
from core.message import AddressKind, Button, Inbound, Outbound, Sender
from tests.channels.voice.provider import URL, arrived
from tests.fakes.twilio import CUSTOMER, Call

TALK = ThreadKey("conversation:0d3a7a3c-5f0e-4c39-9a0c-3f1f6a2b7c11")
COLLEAGUE, SECOND_COLLEAGUE = "+15005550009", "+15005550011"
SOURCE = Citation("returns", "Returns", "https://help.acme.example/a/returns", "", "r1")


@dataclass
class MemoryLine:
    """As `store.line` keeps it, for one caller. `others`: who stands before them."""

    standing: Standing | None = None
    is_away: bool = False
    opens: datetime | None = None
    others: int = 0
    wait: timedelta | None = None
    waited: timedelta = timedelta(0)
    rings: int = 0
    stint: int = 0
    consents: bool | None = None
    number: str = CUSTOMER
    steps: list[LineStep] = field(default_factory=list)
    beside: Beside = Beside.NOBODY
    aside: int = 0
    """The number of the second colleague's ringing."""
    legs: dict[int, str] = field(default_factory=dict)
    """The call of each ringing."""
    jobs: list[Callable[[Voice], Awaitable[object]]] = field(default_factory=list)
    """What a worker has still to tell Twilio, see `work`."""

    def take(self, step: LineStep) -> InLine | None:
        self.steps.append(step)
        self._leaves(step)
        if step.ring and step.leg:
            self.legs[step.ring] = step.leg
        if step.ring and step.ring == self.aside != self.rings:
            self._beside(step.move)
            return replace(self.seen, is_second=True, why="She asks for a cheque.")
        if step.ring and step.ring != self.rings:
            return InLine(TALK, Standing.GONE, ring=self.rings)
        if self.standing is None and step.move is Move.JOIN:
            self.standing = Standing.AWAY if self.is_away else Standing.WAITING
            self.number = CUSTOMER if step.may_be_called else ""
        if self.standing is None:
            return None
        self.consents = self.consents if step.consents is None else step.consents
        self._stand(moved(self.standing, step.at(self.stint).move))
        if step.move is Move.MEET or (step.move is Move.ALONE and step.stint == self.aside):
            self._beside(step.move)
        return self.seen

    # ---- a second colleague: as `store.beside` and `store.consult` keep it -----------------------

    def _stand(self, standing: Standing) -> None:
        was, self.standing = self.standing, standing
        if was is not Standing.HELD or standing is Standing.HELD:
            return
        if self.beside is Beside.RINGING:
            self._let_go(self.aside)
        elif self.beside in THERE and standing is Standing.TALKED:
            self.jobs.append(self._tell(Beside.NOBODY))
        self.beside = Beside.NOBODY

    def _beside(self, move: Move) -> None:
        if self.standing is not Standing.HELD:
            return
        was, self.beside = self.beside, beside(self.beside, move)
        if was is Beside.RINGING and self.beside is not was:
            self.jobs.append(self._tell(self.beside))

    def _leaves(self, step: LineStep) -> None:
        """Whoever leaves a second colleague has connected the caller with them."""
        is_first = step.move is Move.DECLINE and step.ring == self.rings
        is_second = step.move is Move.PART and step.ring == self.aside
        if self.standing is Standing.HELD and self.beside in THERE and (is_first or is_second):
            self.connect()

    def _let_go(self, ring: int) -> None:
        async def job(channel: Voice) -> None:
            with contextlib.suppress(PermanentFailure):
                await channel.hang_up(self.legs[ring])

        self.jobs.append(job)

    def _tell(self, when: Beside) -> Callable[[Voice], Awaitable[object]]:
        ring, standing = self.rings, self.standing

        async def job(channel: Voice) -> None:
            if (ring, standing, when) != (self.rings, self.standing, self.beside):
                return
            if self.beside is Beside.ACCEPTED:
                self.beside = Beside.TALKING
            with contextlib.suppress(PermanentFailure):
                await channel.hold(self.legs[ring], self.seen, URL)

        return job

    def ask(self, channel: Voice) -> bool:
        """The colleague asks another one, whose telephone rings from here on; False where that cannot be."""
        if self.standing not in {Standing.TALKING, Standing.HELD} or self.beside in ASKED:
            return False
        if self.standing is Standing.TALKING:
            self.stint, self.standing = self.stint + 1, Standing.HELD
            self.jobs.append(self._tell(Beside.RINGING))
        self.beside, self.aside = Beside.RINGING, max(self.rings, self.aside) + 1
        self.legs[self.aside] = asyncio.run(
            channel.ring(Ring(TALK, self.aside, SECOND_COLLEAGUE, URL))
        )
        return True

    def connect(self) -> bool:
        """The caller is the second colleague's from here on; False where none is there."""
        if self.standing is not Standing.HELD or self.beside not in THERE:
            return False
        self._let_go(self.rings)
        self.rings, self.beside, self.standing = self.aside, Beside.NOBODY, Standing.TALKING
        return True

    def work(self, channel: Voice, most: int = 100) -> None:
        """A worker does so many of its jobs."""
        for _ in range(min(most, len(self.jobs))):
            asyncio.run(self.jobs.pop(0)(channel))  # type: ignore[arg-type]

    @property
    def seen(self) -> InLine:
        assert self.standing is not None
        return InLine(
            TALK,
            self.standing,
            ring=self.rings,
            position=1 + self.others,
            wait=self.wait,
            waited=self.waited,
            opens=self.opens,
            consents=self.consents,
            number=self.number,
            stint=self.stint,
            ticket=1042,
            priority=2,
            beside=self.beside,
            aside=self.aside,
            asker="Ana",
            second="Ben",
        )

    def ring(self, channel: Voice) -> bool:
        """A colleague presses the button; False where it is not there."""
        if self.standing is None or (not self.number and self.standing not in ON_LINE):
            return False
        after = moved(self.standing, Move.RING)
        if after is self.standing:
            return False
        self.standing, self.rings = after, max(self.rings, self.aside) + 1
        asyncio.run(channel.ring(Ring(TALK, self.rings, COLLEAGUE, URL)))
        return True

    def hold(self, channel: Voice, leg: str, move: Move) -> bool:
        """A colleague puts the caller on hold, or takes them back; False where that means nothing."""
        assert self.standing is not None
        after = moved(self.standing, move)
        if after is self.standing:
            return False
        was_called = self.standing is Standing.CALLING
        self._stand(after)
        self.stint += move is Move.HOLD
        asyncio.run(self._park(channel, leg) if was_called else channel.hold(leg, self.seen, URL))
        return True

    async def _park(self, channel: Voice, leg: str) -> None:
        await channel.park(await channel.far_end(leg), self.seen, URL)


@dataclass
class Switchboard:
    """`answers`: what is said to each further thing heard: a text, a list of choices behind it, `late` or `ticket`.
    With none left everything is answered."""

    channel: Voice
    answers: list[str] = field(default_factory=list)
    choices: tuple[str, ...] = ()
    words: str = "It comes tomorrow."
    cites: bool = False
    accepted: dict[str, Inbound] = field(default_factory=dict)
    late: list[Outbound] = field(default_factory=list)
    said: int = 0
    line: MemoryLine = field(default_factory=lambda: MemoryLine())

    def post(self, call: Call) -> tuple[int, bytes]:
        """As `web.arrivals` does: verify, parse, store once, and answer within the time or hold."""
        arrival = arrived(call)
        try:
            self.channel.verify(arrival)
            inbounds = self.channel.parse(arrival)
        except BadSignature:
            return 401, b""
        except MalformedPayload:
            return 400, b""
        if not inbounds and (step := self.channel.line_step(arrival)):
            return 200, self.channel.in_line(arrival, self.line.take(step)).body
        if not inbounds:
            return 200, self.channel.acknowledge(arrival).body
        (inbound,) = inbounds
        if inbound.external_id in self.accepted:
            return 200, self.channel.holding(arrival).body
        self.accepted[inbound.external_id] = inbound
        manner = self.answers.pop(0) if self.answers else "answer"
        reply = self.reply(inbound, has_ticket=manner == "ticket" or inbound.wants_person)
        if manner == "late" or not inbound.opens:
            if manner == "late":
                self.late.append(reply)
            return 200, self.channel.holding(arrival).body
        answer, receipts = self.channel.render(arrival, [reply])
        assert len(receipts) == 1
        return answer.status, answer.body

    def reply(self, inbound: Inbound, has_ticket: bool = False) -> Outbound:
        self.said += 1
        return Outbound(
            key=f"{self.said:08x}-0000",
            to=Sender(AddressKind.PHONE, inbound.sender.value),
            text="I have passed this on. Your ticket is #1042." if has_ticket else self.words,
            in_reply_to=inbound.own_keys,
            buttons=tuple(Button(title, title) for title in self.choices),
            citations=(SOURCE,) if self.cites else (),
            extra={"webhook": URL, "ticket": 1042 if has_ticket else None},
        )

"""The product reduced to what a call needs: the adapter, what was accepted once, and a dialogue that does as it is told."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from channels.voice import Voice
from core.errors import BadSignature, MalformedPayload
from core.ids import ThreadKey
from core.knowledge import Citation
from core.line import ON_LINE, InLine, LineStep, Move, Ring, Standing, moved
from core.message import AddressKind, Button, Inbound, Outbound, Sender
from tests.channels.voice.provider import URL, arrived
from tests.fakes.twilio import CUSTOMER, Call

TALK = ThreadKey("conversation:0d3a7a3c-5f0e-4c39-9a0c-3f1f6a2b7c11")
COLLEAGUE = "+15005550009"
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

    def take(self, step: LineStep) -> InLine | None:
        self.steps.append(step)
        if step.ring and step.ring != self.rings:
            return InLine(TALK, Standing.GONE, ring=self.rings)
        if self.standing is None and step.move is Move.JOIN:
            self.standing = Standing.AWAY if self.is_away else Standing.WAITING
            self.number = CUSTOMER if step.may_be_called else ""
        if self.standing is None:
            return None
        self.consents = self.consents if step.consents is None else step.consents
        self.standing = moved(self.standing, step.at(self.stint).move)
        return self.seen

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
        )

    def ring(self, channel: Voice) -> bool:
        """A colleague presses the button; False where it is not there."""
        if self.standing is None or (not self.number and self.standing not in ON_LINE):
            return False
        after = moved(self.standing, Move.RING)
        if after is self.standing:
            return False
        self.standing, self.rings = after, self.rings + 1
        asyncio.run(channel.ring(Ring(TALK, self.rings, COLLEAGUE, URL)))
        return True

    def hold(self, channel: Voice, leg: str, move: Move) -> bool:
        """A colleague puts the caller on hold, or takes them back; False where that means nothing."""
        assert self.standing is not None
        after = moved(self.standing, move)
        if after is self.standing:
            return False
        self.stint += move is Move.HOLD
        self.standing = after
        asyncio.run(channel.hold(leg, self.seen, URL))
        return True


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

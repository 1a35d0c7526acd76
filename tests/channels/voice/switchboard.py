"""The product reduced to what a call needs: the adapter, what was accepted once, and a dialogue that does as it is told."""

from __future__ import annotations

from dataclasses import dataclass, field

from channels.voice import Voice
from core.errors import BadSignature, MalformedPayload
from core.knowledge import Citation
from core.message import AddressKind, Button, Inbound, Outbound, Sender
from tests.channels.voice.provider import URL, arrived
from tests.fakes.twilio import Call

SOURCE = Citation("returns", "Returns", "https://help.acme.example/a/returns", "", "r1")


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

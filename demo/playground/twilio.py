"""Two pages of a telephone: text messages, and a call by speech and keys, with the telephone of who answers it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic
from typing import ClassVar

from demo.playground.parts import Door, File, Line, Player
from demo.playground.sound import seconds_of, spoken
from tests.fakes.twilio import CUSTOMER, Call, FakeTwilio, signed
from tests.fakes.twilio_call import FakeCall, Refused

CALLER, DESK, SECOND = "caller", "desk", "second"


def now() -> datetime:
    """Twilio's clock."""
    return datetime.now(UTC)


class SmsPlayer(Player):
    """One telephone that writes."""

    slug, title = "sms", "Text message"
    hint = "STOP ends the messages, START begins again, HELP asks for help; choices are numbers."

    def __init__(self, door: Door, fake: FakeTwilio, number: str) -> None:
        super().__init__(door)
        self.fake, self.number = fake, number
        self._said: list[tuple[int, str, str]] = []
        self._told: set[str] = set()

    def lines(self, place: str) -> list[Line]:
        ours = [one for one in self.fake.messages[::-1] if one["to"] == CUSTOMER]
        for one in ours:
            if one["sid"] not in self._told and one["callback"]:
                self._told.add(one["sid"])
                for status in ("sent", "delivered"):
                    call = self.fake.status(one, status)
                    self.door.post(call.url, call.body, call.headers)
        found, said = [], list(self._said)
        for number, one in enumerate(ours):
            while said and said[0][0] <= number:
                _, mark, text = said.pop(0)
                found.append(Line(mark, "you", text))
            files = [(one["body"], one["sid"])] if "media" in one else []
            state = f"not delivered: {one['error_code']}" if one["error_code"] else ""
            found.append(Line(one["sid"], "them", one["body"], files=files, state=state))
        return found + [Line(mark, "you", text) for _, mark, text in said]

    def file(self, ref: str) -> File | None:
        one = next((one for one in self.fake.messages if one["sid"] == ref), {})
        return File(one["body"], *one["media"]) if "media" in one else None

    def say(self, place: str, text: str, thread: str) -> None:
        before = sum(one["to"] == CUSTOMER for one in self.fake.messages)
        fields = self.fake.text(text, to=self.number)
        self._said.append((before, fields["MessageSid"], text))
        call = signed(self.door.url("sms", self.slug), fields, self.fake.token)
        self.door.post(call.url, call.body, call.headers)


class VoicePlayer(Player):
    """Three telephones: the customer's, and those at which colleagues are called."""

    slug, title = "voice", "Telephone"
    hint = "Call, then speak by typing, or press keys. 0 asks for a person: the other telephone rings once one of the desk takes it."
    can = ("call",)
    places: ClassVar[dict[str, str]] = {
        CALLER: "Ann's telephone",
        DESK: "A colleague's telephone",
        SECOND: "Another colleague's telephone",
    }

    def __init__(self, door: Door, fake: FakeTwilio, number: str) -> None:
        super().__init__(door)
        self.fake, self.number = fake, number
        self._calls: dict[str, FakeCall] = {}
        self._lines: dict[str, list[Line]] = {place: [] for place in self.places}
        self._heard = dict.fromkeys(self.places, 0)
        self._rings_until = dict.fromkeys(self.places, 0.0)
        fake.on_ring = self._rings

    def lines(self, place: str) -> list[Line]:
        self._give_up()
        call = self._calls.get(place)
        if call is not None:
            for text in call.heard[self._heard[place] :]:
                self._add(place, "them", text)
            self._heard[place] = len(call.heard)
        return list(self._lines[place])

    def say(self, place: str, text: str, thread: str) -> None:
        call = self._calls.get(CALLER)
        if call is None or call.queued is not None or call.state not in ("gather", "record"):
            return
        self._add(CALLER, "you", text)
        if call.state == "record":
            sound = spoken(text)
            seconds = seconds_of(sound)
            self._do(CALLER, lambda: call.leave_message(seconds, sound=sound))
            self._do(CALLER, lambda: call.transcribe(text))
        else:
            self._do(CALLER, lambda: call.say(text))

    def call(self, deed: str, value: str, place: str = CALLER) -> None:
        call = self._calls.get(place)
        if place == CALLER and self._is_called_back():
            self._answer_back(deed)
            return
        match deed:
            case "dial" if place == CALLER and (call is None or call.state == "ended"):
                webhook = self.door.url("voice", self.slug)
                made = FakeCall(self.fake, webhook, self._post, to=self.number, is_vouched=True)
                self._begins(CALLER, made)
                self._do(CALLER, made.dial)
            case "dial" if call is not None and call.state == "ringing":
                self._do(place, call.dial)
            case "press" if call is not None and call.state == "gather":
                self._add(place, "you", f"[{value}]")
                self._do(place, lambda: call.press(value))
            case "wait" if call is not None and call.state in ("gather", "pause", "record"):
                self._add(place, "note", "silence")
                self._do(place, call.wait)
            case "hang up" if call is not None and call.state == "ringing":
                self._do(place, lambda: call.declines("busy"))
            case "hang up" if call is not None:
                self._do(place, call.hang_up)

    def _is_called_back(self) -> bool:
        """A colleague's call has dialled the customer's number, and rings there."""
        return bool(self._calling_back())

    def _calling_back(self) -> str:
        found = (place for place in (DESK, SECOND) if self._has_dialled(place))
        return next(found, "")

    def _has_dialled(self, place: str) -> bool:
        call = self._calls.get(place)
        return call is not None and call.has_dialled and call.state == "dialling"

    def _answer_back(self, deed: str) -> None:
        place = self._calling_back()
        call = self._calls[place]
        match deed:
            case "dial":
                self._do(place, call.is_picked_up)
                if call.child is not None:
                    self._begins(CALLER, call.child)
                    self._add(CALLER, "note", "You picked up: you speak with a colleague.")
            case "hang up":
                self._do(place, lambda: call.is_missed("busy"))

    def status(self, place: str) -> str:
        if place == CALLER and self._is_called_back():
            return "ringing"
        call = self._calls.get(place)
        if call is None:
            return "no call"
        if call.queued is not None and call.state != "together":
            return "in line"
        names = {
            "gather": "listening",
            "record": "recording",
            "pause": "on hold",
            "dialling": "calls the customer",
            "together": "talking",
        }
        return names.get(call.state, call.state)

    def ringing(self) -> str:
        if self._is_called_back():
            return CALLER
        return next((place for place in (DESK, SECOND) if self._is(place, "ringing")), "")

    def _is(self, place: str, state: str) -> bool:
        call = self._calls.get(place)
        return call is not None and call.state == state

    def _rings(self, form: dict[str, str]) -> None:
        """The product calls a colleague, at whichever telephone is free; where both are in use, it is busy."""
        call = FakeCall.rung(self.fake, form, self._post)
        free = [one for one in (DESK, SECOND) if one not in self._calls or self._is(one, "ended")]
        if not free:
            call.declines("busy")
            return
        self._begins(free[0], call)
        self._rings_until[free[0]] = monotonic() + int(form["Timeout"])
        self._add(free[0], "note", f"{form['To']} rings")

    def _give_up(self) -> None:
        """Nobody picked up for as long as it was to ring."""
        for place in (DESK, SECOND):
            if self._is(place, "ringing") and monotonic() > self._rings_until[place]:
                self._do(place, self._calls[place].declines)

    def _begins(self, place: str, call: FakeCall) -> None:
        self._calls[place], self._heard[place], self._lines[place] = call, 0, []

    def _do(self, place: str, deed: Callable[[], object]) -> None:
        try:
            deed()
        except Refused as refusal:
            self._add(place, "note", f"Twilio would have ended the call: {refusal}")
            self._calls.pop(place, None)

    def _add(self, place: str, who: str, text: str) -> None:
        lines = self._lines[place]
        lines.append(Line(f"{who}-{len(lines)}", who, text))

    def _post(self, call: Call) -> tuple[int, bytes]:
        return self.door.post(call.url, call.body, call.headers)

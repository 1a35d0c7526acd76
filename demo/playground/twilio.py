"""Two pages of a telephone: text messages, and a call by speech and keys."""

from __future__ import annotations

from datetime import UTC, datetime

from demo.playground.parts import Door, File, Line, Player
from demo.playground.sound import seconds_of, spoken
from tests.fakes.twilio import CUSTOMER, Call, FakeTwilio, signed
from tests.fakes.twilio_call import FakeCall, Refused


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
    """One telephone that calls."""

    slug, title = "voice", "Telephone"
    hint = "Call, then speak by typing, or press keys. The page can read aloud what is said."
    can = ("call",)

    def __init__(self, door: Door, fake: FakeTwilio, number: str) -> None:
        super().__init__(door)
        self.fake, self.number = fake, number
        self._call: FakeCall | None = None
        self._lines: list[Line] = []
        self._heard = 0

    def lines(self, place: str) -> list[Line]:
        call = self._call
        if call is not None:
            for text in call.heard[self._heard :]:
                self._add("them", text)
            self._heard = len(call.heard)
        return list(self._lines)

    def say(self, place: str, text: str, thread: str) -> None:
        if self._call is None or self._call.state not in ("gather", "record"):
            return
        self._add("you", text)
        if self._call.state == "record":
            sound = spoken(text)
            seconds = seconds_of(sound)
            self._do(lambda: self._call and self._call.leave_message(seconds, sound=sound))
            self._do(lambda: self._call and self._call.transcribe(text))
        else:
            self._do(lambda: self._call and self._call.say(text))

    def call(self, deed: str, value: str) -> None:
        call = self._call
        match deed:
            case "dial" if call is None or call.state == "ended":
                self._heard, self._lines = 0, []
                webhook = self.door.url("voice", self.slug)
                self._call = FakeCall(
                    self.fake, webhook, self._post, to=self.number, is_vouched=True
                )
                self._do(self._call.dial)
            case "press" if call is not None and call.state == "gather":
                self._add("you", f"[{value}]")
                self._do(lambda: call.press(value))
            case "wait" if call is not None:
                self._add("note", "silence")
                self._do(call.wait)
            case "hang up" if call is not None:
                self._do(call.hang_up)

    def status(self) -> str:
        if self._call is None:
            return "no call"
        names = {"gather": "listening", "record": "recording", "pause": "on hold"}
        return names.get(self._call.state, self._call.state)

    def _do(self, deed: object) -> None:
        try:
            assert callable(deed)
            deed()
        except Refused as refusal:
            self._add("note", f"Twilio would have ended the call: {refusal}")
            self._call = None

    def _add(self, who: str, text: str) -> None:
        self._lines.append(Line(f"{who}-{len(self._lines)}", who, text))

    def _post(self, call: Call) -> tuple[int, bytes]:
        return self.door.post(call.url, call.body, call.headers)

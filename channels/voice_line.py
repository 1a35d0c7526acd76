"""The line of callers who wait for a person, as Twilio plays it to them. The colleague's call, and how both are joined, is `voice_colleague`.

Each caller stands in a queue of Twilio's that bears their conversation's name, so that a colleague who dials it meets
nobody else; the order in which people are served is the core's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from twilio.twiml.voice_response import Gather, VoiceResponse

from channels.voice_colleague import ColleagueScript, colleague_step, queue_of
from channels.voice_fields import ENDED, is_number, thread_of
from channels.voice_speech import spoken
from channels.voice_twiml import COLLEAGUE_DEEDS, LINE_DEEDS, NOTHING, Place, Script
from core.line import ON_LINE, TOGETHER, InLine, LineStep, Move, Standing

HOLD_SECONDS = 20
"""So often somebody in line is told where they stand."""
KEYS_EVERY = 4
_CALL_BACK, _MESSAGE, _YES = "1", "2", "1"
_BROKEN = frozenset({"error", "system-error", "queue-full"})


def step_of(fields: Mapping[str, str], place: Place, kept: str) -> LineStep | None:
    """What this call of Twilio's tells about the line; None where it tells nothing. `kept`: where a recording is."""
    if place.deed in COLLEAGUE_DEEDS:
        return colleague_step(fields, place, kept)
    thread, may_be_called = thread_of(fields["CallSid"]), is_number(fields.get("From", ""))
    if fields.get("CallStatus", "") in ENDED:
        return LineStep(thread, Move.HANG_UP)
    if place.deed not in LINE_DEEDS:
        return None
    pressed = fields.get("Digits", "")
    match place.deed:
        case "line":
            return LineStep(thread, Move.JOIN, may_be_called=may_be_called)
        case "consent":
            return LineStep(thread, Move.CONSENT, consents=pressed == _YES)
        case "key" | "back" if pressed == _CALL_BACK and may_be_called:
            return LineStep(thread, Move.WANT_CALL_BACK)
        case "key" if pressed == _MESSAGE:
            return LineStep(thread, Move.LEAVE_MESSAGE)
        case "left":
            return LineStep(thread, _left(fields.get("QueueResult", "")), stint=place.times)
    return LineStep(thread, Move.STAY)


def _left(result: str) -> Move:
    """Why Twilio says that somebody is no longer in its queue."""
    if result == "bridged":
        return Move.END
    if result == "hangup":
        return Move.HANG_UP
    return Move.LEAVE if result == "leave" or result in _BROKEN else Move.STAY


@dataclass(frozen=True, slots=True)
class LineScript:
    """Writes the documents of one number's line."""

    script: Script

    def document(self, fields: Mapping[str, str], place: Place, here: InLine | None) -> str:
        """How the call goes on after what was told."""
        if place.deed in COLLEAGUE_DEEDS:
            return ColleagueScript(self.script).document(fields, place, here)
        if fields.get("CallStatus", "") in ENDED:
            return NOTHING
        if here is None:
            # Whoever asked for a place has no ticket: a message makes one.
            return self.script.record(place, "")
        match place.deed:
            case "line" if here.standing is Standing.AWAY:
                return self._offer(place, here, self._away(here))
            case "line" if self.script.settings.records_talks and here.consents is None:
                return self._ask_consent(place)
            case "line" | "consent":
                return self._enqueue(place, here)
            case "hold" | "key":
                return self._hold(place, here)
        return self._after(place, fields, here)

    # ---- the caller -----------------------------------------------------------------------------

    def _ask_consent(self, place: Place) -> str:
        document = VoiceResponse()
        there = self._address(place.next, "consent")
        gather = Gather(input="dtmf", num_digits=1, timeout=5, action=there, method="POST")
        self.script.say(gather, self.script.phrase("consent"))
        document.append(gather)
        document.redirect(there, method="POST")
        return str(document)

    def parked(self, here: InLine) -> str:
        """For the call of who was called back and is put on hold: into the line, as who has called."""
        return self._enqueue(Place(), here)

    def _enqueue(self, place: Place, here: InLine) -> str:
        document = VoiceResponse()
        document.enqueue(
            queue_of(here.thread),
            action=self._address(place.next, "left", here.stint),
            method="POST",
            wait_url=self._address(place.next, "hold"),
            wait_url_method="POST",
        )
        return str(document)

    def _hold(self, place: Place, here: InLine) -> str:
        """Where the caller stands, which keys there are, and a while of music; or out, if that was chosen."""
        document, settings = VoiceResponse(), self.script.settings
        if here.standing in {Standing.HELD, Standing.TALKING}:
            return self._held(place, here)
        is_over = here.waited >= timedelta(minutes=settings.line_minutes)
        if here.standing not in ON_LINE or (is_over and here.standing is Standing.WAITING):
            document.leave()
            return str(document)
        gather = Gather(
            input="dtmf",
            num_digits=1,
            timeout=1 if settings.hold_music else HOLD_SECONDS,
            action=self._address(place, "key", place.times + 1),
            method="POST",
        )
        words = self._where(here)
        if place.times % KEYS_EVERY == 0:
            keys = "line_keys" if here.number else "line_keys_withheld"
            words = f"{words} {self.script.phrase(keys)}"
        self.script.say(gather, words)
        if settings.hold_music:
            gather.play(settings.hold_music)
        document.append(gather)
        document.redirect(self._address(place, "hold", place.times + 1), method="POST")
        return str(document)

    def _held(self, place: Place, here: InLine) -> str:
        """A colleague has put them on hold; or is there with the next breath, and has only to be met."""
        document, music = VoiceResponse(), self.script.settings.hold_music
        if here.standing is Standing.HELD:
            self.script.say(document, self.script.phrase("held"))
        if music:
            document.play(music)
        else:
            document.pause(length=HOLD_SECONDS)
        document.redirect(self._address(place, "hold", place.times + 1), method="POST")
        return str(document)

    def _where(self, here: InLine) -> str:
        """The place in line, and how long it takes as far as anybody knows."""
        say = self.script.phrase
        place = (
            say("line_next") if here.position == 1 else say("line_place", position=here.position)
        )
        if here.wait is not None:
            low, high = here.wait.minutes
            if low < high:
                return f"{place} {say('line_between', low=low, high=high)}"
            told = say("line_minute") if high == 1 else say("line_minutes", minutes=high)
            return f"{place} {told}"
        is_late = here.waited >= timedelta(minutes=5)
        return f"{place} {say('line_late' if is_late else 'line_unknown')}"

    def _after(self, place: Place, fields: Mapping[str, str], here: InLine) -> str:
        """Out of the line: they have talked, will be called back, or leave a message; back into it, where a colleague has
        put them on hold or has gone meanwhile."""
        is_parted = fields.get("QueueResult", "") == "bridged"
        if is_parted and here.standing in ON_LINE | {Standing.HELD, Standing.TALKING}:
            return self._enqueue(place, here)
        if fields.get("QueueResult", "") == "hangup":
            return NOTHING
        if here.standing in {Standing.CALL_BACK, Standing.RINGING_BACK}:
            number = spoken(here.number, self.script.settings.language)
            return self.script.end(self.script.phrase("back", number=number))
        if here.standing in TOGETHER | {Standing.TALKED}:
            return self.script.end("")
        if here.standing is Standing.MESSAGE and place.deed == "left":
            is_chosen = here.waited < timedelta(minutes=self.script.settings.line_minutes)
            if is_chosen and fields.get("QueueResult", "") == "leave":
                return self.script.record(place, "")
            return self._offer(place, here, self.script.phrase("line_over"))
        return self.script.record(place, "")

    def _offer(self, place: Place, here: InLine, words: str) -> str:
        """A call back by a key; else the voicemail."""
        if not here.number:
            return self.script.record(place, words)
        document = VoiceResponse()
        there = self._address(place.next, "back")
        gather = Gather(input="dtmf", num_digits=1, timeout=5, action=there, method="POST")
        self.script.say(gather, f"{words} {self.script.phrase('back_key')}")
        document.append(gather)
        document.redirect(there, method="POST")
        return str(document)

    def _away(self, here: InLine) -> str:
        say = self.script.phrase
        if here.opens is None:
            return say("away")
        day = say("days").split()[here.opens.weekday()]
        return say("away_until", day=day, time=f"{here.opens:%-H:%M}")

    def _address(self, place: Place, deed: str, times: int = 0) -> str:
        return replace(place, deed=deed, times=min(times, 999)).address(self.script.webhook)

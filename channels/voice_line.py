"""The line of callers who wait for a person, as Twilio plays it: the caller's call, the colleague's, and how they are joined.

Each caller stands in a queue of Twilio's that bears their conversation's name, so that a colleague who dials it meets
nobody else; the order in which people are served is the core's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from channels.voice_fields import ENDED, UNANSWERED, is_number, recording_of, seconds_of, thread_of
from channels.voice_phrases import phrase
from channels.voice_speech import spoken
from channels.voice_twiml import COLLEAGUE_DEEDS, LINE_DEEDS, NOTHING, Place, Script
from core.ids import ThreadKey
from core.line import ON_LINE, TOGETHER, InLine, LineStep, Move, Ring, Standing

HOLD_SECONDS = 20
"""So often somebody in line is told where they stand."""
KEYS_EVERY = 4
_CALL_BACK, _MESSAGE, _YES = "1", "2", "1"
_BROKEN = frozenset({"error", "system-error", "queue-full"})


def step_of(fields: Mapping[str, str], place: Place, kept: str) -> LineStep | None:
    """What this call of Twilio's tells about the line; None where it tells nothing. `kept`: where a recording is."""
    if place.deed in COLLEAGUE_DEEDS:
        return _colleague_step(fields, place, kept)
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
            return LineStep(thread, _left(fields.get("QueueResult", "")))
    return LineStep(thread, Move.STAY)


def _left(result: str) -> Move:
    """Why Twilio says that somebody is no longer in its queue."""
    if result == "bridged":
        return Move.END
    if result == "hangup":
        return Move.HANG_UP
    return Move.LEAVE if result == "leave" or result in _BROKEN else Move.STAY


def _colleague_step(fields: Mapping[str, str], place: Place, kept: str) -> LineStep:
    conversation, _, number = place.ring.partition(".")
    thread, ring = ThreadKey(f"conversation:{_dashed(conversation)}"), int(number)
    if place.deed == "taped":
        reference = kept if recording_of(fields) else ""
        seconds = seconds_of(fields)
        return LineStep(thread, Move.TAPE, ring, reference=reference, seconds=seconds)
    return LineStep(thread, _colleague_move(fields, place.deed), ring)


def _colleague_move(fields: Mapping[str, str], deed: str) -> Move:
    match deed:
        case "agreed":
            return Move.ACCEPT if fields.get("Digits", "") == _YES else Move.DECLINE
        case "rung" if fields.get("CallStatus", "") in ENDED:
            # The end of a call that was accepted is told by `over`, and moves nobody here.
            return Move.DECLINE
        case "over":
            is_missed = fields.get("DialCallStatus", "") in UNANSWERED
            return Move.MISS if is_missed else Move.END
    return Move.ANSWER


@dataclass(frozen=True, slots=True)
class LineScript:
    """Writes the documents of one number's line."""

    script: Script

    def document(self, fields: Mapping[str, str], place: Place, here: InLine | None) -> str:
        """How the call goes on after what was told."""
        if place.deed in COLLEAGUE_DEEDS:
            return self._colleague(place, here)
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

    def _enqueue(self, place: Place, here: InLine) -> str:
        document = VoiceResponse()
        document.enqueue(
            _queue(here.thread),
            action=self._address(place.next, "left"),
            method="POST",
            wait_url=self._address(place.next, "hold"),
            wait_url_method="POST",
        )
        return str(document)

    def _hold(self, place: Place, here: InLine) -> str:
        """Where the caller stands, which keys there are, and a while of music; or out, if that was chosen."""
        document, settings = VoiceResponse(), self.script.settings
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
        """Out of the line: they have talked, will be called back, or leave a message."""
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

    # ---- the colleague --------------------------------------------------------------------------

    def call_of(self, ring: Ring) -> dict[str, str]:
        """The parameters of the call to a colleague."""
        name = ring.thread.removeprefix("conversation:").replace("-", "")
        here = Place(ring=f"{name}.{ring.ring}")
        return {
            "To": ring.phone,
            "From": self.script.settings.number,
            "Url": self._address(here, "picked"),
            "StatusCallback": self._address(here, "rung"),
            "Timeout": str(self.script.settings.ring_seconds),
        }

    def _colleague(self, place: Place, here: InLine | None) -> str:
        match place.deed:
            case "picked" if here and here.standing in {Standing.RINGING, Standing.RINGING_BACK}:
                return self._whisper(place, here)
            case "agreed" if here and here.standing is Standing.TALKING:
                return self._join(place, here)
            case "agreed" if here and here.standing is Standing.CALLING:
                return self._call_back(place, here)
            case "agreed" if here and here.standing in {Standing.WAITING, Standing.CALL_BACK}:
                return self._tell(here, "")
            case "picked" | "agreed":
                return self._tell(here, "gone")
            case "over" if here and here.standing is Standing.CALL_BACK:
                return self._tell(here, "missed")
        return NOTHING

    def _whisper(self, place: Place, here: InLine) -> str:
        """Who is on the line, before anybody hears the other; no key is a no, also a mailbox's."""
        document = VoiceResponse()
        there = self._address(place, "agreed")
        gather = Gather(input="dtmf", num_digits=1, timeout=8, action=there, method="POST")
        language = here.language or self.script.settings.language
        key = "whisper" if here.standing is Standing.RINGING else "whisper_back"
        priority = phrase("priorities", language).split()[here.priority - 1]
        number = spoken(f"#{here.ticket}", language).split(maxsplit=1)[-1]
        self._to_colleague(gather, here, phrase(key, language, number=number, priority=priority))
        document.append(gather)
        document.redirect(there, method="POST")
        return str(document)

    def _join(self, place: Place, here: InLine) -> str:
        document, dial = VoiceResponse(), self._dial(place, here)
        dial.queue(_queue(here.thread))
        document.append(dial)
        return str(document)

    def _call_back(self, place: Place, here: InLine) -> str:
        document, dial = VoiceResponse(), self._dial(place, here)
        self._to_colleague(document, here, self._for(here, "connecting"))
        dial.number(here.number)
        document.append(dial)
        return str(document)

    def _dial(self, place: Place, here: InLine) -> Dial:
        taped = self._address(place, "taped")
        return Dial(
            action=self._address(place, "over"),
            method="POST",
            caller_id=self.script.settings.number,
            timeout=30,
            record="record-from-answer-dual" if here.consents else None,
            recording_status_callback=taped if here.consents else None,
        )

    def _tell(self, here: InLine | None, key: str) -> str:
        document = VoiceResponse()
        if key:
            self._to_colleague(document, here, self._for(here, key))
        document.hangup()
        return str(document)

    def _for(self, here: InLine | None, key: str) -> str:
        return phrase(key, (here.language if here else "") or self.script.settings.language)

    def _to_colleague(self, verb: VoiceResponse | Gather, here: InLine | None, words: str) -> None:
        self.script.say(verb, words, (here.language if here else "") or "")

    def _address(self, place: Place, deed: str, times: int = 0) -> str:
        return replace(place, deed=deed, times=min(times, 999)).address(self.script.webhook)


def _queue(thread: ThreadKey) -> str:
    return f"line {thread.removeprefix('conversation:')}"


def _dashed(name: str) -> str:
    """A UUID as it is written elsewhere."""
    return f"{name[:8]}-{name[8:12]}-{name[12:16]}-{name[16:20]}-{name[20:]}"

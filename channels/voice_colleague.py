"""The call to a colleague's telephone, as Twilio plays it: who is on the line, being joined with the caller, and keeping them on hold.

To hold a caller parts the two calls: the colleague's obeys another document, and the caller's goes back into the queue
that bears their conversation's name, to be dialled there again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from channels.voice_fields import ENDED, UNANSWERED, recording_of, seconds_of
from channels.voice_phrases import phrase
from channels.voice_second import SecondScript, second_move
from channels.voice_speech import spoken
from channels.voice_twiml import NOTHING, Place, Script
from core.ids import ThreadKey
from core.line import THERE, Beside, InLine, LineStep, Move, Ring, Standing

HELD_SECONDS = 15
"""So often a colleague who has put a caller on hold is told so, and learns that they have gone."""
_YES = "1"
_BETWEEN = frozenset({"kept", "aside", "apart", "beside"})


def colleague_step(fields: Mapping[str, str], place: Place, kept: str) -> LineStep:
    """What this call of Twilio's to a colleague tells about the line. `kept`: where a recording is."""
    conversation, _, number = place.ring.partition(".")
    thread, ring = ThreadKey(f"conversation:{_dashed(conversation)}"), int(number)
    if place.deed == "taped":
        reference = kept if recording_of(fields) else ""
        seconds = seconds_of(fields)
        return LineStep(thread, Move.TAPE, ring, reference=reference, seconds=seconds)
    stint = place.times if place.deed in {"over", "beside"} else None
    move, leg = _colleague_move(fields, place.deed), fields["CallSid"]
    return LineStep(thread, move, ring, stint=stint, leg=leg)


def _colleague_move(fields: Mapping[str, str], deed: str) -> Move:
    match deed:
        case "agreed":
            return Move.ACCEPT if fields.get("Digits", "") == _YES else Move.DECLINE
        case "rung" if fields.get("CallStatus", "") in ENDED:
            # The end of a call that was accepted is told by `over`, and moves nobody here.
            return Move.DECLINE
        case "kept":
            return Move.RESUME if fields.get("Digits", "") == _YES else Move.MEET
        case "apart" | "beside":
            return second_move(fields, deed)
        case "over":
            is_missed = fields.get("DialCallStatus", "") in UNANSWERED
            return Move.MISS if is_missed else Move.END
    return Move.ANSWER


@dataclass(frozen=True, slots=True)
class ColleagueScript:
    """Writes the documents of a colleague's call."""

    script: Script

    def call_of(self, ring: Ring) -> dict[str, str]:
        """The parameters of the call to a colleague."""
        here = Place(ring=_ring_of(ring.thread, ring.ring))
        return {
            "To": ring.phone,
            "From": self.script.settings.number,
            "Url": self._address(here, "picked"),
            "StatusCallback": self._address(here, "rung"),
            "Timeout": str(self.script.settings.ring_seconds),
        }

    def document(self, fields: Mapping[str, str], place: Place, here: InLine | None) -> str:
        """How the call goes on after what was told."""
        if here and here.is_second:
            return SecondScript(self.script).document(fields, place, here)
        if place.deed in _BETWEEN:
            return self._between(fields, place, here)
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
            case "over" if here and here.standing in {Standing.CALL_BACK, Standing.WAITING}:
                return self._tell(here, "missed")
            case "over" if here and here.standing is Standing.HELD:
                # Whom this call had dialled has left it for the line.
                return self._keep(place, here)
        return NOTHING

    def _between(self, fields: Mapping[str, str], place: Place, here: InLine | None) -> str:
        """The caller is on hold, or the colleague comes from one who asked them."""
        if fields.get("CallStatus", "") in ENDED:
            return NOTHING
        match place.deed:
            case "kept":
                return self._kept(fields, place, here)
            case "aside":
                return SecondScript(self.script).leave()
        if here and here.standing is Standing.TALKING:
            return self._join(place, here)
        if here and here.standing is Standing.HELD:
            return self._keep(place, here)
        return self._tell(here, "gone")

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
        dial.queue(queue_of(here.thread))
        document.append(dial)
        return str(document)

    def held(self, here: InLine) -> str:
        """How the call goes on once the caller stands there: kept on hold, or joined with the colleague again."""
        place = Place(ring=_ring_of(here.thread, here.ring))
        match here.standing:
            case Standing.HELD if here.beside in THERE:
                return SecondScript(self.script).meet(place, here)
            case Standing.HELD:
                return self._keep(place, here)
            case Standing.TALKING:
                return self._join(place, here)
        return self._tell(here, "gone")

    def _kept(self, fields: Mapping[str, str], place: Place, here: InLine | None) -> str:
        """The caller is on hold. With the key they are joined again; so are they from the desk, which breaks in here."""
        if here and here.standing in {Standing.HELD, Standing.TALKING}:
            is_asked = fields.get("Digits", "") == _YES and here.standing is Standing.TALKING
            if here.standing is Standing.HELD and here.beside in THERE:
                return SecondScript(self.script).meet(place, here)
            return self._join(place, here) if is_asked else self._keep(place, here)
        return self._tell(here, "gone")

    def _keep(self, place: Place, here: InLine) -> str:
        document = VoiceResponse()
        there = self._address(place, "kept")
        gather = Gather(
            input="dtmf", num_digits=1, timeout=HELD_SECONDS, action=there, method="POST"
        )
        key = {Beside.RINGING: "keeps_asks", Beside.OVER: "keeps_over"}.get(here.beside, "keeps")
        self._to_colleague(gather, here, self._for(here, key, name=here.second))
        document.append(gather)
        document.redirect(there, method="POST")
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
            action=self._address(place, "over", here.stint),
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

    def _for(self, here: InLine | None, key: str, **values: object) -> str:
        language = (here.language if here else "") or self.script.settings.language
        return phrase(key, language, **values)

    def _to_colleague(self, verb: VoiceResponse | Gather, here: InLine | None, words: str) -> None:
        self.script.say(verb, words, (here.language if here else "") or "")

    def _address(self, place: Place, deed: str, times: int = 0) -> str:
        return replace(place, deed=deed, times=min(times, 999)).address(self.script.webhook)


def queue_of(thread: ThreadKey) -> str:
    """In which one caller waits for one colleague."""
    return f"line {thread.removeprefix('conversation:')}"


def _ring_of(thread: ThreadKey, ring: int) -> str:
    return f"{thread.removeprefix('conversation:').replace('-', '')}.{ring}"


def _dashed(name: str) -> str:
    """A UUID as it is written elsewhere."""
    return f"{name[:8]}-{name[8:12]}-{name[12:16]}-{name[16:20]}-{name[20:]}"

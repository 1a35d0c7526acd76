"""The calls of two colleagues who speak about a caller on hold, as Twilio plays them: asking the second one, and their meeting. Being joined with the caller is `voice_colleague`.

The second one waits in a queue that bears the number of their ringing, where the first one dials them. Whoever leaves ends
only that: the other one's call asks how it goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from channels.voice_fields import ENDED
from channels.voice_phrases import phrase
from channels.voice_speech import brief, spoken
from channels.voice_twiml import NOTHING, Place, Script
from core.ids import ThreadKey
from core.line import THERE, Beside, InLine, Move, Standing

WAIT_SECONDS = 4
"""So often the second colleague is looked after while the first one is on the way."""
WHY_CHARACTERS = 300
_BROKEN = frozenset({"error", "system-error", "queue-full"})


def second_move(fields: Mapping[str, str], deed: str) -> Move:
    """What the end of the meeting tells: `apart` at the second colleague's call, `beside` at the first one's."""
    is_over = fields.get("CallStatus", "") in ENDED
    if deed == "beside":
        is_alone = not is_over and fields.get("DialCallStatus", "") == "completed"
        return Move.ALONE if is_alone else Move.ANSWER
    result = fields.get("QueueResult", "")
    if is_over or result in _BROKEN:
        return Move.DECLINE
    return Move.PART if result == "bridged" else Move.ANSWER


@dataclass(frozen=True, slots=True)
class SecondScript:
    """Writes the documents of that meeting."""

    script: Script

    def document(self, fields: Mapping[str, str], place: Place, here: InLine) -> str:
        """How the second colleague's call goes on."""
        if fields.get("CallStatus", "") in ENDED:
            return NOTHING
        match place.deed:
            case "picked" if here.beside is Beside.RINGING:
                return self._whisper(place, here)
            case "agreed" if here.beside in THERE:
                return self._enqueue(place, here)
            case "agreed" if here.beside is Beside.OVER:
                return self._tell(here, "")
            case "aside" if here.beside in THERE:
                return self._wait(place, here)
            case "aside":
                return self.leave()
        is_over = here.standing in {Standing.TALKED, Standing.GONE}
        return self._tell(here, "gone" if is_over else "asked_over")

    def leave(self) -> str:
        """Out of the queue: its action says how to go on."""
        document = VoiceResponse()
        document.leave()
        return str(document)

    def meet(self, place: Place, here: InLine) -> str:
        """The first colleague's call goes to the second one's."""
        document = VoiceResponse()
        words = phrase("second_there", self._language(here), name=here.second)
        self.script.say(document, words, here.language)
        there = replace(place, deed="beside", times=min(here.aside, 999))
        dial = Dial(action=there.address(self.script.webhook), method="POST", timeout=30)
        dial.queue(meeting_of(here.thread, here.aside))
        document.append(dial)
        return str(document)

    def _whisper(self, place: Place, here: InLine) -> str:
        """Who asks, and why, before anybody hears the other; no key is a no."""
        document, language = VoiceResponse(), self._language(here)
        there = self._address(place, "agreed")
        gather = Gather(input="dtmf", num_digits=1, timeout=8, action=there, method="POST")
        why, _ = brief(spoken(here.why, language), WHY_CHARACTERS)
        words = phrase(
            "whisper_aside",
            language,
            name=here.asker,
            number=spoken(f"#{here.ticket}", language).split(maxsplit=1)[-1],
            priority=phrase("priorities", language).split()[here.priority - 1],
            why=why,
        )
        self.script.say(gather, words, here.language)
        document.append(gather)
        document.redirect(there, method="POST")
        return str(document)

    def _enqueue(self, place: Place, here: InLine) -> str:
        document = VoiceResponse()
        document.enqueue(
            meeting_of(here.thread, here.aside),
            action=self._address(place, "apart"),
            method="POST",
            wait_url=self._address(place, "aside"),
            wait_url_method="POST",
        )
        return str(document)

    def _wait(self, place: Place, here: InLine) -> str:
        document = VoiceResponse()
        words = phrase("second_waits", self._language(here), name=here.asker)
        self.script.say(document, words, here.language)
        document.pause(length=WAIT_SECONDS)
        document.redirect(self._address(place, "aside"), method="POST")
        return str(document)

    def _tell(self, here: InLine, key: str) -> str:
        document = VoiceResponse()
        if key:
            self.script.say(document, phrase(key, self._language(here)), here.language)
        document.hangup()
        return str(document)

    def _language(self, here: InLine) -> str:
        return here.language or self.script.settings.language

    def _address(self, place: Place, deed: str) -> str:
        return replace(place, deed=deed, times=0).address(self.script.webhook)


def meeting_of(thread: ThreadKey, aside: int) -> str:
    """In which queue one colleague waits for another one."""
    return f"aside {thread.removeprefix('conversation:')}.{aside}"

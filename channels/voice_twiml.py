"""What Twilio is told to do in a call, as TwiML documents; and the place in the call that each of their addresses names.

Twilio signs the whole address that it calls back, so the place in it is as genuine as the call. Each document ends by
itself: what the caller leaves unanswered goes on to a voicemail or a goodbye, never in a circle.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode

from twilio.twiml.voice_response import Gather, VoiceResponse

from channels.voice_phrases import LOCALES, phrase, pronounced
from channels.voice_settings import VoiceSettings

HOLD_SECONDS = 8
FIELDS, LONGEST = 20, 2000
"""What a query may have to be looked at."""
_STEP = re.compile(r"[0-9a-z]{1,16}\.[0-9]{1,4}")
_DEEDS = frozenset({"heard", "silent", "wait", "recorded", "transcript"})
LINE_DEEDS = frozenset({"line", "consent", "hold", "key", "back", "left"})
"""The caller's own call, on the way to a person."""
COLLEAGUE_DEEDS = frozenset(
    {"picked", "agreed", "rung", "over", "kept", "taped", "aside", "apart", "beside"}
)
"""The call to a colleague's telephone."""
_RING = re.compile(r"[0-9a-f]{32}\.[0-9]{1,6}")
_UNSPEAKABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a call we are. `step` grows with each answer of ours: with the call it names what was heard there.

    `deed`: what Twilio comes back from. `times`: how often in a row. `has_spoken`: whether the caller was
    understood before. `ring`: in a colleague's call, for which conversation and the how manieth time it rings.
    """

    step: str = "0.0"
    deed: str = ""
    times: int = 0
    has_spoken: bool = False
    ring: str = ""

    @classmethod
    def of(cls, query: str) -> Place:
        """The place that an address names; the beginning of the call where it names none."""
        # Read before anybody has proven anything; ours have five fields.
        found = dict(parse_qsl(query)) if query.count("&") < FIELDS and len(query) < LONGEST else {}
        step, deed, times = found.get("step", ""), found.get("do", ""), found.get("times", "0")
        ring = found.get("ring", "")
        if not _STEP.fullmatch(step) or deed not in _DEEDS | LINE_DEEDS | COLLEAGUE_DEEDS:
            return cls()
        if (deed in COLLEAGUE_DEEDS) != bool(_RING.fullmatch(ring)):
            return cls()
        count = int(times) if re.fullmatch("[0-9]{1,3}", times) else 0
        return cls(step, deed, count, found.get("spoken") == "1", ring)

    @property
    def next(self) -> Place:
        """Behind the next answer of ours."""
        base, _, number = self.step.partition(".")
        return replace(self, step=f"{base}.{int(number) + 1}", deed="heard")

    def address(self, webhook: str) -> str:
        """Where Twilio comes back to."""
        query = {"do": self.deed, "step": self.step}
        if self.times:
            query["times"] = str(self.times)
        if self.has_spoken:
            query["spoken"] = "1"
        if self.ring:
            query["ring"] = self.ring
        return f"{webhook}?{urlencode(query)}"


@dataclass(frozen=True, slots=True)
class Script:
    """Writes the documents of one number."""

    settings: VoiceSettings
    webhook: str

    def ask(self, here: Place, words: str, choices: Sequence[str] = (), times: int = 0) -> str:
        """Says it and listens, by speech and keys, into which the caller may break; after silence says it once more."""
        there = replace(here.next, times=times)
        document = VoiceResponse()
        for before in ("", self.phrase("silence")):
            gather = Gather(
                input="speech dtmf",
                action=there.address(self.webhook),
                method="POST",
                language=self._locale,
                timeout=self.settings.patience_seconds,
                speech_timeout="auto",
                finish_on_key="#",
                barge_in=True,
                action_on_empty_result=False,
                hints=_clean(", ".join(self.settings.hints)) or None,
                num_digits=1 if choices else None,
            )
            if before:
                self.say(gather, before)
            self.say(gather, words)
            listed = [
                self.phrase("press", title=title, digit=digit)
                for digit, title in enumerate(choices, 1)
            ]
            self.say(gather, " ".join(listed))
            document.append(gather)
        document.redirect(replace(there, deed="silent").address(self.webhook), method="POST")
        return str(document)

    def hold(self, here: Place, words: str) -> str:
        """Says it, and keeps the caller for a while: whatever is ready meanwhile takes over the call."""
        document = VoiceResponse()
        self.say(document, words)
        document.pause(length=HOLD_SECONDS)
        again = replace(here, deed="wait", times=here.times + 1 if here.deed == "wait" else 0)
        document.redirect(again.address(self.webhook), method="POST")
        return str(document)

    def record(self, here: Place, words: str) -> str:
        """Says it and offers the voicemail; who says nothing there has said goodbye."""
        document = VoiceResponse()
        self.say(document, words)
        self.say(document, self.phrase("voicemail"))
        there = replace(here.next, deed="recorded")
        can_write = self.settings.language == "en"
        document.record(
            action=there.address(self.webhook),
            method="POST",
            max_length=self.settings.voicemail_seconds,
            timeout=5,
            finish_on_key="#",
            play_beep=True,
            trim="trim-silence",
            transcribe=can_write,
            transcribe_callback=replace(there, deed="transcript").address(self.webhook)
            if can_write
            else None,
        )
        self.say(document, self.phrase("goodbye"))
        document.hangup()
        return str(document)

    def to_line(self, here: Place, words: str) -> str:
        """Says it, and asks for a place in the line of those who wait for a person."""
        document = VoiceResponse()
        self.say(document, words)
        there = replace(here.next, deed="line", times=0)
        document.redirect(there.address(self.webhook), method="POST")
        return str(document)

    def end(self, words: str) -> str:
        """Says it and hangs up."""
        document = VoiceResponse()
        self.say(document, words)
        self.say(document, self.phrase("goodbye"))
        document.hangup()
        return str(document)

    def phrase(self, key: str, **values: object) -> str:
        """In this number's language."""
        return phrase(key, self.settings.language, **values)

    @property
    def _locale(self) -> str:
        return self.settings.locale or LOCALES[self.settings.language]

    def say(self, verb: VoiceResponse | Gather, words: str, language: str = "") -> None:
        """Adds it to a document, if there is anything to be said; in the number's voice, if it is its language."""
        words = _clean(words)
        is_ours = language in {"", self.settings.language}
        locale = self._locale if is_ours else LOCALES.get(language, LOCALES["en"])
        if words:
            spoken_in, voice = pronounced(locale, self.settings.voice if is_ours else "")
            verb.say(words, language=spoken_in, voice=voice or None)


def _clean(words: str) -> str:
    """The library escapes what XML can hold; what it cannot hold at all would spoil the document."""
    return _UNSPEAKABLE.sub("", words).strip()


NOTHING = str(VoiceResponse())
"""For calls that have ended: nobody listens."""

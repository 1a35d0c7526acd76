"""Telephone calls over Twilio, one number: the dialogue by speech and keys. Documents are in `voice_twiml` and `voice_line`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from pydantic import BaseModel

from channels.contract import Answer, Arrival, Capabilities, InOrder
from channels.twilio_api import TwilioApi
from channels.twilio_signature import fields_of, has_all, verify_call
from channels.voice_fields import (
    BY_PHONE,
    CALL,
    ENDED,
    HEARD,
    OPTIONAL,
    SILENT_CHOICE,
    UNSURE,
    WAITS,
    caller_of,
    clean,
    recording_of,
    seconds_of,
    thread_of,
)
from channels.voice_hearing import asks_again, heard, is_sure
from channels.voice_legs import Legs
from channels.voice_line import LineScript, step_of
from channels.voice_phrases import phrase
from channels.voice_settings import VoiceSettings
from channels.voice_speech import brief, spoken
from channels.voice_twiml import NOTHING, Place, Script
from core.errors import MalformedPayload, PermanentFailure
from core.ids import ExternalId, InboxId, ThreadKey
from core.line import InLine, LineStep, Ring
from core.message import AddressKind, Attached, Inbound, Outbound, Receipt

NOT_FETCHED = "kept by Twilio, not fetched"
_PERSON_KEY, _AGAIN_KEY = "0", "*"


class Voice:
    """One number. Replies travel in the response to the caller's own words; late ones take over the call."""

    name: ClassVar[str] = "voice"
    Settings: ClassVar[type[BaseModel]] = VoiceSettings
    can: ClassVar[Capabilities] = Capabilities(
        text_length=1_200,
        address=AddressKind.PHONE,
        buttons=9,
        citations=True,
        cuts_answers=True,
    )
    inline_seconds: ClassVar[float] = 5.0
    """A third of what Twilio waits; a caller who hears nothing for longer thinks the line is dead."""

    def __init__(self, inbox_id: InboxId, settings: VoiceSettings) -> None:
        self.inbox_id, self.settings = inbox_id, settings
        self._api = TwilioApi(settings)
        self._legs = Legs(self._api, settings)

    def __repr__(self) -> str:
        return f"Voice({self.settings.number})"

    def verify(self, arrival: Arrival) -> None:
        """Twilio's signature over our public URL with the place in the call, our account, and the call's id."""
        is_of_a_file = Place.of(arrival.query).deed in {"transcript", "taped"}
        names = CALL if is_of_a_file else BY_PHONE
        tokens = self.settings.verifying_tokens
        verify_call(arrival, self.settings.account_sid, tokens, names, OPTIONAL)

    def parse(self, arrival: Arrival) -> list[Inbound]:
        """What the caller said, pressed or recorded; [] for everything else that happens in a call."""
        fields, place = self._read(arrival)
        match place.deed:
            case "heard" if self._is_again(fields):
                return []
            case "heard" if said := self._said(fields):
                inbound = self._inbound(arrival, fields, f"{fields['CallSid']}/{place.step}", said)
                return [replace(inbound, wants_person=fields.get("Digits") == _PERSON_KEY)]
            case "recorded" if recording := recording_of(fields):
                return [self._voicemail(arrival, fields, recording)]
            case "transcript" if recording := recording_of(fields):
                text = heard(clean(fields.get("TranscriptionText", "")), self.settings.language)
                transcript = self._inbound(arrival, fields, f"{recording}/transcript", text)
                return [replace(transcript, opens=False)] if text else []
        return []

    def _voicemail(self, arrival: Arrival, fields: Mapping[str, str], recording: str) -> Inbound:
        """A recording is for people: it becomes a ticket, whatever its transcript says later."""
        text = phrase("recorded", self.settings.language, seconds=seconds_of(fields))
        inbound = self._inbound(arrival, fields, recording, text)
        kept = self._kept(fields)
        file = Attached("voicemail.mp3", "audio/mpeg", b"", problem=NOT_FETCHED, reference=kept)
        extra = {**inbound.extra, "recording": recording}
        return replace(
            inbound, attachments=(file,), wants_person=True, says_matter=True, extra=extra
        )

    def _kept(self, fields: Mapping[str, str]) -> str:
        """Where Twilio keeps the recording, empty where it is not a place of this account's."""
        url, recording = fields.get("RecordingUrl", ""), recording_of(fields)
        is_ours = recording and url.startswith(self._api.places) and url.endswith(recording)
        return f"{url}.mp3" if is_ours else ""

    def _read(self, arrival: Arrival) -> tuple[dict[str, str], Place]:
        fields = fields_of(arrival)
        if not has_all(fields, CALL):
            raise MalformedPayload("This is not a telephone call.")
        return fields, Place.of(arrival.query)

    def _said(self, fields: Mapping[str, str]) -> str:
        """What was said or pressed; empty if there is nothing, or nothing that is sure enough."""
        digits = fields.get("Digits", "").strip()
        if digits == _PERSON_KEY:
            return phrase("person", self.settings.language)
        if digits and digits != SILENT_CHOICE:
            return digits[:HEARD] if digits.isascii() else ""
        if not is_sure(fields.get("Confidence", ""), self.settings.confidence):
            return ""
        return heard(clean(fields.get("SpeechResult", "")), self.settings.language)

    def wants_again(self, arrival: Arrival) -> ThreadKey | None:
        """The call, if its caller asks to hear the last words once more."""
        fields, place = self._read(arrival)
        is_again = place.deed == "heard" and self._is_again(fields)
        return thread_of(fields["CallSid"]) if is_again else None

    def _is_again(self, fields: Mapping[str, str]) -> bool:
        if digits := fields.get("Digits", ""):
            return digits == _AGAIN_KEY
        return asks_again(fields.get("SpeechResult", ""), self.settings.language)

    def _inbound(
        self, arrival: Arrival, fields: Mapping[str, str], external_id: str, text: str
    ) -> Inbound:
        key = thread_of(fields["CallSid"])
        return Inbound(
            external_id=ExternalId(external_id),
            sender=caller_of(fields),
            text=text,
            at=arrival.received_at,
            thread_keys=(key,),
            own_keys=(key,),
            # The transcript of a withheld number comes without the caller, the call's id is proof enough.
            claims_conversation=True,
            language_hint=self.settings.language,
            extra={"call": fields["CallSid"], "to": fields.get("To", "")},
            raw=arrival.body,
        )

    # ---- the response to the call itself --------------------------------------------------------

    def acknowledge(self, arrival: Arrival) -> Answer:
        """How the call goes on where the dialogue is not asked: it begins, or there was silence or noise."""
        fields, place = self._read(arrival)
        script = Script(self.settings, arrival.url)
        if fields.get("CallStatus", "") in ENDED or place.deed == "transcript":
            return _document(NOTHING)
        match place.deed:
            case "heard" if self._is_again(fields):
                return _document(script.ask(place, self._greeting()))
            case "heard":
                return _document(self._unsure(script, place))
            case "silent":
                return _document(self._silent(script, place))
            case "wait" if place.times < WAITS:
                return _document(script.hold(place, script.phrase("still")))
            case "wait":
                return _document(script.record(place, script.phrase("nobody")))
            case "recorded":
                return _document(script.end(""))
        return _document(script.ask(place, self._greeting()))

    def _greeting(self) -> str:
        settings = self.settings
        if settings.greeting:
            return settings.greeting
        key = "greeting_of" if settings.company else "greeting"
        return phrase(key, settings.language, company=settings.company)

    def _unsure(self, script: Script, place: Place) -> str:
        if place.times + 1 >= UNSURE:
            return script.record(place, script.phrase("nobody"))
        return script.ask(place, script.phrase("unsure"), times=place.times + 1)

    def _silent(self, script: Script, place: Place) -> str:
        """Who has been answered and says nothing more is done; who was never heard may leave a message."""
        return script.end("") if place.has_spoken else script.record(place, "")

    def render(self, arrival: Arrival, outbound: list[Outbound]) -> tuple[Answer, list[Receipt]]:
        """The replies, said in the response to what the caller said."""
        fields, place = self._read(arrival)
        script = Script(self.settings, arrival.url)
        document = self._document_of(script, replace(place, has_spoken=True), outbound)
        receipts = [self._receipt(fields["CallSid"], one) for one in outbound]
        return _document(document), receipts

    def holding(self, arrival: Arrival) -> Answer:
        """One moment: what is ready later takes over the call, see `send`."""
        fields, place = self._read(arrival)
        script = Script(self.settings, arrival.url)
        if fields.get("CallStatus", "") in ENDED or place.deed == "transcript":
            return _document(NOTHING)
        if place.deed == "recorded":
            return _document(script.end(""))
        here = replace(place, times=0, has_spoken=True)
        return _document(script.hold(here, script.phrase("moment")))

    def _document_of(self, script: Script, place: Place, outbound: list[Outbound]) -> str:
        """Says all of it and listens; once it is with people, a message for them may be left instead."""
        words = " ".join(self._spoken(one) for one in outbound)
        if place.deed == "recorded":
            return script.end(words)
        if any(one.extra.get("ticket") for one in outbound):
            goes_on = script.to_line if self.settings.puts_through else script.record
            return goes_on(place, words)
        choices = [spoken(button.title, self.settings.language) for button in outbound[-1].buttons]
        return script.ask(replace(place, times=0), words, choices)

    def _spoken(self, outbound: Outbound) -> str:
        """An answer with a source may be cut, for its source can be read; nothing else is."""
        words = spoken(outbound.text, self.settings.language)
        if not outbound.citations:
            return words
        kept, is_cut = brief(words, self.settings.answer_characters)
        return f"{kept} {phrase('rest', self.settings.language)}" if is_cut else kept

    def _receipt(self, call: str, outbound: Outbound) -> Receipt:
        return Receipt(f"{call}/{outbound.key}", (thread_of(call),))

    # ---- the line of those who wait for a person ------------------------------------------------

    def for_people(self, arrival: Arrival) -> Answer:
        """The line, or the voicemail, for who calls about what is with people already."""
        fields, place = self._read(arrival)
        if fields.get("CallStatus", "") in ENDED or place.deed in {"recorded", "transcript"}:
            return self.holding(arrival)
        script = Script(self.settings, arrival.url)
        goes_on = script.to_line if self.settings.puts_through else script.record
        return _document(goes_on(place, script.phrase("with_people")))

    def line_step(self, arrival: Arrival) -> LineStep | None:
        """What happened to a caller in line, or in the call to a colleague."""
        fields, place = self._read(arrival)
        return step_of(fields, place, self._kept(fields)) if self.settings.puts_through else None

    def in_line(self, arrival: Arrival, here: InLine | None) -> Answer:
        """How that call goes on."""
        fields, place = self._read(arrival)
        script = LineScript(Script(self.settings, arrival.url))
        return _document(script.document(fields, place, here))

    async def ring(self, ring: Ring) -> str:
        return await self._legs.ring(ring)

    async def hang_up(self, leg: str) -> None:
        await self._legs.hang_up(leg)

    async def hold(self, leg: str, here: InLine, webhook: str) -> None:
        await self._legs.hold(leg, here, webhook)

    async def far_end(self, leg: str) -> ThreadKey:
        return await self._legs.far_end(leg)

    async def park(self, thread: ThreadKey, here: InLine, webhook: str) -> None:
        await self._legs.park(thread, here, webhook)

    # ---- what comes later -----------------------------------------------------------------------

    async def fetch(self, reference: str) -> bytes:
        """A recording, from where Twilio keeps it."""
        return await self._api.download(reference)

    async def try_out(self, at: datetime) -> list[InOrder]:
        """The number, as the Twilio account knows it."""
        return [InOrder("number", await self._api.own_number(self.settings.number))]

    async def send(self, outbound: Outbound) -> Receipt:
        """Takes over the call, which waits or listens, and says it there. A call that has ended is a
        `PermanentFailure`: nobody hears it."""
        keys = (*reversed(outbound.in_reply_to), outbound.thread_key or "")
        call = next((key.removeprefix("call:") for key in keys if key.startswith("call:")), "")
        webhook = str(outbound.extra.get("webhook") or "")
        if not call or not webhook:
            raise PermanentFailure("there is no call in which this could be said")
        base = re.sub("[^0-9a-z]", "", outbound.key.lower())[:12] or "1"
        place = Place(f"{base}.0", "heard", has_spoken=True)
        document = self._document_of(Script(self.settings, webhook), place, [outbound])
        await self._api.post(f"Calls/{call}", {"Twiml": document})
        return self._receipt(call, outbound)


def _document(text: str) -> Answer:
    return Answer(200, text.encode(), "text/xml; charset=utf-8")

"""A telephone call as Twilio plays it: speaks and obeys our documents, refuses what it would refuse, and signs what it tells us."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit
from uuid import uuid4
from xml.etree import ElementTree

from tests.fakes.twilio import CUSTOMER, NUMBER, Call, FakeTwilio, sid, signed

VERBS: dict[str, frozenset[str]] = {
    "Say": frozenset({"voice", "language", "loop"}),
    "Gather": frozenset(
        [
            "action",
            "actionOnEmptyResult",
            "bargeIn",
            "enhanced",
            "finishOnKey",
            "hints",
            "input",
            "language",
            "maxSpeechTime",
            "method",
            "numDigits",
            "partialResultCallback",
            "profanityFilter",
            "speechModel",
            "speechTimeout",
            "timeout",
        ]
    ),
    "Record": frozenset(
        [
            "action",
            "finishOnKey",
            "maxLength",
            "method",
            "playBeep",
            "recordingStatusCallback",
            "timeout",
            "transcribe",
            "transcribeCallback",
            "trim",
        ]
    ),
    "Redirect": frozenset({"method"}),
    "Pause": frozenset({"length"}),
    "Hangup": frozenset(),
}
"""What we use of TwiML, with the attributes that Twilio's pages list for each."""
INSIDE_GATHER = frozenset({"Say", "Pause"})
DOCUMENT_BYTES = 64 * 1024
SAID = 4096


class Refused(AssertionError):
    """Twilio would have ended the call with "an application error has occurred"."""


@dataclass
class FakeCall:
    """One call. `post` brings a signed call to the product and gives the status and body of its answer.

    What it waits for is in `state`: `gather`, `record`, `pause` or `ended`.
    """

    twilio: FakeTwilio
    webhook: str
    post: Callable[[Call], tuple[int, bytes]]
    caller: str = CUSTOMER
    to: str = NUMBER
    sid: str = field(default_factory=lambda: sid("CA"))
    heard: list[str] = field(default_factory=list)
    """Everything the caller was told, in order."""
    documents: list[str] = field(default_factory=list)
    brought: list[Call] = field(default_factory=list)
    state: str = "ringing"
    ended_by: str = ""
    recordings: list[str] = field(default_factory=list)
    _verbs: list[ElementTree.Element] = field(default_factory=list)
    _now: ElementTree.Element | None = None
    _url: str = ""

    # ---- what the caller does -------------------------------------------------------------------

    def dial(self) -> None:
        self.twilio.calls[self.sid] = self.take_over
        self._fetch(self.webhook, {"CallStatus": "ringing"})

    def say(self, text: str, confidence: float | None = 0.93) -> None:
        """Into a Gather; anything that is being said is broken off."""
        sure = {} if confidence is None else {"Confidence": str(confidence)}
        self._answer({"SpeechResult": text, "Language": "en-US", **sure})

    def press(self, digits: str) -> None:
        gather = self._waiting("gather")
        limit = int(gather.get("numDigits", "0"))
        self._answer({"Digits": digits[:limit] if limit else digits})

    def wait(self) -> None:
        """Says nothing until the waiting is over."""
        match self.state:
            case "gather" | "pause":
                self._go_on()
            case "record":
                self._go_on()  # only silence: nothing is recorded, the next verb follows

    def leave_message(self, seconds: int = 12, hangs_up: bool = False) -> None:
        record = self._waiting("record")
        name = sid("RE")
        self.recordings.append(name)
        told = {
            "RecordingUrl": f"{self.twilio.url}/2010-04-01/Accounts/{self.twilio.account}/Recordings/{name}",
            "RecordingSid": name,
            "RecordingDuration": str(seconds),
            "Digits": "hangup" if hangs_up else "#",
            "CallStatus": "completed" if hangs_up else "in-progress",
        }
        self._callback = record.get("transcribeCallback", "")
        if hangs_up:
            self._end("caller")
        self._fetch(self._resolved(record.get("action", "")), told)

    def transcribe(self, text: str, status: str = "completed") -> None:
        """Twilio's transcript of the last recording, some time later."""
        told = {
            "TranscriptionSid": sid("TR"),
            "TranscriptionText": text,
            "TranscriptionStatus": status,
            "RecordingSid": self.recordings[-1],
            "CallStatus": "completed",
        }
        if self._callback:
            self._bring(self._resolved(self._callback), told)

    def hang_up(self) -> None:
        """At any time; Twilio then tells the number's status address."""
        if self.state != "ended":
            self._end("caller")
            told = {"CallStatus": "completed", "CallDuration": "31", "Duration": "1"}
            self._bring(self.webhook, told)

    def take_over(self, document: str) -> None:
        """A document by the REST API replaces what is going on."""
        self._obey(document, self._url)

    # ---- Twilio ---------------------------------------------------------------------------------

    def _answer(self, told: dict[str, str]) -> None:
        gather = self._waiting("gather")
        self._fetch(self._resolved(gather.get("action", "")), {**told, "CallStatus": "in-progress"})

    def _waiting(self, state: str) -> ElementTree.Element:
        assert self.state == state, f"the call is in {self.state}"
        assert self._now is not None
        return self._now

    def _fetch(self, url: str, told: dict[str, str]) -> None:
        body = self._bring(url, told)
        if self.state != "ended":
            self._obey(body.decode(), url)

    def _bring(self, url: str, told: dict[str, str]) -> bytes:
        fields = {
            "CallSid": self.sid,
            "AccountSid": self.twilio.account,
            "From": self.caller,
            "To": self.to,
            "Caller": self.caller,
            "Called": self.to,
            "Direction": "inbound",
            "ApiVersion": "2010-04-01",
            "CallerCountry": "US",
            "CallToken": uuid4().hex,
            **told,
        }
        call = signed(url, fields, self.twilio.token)
        self.brought.append(call)
        status, body = self.post(call)
        if status >= 300:
            raise Refused(f"our answer had status {status}")
        return body

    def _obey(self, document: str, url: str) -> None:
        self.documents.append(document)
        self._url = url
        root = checked(document)
        self._verbs = list(root)
        self._go_on()

    def _go_on(self) -> None:
        """The next verb that waits for the caller, or the end: a document that runs out ends the call."""
        self._now = None
        while self._verbs and self._now is None:
            verb = self._verbs.pop(0)
            match verb.tag:
                case "Say":
                    self.heard.append(verb.text or "")
                case "Gather":
                    self.heard += [inner.text or "" for inner in verb if inner.tag == "Say"]
                    self._now, self.state = verb, "gather"
                case "Record" | "Pause":
                    self._now, self.state = verb, verb.tag.lower()
                case "Redirect":
                    self._verbs = []
                    self._fetch(self._resolved(verb.text or ""), {"CallStatus": "in-progress"})
                    return
                case "Hangup":
                    self._end("us")
                    return
        if self._now is None:
            self._end("us")

    def _resolved(self, address: str) -> str:
        url = urljoin(self._url, address)
        if urlsplit(url).scheme not in {"http", "https"}:
            raise Refused(f"{address!r} is no address")
        return url

    def _end(self, by: str) -> None:
        self.state, self.ended_by = "ended", by
        self._verbs = []
        self.twilio.calls.pop(self.sid, None)


def checked(document: str) -> ElementTree.Element:
    """The document's root, if Twilio would take it."""
    if len(document.encode()) > DOCUMENT_BYTES:
        raise Refused("the document is too long")
    try:
        root = ElementTree.fromstring(document)
    except ElementTree.ParseError as error:
        raise Refused(f"12100 document parse failure: {error}") from error
    if root.tag != "Response" or root.attrib:
        raise Refused("the root is not Response")
    for verb, inside in _all(root):
        if verb.tag not in (INSIDE_GATHER if inside else VERBS):
            raise Refused(f"12200 {verb.tag} cannot stand here")
        if unknown := set(verb.attrib) - VERBS[verb.tag]:
            raise Refused(f"{verb.tag} has no {unknown}")
        if verb.tag == "Say" and len(verb.text or "") > SAID:
            raise Refused("13520 Say: invalid text")
        if verb.tag in {"Say", "Redirect"} and not (verb.text or "").strip():
            raise Refused(f"{verb.tag} is empty")
    return root


def _all(root: ElementTree.Element) -> Iterator[tuple[ElementTree.Element, bool]]:
    for verb in root:
        yield verb, False
        for inner in verb:
            yield inner, True

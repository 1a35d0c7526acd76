"""A telephone call as Twilio plays it: speaks and obeys our documents, refuses what it would refuse, and signs what it tells us."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit
from uuid import uuid4
from xml.etree import ElementTree

from tests.fakes.twilio import CUSTOMER, NUMBER, Call, FakeTwilio, sid, signed
from tests.fakes.twiml import ALONE, WHILE_QUEUED, Refused, checked


@dataclass
class FakeCall:
    """One call. `post` brings a signed call to the product and gives the status and body of its answer.

    What it waits for is in `state`: `gather`, `record`, `pause`, `dialling`, `together` or `ended`. Who waits in a
    queue hears its documents meanwhile, and `queued` is the verb that put them there.
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
    direction: str = "inbound"
    is_vouched: bool = False
    """The network has signed the caller's number (STIR/SHAKEN, level A)."""
    queued: ElementTree.Element | None = None
    other: FakeCall | None = None
    """Whom they are connected with; of who was dialled, the call that did it."""
    child: FakeCall | None = None
    """Whom this call has dialled, once picked up."""
    _verbs: list[ElementTree.Element] = field(default_factory=list)
    _now: ElementTree.Element | None = None
    _url: str = ""
    _status_url: str = ""

    @classmethod
    def rung(
        cls, twilio: FakeTwilio, form: dict[str, str], post: Callable[[Call], tuple[int, bytes]]
    ) -> FakeCall:
        """A telephone that we made ring; `dial` picks it up, `declines` does not."""
        call = cls(twilio, form["Url"], post, form["From"], form["To"], direction="outbound-api")
        call._status_url = form["StatusCallback"]
        call.sid = form["Sid"]
        twilio.ends[call.sid] = call.hang_up
        return call

    # ---- what the caller does -------------------------------------------------------------------

    def dial(self) -> None:
        self.twilio.calls[self.sid] = self.take_over
        status = "ringing" if self.direction == "inbound" else "in-progress"
        self._fetch(self.webhook, {"CallStatus": status})

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

    def leave_message(
        self, seconds: int = 12, hangs_up: bool = False, sound: bytes | None = None
    ) -> None:
        """`sound`: what is then to be fetched; without it there is no such file yet."""
        record = self._waiting("record")
        name = sid("RE")
        self.recordings.append(name)
        if sound is not None:
            self.twilio.files[name] = sound
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

    def hang_up(self, status_first: bool = False) -> None:
        """At any time; Twilio then tells the number's status address, and the verb that was going on, in any order."""
        if self.state == "ended":
            return
        queued, other, dial = self.queued, self.other, self._now
        self._end("caller")
        ended = {"CallStatus": "completed", "CallDuration": "31", "Duration": "1"}
        if status_first:
            self._bring(self.status_url, ended)
        if queued is not None and other is None:
            self._bring(
                self._resolved(queued.get("action", "")), {"QueueResult": "hangup", **ended}
            )
        if other is not None and other.child is self:
            other.is_hung_up_on()
        elif other is not None:
            self._part(other, queued, dial)
        if self.child is not None and self.child.other is self:
            self.child._end("us")  # whom it has dialled hangs on it
        if self.status_url and not status_first:
            self._bring(self.status_url, ended)

    def take_over(self, document: str) -> None:
        """A document by the REST API replaces what is going on. A `Dial` that it ends asks for nothing more."""
        if self.state == "ringing":
            raise Refused("21220 Call is not in-progress")
        if self.has_dialled:
            raise Refused("whom it dialled would be hung up on")
        if self.queued is not None:
            left, self.queued = self.queued, None
            self.twilio.queues.pop(left.text or "", None)
            told = {"QueueResult": "redirected", "CallStatus": "in-progress"}
            self._bring(self._resolved(left.get("action", "")), told)
        other, self.other = self.other, None
        self._obey(document, self._url)
        if other is not None and other.child is self:
            other.is_hung_up_on()  # to the call that has dialled this one, its `Dial` is over
        elif other is not None:
            other._is_parted()

    def _is_parted(self) -> None:
        """Whoever dialled this call out of its queue obeys another document: the verb that held it here is over."""
        self.other = None
        left, self.queued = self.queued, None
        assert left is not None
        told = {"QueueResult": "bridged", "QueueTime": "7", "CallStatus": "in-progress"}
        self._fetch(self._resolved(left.get("action", "")), told)

    # ---- two calls that meet --------------------------------------------------------------------

    def declines(self, status: str = "no-answer") -> None:
        """A telephone that rings is not picked up."""
        self._end("callee")
        self._bring(self.status_url, {"CallStatus": status})

    def is_picked_up(self) -> None:
        """Whom this call dials picks up."""
        dial = self._waiting("dialling")
        number = dial.find("Number")
        self.state = "together"
        if number is not None:
            child = FakeCall(
                self.twilio, "", self.post, dial.get("callerId", ""), number.text or ""
            )
            child.direction, child.state = "outbound-dial", "together"
            child.other, child._url = self, self._url
            self.child = self.twilio.children[self.sid] = child
            self.twilio.calls[child.sid] = child.take_over

    def is_missed(self, status: str = "no-answer") -> None:
        """Whom this call dials does not pick up."""
        dial = self._waiting("dialling")
        told = {"DialCallStatus": status, "CallStatus": "in-progress"}
        self._fetch(self._resolved(dial.get("action", "")), told)

    def is_hung_up_on(self) -> None:
        """Whom this call dialled, and spoke with, hangs up."""
        dial = self._waiting("together")
        if self.child is not None and self.child.other is self:
            self.child._end("caller")
        told = {"DialCallStatus": "completed", "CallStatus": "in-progress"}
        self._fetch(self._resolved(dial.get("action", "")), told)

    def is_taped(self, seconds: int, recording: str = "", force: bool = False) -> str:
        """Twilio's word on the recording of a talk, if there was to be one; its id."""
        dial = self._waiting("together")
        callback = dial.get("recordingStatusCallback", "")
        assert callback or force
        name = recording or sid("RE")
        told = {
            "RecordingUrl": f"{self.twilio.url}/2010-04-01/Accounts/{self.twilio.account}/Recordings/{name}",
            "RecordingSid": name,
            "RecordingDuration": str(seconds),
            "RecordingStatus": "completed",
        }
        url = callback or dial.get("action", "").replace("do=over", "do=taped")
        self._bring(self._resolved(url), told)
        return name

    @property
    def has_dialled(self) -> bool:
        """A number, which rings or was picked up."""
        at = self.state in {"dialling", "together"} and self._now is not None
        return at and self._now is not None and self._now.find("Number") is not None

    @property
    def status_url(self) -> str:
        return self._status_url or self.webhook

    def _dial(self, dial: ElementTree.Element) -> None:
        (noun,) = list(dial)
        self._now, self.state = dial, "dialling"
        if noun.tag == "Queue" and (waiting := self.twilio.queues.pop(noun.text or "", None)):
            self._meet(waiting)
        elif noun.tag == "Queue":
            self.twilio.dialling[noun.text or ""] = self  # an empty queue is waited at

    def _meet(self, waiting: FakeCall) -> None:
        self.state = waiting.state = "together"
        self.other, waiting.other = waiting, self

    def _part(
        self, other: FakeCall, queued: ElementTree.Element | None, dial: ElementTree.Element | None
    ) -> None:
        """Both verbs that held the two together are told, whoever hung up; the other one's call goes on."""
        self.other = other.other = None
        bridged = {"QueueResult": "bridged", "QueueTime": "7"}
        dialled = {"DialCallStatus": "completed"}
        over = {"CallStatus": "completed"}
        if queued is not None:
            self._bring(self._resolved(queued.get("action", "")), {**bridged, **over})
            other.is_hung_up_on()
            return
        assert dial is not None
        self._bring(self._resolved(dial.get("action", "")), {**dialled, **over})
        left, other.queued = other.queued, None
        assert left is not None
        other._fetch(
            other._resolved(left.get("action", "")), {**bridged, "CallStatus": "in-progress"}
        )

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
        # Whoever is fetched out of the queue meanwhile hears no more of what is played there.
        is_met = self.queued is not None and self.other is not None
        if self.state != "ended" and not is_met:
            self._obey(body.decode(), url)

    def _bring(self, url: str, told: dict[str, str]) -> bytes:
        fields = {
            "CallSid": self.sid,
            "AccountSid": self.twilio.account,
            "From": self.caller,
            "To": self.to,
            "Caller": self.caller,
            "Called": self.to,
            "Direction": self.direction,
            "ApiVersion": "2010-04-01",
            "CallerCountry": "US",
            "CallToken": uuid4().hex,
            **({"StirVerstat": "TN-Validation-Passed-A"} if self.is_vouched else {}),
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
        root = checked(document, WHILE_QUEUED if self.queued is not None else ALONE)
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
                    self.heard += [f"(music from {p.text})" for p in verb if p.tag == "Play"]
                    self._now, self.state = verb, "gather"
                case "Record" | "Pause":
                    self._now, self.state = verb, verb.tag.lower()
                case "Play":
                    self.heard.append(f"(music from {verb.text})")
                    self._now, self.state = verb, "pause"
                case "Enqueue":
                    self.queued, self._verbs = verb, []
                    self.twilio.queues[verb.text or ""] = self
                    told = {"QueuePosition": "1", "CallStatus": "in-progress"}
                    self._fetch(self._resolved(verb.get("waitUrl", "")), told)
                    there = self.twilio.dialling.pop(verb.text or "", None)
                    if there and there.state == "dialling" and self.queued is verb:
                        self.twilio.queues.pop(verb.text or "", None)
                        there._meet(self)
                    return
                case "Leave":
                    self._leave()
                    return
                case "Dial":
                    self._dial(verb)
                case "Redirect":
                    self._verbs = []
                    self._fetch(self._resolved(verb.text or ""), {"CallStatus": "in-progress"})
                    return
                case "Hangup":
                    self._end("us")
                    return
        if self._now is None:
            self._end("us")

    def _leave(self) -> None:
        if self.queued is None:
            raise Refused("Leave: the call is in no queue")
        left, self.queued = self.queued, None
        self.twilio.queues.pop(left.text or "", None)
        told = {"QueueResult": "leave", "QueueTime": "20", "CallStatus": "in-progress"}
        self._fetch(self._resolved(left.get("action", "")), told)

    def _resolved(self, address: str) -> str:
        url = urljoin(self._url, address)
        if urlsplit(url).scheme not in {"http", "https"}:
            raise Refused(f"{address!r} is no address")
        return url

    def _end(self, by: str) -> None:
        if self.queued is not None:
            self.twilio.queues.pop(self.queued.text or "", None)
        self.state, self.ended_by, self.queued = "ended", by, None
        self._verbs = []
        self.twilio.calls.pop(self.sid, None)
        self.twilio.ends.pop(self.sid, None)

"""A small real Twilio: its REST API with its statuses and error codes, and its signed calls to us.

It refuses what Twilio refuses, keeps its own list of who opted out, and signs with the vendor's own validator.
Telephone calls are played by `tests.fakes.twilio_call`.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import socket
import threading
from base64 import b64decode
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import uuid4

import uvicorn
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from twilio.request_validator import RequestValidator

from tests.fakes.serving import fetched

ACCOUNT = "AC" + "5" * 32
TOKEN = "twilio-auth-token-" + "t" * 14
NUMBER = "+15005550006"
CUSTOMER = "+15017122661"
START = datetime(2026, 11, 23, 12, tzinfo=UTC)
UNREACHABLE = "+15005550001"
"""A number that Twilio calls invalid, as its own test credentials do."""
STOP_WORDS = {"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"}
START_WORDS = {"START", "YES", "UNSTOP"}
HELP_WORDS = {"HELP", "INFO"}
STOPPED = (
    "You are unsubscribed and get no more messages from this number. Reply START to begin again."
)
STARTED = "You are subscribed again to messages from this number. Reply HELP for help, STOP to end."
HELPED = "Reply STOP to end the messages. Your provider may charge for them."
"""How it answers each by itself."""
_NOWHERE = "https://x.example"
"""In place of an address that need not be told."""
MEDIA_TYPES = {
    *(f"audio/{one}" for one in ("basic", "mp4", "mpeg", "ogg", "3gpp", "webm", "amr", "aac")),
    *(f"video/{one}" for one in ("mpeg", "mp4", "quicktime", "webm", "3gpp", "3gpp2")),
    *(f"text/{one}" for one in ("vcard", "x-vcard", "csv", "rtf", "calendar")),
    *("image/bmp", "image/tiff", "application/pdf"),
}
"""What Twilio carries beside the pictures that it knows how to make smaller."""
ERRORS = {
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    21205: (400, "Url is not a valid URL"),
    21210: (400, "'From' phone number not verified"),
    21211: (400, "Invalid 'To' Phone Number"),
    21220: (400, "Unable to update record. Call is not in-progress. Cannot redirect."),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' or 'MessagingServiceSid' parameter is required"),
    21604: (400, "A 'To' phone number is required."),
    21606: (400, "The 'From' phone number is not a valid, message-capable Twilio phone number"),
    21609: (400, "The 'StatusCallback' URL is not valid"),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21620: (400, "Invalid media URL(s)"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
}


@dataclass(frozen=True)
class Call:
    """One call of Twilio to us, ready to be posted."""

    url: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        parts = urlsplit(self.url)
        return parts.path + (f"?{parts.query}" if parts.query else "")


def signed(url: str, fields: dict[str, str], token: str = TOKEN) -> Call:
    """A form as Twilio signs it."""
    signature = RequestValidator(token).compute_signature(url, fields)
    return Call(url, _headers(signature, "application/x-www-form-urlencoded"), _form(fields))


def signed_json(url: str, fields: dict[str, Any], token: str = TOKEN) -> Call:
    """A JSON body as Twilio signs it: its hash stands in the address."""
    body = json.dumps(fields).encode()
    url += ("&" if "?" in url else "?") + f"bodySHA256={hashlib.sha256(body).hexdigest()}"
    signature = RequestValidator(token).compute_signature(url, {})
    return Call(url, _headers(signature, "application/json"), body)


def _headers(signature: str, kind: str) -> dict[str, str]:
    return {
        "content-type": kind,
        "x-twilio-signature": signature,
        "i-twilio-idempotency-token": str(uuid4()),
        "user-agent": "TwilioProxy/1.1",
    }


def _form(fields: dict[str, str]) -> bytes:
    return urlencode(fields).encode()


def sid(kind: str) -> str:
    """A new identifier, `SM` or `CA` and 32 digits."""
    return kind + uuid4().hex


@dataclass
class FakeTwilio:
    """The server and its switches. `behaviour` is used up by the next requests that send something."""

    account: str = ACCOUNT
    token: str = TOKEN
    numbers: set[str] = field(default_factory=lambda: {NUMBER})
    now: Callable[[], datetime] = lambda: START
    answers_keywords: bool = True
    messages: list[dict[str, Any]] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    """The parameters of each message or call update that was taken."""
    opted_out: set[tuple[str, str]] = field(default_factory=set)
    """(their number, our number)"""
    calls: dict[str, Callable[[str], None]] = field(default_factory=dict)
    """Calls in progress: sid to what takes over with a new document."""
    behaviour: deque[int | str] = field(default_factory=deque)
    files: dict[str, bytes | str] = field(default_factory=dict)
    """Media and recordings by their id: the content, or an address to be sent to instead."""
    rung: list[dict[str, str]] = field(default_factory=list)
    """The parameters of each telephone that we made ring."""
    answers_first: bool = False
    """What takes over a call does so once our request is answered."""
    ends_at_once: bool = False
    """What we end is over before our request is answered, instead of a moment later."""
    on_ring: Callable[[dict[str, str]], None] | None = None
    """Told of each telephone that we made ring."""
    ends: dict[str, Callable[[], None]] = field(default_factory=dict)
    """Calls that can be ended: sid to what does it."""
    queues: dict[str, Any] = field(default_factory=dict)
    """Who waits in a queue, by its name: the `FakeCall`."""
    dialling: dict[str, Any] = field(default_factory=dict)
    """Calls that wait at a queue in which nobody is."""
    children: dict[str, Any] = field(default_factory=dict)
    """The `FakeCall` that a call has dialled and that was picked up, by the sid of who dialled."""
    keeps_alive: bool = False
    fetch: Callable[[str], tuple[int, str, bytes]] = fetched
    """How it gets a file that we name: status, type and content."""
    url: str = ""

    # ---- the server -----------------------------------------------------------------------------

    @cached_property
    def app(self) -> Starlette:
        """The REST API, and the storage of files behind it."""
        account = "/2010-04-01/Accounts/{account}"
        return Starlette(
            routes=[
                Route(f"{account}/Messages.json", self._create, methods=["POST"]),
                Route(f"{account}/Messages.json", self._list, methods=["GET"]),
                Route(f"{account}/IncomingPhoneNumbers.json", self._own_numbers),
                Route(f"{account}/Calls.json", self._begin_call, methods=["POST"]),
                Route(f"{account}/Calls.json", self._list_calls, methods=["GET"]),
                Route(f"{account}/Calls/{{sid}}.json", self._update_call, methods=["POST"]),
                Route(f"{account}/Messages/{{message}}/Media/{{media}}", self._media),
                Route(f"{account}/Recordings/{{media}}.mp3", self._media),
                Route(f"{account}/Recordings/{{media}}.json", self._recording),
                Route("/storage/{media}", self._storage),
            ]
        )

    def start(self, port: int = 0) -> None:
        """Listens on loopback in a thread of its own."""
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", port))
        self._listener.listen(128)  # before anybody is told the port
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        config = uvicorn.Config(
            self.app,
            log_level="critical",
            timeout_graceful_shutdown=0,
            # Tests end their event loops without a word to their clients.
            headers=[] if self.keeps_alive else [("connection", "close")],
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._listener]}, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(5)
        self._listener.close()

    # ---- what customers do ----------------------------------------------------------------------

    def text(
        self, body: str, sender: str = CUSTOMER, to: str = NUMBER, **more: str
    ) -> dict[str, str]:
        """The parameters of the call that tells us of a text; keywords are obeyed and answered first."""
        word = body.strip().upper()
        told = ""
        if word in STOP_WORDS:
            self.opted_out.add((sender, to))
            told = STOPPED
        elif word in START_WORDS:
            # YES of somebody who had not stopped is a word like any other.
            told = STARTED if (sender, to) in self.opted_out else ""
            self.opted_out.discard((sender, to))
        elif word in HELP_WORDS:
            told = HELPED
        if self.answers_keywords and told:
            self._keep({"To": sender, "From": to, "Body": told}, "outbound-reply")
        name = sid("MM" if more.get("NumMedia", "0") != "0" else "SM")
        return {
            "ToCountry": "US",
            "ToState": "",
            "SmsMessageSid": name,
            "NumMedia": "0",
            "ToCity": "",
            "FromZip": "98101",
            "SmsSid": name,
            "FromState": "WA",
            "SmsStatus": "received",
            "FromCity": "SEATTLE",
            "Body": body,
            "FromCountry": "US",
            "To": to,
            "ToZip": "",
            "NumSegments": str(max(1, -(-len(body) // 153))),
            "MessageSid": name,
            "AccountSid": self.account,
            "From": sender,
            "ApiVersion": "2010-04-01",
            **more,
        }

    def status(self, message: dict[str, Any], status: str, error: int = 0) -> Call:
        """Twilio's word on a message that it took."""
        fields = {
            "SmsSid": message["sid"],
            "SmsStatus": status,
            "MessageStatus": status,
            "To": message["to"],
            "MessageSid": message["sid"],
            "AccountSid": self.account,
            "From": message["from"],
            "ApiVersion": "2010-04-01",
            **({"ErrorCode": str(error)} if error else {}),
        }
        return signed(message["callback"], fields, self.token)

    # ---- the REST API ---------------------------------------------------------------------------

    async def _create(self, request: Request) -> Response:
        form = await _fields(request)
        if refusal := self._refusal(request) or self._bad_message(form):
            return refusal
        if broken := await self._broken(request, lambda: self._keep(form, "outbound-api")):
            return broken
        kept = self._keep(form, "outbound-api")
        if url := form.get("MediaUrl"):
            await self._bring_media(kept, url)
        return JSONResponse(_shown(kept), 201)

    async def _bring_media(self, message: dict[str, Any], url: str) -> None:
        """Twilio fetches the file after it took the message; what it cannot carry fails then."""
        status, kind, content = await asyncio.to_thread(self.fetch, url)
        kind = kind.partition(";")[0]
        is_picture = kind in {"image/jpeg", "image/png", "image/gif"}
        error = 11200 if status != 200 else 0 if is_picture or kind in MEDIA_TYPES else 12300
        if not error and len(content) > 5 * 1024 * 1024:
            error = 11751
        message["media"], message["error_code"] = (kind, content), error or None
        message["status"] = "failed" if error else "queued"

    def _bad_message(self, form: dict[str, str]) -> Response | None:
        to, sender, body = form.get("To", ""), form.get("From", ""), form.get("Body", "")
        callback = urlsplit(form.get("StatusCallback", _NOWHERE))
        if not to:
            return problem(21604)
        if not re.fullmatch(r"\+[1-9]\d{6,14}|\d{3,8}", to) or to == UNREACHABLE:
            return problem(21211)
        if not sender and not form.get("MessagingServiceSid"):
            return problem(21603)
        if sender and sender not in self.numbers:
            return problem(21606)
        if not body and not form.get("MediaUrl"):
            return problem(21602)
        if "MediaUrl" in form and urlsplit(form["MediaUrl"]).scheme not in {"http", "https"}:
            return problem(21620)
        if len(body) > 1600:
            return problem(21617)
        if callback.scheme not in {"http", "https"} or not callback.hostname:
            return problem(21609)
        return problem(21610) if (to, sender or NUMBER) in self.opted_out else None

    def _keep(self, form: dict[str, str], direction: str) -> dict[str, Any]:
        at = format_datetime(self.now())
        name = sid("SM")
        message = {
            "sid": name,
            "account_sid": self.account,
            "api_version": "2010-04-01",
            "messaging_service_sid": form.get("MessagingServiceSid"),
            "from": form.get("From") or NUMBER,
            "to": form["To"],
            "body": form.get("Body", ""),
            "status": "queued",
            "direction": direction,
            "num_segments": "1",
            "num_media": "1" if form.get("MediaUrl") else "0",
            "date_created": at,
            "date_updated": at,
            "date_sent": None,
            "price": None,
            "price_unit": "USD",
            "error_code": None,
            "error_message": None,
            "subresource_uris": {},
            "uri": f"/2010-04-01/Accounts/{self.account}/Messages/{name}.json",
            "callback": form.get("StatusCallback", ""),
        }
        self.messages.insert(0, message)
        if direction == "outbound-api":
            self.asked.append(form)
        return message

    async def _list(self, request: Request) -> Response:
        if refusal := self._refusal(request):
            return refusal
        query = request.query_params
        found = [
            _shown(message)
            for message in self.messages
            if message["to"] == query.get("To", message["to"])
            and message["from"] == query.get("From", message["from"])
        ]
        page, size = int(query.get("Page", "0")), int(query.get("PageSize", "50"))
        begin, end = page * size, (page + 1) * size
        onward = f"{request.url.path}?{urlencode({**query, 'Page': page + 1})}"
        about = {"page": page, "page_size": size}
        about["next_page_uri"] = onward if len(found) > end else None
        return JSONResponse({"messages": found[begin:end], **about})

    async def _own_numbers(self, request: Request) -> Response:
        if refusal := self._refusal(request):
            return refusal
        asked = request.query_params.get("PhoneNumber", "")
        found = [{"phone_number": one, "friendly_name": one} for one in self.numbers & {asked}]
        return JSONResponse({"incoming_phone_numbers": found, "page": 0})

    async def _begin_call(self, request: Request) -> Response:
        """A telephone is going to ring."""
        form = await _fields(request)
        if refusal := self._refusal(request) or self._bad_call(form):
            return refusal
        if broken := await self._broken(request, lambda: None):
            return broken
        name = sid("CA")
        self.rung.append({**form, "Sid": name})
        # It rings a moment after Twilio said that it will.
        ringing = BackgroundTask(self.on_ring, self.rung[-1]) if self.on_ring else None
        made = {"sid": name, "status": "queued", "to": form["To"]}
        return JSONResponse(made, 201, background=ringing)

    async def _list_calls(self, request: Request) -> Response:
        """The calls that another one has dialled, as far as they go on."""
        if refusal := self._refusal(request):
            return refusal
        if broken := await self._broken(request, lambda: None):
            return broken
        query = request.query_params
        child = self.children.get(query.get("ParentCallSid", ""))
        status = "in-progress" if child and child.sid in self.calls else "completed"
        is_asked = child is not None and query.get("Status", status) == status
        found = [{"sid": child.sid, "status": status}] if is_asked else []
        return JSONResponse({"calls": found, "page": 0})

    def _bad_call(self, form: dict[str, str]) -> Response | None:
        to = form.get("To", "")
        if not re.fullmatch(r"\+[1-9]\d{6,14}", to) or to == UNREACHABLE:
            return problem(21211)
        if form.get("From", "") not in self.numbers:
            return problem(21210)
        addresses = [urlsplit(form.get("Url", "")), urlsplit(form.get("StatusCallback", _NOWHERE))]
        is_bad = any(url.scheme not in {"http", "https"} or not url.hostname for url in addresses)
        return problem(21205) if is_bad or not 5 <= int(form.get("Timeout", "60")) <= 600 else None

    async def _update_call(self, request: Request) -> Response:
        form = await _fields(request)
        name = request.path_params["sid"]
        if refusal := self._refusal(request):
            return refusal
        if form.get("Status") == "completed":
            return await self._end_call(request, name)

        def take() -> None:
            self.asked.append(form)
            self.calls[name](form["Twiml"])

        if broken := await self._broken(request, take if name in self.calls else lambda: None):
            return broken
        if not re.fullmatch("CA[0-9a-f]{32}", name):
            return problem(20404)
        if name not in self.calls:
            return problem(21220)
        told = {"sid": name, "status": "in-progress", "account_sid": self.account}
        if self.answers_first:
            return JSONResponse(told, background=BackgroundTask(take))
        take()
        return JSONResponse(told)

    async def _end_call(self, request: Request, name: str) -> Response:
        """Whether it rings or goes on; that it is over is told after our request is answered."""
        if broken := await self._broken(request, lambda: None):
            return broken
        if name not in self.ends:
            return problem(21220)
        ended = {"sid": name, "status": "in-progress", "account_sid": self.account}
        if self.ends_at_once:
            self.ends[name]()
            return JSONResponse(ended)
        return JSONResponse(ended, background=BackgroundTask(self.ends[name]))

    async def _media(self, request: Request) -> Response:
        """A file stands in the storage of another house, which the API only points to."""
        name = request.path_params["media"]
        if refusal := self._refusal(request):
            return refusal
        if name not in self.files:
            return problem(20404)
        kept = self.files[name]
        onward = kept if isinstance(kept, str) else f"{self.url}/storage/{name}"
        return Response(status_code=307, headers={"location": str(onward)})

    async def _recording(self, request: Request) -> Response:
        """What is known of a recording; its sound is at the address that it names."""
        name = request.path_params["media"]
        if refusal := self._refusal(request):
            return refusal
        if name not in self.files:
            return problem(20404)
        uri = f"/2010-04-01/Accounts/{self.account}/Recordings/{name}"
        told = {"sid": name, "account_sid": self.account, "status": "completed"}
        return JSONResponse({**told, "uri": f"{uri}.json", "media_url": f"{self.url}{uri}"})

    async def _storage(self, request: Request) -> Response:
        """Refuses whoever shows it a secret, as S3 does beside a signed address."""
        if "authorization" in request.headers:
            return Response(b"Only one auth mechanism allowed", 400)
        content = self.files[request.path_params["media"]]
        assert isinstance(content, bytes)
        return Response(content, media_type="application/octet-stream")

    def _refusal(self, request: Request) -> Response | None:
        scheme, _, login = request.headers.get("authorization", "").partition(" ")
        known = f"{self.account}:{self.token}".encode()
        is_known = scheme == "Basic" and b64decode(login) == known
        return (
            None if is_known and request.path_params["account"] == self.account else problem(20003)
        )

    async def _broken(self, request: Request, take: Callable[[], object]) -> Response | None:
        """What a test wants to go wrong: a status, an error code, or `silent`: taken and never answered."""
        if not self.behaviour:
            return None
        wanted = self.behaviour.popleft()
        if wanted == "silent":
            take()
            await asyncio.sleep(2)
            return Response(status_code=500)
        assert isinstance(wanted, int)
        if wanted in ERRORS:
            return problem(wanted)
        return JSONResponse({"code": 20500, "status": wanted, "message": "broken"}, wanted)


async def _fields(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))


def _shown(message: dict[str, Any]) -> dict[str, Any]:
    hidden = {"callback", "media"}
    return {name: value for name, value in message.items() if name not in hidden}


def problem(code: int) -> Response:
    """An error as Twilio words it."""
    status, message = ERRORS[code]
    body = {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return JSONResponse(body, status, headers={"retry-after": "3"} if status == 429 else None)

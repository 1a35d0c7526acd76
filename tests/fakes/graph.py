"""A small real Meta: the Graph API of a WhatsApp number, a page and an Instagram account, people who write to them, and signed calls of the webhook.

It refuses what Meta refuses, in Meta's words (`graph_rules`).
"""

from __future__ import annotations

import asyncio
import hmac
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes.forms import arguments_in
from tests.fakes.graph_files import (
    WHATSAPP,
    brought,
    refuses_attachment,
    refuses_media,
    refuses_upload,
    shown,
)
from tests.fakes.graph_public import Square, change_call
from tests.fakes.graph_rules import (
    WINDOW,
    Refusal,
    profile_of,
    refuses_messaging,
    refuses_profile,
    refuses_whatsapp,
)
from tests.fakes.serving import fetched, serving

Json = dict[str, Any]
Files = dict[str, tuple[str, str, bytes]]

APP, APP_SECRET = "330044556677", "app-secret-" + "a" * 21
TOKEN = "EAAG" + "t" * 40
VERIFY = "verify-" + "v" * 20
BUSINESS = "102290129340398"
ACCOUNTS = {
    "whatsapp": "106540352242922",
    "messenger": "110022003300440",
    "instagram": "17841400000000001",
}
PEOPLE = {
    "whatsapp": {"15550783881": "Ann Example", "US.13491208655302741918": "Ben Example"},
    "messenger": {"6600000000000001": "Ann Example", "6600000000000002": "Ben Example"},
    "instagram": {"7700000000000001": "Ann Example", "7700000000000002": "Ben Example"},
}
OWN_IDS = {"15550783881": "US.13491208655302741900"}
"""Of people who show their number: the id under which they write to this business, which stands beside it. It
stands alone from when they hide the number."""
_NUMBERS = {own: number for number, own in OWN_IDS.items()}
NOWHERE = {
    "whatsapp": "15550000000",
    "messenger": "6600000000000009",
    "instagram": "7700000000000009",
}
"""People whom Meta does not know, or who cannot be written to."""
_CALLER = frozenset({"access_token", "appsecret_proof"})
CODES = {429: (400, 130429), 503: (503, 2), 500: (500, 131000), 401: (401, 190)}


@dataclass(frozen=True)
class Brought:
    """A call of the webhook. Header names are lower case, as they arrive."""

    body: bytes
    headers: dict[str, str]
    query: str = ""
    method: str = "POST"


@dataclass
class FakeGraph:
    """One app with three accounts, and the switches."""

    clock: Callable[[], float] = time.time
    url: str = ""
    secret: str = APP_SECRET
    token: str = TOKEN
    version: str = "v24.0"
    script: list[int | str | Refusal] = field(default_factory=list)
    """What the next message meets, used up in order: a status, a refusal, or `silence`."""
    chats: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    """By product and person; `from_us` tells whose each message is."""
    heard: dict[tuple[str, str], float] = field(default_factory=dict)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    typing: list[str] = field(default_factory=list)
    granted: set[str] = field(default_factory=lambda: {"profile"})
    """What the app may read of people: their profile, and of Messenger's their `locale`."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Whose profile was asked for, and which fields."""
    gone: set[str] = field(default_factory=set)
    """People who deleted their account."""
    by_phone: set[str] = field(default_factory=set)
    """Accounts of Messenger that a telephone number made: they have no profile."""
    nameless: set[str] = field(default_factory=set)
    locale: str = "de_DE"
    used: int = 1
    """How much of what the app and its account may call is used up, in percent: told in every answer."""
    rest_minutes: int = 0
    """After how long Meta says that it answers again."""
    fetch: Callable[[str], tuple[int, str, bytes]] = fetched
    """How it gets a file that we name: status, type and content."""
    _counter: int = 1000

    def __post_init__(self) -> None:
        self.square = Square(lambda: self.clock(), ACCOUNTS, PEOPLE)
        edges = ("comments", "replies", "mentions")
        self.app = Starlette(
            routes=[
                *(
                    Route(f"/{{version}}/{{id}}/{edge}", self._answer, methods=["POST"])
                    for edge in edges
                ),
                Route("/files/{file}", self._file),
                Route("/{version}/{id}/messages", self._message, methods=["POST"]),
                Route("/{version}/{id}/media", self._upload, methods=["POST"]),
                Route("/{version}/{id}", self._media),
            ],
            middleware=[Middleware(BaseHTTPMiddleware, dispatch=self._with_usage)],
        )

    # ---- what people do ---------------------------------------------------------------------

    def say(self, product: str, person: str, text: str) -> Brought:
        """A person writes."""
        return self.bring(product, person, text, {"type": "text", "text": {"body": text}})

    def choose(self, product: str, person: str, place: int) -> Brought:
        """Presses the n-th choice, counted from 1, of the last message that has some."""
        said = next(one for one in reversed(self.chats[product, person]) if one.get("choices"))
        mark, title = said["choices"][place - 1]
        kind = "list_reply" if said.get("is_list") else "button_reply"
        choice = {"type": kind, kind: {"id": mark, "title": title}}
        whatsapp = {"type": "interactive", "interactive": choice, "context": {"id": said["id"]}}
        return self.bring(product, person, title, whatsapp, quick_reply={"payload": mark})

    def send_file(
        self, product: str, person: str, content: bytes, kind: str, caption: str = ""
    ) -> Brought:
        """A picture or a document."""
        mark = str(900_000_000 + self._next())
        self.files[mark] = (kind, content)
        family = kind.partition("/")[0]
        name = family if family in ("image", "video", "audio") else "document"
        about = {"id": mark, "mime_type": kind, "sha256": sha256(content).hexdigest()}
        about |= {"caption": caption} if caption else {}
        about |= {"filename": "paper.pdf"} if name == "document" else {}
        shown = {"image": "image", "video": "video", "audio": "audio"}.get(name, "file")
        attached = [{"type": shown, "payload": {"url": f"{self.url}/files/{mark}"}}]
        whatsapp = {"type": name, name: about}
        return self.bring(product, person, caption, whatsapp, attachments=attached)

    def bring(self, product: str, person: str, text: str, whatsapp: Json, **more: Any) -> Brought:
        """A message of any kind, with its words for each product."""
        mid = self.new_id(product)
        chat = product, _NUMBERS.get(person, person)
        self.heard[chat] = self.clock()
        self.chats.setdefault(chat, []).append(
            {"id": mid, "text": text, "from_us": False, "at": self.clock()}
        )
        if product == "whatsapp":
            who = {"from": person} if person.isdecimal() else {}
            who["from_user_id"] = OWN_IDS.get(person, person)
            message = {**who, "id": mid, "timestamp": str(int(self.clock())), **whatsapp}
            return self.whatsapp_call(person, messages=[message])
        message = {"mid": mid, **({"text": text} if text else {}), **more}
        return self.messaging_call(product, person, message=message)

    def react(self, product: str, person: str, message: str, emoji: str) -> Brought:
        """A heart under a message."""
        if product == "whatsapp":
            reaction = {"message_id": message, "emoji": emoji}
            about = {"from": person, "from_user_id": OWN_IDS.get(person, person)}
            about |= {"id": self.new_id(product)}
            about |= {"timestamp": str(int(self.clock())), "type": "reaction"}
            return self.whatsapp_call(person, messages=[{**about, "reaction": reaction}])
        reaction = {"mid": message, "action": "react", "emoji": emoji, "reaction": "love"}
        return self.messaging_call(product, person, reaction=reaction)

    def status(self, message: str, status: str, code: int = 0, key: str = "") -> Brought:
        """What became of a WhatsApp message of ours."""
        about: Json = {"id": message, "status": status, "timestamp": str(int(self.clock()))}
        about |= {"recipient_id": "15550783881"}
        about |= {"recipient_user_id": OWN_IDS["15550783881"]}
        about |= {"biz_opaque_callback_data": key} if key else {}
        told = {"code": code, "title": "Message failed", "message": "Message failed"}
        about |= {"errors": [{**told, "error_data": {"details": "It failed"}}]} if code else {}
        return self.whatsapp_call("15550783881", statuses=[about])

    def whatsapp_call(self, person: str, **value: Any) -> Brought:
        """A call about the WhatsApp number, as Meta brings it."""
        known = {"wa_id": person} if person.isdecimal() else {}
        known["user_id"] = OWN_IDS.get(person, person)
        name = PEOPLE["whatsapp"].get(_NUMBERS.get(person, person), "Somebody")
        about = {
            "messaging_product": "whatsapp",
            "metadata": {
                "display_phone_number": "15556661234",
                "phone_number_id": ACCOUNTS["whatsapp"],
            },
            "contacts": [{"profile": {"name": name}, **known}],
            **value,
        }
        change = {"field": "messages", "value": about}
        entry = {"id": BUSINESS, "changes": [change]}
        return self.signed({"object": "whatsapp_business_account", "entry": [entry]})

    def messaging_call(self, product: str, person: str, **item: Any) -> Brought:
        """A call about the page or the Instagram account, as Meta brings it."""
        now, account = int(self.clock() * 1000), ACCOUNTS[product]
        about = {"sender": {"id": person}, "recipient": {"id": account}, "timestamp": now, **item}
        entry = {"id": account, "time": now, "messaging": [about]}
        return self.signed(
            {"object": "page" if product == "messenger" else product, "entry": [entry]}
        )

    def public(self, product: str, change: Json) -> Brought:
        """A call about something that everybody reads; `change` is the square's."""
        return self.signed(change_call(product, ACCOUNTS[product], change, self.clock()))

    def signed(self, payload: Json) -> Brought:
        """Any call, signed. Meta escapes what is not ASCII before it signs."""
        body = json.dumps(payload).encode()
        mac = hmac.new(self.secret.encode(), body, sha256).hexdigest()
        headers = {"content-type": "application/json", "x-hub-signature-256": f"sha256={mac}"}
        return Brought(body, headers)

    def question(self, token: str = VERIFY, challenge: str = "1158201444") -> Brought:
        """How Meta checks an address that was entered."""
        asked = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": token}
        return Brought(b"", {}, urlencode(asked), "GET")

    def said(self, product: str, person: str) -> list[Json]:
        """What we said to a person."""
        return [one for one in self.chats.get((product, person), []) if one["from_us"]]

    def new_id(self, product: str) -> str:
        """A message's id, in the product's form."""
        self._counter += 1
        stem = {"whatsapp": "wamid.HBgLMTU1NTA3ODM4ODEVAgASGBQ", "messenger": "m_"}
        return f"{stem.get(product, 'aWdfZAG1faXRlbToxOk1lc3')}{self._counter:08d}"

    def _next(self) -> int:
        self._counter += 1
        return self._counter

    # ---- the Graph API ----------------------------------------------------------------------

    async def _asked(self, request: Request) -> tuple[Json, Files]:
        """What a call says, without who calls."""
        kind, raw = request.headers.get("content-type", ""), await request.body()
        told, files = arguments_in(kind, raw, dict(request.query_params))
        return {name: told[name] for name in told if name not in _CALLER}, files

    async def _refuses(self, request: Request) -> Refusal | None:
        """Who calls says so in a header, in the address or in the body."""
        if request.path_params["version"] != self.version:
            return Refusal(400, 2500, message="Unknown path components")
        kind, raw = request.headers.get("content-type", ""), await request.body()
        try:
            told, _ = arguments_in(kind, raw, dict(request.query_params))
        except ValueError:
            return Refusal(400, 100, message="Invalid JSON")
        login = request.headers.get("authorization") or f"Bearer {told.get('access_token', '')}"
        if login != f"Bearer {self.token}":
            return Refusal(
                401, 190, message="Invalid OAuth access token - Cannot parse access token"
            )
        proof = told.get("appsecret_proof")
        mac = hmac.new(self.secret.encode(), self.token.encode(), sha256).hexdigest()
        if proof is not None and proof != mac:
            return Refusal(400, 100, message="Invalid appsecret_proof provided in the API argument")
        return None

    async def _message(self, request: Request) -> Response:
        if refusal := await self._refuses(request):
            return _no(refusal)
        account = request.path_params["id"]
        product = next((name for name, mark in ACCOUNTS.items() if mark == account), None)
        if product is None:
            return _no(Refusal(400, 100, 33, "Unsupported post request."))
        body, files = await self._asked(request)
        if "sender_action" in body or body.get("status") == "read":
            return self._glance(body)
        behaviour = self.script.pop(0) if self.script else None
        if isinstance(behaviour, int):
            behaviour = Refusal(*CODES.get(behaviour, (behaviour, 1)))
        if isinstance(behaviour, Refusal):
            return _no(behaviour)
        made = await asyncio.to_thread(self._take, product, body, files)
        if isinstance(made, Refusal):
            return _no(made)
        if behaviour == "silence":
            await asyncio.sleep(2)
        return JSONResponse(made)

    async def _upload(self, request: Request) -> Response:
        """WhatsApp keeps a file, which a message may then name."""
        if refusal := await self._refuses(request) or self._scripted():
            return _no(refusal)
        fields, files = await self._asked(request)
        if refusal := refuses_upload(fields, files):
            return _no(refusal)
        mark = str(900_000_000 + self._next())
        self.files[mark] = files["file"][1:]
        return JSONResponse({"id": mark})

    async def _answer(self, request: Request) -> Response:
        """Under a public post."""
        if refusal := await self._refuses(request) or self._scripted():
            return _no(refusal)
        edge = request.url.path.rsplit("/", 1)[1]
        body, _ = await self._asked(request)
        made = self.square.answer(request.path_params["id"], edge, body)
        return _no(made) if isinstance(made, Refusal) else JSONResponse(made)

    async def _with_usage(self, request: Request, go_on: RequestResponseEndpoint) -> Response:
        """The answer, with the account of use that each bears."""
        answer = await go_on(request)
        spent = {"call_count": self.used, "total_cputime": self.used, "total_time": self.used}
        answer.headers["x-app-usage"] = json.dumps(spent)
        parts = request.url.path.split("/")
        product = next((name for name, mark in ACCOUNTS.items() if mark in parts), None)
        if product is not None:
            mark = BUSINESS if product == "whatsapp" else ACCOUNTS[product]
            spent |= {"type": product, "estimated_time_to_regain_access": self.rest_minutes}
            answer.headers["x-business-use-case-usage"] = json.dumps({mark: [spent]})
        answer.headers["facebook-api-version"] = self.version
        return answer

    def _scripted(self) -> Refusal | None:
        behaviour = self.script.pop(0) if self.script else None
        if isinstance(behaviour, int):
            return Refusal(*CODES.get(behaviour, (behaviour, 1)))
        return behaviour if isinstance(behaviour, Refusal) else None

    def _glance(self, body: Json) -> Response:
        """A read mark, or the three dots."""
        if body.get("status") == "read":
            known = [one["id"] for chat in self.chats.values() for one in chat]
            if body.get("message_id") not in known:
                return _no(Refusal(400, 131009, message="Parameter value is not valid"))
            self.seen.append(body["message_id"])
            self.typing += [body["message_id"]] if "typing_indicator" in body else []
            return JSONResponse({"success": True})
        person = body["recipient"]["id"]
        if body["sender_action"] not in ("mark_seen", "typing_on", "typing_off"):
            return _no(Refusal(400, 100))
        (self.seen if body["sender_action"] == "mark_seen" else self.typing).append(person)
        return JSONResponse({"recipient_id": person})

    def _take(self, product: str, body: Json, files: Any) -> Json | Refusal:
        recipient = body.get("recipient")
        if isinstance(recipient, dict) and {"comment_id", "post_id"} & set(recipient):
            return self._take_private(product, recipient, body)
        person = body.get("to") or body.get("recipient") or ""
        person = person["id"] if isinstance(person, dict) else person
        person = _NUMBERS.get(person, person)
        silence = self.clock() - self.heard.get((product, person), 0.0)
        if product == "whatsapp":
            is_file = body.get("type") in WHATSAPP
            refusal = refuses_media(body, self.files) if is_file else refuses_whatsapp(body)
        else:
            refusal = refuses_messaging(body, product == "instagram", silence)
            if "attachment" in body.get("message", {}) and product == "instagram":
                found = brought(body["message"], self.fetch)
                refusal = refusal or (found if isinstance(found, Refusal) else None)
                files = {} if isinstance(found, Refusal) else {"filedata": found}
            elif "attachment" in body.get("message", {}):
                refusal = refusal or refuses_attachment(body["message"], files)
        if person not in PEOPLE[product]:
            lost = Refusal(400, 131026) if product == "whatsapp" else Refusal(400, 100, 2018001)
            refusal = refusal if refusal and product == "whatsapp" else lost
        if refusal:
            return refusal
        message = shown(body, files, self.files) | {
            "id": self.new_id(product),
            "from_us": True,
            "at": self.clock(),
        }
        # Cloud API takes it and tells the failure later, by the webhook.
        is_outside = silence > WINDOW and body.get("type") in ("text", "interactive", *WHATSAPP)
        message["failed"] = 131047 if is_outside else 0
        self.chats.setdefault((product, person), []).append(message)
        if product == "whatsapp":
            contact = {"input": person, "wa_id": person}
            made = {"messaging_product": "whatsapp", "contacts": [contact]}
            return {**made, "messages": [{"id": message["id"]}]}
        return {"recipient_id": person, "message_id": message["id"]}

    def _take_private(self, product: str, recipient: Json, body: Json) -> Json | Refusal:
        """The one private answer to a post: it opens no window."""
        text = body.get("message", {}).get("text", "")
        if not text or len(text.encode()) > 1000:
            return Refusal(400, 100, message="message must be given")
        person = self.square.privately(product, recipient)
        if isinstance(person, Refusal):
            return person
        message = {"id": self.new_id(product), "text": text, "from_us": True, "choices": []}
        message |= {"at": self.clock(), "about": dict(recipient)}
        self.chats.setdefault((product, person), []).append(message)
        return {"recipient_id": person, "message_id": message["id"]}

    async def _media(self, request: Request) -> Response:
        if refusal := await self._refuses(request) or self._scripted():
            return _no(refusal)
        mark = request.path_params["id"]
        fields = request.query_params.get("fields", "")
        if product := next((one for one in ("messenger", "instagram") if mark in PEOPLE[one]), ""):
            self.asked.append((mark, fields))
            return self._profile(product, mark, fields)
        told = self.square.told(mark, fields)
        if told is not None:
            return _no(told) if isinstance(told, Refusal) else JSONResponse(told)
        if mark == ACCOUNTS["whatsapp"]:
            known = {"display_phone_number": "15556661234", "verified_name": "Acme"}
            return JSONResponse({**known, "id": mark})
        if mark in ACCOUNTS.values():
            return JSONResponse({"name": "Acme", "id": mark})
        if mark not in self.files:
            return _no(Refusal(400, 100, 33, "Unsupported get request."))
        kind, content = self.files[mark]
        about = {"url": f"{self.url}/files/{mark}", "mime_type": kind, "file_size": len(content)}
        digest = sha256(content).hexdigest()
        return JSONResponse(
            {**about, "sha256": digest, "id": mark, "messaging_product": "whatsapp"}
        )

    def _profile(self, product: str, person: str, fields: str) -> Response:
        """Who somebody is."""
        if person in self.gone:
            return _no(Refusal(400, 100, 33, "Unsupported get request. Object does not exist"))
        if person in self.by_phone:
            return _no(Refusal(400, 100, 2018218, "No profile available for this user."))
        has_written = (product, person) in self.heard
        if refusal := refuses_profile(product, fields, self.granted, has_written):
            return _no(refusal)
        name = "" if person in self.nameless else PEOPLE[product][person]
        return JSONResponse(profile_of(person, name, self.locale, fields))

    async def _file(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return Response("", 401)
        mark = re.sub(r"\D", "", request.path_params["file"])
        if mark not in self.files:
            return Response("", 404)
        kind, content = self.files[mark]
        return Response(content, media_type=kind)


def _no(refusal: Refusal) -> Response:
    return JSONResponse(refusal.body, refusal.status)


@contextmanager
def running(graph: FakeGraph, port: int = 0) -> Iterator[FakeGraph]:
    """Serves it on loopback."""
    with serving(graph.app, port) as graph.url:
        yield graph

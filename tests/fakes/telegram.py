"""A small real Telegram: the Bot API of one bot, its chats, and the updates that it brings with the webhook's secret.

It refuses what Telegram refuses, in Telegram's words.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes.forms import form_in, size_of
from tests.fakes.serving import serving

Json = dict[str, Any]
Form = dict[str, tuple[str, str, bytes]]
MEGABYTE = 1024 * 1024

BOT = 7001002003
TOKEN = f"{BOT}:AAfake-" + "t" * 30
SECRET = "hook-" + "s" * 30
USERNAME = "acme_help_bot"
ANN, BEN, BLOCKER = 501, 502, 503
GROUP, LEFT = -1001234567890, -1009999999999
NAMES = {ANN: "Ann", BEN: "Ben", BLOCKER: "Bob"}


@dataclass(frozen=True)
class Brought:
    """A call of the webhook. Header names are lower case, as they arrive."""

    body: bytes
    headers: dict[str, str]


@dataclass
class FakeTelegram:
    """One bot, the chats that it knows, and the switches."""

    clock: Callable[[], float] = time.time
    url: str = ""
    token: str = TOKEN
    secret: str = SECRET
    webhook: str = ""
    """Where updates were asked for; tests carry them there themselves."""
    script: list[int | str] = field(default_factory=list)
    """What the next sendMessage meets, used up in order: a status, or `silence`."""
    messages: dict[int, list[Json]] = field(default_factory=dict)
    answered: list[str] = field(default_factory=list)
    """Presses that were answered."""
    typing: list[int] = field(default_factory=list)
    files: dict[str, tuple[str, str, bytes]] = field(default_factory=dict)
    """Name, type and content by file id."""
    _counter: int = 100

    def __post_init__(self) -> None:
        self.app = Starlette(
            routes=[
                Route("/bot{token}/{method}", self._call, methods=["GET", "POST"]),
                Route("/file/bot{token}/files/{mark}", self._file),
            ]
        )

    # ---- what people do ---------------------------------------------------------------------

    def say(self, person: int, chat: int, text: str, reply_to: int = 0, **more: Any) -> Brought:
        """A message; in reply to one of the same chat, if told so."""
        message = self._message(self._user(person), chat, text) | more
        if reply_to:
            message["reply_to_message"] = self.at(chat, reply_to)
        self.messages.setdefault(chat, []).append(message)
        return self.update(message=message)

    def send_file(self, person: int, chat: int, name: str, kind: str, content: bytes) -> Brought:
        """A document with the name, or a picture without one."""
        mark = f"BQAC{self._next()}"
        self.files[mark] = (name, kind, content)
        about: Json = {"file_id": mark, "file_unique_id": "u", "file_size": len(content)}
        if kind.startswith("image/"):
            small = {**about, "file_id": "BQAC-thumb"}
            return self.say(person, chat, "", photo=[small, about])
        return self.say(person, chat, "", document={**about, "file_name": name, "mime_type": kind})

    def edit(self, chat: int, message: int, text: str) -> Brought:
        """Its author changes a message."""
        said = self.at(chat, message)
        said |= {"text": text, "edit_date": int(self.clock()) + self._next()}
        return self.update(edited_message=said)

    def press(self, person: int, chat: int, message: int, place: int) -> Brought:
        """Presses the n-th button of a message, counted from 1."""
        said = self.at(chat, message)
        buttons = [item for row in said["reply_markup"]["inline_keyboard"] for item in row]
        query = {
            "id": f"44{self._next()}",
            "from": self._user(person),
            "message": said,
            "chat_instance": "-77",
            "data": buttons[place - 1]["callback_data"],
        }
        return self.update(callback_query=query)

    def update(self, **what: Any) -> Brought:
        """Any update, as Telegram brings it."""
        body = json.dumps({"update_id": 9_000_000 + self._next(), **what}).encode()
        headers = {"content-type": "application/json"}
        if self.secret:
            headers["x-telegram-bot-api-secret-token"] = self.secret
        return Brought(body, headers)

    def at(self, chat: int, message: int) -> Json:
        """A message by its number."""
        return next(one for one in self.messages[chat] if one["message_id"] == message)

    def said(self, chat: int) -> list[Json]:
        """What the bot said in a chat."""
        return [one for one in self.messages.get(chat, []) if one["from"]["id"] == BOT]

    def _message(self, user: Json, chat: int, text: str) -> Json:
        kind = {"type": "private"} if chat > 0 else {"type": "supergroup", "title": "Friends"}
        return {
            "message_id": self._next(),
            "from": user,
            "chat": {"id": chat, **kind},
            "date": int(self.clock()),
            "text": text,
        }

    @staticmethod
    def _user(person: int) -> Json:
        return {
            "id": person,
            "is_bot": False,
            "first_name": NAMES[person],
            "last_name": "Example",
            "username": NAMES[person].lower(),
            "language_code": "en",
        }

    def own(self) -> Json:
        """The bot as a user."""
        return {"id": BOT, "is_bot": True, "first_name": "Help", "username": USERNAME}

    def _next(self) -> int:
        self._counter += 1
        return self._counter

    # ---- the Bot API ------------------------------------------------------------------------

    async def _call(self, request: Request) -> Response:
        if request.path_params["token"] != self.token:
            return _no(401, "Unauthorized")
        method, (about, files) = request.path_params["method"], await _arguments(request)
        match method:
            case "sendMessage":
                return await self._send(about)
            case "sendDocument" | "sendPhoto":
                return await self._send_file(about, method.removeprefix("send").lower(), files)
            case "getFile":
                return self._get_file(str(about["file_id"]))
            case "getMe":
                return _yes(self.own())
            case "setWebhook":
                return self._set_webhook(about.get("url", ""), about.get("secret_token", ""))
            case "getWebhookInfo":
                about = {"has_custom_certificate": False, "pending_update_count": 0}
                return _yes({"url": self.webhook, **about})
            case "answerCallbackQuery":
                self.answered.append(about["callback_query_id"])
                return _yes(True)
            case "editMessageReplyMarkup":
                message = self.at(about["chat_id"], about["message_id"])
                message["reply_markup"] = about["reply_markup"]
                return _yes(message)
            case "sendChatAction" if about["action"] == "typing":
                self.typing.append(about["chat_id"])
                return _yes(True)
        return _no(404, "Not Found")

    def _set_webhook(self, url: str, secret: str) -> Response:
        """From then on updates come with this secret."""
        if url and urlsplit(url).scheme != "https":
            told = "bad webhook: An HTTPS URL must be provided for webhook"
            return _no(400, f"Bad Request: {told}")
        if not re.fullmatch("[A-Za-z0-9_-]{0,256}", secret):
            return _no(400, "Bad Request: secret token contains unallowed characters")
        self.webhook, self.secret = url, secret
        return _yes(True)

    def _get_file(self, mark: str) -> Response:
        if mark not in self.files:
            return _no(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        if len(self.files[mark][2]) > 20 * MEGABYTE:
            return _no(400, "Bad Request: file is too big")
        return _yes({"file_id": mark, "file_path": f"files/{mark}"})

    async def _file(self, request: Request) -> Response:
        file = self.files.get(request.path_params["mark"])
        if request.path_params["token"] != self.token or file is None:
            return Response(status_code=404)
        return Response(file[2])

    async def _send(self, about: Json) -> Response:
        said = {key: about[key] for key in ("text", "entities") if key in about}
        return await self._take(about, self._refusal(about), said)

    async def _send_file(self, about: Json, field: str, files: Form) -> Response:
        """A picture comes in several sizes and without its name, a document as it is."""
        if field not in files:
            return _no(400, f"Bad Request: there is no {field} in the request")
        name, kind, content = files[field]
        refusal = self._refusal_of_chat(about["chat_id"]) or _refusal_of_file(field, content)
        mark = f"BQAC{self._next()}"
        self.files[mark] = (name, kind, content)
        document = {"file_name": name, "mime_type": kind}
        shown = {"file_id": mark, "file_size": len(content)}
        said = [shown] if field == "photo" else {**document, **shown}
        return await self._take(about, refusal, {field: said})

    async def _take(self, about: Json, refusal: Response | None, said: Json) -> Response:
        behaviour = self.script.pop(0) if self.script else None
        if behaviour == 429:
            wait = {"parameters": {"retry_after": 30}}
            return _no(429, "Too Many Requests: retry after 30", **wait)
        if isinstance(behaviour, int):
            return _no(behaviour, "Scripted")
        if refusal:
            return refusal
        message = self._message(self.own(), about["chat_id"], "") | said
        message |= {key: about[key] for key in ("reply_markup", "reply_parameters") if key in about}
        self.messages.setdefault(about["chat_id"], []).append(message)
        if behaviour == "silence":
            await asyncio.sleep(2)
        return _yes(message)

    def _refusal_of_chat(self, chat: int) -> Response | None:
        if chat == BLOCKER:
            return _no(403, "Forbidden: bot was blocked by the user")
        if chat == LEFT:
            return _no(403, "Forbidden: bot was kicked from the supergroup chat")
        if chat not in NAMES and chat != GROUP:
            return _no(400, "Bad Request: chat not found")
        return None

    def _refusal(self, about: Json) -> Response | None:
        text = about["text"]
        if refusal := self._refusal_of_chat(about["chat_id"]):
            return refusal
        if not text.strip():
            return _no(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > 4096:
            return _no(400, "Bad Request: message is too long")
        if "parse_mode" in about or not _are_entities(about.get("entities", []), text):
            return _no(400, "Bad Request: can't parse entities")
        keyboard = about.get("reply_markup", {}).get("inline_keyboard", [])
        for button in (item for row in keyboard for item in row):
            if not 1 <= len(button["callback_data"].encode()) <= 64 or not button["text"]:
                return _no(400, "Bad Request: BUTTON_DATA_INVALID")
        return None


_OBJECTS = {"reply_markup", "entities", "reply_parameters", "link_preview_options"}
_NUMBERS = {"chat_id", "message_id"}


async def _arguments(request: Request) -> tuple[Json, Form]:
    """What a method is told, in any of the ways that Telegram takes: the address, JSON and both kinds of forms."""
    kind, raw = request.headers.get("content-type", ""), await request.body()
    about, files = dict[str, Any](request.query_params), {}
    if kind.startswith("multipart/form-data"):
        told, files = form_in(kind, raw)
    elif kind.startswith("application/x-www-form-urlencoded"):
        told = dict(parse_qsl(raw.decode(), keep_blank_values=True))
    else:
        told = json.loads(raw or b"{}")
    about |= told
    for name in _OBJECTS & about.keys():
        about[name] = json.loads(about[name]) if isinstance(about[name], str) else about[name]
    for name in _NUMBERS & about.keys():
        about[name] = int(about[name])
    return about, files


_ENTITIES = {"bold", "italic", "code", "pre", "blockquote", "text_link"}
_ALONE = {"code", "pre"}


def _are_entities(entities: list[Json], text: str) -> bool:
    """As Telegram publishes it (core.telegram.org/bots/api#messageentity): within the text, one within the other or
    apart, nothing else with code, no quotation in a quotation; at most a hundred are shown."""
    spans = [(one["offset"], one["offset"] + one["length"], one["type"]) for one in entities]
    length = len(text.encode("utf-16-le")) // 2
    if len(entities) > 100 or any(kind not in _ENTITIES for _, _, kind in spans):
        return False
    if any(not 0 <= start < end <= length for start, end, _ in spans):
        return False
    for place, (start, end, kind) in enumerate(spans):
        for begins, ends, other in spans[place + 1 :]:
            if ends <= start or end <= begins:
                continue
            is_inside = (start <= begins and ends <= end) or (begins <= start and end <= ends)
            if not is_inside or {kind, other} & _ALONE or kind == other:
                return False
            if {kind, other} == {"blockquote", "text_link"}:
                return False
    return all(
        re.match(r"(https?://|mailto:)\S", one["url"])
        for one in entities
        if one["type"] == "text_link"
    )


def _refusal_of_file(field: str, content: bytes) -> Response | None:
    if not content:
        return _no(400, "Bad Request: file must be non-empty")
    if len(content) > (10 if field == "photo" else 50) * MEGABYTE:
        return _no(413, "Request Entity Too Large")
    if field == "document":
        return None
    sides = size_of(content)
    if sides is None:
        return _no(400, "Bad Request: IMAGE_PROCESS_FAILED")
    if sum(sides) > 10_000 or max(sides) > 20 * min(sides):
        return _no(400, "Bad Request: PHOTO_INVALID_DIMENSIONS")
    return None


def _yes(result: Any) -> Response:
    return JSONResponse({"ok": True, "result": result})


def _no(status: int, description: str, **more: Any) -> Response:
    body = {"ok": False, "error_code": status, "description": description, **more}
    return JSONResponse(body, status)


@contextmanager
def running(telegram: FakeTelegram, port: int = 0) -> Iterator[FakeTelegram]:
    """Serves it on loopback."""
    with serving(telegram.app, port) as telegram.url:
        yield telegram

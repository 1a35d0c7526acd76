"""A small real Slack: one workspace with its Web API, signed events with the real retries, buttons and commands.

The vendor's clients talk to it unmodified through their `base_url`. What people do in the workspace (`say`,
`edit`, `press`, `command` ...) gives the signed requests that Slack would make of it, and brings them to
`events_url` and `actions_url` where these are set, or over the socket where `socket_mode` is on.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlencode

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from tests.fakes.slack_answers import Answers
from tests.fakes.slack_oauth import OAuth
from tests.fakes.slack_rules import is_view, refusal_of_message

Json = dict[str, Any]

BOT_TOKEN = "xoxb-fake-" + "b" * 24
SOCKETS = 10
APP_TOKEN = "xapp-fake-" + "a" * 24
SIGNING_SECRET = "5a" * 16
TEAM, APP, BOT, BOT_USER = "T0ACME", "A0APP", "B0BOT", "U0BOT"
ANN, BEN = "U0ANN", "U0BEN"
HELP, RANDOM, OLD, FOREIGN = "C0HELP", "C0RANDOM", "C0OLD", "C0FOREIGN"
MAYA, LEO, CARE, ORDERS = "U0MAYA", "U0LEO", "C0CARE", "C0ORDERS"
"""Colleagues, and the channels of their teams."""
NAMES = {ANN: "Ann Example", BEN: "Ben Example", MAYA: "Maya Torres", LEO: "Leo Ng"}


@dataclass(frozen=True)
class Signed:
    """A request as Slack makes it. Header names are lower case, as they arrive."""

    body: bytes
    headers: dict[str, str]


@dataclass
class Delivery:
    """One attempt to bring a request, and the status it got; 0: no answer in time."""

    request: Signed
    status: int
    body: bytes = b""


@dataclass
class Upload:
    """A file that is announced: `content` once it has come."""

    name: str
    length: int
    content: bytes | None = None


@dataclass
class FakeSlack:
    """The workspace and its switches. Attributes may be set from the test while it runs."""

    clock: Callable[[], float] = time.time
    secret: str = SIGNING_SECRET
    token: str = BOT_TOKEN
    app_token: str = APP_TOKEN
    url: str = ""
    events_url: str = ""
    actions_url: str = ""
    retry_after: tuple[float, ...] = (0.0, 60.0, 300.0)
    answer_seconds: float = 3.0
    trigger_seconds: float = 3.0
    """How long a form may be opened after somebody asked for it."""
    socket_mode: bool = False
    acknowledged: dict[str, Json | None] = field(default_factory=dict)
    """Envelope ids of frames that were acknowledged, with the answer that came along."""
    opened_sockets: int = 0
    knows_people: bool = True
    """The app may read the directory of the workspace (`users:read`)."""
    nicknames: dict[str, str] = field(default_factory=dict)
    locale: str = "en-US"
    paces: bool = False
    """One message a second and channel, as Slack allows; else 429."""
    rest_seconds: int = 30
    """The Retry-After of a 429 that a script asks for."""
    refused: int = 0
    """How often it was too much."""
    impatient: int = 0
    """How often a method was called again before its Retry-After was over."""
    scripts: list[tuple[str, str]] = field(default_factory=list)
    """(method, behaviour), used up in order: 429, 503, 500, garbage, silence, hang up, or an error code."""
    messages: dict[str, list[Json]] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)
    calls: list[tuple[str, Json]] = field(default_factory=list)
    assistant_threads: set[tuple[str, str]] = field(default_factory=set)
    prompts: dict[str, list[Json]] = field(default_factory=dict)
    writing: dict[str, str] = field(default_factory=dict)
    """By thread: what the assistant view offers there, and what it says that the app is doing until it answers."""
    whispers: list[Json] = field(default_factory=list)
    """What one person alone was told: `channel`, `user`, `text`, `blocks`."""
    views: list[Json] = field(default_factory=list)
    homes: dict[str, Json] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    """Files that are announced and not shared yet, by their id."""
    deliveries: list[Delivery] = field(default_factory=list)
    _counter: int = 0
    _posted_at: dict[str, float] = field(default_factory=dict)
    _rests_until: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.members = {
            HELP: {ANN, BEN, BOT_USER},
            RANDOM: {ANN, BEN},
            OLD: {ANN, BOT_USER},
            FOREIGN: {ANN, BOT_USER},
            CARE: {MAYA, LEO, BOT_USER},
            ORDERS: {MAYA, LEO, BOT_USER},
            self.direct(ANN): {ANN, BOT_USER},
            self.direct(BEN): {BEN, BOT_USER},
        }
        self.oauth = OAuth(lambda: self.clock())
        self.answers = Answers(self)
        self._tickets: set[str] = set()
        self._triggers: dict[str, float] = {}
        self._exchanged: set[str] = set()
        self._waiting: dict[str, Callable[[bytes], None]] = {}
        self._sockets: list[WebSocket] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self.app = Starlette(
            routes=[
                Route("/oauth/v2/authorize", self.oauth.authorize),
                Route("/oauth/v2/consent", self.oauth.consent, methods=["POST"]),
                Route("/api/{method}", self._call, methods=["GET", "POST"]),
                Route("/respond/{mark}", self.answers.take, methods=["POST"]),
                WebSocketRoute("/link", self._link),
                Route("/files-pri/{id}/{name}", self._file),
                Route("/upload/v1/{id}", self._take_file, methods=["POST"]),
            ]
        )

    @staticmethod
    def direct(user: str) -> str:
        """The direct messages between a person and the app."""
        return "D" + user[1:]

    # ---- what people do ---------------------------------------------------------------------

    def say(
        self, user: str, channel: str, text: str, thread: str = "", **more: Any
    ) -> list[Signed]:
        """A message and the events it makes: one, or two where the app is mentioned in a channel."""
        message = {"type": "message", "user": user, "text": text, "ts": self._ts(), "team": TEAM}
        message["client_msg_id"] = f"00000000-0000-4000-8000-{self._counter:012d}"
        if thread:
            message |= {"thread_ts": thread, "parent_user_id": self.at(channel, thread)["user"]}
        message |= more
        self.messages.setdefault(channel, []).append(message)
        return self._bring_events(*self._events_of(channel, message))

    def share(self, user: str, channel: str, text: str, **files: bytes) -> list[Signed]:
        """A message with files; `_` in a name stands for its dot."""
        about = []
        for name, content in files.items():
            file = f"F0{len(self.files)}"
            self.files[file] = content
            name = name.replace("_", ".")
            about.append(
                {
                    "id": file,
                    "name": name,
                    "mimetype": "image/png" if name.endswith("png") else "text/plain",
                    "size": len(content),
                    "url_private": f"{self.url}/files-pri/{file}/{name}",
                    "permalink": f"https://acme.slack.com/files/{user}/{file}/{name}",
                }
            )
        return self.say(user, channel, text, subtype="file_share", files=about)

    def edit(self, channel: str, ts: str, text: str) -> list[Signed]:
        """Its author changes a message."""
        before = self.at(channel, ts)
        after = {**before, "text": text, "edited": {"user": before["user"], "ts": self._ts()}}
        self.messages[channel][self.messages[channel].index(before)] = after
        changed = {"type": "message", "subtype": "message_changed", "hidden": True}
        changed |= {"message": after, "previous_message": before}
        return self._bring_events(self._located(channel, changed))

    def delete(self, channel: str, ts: str) -> list[Signed]:
        """Its author takes a message back."""
        before = self.at(channel, ts)
        self.messages[channel].remove(before)
        gone = {"type": "message", "subtype": "message_deleted", "hidden": True, "deleted_ts": ts}
        return self._bring_events(self._located(channel, gone | {"previous_message": before}))

    def press(self, user: str, channel: str, ts: str, place: int) -> list[Signed]:
        """Presses the n-th button of a message, counted from 1."""
        message = self.at(channel, ts)
        block, button = next(
            (block, block["elements"][place - 1])
            for block in message["blocks"]
            if block["type"] == "actions"
        )
        action = {**button, "block_id": block["block_id"], "action_ts": self._ts()}
        container = {"type": "message", "message_ts": ts, "channel_id": channel}
        payload = {
            "type": "block_actions",
            **self._actor(user),
            "container": container,
            "trigger_id": self._trigger(),
            "channel": {"id": channel, "name": "channel"},
            "message": message,
            "response_url": self.answers.address(channel, user, ts),
            "actions": [action],
        }
        return self._bring_actions(urlencode({"payload": json.dumps(payload)}))

    def press_in_whisper(self, user: str, place: int = 1) -> list[Signed]:
        """Presses a button of what only this person was told last."""
        told = next(one for one in reversed(self.whispers) if one["user"] == user)
        block = next(block for block in told["blocks"] if block["type"] == "actions")
        action = {**block["elements"][place - 1], "block_id": block["block_id"]}
        container = {"type": "message", "message_ts": told["ts"], "channel_id": told["channel"]}
        if told.get("thread_ts"):
            container["thread_ts"] = told["thread_ts"]
        payload = {
            "type": "block_actions",
            **self._actor(user),
            "container": {**container, "is_ephemeral": True},
            "trigger_id": self._trigger(),
            "channel": {"id": told["channel"], "name": "channel"},
            "actions": [{**action, "action_ts": self._ts()}],
        }
        return self._bring_actions(urlencode({"payload": json.dumps(payload)}))

    def press_in_view(self, user: str, view: Json, action: Json) -> list[Signed]:
        """Presses a button of a modal or of the home tab."""
        payload = {
            "type": "block_actions",
            **self._actor(user),
            "container": {"type": "view", "view_id": "V1"},
            "trigger_id": self._trigger(),
            "view": {**view, "id": "V1"},
            "actions": [action],
        }
        return self._bring_actions(urlencode({"payload": json.dumps(payload)}))

    def command(
        self, user: str, channel: str, text: str, command: str = "/support"
    ) -> list[Signed]:
        """Types a slash command."""
        fields = {
            "token": "legacy",
            "team_id": TEAM,
            "team_domain": "acme",
            "channel_id": channel,
            "channel_name": "channel",
            "user_id": user,
            "user_name": user.lower(),
            "command": command,
            "text": text,
            "api_app_id": APP,
            "is_enterprise_install": "false",
            "response_url": self.answers.address(channel, user),
            "trigger_id": self._trigger(),
        }

        def answered(body: bytes) -> None:
            self.answers.at_once(body, channel, user)

        return self._bring_actions(urlencode(fields), answered)

    def shortcut(
        self, user: str, channel: str, ts: str, callback: str = "open_ticket"
    ) -> list[Signed]:
        """Chooses our entry in the menu of a message."""
        payload = {
            "type": "message_action",
            **self._actor(user),
            "callback_id": callback,
            "trigger_id": self._trigger(),
            "action_ts": self._ts(),
            "message_ts": ts,
            "channel": {"id": channel, "name": "channel"},
            "message": self.at(channel, ts),
            "response_url": self.answers.address(channel, user),
        }
        return self._bring_actions(urlencode({"payload": json.dumps(payload)}))

    def submit(self, user: str, view: Json, values: dict[str, str]) -> list[Signed]:
        """Sends off a modal with these values by block id."""
        state = {
            block["block_id"]: {
                block["element"]["action_id"]: {"value": values.get(block["block_id"])}
            }
            for block in view["blocks"]
            if block["type"] == "input"
        }
        payload = {
            "type": "view_submission",
            **self._actor(user),
            "trigger_id": self._trigger(),
            "view": {**view, "state": {"values": state}},
        }

        def answered(body: bytes) -> None:
            self.answers.form(json.loads(body or b"null"), view)

        return self._bring_actions(urlencode({"payload": json.dumps(payload)}), answered)

    def open_assistant(self, user: str) -> list[Signed]:
        """Opens the assistant view: Slack makes a thread for it."""
        thread = {"user_id": user, "channel_id": self.direct(user), "thread_ts": self._ts()}
        self.assistant_threads.add((thread["channel_id"], thread["thread_ts"]))
        root = {"type": "message", "user": BOT_USER, "bot_id": BOT, "text": "New chat"}
        root |= {"ts": thread["thread_ts"]}
        self.messages.setdefault(thread["channel_id"], []).append(root)
        started = {
            "type": "assistant_thread_started",
            "assistant_thread": {**thread, "context": {}},
        }
        return self._bring_events({**started, "event_ts": self._ts()})

    def uninstall(self, team: str = TEAM) -> list[Signed]:
        """Somebody takes the app out of the workspace: its tokens end, and both news of that are told."""
        self.oauth.take_back(team)
        tokens = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [BOT_USER]}}
        return self._bring_events(tokens, {"type": "app_uninstalled"}, **self.of(team))

    def revoke(self, team: str = TEAM) -> list[Signed]:
        """Somebody takes the bot's token back; the app stays where it is."""
        self.oauth.take_back(team, is_uninstalled=False)
        tokens = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [BOT_USER]}}
        return self._bring_events(tokens, **self.of(team))

    @staticmethod
    def of(team: str) -> Json:
        """What the envelope of an event of another workspace says."""
        known = {"enterprise_id": None, "team_id": team, "user_id": BOT_USER, "is_bot": True}
        return {"team_id": team, "context_team_id": team, "authorizations": [known]}

    def open_home(self, user: str) -> list[Signed]:
        """Looks at the app's home tab."""
        opened = {"type": "app_home_opened", "user": user, "tab": "home"}
        return self._bring_events({**opened, "channel": self.direct(user), "event_ts": self._ts()})

    # ---- what Slack makes of it -------------------------------------------------------------

    def signed(self, body: bytes, media_type: str = "application/json") -> Signed:
        """Any body with a true signature of now."""
        at = str(int(self.clock()))
        mac = hmac.new(self.secret.encode(), b"v0:" + at.encode() + b":" + body, hashlib.sha256)
        headers = {
            "content-type": media_type,
            "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "x-slack-request-timestamp": at,
            "x-slack-signature": f"v0={mac.hexdigest()}",
        }
        return Signed(body, headers)

    def event(self, event: Json, **more: Any) -> Signed:
        """Any event in its envelope, signed."""
        self._counter += 1
        envelope = {
            "token": "legacy",
            "team_id": TEAM,
            "context_team_id": TEAM,
            "api_app_id": APP,
            "type": "event_callback",
            "event_id": f"Ev{self._counter:08d}",
            "event_time": int(self.clock()),
            "authorizations": [
                {"enterprise_id": None, "team_id": TEAM, "user_id": BOT_USER, "is_bot": True}
            ],
            "is_ext_shared_channel": False,
            "event": event,
            **more,
        }
        return self.signed(json.dumps(envelope).encode())

    def retried(self, request: Signed, attempt: int, reason: str = "http_timeout") -> Signed:
        """The same event once more: the same body, a new time and signature, and which attempt it is."""
        again = self.signed(request.body, request.headers["content-type"])
        marks = {"x-slack-retry-num": str(attempt), "x-slack-retry-reason": reason}
        return replace(again, headers={**again.headers, **marks})

    def challenge(self) -> Signed:
        """What Slack asks of an address before it brings events there."""
        return self.signed(
            json.dumps({"type": "url_verification", "challenge": "3eZbrw1a"}).encode()
        )

    def _events_of(self, channel: str, message: Json) -> Iterator[Json]:
        yield self._located(channel, message)
        is_direct = channel.startswith("D")
        if f"<@{BOT_USER}>" in message["text"] and not is_direct and "subtype" not in message:
            mention = self._located(channel, {**message, "type": "app_mention"})
            mention.pop("channel_type")
            yield mention

    def _located(self, channel: str, event: Json) -> Json:
        kind = "im" if channel.startswith("D") else "channel"
        at = event.get("ts") or self._ts()
        return {**event, "channel": channel, "channel_type": kind, "event_ts": at, "ts": at}

    def _actor(self, user: str) -> Json:
        return {
            "team": {"id": TEAM, "domain": "acme"},
            "user": {"id": user, "username": user.lower(), "name": user.lower(), "team_id": TEAM},
            "api_app_id": APP,
            "token": "legacy",
            "is_enterprise_install": False,
        }

    def _bring_events(self, *events: Json, **more: Any) -> list[Signed]:
        requests = [self.event(event, **more) for event in events]
        if self.socket_mode:
            for request in requests:
                self.bring_frame("events_api", json.loads(request.body))
        elif self.events_url:
            for request in requests:
                self._bring(self.events_url, request, self.retry_after)
        return requests

    def _bring_actions(
        self, body: str, answered: Callable[[bytes], None] = lambda body: None
    ) -> list[Signed]:
        """Buttons, commands and forms are brought once: the person sees the failure and tries again."""
        request = self.signed(body.encode(), "application/x-www-form-urlencoded")
        if self.socket_mode:
            fields = {name: values[0] for name, values in parse_qs(body, True).items()}
            if "payload" in fields:
                payload = json.loads(fields["payload"])
                self.bring_frame("interactive", payload, answered=answered)
            else:
                self.bring_frame("slash_commands", fields, answered=answered)
        elif self.actions_url:
            self._bring(self.actions_url, request, ())
            if self.deliveries[-1].status == 200:
                answered(self.deliveries[-1].body)
        return [request]

    def _bring(self, url: str, request: Signed, retry_after: tuple[float, ...]) -> None:
        for attempt in range(len(retry_after) + 1):
            if attempt:
                time.sleep(retry_after[attempt - 1])
                reason = "http_error" if self.deliveries[-1].status else "http_timeout"
                request = self.retried(request, attempt, reason)
            try:
                answer = httpx2.post(
                    url, content=request.body, headers=request.headers, timeout=self.answer_seconds
                )
            except httpx2.TransportError:
                self.deliveries.append(Delivery(request, 0))
                continue
            self.deliveries.append(Delivery(request, answer.status_code, answer.content))
            if answer.is_success or answer.headers.get("x-slack-no-retry") == "1":
                return

    # ---- Socket Mode ------------------------------------------------------------------------

    def bring_frame(
        self,
        kind: str,
        payload: Json,
        envelope: str = "",
        answered: Callable[[bytes], None] | None = None,
    ) -> str:
        """Sends a frame to one of the open sockets; its envelope id. With an id given: once more."""
        self._counter += 1
        is_again, envelope = bool(envelope), envelope or f"envelope-{self._counter}"
        is_event = kind == "events_api"
        frame = {"envelope_id": envelope, "type": kind, "accepts_response_payload": not is_event}
        if is_event:
            frame |= {"retry_attempt": int(is_again), "retry_reason": "timeout" if is_again else ""}
        if answered is not None:
            self._waiting[envelope] = answered
        assert self._loop is not None, "nobody has opened a socket"
        sending = self._send_frame({**frame, "payload": payload})
        asyncio.run_coroutine_threadsafe(sending, self._loop).result(5)
        return envelope

    def refresh_sockets(self) -> None:
        """Asks every socket to be opened anew, as Slack does once an hour or so."""
        assert self._loop is not None
        frame = {"type": "disconnect", "reason": "refresh_requested"}
        asyncio.run_coroutine_threadsafe(self._send_frame(frame), self._loop).result(5)

    async def _send_frame(self, frame: Json) -> None:
        if self._sockets:
            await self._sockets[-1].send_json(frame)

    async def _link(self, socket: WebSocket) -> None:
        ticket = socket.query_params.get("ticket", "")
        if ticket not in self._tickets:
            await socket.close(1008)
            return
        self._tickets.remove(ticket)
        await socket.accept()
        self._loop = asyncio.get_running_loop()
        self.opened_sockets += 1
        self._sockets.append(socket)
        about = {"connection_info": {"app_id": APP}, "num_connections": len(self._sockets)}
        await socket.send_json({"type": "hello", **about})
        try:
            while True:
                answer = await socket.receive_json()
                envelope, payload = answer["envelope_id"], answer.get("payload")
                self.acknowledged[envelope] = payload
                if answered := self._waiting.pop(envelope, None):
                    answered(json.dumps(payload).encode() if payload else b"")
        except WebSocketDisconnect:
            pass
        finally:
            self._sockets.remove(socket)

    def _apps_connections_open(self, call: Json) -> Response:
        """An address that opens one socket; ten at once are allowed."""
        if len(self._sockets) >= SOCKETS:
            return _no("too_many_websockets")
        self._counter += 1
        ticket = f"ticket-{self._counter}"
        self._tickets.add(ticket)
        return _yes(url=f"{self.url.replace('http', 'ws', 1)}/link?ticket={ticket}")

    # ---- the Web API ------------------------------------------------------------------------

    async def _call(self, request: Request) -> Response:
        method = request.path_params["method"]
        arguments = await _arguments(request)
        self.impatient += time.monotonic() < self._rests_until.get(method, 0.0)
        if scripted := await self._scripted(method, arguments):
            return scripted
        self.calls.append((method, arguments))
        if method == "oauth.v2.access":
            return JSONResponse(self.oauth.access(request, arguments))
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        good = self.app_token if method.startswith("apps.") else self.token
        if token != good and (refusal := self.oauth.refusal(token)):
            return _no(refusal if token else "not_authed")
        handler = getattr(self, "_" + re.sub(r"\W", "_", method).lower(), None)
        return handler(arguments) if handler else _no("unknown_method")

    async def _scripted(self, method: str, arguments: Json) -> Response | None:
        if not self.scripts or self.scripts[0][0] != method:
            return None
        behaviour = self.scripts.pop(0)[1]
        match behaviour:
            case "429":
                self._rests_until[method] = time.monotonic() + self.rest_seconds
                return self._too_much(self.rest_seconds)
            case "503":
                return JSONResponse({"ok": False, "error": "service_unavailable"}, 503)
            case "500":
                return Response("Something went wrong", 500, media_type="text/html")
            case "garbage":
                return Response("{", media_type="application/json")
            case "silence" | "hang up":
                taken = "_" + re.sub(r"\W", "_", method).lower()
                getattr(self, taken)(arguments)
                await asyncio.sleep(2 if behaviour == "silence" else 0)
                return Response(status_code=500, headers={"Connection": "close"})
        return _no(behaviour)

    def _too_much(self, seconds: int) -> Response:
        self.refused += 1
        headers = {"Retry-After": str(seconds)}
        return JSONResponse({"ok": False, "error": "ratelimited"}, 429, headers)

    async def _file(self, request: Request) -> Response:
        """A file, for who may see it; everybody else is led to the page where people sign in."""
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return Response(status_code=302, headers={"Location": f"{self.url}/signin"})
        content = self.files.get(request.path_params["id"])
        if content is None:
            return Response(status_code=404)
        named = f'attachment; filename="{request.path_params["name"]}"'
        return Response(content, headers={"Content-Disposition": named})

    def _auth_test(self, call: Json) -> Response:
        known = {"team_id": TEAM, "user_id": BOT_USER, "bot_id": BOT}
        return _yes(url="https://acme.slack.com/", team="Acme", user="threadline", **known)

    def _users_info(self, call: Json) -> Response:
        """Somebody in the directory."""
        user = str(call.get("user", ""))
        if not self.knows_people:
            return _no("missing_scope")
        if user not in NAMES:
            return _no("user_not_found")
        about = {"real_name": NAMES[user], "display_name": self.nicknames.get(user, "")}
        locale = {"locale": self.locale} if call.get("include_locale") else {}
        return _yes(user={"id": user, "team_id": TEAM, "profile": about, **locale})

    def _chat_postmessage(self, call: Json) -> Response:
        channel = str(call.get("channel", ""))
        channel = self.direct(channel) if channel.startswith("U") else channel
        if refusal := self._closed_to_us(channel) or refusal_of_message(call):
            return _no(refusal)
        thread = str(call.get("thread_ts") or "")
        if thread and not self._find(channel, thread):
            return _no("thread_not_found")
        if self.paces and time.monotonic() - self._posted_at.get(channel, -10.0) < 1.0:
            return self._too_much(1)
        self._posted_at[channel] = time.monotonic()
        message = self.post(channel, call, thread)
        return _yes(channel=channel, ts=message["ts"], message=message)

    def post(self, channel: str, said: Json, thread: str = "") -> Json:
        """A message of the app."""
        message = {"type": "message", "user": BOT_USER, "bot_id": BOT, "app_id": APP, "team": TEAM}
        message |= {"text": said.get("text", ""), "blocks": said.get("blocks") or []}
        message |= {"ts": self._ts(), "metadata": said.get("metadata")}
        if thread:
            message["thread_ts"] = thread
            self.writing.pop(thread, None)
        self.messages.setdefault(channel, []).append(message)
        return message

    def whisper(self, said: Json) -> Json:
        """What one person alone is told."""
        self.whispers.append({**said, "ts": self._ts()})
        return self.whispers[-1]

    def _files_getuploadurlexternal(self, call: Json) -> Response:
        length = str(call.get("length", ""))
        if not call.get("filename") or not length.isdecimal() or not int(length):
            return _no("invalid_arguments")
        self._counter += 1
        mark = f"F1UP{self._counter}"
        self.uploads[mark] = Upload(str(call["filename"]), int(length))
        return _yes(upload_url=f"{self.url}/upload/v1/{mark}", file_id=mark)

    async def _take_file(self, request: Request) -> Response:
        """Whoever holds the address may fill it, once, with what was announced; a token has no business there."""
        upload, content = self.uploads.get(request.path_params["id"]), await request.body()
        if upload is None or "authorization" in request.headers:
            return Response("no", 403)
        if len(content) != upload.length:
            return Response("no", 400)
        upload.content = content
        return Response(f"OK - {len(content)}")

    def _files_completeuploadexternal(self, call: Json) -> Response:
        """Shares what was uploaded; the message that then stands there is told to nobody by its name."""
        files, channel = json.loads(call["files"]), str(call.get("channel_id", ""))
        known = [self.uploads.pop(one["id"], None) for one in files]
        if not files or any(one is None or one.content is None for one in known):
            return _no("file_not_found")
        if not re.fullmatch(r"[CGDZ][A-Z0-9]{2,}", channel):
            return _no("invalid_arguments")
        if refusal := self._closed_to_us(channel):
            return _no(refusal)
        thread = str(call.get("thread_ts") or "")
        if thread and not self._find(channel, thread):
            return _no("invalid_thread_ts")
        shown = []
        for about, upload in zip(files, known, strict=True):
            assert upload is not None
            assert upload.content is not None
            self.files[about["id"]] = upload.content
            shown.append({"id": about["id"], "name": upload.name, "size": upload.length})
        message = {"type": "message", "user": BOT_USER, "text": "", "files": shown, "upload": False}
        message |= {"ts": self._ts(), "team": TEAM} | ({"thread_ts": thread} if thread else {})
        self.messages.setdefault(channel, []).append(message)
        return _yes(files=[{"id": one["id"], "title": one.get("title", "")} for one in files])

    def _closed_to_us(self, channel: str) -> str:
        """Why the app cannot write there."""
        if channel not in self.members:
            return "channel_not_found"
        if channel == OLD:
            return "is_archived"
        return "" if BOT_USER in self.members[channel] else "not_in_channel"

    def _chat_postephemeral(self, call: Json) -> Response:
        channel, user = str(call.get("channel")), str(call.get("user"))
        if BOT_USER not in self.members.get(channel, ()):
            return _no("channel_not_found")
        if user not in self.members[channel]:
            return _no("user_not_in_channel")
        if refusal := refusal_of_message(call):
            return _no(refusal)
        return _yes(message_ts=self.whisper(call)["ts"])

    def _chat_update(self, call: Json) -> Response:
        message = self._find(str(call.get("channel")), str(call.get("ts")))
        if message is None:
            return _no("message_not_found")
        if message.get("bot_id") != BOT:
            return _no("cant_update_message")
        if refusal := refusal_of_message(call):
            return _no(refusal)
        message |= {key: call[key] for key in ("text", "blocks") if key in call}
        return _yes(channel=call["channel"], ts=call["ts"], text=message["text"], message=message)

    def _conversations_open(self, call: Json) -> Response:
        channel = self.direct(str(call.get("users", "")))
        if channel not in self.members:
            return _no("user_not_found")
        return _yes(channel={"id": channel})

    def _conversations_history(self, call: Json) -> Response:
        channel = str(call.get("channel"))
        if channel not in self.members:
            return _no("channel_not_found")
        found = [one for one in self.messages.get(channel, []) if "thread_ts" not in one]
        return self._page(call, found[::-1])

    def _conversations_replies(self, call: Json) -> Response:
        channel, root = str(call.get("channel")), str(call.get("ts"))
        if channel not in self.members:
            return _no("channel_not_found")
        if self._find(channel, root) is None:
            return _no("thread_not_found")
        found = [one for one in self.messages[channel] if root in (one["ts"], one.get("thread_ts"))]
        return self._page(call, found)

    def _page(self, call: Json, messages: list[Json]) -> Response:
        """At most `limit` messages from the cursor on; metadata only where it was asked for."""
        since = float(call.get("oldest") or 0)
        messages = [one for one in messages if float(one["ts"]) > since or "metadata" not in one]
        start, limit = int(call.get("cursor") or 0), int(call.get("limit") or 100)
        page = [dict(one) for one in messages[start : start + limit]]
        if str(call.get("include_all_metadata", "")).lower() not in ("1", "true"):
            for one in page:
                one.pop("metadata", None)
        following = str(start + limit) if start + limit < len(messages) else ""
        return _yes(
            messages=page,
            has_more=bool(following),
            response_metadata={"next_cursor": following},
        )

    def _assistant_threads_setstatus(self, call: Json) -> Response:
        """Only in the threads that the assistant view made."""
        if (call.get("channel_id"), call.get("thread_ts")) not in self.assistant_threads:
            return _no("invalid_thread_ts")
        if not isinstance(call.get("status"), str):
            return _no("invalid_arguments")
        self.writing[call["thread_ts"]] = call["status"]
        return _yes()

    def _assistant_threads_setsuggestedprompts(self, call: Json) -> Response:
        if (call.get("channel_id"), call.get("thread_ts")) not in self.assistant_threads:
            return _no("invalid_thread_ts")
        prompts = call.get("prompts") or []
        are_whole = all(set(one) == {"title", "message"} and one["title"] for one in prompts)
        if not 1 <= len(prompts) <= 4 or not are_whole:
            return _no("invalid_arguments")
        self.prompts[call["thread_ts"]] = prompts
        return _yes()

    def _views_open(self, call: Json) -> Response:
        trigger = str(call.get("trigger_id", ""))
        if trigger not in self._triggers:
            return _no("invalid_trigger_id")
        if trigger in self._exchanged:
            return _no("exchanged_trigger_id")
        if self.clock() - self._triggers[trigger] > self.trigger_seconds:
            return _no("expired_trigger_id")
        if not is_view(call.get("view")):
            return _no("invalid_arguments")
        self._exchanged.add(trigger)
        view = {**call["view"], "id": f"V{len(self.views)}", "team_id": TEAM}
        self.views.append(view)
        return _yes(view=view)

    def _views_publish(self, call: Json) -> Response:
        if not is_view(call.get("view")) or call["view"]["type"] != "home":
            return _no("invalid_arguments")
        self.homes[str(call.get("user_id"))] = call["view"]
        return _yes(view=call["view"])

    # ---- the workspace ----------------------------------------------------------------------

    def said(self, channel: str) -> list[Json]:
        """What the app said in a channel, oldest first."""
        return [one for one in self.messages.get(channel, []) if one.get("user") == BOT_USER]

    def _find(self, channel: str, ts: str) -> Json | None:
        return next((one for one in self.messages.get(channel, []) if one["ts"] == ts), None)

    def at(self, channel: str, ts: str) -> Json:
        found = self._find(channel, ts)
        assert found is not None, f"there is no message {ts} in {channel}"
        return found

    def _ts(self) -> str:
        self._counter += 1
        return f"{int(self.clock())}.{self._counter:06d}"

    def _trigger(self) -> str:
        self._counter += 1
        trigger = f"trigger-{self._counter}"
        self._triggers[trigger] = self.clock()
        return trigger


async def _arguments(request: Request) -> Json:
    """Arguments come as JSON, as a form, or in the query; structures inside forms are JSON."""
    body = await request.body()
    if request.headers.get("content-type", "").startswith("application/json"):
        return {**request.query_params, **json.loads(body or b"{}")}
    form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    arguments: Json = {**request.query_params, **form}
    for name in ("blocks", "metadata", "view"):
        if isinstance(arguments.get(name), str):
            arguments[name] = json.loads(arguments[name])
    return arguments


def _yes(**more: Any) -> Response:
    return JSONResponse({"ok": True, **more})


def _no(code: str) -> Response:
    """Slack refuses with status 200."""
    return JSONResponse({"ok": False, "error": code})


@contextmanager
def running(slack: FakeSlack, port: int = 0) -> Iterator[FakeSlack]:
    """Serves it on a loopback port, a free one by default, in a thread of its own."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", port))
    listener.listen(128)  # before anybody is told the port
    slack.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    config = uvicorn.Config(slack.app, log_level="critical", timeout_graceful_shutdown=0)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield slack
    finally:
        server.should_exit = True
        thread.join(5)
        listener.close()

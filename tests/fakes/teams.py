"""A small real Microsoft Teams: signed activities, the published keys, the login and the conversation API.

What people do (`say`, `edit`, `press` ...) gives the signed calls that the Bot Framework would make of it. The
vendor's rules that matter to a bot are kept: tokens expire, conversations have members, cards have limits.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes.serving import serving

Json = dict[str, Any]

APP_ID = "6f1c2a3b-0d4e-4f5a-8b6c-7d8e9f0a1b2c"
APP_SECRET = "teams~fake~" + "s" * 24
TENANT = "11111111-2222-4333-8444-555555555555"
FOREIGN_TENANT = "99999999-2222-4333-8444-555555555555"
BOT = f"28:{APP_ID}"
ISSUER = "https://api.botframework.com"
ANN, BEN = "29:1annAAA", "29:1benBBB"
DIRECTORY = {
    ANN: "aaaaaaaa-0000-4000-8000-000000000001",
    BEN: "bbbbbbbb-0000-4000-8000-000000000002",
}
NAMES = {ANN: "Ann Example", BEN: "Ben Example"}
PERSONAL = "a:1personal-ann"
GROUP = "19:group@thread.v2"
CHANNEL = "19:general@thread.tacv2"
LEFT = "19:left@thread.v2"
"""A conversation from which the bot was removed."""


@cache
def private_key(name: str) -> rsa.RSAPrivateKey:
    """A key pair by name, made once."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(frozen=True)
class Signed:
    """A call as the Bot Framework makes it. Header names are lower case, as they arrive."""

    body: bytes
    headers: dict[str, str]


@dataclass
class FakeTeams:
    """One organisation with the bot in it, and the switches of Microsoft's services."""

    clock: Callable[[], float] = time.time
    url: str = ""
    secret: str = APP_SECRET
    key_names: list[str] = field(default_factory=lambda: ["key-1"])
    """The keys that are published; the first one signs."""
    endorsements: list[str] = field(default_factory=lambda: ["msteams", "webchat"])
    keys_are_away: bool = False
    key_fetches: int = 0
    token_fetches: int = 0
    token_seconds: int = 86_400
    script: list[int | str] = field(default_factory=list)
    """What the next sendings meet, used up in order: a status, or `silence`."""
    messages: dict[str, list[Json]] = field(default_factory=dict)
    typing: list[str] = field(default_factory=list)
    drive: dict[str, bytes | None] = field(default_factory=dict)
    """People's OneDrive: the files that were agreed to, None until they have come."""
    calls: list[str] = field(default_factory=list)
    """Paths that were asked for with a token, whatever came of it."""
    _counter: int = 0
    _tokens: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.app = Starlette(
            routes=[
                Route("/v1/.well-known/openidconfiguration", self._metadata),
                Route("/v1/.well-known/keys", self._keys),
                Route("/{tenant}/discovery/v2.0/keys", self._keys),
                Route("/{tenant}/oauth2/v2.0/token", self._login, methods=["POST"]),
                Route("/teams/v3/conversations", self._open, methods=["POST"]),
                Route("/teams/v3/conversations/{id}/activities", self._take, methods=["POST"]),
                Route(
                    "/teams/v3/conversations/{id}/activities/{activity}",
                    self._delete,
                    methods=["DELETE"],
                ),
                Route("/drive/{upload}", self._hold, methods=["PUT"]),
                Route("/teams/v3/attachments/{mark}/views/original", self._picture),
            ]
        )

    @property
    def service_url(self) -> str:
        return f"{self.url}/teams/"

    # ---- what people do ---------------------------------------------------------------------

    def say(self, person: str, where: str, text: str, *, call: bool = False, **more: Any) -> Signed:
        """A message; with `call` the bot is mentioned at its beginning."""
        return self.signed(self.activity(person, where, text, call=call, **more))

    def activity(
        self, person: str, where: str, text: str, *, call: bool = False, **more: Any
    ) -> Json:
        """The activity of a message."""
        kind = {"a": "personal"}.get(where[0], "channel" if "tacv2" in where else "groupChat")
        name = "<at>Support</at>"
        mention = {"type": "mention", "mentioned": {"id": BOT, "name": "Support"}, "text": name}
        info = {"type": "clientInfo", "locale": "en-US", "country": "US", "platform": "Web"}
        return {
            "type": "message",
            "id": self._next(),
            "timestamp": self._at(),
            "localTimestamp": self._at(),
            "serviceUrl": self.service_url,
            "channelId": "msteams",
            "from": {"id": person, "name": NAMES[person], "aadObjectId": DIRECTORY[person]},
            "recipient": {"id": BOT, "name": "Support"},
            "conversation": {
                "id": where,
                "conversationType": kind,
                "tenantId": TENANT,
                **({} if kind == "personal" else {"isGroup": True}),
            },
            "text": f"{name} {text}" if call else text,
            "textFormat": "plain",
            "locale": "en-US",
            "entities": [mention, info] if call else [info],
            "channelData": {"tenant": {"id": TENANT}},
            **more,
        }

    def edit(self, said: Signed, text: str) -> Signed:
        """Its author changes a message."""
        data = {"tenant": {"id": TENANT}, "eventType": "editMessage"}
        return self._news(said, "messageUpdate", data, text=text)

    def delete(self, said: Signed) -> Signed:
        """Its author takes a message back."""
        data = {"tenant": {"id": TENANT}, "eventType": "softDeleteMessage"}
        return self._news(said, "messageDelete", data, text="")

    def _news(self, said: Signed, kind: str, data: Json, **more: Any) -> Signed:
        before = json.loads(said.body)
        return self.signed(
            {**before, "type": kind, "channelData": data, "timestamp": self._at(), **more}
        )

    def press(self, person: str, where: str, place: int) -> Signed:
        """Presses the n-th choice of the bot's last card with choices there, counted from 1: cards stay."""
        card = next(one for one in reversed(self.messages[where]) if choices_of(one))
        action = choices_of(card)[place - 1]
        told = action["data"]["msteams"]
        assert told["type"] == "messageBack"
        return self.say(person, where, told["text"], value=told["value"], replyToId="1")

    def answer_about_file(self, person: str, where: str, *, takes: bool, asked: str = "") -> Signed:
        """Presses a button under a question whether a file is wanted, the last one unless another is named."""
        questions = [one for one in self.messages[where] if consent_of(one)]
        question = next((one for one in questions if one["id"] == asked), questions[-1])
        about = consent_of(question)
        context = about["content"]["acceptContext" if takes else "declineContext"]
        value: Json = {"type": "fileUpload", "action": "accept" if takes else "decline"}
        value["context"] = context
        if takes:
            mark = f"up-{self._next()}"
            self.drive[mark] = None
            held = f"{self.url}/drive/{mark}"
            value["uploadInfo"] = {
                "contentUrl": f"https://contoso-my.sharepoint.com/personal/ann/{about['name']}",
                "name": about["name"],
                "uploadUrl": held,
                "uniqueId": mark,
                "fileType": about["name"].rpartition(".")[2],
            }
        return self.signed(
            self.activity(person, where, "")
            | {"type": "invoke", "name": "fileConsent/invoke"}
            | {"value": value, "replyToId": question["id"]}
        )

    def install(self, person: str, where: str, kind: str = "installationUpdate") -> Signed:
        """The app is added; Teams says so by several kinds of activities."""
        activity = self.activity(person, where, "", action="add")
        del activity["text"]
        return self.signed({**activity, "type": kind, "membersAdded": [{"id": BOT}]})

    # ---- what the Bot Framework makes of it -------------------------------------------------

    def claims(self, **changes: Any) -> Json:
        """What a token says; a change to None leaves the claim out."""
        now = int(self.clock())
        made = {
            "serviceurl": self.service_url,
            "nbf": now - 10,
            "exp": now + 3600,
            "iss": ISSUER,
            "aud": APP_ID,
            **changes,
        }
        return {name: value for name, value in made.items() if value is not None}

    def token(self, claims: Json | None = None, key: str = "", **header: Any) -> str:
        """A token by one of the keys, with a right header unless told otherwise."""
        name = key or self.key_names[0]
        about = {"kid": name, "x5t": name, **header}
        told = self.claims() if claims is None else claims
        # Claims of any kind: the layer above would refuse to make some of the forgeries.
        payload = json.dumps(told).encode()
        return jwt.PyJWS().encode(payload, private_key(name), "RS256", headers=about)

    def signed(self, activity: Json, token: str = "") -> Signed:
        """Any activity with a genuine token, or the given one."""
        headers = {
            "authorization": f"Bearer {token or self.token()}",
            "content-type": "application/json; charset=utf-8",
            "user-agent": "Microsoft-SkypeBotApi (Microsoft-BotFramework/3.0)",
        }
        return Signed(json.dumps(activity, ensure_ascii=False).encode(), headers)

    def _next(self) -> str:
        self._counter += 1
        return str(int(self.clock()) * 1000 + self._counter)

    def _at(self) -> str:
        self._counter += 1
        at = datetime.fromtimestamp(int(self.clock()), UTC)
        return f"{at:%Y-%m-%dT%H:%M:%S}.{self._counter:07d}Z"

    # ---- keys and tokens --------------------------------------------------------------------

    async def _metadata(self, request: Request) -> Response:
        if self.keys_are_away:
            return Response("gone fishing", 503)
        return JSONResponse(
            {
                "issuer": ISSUER,
                "jwks_uri": f"{self.url}/v1/.well-known/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    async def _keys(self, request: Request) -> Response:
        self.key_fetches += 1
        return JSONResponse({"keys": [self._published(name) for name in self.key_names]})

    def _published(self, name: str) -> Json:
        public = private_key(name).public_key()
        key: Json = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(public))
        return {**key, "kid": name, "use": "sig", "endorsements": self.endorsements}

    async def _login(self, request: Request) -> Response:
        self.token_fetches += 1
        form = dict(parse_qsl((await request.body()).decode()))
        wanted = {
            "grant_type": "client_credentials",
            "client_id": APP_ID,
            "client_secret": self.secret,
            "scope": f"{ISSUER}/.default",
        }
        if form != wanted or request.path_params["tenant"] != TENANT:
            return JSONResponse({"error": "invalid_client"}, 401)
        token = secrets.token_urlsafe(24)
        self._tokens.add(token)
        return JSONResponse(
            {"token_type": "Bearer", "expires_in": self.token_seconds, "access_token": token}
        )

    def revoke_tokens(self) -> None:
        """No token that was given out is good any longer."""
        self._tokens.clear()

    # ---- the conversation API ---------------------------------------------------------------

    async def _refused(self, request: Request) -> Response | None:
        self.calls.append(request.url.path)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        return None if token in self._tokens else _no(401, "Unauthorized")

    async def _open(self, request: Request) -> Response:
        if refusal := await self._refused(request):
            return refusal
        about = json.loads(await request.body())
        (member,) = about["members"]
        known = {ANN, BEN, *DIRECTORY.values()}
        if member["id"] not in known or about["tenantId"] != TENANT or about.get("isGroup"):
            return _no(403, "ForbiddenOperationException")
        is_ann = member["id"] in (ANN, DIRECTORY[ANN])
        return JSONResponse({"id": PERSONAL if is_ann else "a:1personal-ben"}, 201)

    async def _take(self, request: Request) -> Response:
        if refusal := await self._refused(request):
            return refusal
        where, body = request.path_params["id"], await request.body()
        behaviour = self.script.pop(0) if self.script else None
        if isinstance(behaviour, int):
            headers = {"retry-after": "30"} if behaviour == 429 else {}
            return JSONResponse({"error": {"code": "Scripted"}}, behaviour, headers)
        if where.partition(";")[0] not in (PERSONAL, "a:1personal-ben", GROUP, CHANNEL, LEFT):
            return _no(404, "ConversationNotFound")
        if where == LEFT:
            return _no(403, "BotNotInConversationRoster")
        if len(body) > 28 * 1024:
            return _no(413, "MessageSizeTooBig")
        activity = json.loads(body)
        if activity.get("type") == "typing":
            self.typing.append(where)
            return JSONResponse({"id": self._next()}, 201)
        if not _is_message(activity):
            return _no(400, "BadSyntax")
        if consent_of(activity) and not where.startswith("a:"):
            return _no(400, "BadArgument")  # files are of personal conversations alone
        made = self._next()
        self.messages.setdefault(where, []).append({**activity, "id": made})
        if behaviour == "silence":
            await asyncio.sleep(2)
        return JSONResponse({"id": made}, 201)

    async def _delete(self, request: Request) -> Response:
        if refusal := await self._refused(request):
            return refusal
        said = self.messages.get(request.path_params["id"], [])
        gone = next((one for one in said if one["id"] == request.path_params["activity"]), None)
        if gone is None:
            return _no(404, "ActivityNotFoundInConversation")
        said.remove(gone)
        return Response(status_code=200)

    def send_picture(self, person: str, where: str, content: bytes, text: str = "") -> Signed:
        """A pasted picture, which Teams keeps itself and gives to bots that show their token."""
        mark = f"pic-{self._next()}"
        self.drive[mark] = content
        url = f"{self.service_url}v3/attachments/{mark}/views/original"
        about = {"contentType": "image/png", "contentUrl": url}
        return self.say(person, where, text, attachments=[about])

    async def _picture(self, request: Request) -> Response:
        if refusal := await self._refused(request):
            return refusal
        content = self.drive.get(request.path_params["mark"])
        return Response(content, media_type="image/png") if content else Response(status_code=404)

    async def _hold(self, request: Request) -> Response:
        """OneDrive: whoever has the address may fill it, once, with the whole file; a token has no business there."""
        mark, content = request.path_params["upload"], await request.body()
        if self.drive.get(mark, b"") is not None:
            return _no(404, "itemNotFound")
        if "authorization" in request.headers:
            return _no(401, "unauthenticated")
        whole = f"bytes 0-{len(content) - 1}/{len(content)}"
        if not content or request.headers.get("content-range") != whole:
            return _no(400, "invalidRange")
        self.drive[mark] = content
        return JSONResponse({"id": mark, "size": len(content)}, 201)


def consent_of(message: Json) -> Json:
    """The question whether a file is wanted, {} where a message is none."""
    kind = "application/vnd.microsoft.teams.card.file.consent"
    items = message.get("attachments", ())
    return next((one for one in items if one["contentType"] == kind), {})


def files_of(message: Json) -> list[str]:
    """What a person can get with a message: files that they are asked about, and addresses that a lone button opens."""
    asked = [consent_of(message)["name"]] if consent_of(message) else []
    items = message.get("attachments", ())
    cards = [one["content"] for one in items if ".file." not in one["contentType"]]
    sets = [part for card in cards for part in card["body"] if part["type"] == "ActionSet"]
    urls = [one["url"] for row in sets for one in row["actions"] if one["type"] == "Action.OpenUrl"]
    return asked + ([] if message.get("text") else urls)


def _is_file_card(item: Json) -> bool:
    """A question whether a file is wanted, or the file that has come, as Teams draws it."""
    about = item.get("content", {})
    if item["contentType"].endswith("file.consent"):
        return bool(item.get("name")) and about["sizeInBytes"] > 0 and "acceptContext" in about
    keys = {"uniqueId", "fileType"}
    return bool(item.get("name") and item.get("contentUrl")) and set(about) == keys


def _is_message(activity: Json) -> bool:
    """What Teams takes: words or a card that it can draw."""
    files = [one for one in activity.get("attachments", ()) if ".file." in one["contentType"]]
    if files:
        return len(activity["attachments"]) == 1 and all(map(_is_file_card, files))
    cards = [item["content"] for item in activity.get("attachments", ())]
    sets = [part for card in cards for part in card["body"] if part["type"] == "ActionSet"]
    are_drawn = all(
        card["type"] == "AdaptiveCard" and re.fullmatch(r"1\.[0-5]", card["version"])
        for card in cards
    )
    are_short = all(0 < len(row["actions"]) <= 6 for row in sets)
    is_said = bool(activity.get("text") or cards)
    return activity.get("type") == "message" and is_said and are_drawn and are_short


def choices_of(message: Json) -> list[Json]:
    """The choices of a message's card."""
    items = message.get("attachments", ())
    cards = [item["content"] for item in items if ".file." not in item["contentType"]]
    sets = [part for card in cards for part in card["body"] if part["type"] == "ActionSet"]
    actions = [action for row in sets for action in row["actions"]]
    return [action for action in actions if action["type"] == "Action.Submit"]


def _no(status: int, code: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": "no"}}, status)


@contextmanager
def running(teams: FakeTeams, port: int = 0) -> Iterator[FakeTeams]:
    """Serves it on loopback."""
    with serving(teams.app, port) as teams.url:
        yield teams

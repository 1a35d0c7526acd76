"""The other side of the Teams channel: a small Microsoft, and a customer called Ann in it."""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt

from channels.contract import Arrival
from channels.teams import Teams
from channels.teams_places import Place, message_key, thread_key
from channels.teams_settings import TeamsSettings
from core.ids import InboxId
from core.message import AddressKind, Outbound, Receipt, Sender
from tests.contract.forms import page_looks, page_text
from tests.contract.provider import Delivered
from tests.fakes.serving import unused_url
from tests.fakes.teams import (
    ANN,
    APP_ID,
    APP_SECRET,
    BOT,
    CHANNEL,
    DIRECTORY,
    FOREIGN_TENANT,
    TENANT,
    FakeTeams,
    Signed,
    choices_of,
    files_of,
    private_key,
    running,
)

INBOX = InboxId(UUID(int=41))
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
THREAD = f"{CHANNEL};messageid=1795435200000"


def teams_settings(url: str = "http://127.0.0.1:9", **changes: object) -> TeamsSettings:
    """Settings for the fake at this address."""
    values: dict[str, object] = {
        "app_id": APP_ID,
        "app_secret": APP_SECRET,
        "tenant_id": TENANT,
        "metadata_url": f"{url}/v1/.well-known/openidconfiguration",
        "login_url": url,
        "service_url": f"{url}/teams/",
        "seconds": 15.0,  # a busy machine is no silent provider
    }
    return TeamsSettings.model_validate({**values, **changes})


def arrived(call: Signed, at: datetime = NOW, **headers: str) -> Arrival:
    """A call as the web process hands it over."""
    return Arrival(
        "webhook",
        call.body,
        at,
        {**call.headers, **headers},
        url="https://help.example.org/webhooks/teams/acme",
        meta={"inbox": "acme"},
    )


def unsigned_token(claims: Mapping[str, Any], algorithm: str = "none") -> str:
    """A token without a signature."""
    header = {"alg": algorithm, "typ": "JWT", "kid": "key-1"}
    parts = [json.dumps(part).encode() for part in (header, dict(claims))]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."


def keyed_token(claims: Mapping[str, Any]) -> str:
    """HS256 with our public key as the secret, which every reader of the published keys knows."""
    header, payload, _ = unsigned_token(claims, "HS256").split(".")
    told = json.dumps(jwt.algorithms.RSAAlgorithm.to_jwk(private_key("key-1").public_key()))
    signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(
        f"{header}.{payload}".encode(), told.encode()
    )
    return f"{header}.{payload}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


class TeamsProvider:
    """See `tests.contract.provider.Provider`."""

    secrets = (APP_SECRET,)

    def __init__(self) -> None:
        self.teams = FakeTeams(clock=NOW.timestamp)
        self.channel = Teams(INBOX, teams_settings())
        self._running = ExitStack()
        self._to = THREAD

    def start(self) -> None:
        self._running.enter_context(running(self.teams))
        self.behave("taken")

    def stop(self) -> None:
        self._running.close()

    def arrival(self, text: str) -> Arrival:
        """Ann calls the bot in a thread of a channel."""
        return arrived(self.teams.say(ANN, THREAD, text, call=True))

    def retried(self, arrival: Arrival) -> Arrival:
        """The same activity with a token of its own, fifteen seconds later."""
        later = NOW + timedelta(seconds=15)
        claims = self.teams.claims(nbf=int(later.timestamp()))
        return arrived(self.teams.signed(json.loads(arrival.body), self.teams.token(claims)), later)

    def forgeries(self) -> Mapping[str, Arrival]:
        teams = self.teams
        activity = teams.activity(ANN, THREAD, "hello", call=True)
        now = int(NOW.timestamp())

        def by(token: str, **changes: Any) -> Arrival:
            return arrived(teams.signed({**activity, **changes}, token))

        def saying(**claims: Any) -> Arrival:
            return by(teams.token(teams.claims(**claims)))

        genuine = arrived(teams.signed(activity))
        foreign = {**activity["conversation"], "tenantId": FOREIGN_TENANT}
        stranger = "key-1-of-a-stranger"
        own_key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(private_key(stranger).public_key()))
        return {
            "no token": dataclasses.replace(genuine, headers={"content-type": "application/json"}),
            "not a bearer": arrived(Signed(genuine.body, {"authorization": "Basic YTpi"})),
            "without expiry": saying(exp=None),
            "without beginning": saying(nbf=None),
            "without issuer": saying(iss=None),
            "without audience": saying(aud=None),
            "without service": saying(serviceurl=None),
            "expired": saying(exp=now - 301),
            "of the future": saying(nbf=now + 301),
            "issued in the future": saying(iat=now + 301),
            "issued at a word": saying(iat="now"),
            "an expiry that is a word": saying(exp="never"),
            "an expiry beyond numbers": saying(exp=1e400),
            "another issuer": saying(iss="https://sts.windows.net/" + TENANT + "/"),
            "several audiences": saying(aud=[APP_ID, "other"]),
            "another audience": saying(aud=FOREIGN_TENANT),
            "another service": saying(serviceurl="https://smba.trafficmanager.net/emea/"),
            "another organisation's token": saying(tid=FOREIGN_TENANT),
            "signed by a stranger": by(teams.token(key=stranger, kid="key-1")),
            "a key of its own": by(teams.token(key=stranger, kid="key-1", jwk=own_key)),
            "an unknown key": by(teams.token(key=stranger)),
            "no algorithm": by(unsigned_token(teams.claims())),
            "our public key as secret": by(keyed_token(teams.claims())),
            "the body's service altered": by("", serviceUrl="https://evil.example/"),
            "the body's service left out": by("", serviceUrl=None),
            "both services evil": by(
                teams.token(teams.claims(serviceurl="https://evil.example/")),
                serviceUrl="https://evil.example/",
            ),
            "another channel": by("", channelId="directline"),
            "an endorsed channel that is not Teams": by("", channelId="webchat"),
            "another organisation": by("", conversation=foreign),
            "no organisation": by("", conversation={"id": THREAD}, channelData={}),
            "by GET": dataclasses.replace(genuine, method="GET"),
            "a mail": dataclasses.replace(genuine, kind="mail"),
        }

    def with_body(self, body: bytes) -> Arrival:
        return dataclasses.replace(arrived(self.teams.say(ANN, THREAD, "hello")), body=body)

    def echoes(self) -> list[Arrival]:
        """What bots say, and news of the conversation."""
        teams = self.teams
        own = {"id": BOT, "name": "Support"}
        return [
            arrived(teams.signed(teams.activity(ANN, THREAD, "echo") | {"from": own})),
            arrived(teams.install(ANN, THREAD)),
            arrived(teams.install(ANN, THREAD, "conversationUpdate")),
        ]

    def outbound(self, text: str) -> Outbound:
        place = Place(self.teams.service_url, self._to)
        return Outbound(
            key="row-1",
            to=Sender(AddressKind.TEAMS, f"{TENANT}/{DIRECTORY[ANN]}"),
            text=text,
            in_reply_to=(thread_key(self._to), message_key(place, "1")),
            author="Maya",
            at=NOW,
        )

    def behave(self, outcome: str) -> None:
        self.teams.script.clear()
        self._to, url, changes = THREAD, self.teams.url, {}
        match outcome:
            case "busy":
                self.teams.script.append(429)
            case "broken":
                self.teams.script.append(503)
            case "silent":
                self.teams.script.append("silence")
                changes = {"seconds": 0.5}
            case "away":
                changes = {"login_url": unused_url()}
            case "unauthorised":
                changes = {"app_secret": "expired~" + "x" * 24}
            case "unknown recipient":
                self._to = "19:nowhere@thread.v2"
        self.channel = Teams(INBOX, teams_settings(url, **changes))

    def sent(self) -> list[Delivered]:
        return [_delivered(one) for one in self.teams.messages.get(THREAD, ())]

    def answer(self, receipt: Receipt) -> Arrival:
        return self.arrival("thank you")


def _delivered(one: Mapping[str, Any]) -> Delivered:
    """The text as Teams shows it: as it is, or as the page that it is."""
    text, about = one.get("text", ""), (len(choices_of(one)), len(files_of(one)))
    if one.get("textFormat") == "xml":
        return Delivered(page_text(text), *about, page_looks(text))
    return Delivered(text, *about)


def provider() -> TeamsProvider:
    """What the contract suite asks for."""
    return TeamsProvider()

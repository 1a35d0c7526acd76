"""A web process for tests: the real streams and arrivals over a real house, and deeds of bot and agents by HTTP.

Run as a program with THREADLINE_STATE and THREADLINE_WEB__PORT over a migrated database; it prints the port once it
listens.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
from dataclasses import replace
from datetime import timedelta
from inspect import iscoroutinefunction
from typing import Any, ClassVar
from uuid import UUID

from bot.bootstrap import build_house, set_up_django

set_up_django("tests.web.live.settings")

from django.conf import settings as django  # noqa: E402 - the settings come first
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.contrib.sessions.models import Session  # noqa: E402
from pydantic import BaseModel  # noqa: E402
from starlette.requests import Request  # noqa: E402
from starlette.responses import HTMLResponse, JSONResponse  # noqa: E402
from starlette.types import Receive, Scope, Send  # noqa: E402

from bot import desk, replying  # noqa: E402
from bot.company import make_inbox, set_inbox_settings  # noqa: E402
from bot.deliver import deliver_some  # noqa: E402
from bot.demo import make_workspace  # noqa: E402
from bot.house import House  # noqa: E402
from bot.logs import set_up_logs  # noqa: E402
from bot.reply import Outcome, finish_turn  # noqa: E402
from bot.tokens import make_personal  # noqa: E402
from channels.contract import Answer, Arrival, Capabilities  # noqa: E402
from core.decision import Priority, Routed  # noqa: E402
from core.errors import BadSignature, MalformedPayload  # noqa: E402
from core.ids import ExternalId, ThreadKey  # noqa: E402
from core.message import (  # noqa: E402
    AddressKind,
    Attached,
    Button,
    Inbound,
    Outbound,
    Receipt,
    Reply,
    Sender,
)
from store.held import Written  # noqa: E402
from store.models import ApiToken, Brand, Calendar, Conversation, Inbox, OutboxRow, User  # noqa: E402
from store.turns import claim  # noqa: E402
from web import desk_stream, serve  # noqa: E402
from web.arrivals import ArrivalApp  # noqa: E402
from web.gate import Allowance  # noqa: E402
from web.leaving import FINISH_SECONDS  # noqa: E402
from web.streams import StreamApp  # noqa: E402

POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'"
PAGE = (
    '<!doctype html><html lang="en"><title>Shop</title>'
    '<script src="/chat/widget.js"></script><threadline-chat></threadline-chat></html>'
)


class Telephone:
    """A channel that answers in the response itself, as voice does; its sender is who the body says."""

    name: ClassVar[str] = "telephone"
    Settings: ClassVar[type[BaseModel]] = BaseModel
    can: ClassVar[Capabilities] = Capabilities(text_length=500, address=AddressKind.PHONE)
    inline_seconds: ClassVar[float] = 2.0

    def verify(self, arrival: Arrival) -> None:
        if arrival.headers.get("x-line") != "genuine":
            raise BadSignature

    def parse(self, arrival: Arrival) -> list[Inbound]:
        try:
            call = json.loads(arrival.body)
            key, text = ThreadKey(f"call:{call['call']}"), str(call["text"])
        except (ValueError, KeyError, TypeError) as error:
            raise MalformedPayload from error
        sender = Sender(AddressKind.PHONE, str(call["call"]))
        external = ExternalId(hashlib.sha256(arrival.body).hexdigest())
        return [Inbound(external, sender, text, arrival.received_at, (key,), (key,), True)]

    def acknowledge(self, arrival: Arrival) -> Answer:
        return Answer(200)

    async def send(self, outbound: Outbound) -> Receipt:
        return Receipt(f"called back:{outbound.key}")

    def render(self, arrival: Arrival, outbound: list[Outbound]) -> tuple[Answer, list[Receipt]]:
        said = " / ".join(one.text for one in outbound)
        return Answer(200, said.encode()), [Receipt(f"said:{one.key}") for one in outbound]

    def holding(self, arrival: Arrival) -> Answer:
        return Answer(200, b"One moment")


class Server:
    """Streams and arrivals as in production; `/test/<deed>` with a JSON body does what others would do."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.streams = StreamApp(house)
        messages = int(os.environ.get("CHAT_MESSAGES", "40"))
        allowance = Allowance(openings=5_000, messages_of_address=50_000, messages=messages)
        self.arrivals = ArrivalApp(house, self.streams, allowance)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await self.streams.start()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await self.streams.stop()
            await send({"type": "lifespan.shutdown.complete"})
        elif self.streams.serves(scope["path"]):
            await self.streams(scope, receive, send)
        elif self.arrivals.serves(scope["path"]):
            await self.arrivals(scope, receive, send)
        elif scope["path"] == "/":
            await HTMLResponse(PAGE, headers={"content-security-policy": POLICY})(
                scope, receive, send
            )
        else:
            request = Request(scope, receive)
            deed = getattr(self, scope["path"].rpartition("/")[2])
            arguments = await request.json()
            if iscoroutinefunction(deed):
                done = await deed(**arguments)
            else:
                done = await self.house.database.run(deed, **arguments)
            await JSONResponse(done)(scope, receive, send)

    def answer(
        self,
        text: str,
        buttons: list[str] = [],  # noqa: B006
        team: str = "",
        kind: str = "message",
    ) -> list[int | None]:
        """The bot's turn in every conversation that waits; with a team it hands over."""
        choices = tuple(Button(name, name.lower()) for name in buttons)
        reply = Reply(text, buttons=choices, kind=kind)
        routed = Routed("billing", Priority.HIGH, team) if team else None
        claimed = claim(self.house.vault, "test", timedelta(minutes=1), 100, self.house.clock())
        outcome = Outcome((reply,) if text else (), routed=routed)
        return [finish_turn(self.house, one, outcome) for one in claimed]

    def sign_in(self, login: str) -> str:
        """A session of that person; the cookie's value."""
        user = User.objects.get(email__startswith=f"{login}@")
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = django.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        return str(session.session_key)

    def disable(self, login: str, stays: bool = False) -> int:
        """That person works here no more; `stays`: again."""
        return User.objects.filter(email__startswith=f"{login}@").update(is_active=stays)

    def session_left(self, session: str, minutes: float | None = None) -> float:
        """Minutes until that session ends; `minutes`: let it be so many."""
        row, now = Session.objects.get(session_key=session), self.house.clock()
        if minutes is not None:
            row.expire_date = now + timedelta(minutes=minutes)
            row.save()
        return (row.expire_date - now).total_seconds() / 60

    def token(self, login: str, scopes: list[str]) -> str:
        """A token of that person."""
        user = User.objects.get(email__startswith=f"{login}@")
        return make_personal(self.house, user, "test", scopes, None).text

    def used_tokens(self) -> int:
        """How many tokens were ever used."""
        return ApiToken.objects.exclude(last_used_at=None).count()

    def revoke_tokens(self) -> int:
        """Ends every token."""
        return ApiToken.objects.update(revoked_at=self.house.clock())

    def deed(self, login: str, name: str, **arguments: Any) -> str:
        """An agent's deed by its verb in `bot.desk`."""
        user = User.objects.get(email__startswith=f"{login}@")
        return str(getattr(desk, name)(self.house, user, **arguments))

    def sends_file(self, login: str, number: int, name: str, content: str, media: str) -> None:
        """An agent's reply with a file, its content in hexadecimal digits."""
        user = User.objects.get(email__startswith=f"{login}@")
        files = replying.kept(self.house, [Attached(name, media, bytes.fromhex(content))])
        replying.send(self.house, user, number, Written("Here it is.", files=files))

    def seen(self, conversation: str) -> int:
        """Up to where the visitor has read."""
        return Conversation.objects.get(id=conversation).seen_public_seq

    def outbox(self) -> list[tuple[str, str]]:
        """What was to be said on the telephone: state and receipt, oldest first."""
        rows = OutboxRow.objects.filter(inbox__channel="telephone").order_by("id")
        return list(rows.values_list("state", "provider_id"))

    async def deliver(self) -> int:
        """What a worker would do now."""
        return await deliver_some(self.house, "test", 10)

    def hours(self, name: str, weekday: int) -> None:
        """A calendar with one working day, so many days from now; 9: with none."""
        day = (self.house.clock() + timedelta(days=weekday)).weekday()
        spans = {} if weekday == 9 else {str(day): [["09:00", "17:00"]]}
        brand = Brand.objects.get()
        Calendar.objects.create(brand=brand, name=name, time_zone="UTC", spans=spans)

    async def waiting(self) -> int:
        """Transactions that are not over."""
        return self.house.database.waiting

    def count(self) -> dict[str, int]:
        """What there is, for tests that nothing was added."""
        return {"conversations": Conversation.objects.count(), "streams": len(self.streams._open)}

    def typing(self, conversation: str) -> None:
        self.streams.feed.hint(UUID(conversation), {"type": "typing", "from": "agent"})

    def allow(self, origin: str) -> None:
        """Lets another site use the chat."""
        self.set_chat(allowed_origins=[origin])

    def mailbox(self) -> None:
        """The brand gets one, which nobody ever opens here."""
        settings = {
            "address": "help@fernhill.example",
            "imap_host": "127.0.0.1",
            "imap_user": "help",
            "imap_password": "unused",
            "smtp_host": "127.0.0.1",
            "reply_secret": "s" * 32,
        }
        make_inbox(self.house, Brand.objects.get(), "mail", "Mail", "email", settings)

    def set_chat(self, **settings: object) -> None:
        """Changes settings of the chat, from the next request on."""
        inbox = Inbox.objects.get(channel="webchat")
        sealed = bytes(inbox.settings_cipher)
        known = json.loads(self.house.vault.open_own(f"inbox.settings:{inbox.id}", sealed))
        set_inbox_settings(self.house, inbox, {**known, **settings})
        inbox.save()
        self.streams.doors._read_at = float("-inf")


def main() -> None:
    desk_stream.STEP = timedelta(0)  # an open desk says at each look that somebody is there
    set_up_logs("warning", "web")
    house = build_house()
    if not Inbox.objects.exists():
        make_workspace(house, lambda line: None)
        Inbox.objects.create(brand=Brand.objects.get(), slug="line", channel="telephone")
    usual, telephone = house.channel_of, Telephone()
    house = replace(
        house, channel_of=lambda box: telephone if box.channel == "telephone" else usual(box)
    )
    app = Server(house)
    listener = _bind(house.settings.web.port)
    print(listener.getsockname()[1], flush=True)
    finish = float(os.environ.get("FINISH_SECONDS", FINISH_SECONDS))
    options = {"log_level": "error", "backlog": 2048, "finish": finish}
    options["messages"] = app.arrivals.messages
    serve.Server(app, app.streams.end_all, **options).run(sockets=[listener])


def _bind(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(2048)  # before anybody is told the port
    return listener


if __name__ == "__main__":
    main()

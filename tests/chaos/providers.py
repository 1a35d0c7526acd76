"""Each channel's side of a chaos run: how a customer's words are brought to us, and what the provider has of ours.

All talk to the fakes that the channels' own tests use. A provider's pauses between deliveries are the real ones,
made shorter where the real ones are minutes, so that a run ends today.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Any, Protocol

from tests.fakes import graph, slack, teams, telegram, twilio, webhook
from tests.fakes.mail import MailServers

COMPANY = "support@acme.example"
FOR_EVER = (0.2, 0.5, 1.0, *[2.0] * 600)


@dataclass(frozen=True)
class Call:
    """A delivery to us."""

    path: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


class Brings(Protocol):
    """Posts a delivery until it is accepted: `attempt` (from 0) to the call. False when the provider gave up."""

    async def __call__(
        self, made: Callable[[int], Call], pauses: Iterable[float], patience: float
    ) -> bool: ...


class Side(Protocol):
    """One channel's provider and its customers, each by a number."""

    channel: str

    def settings(self, running: ExitStack) -> dict[str, Any]:
        """Starts the provider; what our inbox must be told of it."""

    async def say(self, customer: int, words: str, bring: Brings) -> bool:
        """Brings what a customer says; True once we have accepted it."""

    def has(self) -> list[tuple[int, str]]:
        """(customer, provider's id) of each message of ours that it took, in order."""


class Mail:
    """Mails lie in a mailbox until we fetch them; ours go to the submission server."""

    channel = "email"

    def __init__(self) -> None:
        self.servers = MailServers(domains=("acme.example",))
        self._ids: dict[int, list[str]] = {}

    def settings(self, running: ExitStack) -> dict[str, Any]:
        self.servers.start()
        running.callback(self.servers.stop)
        return {
            "address": COMPANY,
            "name": "Fernhill",
            "imap_host": "127.0.0.1",
            "imap_port": self.servers.imap_port,
            "imap_security": "none",
            "imap_user": COMPANY,
            "imap_password": self.servers.password,
            "sent_mailbox": "Sent",
            "poll_seconds": 2,
            "smtp_host": "127.0.0.1",
            "smtp_port": self.servers.smtp_port,
            "smtp_security": "none",
            "reply_secret": "chaos-reply-secret-" + "r" * 24,
        }

    async def say(self, customer: int, words: str, bring: Brings) -> bool:
        """Accepted when it lies in the mailbox: from then on it is ours to fetch."""
        said = self._ids.setdefault(customer, [])
        message = EmailMessage()
        message["From"], message["To"] = f"c{customer}@customers.example", COMPANY
        message["Subject"] = f"Question {customer}"
        message["Message-ID"] = make_msgid(domain="customers.example")
        if said:
            message["In-Reply-To"], message["References"] = said[-1], " ".join(said)
        message.set_content(words)
        said.append(message["Message-ID"])
        await asyncio.to_thread(self.servers.deliver, message, COMPANY)
        return True

    def has(self) -> list[tuple[int, str]]:
        found = []
        for sent in self.servers.sent():
            local = sent.recipients[0].partition("@")[0]
            found.append((int(local.removeprefix("c")), str(sent.message["Message-ID"])))
        return found


class Slack:
    """Threads of a help channel. Slack tries again at once, after a minute and after five: ten times as fast here."""

    channel = "slack"
    pauses = (0.0, 6.0, 30.0)

    def __init__(self) -> None:
        self.fake = slack.FakeSlack()
        self._roots: dict[int, str] = {}
        self._whose: dict[str, int] = {}

    def settings(self, running: ExitStack) -> dict[str, Any]:
        running.enter_context(slack.running(self.fake))
        return {
            "team": slack.TEAM,
            "bot_token": slack.BOT_TOKEN,
            "signing_secret": slack.SIGNING_SECRET,
            "channels": [slack.HELP],
            "seconds_apart": 0,
            "api_url": f"{self.fake.url}/api/",
        }

    async def say(self, customer: int, words: str, bring: Brings) -> bool:
        (first,) = self.fake.say(slack.ANN, slack.HELP, words, self._roots.get(customer, ""))
        root = self._roots.setdefault(customer, json.loads(first.body)["event"]["ts"])
        self._whose[root] = customer

        def made(attempt: int) -> Call:
            request = self.fake.retried(first, attempt) if attempt else first
            return Call("/webhooks/slack/slack", request.body, request.headers)

        is_accepted = await bring(made, self.pauses, 3.0)
        if not is_accepted:
            # Nobody has seen this thread, so what is said in it next would be a remark among colleagues.
            self._roots.pop(customer)
        return is_accepted

    def has(self) -> list[tuple[int, str]]:
        said = self.fake.said(slack.HELP)
        return [(self._whose[one["thread_ts"]], f"{slack.HELP}:{one['ts']}") for one in said]


class Teams:
    """Posts of a channel with the bot called in each. The Bot Framework waits 15 s; its retries are few."""

    channel = "teams"
    pauses = (1.0, 5.0, 15.0)

    def __init__(self) -> None:
        self.fake = teams.FakeTeams()

    def settings(self, running: ExitStack) -> dict[str, Any]:
        running.enter_context(teams.running(self.fake))
        return {
            "app_id": teams.APP_ID,
            "app_secret": teams.APP_SECRET,
            "tenant_id": teams.TENANT,
            "metadata_url": f"{self.fake.url}/v1/.well-known/openidconfiguration",
            "login_url": self.fake.url,
            "service_url": self.fake.service_url,
        }

    async def say(self, customer: int, words: str, bring: Brings) -> bool:
        where = f"{teams.CHANNEL};messageid={customer}"
        call = self.fake.say(teams.ANN, where, words, call=True)
        made = Call("/webhooks/teams/teams", call.body, call.headers)
        return await bring(lambda attempt: made, self.pauses, 15.0)

    def has(self) -> list[tuple[int, str]]:
        return [
            (int(where.rpartition("=")[2]), f"{where}:{one['id']}")
            for where, said in list(self.fake.messages.items())
            for one in said
        ]


class Texts:
    """A number at Twilio, set to five retries (`#rc=5&rp=all`), each after a pause that grows."""

    channel = "sms"
    pauses = (0.2, 0.6, 1.8, 5.4, 16.2)

    def __init__(self, public_url: str) -> None:
        self.fake = twilio.FakeTwilio(now=lambda: datetime.now(UTC), keeps_alive=True)
        self._url = f"{public_url}/webhooks/sms/sms"

    def settings(self, running: ExitStack) -> dict[str, Any]:
        self.fake.start()
        running.callback(self.fake.stop)
        return {
            "account_sid": twilio.ACCOUNT,
            "number": twilio.NUMBER,
            "auth_token": twilio.TOKEN,
            "api_url": self.fake.url,
        }

    async def say(self, customer: int, words: str, bring: Brings) -> bool:
        fields = self.fake.text(words, sender=f"+1501{customer:07d}")
        call = twilio.signed(self._url, fields)
        made = Call("/webhooks/sms/sms", call.body, call.headers)
        return await bring(lambda attempt: made, self.pauses, 15.0)

    def has(self) -> list[tuple[int, str]]:
        sent = [one for one in self.fake.messages[::-1] if one["direction"] == "outbound-api"]
        return [(int(one["to"].removeprefix("+1501")), one["sid"]) for one in sent]


class Telegram:
    """Private chats with a bot. Telegram brings an update for up to a day."""

    channel = "telegram"

    def __init__(self) -> None:
        self.fake = telegram.FakeTelegram()

    def settings(self, running: ExitStack) -> dict[str, Any]:
        running.enter_context(telegram.running(self.fake))
        return {
            "bot_token": telegram.TOKEN,
            "username": telegram.USERNAME,
            "secret_token": telegram.SECRET,
            "api_url": self.fake.url,
        }

    async def say(self, customer: int, words: str, bring: Brings) -> bool:
        person = 10_000 + customer
        telegram.NAMES.setdefault(person, f"Customer{customer}")
        brought = self.fake.say(person, person, words)
        made = Call("/webhooks/telegram/telegram", brought.body, brought.headers)
        return await bring(lambda attempt: made, FOR_EVER, 10.0)

    def has(self) -> list[tuple[int, str]]:
        return [
            (chat - 10_000, f"{chat}:{one['message_id']}")
            for chat in list(self.fake.messages)
            for one in self.fake.said(chat)
        ]


class WhatsApp:
    """A number at Meta, which brings a message for days."""

    channel = "graph"

    def __init__(self) -> None:
        self.fake = graph.FakeGraph()

    def settings(self, running: ExitStack) -> dict[str, Any]:
        running.enter_context(graph.running(self.fake))
        return {
            "product": "whatsapp",
            "account": graph.ACCOUNTS["whatsapp"],
            "app_id": graph.APP,
            "app_secret": graph.APP_SECRET,
            "verify_token": graph.VERIFY,
            "access_token": graph.TOKEN,
            "api_url": self.fake.url,
        }

    async def say(self, customer: int, words: str, bring: Brings) -> bool:
        person = f"1502{customer:07d}"
        graph.PEOPLE["whatsapp"].setdefault(person, f"Customer {customer}")
        brought = self.fake.say("whatsapp", person, words)
        made = Call("/webhooks/graph/graph", brought.body, brought.headers)
        return await bring(lambda attempt: made, FOR_EVER, 10.0)

    def has(self) -> list[tuple[int, str]]:
        return [
            (int(person.removeprefix("1502")), one["id"])
            for _, person in list(self.fake.chats)
            for one in self.fake.said("whatsapp", person)
        ]


class System:
    """Any other system, attached by the signed webhook; it tries for days, and takes each id of ours once."""

    channel = "webhook"

    def __init__(self) -> None:
        self.fake = webhook.FakeSystem()

    def settings(self, running: ExitStack) -> dict[str, Any]:
        running.enter_context(webhook.running(self.fake))
        return {
            "source": "shop",
            "url": f"{self.fake.url}/replies",
            "incoming_secret": webhook.INCOMING,
            "outgoing_secret": webhook.OUTGOING,
        }

    async def say(self, customer: int, words: str, bring: Brings) -> bool:
        first = self.fake.say("ann", f"need-{customer}", words)

        def made(attempt: int) -> Call:
            # Each attempt says its own time: an old signature is refused, however long we were away.
            call = self.fake.signed(first.body) if attempt else first
            return Call("/webhooks/webhook/webhook", call.body, call.headers)

        return await bring(made, FOR_EVER, 10.0)

    def has(self) -> list[tuple[int, str]]:
        return [
            (int(reply["conversation"].removeprefix("need-")), key)
            for key, reply in list(self.fake.replies.items())
        ]


class Chat:
    """The widget on a website: it posts until it hears a 202, and reads the event stream, where a commit is the delivery."""

    channel = "webchat"

    def __init__(self, answers: Callable[[Call], Any]) -> None:
        self._answers = answers
        self._open: dict[int, dict[str, str]] = {}
        self._ids = itertools.count()

    def settings(self, running: ExitStack) -> dict[str, Any]:
        return {}

    async def say(self, customer: int, words: str, bring: Brings) -> bool:
        start = "/chat/v1/conversations"
        from_there = {"x-forwarded-for": f"10.9.{customer // 200}.{customer % 200 + 1}"}
        if customer not in self._open:
            opening = Call(start, b"{}", from_there)
            assert await bring(lambda attempt: opening, FOR_EVER, 10.0)
            self._open[customer] = self._answers(opening)
        chat = self._open[customer]
        body = json.dumps({"client_id": f"m{next(self._ids)}", "text": words}).encode()
        headers = {"authorization": f"Bearer {chat['token']}", **from_there}
        posted = Call(f"{start}/{chat['conversation']}/messages", body, headers)
        return await bring(lambda attempt: posted, FOR_EVER, 10.0)

    def has(self) -> list[tuple[int, str]]:
        return []


NOT_DRIVEN = {
    "voice": "its replies travel in the response to the call, which dies with the process"
}


def sides(public_url: str, answers: Callable[[Call], Any]) -> list[Side]:
    """Every channel that has a fake."""
    return [
        Chat(answers),
        Mail(),
        Slack(),
        Teams(),
        Texts(public_url),
        Telegram(),
        WhatsApp(),
        System(),
    ]

"""Customers who write on both channels, in order within a conversation, and never give up until they are heard."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import make_msgid

import httpx2

from tests.fakes.mail import MailServers

COMPANY = "support@acme.example"
QUESTIONS = (
    "How do I reset my password?",
    "How long do I have to return a device in Europe?",
    "How do I download my invoices?",
    "How do I create an API key?",
    "When will I get my refund?",
    "My hub is offline, what can I do?",
    "Which plans are there?",
    "My payment failed, what happens now?",
)


@dataclass
class Customer:
    """One conversation; `number` names it in every message, so that the ledger can be reconciled by text alone."""

    number: int
    said: list[str] = field(default_factory=list)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def words(self, question: str) -> str:
        """The next message, with a mark that no other has: `[12.3]` is the third of customer 12."""
        text = f"{question} [{self.number}.{len(self.said)}]"
        self.said.append(text)
        return text


@dataclass
class ChatCustomer(Customer):
    """Posts until the answer is 202; a lost connection is repeated with the same id."""

    conversation: str = ""
    token: str = ""

    async def say(self, traffic: Traffic, question: str) -> None:
        async with self.turn:
            if not self.conversation:
                opened = await traffic.post("/chat/v1/conversations", {}, "", 201)
                self.conversation, self.token = opened["conversation"], opened["token"]
            text = self.words(question)
            path = f"/chat/v1/conversations/{self.conversation}/messages"
            body = {"client_id": f"c{self.number}-{len(self.said)}", "text": text}
            traffic.chat_in_flight += 1
            try:
                await traffic.post(path, body, self.token, 202)
            finally:
                traffic.chat_in_flight -= 1
            traffic.accepted.append(text)


@dataclass
class MailCustomer(Customer):
    """Puts mails into the company's mailbox, as the last server of their way would."""

    ids: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"c{self.number}@customers.example"

    async def say(self, traffic: Traffic, question: str) -> None:
        async with self.turn:
            text = self.words(question)
            message = EmailMessage()
            message["From"], message["To"] = self.address, COMPANY
            message["Subject"] = f"Question {self.number}"
            message["Message-ID"] = make_msgid(domain="customers.example")
            if self.ids:
                message["In-Reply-To"], message["References"] = self.ids[-1], " ".join(self.ids)
            message.set_content(text)
            self.ids.append(message["Message-ID"])
            await asyncio.to_thread(traffic.mail.deliver, message, COMPANY)
            traffic.accepted.append(text)


class Traffic:
    """All customers, and what was accepted from them so far."""

    def __init__(self, port: int, mail: MailServers, customers: int, seed: int) -> None:
        self.mail = mail
        self.accepted: list[str] = []
        self.chat_in_flight = 0
        self.trouble: Counter[str] = Counter()
        self.customers: list[ChatCustomer | MailCustomer] = [
            (ChatCustomer if number % 2 else MailCustomer)(number) for number in range(customers)
        ]
        self._random = random.Random(seed)
        self._client = httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False
        )
        self._tasks: set[asyncio.Task[None]] = set()

    def release(self, customer: int) -> None:
        """The customer says one more thing, as soon as what they said before is accepted."""
        question = self._random.choice(QUESTIONS)
        task = asyncio.create_task(self.customers[customer].say(self, question))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def until_accepted(self, seconds: float) -> None:
        """Waits for everything that was released."""
        async with asyncio.timeout(seconds):
            while self._tasks:
                await asyncio.gather(*self._tasks)

    async def post(
        self, path: str, body: dict[str, str], token: str, wanted: int
    ) -> dict[str, str]:
        """The answer, once it has the wanted status; anything else is tried again."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        while True:
            pause = 0.1
            try:
                answer = await self._client.post(path, json=body, headers=headers)
                if answer.status_code == wanted:
                    got: dict[str, str] = answer.json()
                    return got
                self.trouble[str(answer.status_code)] += 1
                pause = float(answer.headers.get("retry-after", pause))
            except httpx2.HTTPError as problem:
                self.trouble[type(problem).__name__] += 1
            await asyncio.sleep(pause)

    async def parts(self) -> dict[str, str]:
        """Part to state, as `/health` tells it; empty while nobody answers."""
        try:
            answer = await self._client.get("/health", timeout=5)
            return {name: part["state"] for name, part in answer.json()["parts"].items()}
        except (httpx2.HTTPError, ValueError, KeyError):
            return {}

    async def close(self) -> None:
        await self._client.aclose()

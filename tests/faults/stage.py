"""One life of the product's pipeline in a process of its own: a customer writes, web and worker handle it, or the process dies.

Run as a program it waits for lines `{"scenario", "customer"}` on standard input and forks a life for each; the
answer is the line `{"status", "left"}`. A life that follows another of the same customer finds what that one left.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
import traceback
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from bot.bootstrap import build_house, set_up_django

set_up_django("web.django_settings")

import httpx2  # noqa: E402 - the settings come first
from django.db import connections  # noqa: E402

from bot import work  # noqa: E402
from bot.dialogue import Dialogue, TurnResult  # noqa: E402
from bot.house import House  # noqa: E402
from bot.learning import JOB as LEARN  # noqa: E402
from bot.logs import set_up_logs  # noqa: E402
from bot.settings import Work  # noqa: E402
from bot.supervisor import release_worker  # noqa: E402
from channels.contract import Channel  # noqa: E402
from core.message import Reply  # noqa: E402
from core.understanding import Turn  # noqa: E402
from store.models import Conversation, Inbox, Job, OutboxRow  # noqa: E402
from tests.bot.scripted import ScriptedDialogue, hands_over, says  # noqa: E402
from tests.company import NOON, make_company  # noqa: E402
from tests.faults.provider import Hook, Mailbox, Memory, Telephone  # noqa: E402
from web.arrivals import ArrivalApp  # noqa: E402
from web.streams import StreamApp  # noqa: E402

WORKER = "mortal"
PACE = 600
"""The clock runs so many times as fast as the wall's, in each life on from the last."""
LONGEST = 60.0
Act = Callable[["Stage", int], Awaitable[None]]


class Wordly(ScriptedDialogue):
    """Does what the words say: `person`, `form`, `broken`."""

    async def turn(self, turn: Turn) -> TurnResult:
        if "broken" in turn.text:
            raise RuntimeError("nobody has thought of this")
        if "person" in turn.text:
            return hands_over(summary=turn.text)
        if "form" in turn.text:
            asked = Reply(f"Where do we reach you? {turn.text}", kind="question")
            return TurnResult({"version": 1}, (asked,), (), form="handoff_form")
        return says(f"Answer to: {turn.text}")


@dataclass
class Stage:
    """What an act uses: the customers' sides of all channels."""

    house: House
    memory: Memory
    web: httpx2.AsyncClient

    async def mail(self, customer: int, words: str, **more: Any) -> None:
        """A mail lies in the mailbox; once, however often the customer's server has tried."""
        said = {"id": f"mail-{customer}", "customer": customer, "text": words, **more}
        if said not in self.memory.noted("mails"):
            self.memory.note("mails", said)

    async def hook(self, about: dict[str, Any], channel: str = "hook") -> None:
        """Brings something until it is acknowledged."""
        answer = await self.web.post(f"/webhooks/{channel}/{channel}", json=about)
        assert answer.status_code == 200, answer.text

    async def chat(self, customer: int, words: str) -> None:
        """A visitor opens a chat and writes; a browser remembers both across our death."""
        known = [one for one in self.memory.noted("chats") if one["customer"] == customer]
        if not known:
            opened = (await self.web.post("/chat/v1/conversations", json={})).json()
            known = [{"customer": customer, **opened}]
            self.memory.note("chats", known[0])
        chat = known[0]
        answer = await self.web.post(
            f"/chat/v1/conversations/{chat['conversation']}/messages",
            json={"client_id": "first", "text": words},
            headers={"authorization": f"Bearer {chat['token']}"},
        )
        assert answer.status_code == 202, answer.text


async def _mail(stage: Stage, customer: int, words: str) -> None:
    await stage.mail(customer, f"{words} [{customer}.0]")


async def _files(stage: Stage, customer: int) -> None:
    names = [f"{kind}-{customer}" for kind in ("good", "slow", "gone")]
    await stage.mail(customer, f"see files [{customer}.0]", files=names)


async def _hook(stage: Stage, customer: int) -> None:
    text = f"question [{customer}.0]"
    await stage.hook({"id": f"hook-{customer}", "customer": customer, "text": text})


async def _look(stage: Stage, customer: int) -> None:
    await _hook(stage, customer)
    await stage.hook({"looks": customer})


async def _report(stage: Stage, customer: int) -> None:
    await _hook(stage, customer)
    mine: list[dict[str, str]] = []
    for _ in range(3000):
        mine = [one for one in stage.memory.noted("taken") if f"[{customer}.0]" in one["text"]]
        if mine:
            break
        await asyncio.sleep(0.02)
    await stage.hook({"delivered": mine[0]["key"]})


async def _call(stage: Stage, customer: int) -> None:
    text = f"question [{customer}.0]"
    said = {"id": f"call-{customer}", "customer": customer, "text": text}
    with suppress(TimeoutError):  # whoever hears nothing for so long hangs up
        async with asyncio.timeout(9):
            await stage.hook(said, "telephone")


async def _chat(stage: Stage, customer: int) -> None:
    await stage.chat(customer, f"question [{customer}.0]")


def _mails(words: str) -> Act:
    return lambda stage, customer: _mail(stage, customer, words)


SCENARIOS: dict[str, Act] = {
    **{word: _mails(word) for word in ("question", "person", "form", "broken")},
    **{word: _mails(word) for word in ("refused", "later", "unsubscribed")},
    "files": _files,
    "hook": _hook,
    "look": _look,
    "report": _report,
    "call": _call,
    "chat": _chat,
}


def build(folder: Path, began: float) -> tuple[House, Memory]:
    """The house with the providers of this folder, its clock begun at `began` of the wall's."""
    memory = Memory(folder / "provider")
    usual = build_house()
    channels: dict[str, Any] = {
        "mailbox": Mailbox(memory),
        "hook": Hook(memory),
        "telephone": Telephone(memory),
    }

    def clock() -> datetime:
        return NOON + timedelta(seconds=PACE * (time.time() - began))

    def channel_of(inbox: Inbox) -> Channel:
        found = channels.get(inbox.slug)
        return cast("Channel", found) if found else usual.channel_of(inbox)

    quick = Work(poll_seconds=0.02, lease_seconds=30.0)
    settings = usual.settings.model_copy(update={"work": quick})
    return replace(usual, settings=settings, clock=clock, channel_of=channel_of), memory


async def live(folder: Path, began: float, scenario: str, customer: int) -> dict[str, int]:
    """The act, and work until nothing is left to do; what is left after `LONGEST` seconds."""
    house, memory = build(folder, began)
    app = ArrivalApp(house, StreamApp(house))
    worker = work.Worker(house, cast("Dialogue", Wordly()), WORKER)
    running = asyncio.create_task(worker.run())
    transport = httpx2.ASGITransport(app)  # type: ignore[arg-type]
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as web:
        await SCENARIOS[scenario](Stage(house, memory, web), customer)
        for _ in range(int(LONGEST / 0.05)):
            if not (left := await house.database.read(_left, memory)):
                break
            await asyncio.sleep(0.05)
    worker.stop()
    await running
    return left


def _left(memory: Memory) -> dict[str, int]:
    """What somebody still has to do. A question on the way to a person waits for the job that ends it; what the house
    learns once a day has nothing to do with anybody's message."""
    fetched = Inbox.objects.get(slug="mailbox").cursor.get("place", 0)
    found = {
        "turns": Conversation.objects.filter(wants_turn_at__isnull=False).count(),
        "sends": OutboxRow.objects.filter(state=OutboxRow.State.WAITING).count(),
        "jobs": Job.objects.filter(state=Job.State.WAITING).exclude(kind=LEARN).count(),
        "mails": len(memory.noted("mails")) - fetched,
    }
    return {name: count for name, count in found.items() if count}


def seed() -> None:
    """The company, and an inbox for each provider."""
    company = make_company(build_house())
    for name in ("mailbox", "hook", "telephone"):
        Inbox.objects.create(brand=company.brand, slug=name, name=name, channel=name)
    Inbox.objects.filter(slug="scripted").delete()


def main(folder: Path) -> None:
    """Forks a life for each line; the parent itself never opens the database."""
    began = time.time()
    for line in sys.stdin:
        asked = json.loads(line)
        result = folder / "left.json"
        result.unlink(missing_ok=True)
        child = os.fork()
        if not child:
            status = 1
            try:
                if asked["scenario"] == "seed":
                    seed()
                    left = {}
                else:
                    # As the supervisor does with the leases of whoever died.
                    release_worker(WORKER)
                    left = asyncio.run(live(folder, began, asked["scenario"], asked["customer"]))
                result.write_text(json.dumps(left))
                connections.close_all()
                status = 0
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(status)
        _, status = os.waitpid(child, 0)
        left = json.loads(result.read_text()) if result.exists() else None
        answer = {"status": os.waitstatus_to_exitcode(status), "left": left}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    set_up_logs("error", "stage")
    os.environ["THREADLINE_WORKER"] = WORKER
    work.JOBS_EVERY = 0.05  # two seconds of every life would be spent waiting
    main(Path(sys.argv[1]))

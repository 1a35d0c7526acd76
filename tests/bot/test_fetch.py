"""Fetching: one holder, the cursor together with the mail, and nothing unreadable in the way of the rest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from bot.fetch import keep_fetching
from bot.files import Files
from bot.house import House
from channels.contract import Arrival
from core.errors import MalformedPayload, TemporaryFailure
from core.message import Attached, Inbound
from store.duties import beats, give_back, take
from store.models import Duty, InboxRow, Message
from store.receiving import Filed
from tests.company import NOON, Company, ScriptedChannel, Writer


class Mailbox(ScriptedChannel):
    """A mailbox with numbered mails; `None` is one that nobody can read. Ends by being away."""

    def __init__(self, mails: list[Inbound | None]) -> None:
        super().__init__()
        self.mails = mails
        self.settled_numbers: list[int] = []
        self.asked_from: list[int] = []

    async def arrivals(
        self, cursor: dict[str, Any]
    ) -> AsyncIterator[tuple[Arrival, dict[str, Any]]]:
        start = int(cursor.get("uid", 0))
        self.asked_from.append(start)
        for number in range(start, len(self.mails)):
            arrival = Arrival("mail", b"raw %d" % number, NOON, meta={"uid": number})
            yield arrival, {"uid": number + 1}
        await asyncio.sleep(3600)

    async def settled(self, arrival: Arrival) -> None:
        self.settled_numbers.append(arrival.meta["uid"])
        if arrival.meta["uid"] == 0:
            raise TemporaryFailure("cannot flag now")

    def parse(self, arrival: Arrival) -> list[Inbound]:
        mail = self.mails[arrival.meta["uid"]]
        if mail is None:
            raise MalformedPayload("no mail at all")
        return [mail]


def over(company: Company, mailbox: Mailbox) -> House:
    """The company's house with this mailbox behind its mail inbox."""
    return replace(company.house, channel_of=lambda inbox: mailbox)  # type: ignore[arg-type,return-value]


def fetch(house: House, until: Any, worker: str = "w", seconds: float = 15.0) -> bool:
    """Fetches until something is true; whether it became so."""

    async def run() -> bool:
        stopping = asyncio.Event()
        task = asyncio.create_task(keep_fetching(house, worker, stopping))
        done = False
        for _ in range(int(seconds / 0.05)):
            done = await house.database.read(until)
            if done:
                break
            await asyncio.sleep(0.05)
        stopping.set()
        await asyncio.wait_for(task, 10)
        return done

    return asyncio.run(run())


def test_mails_become_messages_and_the_cursor_follows(company: Company) -> None:
    maya = Writer()
    mailbox = Mailbox([maya.mail("one"), maya.mail("two"), maya.mail("three")])
    house = over(company, mailbox)
    assert fetch(house, lambda: Message.objects.count() == 3 and _cursor(company) == 3)
    assert mailbox.settled_numbers == [0, 1, 2], "flagging that failed lost nothing"
    mailbox.mails.append(maya.mail("four"))
    assert fetch(house, lambda: Message.objects.count() == 4)
    assert mailbox.asked_from == [0, 3]


def _cursor(company: Company) -> int:
    company.mail.refresh_from_db()
    return int(company.mail.cursor.get("uid", 0))


def test_the_place_of_a_new_mailbox_is_kept_before_anything_came(company: Company) -> None:
    class Old(Mailbox):
        began = 0

        async def begun(self) -> dict[str, Any]:
            self.began += 1
            return {"uid": 1}

    mailbox = Old([Writer().mail("of the past")])
    house = over(company, mailbox)
    assert fetch(house, lambda: _cursor(company) == 1 and mailbox.asked_from == [1])
    mailbox.mails.append(Writer().mail("while nobody fetched"))
    assert fetch(house, Message.objects.exists)
    assert mailbox.began == 1, "once: later it goes on from what was kept"
    assert (mailbox.asked_from, Message.objects.count()) == ([1, 1], 1)


def test_a_mail_that_nobody_can_read_is_kept_and_does_not_block(company: Company) -> None:
    maya = Writer()
    house = over(company, Mailbox([maya.mail("one"), None, maya.mail("three")]))
    assert fetch(house, lambda: Message.objects.count() == 2)
    kept = InboxRow.objects.get(message=None)
    assert kept.problem == "no mail at all"
    assert house.vault.open_own(f"inboxrow.raw:{kept.id}", bytes(kept.raw_cipher)) == b"raw 1"
    assert _cursor(company) == 3


def test_a_mail_fetched_again_after_a_crash_is_one_message(company: Company) -> None:
    mailbox = Mailbox([Writer().mail("one")])
    house = over(company, mailbox)
    assert fetch(house, lambda: Message.objects.count() == 1)
    type(company.mail).objects.update(cursor={})
    assert fetch(house, lambda: len(mailbox.asked_from) == 2 and _cursor(company) == 1)
    assert Message.objects.count() == 1


def test_while_somebody_else_holds_the_mailbox_nothing_is_fetched(company: Company) -> None:
    take("fetch:scripted", "another", timedelta(minutes=5))
    mailbox = Mailbox([Writer().mail("one")])
    assert not fetch(over(company, mailbox), Message.objects.exists, seconds=1.0)
    assert mailbox.asked_from == []


def test_the_mailbox_is_given_back_at_the_end(company: Company) -> None:
    house = over(company, Mailbox([Writer().mail("one")]))
    assert fetch(house, Message.objects.exists)
    assert Duty.objects.get(name="fetch:scripted").lease_until is None


@pytest.mark.parametrize("problem", [ValueError("settings"), TemporaryFailure("away")])
def test_one_broken_inbox_does_not_stop_the_worker(company: Company, problem: Exception) -> None:
    class Broken(Mailbox):
        async def arrivals(
            self, cursor: dict[str, Any]
        ) -> AsyncIterator[tuple[Arrival, dict[str, Any]]]:
            raise problem
            yield

    def channel_of(inbox: Any) -> Any:
        if isinstance(problem, ValueError):
            raise problem
        return Broken([])

    house = replace(company.house, channel_of=channel_of)
    assert not fetch(house, Message.objects.exists, seconds=0.5)


class Switched(Mailbox):
    """One of two transports, as a setting says."""

    is_polled = True
    is_left = False

    async def arrivals(
        self, cursor: dict[str, Any]
    ) -> AsyncIterator[tuple[Arrival, dict[str, Any]]]:
        try:
            async for one in super().arrivals(cursor):
                yield one
        finally:
            self.is_left = True


@pytest.mark.parametrize("how", ["off", "brought"])
def test_a_mailbox_that_is_no_longer_fetched_is_left_and_not_missed(
    company: Company, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr("bot.fetch.LOOK_FOR_INBOXES", 0.1)
    mailbox = Switched([Writer().mail("one")])

    def is_left() -> bool:
        if not Message.objects.exists():
            return False
        if how == "off":
            type(company.mail).objects.update(is_active=False)
        else:
            mailbox.is_polled = False
        duty = Duty.objects.get(name="fetch:scripted")
        return mailbox.is_left and duty.beat_at is None and duty.lease_until is None

    assert fetch(over(company, mailbox), is_left, seconds=60.0)
    assert mailbox.asked_from == [0]


def test_a_mailbox_whose_settings_are_of_no_use_is_missed(company: Company) -> None:
    held = take("fetch:scripted", "another", timedelta(minutes=5))
    assert held is not None
    give_back(held)
    asked: list[object] = []

    def channel_of(inbox: Any) -> Any:
        asked.append(inbox)
        raise ValueError("settings")

    house = replace(company.house, channel_of=channel_of)
    assert fetch(house, lambda: bool(asked))
    assert "fetch:scripted" in beats()


class Poisoned(Mailbox):
    """One of its mails breaks the program itself, whenever it is read."""

    def parse(self, arrival: Arrival) -> list[Inbound]:
        if arrival.meta["uid"] == 1:
            raise ZeroDivisionError("a fault of ours")
        return super().parse(arrival)


def test_a_mail_that_breaks_us_is_set_aside_after_three_tries(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.fetch.LOOK_FOR_INBOXES", 0.05)
    maya = Writer()
    mailbox = Poisoned([maya.mail("one"), maya.mail("two"), maya.mail("three")])
    house = over(company, mailbox)
    assert fetch(house, lambda: Message.objects.count() == 2 and _cursor(company) == 3)
    assert mailbox.asked_from == [0, 1, 1]
    aside = InboxRow.objects.get(message=None)
    assert "broke" in aside.problem
    assert aside.raw_cipher


def test_a_full_disk_sets_no_mail_aside(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mail is as good as any: it comes again until there is room."""
    keep, tries = Files.keep, count(1)

    def full(self: Files, item: Attached) -> Filed:
        if next(tries) <= 4:
            raise OSError(28, "No space left on device")
        return keep(self, item)

    monkeypatch.setattr(Files, "keep", full)
    monkeypatch.setattr("bot.fetch.LOOK_FOR_INBOXES", 0.05)
    file = Attached("a.txt", "text/plain", b"words")
    house = over(company, Mailbox([Writer().mail("with a file", attachments=(file,))]))
    assert fetch(house, Message.objects.exists)
    assert not InboxRow.objects.filter(message=None).exists()
    assert next(tries) > 4

"""The link under an answer by mail: signed, changed by nobody, safe to look at, and good for ninety days."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.test import Client

from bot.deliver import deliver
from bot.ratings import rating_address
from channels.contract import Capabilities
from core.message import AddressKind, Outbound, Receipt, Sender, Verified
from store.learning import rated_answers
from store.models import AnswerRating, OutboxRow
from store.outbox import lease
from tests.web.desk.conftest import desk_company
from tests.web.seed import LEASE, Company, answers, article, mails

__all__ = ["desk_company"]
MAYA = Sender(AddressKind.EMAIL, "maya@example.org", Verified.PROVEN, "Maya")


@dataclass
class Posted:
    """A mailbox that keeps what is sent."""

    can: Capabilities
    sent: list[Outbound]

    async def send(self, outbound: Outbound) -> Receipt:
        self.sent.append(outbound)
        return Receipt("sent")


async def delivered(company: Company, *cited: Any) -> str:
    """The text of the mail that answers Maya."""
    house, run = company.house, company.house.database.run

    def ask() -> None:
        mails(company, MAYA, "Refund", "When does my refund arrive?")
        answers(company, "Within five days.", *cited)

    await run(ask)
    rows = await run(lease, house.vault, "w", LEASE, LEASE, 5, company.clock())
    box = Posted(house.channel_of(company.mail).can, [])
    for row in rows:
        await deliver(replace(house, channel_of=lambda inbox: box), row)
    return box.sent[-1].text


async def answered(company: Company) -> tuple[str, str]:
    """The mail and the path of its link."""
    cited = await company.house.database.run(article, company, "refunds", "Refunds", "So.")
    said = await delivered(company, cited)
    found = re.search(r"https?://[^/\s]+(/rate/[0-9a-f]{64})$", said)
    assert found, said
    return said, found[1]


def at(company: Company, path: str, **form: str) -> Any:
    client = Client(enforce_csrf_checks=True)
    return client.post(path, form) if form else client.get(path)


async def test_a_press_counts_and_the_last_one_holds(desk_company: Company) -> None:
    company, run = desk_company, desk_company.house.database.run
    said, path = await answered(company)
    assert said.startswith("Within five days.")
    page = await run(at, company, path)
    assert page.status_code == 200
    assert "Did our answer help?" in page.content.decode()
    assert page["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page["Cache-Control"]
    assert await run(AnswerRating.objects.count) == 0
    for word, helpful in (("yes", True), ("no", False), ("yes", True)):
        page = await run(lambda word=word: at(company, path, helped=word))
        assert "Thank you for telling us." in page.content.decode()
        row = await run(AnswerRating.objects.get)
        assert (row.helpful, row.source) == (helpful, "mail")
    (one,) = await run(rated_answers, company.house.vault, "default", company.clock())
    assert one.helpful


@pytest.mark.parametrize(
    "alter",
    [
        lambda path: path[:-1] + ("0" if path[-1] != "0" else "1"),
        lambda path: path[:-32],
        lambda path: path + "0",
        lambda path: f"/rate/{'0' * 32}{path[-32:]}",
        lambda path: "/rate/x",
    ],
)
async def test_an_altered_link_opens_nothing(
    desk_company: Company, alter: Callable[[str], str]
) -> None:
    company, run = desk_company, desk_company.house.database.run
    _, path = await answered(company)
    assert (await run(at, company, alter(path))).status_code == 404
    assert (await run(lambda: at(company, alter(path), helped="yes"))).status_code == 404
    assert await run(AnswerRating.objects.count) == 0


async def test_looking_and_nonsense_change_nothing_and_ninety_days_are_enough(
    desk_company: Company,
) -> None:
    company, run = desk_company, desk_company.house.database.run
    _, path = await answered(company)
    assert (await run(lambda: Client().head(path))).status_code == 200
    assert (await run(lambda: at(company, f"{path}?helped=yes"))).status_code == 200
    assert (await run(lambda: at(company, path, helped="maybe"))).status_code == 200
    assert await run(AnswerRating.objects.count) == 0
    company.clock.advance(days=91)
    assert (await run(lambda: at(company, path, helped="yes"))).status_code == 404


async def test_only_answers_ask(desk_company: Company) -> None:
    company, run = desk_company, desk_company.house.database.run
    assert "/rate/" not in await delivered(company)
    row = await run(OutboxRow.objects.latest, "id")
    house = company.house
    path = rating_address(house.vault, "", row.key)
    assert (await run(at, company, path)).status_code == 404

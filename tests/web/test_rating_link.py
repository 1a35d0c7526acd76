"""The link under an answer by mail: signed, changed by nobody, safe to look at, and good for ninety days."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.test import Client

from bot.deliver import deliver
from bot.links import token_of
from bot.ratings import rating_address
from bot.reply import Outcome, finish_turn
from channels.contract import Capabilities
from core.ids import ThreadKey
from core.message import AddressKind, Button, Outbound, Receipt, Reply, Sender, Verified
from core.understanding import Effect, EffectKind
from store.learning import rated_answers
from store.models import AnswerRating, OutboxRow
from store.outbox import lease
from tests.web.desk.conftest import desk_company
from tests.web.seed import LEASE, Company, answers, article, claimed, mails

__all__ = ["desk_company"]
MAYA = Sender(AddressKind.EMAIL, "maya@example.org", Verified.PROVEN, "Maya")


@dataclass
class Posted:
    """A mailbox that keeps what is sent."""

    can: Capabilities
    sent: list[Outbound]

    async def send(self, outbound: Outbound) -> Receipt:
        self.sent.append(outbound)
        return Receipt("sent", (ThreadKey("<answer@example.com>"),))


async def delivered(company: Company, *cited: Any) -> str:
    """The text of the mail that answers Maya."""

    def ask() -> None:
        mails(company, MAYA, "Refund", "When does my refund arrive?")
        answers(company, "Within five days.", *cited)

    await company.house.database.run(ask)
    return (await posted(company))[-1]


async def posted(company: Company) -> list[str]:
    """The texts of the mails that wait to be sent."""
    house = company.house
    box = Posted(house.channel_of(company.mail).can, [])
    due = (lease, house.vault, "w", LEASE, LEASE, 5, company.clock())
    while rows := await house.database.run(*due):
        for row in rows:
            await deliver(replace(house, channel_of=lambda inbox: box), row)
    return [said.text for said in box.sent]


async def answered(company: Company) -> tuple[str, str]:
    """The mail and the path of its link."""
    cited = await company.house.database.run(article, company, "refunds", "Refunds", "So.")
    said = await delivered(company, cited)
    found = re.search(r"https?://[^/\s]+(/rate/[\w-]{43})$", said)
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
        lambda path: f"/rate/AAAA{path[10:]}",
        lambda path: f"/rate/{'0' * 64}",
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


async def asked_in_words(company: Company) -> str:
    """The mail with an answer and the assistant's own question under it."""
    run = company.house.database.run
    cited = await run(article, company, "refunds", "Refunds", "So.")
    answer = Reply("Within five days.", citations=(cited,), kind="answer")
    choices = (Button("Yes", "Yes"), Button("No", "No"))
    question = Reply("Did that help?", buttons=choices, kind="question")

    def ask() -> None:
        mails(company, MAYA, "Refund", "When does my refund arrive?")
        finish_turn(company.house, claimed(company), Outcome((answer, question), state={}))

    await run(ask)
    [said] = await posted(company)
    return said


async def test_where_the_assistant_asks_the_link_answers_that(desk_company: Company) -> None:
    said = await asked_in_words(desk_company)
    assert re.findall(r"[^\n]*help[^\n]*\?", said) == ["Did that help?"]
    *_, choices, link = said.split("\n\n")
    assert choices.endswith("1. Yes\n2. No")
    assert re.fullmatch(r"Or with one click: https?://\S+/rate/[\w-]{43}", link)


async def test_by_link_and_in_words_it_is_one_rating(desk_company: Company) -> None:
    company, run = desk_company, desk_company.house.database.run
    said = await asked_in_words(company)
    path = "/rate/" + said.rpartition("/")[2]
    await run(lambda: at(company, path, helped="no"))
    assert not (await run(AnswerRating.objects.get)).helpful

    def thank() -> None:
        mails(company, MAYA, "Re: Refund", "1", follows="<answer@example.com>")
        glad, settled = Reply("Glad that helped!"), Effect(EffectKind.RESOLVE, {})
        finish_turn(company.house, claimed(company), Outcome((glad,), {}, (settled,)))

    await run(thank)
    rating = await run(AnswerRating.objects.get)
    assert (rating.helpful, rating.source) == (True, "dialogue")
    sent = await posted(company)
    assert [text.count("/rate/") for text in sent] == [0] * len(sent), "only how it was is asked"
    assert sum(text.count("/survey/") for text in sent) == 1


async def test_a_link_of_the_first_kind_means_what_it_meant(desk_company: Company) -> None:
    company, run = desk_company, desk_company.house.database.run
    await answered(company)
    key = (await run(OutboxRow.objects.latest, "id")).key
    signature = company.house.vault.sign("answer rating", key.bytes).hex()[:32]
    path = f"/rate/{key.hex}{signature}"
    assert (await run(lambda: at(company, path, helped="yes"))).status_code == 200
    assert (await run(AnswerRating.objects.get)).helpful
    assert (await run(at, company, path[:-1] + "x")).status_code == 404


async def test_a_link_of_one_purpose_opens_nothing_of_another(desk_company: Company) -> None:
    company, run = desk_company, desk_company.house.database.run
    await answered(company)
    key = (await run(OutboxRow.objects.latest, "id")).key
    path = f"/rate/{token_of(company.house.vault, 'survey', key)}"
    assert (await run(at, company, path)).status_code == 404

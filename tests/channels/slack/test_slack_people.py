"""Who writes in Slack: asked of its directory once their message is stored, never waited for, and no error where it is not told."""

from __future__ import annotations

from typing import cast

import httpx2
import pytest

from bot.converse import Speaker
from bot.dialogue import Dialogue
from bot.jobs import run_some
from bot.people import JOB
from channels.slack_people import read_profile
from core.errors import PermanentFailure, TemporaryFailure
from core.message import AddressKind, Sender
from store.bodies import sender_of
from store.models import Address, Conversation, Job
from tests.bot.scripted import ScriptedDialogue
from tests.channels.slack.conftest import Office
from tests.fakes.slack import ANN, TEAM

PATH = "/webhooks/slack/acme"
SENDER = Sender(AddressKind.SLACK, f"{TEAM}:{ANN}")


async def write(office: Office, http: httpx2.AsyncClient, text: str = "hello") -> None:
    for request in office.slack.say(ANN, office.slack.direct(ANN), text):
        answered = await http.post(PATH, content=request.body, headers=request.headers)
        assert answered.status_code == 200


async def work(office: Office) -> None:
    await run_some(Speaker(office.company.house, cast("Dialogue", ScriptedDialogue())), "test")


async def name(office: Office) -> str:
    vault, run = office.company.house.vault, office.company.house.database.run
    return await run(lambda: sender_of(vault, Address.objects.get(kind="slack")).display_name)


def asked(office: Office) -> int:
    return sum(method == "users.info" for method, _ in office.slack.calls)


async def test_the_name_comes_after_the_message(office: Office, http: httpx2.AsyncClient) -> None:
    office.slack.locale = "es-MX"
    await write(office, http)
    assert (asked(office), await name(office)) == (0, ""), "nobody waits for it"
    await work(office)
    assert await name(office) == "Ann Example"
    language = await office.company.house.database.run(lambda: Conversation.objects.get().language)
    assert language == "es"
    await write(office, http, "once more")
    await work(office)
    assert asked(office) == 1


async def test_without_the_scope_nothing_is_told_and_nothing_fails(
    office: Office, http: httpx2.AsyncClient
) -> None:
    office.slack.knows_people = False
    await write(office, http)
    await work(office)
    run = office.company.house.database.run
    states = await run(lambda: list(Job.objects.filter(kind=JOB).values_list("state", flat=True)))
    assert (await name(office), states) == ("", ["done"])


async def test_who_is_not_there_is_told_from_a_slack_that_is_away(office: Office) -> None:
    with pytest.raises(PermanentFailure, match="user_not_found"):
        await office.channel.profile(Sender(AddressKind.SLACK, f"{TEAM}:U0NOBODY"))
    office.slack.scripts.append(("users.info", "503"))
    with pytest.raises(TemporaryFailure):
        await office.channel.profile(SENDER)
    office.slack.nicknames[ANN] = "annie"
    assert (await office.channel.profile(SENDER)).name == "annie"


@pytest.mark.parametrize(
    ("user", "known"),
    [
        ({"profile": {"display_name": " ", "real_name": "Ann\nExample"}}, ("Ann Example", "")),
        ({"real_name": "Ann", "locale": "pt-BR"}, ("Ann", "pt")),
        ({"profile": "Ann", "locale": 7}, ("", "")),
        ({"profile": {"display_name": "x" * 900}, "locale": "Klingon"}, ("x" * 200, "")),
        (None, ("", "")),
    ],
)
def test_odd_answers_name_nobody(user: object, known: tuple[str, str]) -> None:
    told = read_profile(user)
    assert (told.name, told.language) == known

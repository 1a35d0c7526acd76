"""Who writes by Messenger and Instagram: asked of Meta once their message is stored, never waited for, and no error where it is not told."""

from __future__ import annotations

from typing import cast

import pytest

from bot.converse import Speaker
from bot.dialogue import Dialogue
from bot.jobs import run_some
from bot.people import JOB
from channels.graph_people import read_profile
from core.errors import PermanentFailure, TemporaryFailure
from store.bodies import sender_of
from store.desk_search import text_of
from store.models import Address, Conversation, Event, Job, Message, Ticket
from tests.bot.scripted import ScriptedDialogue
from tests.channels.graph.conftest import Office
from tests.channels.graph.provider import GraphProvider, graph_settings
from tests.channels.office import caller, taken_up
from tests.fakes.graph import ACCOUNTS, PEOPLE
from tests.fakes.graph_rules import Refusal

both = pytest.mark.parametrize("office", ["messenger", "instagram"], indirect=True)
page = pytest.mark.parametrize("office", ["messenger"], indirect=True)
picture = pytest.mark.parametrize("office", ["instagram"], indirect=True)
BEN = {product: list(people)[1] for product, people in PEOPLE.items()}


async def write(here: Office, text: str = "Where is my order?", person: str = "") -> None:
    """What the web process does with a message."""
    call = here.graph.say(here.product, person or here.ann, text)
    answered = await caller(here).post(
        "/webhooks/graph/acme", content=call.body, headers=call.headers
    )
    assert answered.status_code == 200


async def work(here: Office) -> None:
    """What a worker does with the jobs that are due."""
    await run_some(Speaker(here.company.house, cast("Dialogue", ScriptedDialogue())), "test")


async def name(here: Office) -> str:
    """The name of the only customer."""
    vault, run = here.company.house.vault, here.company.house.database.run
    return await run(lambda: sender_of(vault, Address.objects.get(kind="social")).display_name)


async def states(here: Office) -> list[str]:
    run = here.company.house.database.run
    return await run(lambda: list(Job.objects.filter(kind=JOB).values_list("state", flat=True)))


@both
async def test_the_name_comes_after_the_message(office: Office) -> None:
    await write(office)
    assert office.graph.asked == [], "nobody waits for it"
    assert await name(office) == ""
    await work(office)
    assert (await name(office), await states(office)) == ("Ann Example", ["done"])


@page
async def test_the_desk_shows_and_finds_it(office: Office) -> None:
    here, run = office, office.company.house.database.run
    number = await run(taken_up, here, here.graph.say(here.product, here.ann, "Hello"))

    def found() -> str:
        rows = Ticket.objects.select_related("conversation__address")
        return text_of(here.company.house.vault, rows.get(number=number))

    assert "Ann Example" not in await run(found)
    await work(here)
    assert "Ann Example" in await run(found)
    told = await run(lambda: Event.objects.get(kind="customer_named"))
    assert (told.public_seq, "Ann" in str(told.data)) == (None, False), "the index follows events"


@both
async def test_it_is_asked_once_and_again_when_it_is_old(office: Office) -> None:
    run = office.company.house.database.run
    for text in ("One", "Two", "Three"):
        await write(office, text)
    await work(office)
    await write(office, "Four")
    await work(office)
    assert len({one for one, _ in office.graph.asked}) == len(await states(office)) == 1
    asked = len(office.graph.asked)
    office.clock.advance(days=30)
    await write(office, "Five")
    await work(office)
    assert len(office.graph.asked) == 2 * asked
    assert await run(Event.objects.filter(kind="customer_named").count) == 1, "it is the same"


@page
async def test_the_language_is_taken_where_it_is_told_and_none_has_shown(office: Office) -> None:
    here, run = office, office.company.house.database.run
    here.graph.granted.add("locale")
    await write(here)
    await work(here)
    assert [fields for _, fields in here.graph.asked] == ["name,locale"]
    assert await run(lambda: Conversation.objects.get().language) == "de"
    await run(lambda: Conversation.objects.update(language="en"))
    here.clock.advance(days=31)
    await write(here)
    await work(here)
    assert await run(lambda: Conversation.objects.get().language) == "en", "what they wrote counts"


@page
async def test_without_the_permission_for_it_the_name_comes_all_the_same(office: Office) -> None:
    await write(office)
    await work(office)
    assert [fields for _, fields in office.graph.asked] == ["name,locale", "name"]
    assert await name(office) == "Ann Example"


@picture
async def test_who_set_no_name_has_that_of_the_account(office: Office) -> None:
    office.graph.nameless.add(office.ann)
    await write(office)
    await work(office)
    assert await name(office) == f"@user{office.ann[-4:]}"


@both
@pytest.mark.parametrize("why", ["permission", "consent", "gone"])
async def test_a_refusal_is_no_error_and_is_asked_again_a_day_later(
    office: Office, why: str
) -> None:
    here = office
    if why == "permission":
        here.graph.granted.clear()
    if why == "gone":
        here.graph.gone.add(here.ann)
    await write(here)
    if why == "consent":
        here.graph.heard.clear()
    await work(here)
    is_told = why == "consent" and here.product == "messenger"
    assert await states(here) == ["done"]
    assert bool(await name(here)) == is_told
    here.graph.granted.add("profile")
    here.graph.gone.clear()
    await write(here)
    await work(here)
    assert bool(await name(here)) == is_told, "not at every message"
    here.clock.advance(days=1)
    await write(here)
    await work(here)
    assert await name(here) == "Ann Example"


@page
async def test_an_account_made_by_a_telephone_number_has_no_name(office: Office) -> None:
    office.graph.by_phone.add(office.ann)
    await write(office)
    await work(office)
    assert (await name(office), await states(office)) == ("", ["done"])


@page
async def test_while_meta_is_away_it_is_tried_again_a_few_times(office: Office) -> None:
    here = office
    await write(here)
    here.graph.script += [503, 500, Refusal(400, 4)]
    for _ in range(3):
        await work(here)
        assert (await name(here), await states(here)) == ("", ["waiting"])
        here.clock.advance(hours=2)
    await work(here)
    assert (await name(here), await states(here)) == ("Ann Example", ["done"])


@page
async def test_a_silent_meta_holds_nobody_up(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.people.SECONDS", 0.0)
    await write(office)
    await work(office)
    run = office.company.house.database.run
    job = await run(lambda: Job.objects.get(kind=JOB))
    assert (job.state, "no name in time" in job.last_error) == ("waiting", True)
    assert await run(Message.objects.count) == 1


@page
async def test_done_twice_it_is_done_once(office: Office) -> None:
    """The worker dies after the name is kept and before the job is done, or before it is kept."""
    here, run = office, office.company.house.database.run
    await write(here)
    for _ in range(2):
        await work(here)
        await run(lambda: Job.objects.filter(kind=JOB).update(state="waiting", lease_until=None))
    assert await name(here) == "Ann Example"
    assert await run(Event.objects.filter(kind="customer_named").count) == 1
    here.graph.gone.add(here.ann)
    for _ in range(2):
        await work(here)
        await run(lambda: Job.objects.filter(kind=JOB).update(state="waiting", lease_until=None))
    assert await name(here) == "Ann Example", "a refusal takes nothing away"


@both
async def test_erasure_takes_it_and_asks_no_more(office: Office) -> None:
    here, run = office, office.company.house.database.run
    await write(here)
    await work(here)
    await run(lambda: Address.objects.update(key_wrapped=None))
    raw = await run(lambda: bytes(Address.objects.get(kind="social").name_cipher))
    assert b"Ann" not in raw
    asked = len(here.graph.asked)
    await run(lambda: Job.objects.filter(kind=JOB).update(state="waiting", lease_until=None))
    await work(here)
    assert len(here.graph.asked) == asked
    payload = await run(lambda: Job.objects.filter(kind=JOB).latest("run_at").payload)
    assert here.ann not in str(payload), "a job names nobody"


@pytest.mark.parametrize("office", ["whatsapp"], indirect=True)
async def test_whatsapp_brings_its_names(office: Office) -> None:
    await write(office)
    assert (await name(office), await states(office)) == ("Ann Example", [])


@both
async def test_each_customer_has_their_own(office: Office) -> None:
    here, run = office, office.company.house.database.run
    await write(here)
    await write(here, "Hello", BEN[here.product])
    await work(here)
    vault = here.company.house.vault
    rows = await run(lambda: list(Address.objects.filter(kind="social")))
    assert {sender_of(vault, row).display_name for row in rows} == {"Ann Example", "Ben Example"}


@pytest.mark.parametrize("product", ["messenger", "instagram"])
async def test_a_wrong_token_is_ours_to_mend(product: str) -> None:
    provider = GraphProvider(product)
    provider.start()
    try:
        provider.behave("unauthorised")
        to = provider.outbound("x").to
        with pytest.raises(TemporaryFailure):
            await provider.channel.profile(to)
        provider.behave("taken")
        assert (await provider.channel.profile(to)).name == "Ann Example"
        stranger = graph_settings(product, account=ACCOUNTS["whatsapp"])
        provider.channel.settings = stranger
        with pytest.raises(PermanentFailure):
            await provider.channel.profile(to)
    finally:
        provider.stop()


@pytest.mark.parametrize(
    ("told", "name", "language"),
    [
        ({"name": "Ann\x00 \n Example ", "locale": "pt_BR"}, "Ann Example", "pt"),
        ({"name": None, "username": "ann.x"}, "@ann.x", ""),
        ({"name": 7, "locale": ["de"]}, "", ""),
        ({"name": "a" * 900, "locale": "x" * 900}, "a" * 200, ""),
        ({"name": "\u202egnp.exe"}, "gnp.exe", ""),
        ({}, "", ""),
    ],
)
def test_what_is_read_of_it(told: dict[str, object], name: str, language: str) -> None:
    profile = read_profile(told)
    assert (profile.name, profile.language) == (name, language)

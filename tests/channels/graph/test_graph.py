"""WhatsApp, Messenger and Instagram on the house: what is said, chosen, sent and read there, and what late answers need."""

from __future__ import annotations

import hashlib
import itertools
import json
import random
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.provider_files import fetch_files
from bot.report import report
from channels.graph import Graph
from channels.graph_settings import GraphSettings
from core.errors import OptedOut, PermanentFailure, TemporaryFailure
from core.message import AddressKind, Button, Delivery, Outbound, Sender
from store.models import Attachment, InboxRow, Job, Message, OutboxRow
from store.reports import reported
from tests.channels.graph.conftest import Office
from tests.channels.graph.provider import HEADER, INBOX, NOW, OLD_SECRET, arrived, graph_settings
from tests.channels.office import answer, caller, deliver
from tests.fakes.graph import OWN_IDS, PEOPLE, TOKEN, VERIFY, Brought, FakeGraph
from tests.fakes.graph_rules import Refusal

PATH = "/webhooks/graph/acme"
PRODUCTS = ("whatsapp", "messenger", "instagram")
everywhere = pytest.mark.parametrize("office", PRODUCTS, indirect=True)


def tell(office: Office, *calls: Brought) -> None:
    """What the web process does with calls that report."""
    channel = office.channel
    assert isinstance(channel, Graph)
    for call in calls:
        arrival = office.arrived(call, office.company.house.clock())
        report(office.company.house, office.inbox, channel.reports(arrival))


# ---- what arrives -------------------------------------------------------------------------------


@everywhere
def test_a_person_is_one_conversation_and_retries_count_once(office: Office) -> None:
    here, product = office, office.product
    one, two = (here.graph.say(product, here.ann, text) for text in ("one", "two"))
    assert [item.is_duplicate for item in here.take(one, two, one)] == [False, False, True]
    here.take(here.graph.say(product, list(PEOPLE[product])[1], "another"))
    assert sorted(here.texts()) == [["another"], ["one", "two"]]


@pytest.mark.parametrize("hides", [True, False])
async def test_a_number_that_is_hidden_or_shown_meanwhile_changes_no_conversation(
    office: Office, hides: bool
) -> None:
    """WhatsApp tells the id under which somebody writes to us beside the number, and alone where the number is hidden."""
    run, graph, ann = office.company.house.database.run, office.graph, office.ann
    hidden, shown = (
        lambda text: graph.say("whatsapp", OWN_IDS[ann], text),
        lambda text: graph.say("whatsapp", ann, text),
    )
    if hides:
        calls = [shown("My lamp is broken"), hidden("Are you there?")]
    else:  # known by the id alone, both are told once, then the id alone again
        calls = [hidden("My lamp"), shown("is broken"), hidden("Are you there?")]
    await run(office.take, *calls)
    (texts,) = await run(office.texts)
    assert len(texts) == len(calls)
    await run(answer, office, "We are.")
    assert await deliver(office) == ["sent"]
    assert [one["text"] for one in graph.said("whatsapp", ann)] == ["We are."]


@everywhere
async def test_a_choice_is_offered_and_pressed(office: Office) -> None:
    here, product = office, office.product
    run, graph, http = here.company.house.database.run, here.graph, caller(here)
    call = graph.say(product, here.ann, "I need help")
    assert (await http.post(PATH, content=call.body, headers=call.headers)).status_code == 200
    assert graph.seen, "it is shown as read"
    assert graph.typing
    await run(answer, here, "With what?", "Order", "Returns", "Something else altogether")
    assert await deliver(here) == ["sent"]
    call = graph.choose(product, here.ann, 3)
    assert (await http.post(PATH, content=call.body, headers=call.headers)).status_code == 200
    assert await run(here.texts) == [["I need help", "something else altogether"]]


def test_a_reaction_is_kept_and_asks_for_nothing(office: Office) -> None:
    here = office
    assert here.take(here.graph.react("whatsapp", here.ann, "wamid.X", "\U0001f44d")) == []
    here.take(here.graph.say("whatsapp", here.ann, "hello"))
    (accepted,) = here.take(here.graph.react("whatsapp", here.ann, "wamid.X", "\U0001f44d"))
    message = Message.objects.get(id=accepted.message)
    assert message.is_automatic
    assert message.conversation.turns == 0


async def test_the_address_is_checked_by_meta(office: Office) -> None:
    http = caller(office)
    question = FakeGraph().question()
    told = await http.get(f"{PATH}?{question.query}")
    assert (told.status_code, told.text) == (200, "1158201444")
    assert told.headers["content-type"].startswith("text/plain")
    for wrong in (FakeGraph().question("x" * 22), FakeGraph().question(challenge="<script>")):
        assert (await http.get(f"{PATH}?{wrong.query}")).status_code == 401


async def test_no_forged_call_is_accepted(office: Office) -> None:
    here, chance = office, random.Random(15)
    http, call = caller(here), here.graph.say("whatsapp", here.ann, "hello")
    told = call.headers[HEADER]
    for number in range(100):
        place = chance.randrange(7, len(told))
        body = bytearray(call.body)
        body[chance.randrange(len(body))] ^= 1 << chance.randrange(7)
        other = told[:place] + ("0" if told[place] != "0" else "1") + told[place + 1 :]
        odd = [other, told[:place], told + "0", "", "sha1=" + told[7:47], "x" * 9000, f" {told}"]
        forged = (call.body, chance.choice(odd)) if number % 2 else (bytes(body), told)
        headers = {**call.headers, HEADER: forged[1]}
        refused = await http.post(PATH, content=forged[0], headers=headers)
        assert refused.status_code == 401
    assert await here.company.house.database.run(InboxRow.objects.count) == 0


def test_the_former_secret_still_verifies(graph: FakeGraph) -> None:
    old = replace(graph, secret=OLD_SECRET).say("whatsapp", "15550783881", "hello")
    Graph(INBOX, graph_settings("whatsapp")).verify(arrived(old))


@everywhere
async def test_files_are_brought_after_their_message(office: Office) -> None:
    here, product = office, office.product
    run, content = here.company.house.database.run, b"\xff\xd8 a picture"
    await run(here.take, here.graph.send_file(product, here.ann, content, "image/jpeg", "look"))
    job = await run(lambda: Job.objects.get(kind="fetch_files"))
    await fetch_files(here.company.house, job.payload)
    file = await run(Attachment.objects.get)
    assert (file.sha256, file.problem) == (hashlib.sha256(content).hexdigest(), "")


@pytest.mark.parametrize(
    "reference",
    [
        "https://evil.example/1.jpg",
        "https://fbcdn.net.evil.example/1.jpg",
        "http://scontent.fbcdn.net/1.jpg",
        "https://user@scontent.fbcdn.net/1.jpg",
        "https://scontent.fbcdn.net:8443/1.jpg",
        "file:///etc/passwd",
        "media:../1",
    ],
)
async def test_files_come_from_meta_alone(graph: FakeGraph, reference: str) -> None:
    channel = Graph(INBOX, graph_settings("messenger", graph.url))
    with pytest.raises(PermanentFailure, match="not kept at Meta"):
        await channel.fetch(reference)


# ---- what became of it --------------------------------------------------------------------------


async def test_in_every_order_the_furthest_word_stands(office: Office) -> None:
    here = office
    run = here.company.house.database.run
    for number, walk in enumerate(itertools.permutations(("sent", "delivered", "read", "failed"))):
        await run(here.take, here.graph.say("whatsapp", here.ann, f"question {number}"))
        await run(answer, here, f"answer {number}")
        await deliver(here)
        row = await run(OutboxRow.objects.latest, "id")
        ours = here.graph.said("whatsapp", here.ann)[-1]
        assert (ours["key"], row.provider_id) == (str(row.key), ours["id"])
        for status in walk:
            code = 131026 if status == "failed" else 0
            await run(tell, here, here.graph.status(ours["id"], status, code, ours["key"]))
        assert await run(reported, row) is Delivery.READ, walk


@pytest.mark.parametrize("office", ["messenger"], indirect=True)
async def test_messenger_tells_reading_by_a_time(office: Office) -> None:
    here = office
    house, graph = here.company.house, here.graph
    run, clock = house.database.run, here.clock
    for number in range(3):
        await run(here.take, graph.say("messenger", here.ann, f"question {number}"))
        await run(answer, here, f"answer {number}")
        await deliver(here)
        clock.advance(minutes=1)
    until = int((clock.now - timedelta(seconds=90)).timestamp() * 1000)
    stranger = list(PEOPLE["messenger"])[1]
    await run(tell, here, graph.messaging_call("messenger", stranger, read={"watermark": until}))
    rows = await run(lambda: list(OutboxRow.objects.order_by("id")))
    assert [await run(reported, row) for row in rows] == [None, None, None]
    await run(tell, here, graph.messaging_call("messenger", here.ann, read={"watermark": until}))
    read = [Delivery.READ, Delivery.READ, None]
    assert [await run(reported, row) for row in rows] == read


# ---- late answers -------------------------------------------------------------------------------


async def late(here: Office, hours: float, *buttons: str) -> list[str]:
    """A question, and the bot's answer so much later; the states of the outbox."""
    run, product = here.company.house.database.run, here.product
    await run(here.take, here.graph.say(product, here.ann, "Where is it?"))
    here.clock.advance(hours=hours)
    await run(answer, here, "It comes\ntomorrow.", *buttons)
    return await deliver(here)


async def test_after_a_day_whatsapp_gets_the_template(office: Office) -> None:
    here = office
    assert await late(here, 23.9) == ["sent"]
    assert await late(here, 24, "Yes", "No") == ["sent", "sent"]
    early, after = here.graph.said("whatsapp", here.ann)
    assert "template" not in early
    assert (after["template"], after["failed"]) == ("we_answered", 0)
    assert after["text"] == "It comes tomorrow. (Yes / No)"


async def test_without_a_template_a_person_is_told(office: Office) -> None:
    here = office
    channel = here.channel
    assert isinstance(channel, Graph)
    channel.settings = channel.settings.model_copy(update={"template": ""})
    assert await late(here, 25) == ["dead"]
    assert here.graph.said("whatsapp", here.ann) == []
    row = await here.company.house.database.run(OutboxRow.objects.get)
    assert row.last_error.startswith("the customer has been silent for more than 24 hours")


@pytest.mark.parametrize("office", ["messenger", "instagram"], indirect=True)
async def test_after_a_day_people_alone_may_answer(office: Office) -> None:
    graph, product = office.graph, office.product
    assert await late(office, 25) == ["dead"]
    channel = Graph(INBOX, graph_settings(product, graph.url))
    graph.clock = NOW.timestamp
    ann = next(iter(PEOPLE[product]))
    for days, tag in ((0.9, ""), (6.9, "HUMAN_AGENT"), (7.1, None)):
        heard = NOW - timedelta(days=days)
        graph.heard[product, ann] = heard.timestamp()
        outbound = replace(reply(channel, ann), heard_at=heard, is_automatic=False)
        if tag is None:
            with pytest.raises(PermanentFailure, match="7 days"):
                await channel.send(outbound)
        else:
            await channel.send(outbound)
            assert graph.said(product, ann)[-1]["tag"] == tag


# ---- what is sent -------------------------------------------------------------------------------


def reply(channel: Graph, person: str, text: str = "hello") -> Outbound:
    settings = channel.settings
    scope = "" if settings.product == "whatsapp" else f"{settings.account}:"
    to = Sender(AddressKind.SOCIAL, f"{settings.product}:{scope}{person}")
    return Outbound(key="row-7", to=to, text=text, at=NOW, sent_at=NOW)


@pytest.fixture
def channel(graph: FakeGraph) -> Graph:
    return Graph(INBOX, graph_settings("whatsapp", graph.url))


@pytest.mark.parametrize(
    ("refusal", "error", "certain", "wait"),
    [
        (Refusal(400, 130429), TemporaryFailure, True, 5.0),
        (Refusal(400, 131056), TemporaryFailure, True, 6.0),
        (Refusal(400, 131048), TemporaryFailure, True, 3600.0),
        (Refusal(400, 4), TemporaryFailure, True, 60.0),
        (Refusal(401, 190), TemporaryFailure, True, None),
        (Refusal(403, 10), TemporaryFailure, True, None),
        (Refusal(403, 299), TemporaryFailure, True, None),
        (Refusal(400, 131042), TemporaryFailure, True, None),
        (Refusal(404, 132001), TemporaryFailure, True, None),
        (Refusal(500, 131000), TemporaryFailure, True, None),
        (Refusal(503, 2), TemporaryFailure, True, None),
        (Refusal(500, 99999), TemporaryFailure, True, None),
        (Refusal(400, 131026), PermanentFailure, True, None),
        (Refusal(400, 131047), PermanentFailure, True, None),
        (Refusal(400, 10, 2018278), PermanentFailure, True, None),
        (Refusal(400, 100), PermanentFailure, True, None),
        (Refusal(400, 131050), OptedOut, True, None),
    ],
    ids=lambda value: str(getattr(value, "code", value)),
)
async def test_refusals_mean_what_they_say(
    channel: Graph,
    graph: FakeGraph,
    refusal: Refusal,
    error: type[Exception],
    certain: bool,
    wait: float | None,
) -> None:
    graph.script.append(refusal)
    with pytest.raises(error) as caught:
        await channel.send(reply(channel, "15550783881"))
    assert type(caught.value) is error
    assert getattr(caught.value, "certain", True) is certain
    assert getattr(caught.value, "retry_after", None) == wait


async def test_another_version_is_not_spoken(graph: FakeGraph) -> None:
    channel = Graph(INBOX, graph_settings("whatsapp", graph.url, version="v19.0"))
    with pytest.raises(PermanentFailure):
        await channel.send(reply(channel, "15550783881"))


async def test_who_hides_their_number_is_answered(channel: Graph, graph: FakeGraph) -> None:
    hidden = "US.13491208655302741918"
    await channel.send(reply(channel, hidden))
    assert [one["text"] for one in graph.said("whatsapp", hidden)] == ["hello"]


async def test_people_of_another_account_cannot_be_written_to(graph: FakeGraph) -> None:
    channel = Graph(INBOX, graph_settings("messenger", graph.url))
    for address in ("messenger:999:6600000000000001", "whatsapp:15550783881", "messenger:1"):
        with pytest.raises(PermanentFailure):
            await channel.send(replace(reply(channel, "1"), to=Sender(AddressKind.SOCIAL, address)))


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("count", [1, 3, 4, 10])
async def test_the_longest_choices_fit(graph: FakeGraph, product: str, count: int) -> None:
    channel, ann = Graph(INBOX, graph_settings(product, graph.url)), next(iter(PEOPLE[product]))
    graph.heard[product, ann] = graph.clock()
    for size in (3, 20, 21, 24, 25, 300):
        buttons = tuple(Button(f"{n:02}" + "é" * (size - 2), f"v{n}") for n in range(count))
        await channel.send(replace(reply(channel, ann, "x" * 1000), buttons=buttons))
        values = [value for value, _ in graph.said(product, ann)[-1]["choices"]]
        assert values == [f"v{n}" for n in range(count)]


async def test_no_secret_stands_in_what_is_stored(office: Office) -> None:
    here = office
    sealed = bytes(here.inbox.settings_cipher)
    assert not any(secret.encode() in sealed for secret in (TOKEN, VERIFY))
    assert TOKEN not in json.dumps(here.channel.__dict__, default=repr)


@pytest.mark.parametrize(
    "url", ["http://graph.facebook.com", "https://graph.facebook.com.evil.example", "https://evil"]
)
def test_the_token_goes_to_meta_alone(url: str) -> None:
    with pytest.raises(ValueError, match="token is sent"):
        GraphSettings.model_validate(graph_settings("whatsapp").model_dump() | {"api_url": url})

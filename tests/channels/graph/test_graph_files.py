"""Files that colleagues send through Meta: each a message of its own, within what the product takes."""

from __future__ import annotations

import pytest

from bot import desk, replying
from bot.handoff import to_triage
from bot.reply import Outcome, finish_turn
from channels.graph import Graph
from channels.graph_places import sender_of
from core.errors import MalformedPayload, PermanentFailure, TemporaryFailure
from core.message import Attached, Outbound
from store.held import Written
from store.models import HeldReply, OutboxRow, Ticket
from store.turns import claim
from tests.channels.graph.conftest import Office
from tests.channels.graph.provider import INBOX, graph_settings
from tests.channels.office import deliver
from tests.fakes.graph_rules import Refusal
from tests.store.test_tickets import LEASE

PICTURE = Attached("photo.png", "image/png", b"\x89PNG picture")
PAPER = Attached("Rechnung März.pdf", "application/pdf", b"%PDF-1.7 paper")
KINDS = ["whatsapp", "messenger"]
sends = pytest.mark.parametrize("office", KINDS, indirect=True)
MEGABYTE = 1024 * 1024


def taken(here: Office) -> int:
    """Somebody wrote and a colleague has the word; the ticket's number."""
    house = here.company.house
    here.take(here.graph.say(here.product, here.ann, "I need the papers"))
    (claimed,) = claim(house.vault, "w", LEASE, 5, house.clock())
    finish_turn(house, claimed, Outcome(routed=to_triage("a test"), packet={}))
    OutboxRow.objects.all().delete()
    number = Ticket.objects.get().number
    desk.take(house, here.company.agent, number)
    return number


def say(here: Office, number: int, text: str, *files: Attached) -> None:
    """Sends it, as the desk does, and waits out the moment to undo it."""
    house = here.company.house
    written = Written(text, "", replying.kept(house, files))
    replying.send(house, here.company.agent, number, written)
    here.clock.advance(seconds=9)
    assert replying.release(house, HeldReply.objects.get().id)


@sends
async def test_words_go_first_and_each_file_after_them(office: Office) -> None:
    here, run = office, office.company.house.database.run
    number = await run(taken, here)
    await run(say, here, number, "Here they are.", PICTURE, PAPER)
    for _ in range(3):
        states = await deliver(here)
    assert states == ["sent"] * 3
    said = here.graph.said(here.product, here.ann)
    words, *files = said
    assert words["text"] == "Here they are."
    assert "file" not in words
    found = {one["file"]["type"]: one["file"]["content"] for one in files}
    assert found == {"image/png": PICTURE.content, "application/pdf": PAPER.content}
    names = {one["file"]["name"] for one in files}
    assert PAPER.name in names


@sends
async def test_a_file_needs_no_words(office: Office) -> None:
    here, run = office, office.company.house.database.run
    number = await run(taken, here)
    await run(say, here, number, "", PICTURE)
    assert await deliver(here) == ["sent"]
    ((text, file),) = [
        (one["text"], one["file"]) for one in here.graph.said(here.product, here.ann)
    ]
    assert (text, file["content"]) == ("", PICTURE.content)


@pytest.mark.parametrize("office", ["instagram"], indirect=True)
def test_what_the_product_does_not_take_is_said_at_once(office: Office) -> None:
    here = office
    number = taken(here)
    with pytest.raises(MalformedPayload, match="Instagram takes no files"):
        say(here, number, "Here", PICTURE)


@pytest.mark.parametrize(
    ("product", "kind", "size", "problem"),
    [
        ("whatsapp", "image/png", 5 * MEGABYTE, ""),
        ("whatsapp", "image/png", 6 * MEGABYTE, ""),
        ("whatsapp", "image/webp", MEGABYTE, ""),
        ("whatsapp", "application/zip", 26 * MEGABYTE, "at most 25 MB"),
        ("messenger", "video/mp4", 26 * MEGABYTE, "at most 25 MB"),
        ("messenger", "text/plain", 0, "empty"),
    ],
)
def test_sizes_and_types(product: str, kind: str, size: int, problem: str) -> None:
    told = Graph(INBOX, graph_settings(product)).objection(kind, size)
    assert problem in told if problem else not told


async def test_a_picture_too_large_for_one_goes_as_a_document(office: Office) -> None:
    here, run = office, office.company.house.database.run
    number = await run(taken, here)
    large = Attached("scan.png", "image/png", b"\x89PNG" + bytes(5 * MEGABYTE))
    await run(say, here, number, "", large)
    assert await deliver(here) == ["sent"]
    (one,) = here.graph.said("whatsapp", here.ann)
    assert one["file"]["name"] == "scan.png", "documents alone have names"


async def test_an_upload_that_failed_may_be_tried_again(office: Office) -> None:
    here = office
    channel = here.channel
    assert isinstance(channel, Graph)
    outbound = Outbound("k", sender_of(channel.settings, here.ann), "", attachments=(PICTURE,))
    here.graph.script.append(Refusal(500, 131000))
    with pytest.raises(TemporaryFailure) as failure:
        await channel.send(outbound)
    assert failure.value.certain
    assert here.graph.said("whatsapp", here.ann) == []
    await channel.send(outbound)
    assert len(here.graph.said("whatsapp", here.ann)) == 1


async def test_after_a_day_whatsapp_takes_no_files(office: Office) -> None:
    here, run = office, office.company.house.database.run
    number = await run(taken, here)
    here.clock.advance(hours=25)
    await run(say, here, number, "", PICTURE)
    assert await deliver(here) == ["dead"]
    assert "carries no files" in (await run(OutboxRow.objects.get)).last_error


async def test_meta_refuses_what_it_refuses(office: Office) -> None:
    channel = Graph(INBOX, graph_settings("instagram", office.graph.url))
    to = sender_of(channel.settings, "7700000000000001")
    with pytest.raises(PermanentFailure, match="Instagram"):
        await channel.send(Outbound("k", to, "", attachments=(PICTURE,)))

"""Files that colleagues send through Meta: each a message of its own, within what the product takes."""

from __future__ import annotations

import pytest

from bot.file_links import opened
from channels.graph import Graph
from channels.graph_places import sender_of
from core.errors import TemporaryFailure
from core.message import Attached, Outbound
from store.models import OutboxRow
from tests.channels.graph.conftest import Office
from tests.channels.graph.provider import INBOX, graph_settings
from tests.channels.office import deliver, say_with, taken_up
from tests.fakes.graph_rules import Refusal

PICTURE = Attached("photo.png", "image/png", b"\x89PNG picture")
PAPER = Attached("Rechnung März.pdf", "application/pdf", b"%PDF-1.7 paper")
KINDS = ["whatsapp", "messenger"]
sends = pytest.mark.parametrize("office", KINDS, indirect=True)
MEGABYTE = 1024 * 1024


def taken(here: Office) -> int:
    return taken_up(here, here.graph.say(here.product, here.ann, "I need the papers"))


@sends
async def test_words_go_first_and_each_file_after_them(office: Office) -> None:
    here, run = office, office.company.house.database.run
    number = await run(taken, here)
    await run(say_with, here, number, "Here they are.", PICTURE, PAPER)
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
    await run(say_with, here, number, "", PICTURE)
    assert await deliver(here) == ["sent"]
    ((text, file),) = [
        (one["text"], one["file"]) for one in here.graph.said(here.product, here.ann)
    ]
    assert (text, file["content"]) == ("", PICTURE.content)


@pytest.mark.parametrize("office", ["instagram"], indirect=True)
async def test_instagram_fetches_what_it_shows_and_gets_a_link_to_the_rest(office: Office) -> None:
    here, run = office, office.company.house.database.run
    asked: list[str] = []

    def fetch(url: str) -> tuple[int, str, bytes]:
        asked.append(url)
        return 200, "image/png", PICTURE.content

    here.graph.fetch = fetch
    number = await run(taken, here)
    table = Attached("Liste.xlsx", "application/vnd.ms-excel", b"cells")
    await run(say_with, here, number, "", PICTURE, table)
    for _ in range(2):
        states = await deliver(here)
    assert states == ["sent"] * 2
    picture, words = sorted(here.graph.said("instagram", here.ann), key=lambda one: one["text"])
    assert picture["file"]["content"] == PICTURE.content
    name, link = words["text"].split("\n")
    assert name == table.name
    for url, file in ((asked[0], PICTURE), (link, table)):
        token = url.removeprefix(f"{here.company.house.settings.public_url}/files/")
        found = await run(opened, here.company.house, token)
        assert (found.name, found.content) == (file.name, file.content)


@pytest.mark.parametrize("office", ["instagram"], indirect=True)
async def test_what_instagram_cannot_fetch_is_told(office: Office) -> None:
    here, run = office, office.company.house.database.run
    here.graph.fetch = lambda url: (0, "", b"")
    number = await run(taken, here)
    await run(say_with, here, number, "", PICTURE)
    assert await deliver(here) == ["dead"]
    assert "could not fetch" in (await run(OutboxRow.objects.get)).last_error


@pytest.mark.parametrize(
    ("product", "kind", "size", "problem"),
    [
        ("whatsapp", "image/png", 5 * MEGABYTE, ""),
        ("whatsapp", "image/png", 6 * MEGABYTE, ""),
        ("whatsapp", "image/webp", MEGABYTE, ""),
        ("whatsapp", "application/zip", 26 * MEGABYTE, "at most 25 MB"),
        ("messenger", "video/mp4", 26 * MEGABYTE, "at most 25 MB"),
        ("messenger", "text/plain", 0, "empty"),
        ("instagram", "image/png", 9 * MEGABYTE, ""),
        ("instagram", "application/zip", MEGABYTE, ""),
        ("instagram", "video/mp4", 26 * MEGABYTE, "at most 25 MB"),
    ],
)
def test_sizes_and_types(product: str, kind: str, size: int, problem: str) -> None:
    told = Graph(INBOX, graph_settings(product)).objection(kind, size)
    assert problem in told if problem else not told


async def test_a_picture_too_large_for_one_goes_as_a_document(office: Office) -> None:
    here, run = office, office.company.house.database.run
    number = await run(taken, here)
    large = Attached("scan.png", "image/png", b"\x89PNG" + bytes(5 * MEGABYTE))
    await run(say_with, here, number, "", large)
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
    await run(say_with, here, number, "", PICTURE)
    assert await deliver(here) == ["dead"]
    assert "carries no files" in (await run(OutboxRow.objects.get)).last_error

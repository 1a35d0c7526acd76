"""Files that colleagues send through Telegram: pictures as such, everything else as a document with its name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from channels.telegram import Telegram
from core.errors import PermanentFailure, TemporaryFailure
from core.ids import ThreadKey
from core.message import AddressKind, Attached, Outbound, Sender
from tests.channels.office import deliver, say_with, taken_up
from tests.channels.telegram.conftest import Office
from tests.channels.telegram.provider import INBOX, telegram_settings
from tests.fakes.forms import png
from tests.fakes.telegram import ANN, BLOCKER, BOT, GROUP, FakeTelegram

PICTURE = Attached("photo.png", "image/png", png())
PAPER = Attached("Rechnung „März“ \\ 1.pdf", "application/pdf", b"%PDF-1.7 paper")


def outbound(file: Attached, chat: int = ANN) -> Outbound:
    to = Sender(AddressKind.SOCIAL, f"telegram:{abs(chat)}")
    keys = (ThreadKey(f"{BOT}/{chat}/1"),)
    return Outbound("row", to, "", in_reply_to=keys, attachments=(file,))


async def test_words_go_first_and_each_file_after_them(office: Office) -> None:
    here, run = office, office.company.house.database.run
    number = await run(taken_up, here, here.telegram.say(ANN, ANN, "I need the papers"))
    await run(say_with, here, number, "Here they are.", PICTURE, PAPER)
    for _ in range(3):
        states = await deliver(here)
    assert states == ["sent"] * 3
    words, *files = here.telegram.said(ANN)
    assert words["text"] == "Here they are."
    picture, paper = sorted(files, key=lambda one: "document" in one)
    kept = here.telegram.files
    assert kept[picture["photo"][-1]["file_id"]][2] == PICTURE.content
    assert kept[paper["document"]["file_id"]][1:] == ("application/pdf", PAPER.content)
    assert paper["document"]["file_name"] == "Rechnung „März“ _ 1.pdf"


@pytest.mark.parametrize(
    "picture",
    [png(40, 1), png(9_990, 600), b"\x89PNG nothing", png() + bytes(10 * 1024 * 1024)],
    ids=["too narrow", "too wide", "broken", "too large"],
)
async def test_what_is_no_picture_to_telegram_is_a_document(
    telegram: FakeTelegram, picture: bytes
) -> None:
    channel = Telegram(INBOX, telegram_settings(telegram.url))
    await channel.send(outbound(replace(PICTURE, content=picture)))
    (said,) = telegram.said(ANN)
    assert telegram.files[said["document"]["file_id"]][2] == picture


async def test_in_a_group_a_file_is_a_reply(telegram: FakeTelegram) -> None:
    channel = Telegram(INBOX, telegram_settings(telegram.url))
    receipt = await channel.send(outbound(PAPER, GROUP))
    (said,) = telegram.said(GROUP)
    assert said["reply_parameters"]["message_id"] == 1
    assert receipt.own_keys == (f"{BOT}/{GROUP}/{said['message_id']}",)


async def test_what_becomes_of_a_file_is_told_like_a_text(telegram: FakeTelegram) -> None:
    channel = Telegram(INBOX, telegram_settings(telegram.url))
    with pytest.raises(PermanentFailure, match="blocked"):
        await channel.send(outbound(PICTURE, BLOCKER))
    telegram.script += [429, "silence"]
    with pytest.raises(TemporaryFailure) as busy:
        await channel.send(outbound(PICTURE))
    assert (busy.value.certain, busy.value.retry_after) == (True, 30.0)
    with pytest.raises(TemporaryFailure) as silent:
        await channel.send(outbound(PICTURE))
    assert not silent.value.certain
    assert len(telegram.said(ANN)) == 1, "it is not sent again as something else"

"""Files that colleagues send through Telegram: pictures as such, everything else as a document with its name."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from bot.converse import Speaker
from bot.dialogue import Dialogue
from bot.jobs import run_some
from channels.telegram import Telegram
from core.errors import PermanentFailure, TemporaryFailure
from core.ids import ThreadKey
from core.message import AddressKind, Attached, Outbound, Sender
from store.models import Attachment
from tests.bot.scripted import ScriptedDialogue
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
    hasty = Telegram(INBOX, telegram_settings(telegram.url, seconds=0.5))
    with pytest.raises(TemporaryFailure) as silent:
        await hasty.send(outbound(PICTURE))
    assert not silent.value.certain
    assert len(telegram.said(ANN)) == 1, "it is not sent again as something else"


async def test_what_customers_send_is_brought(office: Office) -> None:
    here, run = office, office.company.house.database.run
    telegram = here.telegram
    sent = (("photo.jpg", "image/jpeg", png()), ("Rechnung.pdf", "application/pdf", b"%PDF-1.7"))
    for name, kind, content in sent:
        await run(here.take, telegram.send_file(ANN, ANN, name, kind, content))
    await run_some(Speaker(here.company.house, cast("Dialogue", ScriptedDialogue())), "test")
    rows = await run(lambda: list(Attachment.objects.values_list("size", "media_type", "problem")))
    assert sorted(rows) == sorted((len(content), kind, "") for _, kind, content in sent)


async def test_what_telegram_does_not_give_says_why(telegram: FakeTelegram) -> None:
    channel = Telegram(INBOX, telegram_settings(telegram.url, seconds=15.0))
    telegram.files["BQAC1"] = ("a.bin", "application/octet-stream", bytes(21 * 1024 * 1024))
    with pytest.raises(PermanentFailure, match="larger than 20 MB"):
        await channel.fetch("BQAC1")
    with pytest.raises(PermanentFailure):
        await channel.fetch("BQAC2")
    for foreign in ("https://evil.example/a", "../../getMe", ""):
        with pytest.raises(PermanentFailure, match="no file of Telegram"):
            await channel.fetch(foreign)

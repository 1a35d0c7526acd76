"""A Bot API client that is not ours talks to the fake as it comes. Telegram publishes none itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tgram import TgBot
from tgram.errors import StrException
from tgram.types import InlineKeyboardButton, InlineKeyboardMarkup, MessageEntity

from channels.telegram import Telegram
from core.errors import BadSignature
from tests.channels.telegram.provider import INBOX, arrived, telegram_settings
from tests.fakes.forms import png
from tests.fakes.telegram import (
    ANN,
    BLOCKER,
    BOT,
    GROUP,
    LEFT,
    TOKEN,
    USERNAME,
    FakeTelegram,
)

pytestmark = pytest.mark.filterwarnings("ignore:ssl_context is deprecated")
"""The client's own affair."""
HOOK = "https://help.example.org/webhooks/telegram/acme"


@pytest.fixture
def bot(telegram: FakeTelegram) -> TgBot:
    return TgBot(TOKEN, api_url=f"{telegram.url}/")


def keyboard(*data: str) -> InlineKeyboardMarkup:
    row = [InlineKeyboardButton(text=one[:20].title(), callback_data=one) for one in data]
    return InlineKeyboardMarkup(inline_keyboard=[row])


async def test_it_writes_and_people_press(bot: TgBot, telegram: FakeTelegram) -> None:
    me = await bot.get_me()
    assert (me.id, me.username, me.is_bot) == (BOT, USERNAME, True)
    await bot.send_chat_action(ANN, "typing")
    assert telegram.typing == [ANN]
    bold = MessageEntity(type="bold", offset=0, length=4)
    text = "¿Qué plan? [1] & {2}"
    said = await bot.send_message(
        ANN, text, entities=[bold], reply_markup=keyboard("small", "large")
    )
    (found,) = telegram.said(ANN)
    assert (said.id, said.text, found["text"]) == (found["message_id"], text, text)
    assert [one["type"] for one in found["entities"]] == ["bold"]
    (row,) = found["reply_markup"]["inline_keyboard"]
    assert [one["text"] for one in row] == ["Small", "Large"]
    query = json.loads(telegram.press(ANN, ANN, said.id, 2).body)["callback_query"]
    assert query["data"] == "large"
    await bot.answer_callback_query(query["id"])
    assert telegram.answered == [query["id"]]
    await bot.edit_message_reply_markup(
        chat_id=ANN, message_id=said.id, reply_markup=keyboard("large")
    )
    (row,) = telegram.said(ANN)[0]["reply_markup"]["inline_keyboard"]
    assert [one["callback_data"] for one in row] == ["large"]


async def test_it_gets_files_and_sends_them(
    bot: TgBot, telegram: FakeTelegram, tmp_path: Path
) -> None:
    content = bytes(range(256)) * 4
    call = telegram.send_file(ANN, ANN, "invoice.pdf", "application/pdf", content)
    mark = json.loads(call.body)["message"]["document"]["file_id"]
    assert (await bot.get_file(mark)).file_path == f"files/{mark}"
    got = await bot.download_file(mark, in_memory=True)
    await bot._session.close()
    assert got.read() == content
    picture = tmp_path / "plan.png"
    picture.write_bytes(png())
    await bot.send_photo(ANN, picture)
    shown = telegram.said(ANN)[-1]["photo"][-1]
    assert telegram.files[shown["file_id"]][2] == png()


async def test_it_sets_the_webhook_and_its_secret(bot: TgBot, telegram: FakeTelegram) -> None:
    secret, channel = "new-secret_" + "n" * 30, Telegram(INBOX, telegram_settings(telegram.url))
    channel.verify(arrived(telegram.say(ANN, ANN, "hello")))
    assert await bot.set_webhook(HOOK, secret_token=secret, allowed_updates=["message"])
    assert (await bot.get_webhook_info()).url == HOOK
    brought = telegram.say(ANN, ANN, "hello")
    with pytest.raises(BadSignature):
        channel.verify(arrived(brought))
    settings = telegram_settings(telegram.url, secret_token=secret)
    Telegram(INBOX, settings).verify(arrived(brought))
    await bot.set_webhook(HOOK)
    with pytest.raises(BadSignature):  # now it brings none
        Telegram(INBOX, settings).verify(arrived(telegram.say(ANN, ANN, "hello")))


@pytest.mark.parametrize(
    ("words", "method", "about"),
    [
        ("MessageTextEmpty", "sendMessage", {"chat_id": ANN, "text": " "}),
        ("message is too long", "sendMessage", {"chat_id": ANN, "text": "x" * 4097}),
        ("ChatNotFound", "sendMessage", {"chat_id": 7, "text": "x"}),
        ("BotWasBlocked", "sendMessage", {"chat_id": BLOCKER, "text": "x"}),
        ("kicked from the supergroup", "sendMessage", {"chat_id": LEFT, "text": "x"}),
        (
            "BUTTON_DATA_INVALID",
            "sendMessage",
            {"chat_id": GROUP, "text": "x", "reply_markup": keyboard("x" * 65)},
        ),
        ("An HTTPS URL must be", "setWebhook", {"url": "http://help.example.org/"}),
        ("secret token contains", "setWebhook", {"url": HOOK, "secret_token": "no spaces"}),
        ("wrong file_id", "getFile", {"file_id": "BQAC-none"}),
        ("Not Found", "shout", {}),
    ],
)
async def test_what_telegram_refuses_is_refused(
    bot: TgBot, telegram: FakeTelegram, words: str, method: str, about: dict[str, Any]
) -> None:
    with pytest.raises(StrException, match=words):
        await bot(method, **about)
    assert (telegram.messages, telegram.webhook) == ({}, "")


async def test_strangers_are_refused(telegram: FakeTelegram) -> None:
    with pytest.raises(StrException, match="Unauthorized"):
        await TgBot("7:stranger", api_url=f"{telegram.url}/").get_me()

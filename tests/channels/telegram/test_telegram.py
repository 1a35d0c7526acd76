"""Telegram on the house: what is said, pressed and edited there, and what its refusals mean."""

from __future__ import annotations

import json
import logging
import random
from dataclasses import replace

import httpx2
import pytest

from channels.telegram import Telegram
from channels.telegram_settings import TelegramSettings
from core.errors import PermanentFailure, TemporaryFailure
from core.ids import ThreadKey
from core.message import AddressKind, Button, Outbound, Sender
from store.models import InboxRow
from tests.channels.office import answer, deliver
from tests.channels.telegram.conftest import Office
from tests.channels.telegram.provider import (
    HEADER,
    INBOX,
    NOW,
    OLD_SECRET,
    arrived,
    telegram_settings,
)
from tests.fakes.telegram import (
    ANN,
    BEN,
    BLOCKER,
    BOT,
    GROUP,
    LEFT,
    SECRET,
    TOKEN,
    USERNAME,
    FakeTelegram,
)

PATH = "/webhooks/telegram/acme"


def test_private_messages_are_one_conversation_and_retries_count_once(office: Office) -> None:
    one, two = office.telegram.say(ANN, ANN, "one"), office.telegram.say(ANN, ANN, "two")
    assert [item.is_duplicate for item in office.take(one, two, one)] == [False, False, True]
    assert office.texts() == [["one", "two"]]


def test_an_edit_is_the_new_wording_of_its_message(office: Office) -> None:
    telegram = office.telegram
    said = telegram.say(ANN, ANN, "order 41")
    office.take(said)
    office.take(telegram.edit(ANN, json.loads(said.body)["message"]["message_id"], "order 42"))
    assert office.texts() == [["order 42"]]


def test_two_edits_within_a_second_count_both_and_the_later_one_stands(office: Office) -> None:
    telegram = office.telegram
    said = telegram.say(ANN, ANN, "order 41")
    office.take(said)
    number = json.loads(said.body)["message"]["message_id"]
    edits = []
    for text in ("order 42", "order 43", "order 42", "order 44"):
        telegram.at(ANN, number).update(text=text, edit_date=1_795_435_205)
        edits.append(telegram.update(edited_message=telegram.at(ANN, number)))
    first, *more = edits
    taken = office.take(first, more[0], more[2], more[1], more[2], first)
    assert [one.is_duplicate for one in taken] == [False, False, False, False, True, True]
    assert office.texts() == [["order 44"]]


async def test_in_a_group_the_replies_to_us_are_the_conversation(office: Office) -> None:
    run, telegram = office.company.house.database.run, office.telegram
    await run(office.take, telegram.say(ANN, GROUP, f"@{USERNAME} what is open?"))
    await run(answer, office, "Nine to five")
    assert await deliver(office) == ["sent"]
    (ours,) = telegram.said(GROUP)
    assert ours["reply_parameters"]["message_id"] == telegram.messages[GROUP][0]["message_id"]
    assert await run(office.take, telegram.say(BEN, GROUP, "Lunch?")) == []
    await run(office.take, telegram.say(BEN, GROUP, "and tomorrow?", ours["message_id"]))
    assert await run(office.texts) == [["what is open?", "and tomorrow?"]]
    await run(office.take, telegram.say(BEN, GROUP, f"hey @{USERNAME} my card is broken"))
    assert len(await run(office.texts)) == 2


def test_an_edit_that_comes_first_or_first_calls_us_is_the_message(office: Office) -> None:
    telegram = office.telegram
    late = telegram.say(ANN, ANN, "order 41")
    edited = telegram.edit(ANN, telegram.messages[ANN][0]["message_id"], "order 42")
    first, second = office.take(edited, late)
    assert second.is_duplicate
    assert first.message == second.message
    assert office.take(telegram.say(BEN, GROUP, "Lunch?")) == []
    asked = telegram.messages[GROUP][0]["message_id"]
    assert office.take(telegram.edit(GROUP, asked, f"@{USERNAME} what is open?"))
    assert sorted(office.texts()) == [["order 42"], ["what is open?"]]


async def test_a_choice_is_offered_pressed_and_marked(
    office: Office, http: httpx2.AsyncClient
) -> None:
    run, telegram = office.company.house.database.run, office.telegram
    call = telegram.say(ANN, ANN, "I need help")
    assert (await http.post(PATH, content=call.body, headers=call.headers)).status_code == 200
    assert telegram.typing == [ANN]
    long = "Something that takes far more than the sixty-four bytes of a button's data"
    await run(answer, office, "With what?", "Order", long)
    assert await deliver(office) == ["sent"]
    (ours,) = telegram.said(ANN)
    for place, text in ((1, "\u2713 Order"), (1, None)):
        press = telegram.press(ANN, ANN, ours["message_id"], place)
        answered = await http.post(PATH, content=press.body, headers=press.headers)
        assert answered.status_code == 200
        if text:
            assert ours["reply_markup"] == {
                "inline_keyboard": [[{"text": text, "callback_data": "!"}]]
            }
    assert len(telegram.answered) == 2
    assert await run(office.texts) == [["I need help", "order"]]


async def test_no_forged_call_is_accepted(office: Office, http: httpx2.AsyncClient) -> None:
    chance, call = random.Random(15), office.telegram.say(ANN, ANN, "hello")
    for _ in range(100):
        place = chance.randrange(len(SECRET))
        odd = [SECRET[:place], SECRET[:place] + "-" + SECRET[place + 1 :] + "x", SECRET + "x" * 9]
        odd += ["", TOKEN, "x" * 9000, f" {SECRET} x", SECRET[::-1], SECRET.swapcase()]
        headers = {**call.headers, HEADER: chance.choice(odd)}
        refused = await http.post(PATH, content=call.body, headers=headers)
        assert refused.status_code == 401
    assert await office.company.house.database.run(InboxRow.objects.count) == 0


def test_the_former_secret_still_verifies(telegram: FakeTelegram) -> None:
    old = replace(telegram, secret=OLD_SECRET).say(ANN, ANN, "hello")
    Telegram(INBOX, telegram_settings()).verify(arrived(old))


# ---- what is sent -------------------------------------------------------------------------------


def reply(chat: int, text: str = "hello", person: int = ANN) -> Outbound:
    to = Sender(AddressKind.SOCIAL, f"telegram:{person}")
    keys = (ThreadKey(f"{BOT}/{chat}/7"),)
    return Outbound(key="row-7", to=to, text=text, at=NOW, in_reply_to=keys)


@pytest.fixture
def channel(telegram: FakeTelegram) -> Telegram:
    return Telegram(INBOX, telegram_settings(telegram.url))


@pytest.mark.parametrize(
    ("status", "error", "certain", "wait"),
    [
        (429, TemporaryFailure, True, 30.0),
        (503, TemporaryFailure, True, None),
        (401, TemporaryFailure, True, None),
        (404, TemporaryFailure, True, None),
        (500, TemporaryFailure, False, None),
        (502, TemporaryFailure, False, None),
        (400, PermanentFailure, True, None),
        (403, PermanentFailure, True, None),
    ],
)
async def test_refusals_mean_what_they_say(
    channel: Telegram,
    telegram: FakeTelegram,
    status: int,
    error: type[Exception],
    certain: bool,
    wait: float | None,
) -> None:
    telegram.script.append(status)
    with pytest.raises(error) as caught:
        await channel.send(reply(ANN))
    assert getattr(caught.value, "certain", True) is certain
    assert getattr(caught.value, "retry_after", None) == wait


@pytest.mark.parametrize(
    ("chat", "reason"),
    [
        (BLOCKER, "the person has blocked the bot"),
        (LEFT, "the bot was removed from the group"),
        (404, "there is no such chat"),
    ],
)
async def test_where_nothing_can_be_said_a_person_is_told_why(
    channel: Telegram, chat: int, reason: str
) -> None:
    with pytest.raises(PermanentFailure, match=reason):
        await channel.send(reply(chat))


async def test_without_a_known_message_the_person_is_written_to(
    channel: Telegram, telegram: FakeTelegram
) -> None:
    foreign = ThreadKey(f"999/{GROUP}/1")  # of a bot that this inbox had before
    await channel.send(replace(reply(BEN), in_reply_to=(foreign,)))
    assert len(telegram.said(ANN)) == 1
    stranger = replace(reply(BEN), in_reply_to=(), to=Sender(AddressKind.SOCIAL, "other:1"))
    with pytest.raises(PermanentFailure):
        await channel.send(stranger)


async def test_the_longest_text_fits_whatever_signs_it_has(
    channel: Telegram, telegram: FakeTelegram
) -> None:
    await channel.send(reply(ANN, "\U0001f642" * channel.can.text_length))
    buttons = tuple(Button("é" * 80, "ü" * n) for n in (1, 31, 32, 300))
    await channel.send(replace(reply(ANN), buttons=buttons))
    assert len(telegram.said(ANN)) == 2


async def test_the_token_is_never_logged(
    channel: Telegram, telegram: FakeTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await channel.send(reply(ANN))
    assert TOKEN not in caplog.text


@pytest.mark.parametrize(
    "url", ["http://api.telegram.org", "https://api.telegram.org.evil.example", "https://evil"]
)
def test_the_token_goes_to_telegram_alone(url: str) -> None:
    with pytest.raises(ValueError, match="token is sent"):
        TelegramSettings(bot_token=TOKEN, username=USERNAME, secret_token=SECRET, api_url=url)  # type: ignore[arg-type]

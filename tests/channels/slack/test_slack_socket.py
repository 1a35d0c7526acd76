"""Socket Mode: the same calls as frames, acknowledged when they are stored, over a socket that may move or break."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from bot.company import set_inbox_settings
from bot.fetch import keep_fetching
from channels.contract import Arrival
from channels.slack import Slack
from core.errors import BadSignature, MalformedPayload, TemporaryFailure
from store.models import InboxRow, Message
from tests.channels.slack.conftest import Office
from tests.channels.slack.provider import INBOX, NOW, slack_settings
from tests.fakes.slack import ANN, APP_TOKEN, BOT_TOKEN, HELP, RANDOM, TEAM, FakeSlack


@asynccontextmanager
async def fetching(office: Office, *, is_set: bool = False) -> AsyncIterator[None]:
    """A worker that holds the sockets, over an inbox that is set to Socket Mode, here or already."""

    def set_up() -> None:
        settings = {"team": TEAM, "bot_token": BOT_TOKEN, "app_token": APP_TOKEN}
        settings |= {"api_url": f"{office.slack.url}/api/"}
        set_inbox_settings(house, office.inbox, {**settings, "channels": [HELP]})
        office.inbox.save()

    house, stopping = office.company.house, asyncio.Event()
    if not is_set:
        await house.database.run(set_up)
    only_slack = replace(
        house, channel_of=lambda row: house.channel_of(row if row.channel == "slack" else _none())
    )
    worker = asyncio.create_task(keep_fetching(only_slack, "test", stopping))
    office.slack.socket_mode = True
    try:
        await until(lambda: office.slack.opened_sockets > 0)
        yield
    finally:
        stopping.set()
        await worker


def _none() -> None:
    raise ValueError("the other inboxes rest")


async def until(is_true: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not is_true():  # noqa: ASYNC110 - another thread makes it true
            await asyncio.sleep(0.02)


async def test_frames_are_stored_then_acknowledged(office: Office) -> None:
    slack, run = office.slack, office.company.house.database.run
    async with fetching(office):
        await asyncio.to_thread(slack.say, ANN, HELP, "My printer burns")
        await until(lambda: slack.acknowledged)
        assert await run(office.texts) == [["My printer burns"]]
        at = (await run(Message.objects.get)).accepted_at
        assert at == office.company.house.clock()


async def test_commands_and_forms_are_answered_over_the_socket(office: Office) -> None:
    slack, run = office.slack, office.company.house.database.run
    async with fetching(office):
        await asyncio.to_thread(slack.command, ANN, RANDOM, "My card is gone")
        await until(lambda: slack.acknowledged)
        (answer,) = slack.acknowledged.values()
        assert answer is not None
        assert answer["response_type"] == "ephemeral"
        await asyncio.to_thread(slack.command, ANN, RANDOM, "")
        await until(lambda: slack.views)
        await asyncio.to_thread(
            slack.submit, ANN, slack.views[0], {"threadline_question": "And my bill"}
        )
        await until(lambda: len(slack.acknowledged) == 3)
        await asyncio.to_thread(slack.open_home, ANN)
        await until(lambda: ANN in slack.homes)
        assert await run(office.texts) == [["My card is gone", "And my bill"]]


async def test_a_frame_that_comes_again_counts_once(office: Office) -> None:
    slack, run = office.slack, office.company.house.database.run
    async with fetching(office):
        await asyncio.to_thread(slack.say, ANN, HELP, "once")
        await until(lambda: slack.acknowledged)
        event = slack.event({**slack.messages[HELP][0], "channel": HELP, "channel_type": "channel"})
        again = json.loads(event.body)
        await asyncio.to_thread(slack.bring_frame, "events_api", again, "again")
        await until(lambda: "again" in slack.acknowledged)
        assert await run(office.texts) == [["once"]]


async def test_the_socket_moves_when_slack_asks(office: Office) -> None:
    slack, run = office.slack, office.company.house.database.run
    async with fetching(office):
        await asyncio.to_thread(slack.refresh_sockets)
        await until(lambda: slack.opened_sockets == 2)
        await asyncio.to_thread(slack.say, ANN, HELP, "still there?")
        await until(lambda: slack.acknowledged)
        assert await run(office.texts) == [["still there?"]]


async def test_nonsense_is_put_aside_and_the_socket_goes_on(office: Office) -> None:
    slack, run = office.slack, office.company.house.database.run
    async with fetching(office):
        await asyncio.to_thread(slack.bring_frame, "interactive", {"type": "block_actions"})
        await asyncio.to_thread(slack.say, ANN, HELP, "hello")
        await until(lambda: len(slack.acknowledged) == 2)
        assert await run(office.texts) == [["hello"]]
        assert await run(InboxRow.objects.exclude(problem="").count) == 1


async def test_a_refused_token_is_an_outage(slack: FakeSlack) -> None:
    slack.app_token = "xapp-other-" + "o" * 20
    channel = Slack(INBOX, slack_settings(slack.url, app_token=APP_TOKEN))
    with pytest.raises(TemporaryFailure, match="invalid_auth"):
        async with contextlib.aclosing(channel.arrivals({})) as arrivals:
            await anext(arrivals)


def test_frames_count_only_where_we_opened_a_socket() -> None:
    meta = {"inbox": str(INBOX)}
    frame = Arrival("frame", b"{}", NOW, method="", meta=meta)
    Slack(INBOX, slack_settings(app_token=APP_TOKEN)).verify(frame)
    for channel, arrival in (
        (Slack(INBOX, slack_settings()), frame),
        (Slack(INBOX, slack_settings(app_token=APP_TOKEN)), replace(frame, meta={"inbox": "x"})),
    ):
        with pytest.raises(BadSignature):
            channel.verify(arrival)
    with pytest.raises(MalformedPayload):
        Slack(INBOX, slack_settings(app_token=APP_TOKEN)).parse(frame)


def test_only_inboxes_with_an_app_token_open_sockets() -> None:
    assert not Slack(INBOX, slack_settings()).is_polled
    assert Slack(INBOX, slack_settings(app_token=APP_TOKEN)).is_polled

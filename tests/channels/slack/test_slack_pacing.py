"""One message a second in a channel, shared by all workers, in order; and peace until Slack's Retry-After is over (R18)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from bot.deliver import Deliveries
from bot.house import House
from bot.receive import receive
from bot.reply import Outcome, finish_turn
from channels.slack import Slack
from core.ids import InboxId, ThreadKey
from core.message import AddressKind, Outbound, Reply, Sender
from store.models import Inbox, OutboxRow
from store.pacing import turn
from store.turns import claim
from tests.channels.slack.conftest import Office
from tests.channels.slack.provider import shown_text, slack_settings
from tests.fakes.slack import ANN, HELP, RANDOM


def _now() -> datetime:
    return datetime.now(UTC)


def _workers(office: Office, count: int) -> list[House]:
    """As many processes, each with a client of its own, by the wall's clock."""
    office.slack.clock = lambda: _now().timestamp()
    # Twice what Slack asks for: on a busy machine one call may be on its way for longer than the next.
    settings = slack_settings(office.slack.url, seconds_apart=2.0, seconds=5.0)
    found = []
    for _ in range(count):
        channel = Slack(InboxId(office.inbox.id), settings)
        found.append(
            replace(office.company.house, clock=_now, channel_of=lambda _, own=channel: own)
        )
    return found


def _ask(house: House, office: Office, text: str, channel: str = HELP, thread: str = "") -> str:
    """Ann asks and is answered; the message that she wrote."""
    (call, *_) = office.slack.say(ANN, channel, text, thread)
    arrival = office.arrived(call, _now())
    receive(house, office.inbox, office.channel.parse(arrival))
    for claimed in claim(house.vault, "test", timedelta(minutes=1), 10, _now()):
        finish_turn(house, claimed, Outcome((Reply(f"{text}: one"),)))
    return str(office.slack.messages[channel][-1]["ts"])


async def _deliver_all(houses: list[House], seconds: float = 30.0) -> None:
    """What the workers do until nothing waits."""
    rounds = [Deliveries(house, f"w{n}", 16, lambda: None) for n, house in enumerate(houses)]
    async with asyncio.timeout(seconds):
        while await houses[0].database.read(_waiting):
            await asyncio.gather(*(one.begin() for one in rounds))
            await asyncio.sleep(0.05)
    for one in rounds:
        await one.finish()


def _waiting() -> int:
    return OutboxRow.objects.filter(state=OutboxRow.State.WAITING).count()


async def test_a_busy_channel_gets_a_message_a_second_from_all_workers_together(
    office: Office,
) -> None:
    houses, slack = _workers(office, 2), office.slack
    slack.paces = True
    run = houses[0].database.run
    root = await run(_ask, houses[0], office, "first")
    for text in ("second", "third"):
        await run(_ask, houses[0], office, text)
    await run(_ask, houses[0], office, "again", HELP, root)
    await _deliver_all(houses)
    assert slack.refused == 0, "Slack never had to refuse"
    said = [(shown_text(one), float(one["ts"])) for one in slack.said(HELP)]
    assert sorted(text for text, _ in said) == [
        "again: one",
        "first: one",
        "second: one",
        "third: one",
    ]
    of_one = [text for text, _ in said if text.startswith(("first", "again"))]
    assert of_one == ["first: one", "again: one"]
    rows = await run(lambda: list(OutboxRow.objects.values_list("state", "attempts")))
    assert rows == [("sent", 1)] * 4, "waiting for its turn is no attempt"


async def test_until_retry_after_nothing_is_tried(office: Office) -> None:
    (house,), slack = _workers(office, 1), office.slack
    slack.members[RANDOM].add("U0BOT")
    slack.rest_seconds = 2
    slack.scripts.append(("chat.postMessage", "429"))
    run = house.database.run
    await run(_ask, house, office, "one")
    first = Deliveries(house, "w", 16, lambda: None)
    await first.begin()
    await first.finish()
    assert slack.refused == 1
    await run(_ask, house, office, "<@U0BOT> two", RANDOM)
    await _deliver_all([house])
    assert slack.impatient == 0
    posted = [one for method, one in slack.calls if method == "chat.postMessage"]
    assert (slack.refused, len(posted)) == (1, 2), "each once, after the refusal"
    attempts = await run(lambda: sorted(OutboxRow.objects.values_list("attempts", flat=True)))
    assert attempts == [1, 2], "only what was refused was an attempt"


def test_turns_follow_each_other_in_each_place(office: Office) -> None:
    now, second = _now(), timedelta(seconds=1)
    inbox: UUID = Inbox.objects.get(id=office.inbox.id).id
    given = [turn(inbox, "C1", second, now) for _ in range(3)]
    assert given == [now, now + second, now + 2 * second]
    assert turn(inbox, "C2", second, now) == now
    later = now + timedelta(minutes=1)
    assert turn(inbox, "C1", second, later) == later


@pytest.mark.parametrize("thread", ["", "1700.000001"])
def test_a_lane_is_the_channel(office: Office, thread: str) -> None:
    channel = Slack(InboxId(office.inbox.id), slack_settings())
    key = (ThreadKey(f"T0ACME/C9/{thread}"),) if thread else ()
    outbound = Outbound("k", Sender(AddressKind.SLACK, "T0ACME:U0ANN"), "hello", in_reply_to=key)
    assert channel.lane(outbound) == ("C9" if thread else "U0ANN")

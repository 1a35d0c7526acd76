"""Dead letters: listed with their reason, put back in line by number and by time, and twice is one sending."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from typer.testing import CliRunner

from bot import bootstrap
from bot.cli import app
from bot.cli import outbox as command
from bot.deliver import BACKOFF
from bot.redeliver import send_again
from core.errors import PermanentFailure, TemporaryFailure
from store.audit import verify
from store.models import AuditEntry, OutboxRow
from store.undelivered import Which, undelivered
from tests.bot.test_deliver import crash_in_flight, deliver, finding, replies, states
from tests.company import Company, StandingClock

State = OutboxRow.State


@pytest.fixture
def dead(company: Company, clock: StandingClock) -> list[datetime]:
    """Three dead letters, given up an hour after one another; the times."""
    times = []
    for number in range(3):
        replies(company, f"letter {number}", to=f"{number}@customers.example")
        company.provider.script.append(PermanentFailure(f"no mailbox {number}"))
        deliver(company)
        times.append(clock.now)
        clock.advance(hours=1)
    return times


def test_dead_letters_are_listed_with_their_reasons(company: Company, dead: list[datetime]) -> None:
    assert [one.reason for one in undelivered(Which())] == [f"no mailbox {n}" for n in range(3)]
    assert [one.reason for one in undelivered(Which(since=dead[1]))] == [
        "no mailbox 1",
        "no mailbox 2",
    ]
    assert [one.reason for one in undelivered(Which(until=dead[1]))] == ["no mailbox 0"]
    assert undelivered(Which(inbox="other")) == []


def test_a_range_sent_again_twice_is_one_sending(company: Company, dead: list[datetime]) -> None:
    which = Which(since=dead[0], until=dead[2])
    assert len(send_again(company.house, which, "command")) == 2
    assert send_again(company.house, which, "command") == [], "they are in line"
    deliver(company, rounds=2)
    assert send_again(company.house, which, "command") == [], "they were sent"
    deliver(company, rounds=2)
    assert sorted(item.text for item in company.provider.taken) == ["letter 0", "letter 1"]
    assert states() == [State.SENT, State.SENT, State.DEAD]


def test_by_number(company: Company, dead: list[datetime]) -> None:
    last = OutboxRow.objects.order_by("-id").values_list("id", flat=True)[0]
    assert [one.id for one in send_again(company.house, Which(ids=(last,)), "command")] == [last]
    deliver(company)
    assert [item.text for item in company.provider.taken] == ["letter 2"]


def test_each_time_is_in_the_audit_chain(company: Company, dead: list[datetime]) -> None:
    send_again(company.house, Which(), "command")
    entry = AuditEntry.objects.get(action="outbox.replay")
    assert (entry.actor, verify()) == ("command", (AuditEntry.objects.count(), None))


def test_what_may_have_arrived_is_left_alone_unless_asked_for(company: Company) -> None:
    replies(company, "perhaps")
    crash_in_flight(company)
    deliver(company)
    assert states() == [State.UNKNOWN]
    assert send_again(company.house, Which(), "command") == []
    assert len(send_again(company.house, Which(unknown=True), "command")) == 1
    deliver(company)
    assert len(company.provider.taken) == 2, "nobody can be asked here, and somebody wanted it"


def test_where_the_provider_can_be_asked_it_is_asked_first(company: Company) -> None:
    house, channel = finding(company)
    replies(company, "arrived")
    crash_in_flight(company, house)
    channel.search.extend(TemporaryFailure("away") for _ in range(len(BACKOFF) + 1))
    for _ in range(len(BACKOFF) + 1):
        deliver(company, house)
        company.house.clock.advance(days=1)  # type: ignore[attr-defined]
    assert states() == [State.UNKNOWN]
    channel.search.clear()
    send_again(house, Which(unknown=True), "command")
    deliver(company, house)
    assert (len(channel.attempts), len(channel.taken), states()) == (0, 1, [State.SENT])


@pytest.mark.parametrize(("asked", "heeded"), [(0.0, 1.0), (7.0, 7.0), (1e300, 7 * 86_400.0)])
def test_what_a_provider_asks_for_is_heeded_within_reason(
    company: Company, clock: StandingClock, asked: float, heeded: float
) -> None:
    replies(company, "one")
    company.provider.script.append(TemporaryFailure("busy", retry_after=asked))
    deliver(company)
    assert OutboxRow.objects.get().not_before == clock.now + timedelta(seconds=heeded)


@pytest.fixture
def threadline(company: Company, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """The command line over the test's own house."""
    monkeypatch.setattr(command, "set_up_django", bootstrap.set_up_django)
    monkeypatch.setattr(command, "build_house", lambda: company.house)
    return CliRunner()


def test_the_commands(company: Company, dead: list[datetime], threadline: CliRunner) -> None:
    listed = threadline.invoke(app, ["outbox", "list"])
    assert "no mailbox 1" in listed.output
    until = dead[1].replace(tzinfo=None).isoformat()
    for count in (1, 0):
        done = threadline.invoke(app, ["outbox", "replay", "--until", until, "--json"])
        assert f'"count": {count}' in done.output
    assert threadline.invoke(app, ["outbox", "replay"]).exit_code == 1, "never all by accident"
    assert threadline.invoke(app, ["outbox", "list", "--since", "soon"]).exit_code == 1

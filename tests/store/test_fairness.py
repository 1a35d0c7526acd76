"""A loud customer or a flooded inbox costs the others little: whose turn it is in a crowd."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.company import make_inbox
from bot.receive import receive
from bot.reply import Outcome, finish_turn
from core.message import Reply
from store import fairness
from store.claims import Claimed
from store.fairness import CROWDED
from store.models import Conversation, Inbox
from store.turns import claim
from tests.company import SECRET, Company, StandingClock, Writer
from tests.concurrency import together

LEASE = timedelta(seconds=30)


@pytest.fixture(autouse=True)
def _no_order_of_another_test() -> None:
    fairness._line.ids.clear()
    fairness._line.made_at = datetime.min.replace(tzinfo=UTC)


@pytest.fixture
def other(company: Company) -> Inbox:
    """A second inbox."""
    return make_inbox(
        company.house, company.brand, "other", "Other", "webchat", {"signing_secret": SECRET}
    )


def flood(company: Company, inbox: Inbox, count: int, *addresses: str) -> None:
    """So many needs, one after the other, each a conversation of its own, by these addresses in turn."""
    for number in range(count):
        writer = Writer(addresses[number % len(addresses)])
        receive(company.house, inbox, [writer.mail(f"{writer.address} {number}")])


def took(company: Company, limit: int) -> list[str]:
    """Who has a turn now."""
    house = company.house
    claimed = claim(house.vault, "w", LEASE, limit, house.clock())
    return [one.text.split()[0] for one in claimed]


def crowd(clock: StandingClock) -> None:
    clock.advance(seconds=CROWDED.total_seconds() + 0.1)


def test_a_loud_customer_waits_behind_everybody_elses_first(
    company: Company, clock: StandingClock
) -> None:
    flood(company, company.mail, 30, "loud@x.example")
    flood(company, company.mail, 3, "a@x.example", "b@x.example", "c@x.example")
    crowd(clock)
    everybody = {"loud@x.example", "a@x.example", "b@x.example", "c@x.example"}
    assert set(took(company, 4)) == everybody


def test_what_a_customer_has_in_hand_counts(company: Company, clock: StandingClock) -> None:
    flood(company, company.mail, 30, "loud@x.example")
    crowd(clock)
    assert took(company, 1) == ["loud@x.example"]
    flood(company, company.mail, 1, "late@x.example")
    crowd(clock)
    assert took(company, 1) == ["late@x.example"], "though all the others have waited longer"


def test_a_flooded_inbox_gets_half_and_the_other_one_half(
    company: Company, other: Inbox, clock: StandingClock
) -> None:
    flood(company, company.mail, 40, *(f"{n}@flood.example" for n in range(40)))
    flood(company, other, 5, *(f"{n}@calm.example" for n in range(5)))
    crowd(clock)
    calm = [name for name in took(company, 10) if name.endswith("calm.example")]
    assert len(calm) == 5


def test_while_nobody_waits_long_the_longest_waiting_comes_first(
    company: Company, clock: StandingClock
) -> None:
    flood(company, company.mail, 5, "loud@x.example")
    clock.advance(seconds=0.5)
    flood(company, company.mail, 1, "late@x.example")
    assert took(company, 5) == ["loud@x.example"] * 5


def test_a_crowd_is_served_whole_and_nobody_twice(
    company: Company, other: Inbox, clock: StandingClock
) -> None:
    flood(company, company.mail, 70, "loud@x.example", "a@x.example")
    flood(company, other, 30, "b@x.example")
    crowd(clock)
    house = company.house

    def work(name: str) -> list[Claimed]:
        found: list[Claimed] = []
        while got := claim(house.vault, name, LEASE, 3, clock.now):
            found += got
            for one in got:
                finish_turn(house, one, Outcome((Reply("so"),), state={"version": 1}))
        return found

    results = together([lambda name=f"w{n}": work(name) for n in range(3)])
    served = [one.conversation for result in results for one in result]  # type: ignore[union-attr]
    assert len(served) == len(set(served)) == 100
    assert not Conversation.objects.filter(wants_turn_at__isnull=False).exists()


def test_an_order_computed_meanwhile_gives_nobody_twice(
    company: Company, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another thread of the process makes the order anew while a claim is under way, and sees what it holds as free."""
    flood(company, company.mail, 6, "a@x.example")
    crowd(clock)
    ids = list(Conversation.objects.order_by("wants_turn_at").values_list("id", flat=True))
    monkeypatch.setattr(fairness, "_order", lambda moment, now: [ids[0], ids[0], ids[1], ids[1]])
    claimed = claim(company.house.vault, "w", LEASE, 3, clock.now)
    assert sorted(one.conversation for one in claimed) == sorted(ids[:2])


def test_the_order_of_a_crowd_is_computed_only_now_and_then(
    company: Company, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[int] = []
    order = fairness._order

    def counted(moment: datetime, now: datetime) -> list[object]:
        computed.append(1)
        return list(order(moment, now))

    monkeypatch.setattr(fairness, "_order", counted)
    flood(company, company.mail, 30, "loud@x.example", "a@x.example")
    crowd(clock)
    for _ in range(10):
        took(company, 1)
    assert len(computed) == 1
    clock.advance(seconds=1)
    took(company, 1)
    assert len(computed) == 2

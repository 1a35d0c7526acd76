"""Turns follow each other without gap or overlap through changes of the clocks, and covers cut them."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from core.rota import Cover, Rota, on_call, turns

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")


def local(zone: str, *at: int) -> datetime:
    return datetime(*at, tzinfo=ZoneInfo(zone)).astimezone(UTC)  # type: ignore[misc, arg-type]


def test_people_take_turns_at_the_local_time() -> None:
    rota = Rota("Europe/Berlin", ("ann", "ben"), date(2027, 3, 22), time(9), 7)
    assert on_call(rota, local("Europe/Berlin", 2027, 3, 22, 8, 59)) is None
    assert on_call(rota, local("Europe/Berlin", 2027, 3, 22, 9)) == "ann"
    assert on_call(rota, local("Europe/Berlin", 2027, 3, 29, 8, 59)) == "ann"
    assert on_call(rota, local("Europe/Berlin", 2027, 3, 29, 9)) == "ben"
    [first, second, *_] = turns(rota, rota.begins(0), rota.begins(4))
    assert first.end - first.start == timedelta(days=7) - timedelta(hours=1), (
        "the clocks go forward"
    )
    assert second.end - second.start == timedelta(days=7)


def test_a_handover_that_the_zone_skips_or_repeats_happens_once() -> None:
    spring = Rota("Europe/Berlin", ("ann", "ben"), date(2027, 3, 27), time(2, 30), 1)
    assert spring.begins(1) == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    autumn = Rota("Europe/Berlin", ("ann", "ben"), date(2027, 10, 30), time(2, 30), 1)
    assert autumn.begins(1) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert on_call(autumn, datetime(2027, 10, 31, 1, 30, tzinfo=UTC)) == "ben"


def test_who_covers_is_on_call_and_nobody_else_is() -> None:
    begin = local("UTC", 2027, 3, 2, 9)
    cover = Cover("cat", begin + timedelta(hours=3), begin + timedelta(hours=30))
    late = Cover("dan", begin + timedelta(hours=20), begin + timedelta(hours=21))
    rota = Rota("UTC", ("ann", "ben"), date(2027, 3, 2), time(9), 1, (cover, late))
    found = [(one.person, one.is_cover) for one in turns(rota, begin, begin + timedelta(days=3))]
    assert found == [
        ("ann", False),
        ("cat", True),
        ("dan", True),
        ("cat", True),
        ("ben", False),
        ("ann", False),
    ]


def test_before_the_first_turn_and_without_people_nobody_is_on_call() -> None:
    begin = local("UTC", 2027, 3, 2, 9)
    nobody = Rota("UTC", (), date(2027, 3, 2))
    assert on_call(nobody, begin) is None
    assert list(turns(nobody, begin, begin + timedelta(days=9))) == []


@pytest.mark.parametrize("zone", ZONES)
def test_every_moment_has_one_person_and_the_list_says_the_same(zone: str) -> None:
    for seed in range(25):
        chance = random.Random(seed)
        starts = date(2027, 1, 1) + timedelta(days=chance.randrange(330))
        people = tuple(f"p{at}" for at in range(chance.randrange(1, 5)))
        handover = time(chance.randrange(24), chance.choice([0, 30]))
        rota = Rota(zone, people, starts, handover, chance.choice([1, 2, 7]))
        covers = []
        for at in range(chance.randrange(4)):
            start = rota.begins(0) + timedelta(hours=chance.randrange(600))
            covers.append(Cover(f"c{at}", start, start + timedelta(hours=chance.randrange(1, 90))))
        rota = Rota(zone, people, starts, handover, rota.days, tuple(covers))
        since, until = rota.begins(0), rota.begins(0) + timedelta(days=40)
        listed = list(turns(rota, since, until))
        assert (listed[0].start, listed[-1].end) == (since, until)
        assert all(one.end == other.start for one, other in pairwise(listed))
        for _ in range(60):
            now = since + timedelta(seconds=chance.randrange(40 * 86_400 - 1))
            [turn] = [one for one in listed if one.start <= now < one.end]
            assert on_call(rota, now) == turn.person, (seed, now)


@pytest.mark.parametrize(
    "wrong",
    [
        {"zone": "Mars/Olympus"},
        {"days": 0},
        {
            "covers": (
                Cover("x", datetime(2027, 1, 2, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
            )
        },
    ],
)
def test_a_rota_that_nobody_could_keep_is_refused(wrong: dict[str, object]) -> None:
    said: dict[str, object] = {"zone": "UTC", "people": ("a",), "starts_on": date(2027, 1, 1)}
    with pytest.raises(ValueError, match=r"zone|turn|ends"):
        Rota(**(said | wrong))  # type: ignore[arg-type]

"""The matrix on a virtual clock: watching in steps, with pauses and restarts, finds what the whole history says."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from core.calendar import Span, WorkCalendar, around_the_clock, working_time
from core.decision import Priority
from core.escalation import Step, Trigger, plan
from core.promise import Counting, Goals, Policy, Target
from core.sla import ClockName, Happened, SlaEvent, clocks

START = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
OFFICE = WorkCalendar("Europe/Berlin", tuple(Span(day, 480, 1080) for day in range(5)))


def policy(counting: Counting = Counting.ELAPSED) -> Policy:
    def goals(hours: int) -> Goals:
        return Goals(
            Target(hours * 3600, counting=counting),
            Target(hours * 1800, counting=counting),
            Target(hours * 4 * 3600, counting=counting),
        )

    return Policy("p", *(goals(hours) for hours in (1, 2, 4, 8)))


STEPS = (
    Step("r50", Trigger.RESPONSE, share=0.5),
    Step("r100", Trigger.RESPONSE),
    Step("n100", Trigger.NEXT_RESPONSE),
    Step("n150-high", Trigger.NEXT_RESPONSE, share=1.5, priority=Priority.HIGH),
    Step("s75", Trigger.RESOLUTION, share=0.75),
    Step("s200-low", Trigger.RESOLUTION, share=2.0, priority=Priority.LOW),
    Step("quiet", Trigger.SILENCE, minutes=90),
    Step("quiet-critical", Trigger.SILENCE, minutes=20, priority=Priority.CRITICAL),
    Step("back-2", Trigger.REOPENED, times=2),
)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def opened(priority: Priority = Priority.HIGH) -> SlaEvent:
    return SlaEvent(START, Happened.OPENED, priority)


def fired(events: list[SlaEvent], now: datetime, *steps: Step) -> list[tuple[str, datetime]]:
    found = plan(around_the_clock(), policy(), events, steps or STEPS)
    return [(firing.step.key, firing.at) for firing in found if firing.at <= now]


def test_shares_of_a_clock_and_its_breach_come_at_their_moment() -> None:
    half, full = STEPS[:2]
    assert fired([opened()], at(59), half, full) == []
    assert fired([opened()], at(200), half, full) == [("r50", at(60)), ("r100", at(120))]
    answered = [opened(), SlaEvent(at(90), Happened.AGENT_REPLY)]
    assert fired(answered, at(200), half, full) == [("r50", at(60))]


def test_silence_is_ended_by_people_and_by_no_machine() -> None:
    quiet = Step("quiet", Trigger.SILENCE, minutes=90)
    machine = [opened(), SlaEvent(at(10), Happened.AGENT_REPLY, automatic=True)]
    assert fired(machine, at(200), quiet) == [("quiet", at(90))]
    person = [opened(), SlaEvent(at(10), Happened.AGENT_REPLY)]
    assert fired(person, at(200), quiet) == []
    again = [*person, SlaEvent(at(100), Happened.CUSTOMER_MESSAGE)]
    assert fired(again, at(400), quiet) == [("quiet", at(190))]
    thanks = [*person, SlaEvent(at(100), Happened.CUSTOMER_MESSAGE, automatic=True)]
    assert fired(thanks, at(400), quiet) == []


def test_a_ticket_that_keeps_coming_back_fires_once() -> None:
    events = [opened()]
    for round_ in range(4):
        events += [
            SlaEvent(at(20 * round_ + 10), Happened.RESOLVED),
            SlaEvent(at(20 * round_ + 20), Happened.REOPENED),
        ]
    assert fired(events, at(90), STEPS[-1]) == [("back-2", at(40))]


def test_a_step_of_one_priority_waits_until_the_ticket_has_it() -> None:
    urgent = Step("urgent", Trigger.SILENCE, minutes=20, priority=Priority.CRITICAL)
    assert fired([opened()], at(500), urgent) == []
    raised = [opened(), SlaEvent(at(50), Happened.PRIORITY_CHANGED, Priority.CRITICAL)]
    assert fired(raised, at(500), urgent) == [("urgent", at(50))]


def test_nights_and_weekends_do_not_count_as_silence_of_an_office() -> None:
    friday = datetime(2027, 3, 5, 16, 30, tzinfo=UTC)
    events = [SlaEvent(friday, Happened.OPENED, Priority.LOW)]
    (firing,) = plan(OFFICE, policy(Counting.BUSINESS), events, STEPS[6:7])
    assert firing.at == datetime(2027, 3, 8, 8, 0, tzinfo=UTC)


def test_what_was_settled_before_anybody_looked_is_marked() -> None:
    events = [opened(), SlaEvent(at(130), Happened.AGENT_REPLY)]
    found = plan(around_the_clock(), policy(), events, (STEPS[1], STEPS[4]))
    assert [(f.step.key, f.is_over) for f in found] == [("r100", True), ("s75", False)]


@pytest.mark.parametrize(("amount", "value"), [("share", 0), ("minutes", 0), ("times", 0)])
def test_a_step_without_an_amount_is_refused(amount: str, value: int) -> None:
    with pytest.raises(ValueError, match="amount"):
        Step("x", Trigger.SILENCE, **{amount: value})  # type: ignore[arg-type]


def life(chance: random.Random) -> list[SlaEvent]:
    """A ticket's events on whole minutes, each of them one that can happen then."""
    events, minute = [opened(chance.choice(list(Priority)))], 0
    is_resolved = is_paused = False
    for _ in range(chance.randrange(12)):
        minute += chance.randrange(1, 180)
        if is_resolved:
            what = Happened.REOPENED
        else:
            what = chance.choice(
                [
                    Happened.CUSTOMER_MESSAGE,
                    Happened.AGENT_REPLY,
                    Happened.PRIORITY_CHANGED,
                    Happened.RESOLVED,
                    Happened.CUSTOMER_MESSAGE if is_paused else Happened.PAUSED,
                ]
            )
        priority = chance.choice(list(Priority)) if what is Happened.PRIORITY_CHANGED else None
        events.append(SlaEvent(at(minute), what, priority))
        is_resolved = what is Happened.RESOLVED
        is_paused = what is Happened.PAUSED or (is_paused and what is not Happened.CUSTOMER_MESSAGE)
    return events


@pytest.mark.parametrize("counting", list(Counting))
def test_watching_in_steps_finds_what_the_whole_history_says(counting: Counting) -> None:
    calendar = OFFICE if counting is Counting.BUSINESS else around_the_clock()
    for seed in range(150):
        chance = random.Random(seed)
        events = life(chance)
        end = events[-1].at + timedelta(days=4)
        whole = plan(calendar, policy(counting), events, STEPS)
        expected = {firing.name: firing.at for firing in whole if firing.at <= end}
        seen: dict[str, datetime] = {}
        now, look_at = START, START
        while now < end:
            pause = chance.choice([5, 5, 5, 3600, 90_000]) * (1 + chance.random() * 400)
            now = min(now + timedelta(seconds=pause), end)
            known = [event for event in events if event.at <= now]
            is_touched = any(event.at > look_at for event in known)
            found = plan(calendar, policy(counting), known, STEPS)
            for firing in found:
                if firing.at <= now:
                    assert seen.setdefault(firing.name, firing.at) == firing.at, seed
            # What lies ahead is where the next look is put: nothing may become due before it by itself.
            ahead = [firing.at for firing in found if firing.at > now]
            assert is_touched or all(when >= now for when in ahead)
            look_at = now
        assert seen == expected, seed


def test_a_clock_s_steps_are_those_that_reading_it_minute_by_minute_finds() -> None:
    rules = [step for step in STEPS if step.trigger.value in set(ClockName)]
    for seed in range(12):
        chance = random.Random(1000 + seed)
        events = life(chance)
        end = events[-1].at + timedelta(hours=5)
        found = plan(around_the_clock(), policy(), events, rules)
        expected = {f.name: f.at for f in found if f.at <= end}
        assert _by_looking(events, rules, end) == expected, seed


def _by_looking(events: list[SlaEvent], rules: list[Step], end: datetime) -> dict[str, datetime]:
    seen: dict[str, datetime] = {}
    now = START
    while now <= end:
        # A reply at the very moment is late: so the moment is first looked at without it, then with it.
        for known in ([e for e in events if e.at < now], [e for e in events if e.at <= now]):
            if known:
                for name in _reached(known, rules, now):
                    seen.setdefault(name, now)
        now += timedelta(minutes=1)
    return seen


def _reached(known: list[SlaEvent], rules: list[Step], now: datetime) -> list[str]:
    read = clocks(around_the_clock(), policy(), known, now)
    priority = [e.priority for e in known if e.priority is not None][-1]
    rests = {Happened.PAUSED: True, Happened.CUSTOMER_MESSAGE: False, Happened.REOPENED: False}
    paused = False
    for event in known:
        paused = rests.get(event.what, paused)
    found = []
    for step in rules:
        for reading in (read.response, read.next_response, read.resolution, *read.earlier):
            if reading is None or reading.clock != step.trigger or reading.met_at or paused:
                continue
            target = reading.elapsed + reading.remaining
            is_reached = reading.elapsed >= target * step.share
            if is_reached and step.priority in {None, priority}:
                found.append(f"step:{step.key}:{reading.clock}:{reading.started_at.isoformat()}")
    return found


def test_working_time_of_a_silence_is_what_the_calendar_counts() -> None:
    for seed in range(40):
        chance = random.Random(seed)
        begun = START + timedelta(minutes=chance.randrange(20_000))
        events = [SlaEvent(begun, Happened.OPENED, Priority.LOW)]
        (firing,) = plan(OFFICE, policy(Counting.BUSINESS), events, STEPS[6:7])
        assert working_time(OFFICE, begun, firing.at) == timedelta(minutes=90)

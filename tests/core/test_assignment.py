"""Who is offered what: room, skills, methods and order by example; fairness and progress for any queue."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from core.assignment import (
    Available,
    Method,
    Offer,
    TeamRule,
    Waiting,
    Worker,
    WorkKind,
    danger,
    offers,
    room,
    unfit,
)

NOW = datetime(2027, 3, 2, 12, 0, tzinfo=UTC)
TEAM, OTHER = UUID(int=1), UUID(int=2)
CHAT, MAIL, VOICE = WorkKind.CHAT, WorkKind.MAIL, WorkKind.VOICE


def person(number: int, **more: Any) -> Worker:
    given = {
        "agent": UUID(int=100 + number),
        "name": f"Agent {number}",
        "state": Available.ONLINE,
        "teams": frozenset({TEAM}),
        **more,
    }
    return Worker(**given)


def ticket(number: int, due_in: float | None = 60, **more: Any) -> Waiting:
    """Due in so many minutes."""
    due = None if due_in is None else NOW + timedelta(minutes=due_in)
    given = {
        "number": number,
        "team": TEAM,
        "kind": CHAT,
        "priority": 3,
        "entered_at": NOW - timedelta(minutes=5),
        "due_at": due,
        **more,
    }
    return Waiting(**given)


def given_to(
    waiting: list[Waiting],
    workers: list[Worker],
    method: Method = Method.LEAST_LOADED,
    *,
    handling: float | None = None,
    at_once: int = 100,
) -> dict[int, str]:
    rules = {TEAM: TeamRule(method, 45, handling)}
    made = offers(waiting, workers, rules, NOW, at_once=at_once)
    names = {worker.agent: worker.name for worker in workers}
    return {offer.number: names[offer.agent] for offer in made}


def test_chats_calls_and_mails_weigh_differently() -> None:
    assert room(person(1), CHAT) == 6
    assert room(person(1, carries={CHAT: 2}), CHAT) == 2
    assert room(person(1, carries={CHAT: 1}), VOICE) == 4, "no call beside a chat"
    assert room(person(1, carries={CHAT: 1, MAIL: 2}), MAIL) == 2


def test_mails_wait_while_a_chat_is_answered() -> None:
    full_of_mail = person(1, carries={MAIL: 6})
    assert room(full_of_mail, MAIL) == 0
    assert room(full_of_mail, CHAT) == room(full_of_mail, VOICE) == 6


def test_a_kind_may_have_a_limit_of_its_own() -> None:
    one_chat = person(1, limits={"any": 6, "chat": 2}, carries={CHAT: 1})
    assert room(one_chat, CHAT) == 0
    assert room(one_chat, MAIL) == 4


def test_who_cannot_take_it_is_told_apart() -> None:
    assert unfit(person(1, teams=frozenset({OTHER})), TEAM, ()) == "is not in the team"
    assert unfit(person(1, state=Available.WRAP_UP), TEAM, ()) == "is wrap up"
    assert unfit(person(1, levels={"de": 3}), TEAM, ("de", "api")) == "lacks api"
    assert unfit(person(1, levels={"de": 1}), TEAM, ("de",)) == ""


def test_an_offer_says_who_else_was_considered_and_why_not() -> None:
    people = [
        person(1),
        person(2, carries={CHAT: 3}),
        person(3, state=Available.AWAY),
        person(4),
        person(5, teams=frozenset({OTHER})),
    ]
    (made,) = offers([ticket(1, refused=frozenset({people[3].agent}))], people, {}, NOW)
    told = {one.name: one.excluded for one in made.considered}
    assert told == {
        "Agent 1": "",
        "Agent 2": "has no room left",
        "Agent 3": "is away",
        "Agent 4": "declined it",
    }


def test_each_method_chooses_whom_its_name_says() -> None:
    earlier, later = NOW - timedelta(hours=1), NOW - timedelta(minutes=1)
    idle = person(1, idle_since=earlier, carries={CHAT: 2}, levels={"api": 1, "de": 5})
    free = person(2, idle_since=later, levels={"api": 2, "de": 5})
    expert = person(3, idle_since=later, carries={CHAT: 1}, levels={"api": 5, "de": 5})
    people = [idle, free, expert]
    wanted = ticket(1, skills=("api",), last=expert.agent)
    chosen = {method: given_to([wanted], people, method)[1] for method in Method}
    assert chosen[Method.LONGEST_IDLE] == "Agent 1"
    assert chosen[Method.LEAST_LOADED] == "Agent 2"
    assert chosen[Method.BEST_SKILL] == "Agent 3"
    assert chosen[Method.LAST_AGENT] == "Agent 3"


def test_whom_the_others_need_stays_free_for_them() -> None:
    can_all, can_one = person(1, levels={"api": 5, "de": 5}), person(2, levels={"api": 5})
    waiting = [ticket(1, 10, skills=("api",)), ticket(2, 20, skills=("de",))]
    chosen = given_to(waiting, [can_all, can_one], Method.EXPECTED_BREACH, at_once=1)
    assert chosen == {1: "Agent 2", 2: "Agent 1"}


def test_who_is_not_there_any_more_does_not_hold_up_a_sticky_ticket() -> None:
    gone = person(1, state=Available.OFFLINE)
    assert given_to([ticket(1, last=gone.agent)], [gone, person(2)], Method.LAST_AGENT) == {
        1: "Agent 2"
    }


def test_danger_is_the_chance_that_nobody_is_free_in_time() -> None:
    half_hour = ticket(1, 30)
    assert danger(half_hour, 1, 1800, NOW) == danger(half_hour, 2, 3600, NOW)
    assert 0.36 < danger(half_hour, 1, 1800, NOW) < 0.37, "1/e: one handling time is left"
    assert danger(half_hour, 0, 1800, NOW) == danger(ticket(1, -1), 9, 60, NOW) == 1


def test_a_scarce_skill_goes_before_an_earlier_due_time() -> None:
    people = [person(n) for n in range(8)] + [person(9, levels={"de": 5})]
    many, few = ticket(1, 40), ticket(2, 50, skills=("de",))
    made = offers([many, few], people, {TEAM: TeamRule(handling=1800)}, NOW)
    assert [offer.number for offer in made] == [2, 1]
    by_due = offers([many, few], people, {TEAM: TeamRule()}, NOW)
    assert [offer.number for offer in by_due] == [1, 2], "no handling times: by due time"


kinds = st.sampled_from(list(WorkKind))
skills = st.sets(st.sampled_from(["api", "de", "es"])).map(lambda found: tuple(sorted(found)))


@st.composite
def scenes(draw: st.DrawFn) -> tuple[list[Waiting], list[Worker]]:
    people = [
        person(
            n,
            teams=frozenset(draw(st.sets(st.sampled_from([TEAM, OTHER]), min_size=1))),
            state=draw(st.sampled_from(list(Available))),
            levels=draw(st.dictionaries(st.sampled_from(["api", "de", "es"]), st.integers(1, 5))),
            carries=draw(st.dictionaries(kinds, st.integers(0, 4))),
            limits=draw(st.dictionaries(st.sampled_from(["any", *WorkKind]), st.integers(0, 9))),
            offers=draw(st.integers(0, 2)),
        )
        for n in range(draw(st.integers(0, 6)))
    ]
    agents = [one.agent for one in people] or [UUID(int=7)]
    waiting = [
        ticket(
            n,
            draw(st.none() | st.floats(-500, 500)),
            team=draw(st.sampled_from([TEAM, OTHER])),
            kind=draw(kinds),
            skills=draw(skills),
            refused=frozenset(draw(st.sets(st.sampled_from(agents)))),
            last=draw(st.none() | st.sampled_from(agents)),
        )
        for n in range(draw(st.integers(0, 12)))
    ]
    return waiting, people


methods = st.fixed_dictionaries(
    {
        team: st.builds(
            TeamRule, st.sampled_from(list(Method)), handling=st.none() | st.floats(1, 9999)
        )
        for team in (TEAM, OTHER)
    }
)


@given(scenes(), methods, st.integers(1, 4))
@settings(max_examples=150, deadline=None)
def test_no_offer_breaks_a_rule_and_none_that_could_be_made_is_left_out(
    scene: tuple[list[Waiting], list[Worker]], rules: dict[UUID, TeamRule], at_once: int
) -> None:
    waiting, people = scene
    made = offers(waiting, people, rules, NOW, at_once=at_once)
    assert len({offer.number for offer in made}) == len(made)
    tickets = {one.number: one for one in waiting}
    known = {one.agent: one for one in people}
    got: dict[UUID, Counter[WorkKind]] = {agent: Counter() for agent in known}
    for offer in made:
        wanted, worker = tickets[offer.number], known[offer.agent]
        assert not unfit(worker, wanted.team, wanted.skills)
        assert worker.agent not in wanted.refused
        assert room(worker, wanted.kind, got[worker.agent]) >= 0
        got[worker.agent][wanted.kind] += 1
        assert room(worker, wanted.kind, got[worker.agent]) >= 0, "more than they can carry"
        assert worker.offers + got[worker.agent].total() <= at_once
    for left in (one for one in waiting if one.number not in {offer.number for offer in made}):
        for worker in people:
            assert (
                unfit(worker, left.team, left.skills)
                or worker.agent in left.refused
                or worker.offers + got[worker.agent].total() >= at_once
                or room(worker, left.kind, got[worker.agent])
                < {"chat": 2, "mail": 1, "voice": 6}[left.kind]
            ), "somebody could have taken it"


@given(scenes(), methods)
@settings(max_examples=40, deadline=None)
def test_the_same_scene_in_any_order_gives_the_same_offers(
    scene: tuple[list[Waiting], list[Worker]], rules: dict[UUID, TeamRule]
) -> None:
    waiting, people = scene
    assert offers(waiting, people, rules, NOW) == offers(waiting[::-1], people[::-1], rules, NOW)


@given(st.integers(1, 30), st.integers(1, 6), st.sampled_from(list(Method)))
@settings(max_examples=60, deadline=None)
def test_equals_get_equal_shares(count: int, people: int, method: Method) -> None:
    """Whoever chooses: with the same skills and nothing to do, nobody gets two more than another."""
    waiting = [ticket(n, kind=MAIL) for n in range(count)]
    workers = [person(n, limits={"any": 100}, idle_since=NOW) for n in range(people)]
    shares = Counter(given_to(waiting, workers, method).values())
    counts = [shares[worker.name] for worker in workers]
    assert sum(counts) == count
    assert max(counts) - min(counts) <= 1


@given(st.data())
@settings(max_examples=30, deadline=None)
def test_nobody_starves_however_many_arrive(data: st.DataObject) -> None:
    """Three agents solve what they are given while more urgent tickets keep arriving faster than they can; each old
    ticket is offered before what fell due after it did."""
    rules = {TEAM: TeamRule(data.draw(st.sampled_from(list(Method))), handling=600.0)}
    workers = [person(n) for n in range(3)]
    waiting = [ticket(n, data.draw(st.floats(30, 300))) for n in range(6)]
    old, number, now = {one.number for one in waiting}, 100, NOW
    for _ in range(80):
        done = {offer.number for offer in offers(waiting, workers, rules, now)}
        old -= done
        if not old:
            return
        now += timedelta(minutes=10)
        waiting = [one for one in waiting if one.number not in done]
        for _ in range(4):
            number += 1
            fresh = ticket(number, (now - NOW).total_seconds() / 60 + 20)
            waiting.append(fresh)
    raise AssertionError(f"never offered: {old}")


def test_a_skill_that_nobody_in_the_team_was_ever_given_is_not_waited_for() -> None:
    last = ticket(1, skills=("fr",), is_last=True)
    assert given_to([last], [person(1)], Method.BEST_SKILL) == {1: "Agent 1"}, "nobody here has it"
    assert given_to([ticket(1, skills=("fr",))], [person(1)], Method.BEST_SKILL) == {}, "later"
    for other in (
        person(2, levels={"fr": 1}, state=Available.OFFLINE),
        person(2, lapsed=frozenset({"fr"})),
    ):
        assert given_to([last], [person(1), other], Method.BEST_SKILL) == {}, "they are waited for"
    elsewhere = person(2, levels={"fr": 1}, teams=frozenset({UUID(int=99)}))
    assert given_to([last], [person(1), elsewhere], Method.BEST_SKILL) == {1: "Agent 1"}
    both = ticket(1, skills=("fr", "api"), is_last=True)
    knows = person(2, levels={"api": 1})
    assert given_to([both], [person(1), knows], Method.BEST_SKILL) == {1: "Agent 2"}


@given(scenes(), methods)
@settings(max_examples=100, deadline=None)
def test_no_skill_keeps_a_ticket_from_a_team_in_which_nobody_has_it(
    scene: tuple[list[Waiting], list[Worker]], rules: dict[UUID, TeamRule]
) -> None:
    """One ticket, one idle colleague of its team who is there: where nobody in the team has any of the skills, they get it."""
    for one in scene[0]:
        alone = replace(one, is_last=True, refused=frozenset(), only=None)
        idle = person(1, teams=frozenset({one.team}), limits={"any": 6})
        assert [offer.agent for offer in offers([alone], [idle], rules, NOW)] == [idle.agent]


def test_an_offer_is_a_plain_value() -> None:
    (made,) = offers([ticket(7)], [person(1)], {TEAM: TeamRule(seconds=20)}, NOW)
    assert isinstance(made, Offer)
    assert (made.number, made.seconds, made.method) == (7, 20, Method.LEAST_LOADED)

"""The short form of `threadline bench sizes`: the generator makes tickets that the product can read, and nothing walks through them all."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import QuerySet

import store.desk
from bot import desk
from bot.permissions import few_teams_of, tickets_of
from store import desk_counts, many
from store.claims import own_tickets
from store.desk import of_criteria, page_by_number, page_of_criteria, page_of_view, rows
from store.desk_counts import all_counts, counts
from store.desk_filter import Criteria
from store.desk_ticket import same_customer
from store.desk_views import Reach, View, in_view, newest_of
from store.escalation import to_look_at
from store.many import Many
from store.models import QueueEntry, Team, TeamMember, Ticket
from store.onlookers import open_tickets_of
from store.watching import due_tickets
from tests.bench import crowd, sizes
from tests.company import Company, StandingClock, Writer
from tests.plans import plans_of, walked


@pytest.mark.parametrize("count", [1_000])
def test_a_crowd_of_tickets_is_real_and_found_by_indexes(
    company: Company, clock: StandingClock, count: int
) -> None:
    made = crowd.people(company, clock())
    crowd.tickets(company.house, company, made, count)
    crowd.settle()
    assert Ticket.objects.count() == count
    agent = made.agents[0]
    listed = rows(company.house.vault, tickets_of(agent), View.UNASSIGNED, agent, clock())
    assert listed
    assert all(row.preview.startswith("My invoice") and row.due for row in listed)
    found = counts(tickets_of(agent), agent, clock())
    assert found[View.UNASSIGNED] == QueueEntry.objects.filter(team=made.teams[0]).count()
    desk.take(company.house, agent, listed[0].number)
    desk.resolve(company.house, agent, listed[0].number)


Deed = Callable[[], object]


def deeds(company: Company, made: crowd.Crowd, clock: StandingClock) -> dict[str, Deed]:
    """What must cost the same whatever is stored: each list and the counts of who sees a team's tickets and of who sees
    all, a customer's tickets, and the looks at the clocks."""
    vault, now = company.house.vault, clock()
    ticket = Ticket.objects.select_related("conversation").order_by("number")[0]
    maya = Writer("maya@customers.example").mail("hello").sender
    found: dict[str, Deed] = {
        "own_tickets": lambda: own_tickets(uuid4()),
        "same_customer": lambda: same_customer(vault, Ticket.objects.all(), ticket),
        "onlooker": lambda: open_tickets_of(vault, company.mail, maya),
        "due": lambda: due_tickets(now),
        "escalates": lambda: to_look_at(now),
    }
    for who, user in (("agent", made.agents[0]), ("lead", company.lead)):
        visible, reach = tickets_of(user), Reach(is_wide=True, teams=few_teams_of(user))
        for view in View:
            found[f"{who}.{view.value}"] = partial(rows, vault, visible, view, user, now, reach)
        found[f"{who}.newest"] = partial(
            page_by_number, vault, visible, now, newest_of(user, reach), after=None, limit=50
        )
        for kept in (
            Criteria(status="done"),
            Criteria(status="any"),
            Criteria(status="open"),
            Criteria(waits="us"),
        ):
            wish = kept.condition(vault, user)
            found[f"{who}.saved_{kept.status or kept.waits}"] = partial(
                of_criteria, vault, visible, wish, kept.is_alive, user, now, reach
            )
        found[f"{who}.counts"] = partial(
            all_counts, visible, user, now, {}, tuple(View), partial(few_teams_of, user)
        )
    return found


def test_nothing_that_the_desk_and_the_clocks_ask_walks_through_all_tickets(
    company: Company, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `EXACT` passed, so that the counts of a large company are asked for as well."""
    made = crowd.people(company, clock())
    crowd.tickets(company.house, company, made, 600)
    monkeypatch.setattr(desk_counts, "EXACT", 3)
    crowd.settle()
    plans = {name: plans_of(deed) for name, deed in deeds(company, made, clock).items()}
    growing = ("store_ticket", "store_conversation", "store_message", "store_event")
    found = {name: walked(plan, growing) for name, plan in plans.items()}
    assert {name: steps for name, steps in found.items() if steps} == {}
    assert all(plans.values())
    # In the order of its number, every ticket of everybody is looked at until enough of the customer's are found.
    by_number = "store_ticket_number"
    assert [
        name for name in ("own_tickets", "same_customer") if by_number in str(plans[name])
    ] == []
    if connection.vendor == "sqlite":  # of few rows PostgreSQL reads any index that would do
        assert "ticket_of_team" in str(plans["lead.team"])
        assert "ticket_snoozed" in str(plans["lead.waiting"])
        # Who sees some teams' tickets is not made to look through all that a team ever had.
        assert "ticket_taken" not in str(plans["agent.waiting"])
        sorts = {name for name, plan in plans.items() if "ORDER BY" in str(plan)}
        # One customer's are few, and so is what waits for others, or what one person follows or is named in.
        few = {"own_tickets", "same_customer", "onlooker", "waiting", "mentioned", "followed"}
        # The newest are chosen in their order, and the fifty chosen are put in it once more.
        newest = {"resolved", "newest", "saved_done", "saved_any"}
        for name in sorted(newest):
            *teams, own = plans[f"agent.{name}"][:3]
            assert all("ticket_newest" in plan and "ORDER BY" not in plan for plan in teams), name
            assert "ORDER BY" not in plans[f"lead.{name}"][0], name
            is_done = name in {"resolved", "saved_done"}
            assert not is_done or ("ticket_assigned" in own and "ORDER BY" not in own), name
        few |= newest
        assert {name for name in sorts if name.rpartition(".")[2] not in few} == set()


def test_counts_end_where_there_are_very_many(
    company: Company, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = crowd.people(company, clock())
    crowd.tickets(company.house, company, made, 100)
    visible, user = tickets_of(company.lead), company.lead
    exact = counts(visible, user, clock())
    assert (exact[View.ALL], exact[View.WAITING], exact[View.MINE]) == (20, 0, 0)
    assert not any(isinstance(count, Many) for count in exact.values())
    monkeypatch.setattr(desk_counts, "EXACT", 19)
    assert counts(visible, user, clock()) == exact, "counted one by one"
    monkeypatch.setattr(many, "MOST", 12)
    found = counts(visible, user, clock())
    assert isinstance(found[View.ALL], Many)
    assert found[View.ALL] == 12
    assert {view for view, count in found.items() if isinstance(count, Many)} == {
        view for view, count in exact.items() if count > 12
    }
    assert {view: found[view] for view in found if exact[view] <= 12} == {
        view: count for view, count in exact.items() if count <= 12
    }


def test_lists_read_team_by_team_are_the_same_lists(
    company: Company, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = crowd.people(company, clock())
    crowd.tickets(company.house, company, made, 200)
    user = made.agents[0]
    for team in made.teams[1:4]:
        TeamMember.objects.create(team=team, agent=user.agent)
    teams = Team.objects.filter(agent__user=user)
    assert teams.count() == 4
    elsewhere = Ticket.objects.filter(status="open").exclude(team__in=teams)[:3]
    for ticket, changed in zip(
        elsewhere,
        (
            {"assignee": user},
            {"assignee": user, "status": "pending"},
            {"assignee": user, "snoozed_until": clock() + timedelta(days=1)},
        ),
        strict=True,
    ):
        Ticket.objects.filter(id=ticket.id).update(**changed)
    theirs = Ticket.objects.filter(team__in=teams, status="open").order_by("urgent_at")
    Ticket.objects.filter(id=theirs[4].id).update(status="pending")
    visible = tickets_of(user)
    wide = Reach(is_wide=True, teams=few_teams_of(user))
    assert len(wide.teams or ()) == 5
    for view in View:
        near = rows(company.house.vault, visible, view, user, clock())
        assert rows(company.house.vault, visible, view, user, clock(), wide) == near, view
        assert near or view in (View.MENTIONED, View.FOLLOWED)
        if view is View.RESOLVED:
            continue
        said = [row.due.due for row in near if row.due]
        assert said == sorted(said, key=str)
        paged, after = [], None
        while page := page_of_view(
            company.house.vault, visible, view, user, clock(), wide, after=after, limit=7
        ):
            paged += [row.number for _, row, _ in page]
            after = page[-1][2]
        everything = visible.filter(in_view(view, user, clock())).order_by("urgent_at", "number")
        assert paged == list(everything.values_list("number", flat=True))
    exact = counts(visible, user, clock())
    monkeypatch.setattr(desk_counts, "EXACT", 3)
    assert counts(visible, user, clock(), tuple(View), partial(few_teams_of, user)) == exact
    TeamMember.objects.filter(agent=user.agent).delete()
    assert rows(company.house.vault, tickets_of(user), View.TEAM, user, clock(), wide) == []


def test_the_newest_are_found_team_by_team_and_none_twice(
    company: Company, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is done, what somebody kept a list of, and all: own tickets of own teams, of other teams, and others'."""
    made = crowd.people(company, clock())
    crowd.tickets(company.house, company, made, 240)
    user, vault, now = made.agents[0], company.house.vault, clock()
    for team in made.teams[1:3]:
        TeamMember.objects.create(team=team, agent=user.agent)
    numbered = Ticket.objects.order_by("-number").values_list("id", flat=True)
    own = Ticket.objects.filter(id__in=list(numbered[::9]))
    assert own.update(assignee=user) > 20
    teams = Team.objects.filter(agent__user=user)
    assert own.filter(team__in=teams).exists()
    assert own.exclude(team__in=teams).filter(urgent_at=None).exists()
    visible, wide = tickets_of(user), Reach(is_wide=True, teams=few_teams_of(user))
    everything = visible.order_by("-number")
    done = everything.filter(status="resolved")
    any_state = Criteria(status="any").condition(vault, user)
    pages: Mapping[str, tuple[QuerySet[Ticket], Any]] = {
        "done": (done, partial(page_of_view, vault, visible, View.RESOLVED, user, now, wide)),
        "kept": (
            everything,
            partial(page_of_criteria, vault, visible, any_state, False, user, now, wide),
        ),
        "all": (everything, partial(page_by_number, vault, visible, now, newest_of(user, wide))),
    }
    for name, (expected, page_of) in pages.items():
        numbers, after = [], None
        while page := page_of(after=after, limit=7):
            numbers += [row.number for _, row, _ in page]
            after = page[-1][2]
        assert numbers == list(expected.values_list("number", flat=True)), name
    newest = [row.number for row in rows(vault, visible, View.RESOLVED, user, now, wide)]
    assert newest == list(done.values_list("number", flat=True)[:50])
    kept, total = of_criteria(vault, visible, any_state, False, user, now, wide)
    assert [row.number for row in kept] == list(everything.values_list("number", flat=True)[:50])
    assert total == everything.count()
    monkeypatch.setattr(store.desk, "COUNTED", 30)
    assert isinstance(of_criteria(vault, visible, any_state, False, user, now, wide)[1], Many)


def test_a_thousand_waiting_are_matched_to_two_hundred_agents() -> None:
    assert sizes.matching() > 0


def test_sizes_are_measured_in_turn(tmp_path: Path) -> None:
    """Each in a database of its own, which is filled once, in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.sizes", "--tickets", "60", "30", "--open", "30"]
    command += ["--rounds", "1", "--repeats", "2", "--keep", str(tmp_path), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    filled = [line for line in done.stderr.splitlines() if " tickets after " in line]
    assert len(filled) == 2
    assert sorted(one.name for one in tmp_path.iterdir()) == ["sqlite-30", "sqlite-60"]
    found = json.loads(done.stdout.splitlines()[-1])
    small, large = found["curve"]
    assert (small["tickets"], large["tickets"]) == (30, 60)
    for what in ("post_new", "post_and_turn", "queue_page"):
        for measure, times in found["growth"][what].items():
            grown = large[what][f"{measure}_ms"] / small[what][f"{measure}_ms"]
            assert times == pytest.approx(grown, rel=0.03)

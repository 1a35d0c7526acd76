"""The short form of `threadline bench sizes`: the generator makes tickets that the product can read, and nothing walks through them all."""

from __future__ import annotations

import pytest

from bot import desk
from bot.permissions import tickets_of
from store.desk import View, counts, rows
from store.models import QueueEntry, Ticket
from tests.bench import crowd, sizes
from tests.company import Company, StandingClock


@pytest.mark.parametrize("count", [1_000])
def test_a_crowd_of_tickets_is_real_and_found_by_indexes(
    company: Company, clock: StandingClock, count: int
) -> None:
    made = crowd.people(company, clock())
    crowd.tickets(company.house, company, made, count)
    crowd.analyse()
    assert Ticket.objects.count() == count
    agent = made.agents[0]
    listed = rows(company.house.vault, tickets_of(agent), View.UNASSIGNED, agent, clock())
    assert listed
    assert all(row.preview.startswith("My invoice") and row.due for row in listed)
    found = counts(tickets_of(agent), agent, clock())
    assert found[View.UNASSIGNED] == QueueEntry.objects.filter(team=made.teams[0]).count()
    desk.take(company.house, agent, listed[0].number)
    desk.resolve(company.house, agent, listed[0].number)


def test_a_thousand_waiting_are_matched_to_two_hundred_agents() -> None:
    assert sizes.matching() > 0

"""Lists of one's own, lists of a team, the palette's results and mentions."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bot import desk, desk_views
from bot.permissions import tickets_of
from core.errors import MalformedPayload
from store.desk import rows
from store.desk_filter import Criteria
from store.desk_views import View
from store.indexing import index_next
from store.models import Mention, SavedView
from tests.web.desk.conftest import Day

QUERIES_OF_A_SEARCH = 8
"""Session, user, teams are a subquery, tickets, last messages, places, colleagues, articles."""


def _numbers(day: Day, login: str, view: View) -> list[int]:
    user, company = day.company.users[login], day.company
    found = rows(company.house.vault, tickets_of(user), view, user, company.clock())
    return [row.number for row in found]


def test_our_turn_holds_who_wrote_last_and_the_answer_takes_it_out(day: Day) -> None:
    company, amira = day.company, day.company.users["amira"]
    assert set(_numbers(day, "amira", View.US)) == {day.made["maya"], day.made["jan"]}
    desk.reply(company.house, amira, day.made["maya"], "It says FERNHILL REFUND.")
    assert _numbers(day, "amira", View.US) == [day.made["jan"]]


def test_a_note_with_an_at_puts_the_ticket_among_the_mentions(day: Day) -> None:
    company, users = day.company, day.company.users
    assert _numbers(day, "ruth", View.MENTIONED) == []
    desk.note(company.house, users["amira"], day.made["maya"], "@Ruth Okafor: may I refund this?")
    desk.note(
        company.house, users["amira"], day.made["maya"], "mail ruth@fernhill.example, not @Ruthless"
    )
    assert _numbers(day, "ruth", View.MENTIONED) == [day.made["maya"]]
    assert Mention.objects.count() == 1
    desk.resolve(company.house, users["amira"], day.made["maya"])
    assert _numbers(day, "ruth", View.MENTIONED) == []


def test_who_may_not_see_the_ticket_is_not_asked_about_it(day: Day) -> None:
    company, users = day.company, day.company.users
    with pytest.raises(MalformedPayload, match="Wei Zhang may not see"):
        desk.note(company.house, users["amira"], day.made["maya"], "What do you think, @wei?")
    assert not Mention.objects.exists()


def test_a_saved_view_is_counted_shown_and_taken_away(day: Day) -> None:
    client = day.client("amira")
    form = {"name": "Urgent mail", "channel": "email", "priority": "2"}
    made = client.post("/desk/saved/", form)
    assert made.status_code == 302
    page = client.get(made["Location"]).content.decode()
    assert "Urgent mail" in page
    assert f'data-number="{day.made["maya"]}"' in page
    assert f'data-number="{day.made["jan"]}"' not in page
    elsewhere = client.get("/desk/view/mine/").content.decode()
    assert elsewhere.split("Urgent mail</span>")[1].startswith('<b class="count">1</b>')
    client.post(f"{made['Location']}remove/")
    assert not SavedView.objects.exists()


def test_a_view_for_a_team_is_made_by_its_lead_and_seen_by_the_team_alone(day: Day) -> None:
    form = {"name": "Ours", "status": "open", "for": "billing"}
    assert day.client("amira").post("/desk/saved/", form).status_code == 403
    address = day.client("ruth").post("/desk/saved/", form)["Location"]
    assert day.client("amira").get(address).status_code == 200
    assert day.client("wei").get(address).status_code == 404


def test_a_view_never_shows_more_than_its_reader_may_see(day: Day) -> None:
    company = day.company
    everything = Criteria(status="any")
    found = desk_views.save(company.house, company.users["wei"], "All", everything)
    page = day.client("wei").get(f"/desk/saved/{found.id}/").content.decode()
    assert f'data-number="{day.made["hub"]}"' in page
    assert f'data-number="{day.made["maya"]}"' not in page


@pytest.mark.parametrize(
    "values", [{"status": "x"}, {"priority": "9"}, {"assignee": "x"}, {"waits": "x"}]
)
def test_nonsense_in_an_address_is_refused(day: Day, values: dict[str, str]) -> None:
    assert day.client("amira").get("/desk/find/", values).status_code == 400


def test_the_palette_finds_tickets_people_and_articles_in_few_queries(day: Day) -> None:
    while index_next(day.company.house.vault):
        pass
    client = day.client("amira")
    with CaptureQueriesContext(connection) as asked:
        page = client.get("/desk/search/", {"q": "charged"}).content.decode()
    assert f"#{day.made['maya']}" in page
    assert "<mark>charged</mark>" in page
    assert "Find out why you were charged twice" in page
    assert len(asked) <= QUERIES_OF_A_SEARCH
    assert "Wei Zhang" in client.get("/desk/search/", {"q": "wei"}).content.decode()
    assert "Maya" not in day.client("wei").get("/desk/search/", {"q": "charged"}).content.decode()
    listed = client.get("/desk/find/", {"q": "charged", "status": "any"}).content.decode()
    assert f'data-number="{day.made["maya"]}"' in listed

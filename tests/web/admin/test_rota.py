"""Rotas and the steps that need them, through the pages of the settings."""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import expect

from store.models import EscalationStep, Inbox, Rota, RotaMember, Skill, SlaPolicy
from tests.web.desk.test_browser import (  # noqa: F401 - fixtures
    Served,
    browser,
    own_day,
    served,
)
from tests.web.seed import Company
from web.admin.matrix import matrices
from web.admin.rota import turns_of

NO_ROWS = {
    f"{name}-{what}": "0"
    for name in ("members", "covers")
    for what in ("TOTAL_FORMS", "INITIAL_FORMS")
}


def _ada(company: Company) -> Client:
    client = Client()
    client.force_login(company.users["ada"])
    return client


def _form(company: Company, **more: str) -> dict[str, str]:
    people = [company.users["amira"], company.users["wei"]]
    rows = {f"members-{at}-user": str(user.pk) for at, user in enumerate(people)}
    rows |= {f"members-{at}-position": str(at) for at in range(2)}
    return {
        **NO_ROWS,
        "members-TOTAL_FORMS": "2",
        **rows,
        "name": "Nights",
        "time_zone": "Europe/Berlin",
        "starts_on": "2027-03-01",
        "handover": "09:00",
        "days": "7",
        **more,
    }


def test_a_rota_is_made_and_shows_its_turns(desk_company: Company) -> None:
    client = _ada(desk_company)
    answer = client.post("/admin/store/rota/add/", _form(desk_company))
    assert answer.status_code == 302, answer.context["errors"]
    rota = Rota.objects.get()
    assert RotaMember.objects.filter(rota=rota).count() == 2
    shown = turns_of(rota, desk_company.clock())
    assert [one.name for one in shown][:2] == ["Amira Haddad", "Wei Zhang"]
    assert shown[0].is_now
    page = client.get(f"/admin/store/rota/{rota.pk}/change/").content.decode()
    assert "Amira Haddad" in page
    assert "09:00" in page
    assert "Amira Haddad" in client.get("/admin/store/rota/").content.decode()


def test_a_rota_that_nobody_could_be_paged_by_is_refused(desk_company: Company) -> None:
    chat = str(desk_company.chat.pk)
    for wrong in ({"handover": "25:00"}, {"days": "0"}, {"inbox": chat}, {"time_zone": "Mars"}):
        answer = _ada(desk_company).post("/admin/store/rota/add/", _form(desk_company, **wrong))
        assert answer.status_code == 200, wrong
    assert not Rota.objects.exists()


def test_each_action_is_kept_with_what_it_needs_and_shown_in_the_matrix(
    desk_company: Company,
) -> None:
    company = desk_company
    rota = Rota.objects.create(
        brand=company.brand, name="Nights", time_zone="UTC", starts_on=date(2027, 3, 1)
    )
    Inbox(brand=company.brand, slug="ops", name="Ops", channel="slack").save(force_insert=True)
    Skill.objects.create(brand=company.brand, slug="api", name="API")
    said = {
        "mail": ({"to": "leads"}, "Send a mail: The team&#x27;s leads"),
        "slack": ({"inbox": "ops", "place": "C0123ABCD"}, "Post it in Slack: C0123ABCD"),
        "page": ({"rota": str(rota.pk)}, "Page who is on call: Nights"),
        "add_ring": ({"skills": "api"}, "Open it to other skills: api"),
    }
    client, policy = _ada(company), str(SlaPolicy.objects.get().pk)
    for action, (needs, _) in said.items():
        form = {"policy": policy, "clock": "upset", "amount": "2", "action": action}
        answer = client.post("/admin/store/escalationstep/add/", {**form, **needs})
        assert answer.status_code == 302, answer.context["errors"]
        empty = client.post("/admin/store/escalationstep/add/", form)
        assert (empty.status_code == 302) == (action == "add_ring"), action
    row = EscalationStep.objects.get(action="slack")
    assert {**row.arguments, "since": ""} == {
        "times": 2,
        "inbox": "ops",
        "place": "C0123ABCD",
        "since": "",
    }
    [(_, [level])] = matrices()
    assert level.when == "The customer is upset: 2 ×"
    page = client.get("/admin/store/escalationstep/").content.decode()
    for _, words in said.values():
        assert words in page


@pytest.mark.browser
@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
def test_the_page_of_a_rota_says_who_is_on_call(served: Served) -> None:  # noqa: F811
    company = served.day.company
    rota = Rota.objects.create(
        brand=company.brand,
        name="Nights",
        time_zone="Europe/Berlin",
        starts_on=(company.clock() - timedelta(days=2)).date(),
    )
    for at, login in enumerate(("amira", "wei")):
        RotaMember.objects.create(rota=rota, user=company.users[login], position=at)
    page = served.page("ada", f"/admin/store/rota/{rota.pk}/change/")
    expect(page.locator("#turns tbody tr").first).to_contain_text("Amira Haddad")
    if folder := os.environ.get("THREADLINE_PICTURES"):
        page.screenshot(path=Path(folder) / "rota.png", full_page=True)

"""One's own chat apps: a code for who works on tickets, shown once; what is linked is ended by its owner alone."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from bot import colleagues
from core.errors import NotAllowed
from core.message import AddressKind, Sender
from store.colleagues import link
from store.models import AuditEntry, ColleagueAddress, LinkCode
from tests.web.desk.conftest import Day, day, desk_company

__all__ = ["day", "desk_company"]
PASSWORD = "a long enough password"


def _signed_in(day: Day, login: str) -> Client:
    user, client = day.company.users[login], day.client(login)
    user.set_password(PASSWORD)
    user.save()
    client.force_login(user)
    assert client.get("/account/apps/").status_code == 302, "first they say again who they are"
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    return client


@pytest.fixture(autouse=True)
def _cheap_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def test_a_code_is_shown_once_and_links(day: Day) -> None:
    client, house = _signed_in(day, "amira"), day.company.house
    assert client.get("/account/apps/").context["code"] == ""
    assert not LinkCode.objects.exists()
    code = client.post("/account/apps/").context["code"]
    assert code not in client.get("/account/apps/").content.decode()
    sender = Sender(AddressKind.SLACK, "T0ACME:U0AMIRA")
    brand = day.company.chat.brand
    assert link(house.vault, brand, sender, code, house.clock()) == day.company.users["amira"]
    page = client.get("/account/apps/").content.decode()
    assert "T0ACME:U0AMIRA" in page
    row = ColleagueAddress.objects.get()
    assert _signed_in(day, "wei").post(f"/account/apps/{row.id}/forget/").status_code == 404
    assert client.post(f"/account/apps/{row.id}/forget/").status_code == 302
    assert not ColleagueAddress.objects.exists()
    assert AuditEntry.objects.filter(action="colleague.forget").count() == 1


def test_who_works_on_no_tickets_gets_no_code(day: Day) -> None:
    with pytest.raises(NotAllowed):
        colleagues.new_code(day.company.house, day.company.users["otto"])
    assert _signed_in(day, "otto").post("/account/apps/").status_code == 403
    assert Client().get("/account/apps/").status_code == 302
    assert not LinkCode.objects.exists()


def test_the_form_is_needed(day: Day) -> None:
    forged = day.client("amira", checks_csrf=True)
    assert forged.post("/account/apps/").status_code == 403

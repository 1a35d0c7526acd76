"""Every page of the company's set-up x every role, one of the company's own among them: a new route needs a row here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse

from bot import invites
from bot.installing import make_app
from store.models import AuditEntry, Role, Source, User
from tests.web.desk.conftest import Day
from web.company.urls import urlpatterns

PEOPLE = ("", "amira", "ruth", "ada", "otto", "ines", "nora")
"""A stranger, agent, lead, admin, auditor, author; and Nora, whose own role may configure and feed the knowledge base."""

ADMIN = (302, 403, 403, 200, 403, 403, 200)
PERSON = (302, 403, 403, 200, 403, 403, 403)
WRITE = (302, 403, 403, 200, 403, 200, 200)


def _led(row: tuple[int, ...]) -> tuple[int, ...]:
    """The same where who may is led on to another page."""
    return tuple(302 if status == 200 else status for status in row)


MATRIX: dict[str, tuple[int, ...]] = {
    "settings": (302, 200, 200, 200, 200, 200, 200),
    "company": ADMIN,
    "guide": ADMIN,
    "guide_state": ADMIN,
    "guide_skip": _led(ADMIN),
    "guide_team": _led(ADMIN),
    "guide_widget": _led(ADMIN),
    "sources": WRITE,
    "source_again": _led(WRITE),
    "channels": ADMIN,
    "channel_test": ADMIN,
    "slack": ADMIN,
    "slack_back": _led(ADMIN),
    "slack_add": ADMIN,
    "looks": _led(ADMIN),
    "look": ADMIN,
    "look_undo": tuple(404 if status == 200 else status for status in ADMIN),
    "slots": ADMIN,
    "slot_test": tuple(404 if status == 200 else status for status in ADMIN),
    "slot_detach": tuple(404 if status == 200 else status for status in ADMIN),
    "invites": PERSON,
    "invite_again": PERSON,
    "roles": PERSON,
    "new_role": _led(PERSON),
    "change_role": _led(PERSON),
    "remove_role": _led(PERSON),
}
GETS = {
    *("settings", "company", "guide", "guide_state", "sources", "channels", "looks", "look"),
    *("invites", "roles", "slots", "slack", "slack_back"),
}
BOTH = {"slots", "slack", "company", "sources", "look", "invites", "new_role", "change_role"}
"""A page and what it posts to."""


@pytest.fixture
def staffed(day: Day) -> Day:
    company = day.company
    role = Role.objects.create(
        brand=company.brand,
        name="Set-up",
        permissions=["configure", "write_articles"],
    )
    company.users["nora"] = User.objects.create_user(
        "nora@fernhill.example", None, name="Nora", role="agent", custom_role=role
    )
    return day


@contextmanager
def _undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _arguments(day: Day) -> dict[str, dict[str, Any]]:
    free = Role.objects.create(brand=day.company.brand, name="Free", permissions=["see_reports"])
    user, _ = invites.invite(
        day.company.house, day.company.users["ada"], "late@fernhill.example", "Late", "agent"
    )
    source = Source.objects.create(
        brand=day.company.brand, address="sample", asked_at=day.company.clock()
    )
    chat = {"inbox": "website"}
    keys = {"client_id": "1.2", "client_secret": "c" * 32, "signing_secret": "5a" * 16}
    company = day.company
    app = make_app(company.house, company.users["ada"], "slack", "slack", "Slack", keys)
    return {
        **dict.fromkeys(("channel_test", "look", "look_undo"), chat),
        **{name: {"role": free.id} for name in ("change_role", "remove_role")},
        **{name: {"kind": "customer"} for name in ("slot_test", "slot_detach")},
        "slack_add": {"inbox": app.id},
        "invite_again": {"user": user.id},
        "source_again": {"source": source.id},
    }


FORM = {"name": "Writers", "permission": ["see_reports"], "like": "auditor", "step": "invite"}


def test_every_page_answers_each_role_as_the_matrix_says(staffed: Day) -> None:
    assert {pattern.name for pattern in urlpatterns} == set(MATRIX), "a route has no row"
    known = _arguments(staffed)
    clients = [staffed.client(login) for login in PEOPLE]
    found = {}
    for name, expected in MATRIX.items():
        address = reverse(f"company:{name}", kwargs=known.get(name, {}))
        statuses = []
        for client in clients:
            with _undone():
                ask: Any = client.get if name in GETS else client.post
                statuses.append(ask(address, {} if name in GETS else FORM).status_code)
        if tuple(statuses) != expected:
            found[name] = tuple(statuses)
    assert found == {}


def test_a_form_is_never_sent_by_a_link(staffed: Day) -> None:
    known, client = _arguments(staffed), staffed.client("ada")
    for name in set(MATRIX) - GETS - BOTH:
        address = reverse(f"company:{name}", kwargs=known.get(name, {}))
        assert client.get(address).status_code == 405, name


def test_each_finds_only_what_they_may_open(staffed: Day) -> None:
    for login, title in (("amira", "Macros"), ("otto", "Audit"), ("ines", "Knowledge")):
        page = staffed.client(login).get("/desk/settings/").content.decode()
        assert title in page
        assert "/desk/settings/channels/" not in page
    found = staffed.client("ada").get("/desk/settings/?q=holiday").content.decode()
    assert "Hours and holidays" in found
    assert "Webhooks" not in found


def test_every_change_leaves_an_audit_entry(staffed: Day) -> None:
    client = staffed.client("ada")
    _arguments(staffed)
    before = AuditEntry.objects.count()
    client.post("/desk/settings/roles/new/", FORM)
    client.post("/desk/settings/start/skip/", FORM)
    client.post("/desk/settings/channels/website/test/")
    client.post("/desk/settings/chat/website/", {"accent": "#112233", "origins": ""})
    client.post("/desk/settings/knowledge/", {"kind": "site", "address": "help.example.org"})
    client.post("/desk/settings/company/", {"name": "Fernhill", "time_zone": "Europe/Madrid"})
    actions = list(AuditEntry.objects.order_by("id").values_list("action", flat=True)[before:])
    assert actions == [
        "role.create",
        "guide.skip",
        "inbox.try",
        "inbox.change",
        "source.read",
        "brand.change",
    ]

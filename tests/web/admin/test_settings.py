"""The settings: who gets in, what is refused in words, what leaves an audit entry, and secrets that stay inside."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from bot import company as verbs
from bot.holidays import add_days_off
from core.errors import Conflict, NotAllowed
from core.message import AddressKind, Sender
from store.audit import verify
from store.clocks import calendar_of, policy_of
from store.models import (
    Agent,
    AuditEntry,
    Calendar,
    EscalationStep,
    Inbox,
    OutboxRow,
    Presence,
    Simulation,
    SlaPolicy,
    Team,
    User,
)
from tests.web.seed import SECRET, Company, answers, loses_delivery, mails
from web.admin.base import ByRole, Records
from web.admin.hours import read_amount, read_spans, write_amount, write_spans

READ = {"article", "articlerating", "gap", "answerrating", "simulation", "experiment"}
RECORDS = {"ticket", "conversation", "event", "decision", "outboxrow", "auditentry", "notice"}
EDITED = {
    "user",
    "agent",
    "team",
    "skill",
    "slapolicy",
    "calendar",
    "inbox",
    "escalationstep",
    "customfield",
    "rota",
    "checklist",
    "hook",
    "routingrule",
}
HOLIDAYS = {"holiday_set-TOTAL_FORMS": "0", "holiday_set-INITIAL_FORMS": "0"}


def _client(company: Company, login: str) -> Client:
    client = Client()
    if login:
        client.force_login(company.users[login])
    return client


def _expected(login: str, model: str, page: str) -> int:
    """What a person gets on a page of the settings: lists and forms, by role."""
    if login in {"", "amira", "ruth", "ines"}:
        return 302
    if login == "otto":
        return 200 if model in RECORDS and page == "list" else 403
    if model in RECORDS | READ and page == "add":
        return 403
    return 200


def test_every_page_answers_each_role_as_it_should(desk_company: Company) -> None:
    models = {model._meta.model_name: page for model, page in admin.site._registry.items()}
    assert set(models) == RECORDS | EDITED | READ, "a page has no row"
    wrong = {}
    for login in ("", "amira", "ruth", "ines", "otto", "ada"):
        client = _client(desk_company, login)
        for model in models:
            for page, path in (("list", ""), ("add", "add/")):
                status = client.get(f"/admin/store/{model}/{path}").status_code
                if status != _expected(login, str(model), page):
                    wrong[login, model, page] = status
    assert wrong == {}


def test_every_page_takes_its_rights_from_the_role() -> None:
    for model, page in admin.site._registry.items():
        assert isinstance(page, ByRole), model
        assert isinstance(page, Records) == (model._meta.model_name in RECORDS | READ)


def test_a_list_offers_to_show_all_only_where_it_does_not(desk_company: Company) -> None:
    client = _client(desk_company, "ada")
    assert client.post(
        "/admin/store/simulation/ask/",
        {"history": "month", "one": "round_robin", "other": "in_service", "tickets": "300"},
    )
    assert Simulation.objects.exists()
    for narrowed, offers in {
        "simulation/": False,
        "ticket/": False,
        "ticket/?status__exact=open": True,
        "ticket/?q=99999": True,
        "ticket/?p=1": False,
    }.items():
        page = client.get(f"/admin/store/{narrowed}").content.decode()
        assert ("Show all" in page) is offers, narrowed


def test_the_sign_in_of_the_settings_is_the_one_with_rate_limits(desk_company: Company) -> None:
    answer = _client(desk_company, "").get("/admin/login/?next=/admin/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/login/")


def test_who_has_no_settings_is_told_so_and_not_asked_to_sign_in_again(
    desk_company: Company,
) -> None:
    assert _client(desk_company, "amira").get("/admin/", follow=True).status_code == 403


def test_a_new_agent_gets_presence_and_an_audit_entry(desk_company: Company) -> None:
    client = _client(desk_company, "ada")
    form: dict[str, Any] = {"user": str(desk_company.users["ines"].id)}
    for rows in ("teammember_set", "agentskill_set", "capacity_set"):
        form |= {f"{rows}-TOTAL_FORMS": "0", f"{rows}-INITIAL_FORMS": "0"}
    form |= {
        "teammember_set-TOTAL_FORMS": "1",
        "teammember_set-0-team": str(desk_company.teams["technical"].id),
    }
    saved = client.post("/admin/store/agent/add/", form)
    assert saved.status_code == 302, saved.content
    agent = Agent.objects.get(user=desk_company.users["ines"])
    assert Presence.objects.filter(agent=agent).exists()
    assert [team.slug for team in agent.teams.all()] == ["technical"]
    actions = list(AuditEntry.objects.order_by("id").values_list("action", "actor"))
    ada = f"user:{desk_company.users['ada'].id}"
    assert actions == [("agent.create", ada), ("teammember.create", ada)]
    assert verify() == (2, None)


def test_a_new_team_begins_with_what_most_have(desk_company: Company) -> None:
    page = _client(desk_company, "ada").get("/admin/store/team/add/").content.decode()
    [offered] = re.findall(r'<input[^>]*name="offer_seconds"[^>]*>', page)
    [wraps_up] = re.findall(r'<input[^>]*name="wrap_up_seconds"[^>]*>', page)
    assert ('value="45"' in offered, 'value="0"' in wraps_up) == (True, True)


def _week(**days: str) -> dict[str, str]:
    return {f"day_{number}": days.get(f"day_{number}", "") for number in range(7)}


@pytest.mark.parametrize(
    ("days", "zone", "complaint"),
    [
        ({}, "Europe/Berlin", "no working time"),
        ({"day_0": "09:00-12:00, 11:00-15:00"}, "Europe/Berlin", "overlap"),
        ({"day_0": "17:00-09:00"}, "Europe/Berlin", "no span"),
        ({"day_0": "nine to five"}, "Europe/Berlin", "09:00-17:00"),
        ({"day_0": "09:00-17:00"}, "Europe/Atlantis", "Atlantis"),
    ],
)
def test_a_calendar_that_cannot_be_counted_in_is_refused(
    desk_company: Company, days: dict[str, str], zone: str, complaint: str
) -> None:
    form = {"name": "Office", "time_zone": zone, **_week(**days), **HOLIDAYS}
    refused = _client(desk_company, "ada").post("/admin/store/calendar/add/", form)
    assert refused.status_code == 200
    assert complaint in refused.content.decode()
    assert not Calendar.objects.exists()


def test_a_calendar_is_written_in_words_and_counted_in_minutes(desk_company: Company) -> None:
    form = {
        "name": "Office",
        "time_zone": "Europe/Berlin",
        **_week(day_0="9:00-12:30, 13:00-17:00"),
        "holiday_set-TOTAL_FORMS": "1",
        "holiday_set-INITIAL_FORMS": "0",
        "holiday_set-0-on": "2027-12-25",
        "holiday_set-0-name": "Christmas",
    }
    saved = _client(desk_company, "ada").post("/admin/store/calendar/add/", form)
    assert saved.status_code == 302, saved.content
    counted = calendar_of(Calendar.objects.get())
    assert [(span.weekday, span.start, span.end) for span in counted.spans] == [
        (0, 540, 750),
        (0, 780, 1020),
    ]
    assert len(counted.holidays) == 1


def _targets(**cells: str) -> dict[str, str]:
    names = [f"{c}_{p}" for c in ("response", "next_response", "resolution")
             for p in ("critical", "high", "medium", "low")]  # fmt: skip
    return {name: cells.get(name, "4 h") for name in names}


def test_holidays_come_by_country_and_out_of_a_file(desk_company: Company) -> None:
    client = _client(desk_company, "ada")
    form = {"name": "Bavaria", "time_zone": "Europe/Berlin", "day_0": "09:00-17:00", **HOLIDAYS}
    saved = client.post("/admin/store/calendar/add/", {**form, "country": "DE-BY"})
    assert saved.status_code == 302, saved.content
    row = Calendar.objects.get(name="Bavaria")
    year = desk_company.clock().year
    days = dict(row.holiday_set.values_list("on", "name"))
    assert date(year, 1, 6) in days, "Epiphany, in Bavaria and not everywhere"
    assert {day.year for day in days} == {year, year + 1, year + 2}
    text = f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:{year}0106\r\nSUMMARY:Again\r\nEND:VEVENT\r\n"
    text += f"BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:{year}0707\r\nSUMMARY:Our fair\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    page = f"/admin/store/calendar/{row.id}/change/"
    upload = SimpleUploadedFile("fair.ics", text.encode())
    told = client.post(page, {**form, "ical": upload}, follow=True)
    assert "Holidays added: 1" in told.content.decode()
    assert row.holiday_set.get(on=date(year, 7, 7)).name == "Our fair"
    assert date(year, 7, 7) in calendar_of(row).holidays
    wrong = client.post(page, {**form, "ical": SimpleUploadedFile("x.ics", b"on;off")})
    assert "no iCalendar file" in wrong.content.decode()
    assert AuditEntry.objects.filter(action="calendar.days_off").count() == 2
    with pytest.raises(NotAllowed):
        add_days_off(desk_company.house, desk_company.users["ruth"], row, {})


def test_a_policy_is_a_table_of_amounts_and_the_default_is_single(desk_company: Company) -> None:
    client = _client(desk_company, "ada")
    form = {"name": "Fast", "is_default": "on", "counts": "elapsed", "calendar": ""}
    saved = client.post(
        "/admin/store/slapolicy/add/", {**form, **_targets(response_critical="15 min")}
    )
    assert saved.status_code == 302, saved.content
    policy = SlaPolicy.objects.get(is_default=True)
    assert policy.name == "Fast"
    response = policy_of(policy).critical.response
    assert response is not None
    assert response.seconds == 900
    wrong = client.post("/admin/store/slapolicy/add/", {**form, **_targets(response_low="soon")})
    assert "an amount such as" in wrong.content.decode()
    wrong = client.post("/admin/store/slapolicy/add/", {**form, **_targets(), "counts": "business"})
    assert "needs a calendar" in wrong.content.decode()


def test_amounts_and_spans_read_back_as_they_were_written() -> None:
    for text in ("15 min", "4 h", "5 d", "45 s"):
        assert write_amount(read_amount(text)) == text
    assert write_spans(read_spans("09:00-12:30, 13:00-17:00")) == "09:00-12:30, 13:00-17:00"
    assert read_amount(" ") is None


def test_secrets_of_an_inbox_never_come_out_and_stay_when_left_empty(desk_company: Company) -> None:
    client = _client(desk_company, "ada")
    mail = desk_company.mail
    path = f"/admin/store/inbox/{mail.id}/change/"
    page = client.get(path).content.decode()
    assert "help@fernhill.example" in page
    assert SECRET not in page
    assert "unused" not in page
    form = {
        "name": "Mail",
        "slug": "mail",
        "is_active": "on",
        "setting_address": "care@fernhill.example",
        "setting_aliases": "a@fernhill.example\nb@fernhill.example",
        "setting_imap_host": "imap.fernhill.example",
        "setting_imap_port": "993",
        "setting_imap_security": "tls",
        "setting_imap_user": "help",
        "setting_smtp_host": "smtp.fernhill.example",
        "setting_smtp_port": "587",
        "setting_smtp_security": "starttls",
    }
    saved = client.post(path, form)
    assert saved.status_code == 302, saved.content
    mail = Inbox.objects.get(id=mail.id)
    sealed = bytes(mail.settings_cipher)
    vault = desk_company.house.vault
    stored = json.loads(vault.open_own(f"inbox.settings:{mail.id}", sealed))
    assert stored["address"] == "care@fernhill.example"
    assert stored["aliases"] == ["a@fernhill.example", "b@fernhill.example"]
    assert (stored["reply_secret"], stored["imap_password"]) == (SECRET, "unused")
    channel = desk_company.house.channel_of(mail)
    assert "care@fernhill.example" in repr(channel)
    wrong = client.post(path, {**form, "setting_address": "nonsense"})
    assert "not a mail address" in wrong.content.decode()
    details = [bytes(row.details_cipher) for row in AuditEntry.objects.all()]
    assert details
    assert not any(SECRET.encode() in item for item in details)


def test_a_new_inbox_begins_with_its_channel(desk_company: Company) -> None:
    client = _client(desk_company, "ada")
    page = client.get("/admin/store/inbox/add/").content.decode()
    assert "?channel=email" in page
    assert "?channel=webchat" in page
    form = {"name": "Second chat", "slug": "second", "is_active": "on", "setting_token_days": "30"}
    short = {**form, "setting_signing_secret": "short", "setting_look": "{}"}
    refused = client.post("/admin/store/inbox/add/?channel=webchat", short)
    assert "at least 32 bytes" in refused.content.decode()
    right = {**short, "setting_signing_secret": SECRET}
    saved = client.post("/admin/store/inbox/add/?channel=webchat", right)
    assert saved.status_code == 302, saved.content
    assert Inbox.objects.get(slug="second").channel == "webchat"


def test_people_are_made_with_a_strong_password_and_a_role(desk_company: Company) -> None:
    client = _client(desk_company, "ada")
    form = {
        "name": "Mia New",
        "email": "MIA@fernhill.example",
        "role": "auditor",
        "is_active": "on",
        "time_zone": "UTC",
        "language": "en",
        "new_password": "password1234",
    }
    assert "too common" in client.post("/admin/store/user/add/", form).content.decode()
    saved = client.post("/admin/store/user/add/", {**form, "new_password": "four quiet green hubs"})
    assert saved.status_code == 302, saved.content
    mia = User.objects.get(email="mia@fernhill.example")
    assert mia.check_password("four quiet green hubs")
    assert mia.password.startswith("argon2")
    assert (mia.is_staff, mia.is_superuser) == (True, False)


def test_an_admin_cannot_lock_everybody_out(desk_company: Company) -> None:
    ada = desk_company.users["ada"]
    client = _client(desk_company, "ada")
    form = {
        "name": ada.name,
        "email": ada.email,
        "role": "agent",
        "is_active": "on",
        "time_zone": "UTC",
        "language": "en",
    }
    told = client.post(f"/admin/store/user/{ada.id}/change/", form, follow=True)
    assert "another admin can" in told.content.decode()
    ada.refresh_from_db()
    assert ada.role == "admin"


def test_verbs_refuse_who_may_not_configure(desk_company: Company) -> None:
    house, team = desk_company.house, desk_company.teams["billing"]
    for login in ("amira", "ruth", "otto", "ines"):
        with pytest.raises(NotAllowed):
            verbs.keep(house, desk_company.users[login], team)
        with pytest.raises(NotAllowed):
            verbs.remove(house, desk_company.users[login], team)
        with pytest.raises(NotAllowed):
            verbs.keep_inbox(house, desk_company.users[login], desk_company.chat, {})
    with pytest.raises(Conflict):
        verbs.remove(house, desk_company.users["ada"], desk_company.users["amira"])
    assert Team.objects.count() == 3
    assert not AuditEntry.objects.exists()


def test_what_every_new_ticket_needs_cannot_be_taken_away(desk_company: Company) -> None:
    house, ada = desk_company.house, desk_company.users["ada"]
    with pytest.raises(Conflict, match="default"):
        verbs.remove(house, ada, SlaPolicy.objects.get())
    triage = desk_company.teams["triage"]
    with pytest.raises(Conflict, match="triage"):
        verbs.remove(house, ada, triage)
    triage.is_triage = False
    with pytest.raises(Conflict, match="triage"):
        verbs.keep(house, ada, triage)
    verbs.remove(house, ada, desk_company.teams["billing"])
    assert Team.objects.count() == 2


def _step(company: Company, **given: str) -> dict[str, str]:
    fields = {"clock": "response", "amount": "80", "action": "notify", "tiers": "", "category": ""}
    policy = SlaPolicy.objects.get(is_default=True)
    return {"policy": str(policy.pk), "priority": "", **fields, **given}


def test_a_line_of_the_escalation_matrix_is_kept_as_typed_and_shown_again(
    desk_company: Company,
) -> None:
    ada = _client(desk_company, "ada")
    team = Team.objects.order_by("name")[0]
    given = _step(
        desk_company,
        clock="silence",
        amount="45",
        action="move_team",
        team=team.slug,
        tiers="vip, enterprise",
        priority="2",
    )
    assert ada.post("/admin/store/escalationstep/add/", given).status_code == 302
    row = EscalationStep.objects.get()
    assert (row.clock, row.priority, row.action) == ("silence", 2, "move_team")
    row.arguments.pop("since")
    assert row.arguments == {"minutes": 45, "tiers": ["vip", "enterprise"], "team": team.slug}
    page = ada.get("/admin/store/escalationstep/").content.decode()
    assert "No answer from people: 45 min" in page
    assert f"Move to a team: {team.name}" in page
    form = ada.get(f"/admin/store/escalationstep/{row.pk}/change/").content.decode()
    assert 'value="45"' in form
    assert 'value="vip, enterprise"' in form
    assert AuditEntry.objects.filter(action="escalationstep.create").count() == 1


def test_a_line_that_names_nobody_is_refused(desk_company: Company) -> None:
    given = _step(desk_company, action="reassign", agent="")
    answer = _client(desk_company, "ada").post("/admin/store/escalationstep/add/", given)
    assert "Name the agent who gets the ticket." in answer.content.decode()
    assert not EscalationStep.objects.exists()


def test_an_admin_sends_again_what_was_not_delivered_and_an_auditor_cannot(
    desk_company: Company,
) -> None:
    maya = Sender(AddressKind.EMAIL, "maya@customers.example")
    mails(desk_company, maya, "Hub", "My hub is offline")
    answers(desk_company, "Hold the button for ten seconds.")
    row = loses_delivery(desk_company, "nobody of that name")
    page = f"/admin/store/outboxrow/?id__exact={row.id}"
    asked = {"action": "send_again", "_selected_action": [str(row.id)]}
    _client(desk_company, "otto").post(page, asked)
    row.refresh_from_db()
    assert row.state == OutboxRow.State.DEAD
    for told in ("In line again: 1", "In line again: 0"):
        answer = _client(desk_company, "ada").post(page, asked, follow=True)
        assert told in answer.content.decode()
    row.refresh_from_db()
    assert row.state == OutboxRow.State.WAITING
    assert AuditEntry.objects.filter(action="outbox.replay").count() == 1

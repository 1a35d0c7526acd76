"""A second step where the role must have one; and sessions that are seen and ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from bot.tokens import Scope, make_personal, make_service
from core.errors import BadSignature, NotAllowed
from store.models import AuditEntry
from tests.web.desk.conftest import Day, day, desk_company
from web import house as web_house
from web.account.second_step import OPEN
from web.account.templatetags.ways import device_name
from web.api.events import staff_with
from web.desk_stream import CHECK_SECONDS, staff_of

__all__ = ["day", "desk_company"]
PASSWORD = "a long enough password"


@pytest.fixture
def strict(day: Day) -> Day:
    """Admins and leads must have a second step here."""
    house = day.company.house
    web = house.settings.web.model_copy(update={"second_step_roles": ("admin", "lead")})
    settings = house.settings.model_copy(update={"web": web})
    web_house.use(replace(house, settings=settings))
    return day


def _addresses(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        here = before + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield here
        else:
            yield from _addresses(entry, here)


def test_without_it_every_page_leads_to_its_enrolment(strict: Day) -> None:
    client, open_to_them = strict.client("ruth"), []
    for pattern in _addresses(get_resolver()):
        if any(sign in pattern for sign in "<^$(") or pattern.startswith("api/"):
            continue
        path = f"/{pattern}"
        answer = client.get(path)
        if not path.startswith(OPEN) and answer.get("Location") != "/account/2fa/":
            open_to_them.append(path)
    assert open_to_them == []
    assert client.get("/account/2fa/").status_code in {200, 302}
    posted = client.post(strict.path("maya", "take"))
    assert posted.status_code == 403
    fragment = strict.client("ruth", fragment=True).get("/desk/view/mine/")
    assert (fragment.status_code, fragment["HX-Redirect"]) == (401, "/account/2fa/")


def test_with_it_and_for_other_roles_the_desk_is_open(strict: Day) -> None:
    ruth = strict.company.users["ruth"]
    Authenticator.objects.create(user=ruth, type=Authenticator.Type.TOTP, data={"secret": "x"})
    for login in ("ruth", "amira"):
        assert strict.client(login).get("/desk/view/mine/").status_code == 200, login


def test_tokens_and_streams_are_no_way_around_it(strict: Day) -> None:
    house, users = strict.company.house, strict.company.users
    token = make_personal(house, users["ruth"], "mine", list(Scope), 7).text
    answer = Client().get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 403
    assert answer["Content-Type"] == "application/problem+json"
    with pytest.raises(NotAllowed):
        staff_with(web_house.house(), f"Bearer {token}")
    client = strict.client("ruth")
    with pytest.raises(NotAllowed):
        staff_of(client.session.session_key)
    service = make_service(house, None, "CRM", "lead", [], list(Scope), 7).text
    served = Client().get("/api/v1/me", headers={"Authorization": f"Bearer {service}"})
    assert served.status_code == 200, "nobody can sign in as a service"


def test_sessions_are_listed_ended_and_recorded_and_keys_are_shown_to_nobody(day: Day) -> None:
    here, there = day.client("amira"), day.client("amira")
    page = here.get("/account/sessions/")
    rows = page.context["rows"]
    assert [row.is_this for row in rows] == [True, False]
    text = page.content.decode()
    assert not any(row.key in text for row in rows)
    other = next(row for row in rows if not row.is_this)
    assert here.post("/account/sessions/end/", {"name": other.name}).status_code == 302
    assert there.get("/desk/view/mine/").status_code == 302
    assert here.get("/desk/view/mine/").status_code == 200
    with pytest.raises(BadSignature):
        staff_of(other.key)
    assert AuditEntry.objects.filter(action="session.end").count() == 1


def test_all_others_end_at_once(day: Day) -> None:
    here = day.client("amira")
    others = [day.client("amira") for _ in range(3)]
    colleague = day.client("wei")
    here.post("/account/sessions/end/", {"others": "1"})
    assert [client.get("/desk/view/mine/").status_code for client in others] == [302] * 3
    assert here.get("/desk/view/mine/").status_code == 200
    assert colleague.get("/desk/view/mine/").status_code == 200


def test_an_admin_ends_somebodys_and_nobody_else_does(day: Day) -> None:
    wei = day.company.users["wei"]
    victim = day.client("wei")
    path = f"/account/sessions/?user={wei.id}"
    assert day.client("ada").get(path).status_code == 200
    for login in ("amira", "ruth", "otto"):
        client = day.client(login)
        assert client.get(path).status_code == 404, login
        refused = client.post("/account/sessions/end/", {"user": str(wei.id), "others": "1"})
        assert refused.status_code == 404
    assert victim.get("/desk/view/mine/").status_code == 200
    day.client("ada").post("/account/sessions/end/", {"user": str(wei.id), "others": "1"})
    assert victim.get("/desk/view/mine/").status_code == 302


def test_the_form_is_needed_and_strangers_are_sent_to_the_login(day: Day) -> None:
    forged = day.client("amira", checks_csrf=True)
    assert forged.post("/account/sessions/end/", {"others": "1"}).status_code == 403
    assert "login" in Client().get("/account/sessions/")["Location"]
    before = Session.objects.count()
    assert (
        day.client("amira").post("/account/sessions/end/", {"name": "nothing"}).status_code == 404
    )
    assert Session.objects.count() == before + 1


def test_streams_are_checked_often_enough() -> None:
    assert CHECK_SECONDS <= 4


def test_a_session_remembers_its_device(day: Day) -> None:
    amira = day.company.users["amira"]
    amira.set_password(PASSWORD)
    amira.save()
    client = Client(headers={"User-Agent": "Firefox on a train"})
    client.post("/account/login/", {"login": amira.email, "password": PASSWORD})
    rows = client.get("/account/sessions/").context["rows"]
    assert [row.device for row in rows] == ["Firefox on a train"]
    assert rows[0].since is not None


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36", "Chrome, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1 Version/17.5 Mobile Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0", "Edge, macOS"),
        ("Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36", "Chrome, Android"),
        ("", "A device that does not say what it is"),
    ],
)  # fmt: skip
def test_a_device_is_named_as_people_name_it(agent: str, said: str) -> None:
    assert device_name(agent) == said


def test_who_is_signed_in_once_has_no_others_to_end(day: Day) -> None:
    here = day.client("amira")
    assert "Nowhere else." in here.get("/account/sessions/").content.decode()
    day.client("amira")
    assert "End all others" in here.get("/account/sessions/").content.decode()

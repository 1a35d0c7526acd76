"""How long a session lasts: half an hour without anybody, twelve hours at most; at sign-in it gets another name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from bot import company
from bot.tokens import Scope, make_personal
from core.errors import BadSignature
from store.models import User
from tests.web.desk.conftest import Day, day, desk_company
from web.account.sitting import BEGUN, LONGEST, SessionStore, stay
from web.desk_stream import staff_of

__all__ = ["day", "desk_company"]
PASSWORD = "a long enough password"
IDLE = timedelta(minutes=30)
NEAR = timedelta(minutes=2)
"""What a slow machine may take between two lines; the times compared are far longer."""


@pytest.fixture(autouse=True)
def _cheap_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def _is_in(client: Client) -> bool:
    return client.get("/desk/view/mine/").status_code == 200


def _row(client: Client) -> Any:
    return Session.objects.filter(session_key=client.session.session_key)


def _left(client: Client) -> timedelta:
    left: timedelta = _row(client).get().expire_date - timezone.now()
    return left


def _ends_in(client: Client, left: timedelta) -> None:
    _row(client).update(expire_date=timezone.now() + left)


def _signed_in(day: Day, login: str = "amira") -> Client:
    user, client = day.company.users[login], Client()
    user.set_password(PASSWORD)
    user.save()
    client.post("/account/login/", {"login": user.email, "password": PASSWORD})
    assert _is_in(client)
    return client


def _began(client: Client, ago: timedelta) -> None:
    session = SessionStore(client.session.session_key)
    session[BEGUN] = {**session[BEGUN], "at": (timezone.now() - ago).isoformat()}
    session.save()


def test_who_does_nothing_for_half_an_hour_is_out(day: Day) -> None:
    client = _signed_in(day)
    assert IDLE - NEAR < _left(client) <= IDLE
    _ends_in(client, timedelta(seconds=-1))
    assert not _is_in(client)
    with pytest.raises(BadSignature):
        staff_of(client.session.session_key)


def test_a_request_keeps_it_and_leaves_its_contents_alone(day: Day) -> None:
    client = _signed_in(day)
    before = _row(client).get().session_data
    _ends_in(client, timedelta(minutes=5))
    assert _is_in(client)
    assert _left(client) > IDLE - NEAR
    assert _row(client).get().session_data == before


def test_an_open_stream_keeps_it_and_wakes_none_that_is_over(day: Day) -> None:
    client = _signed_in(day)
    key = str(client.session.session_key)
    _ends_in(client, timedelta(minutes=5))
    stay(key)
    assert _left(client) > IDLE - NEAR
    late = SessionStore(key)
    assert late.get(BEGUN)
    late._until = timezone.now()
    _ends_in(client, timedelta(seconds=-1))
    late.stay()
    stay(key)
    assert not _is_in(client)


def test_after_twelve_hours_it_is_over_whatever_happens(day: Day) -> None:
    client = _signed_in(day)
    _began(client, LONGEST - timedelta(minutes=5))
    assert _is_in(client)
    assert _left(client) <= timedelta(minutes=5)
    stay(str(client.session.session_key))
    session = SessionStore(client.session.session_key)
    session["anything"] = 1
    session.save()
    assert _left(client) <= timedelta(minutes=5)
    _began(client, LONGEST + timedelta(seconds=1))
    assert not _is_in(client)


def test_requests_of_nobody_keep_nothing(day: Day) -> None:
    client = Client()
    session = client.session
    session["anything"] = 1
    session.save()
    _ends_in(client, timedelta(minutes=5))
    client.get("/desk/view/mine/")
    assert _left(client) <= timedelta(minutes=5)


def test_a_session_that_somebody_planted_is_not_the_one_that_is_signed_in(day: Day) -> None:
    amira, client = day.company.users["amira"], Client()
    amira.set_password(PASSWORD)
    amira.save()
    session = client.session
    session["planted"] = 1
    session.save()
    planted = str(session.session_key)
    client.post("/account/login/", {"login": amira.email, "password": PASSWORD})
    assert _is_in(client)
    assert client.session.session_key != planted
    thief = Client()
    thief.cookies["threadline_session"] = planted
    assert not _is_in(thief)


def test_who_works_here_no_more_is_out_at_once(day: Day) -> None:
    client = _signed_in(day)
    User.objects.filter(id=day.company.users["amira"].id).update(is_active=False)
    assert not _is_in(client)
    with pytest.raises(BadSignature):
        staff_of(client.session.session_key)


def test_who_comes_back_signs_in_again(day: Day) -> None:
    house, ada, amira = day.company.house, day.company.users["ada"], day.company.users["amira"]
    client = _signed_in(day)
    key = str(client.session.session_key)
    token = make_personal(house, User.objects.get(id=amira.id), "mine", list(Scope), 7).text
    for active in (False, True):
        row = User.objects.get(id=amira.id)
        row.is_active = active
        company.keep(house, ada, row, ["is_active"])
    assert not _is_in(client)
    with pytest.raises(BadSignature):
        staff_of(key)
    answer = Client().get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    again = Client()
    again.post("/account/login/", {"login": amira.email, "password": PASSWORD})
    assert _is_in(again)


def test_sessions_that_are_over_are_forgotten_at_the_next_sign_in(day: Day) -> None:
    old = _signed_in(day, "wei")
    key = old.session.session_key
    _ends_in(old, timedelta(seconds=-1))
    _signed_in(day)
    assert not Session.objects.filter(session_key=key).exists()

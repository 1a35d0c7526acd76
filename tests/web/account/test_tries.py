"""Wrong passwords and codes: few of them for an account, from wherever; its owner comes in where they came in before."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from allauth.account import app_settings
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.cache import cache
from django.test import Client

from store.models import SignInTries
from store.signing_in import Budget, give_back, sweep, take
from tests.company import NOON, Company
from tests.concurrency import together
from tests.web.desk.conftest import Day, day, desk_company
from web.account.tries import MOST_OF_ACCOUNT, MOST_OF_DEVICE, MOST_OF_SOURCE, WITHIN

__all__ = ["day", "desk_company"]
PASSWORD = "a long enough password"
STEP = 58_000_000
"""The half minute that it is for authenticator apps."""
SECRET = "JBSWY3DPEHPK3PXP"
LATER = WITHIN.total_seconds() + 1


@pytest.fixture(autouse=True)
def _cheap_passwords(
    settings: Any, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.clear()
    monkeypatch.setattr(totp, "yield_hotp_counters_from_time", lambda: iter([STEP]))
    if "argon2" not in request.node.name:
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def _with_password(day: Day, login: str) -> str:
    user = day.company.users[login]
    user.set_password(PASSWORD)
    user.save()
    return str(user.email)


def _try(client: Client, email: str, password: str, source: str = "198.51.100.7") -> Any:
    asked = {"login": email, "password": password}
    return client.post("/account/login/", asked, REMOTE_ADDR=source)


def _is_in(client: Client) -> bool:
    return client.get("/desk/view/mine/").status_code == 200


def _said(answer: Any) -> list[str]:
    return [str(one) for one in answer.context["form"].non_field_errors()]


def test_an_account_takes_ten_wrong_ones_in_a_quarter_of_an_hour_from_everywhere(day: Day) -> None:
    email = _with_password(day, "amira")
    for number in range(MOST_OF_ACCOUNT):
        _try(Client(), email if number % 2 else email.upper(), "wrong", f"203.0.113.{number}")
        cache.clear()  # what one process remembers is nothing to the next
    stranger = Client()
    refused = _try(stranger, email, PASSWORD, "192.0.2.1")
    assert "Too many" in _said(refused)[0]
    assert not _is_in(stranger)
    day.company.clock.advance(seconds=LATER)
    _try(stranger, email, PASSWORD, "192.0.2.1")
    assert _is_in(stranger)


def test_right_ones_count_for_nothing(day: Day) -> None:
    email = _with_password(day, "amira")
    for _ in range(MOST_OF_ACCOUNT + 2):
        client = Client()
        _try(client, email, PASSWORD)
        assert _is_in(client)


def test_the_owner_comes_in_from_a_known_device_meanwhile(day: Day) -> None:
    email = _with_password(day, "amira")
    own = Client()
    _try(own, email, PASSWORD)
    own.post("/account/logout/")
    for number in range(MOST_OF_SOURCE):
        _try(Client(), email if number < MOST_OF_ACCOUNT else f"nobody{number}@x.test", "wrong")
    assert "Too many" in _said(_try(Client(), email, PASSWORD))[0]
    _try(own, email, PASSWORD)
    assert _is_in(own), "neither the account nor the address is closed to them"


def test_a_known_device_has_a_count_of_its_own_and_knows_its_own_account_only(day: Day) -> None:
    email, other = _with_password(day, "amira"), _with_password(day, "wei")
    own = Client()
    _try(own, email, PASSWORD)
    own.post("/account/logout/")
    for _ in range(MOST_OF_DEVICE):
        assert "Too many" not in _said(_try(own, email, "wrong"))[0]
    assert "Too many" in _said(_try(own, email, PASSWORD))[0]
    for number in range(MOST_OF_ACCOUNT):
        _try(Client(), other, "wrong", f"203.0.113.{number}")
    assert "Too many" in _said(_try(own, other, PASSWORD))[0]


@pytest.mark.parametrize("change", ["long", "", "cut"])
def test_a_made_up_device_is_none(day: Day, change: str) -> None:
    email = _with_password(day, "amira")
    own = Client()
    _try(own, email, PASSWORD)
    cookie = own.cookies["threadline_device"].value
    forged = {"long": f"{cookie}x", "": "", "cut": cookie[:-1]}[change]
    for number in range(MOST_OF_ACCOUNT):
        _try(Client(), email, "wrong", f"203.0.113.{number}")
    thief = Client()
    thief.cookies["threadline_device"] = forged
    assert "Too many" in _said(_try(thief, email, PASSWORD))[0]


def test_one_address_takes_a_hundred_over_all_accounts(day: Day) -> None:
    email = _with_password(day, "amira")
    for number in range(MOST_OF_SOURCE):
        _try(Client(), f"nobody{number}@x.test", "wrong", f"2001:db8::{number:x}")
    inside = _try(Client(), email, PASSWORD, "2001:db8::ffff")
    assert "Too many" in _said(inside)[0], "a /64 is one customer's"
    elsewhere = Client()
    _try(elsewhere, email, PASSWORD, "2001:db8:0:1::1")
    assert _is_in(elsewhere)


def test_those_who_do_not_exist_are_answered_as_those_who_do(day: Day) -> None:
    known, unknown = _with_password(day, "amira"), "nobody@x.test"
    for number in range(MOST_OF_ACCOUNT + 1):
        one, other = (
            _try(Client(), email, "wrong", f"203.0.113.{number}") for email in (known, unknown)
        )
        assert _said(one) == _said(other)
        assert one.status_code == other.status_code
        assert set(one.cookies) == set(other.cookies)


def test_argon2_runs_once_for_those_who_do_not_exist_as_for_those_who_do(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, runs = _with_password(day, "amira"), list[str]()
    for name in ("verify", "encode"):
        real = getattr(Argon2PasswordHasher, name)

        def noted(*arguments: Any, name: str = name, real: Any = real) -> Any:
            runs.append(name)
            return real(*arguments)

        monkeypatch.setattr(Argon2PasswordHasher, name, noted)
    _try(Client(), known, "wrong")
    of_known, runs[:] = list(runs), []
    _try(Client(), "nobody@x.test", "wrong")
    assert (len(of_known), len(runs)) == (1, 1)


def test_counts_are_swept_and_say_nothing_of_whom(day: Day) -> None:
    email = _with_password(day, "amira")
    _try(Client(), email, "wrong")
    assert SignInTries.objects.count() == 2
    day.company.clock.advance(seconds=LATER)
    _try(Client(), "nobody@x.test", "wrong", "192.0.2.1")
    assert SignInTries.objects.count() == 2, "of the first nothing is left"
    kept = str(list(SignInTries.objects.values()))
    assert email not in kept
    assert "192.0.2.1" not in kept


def test_of_many_at_once_no_more_are_let_through(company: Company) -> None:
    budgets = (Budget(b"source", 1000), Budget(b"account", 10))
    moments = [NOON + timedelta(seconds=number) for number in range(16)]
    results = together([partial(take, budgets, WITHIN, at) for at in moments])
    assert sorted(map(str, results)) == ["False"] * 6 + ["True"] * 10
    give_back(budgets, NOON + timedelta(seconds=999))  # none of those
    assert not take(budgets, WITHIN, NOON)
    sweep(NOON + 2 * WITHIN)
    assert take(budgets, WITHIN, NOON)


def _code() -> str:
    return str(format_hotp_value(hotp_value(SECRET, STEP)))


def _second_step(email: str, code: str, client: Client | None = None) -> tuple[Client, Any]:
    client = client or Client()
    _try(client, email, PASSWORD)
    assert not _is_in(client), "the password alone opens nothing"
    cache.clear()
    return client, client.post("/account/2fa/authenticate/", {"code": code})


def test_a_code_is_taken_once_over_all_processes(day: Day) -> None:
    email = _with_password(day, "amira")
    TOTP.activate(day.company.users["amira"], SECRET)
    code = _code()
    first, _ = _second_step(email, code)
    assert _is_in(first)
    for again in (code, f" {code[:3]} {code[3:]}"):
        second, _ = _second_step(email, again)
        assert not _is_in(second)


def test_the_code_that_set_up_an_app_is_spent(day: Day) -> None:
    email, client = _with_password(day, "amira"), Client()
    _try(client, email, PASSWORD)
    assert _is_in(client)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    secret = client.get("/account/2fa/totp/activate/").context["form"].secret
    code = format_hotp_value(hotp_value(secret, STEP))
    client.post("/account/2fa/totp/activate/", {"code": code})
    assert Authenticator.objects.filter(type=Authenticator.Type.TOTP).exists()
    again, _ = _second_step(email, code)
    assert not _is_in(again)


def test_a_recovery_code_is_taken_once(day: Day) -> None:
    email, amira = _with_password(day, "amira"), day.company.users["amira"]
    TOTP.activate(amira, SECRET)
    codes = RecoveryCodes.activate(amira).get_unused_codes()
    first, _ = _second_step(email, codes[0])
    assert _is_in(first)
    day.company.clock.advance(seconds=LATER)
    second, _ = _second_step(email, codes[0])
    assert not _is_in(second)
    third, _ = _second_step(email, codes[1])
    assert _is_in(third)


def test_codes_cannot_be_tried_through(day: Day) -> None:
    email = _with_password(day, "amira")
    TOTP.activate(day.company.users["amira"], SECRET)
    for _ in range(MOST_OF_ACCOUNT):
        _second_step(email, "000000")
    client, answer = _second_step(email, _code())
    assert "Too many" in str(answer.context["form"].errors)
    assert not _is_in(client)


def test_a_new_password_by_a_reset_goes_through_the_second_step(day: Day) -> None:
    email, amira = _with_password(day, "amira"), day.company.users["amira"]
    TOTP.activate(amira, SECRET)
    client = Client()
    token = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(amira)
    path = f"/account/password/reset/key/{user_pk_to_url_str(amira)}-{token}/"
    begun = client.get(path, follow=True)
    fresh = {"password1": "another long password", "password2": "another long password"}
    client.post(begun.request["PATH_INFO"], fresh)
    amira.refresh_from_db()
    assert amira.check_password("another long password"), "the way itself works"
    assert not _is_in(client)
    _try(client, email, "another long password")
    assert not _is_in(client)
    assert Authenticator.objects.filter(user=amira).exists()
    client.post("/account/2fa/authenticate/", {"code": _code()})
    assert _is_in(client)

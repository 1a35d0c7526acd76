"""The guards of the sign-in: counted tries, known devices, codes that are used once, sessions that end. How guards are tried is `run`."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from tests.guards.guards import Guard, put

TRIES = "tests/web/account/test_tries.py::test_"
KEYS = "tests/web/account/test_keys.py::test_"
SITTING = "tests/web/account/test_sitting.py::test_"


def _counts() -> None:
    put("store.signing_in", "take", lambda budgets, within, now: True)


def _sources() -> None:
    from web.account import tries

    tries.MOST_OF_SOURCE = 10**6


def _owner() -> None:
    put("web.account.device", "device_of", lambda request, account: "")


def _own_account() -> None:
    from web.account import device

    real = device._read
    put("web.account.device", "device_of", lambda request, account: real(request)[0])


def _signed() -> None:
    from django.core.signing import b64_decode

    def trusting(request: Any) -> Any:
        said = request.COOKIES.get("threadline_device", "").split(":")[0]
        return json.loads(b64_decode(said.encode())) if said else ("", [])

    put("web.account.device", "_read", trusting)


def _once() -> None:
    put("web.account.tries", "use_once", lambda kind, owner, code: True)


def _inline() -> None:
    from web import middleware

    middleware.PAGE_POLICY = middleware.PAGE_POLICY.replace(
        "script-src 'self'", "script-src 'self' 'unsafe-inline' 'unsafe-eval'"
    )


def _departures() -> None:
    from django.contrib.auth.base_user import AbstractBaseUser

    from store.models import User

    User._get_session_auth_hash = AbstractBaseUser._get_session_auth_hash  # type: ignore[attr-defined,method-assign]


def _personal() -> None:
    put("bot.company", "end_personal", lambda user, now: None)


def _last_admin() -> None:
    put("bot.company", "has_admin", lambda: True)


def _key_counts() -> None:
    put("web.account.keys", "goes_on", lambda key, count: True)


def _key_origins() -> None:
    from fido2 import server

    server._verify_origin_for_rp = lambda name: lambda origin: True


def _at_once() -> None:
    put("bot.company", "hold_admins", lambda by: by)


def _longest() -> None:
    from web.account import sitting

    sitting.LONGEST = timedelta(days=1000)


GUARDS = (
    Guard(
        "wrong passwords and codes are counted",
        _counts,
        (
            f"{TRIES}an_account_takes_ten_wrong_ones_in_a_quarter_of_an_hour_from_everywhere",
            f"{TRIES}a_known_device_has_a_count_of_its_own_and_knows_its_own_account_only",
            f"{TRIES}codes_cannot_be_tried_through",
        ),
    ),
    Guard(
        "wrong passwords of one address",
        _sources,
        (f"{TRIES}one_address_takes_a_hundred_over_all_accounts",),
    ),
    Guard(
        "the owner's own device",
        _owner,
        (f"{TRIES}the_owner_comes_in_from_a_known_device_meanwhile",),
    ),
    Guard(
        "a device of one's own account",
        _own_account,
        (f"{TRIES}a_known_device_has_a_count_of_its_own_and_knows_its_own_account_only",),
    ),
    Guard(
        "a key that was copied",
        _key_counts,
        (f"{KEYS}a_count_that_goes_back_is_refused_and_told",),
    ),
    Guard(
        "where a key answers from",
        _key_origins,
        (f"{KEYS}an_answer_from_elsewhere_or_to_another_question_is_refused",),
    ),
    Guard("a device is signed", _signed, (f"{TRIES}a_made_up_device_is_none",)),
    Guard("a code is taken once", _once, (f"{TRIES}a_code_is_taken_once_over_all_processes",)),
    Guard(
        "nothing inline runs in the settings",
        _inline,
        (
            "tests/web/admin/test_policy_browser.py::test_the_policy_of_the_settings_allows_nothing_inline_and_no_frame",
        ),
    ),
    Guard(
        "a departure ends sessions for good",
        _departures,
        (f"{SITTING}who_comes_back_signs_in_again",),
    ),
    Guard(
        "a departure ends personal tokens",
        _personal,
        (f"{SITTING}who_comes_back_signs_in_again",),
    ),
    Guard(
        "the last admin stays",
        _last_admin,
        ("tests/web/company/test_roles.py::test_the_last_who_may_do_everything_stays",),
    ),
    Guard(
        "admins change one after the other",
        _at_once,
        ("tests/web/company/test_roles.py::test_two_admins_do_not_switch_each_other_off_at_once",),
    ),
    Guard(
        "twelve hours at most",
        _longest,
        (f"{SITTING}after_twelve_hours_it_is_over_whatever_happens",),
    ),
)

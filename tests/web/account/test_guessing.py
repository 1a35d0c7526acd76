"""Somebody guesses at large: ten thousand sign-ins from many addresses on many accounts, and who tries to find out which accounts exist.

THREADLINE_ATTEMPTS=10000 and THREADLINE_PAIRS=200 are the whole measure; run with -s, the figures are printed.
"""

from __future__ import annotations

import json
import os
import random
import re
import time
from collections import Counter
from typing import Any

import pytest
from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.cache import cache
from django.test import Client

from store.models import User
from tests.web.desk.conftest import Day, day, desk_company
from web.account.tries import MOST_OF_ACCOUNT, MOST_OF_SOURCE

__all__ = ["day", "desk_company"]
ATTEMPTS = int(os.environ.get("THREADLINE_ATTEMPTS", "600"))
PAIRS = int(os.environ.get("THREADLINE_PAIRS", "4"))
LONG = pytest.mark.timeout(3600)


def _try(email: str, source: str) -> Any:
    asked = {"login": email, "password": "wrong"}
    return Client().post("/account/login/", asked, REMOTE_ADDR=source)


def _address(number: int) -> str:
    return f"198.18.{number // 250}.{number % 250 + 1}"


def _attempts(emails: list[str]) -> list[tuple[str, str]]:
    """One account from everywhere, every account from one address, and a botnet on all of them."""
    dice, each = random.Random(7), ATTEMPTS // 4
    one = [(emails[0], _address(number % 1000)) for number in range(each)]
    sweep = [(f"somebody{number}@x.test", "203.0.113.9") for number in range(each)]
    many = [
        (dice.choice(emails), _address(dice.randrange(1000))) for _ in range(ATTEMPTS - 2 * each)
    ]
    found = one + sweep + many
    dice.shuffle(found)
    return found


@LONG
def test_of_ten_thousand_tries_few_reach_a_password(
    day: Day, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    real, accounts, sources = AuthenticationBackend.authenticate, Counter[str](), Counter[str]()

    def noted(self: Any, request: Any, **given: Any) -> Any:
        accounts[given["email"]] += 1
        sources[request.META["REMOTE_ADDR"]] += 1
        return real(self, request, **given)

    monkeypatch.setattr(AuthenticationBackend, "authenticate", noted)
    emails = [user.email for user in day.company.users.values()]
    emails += [f"nobody{number}@x.test" for number in range(max(2, ATTEMPTS // 100))]
    statuses = Counter[int]()
    for number, (email, source) in enumerate(_attempts(emails)):
        if number % 20 == 0:
            cache.clear()  # what one process remembers is nothing to the next
        statuses[_try(email, source).status_code] += 1
    let_through = sum(accounts.values())
    print(json.dumps({"attempts": ATTEMPTS, "let through": let_through, "statuses": statuses}))
    assert max(accounts.values()) <= MOST_OF_ACCOUNT
    assert max(sources.values()) <= MOST_OF_SOURCE
    assert let_through < ATTEMPTS
    assert set(statuses) == {200}


def _told(answer: Any, email: str) -> tuple[int, str, tuple[str, ...]]:
    """What an attacker sees, without what differs from one answer to the next for everybody."""
    body = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
    return answer.status_code, body.replace(email, "X"), tuple(sorted(answer.cookies))


def _auc(known: list[float], unknown: list[float]) -> float:
    """How well the figures alone tell one kind from the other: .5 is not at all, on whichever side."""
    pairs = [(a > b) + (a == b) / 2 for a in known for b in unknown]
    share = sum(pairs) / len(pairs)
    return round(max(share, 1 - share), 3)


@LONG
def test_nothing_tells_which_accounts_exist(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[str] = []
    for name in ("verify", "encode"):
        real = getattr(Argon2PasswordHasher, name)

        def noted(*given: Any, name: str = name, real: Any = real) -> Any:
            runs.append(name)
            return real(*given)

        monkeypatch.setattr(Argon2PasswordHasher, name, noted)
    hashed = User.objects.get(email="amira@fernhill.example")
    hashed.set_password("a long enough password")
    people = [
        User(email=f"known{number:04}@fernhill.example", name="K", password=hashed.password)
        for number in range(PAIRS)
    ]
    User.objects.bulk_create(people)
    took: dict[str, list[float]] = {"known": [], "other": []}
    told: dict[str, set[Any]] = {"known": set(), "other": set()}
    work: dict[str, set[int]] = {"known": set(), "other": set()}
    _try("warming@fernhill.example", "198.51.100.1")
    dice = random.Random(7)
    order = [(kind, number) for kind in took for number in range(PAIRS)]
    dice.shuffle(order)
    for at, (kind, number) in enumerate(order):
        cache.clear()
        email, runs[:] = f"{kind}{number:04}@fernhill.example", []
        begun = time.thread_time()
        answer = _try(email, _address(at))
        took[kind].append(time.thread_time() - begun)
        told[kind].add(_told(answer, email))
        work[kind].add(len(runs))
    sizes = {kind: [float(len(body)) for _, body, _ in seen] for kind, seen in told.items()}
    figures = {
        "pairs": PAIRS,
        "AUC of the time": _auc(took["known"], took["other"]),
        "AUC of the body": _auc(sizes["known"], sizes["other"]),
    }
    print(json.dumps(figures))
    assert told["known"] == told["other"]
    assert len(told["known"]) == 1
    assert work["known"] == work["other"] == {1}

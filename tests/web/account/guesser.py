"""One web process of several that somebody guesses at: `python -m tests.web.account.guesser EMAIL TRIES FIRST`.

Says `ready`, waits for a line, tries to sign in from one address after the other, beginning with the number FIRST, and
prints how many of its tries came to where passwords are looked at.
"""

from __future__ import annotations

import sys
from typing import Any

import django

django.setup()

from allauth.account.auth_backends import AuthenticationBackend  # noqa: E402 - Django is set up first
from django.test import Client  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402

from bot.bootstrap import build_house  # noqa: E402
from bot.settings import Settings  # noqa: E402
from web import house as web_house  # noqa: E402


def main(email: str, tries: int, first: int) -> None:
    """Every password is wrong, so none is looked at in earnest."""
    setup_test_environment()
    web_house.use(build_house(Settings()))
    reached = []

    def wrong(self: Any, request: Any, **given: Any) -> None:
        reached.append(given["email"])

    AuthenticationBackend.authenticate = wrong  # type: ignore[method-assign]
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(first, first + tries):
        asked = {"login": email, "password": "wrong"}
        answer = Client().post("/account/login/", asked, REMOTE_ADDR=f"203.0.113.{number}")
        assert answer.status_code == 200, answer.status_code
    print(len(reached), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))

"""The website's signed word: taken as it was signed, for this inbox, for a day at most; in every other form refused."""

from __future__ import annotations

import json
import random
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from pydantic import SecretStr

from channels.webchat_identity import Identity, read_identity, sign_identity
from core.errors import BadSignature

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECRET, OLD, OTHER = (SecretStr(letter * 32) for letter in "abc")


def token(
    account: str = "42",
    *,
    inbox: str = "website",
    secret: SecretStr = SECRET,
    lasts: timedelta = timedelta(hours=1),
    **more: Any,
) -> str:
    return sign_identity(secret, inbox, account, NOW + lasts, **more)


def read(text: str, now: datetime = NOW) -> Identity:
    return read_identity(text, (SECRET, OLD), "website", now)


def unsigned(header: object, body: object) -> str:
    parts = [
        urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
        for part in (header, body)
    ]
    return f"{'.'.join(parts)}."


def test_what_the_website_signed_is_read() -> None:
    found = read(token("42", name=" Maya Ruiz ", email="Maya@Example.org", phone="+4915112345678"))
    assert found == Identity("42", "Maya Ruiz", "maya@example.org", "+4915112345678")
    assert read(token(secret=OLD)).account == "42", "the old secret still verifies"


def test_an_independent_library_agrees() -> None:
    secret = SECRET.get_secret_value()
    said = {"sub": "42", "aud": "website", "exp": int(NOW.timestamp()) + 3600, "name": "Maya"}
    assert read(jwt.encode(said, secret, algorithm="HS256")) == Identity("42", "Maya")
    ours = jwt.decode(
        token(name="Maya"), secret, ["HS256"], audience="website", options={"verify_exp": False}
    )
    assert ours == said


@pytest.mark.parametrize(
    "bad",
    [
        lambda: token(secret=OTHER),
        lambda: token(inbox="another"),
        lambda: token(lasts=timedelta(seconds=0)),
        lambda: token(lasts=-timedelta(minutes=1)),
        lambda: token(lasts=timedelta(hours=25)),
        lambda: token(lasts=timedelta(days=3650)),
        lambda: token(""),
        lambda: token("4" * 201),
        lambda: token("4\n2"),
        lambda: token(email="no address"),
        lambda: token(phone="0151"),
        lambda: token(nbf=int(NOW.timestamp()) + 600),
        lambda: token(iat=int(NOW.timestamp()) + 600),
        lambda: unsigned({"alg": "none"}, {"sub": "42", "aud": "website", "exp": 9_999_999_999}),
        lambda: token() + "=",
        lambda: token().replace(".", ". ", 1),
        lambda: token() + ".x",
        lambda: "",
        lambda: "é.é.é",
        lambda: "a.b.c",
        lambda: "." * 5_000,
    ],
)
def test_everything_else_is_refused(bad: Callable[[], str]) -> None:
    with pytest.raises(BadSignature):
        read(bad())


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none", "typ": "JWT"},
        {"alg": "HS512", "typ": "JWT"},
        {"alg": "RS256", "typ": "JWT"},
        {"alg": "HS256", "typ": "JWT", "crit": ["exp"]},
        {"alg": "HS256", "kid": "../../secret"},
        {"typ": "JWT"},
        [],
    ],
)
def test_the_algorithm_is_ours_to_choose(header: object) -> None:
    """Signed with the right secret, and still refused: the header never decides how it is checked."""
    from channels import webchat_identity as ours

    body = {"sub": "42", "aud": "website", "exp": int(NOW.timestamp()) + 60}
    signed = unsigned(header, body).rstrip(".")
    with pytest.raises(BadSignature):
        read(f"{signed}.{ours._text(ours._mac(SECRET, signed))}")


def test_no_secret_no_identity() -> None:
    with pytest.raises(BadSignature):
        read_identity(token(), (None, None), "website", NOW)


def test_every_altered_character_is_refused() -> None:
    good = token("42", name="Maya")
    for place, letter in enumerate(good):
        altered = good[:place] + ("B" if letter == "A" else "A") + good[place + 1 :]
        with pytest.raises(BadSignature):
            read(altered)


def test_ten_thousand_forgeries_name_nobody() -> None:
    """Cut, swapped and spliced out of genuine tokens of other people, inboxes, secrets and days."""
    chance = random.Random(24)
    others = [token(str(number), name="x" * (number % 30)) for number in range(20)]
    foreign = [
        *(token("42", inbox=f"other{number}") for number in range(10)),
        *(token("42", secret=SecretStr(chance.randbytes(32).hex())) for _ in range(10)),
        *(token("42", lasts=-timedelta(seconds=number + 1)) for number in range(10)),
    ]
    genuine = set(others)
    refused = 0
    while refused < 10_000:
        one, two = chance.choice([*others, *foreign]), chance.choice([*others, *foreign])
        parts, spare = one.split("."), two.split(".")
        place = chance.randrange(3)
        match chance.randrange(4):
            case 0:
                parts[place] = spare[place]
            case 1:
                cut = chance.randrange(len(parts[place]))
                parts[place] = parts[place][:cut] + parts[place][cut + 1 :]
            case 2:
                cut = chance.randrange(len(parts[place]))
                letter = chance.choice("ABCxyz019_-")
                parts[place] = parts[place][:cut] + letter + parts[place][cut + 1 :]
            case _:
                parts = chance.choice(foreign).split(".")
        forged = ".".join(parts)
        if forged in genuine:
            continue
        with pytest.raises(BadSignature):
            read(forged)
        refused += 1

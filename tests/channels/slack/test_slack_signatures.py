"""R15 for Slack: what is forged or altered is refused and never breaks us; what the vendor signs is accepted."""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Callable
from urllib.parse import urlencode

import httpx2
import pytest
from slack_sdk.signature import Clock, SignatureVerifier

from store.models import InboxRow
from tests.channels.slack.conftest import Office
from tests.channels.slack.provider import arrived
from tests.fakes.slack import ANN, SIGNING_SECRET, FakeSlack, Signed

PATH = "/webhooks/slack/acme"
TIME, SIGNATURE = "x-slack-request-timestamp", "x-slack-signature"
SEED = 15
EACH = int(os.environ.get("THREADLINE_FORGERIES", "45"))
"""Forgeries of each kind."""


def bodies(slack: FakeSlack, random_: random.Random) -> Signed:
    """A genuine request: an event or a command with words of many kinds."""
    words = random_.choice(["hello", "¿Dónde está?", "订单", "🙂 a=b&c=d", "x" * 2000, '{"a":1}'])
    if random_.random() < 0.3:
        return slack.command(ANN, slack.direct(ANN), words)[0]
    return slack.say(ANN, slack.direct(ANN), words)[0]


def _headers(request: Signed, **changes: str | None) -> dict[str, str]:
    named = {name.replace("_", "-"): value for name, value in changes.items()}
    merged = {**request.headers, **named}
    return {name: value for name, value in merged.items() if value is not None}


def _flip(data: bytes, random_: random.Random) -> bytes:
    place = random_.randrange(len(data))
    return data[:place] + bytes([data[place] ^ (1 << random_.randrange(8))]) + data[place + 1 :]


def _cut(data: bytes, random_: random.Random) -> bytes:
    return data[: random_.randrange(len(data))]


def _grow(data: bytes, random_: random.Random) -> bytes:
    more = random_.choice([b" ", b"\n", b"\x00", b"\xff", b"&text=other", b"}"])
    return data + more if random_.random() < 0.5 else more + data


def _other_signature(request: Signed, random_: random.Random) -> str:
    good = request.headers[SIGNATURE]
    digit = random_.randrange(3, len(good))
    altered = good[:digit] + ("0" if good[digit] != "0" else "1") + good[digit + 1 :]
    others = [altered, good[:-1], good + "0", good[3:], "v1" + good[2:], good.upper(), good[::-1]]
    others += [
        "",
        "v0=",
        "é中",
        good[:3] + "é" * 64,
        "v0=" + "0" * 64,
        f"{good},{good}",
        "x" * 20_000,
    ]
    return random_.choice(others)


def _other_time(request: Signed, random_: random.Random) -> str:
    good = request.headers[TIME]
    others = [str(int(good) + random_.choice([-300, -1, 1, 300])), f" {good}", f"{good} ", "²³"]
    others += [
        f"+{good}",
        f"{good}.0",
        f"{good}_0",
        "nan",
        "inf",
        "abc",
        "-1",
        "0",
        "1e9",
        "0x65",
        "",
    ]
    return random_.choice([*others, "1" * 5000])


def _resigned(slack: FakeSlack, request: Signed, *, shift: int = 0, secret: str = "") -> Signed:
    """Signed rightly, but for another time or by another app."""
    now = slack.clock()
    other = FakeSlack(clock=lambda: now + shift, secret=secret or slack.secret)
    return other.signed(request.body, request.headers["content-type"])


Forge = Callable[[FakeSlack, Signed, random.Random], Signed]

FORGERIES: dict[str, Forge] = {
    "body altered": lambda _, r, x: Signed(_flip(r.body, x), r.headers),
    "body cut": lambda _, r, x: Signed(_cut(r.body, x), r.headers),
    "body grown": lambda _, r, x: Signed(_grow(r.body, x), r.headers),
    "signature altered": lambda _, r, x: Signed(
        r.body, _headers(r, x_slack_signature=_other_signature(r, x))
    ),
    "time altered": lambda _, r, x: Signed(
        r.body, _headers(r, x_slack_request_timestamp=_other_time(r, x))
    ),
    "header missing": lambda _, r, x: Signed(
        r.body, _headers(r, **{x.choice(["x_slack_signature", "x_slack_request_timestamp"]): None})
    ),
    "headers swapped": lambda _, r, x: Signed(
        r.body,
        _headers(
            r,
            x_slack_signature=r.headers[TIME],
            x_slack_request_timestamp=r.headers[SIGNATURE],
        ),
    ),
    "too old": lambda s, r, x: _resigned(s, r, shift=-301 - x.randrange(10**6)),
    "of the future": lambda s, r, x: _resigned(s, r, shift=302 + x.randrange(10**6)),
    "foreign secret": lambda s, r, x: _resigned(s, r, secret=f"{x.getrandbits(128):032x}"),
    "another request's signature": lambda s, r, x: Signed(
        s.say(ANN, s.direct(ANN), str(x.random()))[0].body, r.headers
    ),
    "only the words are signed": lambda s, r, _: Signed(
        r.body, {**r.headers, SIGNATURE: s.signed(b"").headers[SIGNATURE]}
    ),
}


async def test_no_forgery_is_accepted_and_none_breaks_us(
    office: Office, http: httpx2.AsyncClient
) -> None:
    chance, told = random.Random(SEED), Counter[int]()
    for forge in FORGERIES.values():
        for _ in range(EACH):
            forged = forge(office.slack, bodies(office.slack, chance), chance)
            headers = {name: value.encode() for name, value in forged.headers.items()}
            answer = await http.post(PATH, content=forged.body, headers=headers)
            told[answer.status_code] += 1
    assert sum(told.values()) == EACH * len(FORGERIES) >= 540
    assert set(told) == {401}
    assert await office.company.house.database.run(InboxRow.objects.count) == 0


async def test_everything_that_the_vendor_signs_is_accepted(
    office: Office, http: httpx2.AsyncClient
) -> None:
    class Standing(Clock):
        def now(self) -> float:
            return office.slack.clock()

    chance, vendor = random.Random(SEED), SignatureVerifier(SIGNING_SECRET, Standing())
    for _ in range(210):
        request = bodies(office.slack, chance)
        at = str(int(office.slack.clock()) + chance.randrange(-300, 301))
        signature = vendor.generate_signature(timestamp=at, body=request.body)
        assert signature is not None
        headers = {**request.headers, TIME: at, SIGNATURE: signature}
        assert vendor.is_valid_request(request.body, headers)
        answer = await http.post(PATH, content=request.body, headers=headers)
        assert answer.status_code == 200, answer.text


def test_the_vendor_accepts_what_the_fake_signs(slack: FakeSlack) -> None:
    request = slack.say(ANN, slack.direct(ANN), "hello")[0]
    assert SignatureVerifier(SIGNING_SECRET).is_valid_request(request.body, request.headers)


def test_the_former_secret_still_verifies(office: Office) -> None:
    from channels.slack import Slack
    from core.errors import BadSignature
    from tests.channels.slack.provider import INBOX, OLD_SECRET, slack_settings

    now = office.company.house.clock()
    old = FakeSlack(clock=now.timestamp, secret=OLD_SECRET)
    request = old.signed(urlencode({"payload": json.dumps({})}).encode())
    Slack(INBOX, slack_settings()).verify(arrived(request, now))
    with pytest.raises(BadSignature):
        Slack(INBOX, slack_settings(previous_signing_secret=None)).verify(arrived(request, now))

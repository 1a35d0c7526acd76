"""Forged, altered and moved calls are refused, and whatever the vendor's own library signs is accepted (R15)."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import parse_qsl, urlencode

import pytest
from twilio.request_validator import RequestValidator

from channels.contract import Arrival
from channels.sms import Sms
from channels.twilio_signature import fields_of
from core.errors import BadSignature, MalformedPayload, Rejected
from tests.channels.sms.provider import INBOX, OLD_TOKEN, URL, arrived, sms_settings
from tests.fakes.twilio import ACCOUNT, START, TOKEN, FakeTwilio, signed, signed_json

SMS = Sms(INBOX, sms_settings())
TWILIO = FakeTwilio()
WORDS = [
    "order",
    "4711",
    "¿dónde?",
    "📦",
    "ß",
    "a&b=c",
    "+1",
    "%00",
    " ",
    "\n",
    "From",
    "Body",
    "שלום",
    "'\"<>",
]


def words(rng: random.Random) -> str:
    return " ".join(rng.choices(WORDS, k=rng.randint(1, 12)))


def is_accepted(arrival: Arrival) -> bool:
    """Whether it passes; anything but a `Rejected` fails the test."""
    try:
        SMS.verify(arrival)
    except Rejected:
        return False
    return True


def test_what_the_vendor_signs_is_accepted() -> None:
    rng = random.Random(15)
    accepted = 0
    for number in range(250):
        fields = TWILIO.text(words(rng), NumMedia=str(number % 3), ProfileName=words(rng))
        url = URL + ("?outbox=%7Bkey%7D&x=" if number % 5 == 0 else "")
        token = OLD_TOKEN if number % 7 == 0 else TOKEN
        make = signed_json if number % 4 == 0 else signed
        accepted += is_accepted(arrived(make(url, fields, token)))
    assert accepted == 250


@pytest.mark.parametrize(
    ("ours", "signs"),
    [
        ("https://acme.example/webhooks/sms/texts", "https://acme.example:443/webhooks/sms/texts"),
        ("https://acme.example:8443/webhooks/sms/texts", "https://acme.example/webhooks/sms/texts"),
        (
            "https://acme.example:8443/webhooks/sms/texts",
            "https://acme.example:8443/webhooks/sms/texts",
        ),
        ("http://127.0.0.1:8000/webhooks/sms/texts", "http://127.0.0.1:8000/webhooks/sms/texts"),
    ],
)
def test_a_port_may_be_spelled_out_or_left_out(ours: str, signs: str) -> None:
    arrival = arrived(signed(signs, TWILIO.text("hello")))
    SMS.verify(dataclasses.replace(arrival, url=ours))


def flipped(value: str, rng: random.Random) -> str:
    place = rng.randrange(len(value))
    return value[:place] + chr(ord(value[place]) ^ (1 << rng.randrange(5))) + value[place + 1 :]


def mutants(rng: random.Random) -> Iterator[tuple[str, Arrival]]:
    """Altered calls, with what was done to each; a few may still say exactly the same."""
    fields = TWILIO.text(words(rng) or "hello")
    good = arrived(signed(URL, fields))
    signature = good.headers["x-twilio-signature"]

    def under(value: str) -> Arrival:
        return dataclasses.replace(good, headers={**good.headers, "x-twilio-signature": value})

    body = good.body.decode()
    yield "body bit", dataclasses.replace(good, body=flipped(body, rng).encode())
    yield "body cut", dataclasses.replace(good, body=good.body[: rng.randrange(len(body))])
    yield "body longer", dataclasses.replace(good, body=good.body + b"&Extra=1")
    yield "not UTF-8", dataclasses.replace(good, body=good.body + b"\xff%ff")
    yield "signature bit", under(flipped(signature, rng))
    yield "signature case", under(signature.swapcase())
    yield "signature with space", under(f" {signature}")
    yield "signature twice", under(f"{signature}, {signature}")
    yield "signature huge", under("A" * 50_000)
    yield "signature in bytes", under("\u00e9" * 28)
    yield "other token", arrived(signed(URL, fields, flipped(TOKEN, rng)))
    yield (
        "unsigned by hash algorithm",
        under(RequestValidator(TOKEN).compute_signature(URL, fields, "HMAC_SHA256")),
    )
    yield "url bit", dataclasses.replace(good, url=flipped(URL, rng))
    yield "query", dataclasses.replace(good, query=f"a={rng.random()}")
    yield "other host", arrived(signed(URL.replace("acme", "evil"), fields))
    other = {**fields, "AccountSid": "AC" + "".join(rng.choices("012346789abcdef", k=32))}
    yield "other account", arrived(signed(URL, other))
    lost = rng.choice(["AccountSid", "MessageSid", "From", "To", "Body"])
    yield (
        "without " + lost,
        arrived(signed(URL, {name: value for name, value in fields.items() if name != lost})),
    )
    yield "form under a hash", dataclasses.replace(good, query="bodySHA256=" + "0" * 64)
    hashed = arrived(signed_json(URL, fields))
    yield (
        "JSON altered",
        dataclasses.replace(hashed, body=flipped(hashed.body.decode(), rng).encode()),
    )
    as_form = {**hashed.headers, "content-type": good.headers["content-type"]}
    yield (
        "JSON's signature for a form",
        dataclasses.replace(good, headers=as_form, query=hashed.query),
    )
    yield "twice the same name", dataclasses.replace(good, body=good.body + b"&Body=other")


def shifted() -> Iterator[Arrival]:
    """The same signed bytes, cut into names and values at every other place."""
    fields = TWILIO.text("hi there From me")
    good = arrived(signed(URL, fields))
    names = sorted(fields)
    for name, follower in pairwise(names):
        whole = name + fields[name]
        for cut in range(1, len(whole)):
            moved = {**{key: fields[key] for key in names if key != name}, whole[:cut]: whole[cut:]}
            if moved != fields:
                yield dataclasses.replace(good, body=urlencode(moved).encode())
        joined = {key: fields[key] for key in names if key not in {name, follower}}
        yield dataclasses.replace(
            good,
            body=urlencode({**joined, name: fields[name] + follower + fields[follower]}).encode(),
        )


def test_forgeries_are_refused() -> None:
    rng = random.Random(15)
    tried = 0
    for _ in range(40):
        for about, arrival in mutants(rng):
            if about == "body bit" and _says_the_same(arrival):
                continue
            assert not is_accepted(arrival), about
            tried += 1
    assert tried >= 500


def _says_the_same(arrival: Arrival) -> bool:
    """A flipped bit may leave the meaning as it was: `%C3` and `%c3` are one character."""
    try:
        return (
            is_accepted(arrival)
            and arrived(signed(URL, fields_of(arrival))).headers["x-twilio-signature"]
            == arrival.headers["x-twilio-signature"]
        )
    except MalformedPayload:
        return False


def test_text_moved_between_names_and_values_changes_nothing_that_is_read() -> None:
    """The vendor's validator accepts these: names and values are signed without a separator."""
    tried = fooled = 0
    for arrival in shifted():
        tried += 1
        fields = dict(parse_qsl(arrival.body.decode(), keep_blank_values=True))
        fooled += RequestValidator(TOKEN).validate(
            URL, fields, arrival.headers["x-twilio-signature"]
        )
        if not is_accepted(arrival):
            continue
        (inbound,) = SMS.parse(arrival)
        assert (inbound.text, inbound.sender.value) == ("hi there From me", "+15017122661")
    assert tried > 200
    assert fooled > 50, "the hole is there"


def test_a_replay_is_a_duplicate() -> None:
    arrival = arrived(signed(URL, TWILIO.text("hello")))
    later = dataclasses.replace(arrival, received_at=START.replace(year=2027))
    SMS.verify(later)
    assert SMS.parse(later)[0].external_id == SMS.parse(arrival)[0].external_id


def test_the_settings_send_secrets_nowhere_else() -> None:
    for url in (
        "https://twilio.com.evil.example",
        "http://api.twilio.com",
        "https://eviltwilio.com",
        "ftp://127.0.0.2",
    ):
        with pytest.raises(ValueError, match="secrets"):
            sms_settings(url)
    assert sms_settings("https://api.dublin.ie1.twilio.com").account_sid == ACCOUNT


def test_a_shape_that_does_not_fit_is_refused() -> None:
    for changes in ({"From": "a b!"}, {"MessageSid": "SM1"}, {"To": "nobody"}):
        with pytest.raises(BadSignature):
            SMS.verify(arrived(signed(URL, {**TWILIO.text("hello"), **changes})))

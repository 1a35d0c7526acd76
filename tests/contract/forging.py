"""Makes forgeries of any channel's genuine calls: a dozen ways in which a webhook can be wrong. Trying them is `test_forgeries`."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

from channels.contract import Arrival
from tests.contract.provider import Provider

WORDS = (
    "hello",
    "¿Dónde está mi pedido?",
    "订单",
    "🙂 a=b&c=d",
    "%00 + %2B",
    '{"a": [1]}',
    "<b>&amp;",
)
READ = ("MessageSid", "CallSid", "AccountSid", "From", "To", "Body")
"""What is read of Twilio's forms."""
METHODS = ("GET", "PUT", "DELETE", "PATCH")


@dataclass(frozen=True)
class Vendor:
    """What a provider's signature covers. `mark`: the header that proves; `time`: the one that dates it.

    `covers`: `body` to the byte, `form` by its meaning, or `nothing` but the header itself.
    `keeps`: seconds after which a call that is not brought is refused; 0: for ever.
    """

    mark: str
    covers: str
    time: str = ""
    keeps: int = 0
    keeps_before: int = 0


VENDORS: Mapping[str, Vendor] = {
    "slack": Vendor("x-slack-signature", "body", "x-slack-request-timestamp", 300, 300),
    "teams": Vendor("authorization", "nothing", keeps=3600 + 300, keeps_before=310),
    "telegram": Vendor("x-telegram-bot-api-secret-token", "nothing"),
    "graph": Vendor("x-hub-signature-256", "body"),
    "sms": Vendor("x-twilio-signature", "form"),
    "voice": Vendor("x-twilio-signature", "form"),
    "webhook": Vendor("webhook-signature", "body", "webhook-timestamp", 300, 300),
}


@dataclass(frozen=True)
class Case:
    """One forged call, and how many seconds after its signature it is brought."""

    arrival: Arrival
    late: int = 0


Forge = Callable[[Provider, Vendor, random.Random], Case | None]


def genuine(provider: Provider, chance: random.Random) -> Arrival:
    """A call that would be taken."""
    return provider.arrival(f"{chance.choice(WORDS)} {chance.randrange(10**9)}")


def _body_altered(provider: Provider, vendor: Vendor, chance: random.Random) -> Case | None:
    return _with_other_body(provider, vendor, chance, _flipped)


def _body_cut(provider: Provider, vendor: Vendor, chance: random.Random) -> Case | None:
    return _with_other_body(provider, vendor, chance, lambda b, x: b[: x.randrange(len(b))])


def _body_grown(provider: Provider, vendor: Vendor, chance: random.Random) -> Case | None:
    more = (b" ", b"\n", b"\x00", b"\xff", b"&Body=other", b"}", b"\xef\xbb\xbf")
    return _with_other_body(provider, vendor, chance, lambda b, x: _beside(b, x.choice(more), x))


def _with_other_body(
    provider: Provider,
    vendor: Vendor,
    chance: random.Random,
    change: Callable[[bytes, random.Random], bytes],
) -> Case | None:
    arrival = genuine(provider, chance)
    other = change(arrival.body, chance)
    if vendor.covers == "nothing" or other == arrival.body:
        return None
    if vendor.covers == "form" and _meaning(other) == _meaning(arrival.body):
        return None
    return Case(replace(arrival, body=other))


def _flipped(body: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(body))
    return body[:place] + bytes([body[place] ^ (1 << chance.randrange(8))]) + body[place + 1 :]


def _beside(body: bytes, more: bytes, chance: random.Random) -> bytes:
    return body + more if chance.random() < 0.5 else more + body


def _meaning(body: bytes) -> list[tuple[str, str]]:
    return sorted(set(parse_qsl(body.decode(errors="replace"), keep_blank_values=True)))


def _anothers_body(provider: Provider, vendor: Vendor, chance: random.Random) -> Case | None:
    if vendor.covers == "nothing":
        return None
    arrival = genuine(provider, chance)
    return Case(replace(arrival, body=genuine(provider, chance).body))


def _key_shifted(provider: Provider, vendor: Vendor, chance: random.Random) -> Case | None:
    """Names and values of a form are signed without a sign between them. Among those that nobody reads a shift
    is not even noticed by the vendor, and does no harm."""
    arrival = genuine(provider, chance)
    if vendor.covers != "form":
        return None
    pairs = arrival.body.decode().split("&")
    read = [place for place, pair in enumerate(pairs) if pair.partition("=")[0] in READ]
    place = chance.choice(read)
    name, _, value = pairs[place].partition("=")
    pairs[place] = f"{name[:-1]}={name[-1]}{value}"
    if value[:1].isalnum() and chance.random() < 0.5:
        pairs[place] = f"{name}{value[0]}={value[1:]}"
    return Case(replace(arrival, body="&".join(pairs).encode()))


def _mark_altered(provider: Provider, vendor: Vendor, chance: random.Random) -> Case | None:
    arrival = genuine(provider, chance)
    told = arrival.headers[vendor.mark]
    # The last sign of Base64 carries bits that nobody reads, and the first word is the scheme's name.
    place = chance.randrange(7, len(told) - 2) if len(told) > 20 else len(told) // 2
    other = chance.choice([sign for sign in "aZ09_" if sign != told[place]])
    return _marked(arrival, vendor, told[:place] + other + told[place + 1 :])


def _mark_replaced(provider: Provider, vendor: Vendor, chance: random.Random) -> Case | None:
    arrival = genuine(provider, chance)
    told = arrival.headers[vendor.mark]
    others = ["", " ", told[:-4], told[4:], told + told, told[::-1], told.swapcase(), "é中" * 20]
    others += ["0" * len(told), "x" * 20_000, "null", "Bearer ..", "v0=", "sha256=", "v1,", "\x7f"]
    other = chance.choice(others)
    return None if other == told else _marked(arrival, vendor, other)


def _mark_missing(provider: Provider, vendor: Vendor, chance: random.Random) -> Case | None:
    arrival = genuine(provider, chance)
    without = {name: value for name, value in arrival.headers.items() if name != vendor.mark}
    return Case(replace(arrival, headers=without))


def _anothers_mark(provider: Provider, vendor: Vendor, chance: random.Random) -> Case | None:
    if vendor.covers == "nothing":
        return None
    arrival = genuine(provider, chance)
    return _marked(arrival, vendor, genuine(provider, chance).headers[vendor.mark])


def _time_altered(provider: Provider, vendor: Vendor, chance: random.Random) -> Case | None:
    arrival = genuine(provider, chance)
    if not vendor.time:
        return None
    told = arrival.headers[vendor.time]
    aside = str(int(told) + chance.choice([-299, -1, 1, 299]))
    odd = [
        aside,
        "",
        "nan",
        "inf",
        "abc",
        "-1",
        "0",
        "1e9",
        f"{told}.0",
        f"0{told}",
        "²³",
        "1" * 5000,
    ]
    return Case(replace(arrival, headers={**arrival.headers, vendor.time: chance.choice(odd)}))


def _brought_late(provider: Provider, vendor: Vendor, chance: random.Random) -> Case | None:
    if not vendor.keeps:
        return None
    aside = chance.randrange(10**6)
    late = chance.choice([vendor.keeps + 1 + aside, -vendor.keeps_before - 1 - aside])
    return Case(genuine(provider, chance), late)


def _by_another_method(provider: Provider, vendor: Vendor, chance: random.Random) -> Case | None:
    return Case(replace(genuine(provider, chance), method=chance.choice(METHODS)))


def _at_another_address(provider: Provider, vendor: Vendor, chance: random.Random) -> Case | None:
    if vendor.covers != "form":
        return None
    more = chance.choice(["x=1", "outbox=row-1", "bodySHA256=" + "0" * 64, "%00", "a" * 3000])
    return Case(replace(genuine(provider, chance), query=more))


def _known_trick(provider: Provider, vendor: Vendor, chance: random.Random) -> Case | None:
    """One of the forgeries that this channel's provider knows: other secrets, algorithms, issuers, accounts."""
    tricks = provider.forgeries()
    arrival = tricks[chance.choice(sorted(tricks))]
    late = arrival.received_at - genuine(provider, chance).received_at
    return Case(arrival, int(late.total_seconds())) if arrival.kind == "webhook" else None


def _marked(arrival: Arrival, vendor: Vendor, mark: str) -> Case:
    return Case(replace(arrival, headers={**arrival.headers, vendor.mark: mark}))


FORGERIES: Mapping[str, Forge] = {
    "body altered": _body_altered,
    "body cut": _body_cut,
    "body grown": _body_grown,
    "another call's body": _anothers_body,
    "key shifted": _key_shifted,
    "signature altered": _mark_altered,
    "signature replaced": _mark_replaced,
    "signature missing": _mark_missing,
    "another call's signature": _anothers_mark,
    "time altered": _time_altered,
    "brought late or early": _brought_late,
    "another method": _by_another_method,
    "another address": _at_another_address,
    "a known trick": _known_trick,
}

"""Twilio's own client talks to the fake as it comes: what it sends is understood, and refusals reach it with the provider's codes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from tests.fakes.twilio import (
    ACCOUNT,
    CUSTOMER,
    NUMBER,
    TOKEN,
    UNREACHABLE,
    FakeTwilio,
    sid,
)

API = "https://api.twilio.com/"
HERE = "https://help.example.org/voice"


class Onward(TwilioHttpClient):
    """The vendor's transport; only the host is another one, which its client lets nobody choose."""

    def __init__(self, url: str) -> None:
        super().__init__(timeout=60.0)
        self._url = url

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        assert url.startswith(API)
        return super().request(method, f"{self._url}/{url.removeprefix(API)}", *args, **kwargs)


@pytest.fixture
def login(twilio: FakeTwilio) -> Iterator[Callable[..., Client]]:
    """The vendor's client for an account."""
    used: list[Onward] = []

    def login(account: str = ACCOUNT, token: str = TOKEN) -> Client:
        used.append(Onward(twilio.url))
        return Client(account, token, http_client=used[-1])

    yield login
    for one in used:
        one.session.close()


@pytest.fixture
def client(login: Callable[..., Client]) -> Client:
    return login()


def refusal(call: Callable[[], object]) -> tuple[int, int]:
    """Status and code with which it was refused."""
    with pytest.raises(TwilioRestException) as refused:
        call()
    return refused.value.status, refused.value.code


def test_the_vendors_client_writes_and_reads_messages(client: Client, twilio: FakeTwilio) -> None:
    made = client.messages.create(
        to=CUSTOMER, from_=NUMBER, body="¿Qué tal? & more", status_callback=HERE
    )
    assert (made.sid[:2], made.status, made.error_code) == ("SM", "queued", None)
    assert made.date_created == twilio.now()
    assert twilio.asked[-1]["Body"] == "¿Qué tal? & more"
    for count in range(4):
        client.messages.create(to=CUSTOMER, from_=NUMBER, body=str(count))
    twilio.text("from elsewhere, STOP", "+15017122662")
    found = client.messages.list(to=CUSTOMER, page_size=2)
    assert [one.body for one in found] == ["3", "2", "1", "0", "¿Qué tal? & more"]
    assert found[-1].sid == made.sid
    assert len(client.messages.list(to=CUSTOMER, limit=3)) == 3
    assert client.messages.list(to=UNREACHABLE) == []
    (own,) = client.incoming_phone_numbers.list(phone_number=NUMBER)
    assert own.phone_number == NUMBER


def test_the_vendors_client_finds_a_recording_and_its_sound(
    client: Client, twilio: FakeTwilio
) -> None:
    name = sid("RE")
    twilio.files[name] = b"sound"
    found = client.recordings(name).fetch()
    assert (found.sid, found.status) == (name, "completed")
    sound = f"{API}2010-04-01/Accounts/{ACCOUNT}/Recordings/{name}.mp3"
    assert found.media_url == f"{twilio.url}/{sound.removeprefix(API)}".removesuffix(".mp3")
    answer = client.request("GET", sound)
    assert (answer.status_code, answer.headers["location"]) == (307, f"{twilio.url}/storage/{name}")
    assert refusal(client.recordings(sid("RE")).fetch) == (404, 20404)


def test_the_vendors_client_begins_and_changes_calls(client: Client, twilio: FakeTwilio) -> None:
    made = client.calls.create(to=CUSTOMER, from_=NUMBER, url=HERE)
    assert (made.sid[:2], made.status) == ("CA", "queued")
    assert twilio.rung[-1]["Url"] == HERE
    heard: list[str] = []
    twilio.calls[made.sid] = heard.append
    changed = client.calls(made.sid).update(twiml="<Response><Hangup/></Response>")
    assert (changed.sid, changed.status) == (made.sid, "in-progress")
    assert heard == ["<Response><Hangup/></Response>"]
    twilio.ends[made.sid] = lambda: heard.append("ended")
    client.calls(made.sid).update(status="completed")
    gone = client.calls(sid("CA"))
    assert refusal(lambda: gone.update(status="completed")) == (400, 21220)
    assert refusal(lambda: gone.update(twiml="<Response/>")) == (400, 21220)


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        (21211, {"to": UNREACHABLE}),
        (21211, {"to": "12"}),
        (21606, {"from_": "+15005550009"}),
        (21602, {"body": ""}),
        (21617, {"body": "x" * 1601}),
        (21609, {"status_callback": "help.example.org"}),
        (21620, {"media_url": ["ftp://help.example.org/x.png"]}),
        (21610, {"to": "+15017122662"}),
    ],
)
def test_what_twilio_refuses_is_refused(
    client: Client, twilio: FakeTwilio, code: int, changes: dict[str, Any]
) -> None:
    twilio.text("STOP", "+15017122662")
    fields = {"to": CUSTOMER, "from_": NUMBER, "body": "hello", **changes}
    assert refusal(lambda: client.messages.create(**fields)) == (400, code)
    assert twilio.asked == []


def test_strangers_and_hasty_ones_are_refused(
    client: Client, login: Callable[..., Client], twilio: FakeTwilio
) -> None:
    write = {"to": CUSTOMER, "from_": NUMBER, "body": "hello"}
    for stranger in (login(token="wrong"), login(account=sid("AC"))):
        assert refusal(lambda: stranger.messages.create(**write)) == (401, 20003)  # noqa: B023
        assert refusal(stranger.recordings(sid("RE")).fetch) == (401, 20003)
    twilio.behaviour.append(20429)
    assert refusal(lambda: client.messages.create(**write)) == (429, 20429)
    assert twilio.asked == []
    calls = {"from_": NUMBER, "url": HERE}
    assert refusal(lambda: client.calls.create(to=UNREACHABLE, **calls)) == (400, 21211)
    assert refusal(lambda: client.calls.create(to=CUSTOMER, **calls, timeout=601)) == (400, 21205)

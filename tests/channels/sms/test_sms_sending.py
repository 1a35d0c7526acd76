"""What reaches Twilio, what its refusals mean, and finding out what became of an attempt without an answer."""

from __future__ import annotations

import gzip
import json
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from channels.sms import _DELIVERIES, Sms
from channels.sms_segments import segments
from core.errors import OptedOut, PermanentFailure, TemporaryFailure
from core.knowledge import Citation
from core.message import AddressKind, Outbound, Sender
from tests.channels.sms.provider import INBOX, URL, sms_settings
from tests.fakes.twilio import ACCOUNT, CUSTOMER, NUMBER, START, UNREACHABLE, FakeTwilio

DATA = Path(os.environ.get("THREADLINE_DATA") or Path(__file__).parents[3].parent / "shared/data")
LINK = "https://help.acme.example/a/returns"


def outbound(text: str = "Tomorrow.", **more: Any) -> Outbound:
    sender = Sender(AddressKind.PHONE, more.pop("to", CUSTOMER))
    return Outbound("row-1", sender, text, at=START, extra={"webhook": URL}, **more)


def citation(url: str = LINK) -> Citation:
    return Citation(article="a", revision="r", title="Returns", url=url, quote="")


def sms(twilio: FakeTwilio, **changes: object) -> Sms:
    return Sms(INBOX, sms_settings(twilio.url, **changes))


async def test_what_is_posted(twilio: FakeTwilio) -> None:
    receipt = await sms(twilio).send(outbound())
    assert twilio.asked == [
        {
            "To": CUSTOMER,
            "Body": "Tomorrow.",
            "From": NUMBER,
            "StatusCallback": URL + "?outbox=row-1",
        }
    ]
    assert receipt.provider_id == twilio.messages[0]["sid"]


async def test_an_answer_is_shortened_and_its_source_is_linked(twilio: FakeTwilio) -> None:
    text = "You can send it back within thirty days of the day it came. " * 20
    await sms(twilio, answer_segments=2).send(outbound(text, citations=(citation(),)))
    (body,) = (item["Body"] for item in twilio.asked)
    assert segments(body) == 2
    assert body.endswith(f" ...\n{LINK}")


async def test_what_a_colleague_writes_is_never_shortened(twilio: FakeTwilio) -> None:
    text = "All of this matters to you. " * 50
    await sms(twilio, answer_segments=1).send(outbound(text))
    assert twilio.asked[0]["Body"] == text.strip()


async def test_a_messaging_service_chooses_the_number(twilio: FakeTwilio) -> None:
    service = "MG" + "7" * 32
    await sms(twilio, messaging_service_sid=service).send(outbound())
    assert twilio.asked[0]["MessagingServiceSid"] == service
    assert "From" not in twilio.asked[0]


async def test_connections_are_kept(twilio: FakeTwilio) -> None:
    alive = FakeTwilio(keeps_alive=True)
    alive.start()
    channel = sms(alive)
    for _ in range(3):
        await channel.send(outbound())
    pool = channel._api._client._transport._pool  # type: ignore[union-attr]
    assert len(pool.connections) == 1
    await channel._api.close()
    alive.stop()


@pytest.mark.parametrize(
    ("behaviour", "wait", "certain"),
    [
        (20429, 3.0, True),
        (503, None, True),
        (500, None, True),
        (502, None, False),
        (504, None, False),
    ],
)
async def test_what_may_pass_is_tried_again(
    twilio: FakeTwilio, behaviour: int, wait: float | None, certain: bool
) -> None:
    twilio.behaviour.append(behaviour)
    with pytest.raises(TemporaryFailure) as failure:
        await sms(twilio).send(outbound())
    assert (failure.value.retry_after, failure.value.certain) == (wait, certain)


@pytest.mark.parametrize("to", [UNREACHABLE, "nobody", "+0123456"])
async def test_what_never_works_is_not_tried_again(twilio: FakeTwilio, to: str) -> None:
    with pytest.raises(PermanentFailure) as failure:
        await sms(twilio).send(outbound(to=to))
    assert to not in str(failure.value), "an error may end in a log"


async def test_a_number_that_is_not_ours_is_refused(twilio: FakeTwilio) -> None:
    with pytest.raises(PermanentFailure, match="cannot send"):
        await sms(twilio, number="+15005550007").send(outbound())


async def test_an_opt_out_is_told_apart(twilio: FakeTwilio) -> None:
    twilio.opted_out.add((CUSTOMER, NUMBER))
    with pytest.raises(OptedOut):
        await sms(twilio).send(outbound())


async def test_an_attempt_without_an_answer_is_found(twilio: FakeTwilio) -> None:
    channel = sms(twilio)
    assert await channel.find(outbound()) is None
    twilio.behaviour.append("silent")
    with pytest.raises(TemporaryFailure) as failure:
        await channel.send(outbound("On  its way.\n"))
    assert not failure.value.certain
    found = await channel.find(outbound("On its way."))
    assert found is not None
    assert found.provider_id == twilio.messages[0]["sid"]


async def test_other_messages_are_not_taken_for_it(twilio: FakeTwilio) -> None:
    channel = sms(twilio)
    await channel.send(outbound("Something else."))
    twilio._keep({"To": CUSTOMER, "Body": "Tomorrow."}, "inbound")
    assert await channel.find(outbound()) is None
    await channel.send(outbound())
    assert await channel.find(replace(outbound(), at=START + timedelta(seconds=1))) is None, (
        "earlier"
    )
    assert (
        await channel.find(replace(outbound(), to=Sender(AddressKind.PHONE, "+15017122662")))
        is None
    )


async def test_too_many_to_look_through_is_said(twilio: FakeTwilio) -> None:
    for number in range(50):
        twilio._keep({"To": CUSTOMER, "Body": f"{number}"}, "outbound-api")
    with pytest.raises(TemporaryFailure) as failure:
        await sms(twilio).find(outbound())
    assert not failure.value.certain


async def test_what_is_sent_and_what_the_fake_answers_stand_in_twilios_specification(
    twilio: FakeTwilio,
) -> None:
    packed = DATA / "openapi" / "twilio_api_v2010.json.gz"
    if not packed.exists():
        pytest.skip("skipped: data absent")
    spec = json.loads(gzip.decompress(packed.read_bytes()))
    path = spec["paths"]["/2010-04-01/Accounts/{AccountSid}/Messages.json"]
    form = path["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    channel = sms(twilio, messaging_service_sid="MG" + "7" * 32)
    await channel.send(outbound())
    await sms(twilio).send(outbound())
    for asked in twilio.asked:
        assert set(asked) <= set(form["properties"])
        assert set(form.get("required", ())) <= set(asked)
    assert {"To", "PageSize"} <= {item["name"] for item in path["get"]["parameters"]}
    schema = spec["components"]["schemas"]
    shown = {name for name in twilio.messages[0] if name != "callback"}
    assert shown == set(schema["api.v2010.account.message"]["properties"])
    inbound = {"receiving", "received"}
    assert set(_DELIVERIES) == set(schema["message_enum_status"]["enum"]) - inbound
    assert ACCOUNT in twilio.messages[0]["uri"]

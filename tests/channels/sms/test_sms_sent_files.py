"""Files that colleagues send by text message: as MMS where that can be, else as a link."""

from __future__ import annotations

from dataclasses import replace

import pytest

from channels.sms import Sms
from core.errors import PermanentFailure
from core.message import AddressKind, Attached, Outbound, Sender
from tests.channels.sms.provider import INBOX, URL, sms_settings
from tests.fakes.forms import png
from tests.fakes.twilio import CUSTOMER, START, FakeTwilio

LINK = "https://help.acme.example/files/abc"
PICTURE = Attached("photo.png", "image/png", png(), link=LINK)
KILOBYTE = 1024


def outbound(file: Attached, to: str = CUSTOMER) -> Outbound:
    sender = Sender(AddressKind.PHONE, to)
    return Outbound("row-1", sender, "", at=START, extra={"webhook": URL}, attachments=(file,))


def sms(twilio: FakeTwilio, **changes: object) -> Sms:
    return Sms(INBOX, sms_settings(twilio.url, **changes))


async def test_a_number_with_mms_sends_the_file_itself(twilio: FakeTwilio) -> None:
    twilio.fetch = lambda url: (
        (200, "image/png", PICTURE.content) if url == LINK else (404, "", b"")
    )
    receipt = await sms(twilio, mms=True).send(outbound(PICTURE))
    (asked,) = twilio.asked
    assert (asked["MediaUrl"], asked["Body"]) == (LINK, "photo.png")
    (kept,) = twilio.messages
    assert kept["media"] == ("image/png", PICTURE.content)
    assert (kept["sid"], kept["error_code"]) == (receipt.provider_id, None)


@pytest.mark.parametrize(
    ("file", "to", "changes"),
    [
        (PICTURE, CUSTOMER, {"mms": False}),
        (PICTURE, "+491701234567", {}),
        (PICTURE, CUSTOMER, {"number": "+61491570156"}),
        (replace(PICTURE, content=bytes(5_000 * KILOBYTE)), CUSTOMER, {}),
        (Attached("talk.mp3", "audio/mpeg", bytes(601 * KILOBYTE), link=LINK), CUSTOMER, {}),
        (Attached("a.zip", "application/zip", b"PK", link=LINK), CUSTOMER, {}),
        (Attached("page.html", "text/html", b"<p>", link=LINK), CUSTOMER, {}),
    ],
    ids=["no mms", "another country", "a foreign number", "large", "large sound", "zip", "page"],
)
async def test_everything_else_is_a_link(
    twilio: FakeTwilio, file: Attached, to: str, changes: dict[str, object]
) -> None:
    channel = sms(twilio, **{"mms": True, **changes})
    twilio.numbers.add(channel.settings.number)
    assert channel.objection(file.media_type, len(file.content)) == ""
    await channel.send(outbound(file, to))
    (asked,) = twilio.asked
    assert "MediaUrl" not in asked
    assert asked["Body"] == f"{file.name}: {LINK}"


async def test_a_short_code_sends_at_home(twilio: FakeTwilio) -> None:
    channel = sms(twilio, mms=True, number="55512")
    twilio.numbers.add("55512")
    twilio.fetch = lambda url: (200, "image/png", PICTURE.content)
    await channel.send(outbound(PICTURE))
    assert "MediaUrl" in twilio.asked[0]


async def test_without_an_address_nothing_is_sent(twilio: FakeTwilio) -> None:
    with pytest.raises(PermanentFailure, match="no address"):
        await sms(twilio).send(outbound(replace(PICTURE, link="")))
    with pytest.raises(PermanentFailure, match="public_url"):
        await sms(twilio, mms=True).send(outbound(replace(PICTURE, link="ftp://x.example/a")))
    assert twilio.asked == []


@pytest.mark.parametrize("mms", [True, False])
async def test_a_lost_answer_is_looked_up_by_the_files_name(twilio: FakeTwilio, mms: bool) -> None:
    twilio.fetch = lambda url: (200, "image/png", PICTURE.content)
    channel = sms(twilio, mms=mms)
    assert await channel.find(outbound(PICTURE)) is None
    receipt = await channel.send(outbound(PICTURE))
    assert await channel.find(outbound(PICTURE)) == receipt
    assert await channel.find(outbound(replace(PICTURE, name="other.png"))) is None

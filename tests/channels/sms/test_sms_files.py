"""Files of an MMS come after their message was stored, from Twilio's storage alone, and our secret goes nowhere else."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from typing import cast
from uuid import UUID

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from bot.converse import Speaker
from bot.dialogue import Dialogue
from bot.jobs import run_some
from channels.sms import Sms
from channels.twilio_api import TwilioApi
from core.errors import PermanentFailure, TemporaryFailure
from store.models import Attachment, Job
from tests.bot.scripted import ScriptedDialogue
from tests.channels.sms.conftest import Line
from tests.channels.sms.provider import INBOX, sms_settings
from tests.company import StandingClock
from tests.fakes.serving import serving
from tests.fakes.twilio import ACCOUNT, FakeTwilio, signed

PICTURE = b"\x89PNG a picture"
MEDIA = "ME" + "b" * 32


def url(twilio: FakeTwilio, media: str = MEDIA, account: str = ACCOUNT) -> str:
    return f"{twilio.url}/2010-04-01/Accounts/{account}/Messages/MM{'1' * 32}/Media/{media}"


def picture(line: Line, *media: str, kind: str = "image/png") -> None:
    """A customer sends these files without a word."""
    more = {"NumMedia": str(len(media))}
    for place, name in enumerate(media):
        more |= {f"MediaUrl{place}": url(line.twilio, name), f"MediaContentType{place}": kind}
    call = signed(line.url, line.twilio.text("", **more))
    line.bring(call)
    line.bring(call)


def run_jobs(line: Line) -> None:
    speaker = Speaker(line.house, cast("Dialogue", ScriptedDialogue()))
    asyncio.run(run_some(speaker, "w"))


def test_a_picture_is_named_at_once_and_brought_later(line: Line) -> None:
    line.twilio.files[MEDIA] = PICTURE
    picture(line, MEDIA)
    assert Attachment.objects.get().problem == "kept by Twilio, not fetched"
    assert Job.objects.count() == 1, "one job, though the message was brought twice"
    run_jobs(line)
    row = Attachment.objects.select_related("message__address").get()
    address = row.message.address
    key = line.house.vault.open(
        address.key_wrapped, address.id, f"attachment.key:{row.stored_as}", bytes(row.key_cipher)
    )
    assert line.house.files.read(row.stored_as, key) == PICTURE
    assert (row.problem, row.size) == ("", len(PICTURE))


def test_what_is_not_there_yet_is_tried_again_and_holds_up_no_other_file(
    line: Line, clock: StandingClock
) -> None:
    other = "ME" + "c" * 32
    line.twilio.files[other] = PICTURE
    picture(line, MEDIA, other)
    run_jobs(line)
    assert Job.objects.get().state == Job.State.WAITING
    assert Attachment.objects.exclude(stored_as="").count() == 1
    line.twilio.files[MEDIA] = PICTURE
    clock.advance(minutes=1)
    run_jobs(line)
    assert Job.objects.get().state == Job.State.DONE
    assert Attachment.objects.exclude(stored_as="").count() == 2


def test_what_never_comes_is_said(line: Line) -> None:
    line.twilio.files[MEDIA] = "https://evil.example/x"
    picture(line, MEDIA)
    run_jobs(line)
    assert Attachment.objects.get().problem == "this is not where Twilio keeps files"
    assert Job.objects.get().state == Job.State.DONE


def test_card_numbers_in_text_files_are_removed(line: Line) -> None:
    line.twilio.files[MEDIA] = b"my card is 4111 1111 1111 1111"
    picture(line, MEDIA, kind="text/plain")
    run_jobs(line)
    row = Attachment.objects.select_related("message__address").get()
    address = row.message.address
    key = line.house.vault.open(
        address.key_wrapped, address.id, f"attachment.key:{row.stored_as}", bytes(row.key_cipher)
    )
    assert b"4111 1111" not in line.house.files.read(row.stored_as, key)


def test_a_file_of_an_erased_customer_is_not_kept(line: Line) -> None:
    line.twilio.files[MEDIA] = PICTURE
    picture(line, MEDIA)
    address = Attachment.objects.select_related("message__address").get().message.address
    address.key_wrapped = None
    address.save()
    run_jobs(line)
    assert Attachment.objects.get().stored_as == ""


@pytest.mark.parametrize(
    "place",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://evil.example/x",
        "https://twilio.com.evil.example/x",
        "https://eviltwilio.com/x",
        "http://mms.twiliocdn.com/x",
        "https://mms.twiliocdn.com:8443/x",
        "https://user@evil.example/x.twiliocdn.com",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "//evil.example/x",
    ],
)
async def test_no_redirect_leads_out_of_twilios_storage(twilio: FakeTwilio, place: str) -> None:
    twilio.files[MEDIA] = place
    with pytest.raises(PermanentFailure, match="not where Twilio keeps files"):
        await Sms(INBOX, sms_settings(twilio.url)).fetch(url(twilio))


@pytest.fixture
def mounted() -> Iterator[FakeTwilio]:
    """A whole Twilio below a path, as the playground has one, and somebody else's storage beside it."""
    fake = FakeTwilio(files={MEDIA: PICTURE})
    beside = FakeTwilio(files={MEDIA: b"not for us"})
    app = Starlette(routes=[Mount("/twilio", fake.app), Mount("/", beside.app)])
    with serving(app) as root:
        fake.url = f"{root}/twilio"
        yield fake


async def test_a_fake_below_a_path_keeps_files_there(mounted: FakeTwilio) -> None:
    channel = Sms(INBOX, sms_settings(mounted.url))
    assert await channel.fetch(url(mounted)) == PICTURE


@pytest.mark.parametrize(
    "place",
    [
        "{root}/storage/{media}",
        "{root}/twilio/../storage/{media}",
        "{root}/twilio/%2e%2e/storage/{media}",
        "{root}/twilio/..%2fstorage/{media}",
        "{root}/twilio\\..\\storage/{media}",
        "{root}/twiliostorage/{media}",
        "http://localhost:{port}/twilio/storage/{media}",
        "http://127.0.0.1:{port}@evil.example/twilio/storage/{media}",
    ],
)
async def test_and_nothing_beside_that_path_is_fetched(mounted: FakeTwilio, place: str) -> None:
    root = mounted.url.removesuffix("/twilio")
    port = root.rpartition(":")[2]
    mounted.files[MEDIA] = place.format(root=root, port=port, media=MEDIA)
    with pytest.raises(PermanentFailure, match="not where Twilio keeps files"):
        await Sms(INBOX, sms_settings(mounted.url)).fetch(url(mounted))


@pytest.mark.parametrize("start", ["named", "redirected"])
async def test_the_real_twilio_never_leads_to_this_machine(
    mounted: FakeTwilio, monkeypatch: pytest.MonkeyPatch, start: str
) -> None:
    """The same addresses with the settings of the real provider, whose API would send us there."""
    inside = url(mounted) if start == "named" else f"{mounted.url}/storage/{MEDIA}"
    asked: list[str] = []

    def api(request: httpx2.Request) -> httpx2.Response:
        asked.append(str(request.url))
        return httpx2.Response(307, headers={"location": inside})

    client = httpx2.AsyncClient(transport=httpx2.MockTransport(api))
    monkeypatch.setattr(TwilioApi, "_opened", lambda self: client)
    real = FakeTwilio(url="https://api.twilio.com")
    with pytest.raises(PermanentFailure, match="not where Twilio keeps files"):
        await Sms(INBOX, sms_settings()).fetch(inside if start == "named" else url(real))
    assert asked == ([] if start == "named" else [url(real)])


@pytest.mark.parametrize("account", ["AC" + "6" * 32, f"{ACCOUNT}@evil.example"])
async def test_nothing_else_is_fetched(twilio: FakeTwilio, account: str) -> None:
    channel = Sms(INBOX, sms_settings(twilio.url))
    for reference in (
        url(twilio, account=account),
        "https://evil.example/x",
        "",
        f"{twilio.url}/storage/x",
    ):
        with pytest.raises(PermanentFailure):
            await channel.fetch(reference)


async def test_a_circle_and_a_giant_end(
    twilio: FakeTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = Sms(INBOX, sms_settings(twilio.url))
    twilio.files[MEDIA] = url(twilio)
    with pytest.raises(PermanentFailure, match="circle"):
        await channel.fetch(url(twilio))
    monkeypatch.setattr("channels.bounded.LIMIT", 1024)
    twilio.files[MEDIA] = b"x" * 4096
    with pytest.raises(PermanentFailure, match="larger"):
        await channel.fetch(url(twilio))
    with pytest.raises(TemporaryFailure):
        await Sms(INBOX, sms_settings("http://127.0.0.1:9")).fetch(
            url(twilio).replace(twilio.url, "http://127.0.0.1:9")
        )


HOSTS = [
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "0", "0.0.0.0", "[::1]", "[::]",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "localhost", "LOCALHOST",
    "localhost.", "localhost.localdomain", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "[fd00::1]",
    "[fe80::1]", "100.64.0.1", "metadata.google.internal", "twilio.com", "api.twilio.com.evil.example",
    "mms.twiliocdn.com.evil.example", "xtwiliocdn.com", "api.twilio.com@127.0.0.1", "127.0.0.1#.twilio.com",
    "127.0.0.1?.twilio.com", "127.0.0.1\\.twilio.com", "127.0.0.1%2f.twilio.com", "①②⑦.⓪.⓪.①", "127。0。0。1",
]  # fmt: skip
BROKEN = ["https://mms.twiliocdn.com:99999/x", "https://[mms.twiliocdn.com/x", "https://:443/x"]
SCHEMES = ["http", "https", "file", "gopher", "ftp", "dict", "HTTP", ""]


async def test_no_inner_address_is_ever_asked(twilio: FakeTwilio) -> None:
    """First as what a message names, then as where Twilio's API seems to point (R43)."""
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.settimeout(0.05)
        port = canary.getsockname()[1]
        hostile = [
            f"{scheme}{':' if scheme else ''}//{host}{where}"
            for scheme in SCHEMES
            for host in HOSTS
            for where in (f":{port}/x", "/x")
        ]
        assert len(hostile) >= 300
        channel = Sms(INBOX, sms_settings(twilio.url))
        for place in hostile:
            with pytest.raises(PermanentFailure):
                await channel.fetch(place)
        for place in [*filter(str.isascii, hostile[::7]), *BROKEN]:
            twilio.files[MEDIA] = place
            with pytest.raises(PermanentFailure):
                await channel.fetch(url(twilio))
        with pytest.raises(TimeoutError):
            canary.accept()


def test_ids_of_jobs_name_no_person(line: Line) -> None:
    picture(line, MEDIA)
    payload = Job.objects.get().payload
    assert set(payload) == {"inbox", "message", "files"}
    assert UUID(payload["message"])

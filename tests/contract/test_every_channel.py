"""The contract, over every registered channel. README.md beside this file says what a channel brings along."""

from __future__ import annotations

import base64
import dataclasses
import json
import logging
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from channels.contract import (
    Arrival,
    Capabilities,
    Channel,
    LimitsFiles,
    Streams,
    Tries,
    is_streamed,
)
from channels.registry import channel_class, names
from core import errors
from core.errors import Failed, MalformedPayload, PermanentFailure, Rejected
from core.message import Attached, Button, Receipt
from tests.contract.provider import OUTCOMES, Provider
from tests.fakes.forms import png
from tests.fakes.mail import NotHere
from tests.fakes.serving import serving

ROOT = Path(__file__).parents[2]
RECORDINGS = [
    (name, path)
    for name in names()
    for path in sorted((ROOT / "tests/channels" / name / "recordings").glob("*.json"))
]


@pytest.fixture(scope="session")
def providers() -> Iterator[dict[str, Provider]]:
    """The providers that were needed so far, each started once."""
    started: dict[str, Provider] = {}
    yield started
    for provider in started.values():
        provider.stop()


def provider_of(name: str) -> Provider:
    """The provider of a channel, not started yet."""
    made: Provider = import_module(f"tests.channels.{name}.provider").provider()
    return made


@pytest.fixture(params=names())
def provider(request: pytest.FixtureRequest, providers: dict[str, Provider]) -> Provider:
    if request.param not in providers:
        provider = provider_of(request.param)
        try:
            provider.start()
        except NotHere as reason:
            if os.environ.get("CI"):
                pytest.fail(str(reason))
            pytest.skip(str(reason))
        providers[request.param] = provider
    return providers[request.param]


@pytest.fixture(scope="session")
def shelf() -> Iterator[Callable[[Attached], str]]:
    """Puts a file where whoever knows its address gets it; says that address."""
    kept: dict[str, Attached] = {}

    async def give(request: Request) -> Response:
        file = kept[request.path_params["mark"]]
        return Response(file.content, media_type=file.media_type)

    with serving(Starlette(routes=[Route("/files/{mark}", give)])) as url:

        def put(file: Attached) -> str:
            kept[str(len(kept))] = file
            return f"{url}/files/{len(kept) - 1}"

        yield put


@pytest.mark.parametrize("name", names())
def test_whether_replies_are_streamed_is_known_of_the_class(name: str) -> None:
    kind = channel_class(name)
    assert is_streamed(kind) == isinstance(object.__new__(kind), Streams) == (name == "webchat")


@pytest.mark.parametrize("name", names())
def test_a_channel_is_complete(name: str) -> None:
    kind = channel_class(name)
    assert kind.name == name
    assert isinstance(kind.can, Capabilities)
    assert kind.can.text_length > 0
    assert (ROOT / f"docs/channels/{name}.md").exists(), "a channel has a page"
    assert sum(found == name for found, _ in RECORDINGS) >= 5, "a channel has recordings"


@pytest.mark.parametrize("name", names())
def test_settings_hide_every_secret(name: str) -> None:
    model = channel_class(name).Settings
    assert model.model_config.get("extra") == "forbid", "an unknown key is an error"
    for field, about in model.model_fields.items():
        if field.endswith(("secret", "password", "token", "_key")):
            assert about.annotation in (SecretStr, SecretStr | None), f"{field} is shown in clear"


# ---- what arrives -------------------------------------------------------------------------------


def recorded(about: dict[str, Any]) -> Arrival:
    about = dict(about)
    lines, encoded = about.pop("body_lines", None), about.pop("body_base64", None)
    body = "\r\n".join(lines) if lines is not None else about.pop("body", "")
    about["body"] = base64.b64decode(encoded) if encoded is not None else body.encode()
    about["received_at"] = datetime.fromisoformat(about["received_at"])
    return Arrival(**about)


def plain(value: Any) -> Any:
    """A value of `core.message` as JSON would show it."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def named_in(expected: Any, found: Any) -> Any:
    """`found` reduced to what `expected` names."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return {key: named_in(expected[key], found.get(key)) for key in expected}
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        return [named_in(wanted, item) for wanted, item in zip(expected, found, strict=True)]
    return found


@pytest.mark.parametrize(("provider", "path"), RECORDINGS, indirect=["provider"], ids=str)
def test_recordings_parse_as_expected(provider: Provider, path: Path) -> None:
    recording = json.loads(path.read_text())
    arrival, expected = recorded(recording["arrival"]), recording["expected"]
    if isinstance(expected, dict):
        with pytest.raises(getattr(errors, expected["raises"])):
            provider.channel.parse(arrival)
        return
    inbounds = provider.channel.parse(arrival)
    assert named_in(expected, plain(inbounds)) == expected
    assert provider.channel.parse(arrival) == inbounds, "parse is pure"


def test_a_genuine_arrival_passes(provider: Provider) -> None:
    arrival = provider.arrival("Where is my order?")
    provider.channel.verify(arrival)
    (inbound,) = provider.channel.parse(arrival)
    assert inbound.text == "Where is my order?"
    assert inbound.at.tzinfo is not None
    assert inbound.sender.kind is provider.channel.can.address
    assert inbound.raw == arrival.body


def refused(channel: Channel, arrival: Arrival) -> Rejected | None:
    try:
        channel.verify(arrival)
    except Rejected as refusal:
        return refusal
    return None


def test_forgeries_are_refused(provider: Provider) -> None:
    forgeries = provider.forgeries()
    assert len(forgeries) >= 5
    for about, arrival in forgeries.items():
        refusal = refused(provider.channel, arrival)
        assert refusal is not None, f"{about} was accepted"
        assert not any(secret in str(refusal) for secret in provider.secrets)


def test_broken_headers_are_refused_or_still_genuine(provider: Provider) -> None:
    arrival = provider.arrival("hello")
    for name in arrival.headers:
        without = {key: value for key, value in arrival.headers.items() if key != name}
        refused(provider.channel, dataclasses.replace(arrival, headers=without))
        for value in ("", "\u00e9\u4e2d", "x" * 20_000):
            broken = {**without, name: value}
            refused(provider.channel, dataclasses.replace(arrival, headers=broken))


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=st.binary(max_size=2000))
def test_parse_survives_garbage(provider: Provider, body: bytes) -> None:
    arrival = provider.with_body(body)
    try:
        first = provider.channel.parse(arrival)
    except MalformedPayload:
        return
    assert provider.channel.parse(arrival) == first


def test_our_own_echo_comes_to_nothing(provider: Provider) -> None:
    for arrival in provider.echoes():
        provider.channel.verify(arrival)
        assert provider.channel.parse(arrival) == []


def test_a_retry_is_the_same_message(provider: Provider) -> None:
    arrival = provider.arrival("once")
    (first,) = provider.channel.parse(arrival)
    (again,) = provider.channel.parse(provider.retried(arrival))
    (other,) = provider.channel.parse(provider.arrival("something else"))
    assert first.external_id == again.external_id
    assert first.external_id != other.external_id


def test_an_arrival_is_acknowledged(provider: Provider) -> None:
    assert 200 <= provider.channel.acknowledge(provider.arrival("hello")).status < 300


# ---- what is sent -------------------------------------------------------------------------------


async def attempted(provider: Provider) -> Receipt | Failed:
    try:
        return await provider.channel.send(provider.outbound("hello"))
    except Failed as failure:
        return failure


@pytest.mark.parametrize("outcome", OUTCOMES)
async def test_outcomes_map_to_errors(
    provider: Provider, outcome: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    expected, channel = OUTCOMES[outcome], provider.channel
    if isinstance(channel, Streams):
        with pytest.raises(PermanentFailure):
            await channel.send(provider.outbound("hello"))
        assert channel.streamed(7) == channel.streamed(7) != channel.streamed(8)
        return
    provider.behave(outcome)
    came = await attempted(provider)
    provider.behave("taken")
    if expected.error is None:
        assert isinstance(came, Receipt)
        assert came.provider_id
        return
    assert isinstance(came, expected.error)
    assert getattr(came, "certain", True) is expected.certain
    told = f"{came!r} {came} {caplog.text}"
    assert not any(secret in told for secret in provider.secrets)


async def test_a_trial_names_what_is_in_order_and_says_nothing(
    provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    channel, at = provider.channel, provider.arrival("hello").received_at
    before = len(provider.sent())
    assert isinstance(channel, Tries), "a channel can be tried out"
    found = await channel.try_out(at)
    assert found
    assert len(provider.sent()) == before
    told = f"{found!r} {caplog.text}"
    assert not any(secret in told for secret in provider.secrets)
    if isinstance(channel, Streams):
        return
    provider.behave("away")
    with pytest.raises(Failed) as failed:
        await provider.channel.try_out(at)
    provider.behave("taken")
    assert not any(secret in str(failed.value) for secret in provider.secrets)


async def test_the_answer_finds_its_thread(provider: Provider) -> None:
    channel = provider.channel
    (inbound,) = channel.parse(provider.arrival("question"))
    if isinstance(channel, Streams):
        answer, keys = provider.answer(Receipt("stream:1")), inbound.own_keys
    else:
        outbound = dataclasses.replace(provider.outbound("reply"), in_reply_to=inbound.own_keys)
        receipt = await channel.send(outbound)
        answer, keys = provider.answer(receipt), receipt.own_keys
    channel.verify(answer)
    (follow_up,) = channel.parse(answer)
    assert set(follow_up.thread_keys) & set(keys)


async def test_what_is_declared_arrives_and_nothing_else(provider: Provider) -> None:
    channel = provider.channel
    if isinstance(channel, Streams):
        return
    line = "All that may be said. "
    text = (line * (channel.can.text_length // len(line))).strip()
    buttons = tuple(Button(f"choice {n}", f"c{n}") for n in range(channel.can.buttons or 1))
    file = Attached("a.txt", "text/plain", b"content")
    outbound = dataclasses.replace(provider.outbound(text), buttons=buttons)
    beside = () if channel.can.files_apart else (file,)
    before = len(provider.sent())
    await channel.send(dataclasses.replace(outbound, attachments=beside))
    delivered = provider.sent()[before:]
    assert " ".join(delivered[0].text.split()) == text
    assert delivered[0].buttons == channel.can.buttons
    carries = bool(channel.can.attachment_bytes) and not channel.can.files_apart
    assert delivered[0].attachments == int(carries)


@pytest.mark.parametrize(
    "file",
    [
        Attached("a.txt", "text/plain", b"content"),
        Attached("photo \u00fc.png", "image/png", png()),
        Attached("paper.pdf", "application/pdf", b"%PDF-1.7 paper"),
    ],
    ids=lambda file: file.media_type,
)
async def test_a_file_arrives_in_one_message_of_its_own_or_beside_the_words(
    provider: Provider, shelf: Callable[[Attached], str], file: Attached
) -> None:
    """Itself, or where the channel carries none the address at which it can be had."""
    channel = provider.channel
    if isinstance(channel, Streams) or not channel.can.attachment_bytes:
        return
    assert isinstance(channel, LimitsFiles) or not channel.can.files_apart
    link = shelf(file) if channel.can.file_links else ""
    words = "" if channel.can.files_apart else "Here it is."
    outbound = dataclasses.replace(
        provider.outbound(words),
        key=file.media_type,
        attachments=(dataclasses.replace(file, link=link),),
    )
    before = len(provider.sent())
    await channel.send(outbound)
    (one,) = provider.sent()[before:]
    assert one.attachments == 1 or (link and link in one.text)


async def test_a_file_that_cannot_go_is_refused_before_and_never_sent(provider: Provider) -> None:
    channel = provider.channel
    if not isinstance(channel, LimitsFiles):
        return
    limit = channel.can.attachment_bytes
    for size in (0, limit + 1):
        assert channel.objection("application/zip", size)
        file = Attached("a.zip", "application/zip", bytes(size), link="http://127.0.0.1:9/a")
        before = len(provider.sent())
        outbound = dataclasses.replace(provider.outbound(""), attachments=(file,))
        with pytest.raises(PermanentFailure):
            await channel.send(outbound)
        assert len(provider.sent()) == before


def test_no_secret_is_shown(provider: Provider) -> None:
    assert provider.secrets
    channel = provider.channel
    shown = f"{channel!r} {channel} {vars(channel).get('settings')!r} {provider.arrival('hello')!r}"
    assert not any(secret in shown for secret in provider.secrets)

"""The contract of what is written in public, over every registered channel that `SeesPosts`. README.md beside this file says
what such a channel brings along."""

from __future__ import annotations

import dataclasses
import logging
import os
from collections.abc import Iterator
from importlib import import_module
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.contract import Channel
from channels.contract_posts import SeesPosts
from channels.registry import channel_class, names
from core.errors import Failed, MalformedPayload, PermanentFailure, Rejected, TemporaryFailure
from core.message import AddressKind, Outbound, Sender
from core.post import PostChange, Posted
from tests.contract.provider import PostsProvider
from tests.fakes.mail import NotHere

SEEING = [name for name in names() if issubclass(channel_class(name), SeesPosts)]
PROVIDERS: dict[str, PostsProvider] = {
    f"{name}: {kind}": provider
    for name in SEEING
    for kind, provider in import_module(
        f"tests.channels.{name}.posts_provider"
    ).posts_providers().items()
}  # fmt: skip
ASKED = "Is the blue one back in stock?"


@pytest.fixture(scope="module")
def started() -> Iterator[set[str]]:
    """Those that were needed so far, each started once."""
    running: set[str] = set()
    yield running
    for name in running:
        PROVIDERS[name].stop()


@pytest.fixture(params=PROVIDERS)
def provider(request: pytest.FixtureRequest, started: set[str]) -> PostsProvider:
    provider = PROVIDERS[request.param]
    if request.param not in started:
        try:
            provider.start()
        except NotHere as reason:
            if os.environ.get("CI"):
                pytest.fail(str(reason))
            pytest.skip(str(reason))
        started.add(request.param)
    return provider


def seeing(channel: Channel) -> SeesPosts:
    assert isinstance(channel, SeesPosts)
    return channel


def only(provider: PostsProvider, text: str = ASKED) -> Posted:
    (posted,) = seeing(provider.channel).posts(provider.posted(text))
    return posted


async def author_of(provider: PostsProvider, posted: Posted) -> Sender:
    """Who wrote it, asked for where the arrival does not say."""
    found = posted.author or (await seeing(provider.channel).look_up(posted.look_up)).author
    assert found is not None
    return found


def test_what_is_said_in_public_is_a_post_and_no_message(provider: PostsProvider) -> None:
    arrival = provider.posted(ASKED)
    provider.channel.verify(arrival)
    assert provider.channel.parse(arrival) == []
    (posted,) = seeing(provider.channel).posts(arrival)
    assert seeing(provider.channel).posts(arrival) == [posted], "it is pure"
    assert posted.change is PostChange.NEW
    assert posted.at.tzinfo is not None
    assert posted.author is None or posted.author.kind is AddressKind.PUBLIC
    assert posted.text == ASKED or posted.look_up, "what is missing can be asked for"
    assert posted.private is None or posted.private_until is not None


def test_what_is_said_to_us_alone_is_no_post(provider: PostsProvider) -> None:
    assert seeing(provider.channel).posts(provider.arrival(ASKED)) == []
    for arrival in provider.echoes():
        assert seeing(provider.channel).posts(arrival) == []


def test_our_own_words_in_public_come_to_nothing(provider: PostsProvider) -> None:
    assert provider.own_words()
    for arrival in provider.own_words():
        provider.channel.verify(arrival)
        assert seeing(provider.channel).posts(arrival) == []
        assert provider.channel.parse(arrival) == []


def test_a_retry_is_the_same_post(provider: PostsProvider) -> None:
    arrival = provider.posted(ASKED)
    (first,) = seeing(provider.channel).posts(arrival)
    (again,) = seeing(provider.channel).posts(provider.retried(arrival))
    other = only(provider, "Something else")
    assert (first.external_id, first.key) == (again.external_id, again.key)
    assert first.external_id != other.external_id
    assert first.key != other.key


def test_a_forged_post_is_refused(provider: PostsProvider) -> None:
    arrival = provider.posted(ASKED)
    wrong = [
        dataclasses.replace(arrival, body=arrival.body.replace(b"1", b"2")),
        dataclasses.replace(arrival, body=arrival.body + b" "),
        dataclasses.replace(arrival, headers={}),
    ]
    for forged in wrong:
        with pytest.raises(Rejected):
            provider.channel.verify(forged)


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=st.binary(max_size=1000), at=st.integers(0, 400))
def test_posts_survive_garbage(provider: PostsProvider, body: bytes, at: int) -> None:
    """Bytes of any kind, and a genuine call with some of them in it."""
    genuine = provider.posted(ASKED).body
    for tried in (body, genuine[:at] + body[:4] + genuine[at + 2 :]):
        arrival = provider.with_body(tried)
        try:
            found = seeing(provider.channel).posts(arrival)
        except MalformedPayload:
            continue
        assert seeing(provider.channel).posts(arrival) == found


async def test_what_is_missing_is_looked_up(provider: PostsProvider) -> None:
    posted = only(provider)
    if not posted.look_up:
        assert posted.author is not None
        assert posted.text == ASKED
        return
    looked = await seeing(provider.channel).look_up(posted.look_up)
    assert (posted.text or looked.text) == ASKED
    assert posted.author or looked.author
    assert looked.at is None or looked.at.tzinfo is not None


async def test_a_link_is_one_that_a_person_may_follow(provider: PostsProvider) -> None:
    posted = only(provider)
    looked = await seeing(provider.channel).look_up(posted.look_up) if posted.look_up else None
    link = posted.link or (looked.link if looked else "")
    assert link == "" or urlsplit(link).scheme == "https"


async def test_what_never_comes_is_told_from_what_comes_later(
    provider: PostsProvider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    gone = provider.vanished()
    told = ""
    for reference in ("", "no such reference", "mention:../../me", "\x00", gone):
        with pytest.raises(PermanentFailure) as never:
            await seeing(provider.channel).look_up(reference)
        told += f"{never.value!r} {never.value}"
    asked_for = only(provider).look_up
    for outcome in ("away", "broken", "busy") if asked_for else ("away",):
        reference = asked_for or gone
        provider.behave(outcome)
        with pytest.raises(TemporaryFailure) as later:
            await seeing(provider.channel).look_up(reference)
        told += f"{later.value!r} {later.value}"
        provider.behave("taken")
    told += caplog.text
    assert not any(secret in told for secret in provider.secrets)


async def test_an_answer_stands_where_it_was_asked(provider: PostsProvider) -> None:
    """And nowhere else: nobody is written to in private by it."""
    posted = only(provider)
    to = await author_of(provider, posted)
    private, text = len(provider.sent()), f"Next week. {len(provider.read_by_all())}"
    outbound = Outbound(
        key="row-1",
        to=to,
        text=text,
        in_reply_to=(posted.key,),
        at=posted.at,
        sent_at=posted.at,
        heard_at=posted.at,
    )
    receipt = await provider.channel.send(outbound)
    assert receipt.provider_id
    assert provider.read_by_all()[-1] == text
    assert len(provider.sent()) == private


async def test_an_answer_to_what_is_gone_fails_for_good(provider: PostsProvider) -> None:
    posted = only(provider)
    to = await author_of(provider, posted)
    outbound = Outbound(key="row-1", to=to, text="Too late.", in_reply_to=(f"{posted.key}0",))  # type: ignore[arg-type]
    with pytest.raises(Failed):
        await provider.channel.send(outbound)
    assert "Too late." not in provider.read_by_all()

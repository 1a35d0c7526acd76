"""What is sent to Slack: nothing a person typed becomes a mark of Slack's, limits hold, refusals mean what they say."""

from __future__ import annotations

import gzip
import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from channels.slack import Slack
from channels.slack_blocks import blocks_of, fallback
from channels.slack_text import marked, plain, sections
from core.errors import Failed, PermanentFailure, TemporaryFailure
from core.ids import ThreadKey
from core.knowledge import Citation
from core.message import AddressKind, Button, Outbound, Sender
from tests.channels.slack.provider import INBOX, NOW, shown_text, slack_settings
from tests.fakes.slack import ANN, HELP, RANDOM, TEAM, FakeSlack
from tests.fakes.slack_rules import are_blocks, refusal_of_message

DATA = Path(os.environ.get("THREADLINE_DATA") or Path(__file__).parents[3].parent / "shared/data")

HOSTILE = [
    "<!channel> <!here> <!everyone>",
    "<@U0ANN> <#C0HELP> <!subteam^S1>",
    "<https://evil.example|https://bank.example>",
    "a < b && b > c",
    "https://a.example/?q=<!channel>",
    "https://a.example/|<@U0ANN>",
    "&lt;!channel&gt;",
    "<!date^1^{date}^https://evil.example|x>",
    "*bold* _it_ ~no~ `code` ```block```",
    "\u202e<!here>\u200b",
]


def reply(text: str = "hello", **more: Any) -> Outbound:
    """To Ann, directly."""
    to = Sender(AddressKind.SLACK, f"{TEAM}:{ANN}")
    return Outbound(key="row-7", to=to, text=text, at=NOW, **more)


@pytest.fixture
def channel(slack: FakeSlack) -> Slack:
    slack.clock = NOW.timestamp
    return Slack(INBOX, slack_settings(slack.url))


async def failure_of(channel: Slack, outbound: Outbound) -> Failed:
    with pytest.raises(Failed) as caught:
        await channel.send(outbound)
    return caught.value


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_typed_becomes_a_mark(text: str) -> None:
    source = Citation("a", text, f"https://help.example.org/{text}", "", "r")
    blocks = blocks_of(reply(text, citations=(source,), author=text, buttons=(Button(text, text),)))
    for written in parsed_by_slack(blocks):
        for found in re.findall(r"<([^<>]*)>?", written):
            assert re.match(r"https?://", found), f"{found} is a mark"
    assert not re.search(r"<(?!https?://)", fallback(reply(text)))


def parsed_by_slack(part: Any) -> Iterator[str]:
    """The texts in which Slack looks for marks."""
    if isinstance(part, list):
        for item in part:
            yield from parsed_by_slack(item)
    elif isinstance(part, dict):
        if part.get("type") == "mrkdwn":
            yield part["text"]
        yield from parsed_by_slack(list(part.values()))


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_written_reads_as_it_was_meant(text: str) -> None:
    assert plain(marked(text)) == text.strip()


def test_only_web_addresses_become_links() -> None:
    for url in ("javascript:alert(1)", "file:///etc/passwd", "//x.example", "https://a b"):
        source = Citation("a", "Refunds", url, "", "r")
        (element,) = blocks_of(reply(citations=(source,)))[-1]["elements"]
        assert element["text"] == "Refunds"
    source = Citation("a", "Refunds | returns", "https://x.example/a?b=1&c=2", "", "r")
    (element,) = blocks_of(reply(citations=(source, source)))[-1]["elements"]
    assert element["text"] == "<https://x.example/a?b=1&amp;c=2|Refunds ¦ returns>"


@pytest.mark.parametrize(
    "text", ["&" * 3000, "word " * 600, "<" * 2999, "x" * 3000, "line\n" * 600]
)
def test_the_longest_texts_fit_their_blocks(text: str) -> None:
    buttons = tuple(Button("choice " * 20, "v" * 3000) for _ in range(10))
    sources = tuple(Citation("a", f"t{n}", f"https://x.example/{n}", "", "r") for n in range(20))
    outbound = reply(text, buttons=buttons, citations=sources, author="A" * 200)
    assert are_blocks(blocks_of(outbound), 50)
    assert refusal_of_message({"text": outbound.text, "blocks": blocks_of(outbound)}) == ""
    whole = "".join(plain(piece) for piece in sections(text))
    assert re.sub(r"\s", "", whole) == re.sub(r"\s", "", text)


def test_marks_are_read_as_words() -> None:
    assert plain("<@U0BOT>, hi", "U0BOT") == "hi"
    assert plain("hey <@U0BOT>: help", "U0BOT") == "hey help"
    assert plain("<mailto:a@x.example|a@x.example> <tel:+49|+49>") == "a@x.example +49"
    assert plain("<!here> <!subteam^S1|@desk> <!date^1^{date}|today>") == "@here @desk today"
    assert plain("<http://x.example|x.example> <https://x.example>") == (
        "http://x.example https://x.example"
    )
    assert plain("1 &lt; 2 &amp;amp; <#C1|shop>") == "1 < 2 &amp; #shop"


# ---- outcomes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code", ["channel_not_found", "is_archived", "not_in_channel", "msg_too_long"]
)
async def test_what_can_never_arrive_is_not_tried_again(
    channel: Slack, slack: FakeSlack, code: str
) -> None:
    slack.scripts.append(("chat.postMessage", code))
    failure = await failure_of(channel, reply())
    assert isinstance(failure, PermanentFailure)
    assert str(failure) == f"chat.postMessage: {code}"


@pytest.mark.parametrize(
    ("behaviour", "certain"),
    [
        ("503", True),
        ("500", False),
        ("garbage", False),
        ("hang up", False),
        ("fatal_error", False),
        ("internal_error", False),
        ("token_revoked", True),
        ("missing_scope", True),
        ("a_code_of_tomorrow", True),
    ],
)
async def test_what_may_be_mended_is_tried_again(
    channel: Slack, slack: FakeSlack, behaviour: str, certain: bool
) -> None:
    slack.scripts.append(("chat.postMessage", behaviour))
    failure = await failure_of(channel, reply())
    assert isinstance(failure, TemporaryFailure)
    assert failure.certain is certain


async def test_nothing_is_asked_before_the_time_that_slack_named(
    channel: Slack, slack: FakeSlack
) -> None:
    slack.scripts.append(("chat.postMessage", "429"))
    first = await failure_of(channel, reply())
    assert isinstance(first, TemporaryFailure)
    assert first.retry_after == 30
    second = await failure_of(channel, reply())
    assert isinstance(second, TemporaryFailure)
    assert 25 < (second.retry_after or 0) <= 30
    assert slack.calls == []
    assert await channel.find(reply()) is None, "other methods may be called"


def test_slacks_own_list_of_refusals_is_known() -> None:
    """Every documented error of chat.postMessage that names the message or its place is permanent."""
    path = DATA / "openapi/slack_web_openapi_v2_without_examples.json.gz"
    if not path.exists():
        pytest.skip("skipped: data absent")
    spec = json.loads(gzip.decompress(path.read_bytes()))["paths"]["/chat.postMessage"]["post"]
    codes = set(spec["responses"]["default"]["schema"]["properties"]["error"]["enum"])
    from channels.slack_api import _LIMITED, _REFUSED

    permanent = {"channel_not_found", "not_in_channel", "is_archived", "msg_too_long", "no_text"}
    assert permanent | {"too_many_attachments"} == codes & _REFUSED
    assert codes & _LIMITED == {"rate_limited"}


# ---- looking up ---------------------------------------------------------------------------------


async def test_an_earlier_attempt_is_found_in_direct_messages_and_threads(
    channel: Slack, slack: FakeSlack
) -> None:
    assert await channel.find(reply()) is None
    receipt = await channel.send(reply())
    assert (await channel.find(reply())) == receipt
    assert await channel.find(replace(reply(), key="row-8")) is None
    slack.say(ANN, HELP, "question")
    root = slack.messages[HELP][0]["ts"]
    in_thread = reply(in_reply_to=(ThreadKey(f"{TEAM}/{HELP}/{root}"),))
    assert await channel.find(in_thread) is None
    receipt = await channel.send(in_thread)
    assert await channel.find(in_thread) == receipt


async def test_a_busy_place_is_read_page_by_page(channel: Slack, slack: FakeSlack) -> None:
    slack.say(ANN, HELP, "question")
    root = slack.messages[HELP][0]["ts"]
    outbound = reply(in_reply_to=(ThreadKey(f"{TEAM}/{HELP}/{root}"),))
    for number in range(450):
        slack.say(ANN, HELP, f"more {number}", thread=root)
    receipt = await channel.send(outbound)
    assert await channel.find(outbound) == receipt
    asked = [call for method, call in slack.calls if method == "conversations.replies"]
    assert len(asked) == 3
    assert all(call["include_all_metadata"] in (1, "1", "true", True) for call in asked)
    assert float(asked[0]["oldest"]) == (NOW - timedelta(minutes=2)).timestamp()


async def test_who_cannot_look_says_so(channel: Slack, slack: FakeSlack) -> None:
    slack.scripts.append(("conversations.open", "missing_scope"))
    with pytest.raises(TemporaryFailure):
        await channel.find(reply())


async def test_a_place_that_is_gone_holds_nothing(channel: Slack, slack: FakeSlack) -> None:
    gone = reply(in_reply_to=(ThreadKey(f"{TEAM}/C0GONE/1.000001"),))
    assert await channel.find(gone) is None


async def test_the_token_goes_to_slack_alone() -> None:
    for url in (
        "https://evil.example/api/",
        "http://slack.com/api/",
        "https://slack.com.evil.example/",
    ):
        with pytest.raises(ValueError, match="address of Slack"):
            slack_settings().model_validate(
                {**slack_settings().model_dump(exclude_none=True), "api_url": url}
            )


async def test_text_is_shown_whole(channel: Slack, slack: FakeSlack) -> None:
    await channel.send(reply("Tom & Ann <3 https://x.example/a?b=1&c=2."))
    (said,) = slack.said(slack.direct(ANN))
    assert shown_text(said) == "Tom & Ann <3 https://x.example/a?b=1&c=2."
    assert said["metadata"]["event_payload"] == {"key": "row-7"}
    assert slack.messages.get(RANDOM) is None

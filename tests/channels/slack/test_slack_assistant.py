"""The assistant view: offered questions, each chat a conversation, the sign that we write."""

from __future__ import annotations

import json

import pytest

from channels.slack import Slack
from channels.slack_assistant import showing_in
from core.errors import Failed, MalformedPayload
from tests.channels.slack.conftest import Office
from tests.channels.slack.provider import INBOX, arrived, slack_settings
from tests.fakes.slack import ANN, HELP, FakeSlack

PROMPTS = ("How do I reset my password?", "Where is my order?")


@pytest.fixture
def channel(slack: FakeSlack) -> Slack:
    return Slack(INBOX, slack_settings(slack.url, prompts=PROMPTS))


async def test_opening_it_offers_questions(channel: Slack, slack: FakeSlack) -> None:
    (opened,) = slack.open_assistant(ANN)
    arrival = arrived(opened)
    assert channel.parse(arrival) == []
    await channel.react(arrival)
    (method, told) = slack.calls[-1]
    assert method == "assistant.threads.setSuggestedPrompts"
    assert [one["message"] for one in told["prompts"]] == list(PROMPTS)


async def test_what_is_said_there_shows_that_we_write(channel: Slack, slack: FakeSlack) -> None:
    slack.open_assistant(ANN)
    ((place, thread),) = slack.assistant_threads
    (said,) = slack.say(ANN, place, "Where is my order?", thread)
    (inbound,) = channel.parse(arrived(said))
    assert inbound.thread_keys == (f"T0ACME/{place}/{thread}",)
    await channel.react(arrived(said))
    method, told = slack.calls[-1]
    assert (method, told["thread_ts"]) == ("assistant.threads.setStatus", thread)


async def test_elsewhere_nothing_is_shown(channel: Slack, slack: FakeSlack) -> None:
    calls = len(slack.calls)
    for said in (
        *slack.say(ANN, HELP, "hello"),
        *slack.say(ANN, slack.direct(ANN), "hello"),
        *slack.open_home(ANN),
    ):
        await channel.react(arrived(said))
    assert len(slack.calls) == calls
    root = slack.messages[slack.direct(ANN)][0]["ts"]
    (said,) = slack.say(ANN, slack.direct(ANN), "in an ordinary thread", root)
    with pytest.raises(Failed):
        await channel.react(arrived(said))


def test_without_prompts_the_view_is_not_used(slack: FakeSlack) -> None:
    (opened,) = slack.open_assistant(ANN)
    assert showing_in(opened.body, slack_settings(slack.url)) is None
    with pytest.raises(MalformedPayload):
        showing_in(b"[]", slack_settings(slack.url, prompts=PROMPTS))
    odd = {"type": "event_callback", "event": {"type": "assistant_thread_started"}}
    assert showing_in(json.dumps(odd).encode(), slack_settings(prompts=PROMPTS)) is None


def test_each_chat_is_a_conversation(office: Office) -> None:
    slack = office.slack
    for text in ("one", "two"):
        before = set(slack.assistant_threads)
        slack.open_assistant(ANN)
        ((place, thread),) = slack.assistant_threads - before
        office.take(*slack.say(ANN, place, text, thread))
    assert sorted(office.texts()) == [["one"], ["two"]]

"""The fake keeps Slack's rules: the vendor's client meets the refusals it would meet there, and events come as from there."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler
from slack_sdk.web import WebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.fakes.slack import ANN, BOT_TOKEN, BOT_USER, HELP, OLD, RANDOM, TEAM, FakeSlack, running

DATA = Path(os.environ.get("THREADLINE_DATA") or Path(__file__).parents[3].parent / "shared/data")
SECTION: dict[str, Any] = {"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}


def button(value: str, name: str = "x") -> dict[str, Any]:
    text = {"type": "plain_text", "text": "Yes"}
    return {"type": "button", "action_id": name, "text": text, "value": value}


@pytest.fixture
def client(slack: FakeSlack) -> WebClient:
    """The vendor's, as it comes."""
    return WebClient(BOT_TOKEN, base_url=f"{slack.url}/api/")


def code_of(error: pytest.ExceptionInfo[SlackApiError]) -> str:
    return str(error.value.response["error"])


def test_the_vendors_client_reads_and_writes(client: WebClient, slack: FakeSlack) -> None:
    assert client.auth_test()["team_id"] == TEAM
    metadata = {"event_type": "order", "event_payload": {"id": "1"}}
    said = client.chat_postMessage(channel=HELP, text="hello", metadata=metadata)
    (found,) = client.conversations_history(channel=HELP)["messages"]
    assert "metadata" not in found
    (found,) = client.conversations_history(channel=HELP, include_all_metadata=True)["messages"]
    assert found["metadata"] == metadata
    client.chat_postMessage(channel=HELP, thread_ts=said["ts"], text="hello", blocks=[SECTION])
    replies = client.conversations_replies(channel=HELP, ts=said["ts"], limit=1)
    assert replies["has_more"]
    cursor = replies["response_metadata"]["next_cursor"]
    (last,) = client.conversations_replies(channel=HELP, ts=said["ts"], cursor=cursor)["messages"]
    assert last["thread_ts"] == said["ts"]
    direct = client.conversations_open(users=ANN)["channel"]["id"]
    assert client.chat_postMessage(channel=ANN, text="hi")["channel"] == direct
    client.chat_update(channel=HELP, ts=said["ts"], text="hello again")
    assert slack.said(HELP)[0]["text"] == "hello again"


@pytest.mark.parametrize(
    ("code", "call"),
    [
        ("channel_not_found", {"channel": "C0NOWHERE", "text": "x"}),
        ("is_archived", {"channel": OLD, "text": "x"}),
        ("not_in_channel", {"channel": RANDOM, "text": "x"}),
        ("msg_too_long", {"channel": HELP, "text": "x" * 40_001}),
        ("no_text", {"channel": HELP, "text": "  "}),
        ("thread_not_found", {"channel": HELP, "text": "x", "thread_ts": "1.000001"}),
        ("invalid_blocks", {"channel": HELP, "blocks": [{"type": "sections"}]}),
        ("invalid_blocks", {"channel": HELP, "blocks": [SECTION] * 51}),
        (
            "invalid_blocks",
            {
                "channel": HELP,
                "blocks": [{**SECTION, "text": {"type": "mrkdwn", "text": "x" * 3001}}],
            },
        ),
        ("invalid_blocks", {"channel": HELP, "blocks": [{"type": "context", "elements": []}]}),
        (
            "invalid_blocks",
            {"channel": HELP, "blocks": [{"type": "actions", "elements": [button("v" * 2001)]}]},
        ),
        (
            "invalid_blocks",
            {
                "channel": HELP,
                "blocks": [{"type": "actions", "elements": [button("1"), button("2")]}],
            },
        ),
        (
            "metadata_invalid_format",
            {"channel": HELP, "text": "x", "metadata": {"event_type": "x", "event_payload": "y"}},
        ),
    ],
)
def test_what_slack_refuses_is_refused(
    client: WebClient, slack: FakeSlack, code: str, call: dict[str, Any]
) -> None:
    with pytest.raises(SlackApiError) as refused:
        client.api_call("chat.postMessage", json=call)
    assert code_of(refused) == code
    assert slack.said(str(call["channel"])) == []


def test_tokens_and_unknown_methods_are_refused(client: WebClient, slack: FakeSlack) -> None:
    with pytest.raises(SlackApiError) as refused:
        WebClient("xoxb-other", base_url=client.base_url).auth_test()
    assert code_of(refused) == "invalid_auth"
    with pytest.raises(SlackApiError) as refused:
        client.api_call("chat.shout")
    assert code_of(refused) == "unknown_method"
    with pytest.raises(SlackApiError) as refused:
        client.views_open(trigger_id="stale", view={"type": "modal"})
    assert code_of(refused) == "invalid_trigger_id"
    slack.say(ANN, HELP, "mine")
    with pytest.raises(SlackApiError) as refused:
        client.chat_update(channel=HELP, ts=slack.messages[HELP][0]["ts"], text="yours")
    assert code_of(refused) == "cant_update_message"


def test_who_writes_too_fast_waits_as_the_vendors_client_does(
    client: WebClient, slack: FakeSlack
) -> None:
    slack.paces = True
    client.chat_postMessage(channel=HELP, text="one")
    with pytest.raises(SlackApiError) as refused:
        client.chat_postMessage(channel=HELP, text="two")
    assert refused.value.response.status_code == 429
    assert refused.value.response.headers["Retry-After"] == "1"
    client.chat_postMessage(channel=ANN, text="elsewhere")
    client.retry_handlers.append(RateLimitErrorRetryHandler(max_retry_count=2))
    client.chat_postMessage(channel=HELP, text="two")
    assert [one["text"] for one in slack.said(HELP)] == ["one", "two"]


def test_its_refusals_are_documented_ones() -> None:
    path = DATA / "openapi/slack_web_openapi_v2_without_examples.json.gz"
    if not path.exists():
        pytest.skip("skipped: data absent")
    paths = json.loads(gzip.decompress(path.read_bytes()))["paths"]
    for name in ("chat_postMessage", "chat_update", "conversations_open", "views_open"):
        assert hasattr(FakeSlack, f"_{name.lower()}")
        assert "/" + name.replace("_", ".", 1) in paths
    spec = paths["/chat.postMessage"]["post"]["responses"]["200"]["schema"]["required"]
    slack = FakeSlack()
    answer = json.loads(bytes(slack._chat_postmessage({"channel": HELP, "text": "x"}).body))
    assert set(spec) <= set(answer)


# ---- how events come ----------------------------------------------------------------------------


@dataclass
class Receiver:
    """A web server that answers with these statuses, then 200."""

    statuses: list[int] = field(default_factory=list)
    slow: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    heard: list[dict[str, str]] = field(default_factory=list)

    async def hear(self, request: Request) -> Response:
        await request.body()
        self.heard.append(dict(request.headers))
        if self.slow and len(self.heard) == 1:
            await asyncio.sleep(self.slow)
        return Response(
            status_code=self.statuses.pop(0) if self.statuses else 200, headers=self.headers
        )


@contextmanager
def listening(slack: FakeSlack, receiver: Receiver) -> Iterator[None]:
    server = FakeSlack()
    server.app = Starlette(routes=[Route("/events", receiver.hear, methods=["POST"])])
    slack.retry_after = (0.0, 0.0, 0.0)
    with running(server):
        slack.events_url = f"{server.url}/events"
        yield


def test_an_event_comes_again_three_times(slack: FakeSlack) -> None:
    receiver = Receiver([500, 404, 503, 500])
    with listening(slack, receiver):
        slack.say(ANN, HELP, "hello")
    told = [(h.get("x-slack-retry-num"), h.get("x-slack-retry-reason")) for h in receiver.heard]
    assert told == [(None, None), ("1", "http_error"), ("2", "http_error"), ("3", "http_error")]


def test_an_event_that_is_answered_too_late_comes_again(slack: FakeSlack) -> None:
    slack.answer_seconds = 0.2
    receiver = Receiver(slow=0.5)
    with listening(slack, receiver):
        slack.say(ANN, HELP, "hello")
    assert [h.get("x-slack-retry-reason") for h in receiver.heard] == [None, "http_timeout"]


def test_who_asks_for_no_retry_gets_none(slack: FakeSlack) -> None:
    receiver = Receiver([500], headers={"x-slack-no-retry": "1"})
    with listening(slack, receiver):
        slack.say(ANN, HELP, "hello")
    assert len(receiver.heard) == 1


def test_a_mention_makes_two_events_with_ids_of_their_own(slack: FakeSlack) -> None:
    first, second = (json.loads(one.body) for one in slack.say(ANN, HELP, f"<@{BOT_USER}> hi"))
    assert first["event_id"] != second["event_id"]
    assert (first["event"]["type"], second["event"]["type"]) == ("message", "app_mention")
    assert first["event"]["ts"] == second["event"]["ts"]
    assert len(slack.say(ANN, slack.direct(ANN), f"<@{BOT_USER}> hi")) == 1

"""Slack's own framework against the fake, as it comes: an app written with it hears, checks, answers and shows, by request URLs and over a socket.

Nothing of it is used in production (decision 0010); here it says whether the fake is a Slack.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from slack_bolt import App, Assistant
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.adapter.starlette import SlackRequestHandler
from slack_sdk.errors import SlackApiError
from slack_sdk.web import WebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.fakes.serving import serving
from tests.fakes.slack import (
    ANN,
    APP_TOKEN,
    BOT,
    BOT_TOKEN,
    BOT_USER,
    HELP,
    RANDOM,
    SIGNING_SECRET,
    TEAM,
    FakeSlack,
    Signed,
)

Json = dict[str, Any]
FORM: Json = {
    "type": "modal",
    "callback_id": "order",
    "title": {"type": "plain_text", "text": "Your order"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [
        {
            "type": "input",
            "block_id": "number",
            "label": {"type": "plain_text", "text": "Number"},
            "element": {"type": "plain_text_input", "action_id": "typed"},
        }
    ],
}
HOME: Json = {
    "type": "home",
    "blocks": [{"type": "header", "text": {"type": "plain_text", "text": "Orders"}}],
}
YES: Json = {
    "type": "actions",
    "block_id": "agreed",
    "elements": [
        {
            "type": "button",
            "action_id": "yes",
            "value": "yes",
            "text": {"type": "plain_text", "text": "Yes"},
        }
    ],
}


def an_app(slack: FakeSlack, secret: str = SIGNING_SECRET) -> App:
    """A small app as Slack's own guides show it."""
    client = WebClient(BOT_TOKEN, base_url=f"{slack.url}/api/")
    app = App(client=client, signing_secret=secret, process_before_response=True)

    @app.event("app_mention")
    def called(event: Json, say: Any) -> None:
        say(text=f"Hello <@{event['user']}>", blocks=[YES], thread_ts=event["ts"])

    @app.event("message")
    def heard(event: Json, context: Any) -> None:
        assert (context.team_id, context.bot_id, context.bot_user_id) == (TEAM, BOT, BOT_USER)

    @app.action("yes")
    def pressed(ack: Any, respond: Any, action: Json) -> None:
        ack()
        respond(text=f"You said {action['value']}", replace_original=True)

    @app.command("/support")
    def commanded(ack: Any, command: Json, client: WebClient) -> None:
        if command["text"]:
            ack(f"Heard: {command['text']}")
            return
        ack()
        client.views_open(trigger_id=command["trigger_id"], view=FORM)

    @app.shortcut("open_ticket")
    def chosen(ack: Any, shortcut: Json, respond: Any) -> None:
        ack()
        respond(f"About: {shortcut['message']['text']}")

    @app.view("order")
    def sent_off(ack: Any, view: Json) -> None:
        typed = view["state"]["values"]["number"]["typed"]["value"]
        if not typed.isdecimal():
            ack(response_action="errors", errors={"number": "Digits, please"})
            return
        done = {"type": "section", "text": {"type": "plain_text", "text": f"Order {typed}"}}
        ack(
            response_action="update",
            view={"type": "modal", "title": FORM["title"], "blocks": [done]},
        )

    @app.event("app_home_opened")
    def opened(event: Json, client: WebClient) -> None:
        client.views_publish(user_id=event["user"], view=HOME)

    return app


@contextmanager
def by_request(slack: FakeSlack, app: App) -> Iterator[str]:
    """The app at a request URL."""
    handler = SlackRequestHandler(app)

    async def hear(request: Request) -> Response:
        return await handler.handle(request)

    with serving(Starlette(routes=[Route("/slack/events", hear, methods=["POST"])])) as url:
        slack.events_url = slack.actions_url = f"{url}/slack/events"
        yield slack.events_url


@contextmanager
def by_socket(slack: FakeSlack, app: App) -> Iterator[None]:
    """The app over a socket."""
    handler = SocketModeHandler(app, APP_TOKEN)
    slack.socket_mode = True
    handler.connect()
    until(lambda: slack.opened_sockets)
    try:
        yield
    finally:
        handler.close()


def until(is_true: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not is_true():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture(params=["request URLs", "a socket"])
def app(request: pytest.FixtureRequest, slack: FakeSlack) -> Iterator[App]:
    app = an_app(slack)
    with (by_request if request.param == "request URLs" else by_socket)(slack, app) as url:
        yield app
    if url:
        assert {one.status for one in slack.deliveries} == {200}
    else:
        assert slack.acknowledged


@pytest.mark.usefixtures("app")
def test_it_hears_a_mention_answers_and_is_pressed(slack: FakeSlack) -> None:
    slack.say(ANN, HELP, f"<@{BOT_USER}> hello")
    until(lambda: slack.said(HELP))
    (said,) = slack.said(HELP)
    assert (said["text"], said["thread_ts"]) == (f"Hello <@{ANN}>", slack.messages[HELP][0]["ts"])
    slack.press(ANN, HELP, said["ts"], 1)
    until(lambda: slack.said(HELP)[0]["text"] == "You said yes")


@pytest.mark.usefixtures("app")
def test_it_answers_commands_and_shortcuts(slack: FakeSlack) -> None:
    slack.command(ANN, RANDOM, "my key")
    until(lambda: slack.whispers)
    slack.say(ANN, HELP, "my lamp")
    slack.shortcut(ANN, HELP, slack.messages[HELP][0]["ts"])
    until(lambda: len(slack.whispers) == 2)
    told = [(one["channel"], one["user"], one["text"]) for one in slack.whispers]
    assert told == [(RANDOM, ANN, "Heard: my key"), (HELP, ANN, "About: my lamp")]


@pytest.mark.usefixtures("app")
def test_it_opens_a_form_and_says_what_is_wrong_in_it(slack: FakeSlack) -> None:
    slack.command(ANN, RANDOM, "")
    until(lambda: slack.views)
    view = slack.views[0]
    slack.submit(ANN, view, {"number": "seven"})
    until(lambda: slack.answers.told)
    assert slack.answers.told == [(view["id"], {"number": "Digits, please"})]
    slack.submit(ANN, view, {"number": "7"})
    until(lambda: len(slack.views) == 2)
    assert slack.views[1]["blocks"][0]["text"]["text"] == "Order 7"


@pytest.mark.usefixtures("app")
def test_it_publishes_the_home_tab(slack: FakeSlack) -> None:
    slack.open_home(ANN)
    until(lambda: slack.homes)
    assert slack.homes == {ANN: HOME}


def test_it_holds_the_assistant_view(slack: FakeSlack) -> None:
    app, assistant = an_app(slack), Assistant()

    @assistant.thread_started
    def began(set_suggested_prompts: Any, say: Any) -> None:
        say("How can I help?")
        set_suggested_prompts(prompts=["Where is my parcel?"])

    @assistant.user_message
    def asked(payload: Json, set_status: Any, say: Any) -> None:
        set_status("is looking…")
        say(f"You asked: {payload['text']}")

    app.use(assistant)
    direct = slack.direct(ANN)
    with by_request(slack, app):
        slack.open_assistant(ANN)
        (root,) = [one for one in slack.said(direct) if "thread_ts" not in one]
        slack.say(ANN, direct, "where is it", thread=root["ts"])
        until(lambda: len(slack.said(direct)) == 3)
    answers = [one["text"] for one in slack.said(direct) if one.get("thread_ts") == root["ts"]]
    assert answers == ["How can I help?", "You asked: where is it"]
    called = [name for name, _ in slack.calls if name.startswith("assistant.")]
    assert called == ["assistant.threads.setSuggestedPrompts", "assistant.threads.setStatus"]
    assert {one.status for one in slack.deliveries} == {200}


def test_it_believes_what_the_fake_signs_and_nothing_else(slack: FakeSlack) -> None:
    """The framework's own check of requests, beside the client's (`test_slack_signatures`)."""
    with by_request(slack, an_app(slack)) as url:
        event = slack.event({"type": "message", "user": ANN, "text": "hi", "ts": "1.000001"})
        command = slack.command(ANN, RANDOM, "my key")[0]
        for good in (event, command, slack.retried(event, 1)):
            assert _status(url, good) == 200
        challenged = httpx2.post(
            url, content=slack.challenge().body, headers=slack.challenge().headers
        )
        assert challenged.json() == {"challenge": "3eZbrw1a"}
        stale = replace(slack, clock=lambda: time.time() - 301).signed(event.body)
        other = replace(slack, secret="00" * 16).signed(event.body)
        altered = replace(event, body=event.body.replace(b"hi", b"ho"))
        for bad in (stale, other, altered, replace(event, headers={})):
            assert _status(url, bad) == 401
    slack.deliveries.clear()
    with by_request(slack, an_app(slack, secret="11" * 16)):
        slack.command(ANN, RANDOM, "my key")
    assert [one.status for one in slack.deliveries] == [401]
    assert [one["text"] for one in slack.whispers] == ["Heard: my key"]


def _status(url: str, request: Signed) -> int:
    return httpx2.post(url, content=request.body, headers=request.headers, timeout=30).status_code


def test_a_socket_that_is_moved_is_opened_anew(slack: FakeSlack) -> None:
    with by_socket(slack, an_app(slack)):
        slack.refresh_sockets()
        until(lambda: slack.opened_sockets == 2)
        slack.command(ANN, RANDOM, "again")
        until(lambda: slack.whispers)
    assert slack.whispers[0]["text"] == "Heard: again"


def test_forms_and_sockets_are_opened_once(slack: FakeSlack) -> None:
    client = WebClient(BOT_TOKEN, base_url=f"{slack.url}/api/")
    now = [1_000_000.0]
    slack.clock = lambda: now[0]
    (asked,) = slack.command(ANN, RANDOM, "")
    trigger = dict(part.split("=") for part in asked.body.decode().split("&"))["trigger_id"]
    client.views_open(trigger_id=trigger, view=FORM)
    with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
        client.views_open(trigger_id=trigger, view=FORM)
    (asked,) = slack.command(ANN, RANDOM, "")
    trigger = dict(part.split("=") for part in asked.body.decode().split("&"))["trigger_id"]
    now[0] += 3.5
    with pytest.raises(SlackApiError, match="expired_trigger_id"):
        client.views_open(trigger_id=trigger, view=FORM)
    app_client = WebClient(APP_TOKEN, base_url=f"{slack.url}/api/")
    first, second = (app_client.apps_connections_open(app_token=APP_TOKEN)["url"] for _ in "12")
    assert first != second


def test_an_address_of_answers_takes_five(slack: FakeSlack) -> None:
    now = [1_000_000.0]
    slack.clock = lambda: now[0]
    answer = {"text": "hello", "response_type": "in_channel"}
    slack.say(ANN, HELP, "mine")
    address = slack.answers.address(HELP, ANN)
    statuses = [httpx2.post(address, json=answer).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [404]
    assert [one["text"] for one in slack.said(HELP)] == ["hello"] * 5
    address = slack.answers.address(HELP, ANN)
    assert httpx2.post(address, json={"text": " "}).text == "no_text"
    now[0] += 1801
    assert httpx2.post(address, json=answer).json() == {"ok": False, "error": "expired_url"}

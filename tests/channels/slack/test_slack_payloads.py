"""The shapes of 105 kinds of calls that the vendor's own SDK recorded: each is read or refused, none breaks us."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from channels.contract import Arrival
from channels.slack import Slack
from channels.slack_actions import fields_of
from channels.slack_blocks import QUESTION, choices, form
from core.errors import MalformedPayload
from core.message import Button
from tests.channels.slack.provider import INBOX, NOW, arrived, slack_settings
from tests.fakes.slack import ANN, APP_TOKEN, BOT_USER, HELP, TEAM, FakeSlack

DATA = Path(os.environ.get("THREADLINE_DATA") or Path(__file__).parents[3].parent / "shared/data")
SAMPLES = DATA / "webhooks/slack_sample_payloads.jsonl"
VECTORS = DATA / "webhooks/slack_signature_vectors.json"


def test_every_kind_of_call_is_read_or_refused() -> None:
    if not SAMPLES.exists():
        pytest.skip("skipped: data absent")
    slack, channel = FakeSlack(clock=NOW.timestamp), Slack(INBOX, slack_settings())
    read = 0
    for line in SAMPLES.read_text().splitlines():
        payload = json.loads(line)["payload"]
        payload |= {"team_id": TEAM, "type": payload.get("type") or "event_callback"}
        form = urlencode({"payload": json.dumps(payload)}).encode()
        for request in (
            slack.signed(json.dumps(payload).encode()),
            slack.signed(form, "application/x-www-form-urlencoded"),
        ):
            arrival = arrived(request)
            channel.verify(arrival)
            channel.acknowledge(arrival)
            try:
                channel.parse(arrival)
                read += 1
            except MalformedPayload:
                continue
    assert read >= 105, f"only {read} were read"


def test_messages_in_the_recorded_shapes_are_read() -> None:
    """The skeletons with their blanks filled: a person's message is a message, everything else is not."""
    if not SAMPLES.exists():
        pytest.skip("skipped: data absent")
    slack, channel = FakeSlack(clock=NOW.timestamp), Slack(INBOX, slack_settings())
    found = set()
    for line in SAMPLES.read_text().splitlines():
        sample = json.loads(line)
        event = sample["payload"].get("event") or {}
        if event.get("type") not in ("message", "app_mention"):
            continue
        blanks = {"user": "U0ANN", "text": f"<@{BOT_USER}> hello", "channel": "C0X", "team": TEAM}
        event |= {name: value for name, value in blanks.items() if name in event}
        event |= {"ts": "1795435199.000200", "bot_id": None, "files": [], "edited": None}
        event |= {"thread_ts": None, "channel_type": "channel", "user_team": None}
        event["subtype"] = event.get("subtype") or None
        for inner in ("message", "previous_message", "root"):
            event.pop(inner, None)
        if channel.parse(arrived(slack.event(event))):
            found.add(sample["path"].rpartition("/")[2].removesuffix("Payload.json"))
    assert found == {
        "AppMention",
        "Message",
        "MessageFileShare",
        "MessageMe",
        "MessageThreadBroadcast",
    }


def test_the_vendors_own_vector_verifies() -> None:
    if not VECTORS.exists():
        pytest.skip("skipped: data absent")
    from datetime import UTC, datetime

    from core.errors import BadSignature

    vectors = json.loads(VECTORS.read_text())
    channel = Slack(INBOX, slack_settings(signing_secret=vectors["signing_secret"]))
    at = datetime.fromtimestamp(vectors["clock"], UTC)
    for case in vectors["cases"]:
        headers = {
            "x-slack-request-timestamp": case["timestamp"],
            "x-slack-signature": case["signature"],
        }
        channel.verify(Arrival("webhook", case["body"].encode(), at, headers))
        with pytest.raises(BadSignature):
            channel.verify(Arrival("webhook", case["body"].encode() + b"x", at, headers))


ODD: list[Any] = [
    None,
    True,
    -1,
    10**400,
    1.5e308,
    "",
    "x" * 5000,
    "\x00",
    "\ud800",
    "é",
    [],
    {},
    [[]],
]
ODD += ["9" * 5000 + ".1", {"id": 7}, ["U1"], "<@U0BOT|", "<" * 5000, " " * 5000 + "<@U0BOT>"]


def spoilt(value: Any, chance: random.Random) -> Any:
    """The same structure with one of its values replaced by something odd."""
    if chance.random() < 0.15 or not isinstance(value, dict | list) or not value:
        return chance.choice(ODD)
    if isinstance(value, list):
        place = chance.randrange(len(value))
        return [spoilt(v, chance) if n == place else v for n, v in enumerate(value)]
    name = chance.choice(sorted(value))
    return {key: spoilt(v, chance) if key == name else v for key, v in value.items()}


def test_spoilt_calls_are_read_or_refused() -> None:
    slack, chance = FakeSlack(clock=NOW.timestamp), random.Random(17)
    channel = Slack(INBOX, slack_settings(app_token=APP_TOKEN))
    slack.say(ANN, HELP, "hello", files=[{"name": "a.txt"}])
    ts = slack.messages[HELP][0]["ts"]
    slack.messages[HELP][0]["blocks"] = [choices((Button("Yes", "yes"),))]
    view = form(channel.settings.words)
    calls = [*slack.say(ANN, HELP, f"<@{BOT_USER}> again"), *slack.edit(HELP, ts, "bye")]
    calls += [*slack.press(ANN, HELP, ts, 1), *slack.command(ANN, HELP, "x"), *slack.open_home(ANN)]
    calls += [*slack.shortcut(ANN, HELP, ts), *slack.submit(ANN, view, {QUESTION: "x"})]
    read = 0
    for _ in range(150):
        for call in calls:
            is_form = "form" in call.headers["content-type"]
            payload = fields_of(call.body) if is_form else json.loads(call.body)
            kind = (
                ("slash_commands" if "command" in payload else "interactive")
                if is_form
                else "events_api"
            )
            payload = spoilt(payload, chance)
            frame = {"type": kind, "envelope_id": "e", "payload": payload}
            text = json.dumps(payload)
            body = urlencode({"payload": text}) if is_form else text
            for arrival in (
                arrived(slack.signed(body.encode(), call.headers["content-type"])),
                Arrival("frame", json.dumps(frame).encode(), NOW, meta={"inbox": str(INBOX)}),
            ):
                try:
                    for inbound in channel.parse(arrival):
                        names = [file.name for file in inbound.attachments]
                        kept = [inbound.text, inbound.sender.value, inbound.sender.display_name]
                        kept += [inbound.external_id, *inbound.thread_keys, *inbound.own_keys]
                        json.dumps([kept, names, inbound.extra], ensure_ascii=False).encode()
                        assert inbound.at.tzinfo is not None
                    channel.onlooker(arrival)
                    channel.acknowledge(arrival)
                    read += 1
                except MalformedPayload:
                    continue
    assert read > 1000

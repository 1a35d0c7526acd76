"""The shapes of 105 kinds of calls that the vendor's own SDK recorded: each is read or refused, none breaks us."""

from __future__ import annotations

import json
import os
from pathlib import Path
from urllib.parse import urlencode

import pytest

from channels.slack import Slack
from core.errors import MalformedPayload
from tests.channels.slack.provider import INBOX, NOW, arrived, slack_settings
from tests.fakes.slack import BOT_USER, TEAM, FakeSlack

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

    from channels.contract import Arrival
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

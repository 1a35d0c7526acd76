"""Files: named at once, fetched afterwards with the token that goes to Slack alone."""

from __future__ import annotations

from typing import Any, cast

import pytest

from bot.converse import Speaker
from bot.dialogue import Dialogue
from bot.jobs import run_some
from channels.slack import Slack
from core.errors import PermanentFailure, TemporaryFailure
from store.models import Attachment
from tests.bot.scripted import ScriptedDialogue
from tests.channels.slack.conftest import Office
from tests.channels.slack.provider import INBOX, arrived, slack_settings
from tests.fakes.slack import ANN, FakeSlack


@pytest.fixture
def channel(slack: FakeSlack) -> Slack:
    return Slack(INBOX, slack_settings(slack.url))


def references(slack: FakeSlack, channel: Slack, **files: bytes) -> dict[str, str]:
    (request,) = slack.share(ANN, slack.direct(ANN), "see", **files)
    (inbound,) = channel.parse(arrived(request))
    assert all(file.problem.startswith("kept at Slack: https://") for file in inbound.attachments)
    return {file.name: file.reference for file in inbound.attachments}


async def test_a_file_is_fetched_with_the_token(slack: FakeSlack, channel: Slack) -> None:
    found = references(slack, channel, photo_png=b"\x89PNG", notes_txt=b"hello")
    assert await channel.fetch(found["photo.png"]) == b"\x89PNG"
    assert await channel.fetch(found["notes.txt"]) == b"hello"


def test_files_of_one_name_are_told_apart(slack: FakeSlack, channel: Slack) -> None:
    files: list[dict[str, Any]] = [{"name": "image.png", "url_private": f"u{n}"} for n in range(3)]
    files += [{"name": "README"}, {"title": "README"}, {}]
    (request,) = slack.say(ANN, slack.direct(ANN), "", subtype="file_share", files=files)
    (inbound,) = channel.parse(arrived(request))
    assert [(file.name, file.reference) for file in inbound.attachments] == [
        ("image.png", "u0"),
        ("image (2).png", "u1"),
        ("image (3).png", "u2"),
        ("README", ""),
        ("README (2)", ""),
        ("file", ""),
    ]


async def test_the_token_is_shown_to_slack_alone(slack: FakeSlack, channel: Slack) -> None:
    for url in (
        "https://evil.example/files-pri/F0/a.txt",
        "http://files.slack.com/files-pri/F0/a.txt",
        "https://files.slack.com.evil.example/a.txt",
        "https://slack.com@evil.example/a.txt",
        "https://user@files.slack.com/a.txt",
        "http://127.0.0.1:1/a.txt",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "",
    ):
        with pytest.raises(PermanentFailure, match="not kept at Slack itself"):
            await channel.fetch(url)


async def test_what_cannot_be_had_says_why(
    slack: FakeSlack, channel: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = references(slack, channel, notes_txt=b"hello " * 100)["notes.txt"]
    stranger = Slack(INBOX, slack_settings(slack.url, bot_token="xoxb-without-files-read"))
    with pytest.raises(TemporaryFailure, match="files:read"):
        await stranger.fetch(url)
    monkeypatch.setattr("channels.bounded.LIMIT", 100)
    with pytest.raises(PermanentFailure, match="larger than"):
        await channel.fetch(url)
    slack.files.clear()
    with pytest.raises(PermanentFailure, match="gone"):
        await channel.fetch(url)
    away = Slack(INBOX, slack_settings("http://127.0.0.1:9"))
    with pytest.raises(TemporaryFailure, match="did not come"):
        await away.fetch("http://127.0.0.1:9/files-pri/F0/a.txt")


async def test_files_reach_the_agent(office: Office) -> None:
    house = office.company.house
    run = house.database.run
    shared = office.slack.share(ANN, office.slack.direct(ANN), "", notes_txt=b"hello")
    await run(office.take, *shared)
    assert (await run(Attachment.objects.get)).problem.startswith("kept at Slack")
    await run_some(Speaker(house, cast("Dialogue", ScriptedDialogue())), "test")
    file = await run(Attachment.objects.get)
    assert (file.size, file.problem, bool(file.stored_as)) == (5, "", True)

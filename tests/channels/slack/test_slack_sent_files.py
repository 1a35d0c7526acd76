"""Files that colleagues send through Slack: uploaded first, then shared where the conversation stands."""

from __future__ import annotations

from typing import Any

import pytest

from channels.slack import Slack
from core.errors import PermanentFailure, TemporaryFailure
from core.ids import ThreadKey
from core.message import AddressKind, Attached, Outbound, Sender
from tests.channels.office import deliver, say_with, taken_up
from tests.channels.slack.conftest import Office
from tests.channels.slack.provider import INBOX, NOW, arrived, slack_settings
from tests.fakes.slack import ANN, BOT_USER, HELP, OLD, TEAM, FakeSlack

PICTURE = Attached("photo.png", "image/png", b"\x89PNG picture")
PAPER = Attached("Rechnung März.pdf", "application/pdf", b"%PDF-1.7 paper")
DIRECT = FakeSlack.direct(ANN)
SHARING = "files.completeUploadExternal"


@pytest.fixture
def channel(slack: FakeSlack) -> Slack:
    slack.clock = NOW.timestamp
    return Slack(INBOX, slack_settings(slack.url))


def outbound(file: Attached, *keys: str) -> Outbound:
    to, places = Sender(AddressKind.SLACK, f"{TEAM}:{ANN}"), tuple(ThreadKey(key) for key in keys)
    return Outbound("row", to, "", in_reply_to=places, attachments=(file,), at=NOW)


def shared(slack: FakeSlack, place: str) -> list[dict[str, Any]]:
    return [one for one in slack.said(place) if one.get("files")]


async def test_words_go_first_and_each_file_after_them_in_the_thread(office: Office) -> None:
    here, run = office, office.company.house.database.run
    (asked,) = here.slack.say(ANN, HELP, "I need the papers")
    root = here.slack.messages[HELP][0]["ts"]
    number = await run(taken_up, here, asked)
    await run(say_with, here, number, "Here they are.", PICTURE, PAPER)
    for _ in range(3):
        states = await deliver(here)
    assert states == ["sent"] * 3
    words, *files = here.slack.said(HELP)
    assert words["text"] == "Here they are."
    assert [one["thread_ts"] for one in files] == [root, root]
    found = {one["files"][0]["name"]: here.slack.files[one["files"][0]["id"]] for one in files}
    assert found == {file.name: file.content for file in (PICTURE, PAPER)}
    assert here.slack.uploads == {}


async def test_what_is_said_under_a_file_goes_on(office: Office) -> None:
    here, run = office, office.company.house.database.run
    number = await run(taken_up, here, here.slack.say(ANN, DIRECT, "I need the papers")[0])
    await run(say_with, here, number, "", PAPER)
    assert await deliver(here) == ["sent"]
    (file,) = shared(here.slack, DIRECT)
    (under,) = here.slack.say(ANN, DIRECT, "Thank you", thread=file["ts"])
    (beside,) = here.slack.say(ANN, DIRECT, "Good bye")
    await run(here.take, under, beside)
    assert await run(here.texts) == [["I need the papers", "Thank you", "Good bye"]]


def test_our_own_file_is_no_message_of_a_customer(slack: FakeSlack, channel: Slack) -> None:
    (request,) = slack.say(BOT_USER, DIRECT, "", subtype="file_share", files=[{"name": "a.txt"}])
    assert channel.parse(arrived(request)) == []


async def test_a_lost_answer_is_looked_up_by_name_and_size(
    slack: FakeSlack, channel: Slack
) -> None:
    slack.share(ANN, DIRECT, "mine", photo_png=PICTURE.content)
    asked = outbound(PICTURE)
    assert await channel.find(asked) is None, "the customer's own file is not ours"
    slack.scripts.append((SHARING, "hang up"))
    with pytest.raises(TemporaryFailure) as lost:
        await channel.send(asked)
    assert not lost.value.certain
    (said,) = shared(slack, DIRECT)
    found = await channel.find(asked)
    assert found is not None
    assert found.provider_id == f"{DIRECT}:{said['ts']}"
    assert await channel.find(outbound(PAPER)) is None


@pytest.mark.parametrize("behaviour", ["429", "500", "garbage"])
async def test_until_it_is_shared_nothing_was_said(
    slack: FakeSlack, channel: Slack, behaviour: str
) -> None:
    slack.rest_seconds = 0
    slack.scripts.append(("files.getUploadURLExternal", behaviour))
    with pytest.raises(TemporaryFailure) as failure:
        await channel.send(outbound(PICTURE))
    assert failure.value.certain
    await channel.send(outbound(PICTURE))
    assert len(shared(slack, DIRECT)) == 1


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        ("file_uploads_disabled", PermanentFailure),
        ("posting_to_channel_denied", PermanentFailure),
        ("missing_scope", TemporaryFailure),
    ],
)
async def test_what_slack_refuses(
    slack: FakeSlack, channel: Slack, code: str, failure: type[Exception]
) -> None:
    slack.scripts.append((SHARING, code))
    with pytest.raises(failure, match=code):
        await channel.send(outbound(PICTURE))
    with pytest.raises(PermanentFailure, match="is_archived"):
        await channel.send(outbound(PICTURE, f"{TEAM}/{OLD}/1.1"))


async def test_files_go_to_slack_alone_and_without_the_token(
    slack: FakeSlack, channel: Slack
) -> None:
    """The fake refuses an upload that shows a token."""
    await channel.send(outbound(PICTURE))
    other = FakeSlack.__dict__["_files_getuploadurlexternal"]

    def elsewhere(call: dict[str, Any]) -> Any:
        other(slack, call)
        from starlette.responses import JSONResponse

        url = "https://files.slack.com.evil.example/upload/v1/x"
        return JSONResponse({"ok": True, "upload_url": url, "file_id": "F1UP9"})

    slack._files_getuploadurlexternal = elsewhere  # type: ignore[method-assign]
    with pytest.raises(TemporaryFailure, match="another place"):
        await channel.send(outbound(PICTURE))

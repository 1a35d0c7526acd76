"""Files that colleagues send through Teams: asked about in personal conversations, behind a button elsewhere."""

from __future__ import annotations

import json
from typing import Any, cast

import httpx2
import pytest

from bot.converse import Speaker
from bot.dialogue import Dialogue
from bot.jobs import run_some
from channels.teams import Teams
from channels.teams_places import Place, message_key
from core.errors import PermanentFailure
from core.message import AddressKind, Attached, Outbound, Sender
from store.models import Attachment, Job, OutboxRow
from tests.bot.scripted import ScriptedDialogue
from tests.channels.office import deliver, say_with, taken_up
from tests.channels.teams.conftest import Office
from tests.channels.teams.provider import INBOX, THREAD, arrived, teams_settings
from tests.fakes.forms import png
from tests.fakes.teams import ANN, PERSONAL, FakeTeams, Signed, consent_of, files_of

PAPER = Attached("Rechnung März.pdf", "application/pdf", b"%PDF-1.7 paper")
PATH = "/webhooks/teams/acme"


async def asked_about(here: Office) -> None:
    """Ann asked for papers and is asked whether she wants them."""
    run = here.company.house.database.run
    number = await run(taken_up, here, here.teams.say(ANN, PERSONAL, "I need the papers"))
    await run(say_with, here, number, "Here they are.", PAPER)
    for _ in range(2):
        states = await deliver(here)
    assert states == ["sent"] * 2
    words, question = here.teams.messages[PERSONAL]
    assert words["text"] == "Here they are."
    about = consent_of(question)
    assert (about["name"], about["content"]["sizeInBytes"]) == (PAPER.name, len(PAPER.content))


async def brings(http: httpx2.AsyncClient, call: Signed) -> int:
    return (await http.post(PATH, content=call.body, headers=call.headers)).status_code


async def works(here: Office) -> None:
    await run_some(Speaker(here.company.house, cast("Dialogue", ScriptedDialogue())), "test")


async def test_a_file_that_is_wanted_is_brought_once(
    office: Office, http: httpx2.AsyncClient
) -> None:
    here = office
    await asked_about(here)
    answer = here.teams.answer_about_file(ANN, PERSONAL, takes=True)
    assert [await brings(http, answer) for _ in range(2)] == [200, 200]
    await works(here)
    assert list(here.teams.drive.values()) == [PAPER.content]
    _, card = here.teams.messages[PERSONAL]
    (file,) = card["attachments"]
    assert file["contentType"].endswith("file.info")
    assert file["name"] == PAPER.name
    assert len(await here.company.house.database.run(here.texts)) == 1, "no message of a customer's"


async def test_who_does_not_want_it_is_told_to_the_colleague(
    office: Office, http: httpx2.AsyncClient
) -> None:
    here, run = office, office.company.house.database.run
    await asked_about(here)
    assert await brings(http, here.teams.answer_about_file(ANN, PERSONAL, takes=False)) == 200
    assert here.teams.drive == {}
    row = await run(OutboxRow.objects.filter(part=1).get)
    assert (row.state, row.last_error) == ("dead", "the customer did not want the file")


async def test_an_answer_opens_nothing_but_what_was_offered(
    office: Office, http: httpx2.AsyncClient
) -> None:
    here, run = office, office.company.house.database.run
    await asked_about(here)
    asked = here.teams.messages[PERSONAL][1]
    context = asked["attachments"][0]["content"]["acceptContext"]
    link = context["threadline_file"]
    last = "A" if link[-1] != "A" else "Q"
    for forged in (link[:-1] + last, "file:///etc/passwd", "", 7, None):
        asked["attachments"][0]["content"]["acceptContext"] = {"threadline_file": forged}
        answer = here.teams.answer_about_file(ANN, PERSONAL, takes=True)
        assert await brings(http, answer) == 200
        await works(here)
    assert set(here.teams.drive.values()) == {None}
    assert len(here.teams.messages[PERSONAL]) == 2
    assert not await run(Job.objects.filter(state="dead").exists)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/upload",
        "https://sharepoint.com.evil.example/upload",
        "https://evilsharepoint.com/upload",
        "http://contoso-my.sharepoint.com/upload",
        "https://user@contoso-my.sharepoint.com/upload",
        "https://contoso-my.sharepoint.com:8443/upload",
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:1/upload",
        "https://contoso-my.sharepoint.com\n.evil.example/",
        "",
    ],
)
async def test_files_are_put_where_microsoft_keeps_them(url: str) -> None:
    settings = teams_settings()
    assert not settings.may_hold(url)
    assert settings.may_hold("https://contoso-my.sharepoint.com/personal/ann/upload?guid=1")
    with pytest.raises(PermanentFailure, match="not where Teams keeps"):
        await Teams(INBOX, settings)._api.upload(url, b"content")


async def test_where_several_people_are_a_button_opens_it(teams: FakeTeams) -> None:
    channel = Teams(INBOX, teams_settings(teams.url, seconds=15.0))
    link = "https://help.acme.example/files/abc"
    place = Place(teams.service_url, THREAD)
    said: dict[str, Any] = {"attachments": (Attached("a.pdf", "application/pdf", b"a", link=link),)}
    to = Sender(AddressKind.TEAMS, "tenant/ann")
    await channel.send(Outbound("k", to, "", in_reply_to=(message_key(place, "1"),), **said))
    (message,) = teams.messages[THREAD]
    assert files_of(message) == [link]


def test_other_invokes_are_nothing(teams: FakeTeams) -> None:
    channel = Teams(INBOX, teams_settings(teams.url))
    base = teams.activity(ANN, PERSONAL, "") | {"type": "invoke", "replyToId": "1"}
    for name, value in (
        ("fileConsent/invoke", None),
        ("fileConsent/invoke", {"action": "accept"}),
        ("fileConsent/invoke", {"action": "accept", "uploadInfo": [], "context": 1}),
        ("fileConsent/invoke", {"action": ["accept"], "uploadInfo": {"uploadUrl": 1}}),
        ("composeExtension/query", {"action": "accept", "uploadInfo": {"uploadUrl": "x"}}),
    ):
        arrival = arrived(teams.signed(base | {"name": name, "value": value}))
        assert channel.wanted(arrival) is None
        assert channel.reports(arrival) == []
        assert channel.parse(arrival) == []


async def test_what_customers_send_is_brought(office: Office, http: httpx2.AsyncClient) -> None:
    """A file from their OneDrive, and two pasted pictures, which have no names."""
    here, run = office, office.company.house.database.run
    teams, pictures = here.teams, (png(2, 2), png(3, 3))
    held = [teams.send_picture(ANN, PERSONAL, content) for content in pictures]
    both = [item for call in held for item in json.loads(call.body)["attachments"]]
    assert await brings(http, teams.say(ANN, PERSONAL, "See", attachments=both)) == 200
    await works(here)
    rows = await run(lambda: list(Attachment.objects.values_list("size", "problem")))
    assert sorted(rows) == sorted((len(content), "") for content in pictures)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/a",
        "http://169.254.169.254/",
        "https://smba.trafficmanager.net/emea/v3/conversations/19:x/members",
        "https://smba.trafficmanager.net/emea/v3/attachments/../../x/views/original",
    ],
)
async def test_files_are_brought_from_microsoft_alone(url: str) -> None:
    with pytest.raises(PermanentFailure, match="not kept at Microsoft"):
        await Teams(INBOX, teams_settings()).fetch(url)


def test_an_uploaded_file_is_known_by_its_address_of_minutes(teams: FakeTeams) -> None:
    about = {
        "contentType": "application/vnd.microsoft.teams.file.download.info",
        "contentUrl": "https://contoso-my.sharepoint.com/a.pdf",
        "name": "a.pdf",
        "content": {"downloadUrl": "https://contoso-my.sharepoint.com/x?tempauth=1"},
    }
    odd = [{**about, "content": one} for one in (None, [], {"downloadUrl": 7})]
    said = teams.say(ANN, PERSONAL, "See", attachments=[about, *odd])
    (inbound,) = Teams(INBOX, teams_settings(teams.url)).parse(arrived(said))
    assert [(file.name, file.reference) for file in inbound.attachments] == [
        ("a.pdf", "https://contoso-my.sharepoint.com/x?tempauth=1"),
        ("a (2).pdf", ""),
        ("a (3).pdf", ""),
        ("a (4).pdf", ""),
    ]

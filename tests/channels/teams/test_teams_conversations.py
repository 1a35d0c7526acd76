"""What is said in Teams, as conversations: personal, groups, threads of channels, edits, choices; and what is shown."""

from __future__ import annotations

from dataclasses import replace

import httpx2
import pytest

from channels.teams import Teams
from channels.teams_activities import activity_in, plain
from channels.teams_cards import message_of
from core.errors import PermanentFailure, TemporaryFailure
from core.ids import ThreadKey
from core.knowledge import Citation
from core.message import AddressKind, Button, Outbound, Sender
from store.models import Conversation, InboxRow, OutboxRow
from tests.channels.office import answer, deliver
from tests.channels.teams.conftest import Office
from tests.channels.teams.provider import INBOX, NOW, THREAD, TeamsProvider, teams_settings
from tests.fakes.serving import unused_url
from tests.fakes.teams import (
    ANN,
    BEN,
    CHANNEL,
    DIRECTORY,
    GROUP,
    LEFT,
    PERSONAL,
    TENANT,
    FakeTeams,
    choices_of,
)


def test_personal_messages_are_one_conversation(office: Office) -> None:
    office.take(office.teams.say(ANN, PERSONAL, "one"), office.teams.say(ANN, PERSONAL, "two"))
    assert office.texts() == [["one", "two"]]


def test_a_retry_counts_once(office: Office) -> None:
    call = office.teams.say(ANN, PERSONAL, "hello")
    assert [one.is_duplicate for one in office.take(call, call)] == [False, True]
    assert office.texts() == [["hello"]]


def test_a_thread_is_a_conversation_and_colleagues_belong_to_it(office: Office) -> None:
    teams, other = office.teams, f"{CHANNEL};messageid=7"
    office.take(teams.say(ANN, THREAD, "my card is broken", call=True))
    office.take(teams.say(BEN, THREAD, "mine too"))
    office.take(teams.say(BEN, other, "Lunch?"))
    office.take(teams.say(BEN, other, "what is open?", call=True))
    assert sorted(office.texts()) == [["my card is broken", "mine too"], ["what is open?"]]


def test_what_a_group_says_among_itself_is_not_even_stored(office: Office) -> None:
    office.take(office.teams.say(ANN, GROUP, "what is open?", call=True))
    assert office.take(office.teams.say(BEN, GROUP, "Lunch?")) == []
    assert InboxRow.objects.count() == 1


def test_an_edit_is_the_new_wording_and_a_deletion_takes_it_away(office: Office) -> None:
    said = office.teams.say(ANN, PERSONAL, "order 41")
    edited = office.teams.edit(said, "order 42")
    office.take(said, edited, edited)
    assert office.texts() == [["order 42"]]
    office.take(office.teams.delete(said), office.teams.delete(said))
    assert office.texts() == [[""]]
    theirs = office.teams.say(ANN, GROUP, "x")
    assert office.take(office.teams.edit(theirs, "y")) == []


def test_an_edit_that_comes_first_or_first_calls_us_is_the_message(office: Office) -> None:
    late = office.teams.say(ANN, PERSONAL, "order 41")
    first, second = office.take(office.teams.edit(late, "order 42"), late)
    assert second.is_duplicate
    assert first.message == second.message
    calls = office.teams.say(ANN, GROUP, "x", call=True)
    (called,) = office.take(office.teams.edit(calls, "and order 7?"))
    assert called.wants_turn
    assert sorted(office.texts()) == [["and order 7?"], ["order 42"]]


@pytest.mark.parametrize("kind", ["installationUpdate", "conversationUpdate"])
def test_an_installation_is_no_message(office: Office, kind: str) -> None:
    assert office.take(office.teams.install(ANN, PERSONAL, kind)) == []


async def test_who_adds_the_app_for_themselves_is_greeted(
    office: Office, http: httpx2.AsyncClient
) -> None:
    teams, run = office.teams, office.company.house.database.run
    for where in (PERSONAL, GROUP):
        call = teams.install(ANN, where)
        path = "/webhooks/teams/acme"
        assert (await http.post(path, content=call.body, headers=call.headers)).is_success
    assert [message["text"] for message in teams.messages[PERSONAL]] == [
        office.channel.settings.greeting  # type: ignore[attr-defined]
    ]
    assert not teams.messages.get(GROUP)
    assert await run(InboxRow.objects.count) == 0


async def test_a_choice_is_offered_pressed_and_heard(
    office: Office, http: httpx2.AsyncClient
) -> None:
    run, teams = office.company.house.database.run, office.teams
    call = teams.say(ANN, THREAD, "I need help", call=True)
    assert (
        await http.post("/webhooks/teams/acme", content=call.body, headers=call.headers)
    ).is_success
    assert teams.typing == [THREAD]
    await run(answer, office, "With what?", "Order", "Invoice")
    assert await deliver(office) == ["sent"]
    (message,) = teams.messages[THREAD]
    assert message["text"] == "With what?"
    assert [action["title"] for action in choices_of(message)] == ["Order", "Invoice"]
    await run(office.take, teams.press(BEN, THREAD, 2))
    assert await run(office.texts) == [["I need help", "invoice"]]


async def test_a_failing_sign_of_writing_changes_nothing(
    office: Office, http: httpx2.AsyncClient
) -> None:
    office.teams.script.append(500)
    call = office.teams.say(ANN, PERSONAL, "hello")
    answer = await http.post("/webhooks/teams/acme", content=call.body, headers=call.headers)
    assert answer.status_code == 200
    assert await office.company.house.database.run(InboxRow.objects.count) == 1


async def test_an_uncertain_sending_is_not_repeated(office: Office) -> None:
    run, teams = office.company.house.database.run, office.teams
    await run(office.take, teams.say(ANN, PERSONAL, "hello"))
    await run(answer, office, "Good morning")
    teams.script.append(502)
    assert await deliver(office) == ["unknown"]
    assert PERSONAL not in teams.messages
    assert await run(OutboxRow.objects.count) == await run(Conversation.objects.count) == 1


# ---- what is sent -------------------------------------------------------------------------------


def reply(text: str = "hello", **more: object) -> Outbound:
    """To Ann, in the thread where she is."""
    to = Sender(AddressKind.TEAMS, f"{TENANT}/{DIRECTORY[ANN]}")
    return replace(Outbound(key="row-7", to=to, text=text, at=NOW), **more)  # type: ignore[arg-type]


@pytest.fixture
def channel(teams: FakeTeams) -> Teams:
    return Teams(INBOX, teams_settings(teams.url))


def keys(teams: FakeTeams, where: str) -> tuple[ThreadKey, ...]:
    return ThreadKey(where), ThreadKey(f"{teams.service_url} {where} 1")


async def test_a_person_is_written_to_first(channel: Teams, teams: FakeTeams) -> None:
    receipt = await channel.send(reply())
    assert [one["text"] for one in teams.messages[PERSONAL]] == ["hello"]
    assert ThreadKey(PERSONAL) in receipt.own_keys
    stranger = Sender(AddressKind.TEAMS, f"{TENANT}/29:nobody")
    with pytest.raises(PermanentFailure):
        await channel.send(reply(to=stranger))


async def test_the_answer_goes_where_the_conversation_was_last_heard(
    channel: Teams, teams: FakeTeams
) -> None:
    earlier = (*keys(teams, THREAD), *keys(teams, GROUP), ThreadKey(THREAD))
    await channel.send(reply(in_reply_to=earlier))
    assert list(teams.messages) == [GROUP]


async def test_our_token_is_shown_to_teams_alone(channel: Teams, teams: FakeTeams) -> None:
    evil = [
        "https://evil.example/",
        "http://smba.trafficmanager.net/",
        "https://smba.trafficmanager.net.evil.example/",
        "https://evil.trafficmanager.net/",
        "https://a@smba.trafficmanager.net/",
        "https://smba.trafficmanager.net:444/",
        "https://smba.trafficmanager.net\\@evil.example/",
        "https://evil.example#smba.trafficmanager.net/",
        unused_url() + "/",
        "//smba.trafficmanager.net/",
        "https://smba.trafficmanager.net:99999999/",
        "",
    ]
    for url in evil:
        with pytest.raises(PermanentFailure):
            await channel.send(reply(in_reply_to=(ThreadKey(f"{url} {PERSONAL} 1"),)))
    assert teams.token_fetches == 0
    assert channel.settings.may_serve("https://smba.trafficmanager.net/emea/" + TENANT + "/")
    public = teams_settings().model_copy(update={"service_url": "https://smba.trafficmanager.net/"})
    assert not public.may_serve("http://127.0.0.1/teams/")


async def test_the_token_is_kept_until_shortly_before_it_expires(
    channel: Teams, teams: FakeTeams
) -> None:
    for _ in range(3):
        await channel.send(reply(in_reply_to=keys(teams, GROUP)))
    assert teams.token_fetches == 1
    teams.revoke_tokens()
    with pytest.raises(TemporaryFailure) as refused:
        await channel.send(reply(in_reply_to=keys(teams, GROUP)))
    assert refused.value.certain
    await channel.send(reply(in_reply_to=keys(teams, GROUP)))
    assert teams.token_fetches == 2
    teams.revoke_tokens()
    teams.token_seconds = 300
    short = Teams(INBOX, teams_settings(teams.url))
    for _ in range(2):
        await short.send(reply(in_reply_to=keys(teams, GROUP)))
    assert teams.token_fetches == 4


@pytest.mark.parametrize(
    ("status", "error", "certain", "wait"),
    [
        (429, TemporaryFailure, True, 30.0),
        (412, TemporaryFailure, True, None),
        (503, TemporaryFailure, True, None),
        (500, TemporaryFailure, False, None),
        (502, TemporaryFailure, False, None),
        (504, TemporaryFailure, False, None),
        (302, TemporaryFailure, True, None),
        (400, PermanentFailure, True, None),
        (403, PermanentFailure, True, None),
        (404, PermanentFailure, True, None),
    ],
)
async def test_refusals_mean_what_they_say(
    channel: Teams,
    teams: FakeTeams,
    status: int,
    error: type[Exception],
    certain: bool,
    wait: float | None,
) -> None:
    teams.script.append(status)
    with pytest.raises(error) as caught:
        await channel.send(reply(in_reply_to=keys(teams, GROUP)))
    assert getattr(caught.value, "certain", True) is certain
    assert getattr(caught.value, "retry_after", None) == wait


async def test_where_we_were_removed_nothing_is_tried_again(
    channel: Teams, teams: FakeTeams
) -> None:
    with pytest.raises(PermanentFailure, match="BotNotInConversationRoster"):
        await channel.send(reply(in_reply_to=keys(teams, LEFT)))


def test_nothing_that_was_typed_becomes_a_mark() -> None:
    hostile = "<at>everyone</at> **bold** [bank](https://evil.example) &lt; <b>"
    sources = (
        Citation("a", "[x](https://evil.example) " + "y" * 90, "https://help.example/a", "q", "r"),
        Citation("b", "Script", "javascript:alert(1)", "q", "r"),
    )
    message = message_of(
        reply(hostile, author="**Maya**", citations=sources, buttons=(Button("*a*", "a"),))
    )
    assert message["text"] == hostile
    assert message["textFormat"] == "plain"
    assert "entities" not in message
    (card,) = [item["content"] for item in message["attachments"]]
    assert [part["type"] for part in card["body"]] == ["RichTextBlock", "ActionSet", "ActionSet"]
    (source,) = card["body"][1]["actions"]
    assert source["url"] == "https://help.example/a"
    assert len(source["title"]) <= 75


def test_words_alone_have_no_card() -> None:
    assert "attachments" not in message_of(reply())


def test_marks_are_read_as_words() -> None:
    provider = TeamsProvider()
    call = provider.teams.say(ANN, THREAD, "a &lt; b &amp;lt; <at>Ben</at>\xa0", call=True)
    activity = activity_in(call.body)
    assert activity.recipient is not None
    assert plain(activity, {activity.recipient.id}) == "a < b &lt; @Ben"

"""Buttons, the command, the shortcut and the form: what is chosen is said, what is asked of people reaches them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, cast, get_args
from urllib.parse import urlencode

import httpx2
import pytest

from bot.company import set_inbox_settings, stored_settings
from bot.converse import Speaker
from bot.dialogue import Dialogue
from channels.slack_blocks import CHOICES, QUESTION
from channels.slack_settings import Words
from channels.slack_words import WORDS, Language
from core.errors import MalformedPayload
from core.understanding import Act
from store.bodies import open_json
from store.claims import Claimed
from store.models import ConversationKey, Message, Ticket
from store.turns import claim
from tests.bot.scripted import ScriptedDialogue, says
from tests.channels.office import answer, deliver
from tests.channels.slack.conftest import Office
from tests.channels.slack.provider import arrived, shown_buttons, shown_text
from tests.fakes.slack import ANN, BEN, HELP, RANDOM, TEAM, Signed

PATH = "/webhooks/slack/acme"


async def bring(http: httpx2.AsyncClient, *requests: Signed) -> httpx2.Response:
    for request in requests:
        answered = await http.post(PATH, content=request.body, headers=request.headers)
        assert answered.status_code == 200, answered.text
    return answered


async def asked(office: Office) -> str:
    """The help channel after a question that offers choices; the time stamp of the message with the buttons."""
    run = office.company.house.database.run
    await run(office.take, *office.slack.say(ANN, HELP, "Which plan?"))
    await run(answer, office, "Which one?", "Small", "Large")
    assert await deliver(office) == ["sent"]
    return str(office.slack.said(HELP)[0]["ts"])


async def test_a_pressed_button_is_said_and_gives_way_to_the_choice(
    office: Office, http: httpx2.AsyncClient
) -> None:
    ts = await asked(office)
    await bring(http, *office.slack.press(ANN, HELP, ts, 2))
    texts = await office.company.house.database.run(office.texts)
    assert texts == [["Which plan?", "large"]]
    (said,) = office.slack.said(HELP)
    assert shown_buttons(said) == []
    assert shown_text(said) == "Which one?"
    assert said["blocks"][-1]["elements"][0]["text"] == f"<@{ANN}>: *Large*"


async def test_a_press_counts_once_however_often_it_comes(office: Office) -> None:
    ts, run = await asked(office), office.company.house.database.run
    (request,) = office.slack.press(BEN, HELP, ts, 1)
    first, again = await run(office.take, request, request)
    assert (first.is_duplicate, again.is_duplicate) == (False, True)
    (other,) = await run(office.take, *office.slack.press(ANN, HELP, ts, 1))
    assert not other.is_duplicate


async def test_a_press_before_we_know_that_the_buttons_are_there_still_counts(
    office: Office,
) -> None:
    """Directly to us: whoever is quick presses before the receipt of the message is written down."""
    slack, run = office.slack, office.company.house.database.run
    direct = slack.direct(ANN)
    await run(office.take, *slack.say(ANN, direct, "Which plan?"))
    await run(answer, office, "Which one?", "Small", "Large")
    assert await deliver(office) == ["sent"]
    ts = str(slack.said(direct)[0]["ts"])
    known = office.company.house.vault.lookup("thread", f"{TEAM}/{direct}/{ts}")
    deleted, _ = await run(ConversationKey.objects.filter(lookup=known).delete)
    assert deleted
    await run(office.take, *slack.press(ANN, direct, ts, 2))
    assert await run(office.texts) == [["Which plan?", "large"]]


async def test_a_button_that_slack_cannot_change_still_counts(
    office: Office, http: httpx2.AsyncClient
) -> None:
    ts = await asked(office)
    office.slack.scripts.append(("chat.update", "cant_update_message"))
    await bring(http, *office.slack.press(ANN, HELP, ts, 1))
    texts = await office.company.house.database.run(office.texts)
    assert texts == [["Which plan?", "small"]]


def test_buttons_of_nobodys_messages_and_of_others_are_nothing(office: Office) -> None:
    slack = office.slack
    slack.say(ANN, RANDOM, "Lunch?")
    message = slack.messages[RANDOM][0]
    button = {"type": "button", "action_id": "x", "value": "v", "text": {"text": "V"}}
    message["blocks"] = [{"type": "actions", "block_id": "other", "elements": [button]}]
    assert office.take(*slack.press(ANN, RANDOM, message["ts"], 1)) == []
    message["blocks"][0]["block_id"] = CHOICES
    assert office.take(*slack.press(ANN, RANDOM, message["ts"], 1)) == []
    assert Message.objects.count() == 0


async def test_the_command_passes_on_and_says_so(office: Office, http: httpx2.AsyncClient) -> None:
    answered = await bring(http, *office.slack.command(ANN, RANDOM, "My card is &lt;gone&gt;"))
    assert answered.json()["response_type"] == "ephemeral"
    run = office.company.house.database.run
    assert await run(office.texts) == [["My card is <gone>"]]
    await run(answer, office, "Ticket #1")
    assert await deliver(office) == ["sent"]
    assert shown_text(office.slack.said(office.slack.direct(ANN))[0]) == "Ticket #1"
    await bring(http, *office.slack.say(ANN, office.slack.direct(ANN), "thank you"))
    assert await run(office.texts) == [["My card is <gone>", "thank you"]]


async def test_the_command_alone_opens_the_form(office: Office, http: httpx2.AsyncClient) -> None:
    slack, run = office.slack, office.company.house.database.run
    answered = await bring(http, *slack.command(ANN, RANDOM, "  "))
    assert answered.content == b""
    (view,) = slack.views
    sent = slack.submit(ANN, view, {"threadline_question": "My heating is cold"})
    answered = await bring(http, *sent, *sent)
    assert answered.json()["response_action"] == "update"
    assert await run(office.texts) == [["My heating is cold"]]


async def test_the_shortcut_takes_the_words_of_a_message_along(
    office: Office, http: httpx2.AsyncClient
) -> None:
    slack = office.slack
    slack.say(BEN, RANDOM, "The <https://shop.example|shop> is down")
    await bring(http, *slack.shortcut(ANN, RANDOM, slack.messages[RANDOM][0]["ts"]))
    element = slack.views[0]["blocks"][0]["element"]
    assert element["initial_value"] == "The shop (https://shop.example) is down"
    assert await office.company.house.database.run(Message.objects.count) == 0


async def test_what_is_asked_of_people_is_such_a_request_to_the_dialogue(office: Office) -> None:
    house, dialogue = office.company.house, ScriptedDialogue()
    speaker = Speaker(house, cast("Dialogue", dialogue))

    def brought(requests: list[Signed]) -> list[Claimed]:
        office.take(*requests)
        return claim(house.vault, "test", timedelta(minutes=1), 10, house.clock())

    direct = office.slack.direct(BEN)
    for requests in (
        office.slack.command(ANN, RANDOM, "a question"),
        office.slack.say(BEN, direct, "a question"),
    ):
        (claimed,) = await house.database.run(brought, requests)
        await speaker.converse(claimed)
    heard = [(turn.understood["act"], list(turn.understood["also"])) for turn in dialogue.seen]
    assert heard == [(Act.REQUEST_PERSON, [Act.GIVE_DETAILS]), (Act.ASK, [])]
    assert [turn.facts["contact"] for turn in dialogue.seen] == ["T0ACME:U0ANN", "T0ACME:U0BEN"]


@pytest.mark.parametrize(
    "words",
    [
        "I want to talk to a human",
        "Quiero hablar con una persona",
        "Ich möchte mit einem Menschen sprechen",
        "Je veux parler à un humain",
        "Quero falar com uma pessoa",
        "أريد التحدث مع إنسان",
    ],
)
async def test_the_words_of_the_form_are_the_matter_even_a_wish_for_people(
    office: Office, http: httpx2.AsyncClient, words: str
) -> None:
    house, dialogue = office.company.house, ScriptedDialogue()
    dialogue.acts[words] = Act.REQUEST_PERSON
    dialogue.turns.append(says("Monday to Friday."))
    speaker, slack = Speaker(house, cast("Dialogue", dialogue)), office.slack

    def brought(requests: list[Signed]) -> list[Claimed]:
        office.take(*requests)
        return claim(house.vault, "test", timedelta(minutes=1), 10, house.clock())

    (claimed,) = await house.database.run(
        brought, slack.say(ANN, slack.direct(ANN), "When are you there?")
    )
    await speaker.converse(claimed)
    await bring(http, *slack.command(ANN, RANDOM, ""))
    sent = slack.submit(ANN, slack.views[-1], {"threadline_question": words})
    (claimed,) = await house.database.run(brought, sent)
    dialogue.rasa_is_away = True  # what is then handed over is what the form says
    await speaker.converse(claimed)
    asked = dialogue.seen[-1].understood
    assert (asked["act"], asked["also"]) == (Act.REQUEST_PERSON, [Act.GIVE_DETAILS])
    assert await house.database.run(_goal, office) == (claimed.waiting[0].seq, words)


def _goal(office: Office) -> tuple[int, str]:
    """What the packet of the only ticket says is wanted."""
    ticket = Ticket.objects.select_related("conversation__address").get()
    address = ticket.conversation.address
    packet = open_json(
        office.company.house.vault,
        address,
        f"ticket.packet:{ticket.id}",
        bytes(ticket.packet_cipher),
    )
    return packet["wants"]["seq"], packet["wants"]["text"]


async def test_who_asks_for_a_form_that_slack_will_not_open_is_told(
    office: Office, http: httpx2.AsyncClient
) -> None:
    office.slack.scripts.append(("views.open", "expired_trigger_id"))
    await bring(http, *office.slack.command(ANN, RANDOM, ""))
    assert office.slack.views == []
    (told,) = office.slack.said(office.slack.direct(ANN))
    assert told["text"] == office.channel.settings.words.no_form
    assert await office.company.house.database.run(office.texts) == []


async def test_a_form_without_words_stays_and_says_what_is_missing(
    office: Office, http: httpx2.AsyncClient
) -> None:
    await bring(http, *office.slack.command(ANN, RANDOM, ""))
    (view,) = office.slack.views
    answer = await bring(http, *office.slack.submit(ANN, view, {QUESTION: " \n "}))
    assert answer.json() == {
        "response_action": "errors",
        "errors": {QUESTION: view["blocks"][0]["label"]["text"]},
    }
    assert await office.company.house.database.run(office.texts) == []
    answer = await bring(http, *office.slack.submit(ANN, view, {QUESTION: "My lamp"}))
    assert answer.json()["response_action"] == "update"
    assert await office.company.house.database.run(office.texts) == [["My lamp"]]


@pytest.mark.parametrize("language", get_args(Language))
async def test_the_app_speaks_its_language_but_for_words_of_ones_own(
    office: Office, http: httpx2.AsyncClient, language: Language
) -> None:
    assert {len(words) for words in WORDS.values()} == {0, len(Words.model_fields)}
    own = office.channel.settings.model_copy(
        update={"language": language, "words": Words(form_send="Go")}
    )
    said = own.said
    assert said.form_send == "Go"
    expected = {**Words().model_dump(), **WORDS[language], "form_send": "Go"}
    assert said.model_dump() == expected

    def set_up() -> None:
        stored = stored_settings(office.company.house, office.inbox)
        settings = {**stored, "language": language, "words": {"form_send": "Go"}}
        set_inbox_settings(office.company.house, office.inbox, settings)
        office.inbox.save()

    await office.company.house.database.run(set_up)
    answered = await bring(http, *office.slack.command(ANN, RANDOM, "My lamp"))
    assert answered.json()["text"] == expected["taken"]
    await bring(http, *office.slack.command(ANN, RANDOM, ""))
    view = office.slack.views[-1]
    assert (view["title"]["text"], view["submit"]["text"]) == (expected["form_title"], "Go")


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "block_actions"},
        {"type": "block_actions", "user": {"id": "U1"}, "actions": [{"action_ts": "x"}]},
        {"type": "view_submission", "user": {"id": "U1"}, "view": {"id": 7}},
        {"command": "/support", "user_id": "<script>"},
        [],
    ],
)
def test_actions_that_make_no_sense_are_malformed(office: Office, payload: Any) -> None:
    form = urlencode({"payload": json.dumps(payload)}).encode()
    request = office.slack.signed(form, "application/x-www-form-urlencoded")
    with pytest.raises(MalformedPayload):
        office.channel.parse(arrived(request))


def test_kinds_of_actions_of_tomorrow_are_nothing(office: Office) -> None:
    form = urlencode({"payload": json.dumps({"type": "workflow_step_edit"})}).encode()
    request = office.slack.signed(form, "application/x-www-form-urlencoded")
    assert office.channel.parse(arrived(request)) == []

"""What is said in Slack, as conversations: mentions, threads, direct messages, edits; twins and retries once."""

from __future__ import annotations

import httpx2

from store.models import Conversation, InboxRow, OutboxRow
from tests.channels.office import answer, deliver
from tests.channels.slack.conftest import Office
from tests.channels.slack.provider import shown_buttons, shown_text
from tests.fakes.slack import ANN, BEN, BOT_USER, HELP, OLD, RANDOM

CALL = f"<@{BOT_USER}>"


def test_a_mention_in_a_channel_comes_twice_and_counts_once(office: Office) -> None:
    office.slack.members[RANDOM].add(BOT_USER)
    twins = office.slack.say(ANN, RANDOM, f"{CALL} where is my parcel?")
    assert len(twins) == 2
    _, second = office.take(*twins)
    assert second.is_duplicate
    assert not second.is_conflict
    assert office.texts() == [["where is my parcel?"]]


def test_retries_are_acknowledged_and_count_once(office: Office) -> None:
    (request,) = office.slack.say(ANN, office.slack.direct(ANN), "hello")
    again = [office.slack.retried(request, attempt) for attempt in (1, 2, 3)]
    assert [one.is_duplicate for one in office.take(request, *again)] == [False, True, True, True]
    assert office.texts() == [["hello"]]


def test_a_thread_is_a_conversation_and_colleagues_belong_to_it(office: Office) -> None:
    slack = office.slack
    office.take(*slack.say(ANN, RANDOM, f"{CALL} my card is broken"))
    root = slack.messages[RANDOM][0]["ts"]
    office.take(*slack.say(ANN, RANDOM, "it says error 7", thread=root))
    office.take(*slack.say(BEN, RANDOM, "mine too", thread=root))
    office.take(*slack.say(BEN, RANDOM, f"<@{ANN}> lunch?", thread=root))
    assert office.texts() == [["my card is broken", "it says error 7", "mine too"]]


def test_what_people_say_among_themselves_is_not_even_stored(office: Office) -> None:
    slack = office.slack
    office.take(*slack.say(ANN, RANDOM, "Lunch?"))
    root = slack.messages[RANDOM][0]["ts"]
    assert office.take(*slack.say(BEN, RANDOM, "At one", thread=root)) == []
    assert InboxRow.objects.count() == 0
    office.take(*slack.say(BEN, RANDOM, f"{CALL} what is open?", thread=root))
    office.take(*slack.say(BEN, RANDOM, "and tomorrow?", thread=root))
    assert office.texts() == [["what is open?", "and tomorrow?"]]


def test_each_new_message_of_our_channel_opens_a_conversation(office: Office) -> None:
    office.take(*office.slack.say(ANN, HELP, "one"), *office.slack.say(ANN, HELP, "two"))
    assert sorted(office.texts()) == [["one"], ["two"]]


def test_direct_messages_are_one_conversation_and_their_threads_others(office: Office) -> None:
    slack, direct = office.slack, office.slack.direct(ANN)
    office.take(*slack.say(ANN, direct, "one"), *slack.say(ANN, direct, "two"))
    office.take(*slack.say(BEN, slack.direct(BEN), "other"))
    root = slack.messages[direct][0]["ts"]
    office.take(*slack.say(ANN, direct, "about one", thread=root))
    assert sorted(office.texts()) == [["one", "two", "about one"], ["other"]]


def test_an_edit_is_the_new_wording_of_its_message(office: Office) -> None:
    slack = office.slack
    office.take(*slack.say(ANN, HELP, "Where is order 12?"))
    ts = slack.messages[HELP][0]["ts"]
    edited = slack.edit(HELP, ts, "Where is order 13?")
    office.take(*edited, *edited)
    office.take(*slack.edit(HELP, ts, "Where is order 13?"))
    assert office.texts() == [["Where is order 13?"]]
    office.take(*slack.say(ANN, RANDOM, "Lunch?"))
    office.take(*slack.edit(RANDOM, slack.messages[RANDOM][0]["ts"], "Dinner?"))
    assert len(office.texts()) == 1, "an edit of what was never ours is not ours either"


def test_an_edit_that_comes_first_or_first_calls_us_is_the_message(office: Office) -> None:
    """Slack brings a message again a minute after we were away for it, and the edit at once."""
    slack, direct = office.slack, office.slack.direct(ANN)
    late = slack.say(ANN, direct, "Where is order 12?")
    edited = slack.edit(direct, slack.messages[direct][0]["ts"], "Where is order 13?")
    office.take(*edited, *late)
    assert office.texts() == [["Where is order 13?"]]
    office.take(*slack.say(ANN, RANDOM, "Lunch?"))
    office.take(*slack.edit(RANDOM, slack.messages[RANDOM][0]["ts"], f"{CALL} where is order 14?"))
    assert sorted(office.texts()) == [["Where is order 13?"], ["where is order 14?"]]


async def test_the_reply_stands_in_the_thread_with_buttons_and_author(office: Office) -> None:
    run = office.company.house.database.run
    await run(office.take, *office.slack.say(ANN, HELP, "Which plans are there?"))
    await run(answer, office, "Two: small & large.", "Small", "Large")
    assert await deliver(office) == ["sent"]
    (said,) = office.slack.said(HELP)
    assert said["thread_ts"] == office.slack.messages[HELP][0]["ts"]
    assert shown_text(said) == "Two: small & large."
    assert shown_buttons(said) == ["Small", "Large"]


async def test_the_reply_to_a_direct_message_stands_beside_it(office: Office) -> None:
    slack, run = office.slack, office.company.house.database.run
    direct = slack.direct(ANN)
    await run(office.take, *slack.say(ANN, direct, "hello"))
    await run(answer, office, "Good morning")
    await deliver(office)
    (said,) = slack.said(direct)
    assert "thread_ts" not in said
    await run(office.take, *slack.say(ANN, direct, "a question", thread=said["ts"]))
    await run(answer, office, "An answer")
    await deliver(office)
    assert slack.said(direct)[-1]["thread_ts"] == said["ts"]
    assert await run(Conversation.objects.count) == 1


async def test_after_a_conversation_is_closed_the_next_one_is_answered_in_the_same_place(
    office: Office,
) -> None:
    slack, run = office.slack, office.company.house.database.run
    direct = slack.direct(ANN)
    await run(office.take, *slack.say(ANN, direct, "hello"))
    await run(answer, office, "Good morning")
    await deliver(office)
    await run(lambda: Conversation.objects.update(status=Conversation.Status.CLOSED))
    await run(office.take, *slack.say(ANN, direct, "one more thing"))
    await run(answer, office, "Yes?")
    await deliver(office)
    assert [shown_text(one) for one in slack.said(direct)] == ["Good morning", "Yes?"]
    assert await run(Conversation.objects.count) == 2


async def test_an_answer_that_got_lost_is_looked_up_and_not_said_twice(office: Office) -> None:
    run, clock = office.company.house.database.run, office.company.house.clock
    await run(office.take, *office.slack.say(ANN, HELP, "hello"))
    await run(answer, office, "Good morning")
    office.slack.scripts.append(("chat.postMessage", "silence"))
    assert await deliver(office) == ["waiting"]
    clock.advance(seconds=10)  # type: ignore[attr-defined]
    assert await deliver(office) == ["sent"]
    assert [shown_text(one) for one in office.slack.said(HELP)] == ["Good morning"]


async def test_events_are_acknowledged_only_when_stored(
    office: Office, http: httpx2.AsyncClient
) -> None:
    (request,) = office.slack.say(ANN, HELP, "hello")
    answered = await http.post(
        "/webhooks/slack/acme", content=request.body, headers=request.headers
    )
    assert (answered.status_code, answered.content) == (200, b"")
    assert await office.company.house.database.run(InboxRow.objects.count) == 1
    asked = office.slack.challenge()
    answered = await http.post("/webhooks/slack/acme", content=asked.body, headers=asked.headers)
    assert (answered.status_code, answered.text) == (200, "3eZbrw1a")


async def test_an_archived_channel_is_told_to_the_desk(office: Office) -> None:
    run = office.company.house.database.run
    await run(office.take, *office.slack.say(ANN, OLD, f"{CALL} hello"))
    await run(answer, office, "Good morning")
    assert await deliver(office) == ["dead"]
    row = await run(OutboxRow.objects.get)
    assert row.last_error == "chat.postMessage: is_archived"

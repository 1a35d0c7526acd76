"""Colleagues who work from Slack: handoffs in their team's channel, what they press and write there, and who may."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from bot import colleagues, desk
from bot import company as setup
from bot.annotate import annotate
from bot.at_board import carry_out, said_elsewhere, step_in
from bot.boards import _next, show_some
from bot.handoff import packet_of
from bot.receive import receive
from bot.reply import Outcome, finish_turn
from core.decision import Priority, Routed
from core.dossier import Deed, Step
from core.errors import Conflict, NotFound
from store import boards
from store.desk_ticket import open_ticket_page
from store.models import (
    Address,
    AuditEntry,
    BoardPost,
    ColleagueAddress,
    Conversation,
    Event,
    InboxRow,
    LinkCode,
    Message,
    OutboxRow,
    Team,
    Ticket,
    User,
)
from store.turns import claim
from tests.channels.office import deliver
from tests.channels.slack.conftest import Office
from tests.channels.slack.provider import shown_buttons
from tests.company import Writer
from tests.fakes.slack import BOT_USER, CARE, HELP, LEO, MAYA, ORDERS, Signed

Json = dict[str, Any]


@pytest.fixture
def staffed(office: Office) -> Office:
    """The orders team works from #orders; Maya is its agent Other, Leo is nobody known."""
    company = office.company
    team = Team.objects.get(id=company.orders.id)
    team.board_inbox, team.board_place = office.inbox, ORDERS
    setup.keep(company.house, company.admin, team)
    _link(office, MAYA, company.other)
    return office


def _link(office: Office, person: str, user: User) -> None:
    """Enters a code of the desk in the form, as anybody would."""
    code = colleagues.new_code(office.company.house, user)
    view = {
        "callback_id": "threadline_link_form",
        "private_metadata": f"{ORDERS}/",
        "id": f"V{user.id}",
    }
    element = {"action_id": "code"}
    block = {"type": "input", "block_id": "threadline_code", "element": element}
    _do(
        office, *office.slack.submit(person, {**view, "blocks": [block]}, {"threadline_code": code})
    )


def _do(office: Office, *calls: Signed) -> list[str]:
    """What the web process does with these calls; what was told."""
    house, told = office.company.house, []
    for call in calls:
        arrival = office.arrived(call, house.clock())
        office.channel.verify(arrival)
        step = step_in(house, office.inbox, arrival)
        done = carry_out(house, office.inbox, step) if step else None
        if done is None:
            receive(house, office.inbox, office.channel.parse(arrival))
            told.append("a customer's")
        else:
            told.append(done.text)
    return told


def _first_look(office: Office, *calls: Signed) -> list[list[str] | None]:
    """What `web` reads before it asks for `carry_out`."""
    house, found = office.company.house, list[list[str] | None]()
    for call in calls:
        arrival = office.arrived(call, house.clock())
        step = step_in(house, office.inbox, arrival)
        assert step is not None
        said = said_elsewhere(house, office.inbox, arrival, step)
        found.append(None if said is None else [one.text for one in said])
    return found


def _hand_over(office: Office, writer: Writer, text: str = "Where is my parcel 77?") -> Ticket:
    """A mail that the router gives to the orders team."""
    house, mail = office.company.house, office.company.mail
    receive(house, mail, [writer.mail(text)])
    (claimed,) = claim(house.vault, "test", timedelta(minutes=1), 10, house.clock())
    routed = Routed("delivery", Priority.HIGH, "orders", confidence=0.9)
    packet = packet_of(claimed, None, None, {"reason": "asked_for_person"})
    finish_turn(house, claimed, Outcome(routed=routed, packet=packet))
    return Ticket.objects.latest("opened_at")


async def _keep(office: Office) -> None:
    """What a worker does until every board shows how things stand."""
    house = office.company.house
    for _ in range(60):
        while await house.database.run(boards.note_news, house.clock()):
            pass
        if not await show_some(house, "tested"):
            return
    raise AssertionError("the board never came to rest")


def _texts(office: Office, channel: str = ORDERS) -> list[str]:
    """What stands in the thread, in words."""
    said = [one for one in office.slack.said(channel) if one.get("thread_ts")]
    return ["\n".join(_words(block) for block in one["blocks"]) for one in said]


def _words(block: Json) -> str:
    if block["type"] == "context":
        return " ".join(str(one["text"]) for one in block["elements"])
    return str(block.get("text", {}).get("text", ""))


def _card(office: Office, channel: str = ORDERS) -> Json:
    """The one post of the channel."""
    (post,) = [one for one in office.slack.said(channel) if not one.get("thread_ts")]
    return post


def _read(card: Json) -> str:
    return "\n".join(_words(block) for block in card["blocks"])


async def test_a_handoff_is_posted_with_its_packet_and_buttons(staffed: Office) -> None:
    run = staffed.company.house.database.run
    ticket = await run(_hand_over, staffed, Writer(), "Where is <my> parcel 77? It is late.")
    await _keep(staffed)
    card = _card(staffed)
    read = _read(card)
    assert f"#{ticket.number}" in read
    assert "&lt;my&gt; parcel 77" in read, "what people type is no mark"
    for word in (
        "maya@customers.example",
        "High",
        "Orders",
        "Delivery",
        "Waits for somebody",
        "due <!date^",
    ):
        assert word in read
    assert shown_buttons(card) == ["Take", "Resolve"]
    await _keep(staffed)
    assert len(staffed.slack.said(ORDERS)) == 1


async def test_from_taking_to_resolving_both_ways(staffed: Office) -> None:
    company, slack, run = staffed.company, staffed.slack, staffed.company.house.database.run
    writer = Writer()
    ticket = await run(_hand_over, staffed, writer)
    await _keep(staffed)
    root = _card(staffed)["ts"]
    assert await run(_do, staffed, *slack.press(MAYA, ORDERS, root, 1)) == [""]
    await _keep(staffed)
    assert "With Other Person" in _read(_card(staffed))
    assert shown_buttons(_card(staffed)) == ["Resolve"]
    await run(_do, staffed, *slack.say(MAYA, ORDERS, "It is in &lt;Bremen&gt;.", thread=root))
    while "waiting" in await deliver(staffed):
        pass
    assert company.provider.taken[-1].text == "It is in <Bremen>."
    assert company.provider.taken[-1].author == "Other Person"
    await run(receive, company.house, company.mail, [writer.mail("Since when?")])
    await run(desk.reply, company.house, company.other, ticket.number, "Since Monday.")
    await run(desk.note, company.house, company.lead, ticket.number, "Call the carrier")
    await _keep(staffed)
    assert _texts(staffed) == [
        "Customer\nSince when?",
        "Other Person\nSince Monday.",
        "Lead Person, note\nCall the carrier",
    ]
    await run(_do, staffed, *slack.press(MAYA, ORDERS, root, 1))
    await _keep(staffed)
    assert "Resolved" in _read(_card(staffed))
    assert shown_buttons(_card(staffed)) == []
    assert await run(lambda: Ticket.objects.get().status) == Ticket.Status.RESOLVED


async def test_the_mark_of_a_note_keeps_words_inside(staffed: Office) -> None:
    slack, run = staffed.slack, staffed.company.house.database.run
    await run(_hand_over, staffed, Writer())
    await _keep(staffed)
    root = _card(staffed)["ts"]
    before = await run(OutboxRow.objects.count)
    said = ("note: he called twice", "/note and shouted", f"<@{LEO}> can you look?")
    told = [
        (await run(_do, staffed, *slack.say(MAYA, ORDERS, text, thread=root)))[0] for text in said
    ]
    assert told[:2] == ["", ""]
    assert told[2].startswith("Kept as a note")
    assert await run(OutboxRow.objects.count) == before, "none of it goes to the customer"
    notes = await run(lambda: list(Message.objects.filter(kind=Message.Kind.NOTE).order_by("seq")))
    assert len(notes) == 3
    texts = await run(staffed.company.texts, Message.Author.AGENT)
    assert texts == ["he called twice", "and shouted", "@U0LEO can you look?"]
    await _keep(staffed)
    assert _texts(staffed) == [], "they stand there already"


async def test_who_is_not_known_is_refused_and_told_how(staffed: Office) -> None:
    slack, run = staffed.slack, staffed.company.house.database.run
    await run(_hand_over, staffed, Writer())
    await _keep(staffed)
    root = _card(staffed)["ts"]
    before = await run(OutboxRow.objects.count)
    calls = [*slack.press(LEO, ORDERS, root, 1), *slack.say(LEO, ORDERS, "Hello", thread=root)]
    for told in await run(_do, staffed, *calls):
        assert told.startswith("I do not know who you are")
    ticket = await run(Ticket.objects.get)
    assert ticket.assignee_id is None
    assert await run(OutboxRow.objects.count) == before


async def test_words_of_other_threads_are_read_in_the_first_look(staffed: Office) -> None:
    """What may change something looks again only where a board may be."""
    slack, run = staffed.slack, staffed.company.house.database.run
    await run(_hand_over, staffed, Writer())
    await _keep(staffed)
    own = slack.say(LEO, ORDERS, "Hello", thread=_card(staffed)["ts"])
    assert await run(_first_look, staffed, *own) == [None]
    slack.say(LEO, ORDERS, "Cake in the kitchen")
    other = slack.say(LEO, ORDERS, "Whose?", thread=slack.messages[ORDERS][-1]["ts"])
    assert await run(_first_look, staffed, *other) == [["Whose?"]]


async def test_a_name_is_not_enough(staffed: Office) -> None:
    slack, run = staffed.slack, staffed.company.house.database.run
    await run(_hand_over, staffed, Writer())
    await _keep(staffed)
    root = _card(staffed)["ts"]
    profile = {"real_name": "Other Person", "display_name": "Other Person"}
    (told,) = await run(
        _do, staffed, *slack.say(LEO, ORDERS, "Hello", thread=root, user_profile=profile)
    )
    assert told.startswith("I do not know who you are")
    home = slack.say(MAYA, ORDERS, "Hello", thread=root, user_team="T0EVIL")
    (told,) = await run(_do, staffed, *home)
    assert told.startswith("I do not know who you are"), "of another workspace"


async def test_the_permissions_are_those_of_the_desk(staffed: Office) -> None:
    company, slack, run = staffed.company, staffed.slack, staffed.company.house.database.run
    await run(_hand_over, staffed, Writer())
    await _keep(staffed)
    root = _card(staffed)["ts"]
    await run(_link, staffed, LEO, company.agent)  # of another team
    for told in await run(
        _do, staffed, *slack.press(LEO, ORDERS, root, 1), *slack.press(LEO, ORDERS, root, 2)
    ):
        assert told.startswith("There is no ticket")
    company.other.is_active = False
    await run(company.other.save)
    (told,) = await run(_do, staffed, *slack.press(MAYA, ORDERS, root, 1))
    assert told.startswith("I do not know who you are")
    assert await run(lambda: Ticket.objects.get().assignee_id) is None


async def test_a_second_one_is_told_who_has_it_and_does_not_speak(staffed: Office) -> None:
    company, slack, run = staffed.company, staffed.slack, staffed.company.house.database.run
    await run(_hand_over, staffed, Writer())
    await _keep(staffed)
    post = dict(_card(staffed))
    await run(_link, staffed, LEO, company.lead)
    await run(_do, staffed, *slack.press(MAYA, ORDERS, post["ts"], 1))
    assert await run(_do, staffed, *slack.press(LEO, ORDERS, post["ts"], 1)) == [
        "Other Person has taken this ticket."
    ]
    before = await run(OutboxRow.objects.count)
    (told,) = await run(_do, staffed, *slack.say(LEO, ORDERS, "I say", thread=post["ts"]))
    assert told == "Take the ticket first: somebody else is speaking."
    assert await run(OutboxRow.objects.count) == before


async def test_card_and_refusal_speak_the_language_of_the_team(staffed: Office) -> None:
    company, slack, run = staffed.company, staffed.slack, staffed.company.house.database.run
    company.mail.brand.languages = ["de", "en"]
    await run(company.mail.brand.save)
    await run(_hand_over, staffed, Writer())
    await _keep(staffed)
    post = dict(_card(staffed))
    assert "Lieferung" in _read(post)
    (told,) = await run(_do, staffed, *slack.say(MAYA, ORDERS, "I say", thread=post["ts"]))
    assert told == "Übernehmen Sie zuerst das Ticket: Gerade spricht jemand anderes."


async def test_retries_and_twins_count_once(staffed: Office) -> None:
    slack, run = staffed.slack, staffed.company.house.database.run
    await run(_hand_over, staffed, Writer())
    await _keep(staffed)
    root = _card(staffed)["ts"]
    await run(_do, staffed, *slack.press(MAYA, ORDERS, root, 1))
    twins = slack.say(MAYA, ORDERS, f"<@{BOT_USER}> It is here.", thread=root)
    again = [slack.retried(twins[0], attempt) for attempt in (1, 2, 3)]
    assert len(twins) == 2
    await run(_do, staffed, *twins, *again)
    texts = await run(staffed.company.texts, Message.Author.AGENT)
    assert len(texts) == 1
    assert await run(Conversation.objects.count) == 1, "nothing of it opens a conversation"


async def test_what_was_sent_stays_sent(staffed: Office) -> None:
    slack, run = staffed.slack, staffed.company.house.database.run
    await run(_hand_over, staffed, Writer())
    await _keep(staffed)
    root = _card(staffed)["ts"]
    await run(_do, staffed, *slack.press(MAYA, ORDERS, root, 1))
    await run(_do, staffed, *slack.say(MAYA, ORDERS, "On Monday", thread=root))
    ts = slack.messages[ORDERS][-1]["ts"]
    told = await run(_do, staffed, *slack.edit(ORDERS, ts, "On Tuesday"))
    told += await run(_do, staffed, *slack.delete(ORDERS, ts))
    assert [one.startswith("What was sent stays") for one in told] == [True, True]
    assert await run(staffed.company.texts, Message.Author.AGENT) == ["On Monday"]


async def test_files_are_not_half_sent(staffed: Office) -> None:
    slack, run = staffed.slack, staffed.company.house.database.run
    await run(_hand_over, staffed, Writer())
    await _keep(staffed)
    root = _card(staffed)["ts"]
    await run(_do, staffed, *slack.press(MAYA, ORDERS, root, 1))
    about = [{"id": "F1", "name": "a.png"}]
    call = slack.say(MAYA, ORDERS, "See this", thread=root, subtype="file_share", files=about)
    (told,) = await run(_do, staffed, *call)
    assert told.startswith("Files are not sent")
    assert await run(staffed.company.texts, Message.Author.AGENT) == []


async def test_other_threads_of_the_channel_are_nobodys(staffed: Office) -> None:
    slack, run = staffed.slack, staffed.company.house.database.run
    await run(_hand_over, staffed, Writer())
    await _keep(staffed)
    await run(_do, staffed, *slack.say(MAYA, ORDERS, "Lunch?"))
    root = slack.messages[ORDERS][-1]["ts"]
    await run(_do, staffed, *slack.say(LEO, ORDERS, "At one", thread=root))
    assert await run(InboxRow.objects.filter(inbox=staffed.inbox).count) == 1, "the code alone"


@pytest.mark.parametrize("trouble", ["silence", "hang up", "429", "503"])
async def test_a_post_stands_once_whatever_happens(staffed: Office, trouble: str) -> None:
    clock, run = staffed.company.house.clock, staffed.company.house.database.run
    await run(_hand_over, staffed, Writer())
    staffed.slack.scripts.append(("chat.postMessage", trouble))
    await _keep(staffed)
    staffed.channel._api._quiet_until.clear()  # type: ignore[attr-defined]
    clock.advance(minutes=1)  # type: ignore[attr-defined]
    await _keep(staffed)
    assert shown_buttons(_card(staffed)) == ["Take", "Resolve"]


async def test_a_worker_that_died_while_posting_does_not_post_twice(
    staffed: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, house = staffed.company.house.database.run, staffed.company.house
    await run(_hand_over, staffed, Writer())
    await run(boards.note_news, house.clock())
    with monkeypatch.context() as context:
        context.setattr("bot.boards.boards.settled", lambda *args, **more: None)
        await show_some(house, "dead")
    assert len(staffed.slack.said(ORDERS)) == 1
    assert await run(boards.release_posts, "dead") == 1
    await _keep(staffed)
    assert len(staffed.slack.said(ORDERS)) == 1
    assert (await run(BoardPost.objects.get)).post == f"{ORDERS}/{_card(staffed)['ts']}"


async def test_words_under_a_post_that_is_just_appearing_come_again(
    staffed: Office, http: httpx2.AsyncClient
) -> None:
    run, slack = staffed.company.house.database.run, staffed.slack
    await run(_hand_over, staffed, Writer())
    await run(boards.note_news, staffed.company.house.clock())
    slack.scripts.append(("chat.postMessage", "silence"))
    await show_some(staffed.company.house, "tested")
    root = _card(staffed)["ts"]
    (call,) = slack.say(MAYA, ORDERS, "note: mine", thread=root)
    answered = await http.post("/webhooks/slack/acme", content=call.body, headers=call.headers)
    assert answered.status_code == 503, "Slack comes again"
    staffed.company.house.clock.advance(minutes=1)  # type: ignore[attr-defined]
    await _keep(staffed)
    again = slack.retried(call, 1)
    answered = await http.post("/webhooks/slack/acme", content=again.body, headers=again.headers)
    assert answered.status_code == 200
    assert await run(staffed.company.texts, Message.Author.AGENT) == ["mine"]


async def test_another_team_means_another_board(staffed: Office) -> None:
    company, slack, run = staffed.company, staffed.slack, staffed.company.house.database.run
    ticket = await run(_hand_over, staffed, Writer())
    await _keep(staffed)
    root = _card(staffed)["ts"]

    def move() -> None:
        care = Team.objects.get(id=company.triage.id)
        care.board_inbox, care.board_place = staffed.inbox, CARE
        setup.keep(company.house, company.admin, care)
        desk.reclassify(company.house, company.lead, ticket.number, team="care")

    await run(move)
    await _keep(staffed)
    assert "Goes on with Customer care" in _read(_card(staffed))
    assert shown_buttons(_card(staffed)) == []
    assert shown_buttons(_card(staffed, CARE)) == ["Take", "Resolve"]
    (told,) = await run(_do, staffed, *slack.say(MAYA, ORDERS, "Hello", thread=root))
    assert told == "This ticket goes on elsewhere. Nothing was sent."


async def test_what_cannot_be_posted_is_told_to_the_desk(staffed: Office) -> None:
    run = staffed.company.house.database.run
    await run(_hand_over, staffed, Writer())
    staffed.slack.members[ORDERS].discard(BOT_USER)
    await _keep(staffed)
    event = await run(Event.objects.get, kind="board_failed")
    assert event.data == {"problem": "chat.postMessage: not_in_channel"}
    assert event.public_seq is None


async def test_over_http_with_the_refusal_and_the_code(
    staffed: Office, http: httpx2.AsyncClient
) -> None:
    company, slack, run = staffed.company, staffed.slack, staffed.company.house.database.run
    await run(_hand_over, staffed, Writer())
    await _keep(staffed)
    post = _card(staffed)

    async def bring(calls: list[Signed]) -> httpx2.Response:
        (call,) = calls
        return await http.post("/webhooks/slack/acme", content=call.body, headers=call.headers)

    assert (await bring(slack.press(LEO, ORDERS, post["ts"], 1))).content == b""
    (whisper,) = slack.whispers
    assert (whisper["user"], whisper["channel"], whisper["thread_ts"]) == (LEO, ORDERS, post["ts"])
    assert shown_buttons(whisper) == ["Enter the code"]
    await bring(slack.press_in_whisper(LEO))
    code = await run(colleagues.new_code, company.house, company.lead)
    answered = await bring(slack.submit(LEO, slack.views[-1], {"threadline_code": code.lower()}))
    assert answered.content == b"", "the form closes"
    assert (
        slack.whispers[-1]["text"] == "Thank you, Lead. What you do here is done in your name now."
    )
    await bring(slack.press(LEO, ORDERS, post["ts"], 1))
    assert (await run(Ticket.objects.get)).assignee_id == company.lead.id
    assert await run(AuditEntry.objects.filter(action="colleague.link").count) == 2


def test_a_code_works_once_and_not_for_long(staffed: Office) -> None:
    company, slack = staffed.company, staffed.slack
    assert ColleagueAddress.objects.count() == 1
    assert not LinkCode.objects.exists(), "used up"
    old = colleagues.new_code(company.house, company.lead)
    company.house.clock.advance(minutes=11)  # type: ignore[attr-defined]
    view = {"callback_id": "threadline_link_form", "private_metadata": f"{ORDERS}/"}
    block = {"type": "input", "block_id": "threadline_code", "element": {"action_id": "code"}}
    for number, code in enumerate((old, "", "AAAA-AAAA-AAAA")):
        form = {**view, "id": f"V{number}", "blocks": [block]}
        told = _do(staffed, *slack.submit(LEO, form, {"threadline_code": code}))
        assert told == ["This code is not valid, or not any more."]
    assert ColleagueAddress.objects.count() == 1
    with pytest.raises(NotFound):
        colleagues.forget(company.house, company.lead, ColleagueAddress.objects.get().id)
    colleagues.forget(company.house, company.other, ColleagueAddress.objects.get().id)
    assert not ColleagueAddress.objects.exists()


@pytest.mark.parametrize("place", [HELP, "", "orders", "D0ANN", "C0 X"])
def test_a_board_has_a_place_where_no_customers_write(office: Office, place: str) -> None:
    team = Team.objects.get(id=office.company.orders.id)
    team.board_inbox, team.board_place = office.inbox, place
    with pytest.raises(Conflict):
        setup.keep(office.company.house, office.company.admin, team)


def test_a_mailbox_is_no_board(office: Office) -> None:
    team = Team.objects.get(id=office.company.orders.id)
    team.board_inbox, team.board_place = office.company.mail, ORDERS
    with pytest.raises(Conflict):
        setup.keep(office.company.house, office.company.admin, team)


def _statements(work: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(connection) as asked:
        work()
    return [one["sql"] for one in asked]


def _say(office: Office, writer: Writer, times: int) -> None:
    house, mail = office.company.house, office.company.mail
    for _ in range(times):
        receive(house, mail, [writer.mail("And one more thing")])


def _show_all(office: Office) -> None:
    """What a worker does, without sending anything."""
    house = office.company.house
    for place in range(20):
        held = boards.lease_posts("w", timedelta(minutes=1), 8, house.clock())
        if not held:
            return
        for mine in held:
            following = _next(house, mine)
            if following is None:
                continue
            done: Json = {} if following.posting.post else {"post": f"{mine.id}.{place}"}
            done |= {"shown": following.digest} if following.seq is None else {}
            done |= {"seq": following.seq} if following.seq is not None else {}
            boards.settled(mine, house.clock(), **done)
    raise AssertionError("the board never came to rest")


def test_what_is_said_to_the_bot_costs_a_board_the_same_however_much_it_is(staffed: Office) -> None:
    """Of an event that concerns no post nothing is read but its place, conversation, number and kind."""
    house, other = staffed.company.house, Writer("other@customers.example")
    _hand_over(staffed, Writer())
    boards.note_news(house.clock())
    _show_all(staffed)
    costs = []
    for times in (1, 1, 30):
        _say(staffed, other, times)
        asked = _statements(lambda: boards.note_news(house.clock()))
        of_the_log = [sql for sql in asked if "store_event" in sql]
        assert of_the_log
        assert not [sql for sql in of_the_log if '"data"' in sql or " data" in sql]
        costs.append(len(asked))
        assert boards.lease_posts("w", timedelta(minutes=1), 8, house.clock()) == []
    assert costs[1] == costs[2]


def test_a_look_at_a_post_reads_what_its_card_shows_and_no_page(staffed: Office) -> None:
    house = staffed.company.house
    _hand_over(staffed, Writer())
    boards.note_news(house.clock())
    asked = _statements(lambda: _show_all(staffed))
    for table in ("event", "attachment", "slapolicy", "calendar", "survey", "outboxrow"):
        whole = f'FROM "store_{table}"'
        assert not [sql for sql in asked if whole in sql and "SELECT" in sql and '"data"' in sql]
        if table != "event":
            assert not [sql for sql in asked if f'"store_{table}"' in sql], table
    assert len([sql for sql in asked if "SELECT" in sql]) <= 15
    post = BoardPost.objects.get()
    assert (post.look_at, post.lease_until, len(bytes(post.shown))) == (None, None, 32)
    assert post.seq == Conversation.objects.get().last_seq, "what is not told is passed over"


def test_what_is_said_behind_much_that_is_not_told_is_told_at_the_same_look(
    staffed: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing else may happen for a long time, and nothing about the card has changed."""
    house, writer = staffed.company.house, Writer()
    ticket = _hand_over(staffed, writer)
    boards.note_news(house.clock())
    _show_all(staffed)
    monkeypatch.setattr("bot.boards.LINES", 3)
    for _ in range(4):
        for deed in (Deed.FOLLOW, Deed.UNFOLLOW):
            annotate(house, staffed.company.other, ticket.number, Step(deed))
    receive(house, staffed.company.mail, [writer.mail("And where is 78?")])
    boards.note_news(house.clock())
    (post,) = boards.lease_posts("w", timedelta(minutes=1), 8, house.clock())
    following = _next(house, post)
    assert following is not None
    assert following.posting.text.startswith("And where is 78?")


@pytest.mark.parametrize("is_erased", [False, True])
def test_a_card_knows_what_the_page_knows(staffed: Office, is_erased: bool) -> None:
    house = staffed.company.house
    ticket = _hand_over(staffed, Writer())
    if is_erased:
        Address.objects.filter(id=ticket.conversation.address_id).update(key_wrapped=None)
    page = open_ticket_page(house.vault, Ticket.objects.all(), ticket.number, house.clock())
    assert boards.glance(house.vault, Ticket.objects.get()) == boards.Glance(
        page.subject, page.sender, page.contact, page.tier, page.packet
    )
    assert (page.sender is None) == is_erased


def test_who_waits_for_a_provider_goes_on_waiting(staffed: Office) -> None:
    house, writer = staffed.company.house, Writer()
    _hand_over(staffed, writer)
    boards.note_news(house.clock())
    _show_all(staffed)
    later = house.clock() + timedelta(hours=1)
    BoardPost.objects.update(look_at=later)
    _say(staffed, writer, 1)
    boards.note_news(house.clock())
    assert BoardPost.objects.get().look_at == later
    BoardPost.objects.update(look_at=None)
    _say(staffed, writer, 1)
    boards.note_news(house.clock())
    assert BoardPost.objects.get().look_at == house.clock()


def test_what_happens_while_a_post_is_put_to_rest_is_shown(staffed: Office) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer: nothing happens meanwhile")
    house, writer = staffed.company.house, Writer()
    _hand_over(staffed, writer)
    boards.note_news(house.clock())
    _show_all(staffed)
    BoardPost.objects.update(look_at=house.clock())
    (mine,) = boards.lease_posts("w", timedelta(minutes=1), 8, house.clock())

    said, may_commit = threading.Event(), threading.Event()

    def happens() -> None:
        try:
            with transaction.atomic():
                _say(staffed, writer, 1)
                said.set()
                assert may_commit.wait(60)
            boards.note_news(house.clock())
        finally:
            connection.close()

    meanwhile = threading.Thread(target=happens)
    meanwhile.start()
    assert said.wait(60)
    with transaction.atomic():
        post = boards.held(mine)
        assert post is not None
        assert [seq for seq, _, _ in boards.happened_after(post, 50)] == []
        may_commit.set()
        meanwhile.join(1)  # it has read the news by then, or finds the post at rest
        boards.rest(post, None)
    meanwhile.join(60)
    assert BoardPost.objects.get().look_at is not None

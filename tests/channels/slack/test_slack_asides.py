"""A colleague or their channel asked in Slack beside a ticket: the thread answers, and stays out of the customer's sight."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import asides
from bot.aside_post import send_aside
from bot.asides import Question
from bot.handoff import packet_of
from bot.receive import receive
from bot.reply import Outcome, finish_turn
from bot.replying import kept
from core.decision import Priority, Routed
from core.errors import MalformedPayload
from core.message import Attached
from store.models import AsideMessage, Conversation, Job, Ticket
from store.turns import claim
from tests.channels.slack.conftest import Office
from tests.company import Writer
from tests.fakes.slack import ANN, HELP, LEO, MAYA, ORDERS

pytestmark = pytest.mark.usefixtures("in_this_thread")


@pytest.fixture
def ticket(office: Office) -> Ticket:
    house = office.company.house
    receive(house, office.company.mail, [Writer().mail("Where is parcel 77?")])
    (claimed,) = claim(house.vault, "test", timedelta(minutes=1), 10, house.clock())
    routed = Routed("delivery", Priority.HIGH, "care", confidence=0.9)
    packet = packet_of(claimed, None, None, {"reason": "asked_for_person"})
    finish_turn(house, claimed, Outcome(routed=routed, packet=packet))
    return Ticket.objects.get()


async def _ask(office: Office, ticket: Ticket, to: str) -> None:
    question = Question("acme", to, "Parcel 77", "Did it leave the yard?")
    asides.ask(office.company.house, office.company.agent, ticket.number, question)
    await send_aside(office.company.house, Job.objects.get(kind="send_aside").payload)


def _arrive(office: Office, calls: object) -> None:
    house = office.company.house
    for call in calls:  # type: ignore[attr-defined]
        arrival = office.arrived(call, house.clock())
        office.channel.verify(arrival)
        receive(house, office.inbox, office.channel.parse(arrival))


@pytest.mark.parametrize(("to", "who"), [(ORDERS, LEO), (ANN, ANN)])
async def test_a_thread_answers_beside_the_ticket(
    office: Office, ticket: Ticket, to: str, who: str
) -> None:
    await _ask(office, ticket, to)
    (channel, post), *_ = [
        (channel, one)
        for channel in (ORDERS, office.slack.direct(ANN))
        for one in office.slack.said(channel)
        if "yard" in str(one)
    ]
    _arrive(office, office.slack.say(who, channel, "Yes, at noon.", thread=post["ts"]))
    (shown,) = asides.shown_to(office.company.house, office.company.agent, ticket.number)
    assert [said.text for said in shown.said] == ["Did it leave the yard?", "Yes, at noon."]
    assert shown.is_unread
    assert Conversation.objects.count() == 1
    asides.say(office.company.house, office.company.agent, ticket.number, shown.id, "Thanks")
    for job in Job.objects.filter(kind="send_aside"):
        await send_aside(office.company.house, job.payload)
    last = office.slack.said(channel)[-1]
    assert last.get("thread_ts") == post["ts"]


async def test_where_customers_write_nobody_is_asked(office: Office, ticket: Ticket) -> None:
    for typed in (HELP, "general", f"{ORDERS},{MAYA}"):
        with pytest.raises(MalformedPayload):
            await _ask(office, ticket, typed)


@pytest.mark.parametrize("to", [ORDERS, ANN])
async def test_files_stand_once_under_the_question(office: Office, ticket: Ticket, to: str) -> None:
    house = office.company.house
    files = kept(house, [Attached("label.pdf", "application/pdf", b"%PDF parcel 77")])
    question = Question("acme", to, "Parcel 77", "Did it leave the yard?", files=files)
    asides.ask(house, office.company.agent, ticket.number, question)
    for part in range(2):
        (job,) = Job.objects.filter(kind="send_aside", payload__part=part)
        await send_aside(house, job.payload)
        # Whoever sent it died before it was written down: it is looked up, and not sent again.
        AsideMessage.objects.update(state="waiting", part=part, in_flight=True)
        await send_aside(house, job.payload)
    channel = ORDERS if to == ORDERS else office.slack.direct(ANN)
    words, file = office.slack.said(channel)
    assert "yard" in str(words)
    assert [one["name"] for one in file["files"]] == ["label.pdf"]
    assert file.get("thread_ts") == (words["ts"] if to == ORDERS else None), "or after it"
    assert b"%PDF parcel 77" in office.slack.files.values()
    (shown,) = asides.shown_to(house, office.company.agent, ticket.number)
    assert shown.said[0].state == "sent"

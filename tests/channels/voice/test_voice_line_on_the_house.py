"""Callers in line for a person, through the product itself: places, hours, connecting a colleague, recordings, the desk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot import desk, line, offers
from bot.house import House
from channels.voice import Voice
from core.assignment import Available
from core.errors import Conflict, NotAllowed, NotFound
from core.ids import InboxId
from core.line import Standing
from store import presence
from store.models import (
    Agent,
    Attachment,
    AuditEntry,
    Calendar,
    Call,
    Conversation,
    Event,
    Holiday,
    Inbox,
    Job,
    Message,
    OutboxRow,
    Reservation,
    Ticket,
    User,
)
from tests.bot.scripted import hands_over
from tests.channels.voice.provider import voice_settings
from tests.channels.voice.telephone import Line, calling
from tests.company import Company
from tests.fakes.twilio import UNREACHABLE, FakeTwilio
from tests.fakes.twilio_call import FakeCall
from web import house as web_house

PHONE = "+15005550009"


@pytest.fixture
def manned(wired: House, company: Company, twilio: FakeTwilio) -> House:
    """Callers are put through, and the agent has a telephone."""
    Agent.objects.filter(user=company.other).update(phone=PHONE)
    inbox = Inbox.objects.get(slug="line")
    settings = voice_settings(twilio.url, puts_through=True, records_talks=True)
    voice, usual = Voice(InboxId(inbox.id), settings), wired.channel_of
    return replace(wired, channel_of=lambda box: voice if box.id == inbox.id else usual(box))


async def _wants_a_person(on: Line, consents: str = "1") -> None:
    on.dialogue.turns.append(hands_over())
    await on.do("dial")
    await on.do("say", "I want a person")
    await on.do("press", consents)


async def _until(on: Line, true: Callable[[], bool]) -> None:
    for _ in range(400):
        if await on.read(true):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it never came to that")


def _press_connect(house: House, user: User) -> None:
    line.connect(house, user, Ticket.objects.get().number)


async def _rings(on: Line, user: User, twilio: FakeTwilio) -> FakeCall:
    """The colleague presses the button; their telephone."""
    before = len(twilio.rung)
    await on.house.database.run(_press_connect, on.house, user)
    await _until(on, lambda: len(twilio.rung) > before)
    return FakeCall.rung(twilio, twilio.rung[-1], on.call.post)


def _standing() -> str:
    return Call.objects.get().standing


def test_from_a_question_to_a_talk_that_is_recorded(
    manned: House, company: Company, twilio: FakeTwilio
) -> None:
    async def run() -> None:
        async with calling(manned, twilio) as on:
            await _wants_a_person(on)
            assert on.call.queued is not None
            assert "You are next in line." in on.call.heard[-1]
            telephone = await _rings(on, company.other, twilio)
            await asyncio.to_thread(telephone.dial)
            assert "It is on your screen" in telephone.heard[-1]
            await asyncio.to_thread(telephone.press, "1")
            assert (on.call.state, telephone.state) == ("together", "together")
            assert await on.read(_standing) == Standing.TALKING
            recording = await asyncio.to_thread(telephone.is_taped, 95)
            twilio.files[recording] = b"two voices"
            await asyncio.to_thread(telephone.is_taped, 95, recording)
            await on.do("hang_up")
            await _until(on, lambda: Attachment.objects.filter(problem="").exists())

    asyncio.run(run())
    ticket, call = Ticket.objects.get(), Call.objects.get()
    assert ticket.assignee == company.other
    assert ticket.first_response_at == call.connected_at, "to speak with the caller is a reply"
    assert [event["what"] for event in ticket.clock].count("agent_reply") == 1
    assert ticket.waits_since is None
    assert (call.standing, call.consents, call.agent) == (Standing.TALKED, True, company.other)
    note = Message.objects.get(kind=Message.Kind.NOTE)
    assert company.texts(Message.Author.SYSTEM)[-1] == "Recording, 1:35"
    assert Attachment.objects.get(message=note).size == len(b"two voices")
    events = Event.objects.filter(kind="call").order_by("id").values_list("data", flat=True)
    told = [data["standing"] for data in events]
    assert told == ["waiting", "ringing", "talking", "talked"]
    assert AuditEntry.objects.filter(action="ticket.connect").count() == 1


def test_a_talk_nobody_agreed_to_record_is_not_kept(
    manned: House, company: Company, twilio: FakeTwilio
) -> None:
    async def run() -> None:
        async with calling(manned, twilio) as on:
            await _wants_a_person(on, consents="2")
            telephone = await _rings(on, company.other, twilio)
            await asyncio.to_thread(telephone.dial)
            await asyncio.to_thread(telephone.press, "1")
            await asyncio.to_thread(telephone.is_taped, 95, force=True)
            await on.do("hang_up")

    asyncio.run(run())
    assert not Attachment.objects.exists()


def test_a_call_back_after_hanging_up(manned: House, company: Company, twilio: FakeTwilio) -> None:
    async def run() -> None:
        async with calling(manned, twilio) as on:
            await _wants_a_person(on)
            await on.do("press", "1")
            assert on.call.state == "ended"
            assert await on.read(_standing) == Standing.CALL_BACK
            telephone = await _rings(on, company.other, twilio)
            await asyncio.to_thread(telephone.dial)
            await asyncio.to_thread(telephone.press, "1")
            await asyncio.to_thread(telephone.is_picked_up)
            await asyncio.to_thread(telephone.is_hung_up_on)

    asyncio.run(run())
    assert _standing() == Standing.TALKED


def test_a_telephone_that_cannot_ring_loses_nobody(
    manned: House, company: Company, twilio: FakeTwilio
) -> None:
    Agent.objects.filter(user=company.other).update(phone=UNREACHABLE)

    async def run() -> None:
        async with calling(manned, twilio) as on:
            await _wants_a_person(on)
            await on.house.database.run(_press_connect, on.house, company.other)
            await _until(on, lambda: Event.objects.filter(data__failed=True).exists())
            assert await on.read(_standing) == Standing.WAITING
            await on.do("hang_up")

    asyncio.run(run())
    assert _standing() == Standing.GONE
    assert Job.objects.get(kind="ring").state == Job.State.DONE, "never a second ringing by itself"


def test_what_a_colleague_writes_does_not_break_into_the_talk(
    manned: House, company: Company, twilio: FakeTwilio
) -> None:
    async def run() -> None:
        async with calling(manned, twilio) as on:
            await _wants_a_person(on)
            telephone = await _rings(on, company.other, twilio)
            await asyncio.to_thread(telephone.dial)
            await asyncio.to_thread(telephone.press, "1")
            number = await on.read(lambda: Ticket.objects.get().number)
            await on.house.database.run(desk.reply, on.house, company.other, number, "Typed")
            dead = OutboxRow.objects.filter(state=OutboxRow.State.DEAD)
            await _until(on, dead.exists)
            assert on.call.state == "together"
            await on.do("hang_up")

    asyncio.run(run())
    assert "on the telephone" in OutboxRow.objects.get(state=OutboxRow.State.DEAD).last_error


@contextmanager
def _closed(company: Company) -> Iterator[None]:
    calendar = Calendar.objects.create(
        brand=company.brand,
        name="Office",
        time_zone="Europe/Madrid",
        spans={"0": [["09:00", "17:00"]], "2": [["08:30", "17:00"]]},
    )
    Holiday.objects.create(calendar=calendar, on=date(2027, 3, 3), name="A feast")
    company.orders.calendar = calendar
    company.orders.save()
    yield


def test_outside_the_teams_hours(manned: House, company: Company, twilio: FakeTwilio) -> None:
    async def run() -> None:
        async with calling(manned, twilio) as on:
            on.dialogue.turns.append(hands_over())
            await on.do("dial")
            await on.do("say", "I want a person")
            # It is Tuesday, Wednesday is a holiday: the next working hour is on Monday.
            assert "We are back on Monday at 9:00." in on.call.heard[-1]
            assert await on.read(_standing) == Standing.AWAY
            await on.do("press", "1")
            assert on.call.state == "ended"

    with _closed(company):
        asyncio.run(run())
    assert _standing() == Standing.CALL_BACK


def test_places_follow_priority_and_then_the_time(
    manned: House, company: Company, twilio: FakeTwilio
) -> None:
    heard: list[str] = []

    async def run() -> None:
        async with calling(manned, twilio) as on:
            await _wants_a_person(on)
            others = [
                FakeCall(twilio, on.call.webhook, on.call.post, f"+1501712266{n}") for n in (2, 3)
            ]
            for other in others:
                on.dialogue.turns.append(hands_over())
                await asyncio.to_thread(other.dial)
                await asyncio.to_thread(other.say, "I want a person")
                await asyncio.to_thread(other.press, "2")
            assert "You are number 3 in line." in others[-1].heard[-1]
            await on.house.database.run(_raise_last)
            await asyncio.to_thread(others[-1].wait)
            heard.extend([others[-1].heard[-1]])
            await on.do("wait")
            heard.append(on.call.heard[-1])
            for call in (on.call, *others):
                await asyncio.to_thread(call.hang_up)

    asyncio.run(run())
    assert heard[0].startswith("You are next in line.")
    assert heard[1].startswith("You are number 2 in line.")


def _raise_last() -> None:
    Ticket.objects.filter(number=Ticket.objects.latest("number").number).update(priority=1)


# ---- who may ------------------------------------------------------------------------------------


@pytest.fixture
def waiting(manned: House, company: Company, twilio: FakeTwilio) -> Ticket:
    """A caller waits in line."""

    async def run() -> None:
        async with calling(manned, twilio) as on:
            await _wants_a_person(on)

    asyncio.run(run())
    return Ticket.objects.get()


def test_only_who_works_the_ticket_and_has_a_telephone_is_connected(
    manned: House, company: Company, waiting: Ticket
) -> None:
    with pytest.raises(Conflict, match="No telephone"):
        line.connect(manned, company.lead, waiting.number)
    Agent.objects.filter(user=company.agent).update(phone="+15005550010")
    with pytest.raises(NotFound):
        line.connect(manned, company.agent, waiting.number)
    company.agent.role = User.Role.AUDITOR
    company.agent.save()
    with pytest.raises(NotAllowed):
        line.connect(manned, company.agent, waiting.number)
    assert _standing() == Standing.WAITING
    line.connect(manned, company.other, waiting.number)
    with pytest.raises(Conflict, match="being connected"):
        line.connect(manned, company.other, waiting.number)
    assert Job.objects.filter(kind="ring").count() == 1


def test_a_ticket_without_a_call_has_nobody_to_connect(
    manned: House, company: Company, waiting: Ticket
) -> None:
    Call.objects.all().delete()
    with pytest.raises(Conflict, match="no caller"):
        line.connect(manned, company.other, waiting.number)
    Conversation.objects.update(inbox=company.chat)
    with pytest.raises(Conflict, match="by telephone"):
        line.connect(manned, company.other, waiting.number)


def test_waits_of_the_last_hours_make_the_estimate(
    manned: House, company: Company, waiting: Ticket
) -> None:
    from store.line_seen import _waits

    call, now = Call.objects.get(), manned.clock()
    call.entered_at, call.connected_at = now - timedelta(minutes=30), now - timedelta(minutes=20)
    call.save()
    assert _waits(waiting.team_id, now) == [timedelta(minutes=10)]
    assert _waits(waiting.team_id, now + timedelta(days=1)) == []


def test_the_desk_shows_who_waits_and_puts_through(
    manned: House, company: Company, waiting: Ticket
) -> None:
    from django.test import Client

    before = list(web_house._current)
    web_house.use(manned)
    try:
        client = Client()
        client.force_login(company.other)
        page = client.get(f"/desk/tickets/{waiting.number}/").content.decode()
        assert "Waits on the telephone" in page
        assert "on the line" in page
        answer = client.post(f"/desk/tickets/{waiting.number}/connect/")
        assert answer.status_code == 200
        assert "Your telephone rings" in answer.content.decode()
        assert 'id="do-hang-up"' in answer.content.decode()
        assert 'id="do-connect"' not in answer.content.decode()
    finally:
        web_house._current[:] = before


# ---- put down at the desk -----------------------------------------------------------------------


def _press_hang_up(house: House, user: User) -> None:
    line.hang_up(house, user, Ticket.objects.get().number)


def test_a_colleague_puts_the_telephone_down_at_the_desk(
    manned: House, company: Company, twilio: FakeTwilio
) -> None:
    async def run() -> None:
        async with calling(manned, twilio) as on:
            await _wants_a_person(on)
            telephone = await _rings(on, company.other, twilio)
            await _until(on, lambda: bool(Call.objects.get().leg))
            await on.house.database.run(_press_hang_up, on.house, company.other)
            await _until(on, lambda: _standing() == Standing.WAITING)
            assert (telephone.state, on.call.state) == ("ended", "gather"), "only the ringing ends"
            telephone = await _rings(on, company.other, twilio)
            await _until(on, lambda: bool(Call.objects.get().leg))
            await asyncio.to_thread(telephone.dial)
            await asyncio.to_thread(telephone.press, "1")
            assert (on.call.state, telephone.state) == ("together", "together")
            await on.house.database.run(_press_hang_up, on.house, company.other)
            await _until(on, lambda: _standing() == Standing.TALKED)
            await _until(on, lambda: (on.call.state, telephone.state) == ("ended", "ended"))

    asyncio.run(run())
    assert AuditEntry.objects.filter(action="ticket.hang_up").count() == 2


def test_nobody_puts_down_a_telephone_that_is_not_theirs(
    manned: House, company: Company, twilio: FakeTwilio
) -> None:
    async def run() -> None:
        async with calling(manned, twilio) as on:
            await _wants_a_person(on)
            with pytest.raises(Conflict, match="not on the telephone"):
                await on.house.database.run(_press_hang_up, on.house, company.other)
            telephone = await _rings(on, company.other, twilio)
            await _until(on, lambda: bool(Call.objects.get().leg))
            with pytest.raises(Conflict, match="not on the telephone"):
                await on.house.database.run(_press_hang_up, on.house, company.lead)
            assert telephone.state == "ringing"
            await on.do("hang_up")

    asyncio.run(run())


def test_a_call_that_ended_without_a_word_is_over(
    manned: House, company: Company, twilio: FakeTwilio
) -> None:
    """The provider's news of it never came: whoever hangs up learns that there is no such call any more."""

    async def run() -> None:
        async with calling(manned, twilio) as on:
            await _wants_a_person(on)
            telephone = await _rings(on, company.other, twilio)
            await _until(on, lambda: bool(Call.objects.get().leg))
            await asyncio.to_thread(telephone.dial)
            await asyncio.to_thread(telephone.press, "1")
            twilio.ends.clear()
            await on.house.database.run(_press_hang_up, on.house, company.other)
            await _until(on, lambda: _standing() == Standing.TALKED)
            await on.do("hang_up")

    asyncio.run(run())


def test_an_offer_that_is_declined_at_the_desk_rings_no_longer(
    manned: House, company: Company, twilio: FakeTwilio
) -> None:
    def declines() -> None:
        offers.decline(manned, company.other, Reservation.objects.get().id)

    async def run() -> None:
        async with calling(manned, twilio) as on:
            await _wants_a_person(on)
            telephone = await _is_offered(on, twilio, company.other)
            await _until(on, lambda: bool(Call.objects.get().leg))
            await on.house.database.run(declines)
            await _until(on, lambda: _standing() == Standing.WAITING)
            assert (telephone.state, on.call.state) == ("ended", "gather")
            await on.do("hang_up")

    asyncio.run(run())


# ---- telephones that ring by themselves ---------------------------------------------------------


async def _is_offered(on: Line, twilio: FakeTwilio, user: User) -> FakeCall:
    """The ticket of the caller on the line is offered to a colleague; their telephone."""

    def comes() -> None:
        presence.be(user, Available.ONLINE, on.house.clock())

    before = len(twilio.rung)
    await on.house.database.run(comes)
    await _until(on, lambda: len(twilio.rung) > before)
    return FakeCall.rung(twilio, twilio.rung[-1], on.call.post)


def test_an_offer_rings_and_the_key_takes_the_ticket(
    manned: House, company: Company, twilio: FakeTwilio
) -> None:
    async def run() -> None:
        async with calling(manned, twilio) as on:
            await _wants_a_person(on)
            telephone = await _is_offered(on, twilio, company.other)
            assert (await on.read(Ticket.objects.get)).assignee_id is None, "only offered so far"
            await asyncio.to_thread(telephone.dial)
            assert "It is on your screen" in telephone.heard[-1]
            await asyncio.to_thread(telephone.press, "1")
            assert (on.call.state, telephone.state) == ("together", "together")
            await on.do("hang_up")

    asyncio.run(run())
    assert Ticket.objects.get().assignee == company.other
    assert Reservation.objects.get().state == Reservation.State.ACCEPTED


@pytest.mark.parametrize("how", ["other key", "no answer"])
def test_whoever_does_not_answer_has_declined_the_offer(
    manned: House, company: Company, twilio: FakeTwilio, how: str
) -> None:
    async def run() -> None:
        async with calling(manned, twilio) as on:
            await _wants_a_person(on)
            telephone = await _is_offered(on, twilio, company.other)
            if how == "no answer":
                await asyncio.to_thread(telephone.declines)
            else:
                await asyncio.to_thread(telephone.dial)
                await asyncio.to_thread(telephone.press, "2")
            assert await on.read(_standing) == Standing.WAITING, "the caller has noticed nothing"
            assert on.call.queued is not None
            await on.do("hang_up")

    asyncio.run(run())
    assert Ticket.objects.get().assignee is None
    assert Reservation.objects.get().state == Reservation.State.DECLINED


def test_an_offer_that_is_over_connects_nobody(
    manned: House, company: Company, twilio: FakeTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with calling(manned, twilio) as on:
            await _wants_a_person(on)
            telephone = await _is_offered(on, twilio, company.other)
            await asyncio.to_thread(telephone.dial)
            # Or the ticket is offered to them anew before they press.
            monkeypatch.setattr("bot.offers.offer_once", lambda *_: [])
            over = Reservation.objects.all().update
            await on.house.database.run(lambda: over(state=Reservation.State.RESCINDED))
            await asyncio.to_thread(telephone.press, "1")
            assert (await on.read(_standing), telephone.state) == (Standing.WAITING, "ended")
            await on.do("hang_up")

    asyncio.run(run())
    assert Ticket.objects.get().assignee is None

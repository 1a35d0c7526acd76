"""A colleague who is asked by telephone while the caller is on hold, through the product itself: who may be, what a provider refuses, and whose the ticket is."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from django.test import Client

from bot import consult, desk, line, on_hold
from bot.house import House
from core.assignment import Available
from core.errors import Conflict, MalformedPayload, NotAllowed, NotFound
from core.line import Beside, Standing
from store import presence
from store.beside import LET_GO, TELL_FIRST
from store.consult import RING_SECOND
from store.models import (
    Agent,
    AuditEntry,
    Call,
    Event,
    Job,
    Mention,
    Message,
    TeamMember,
    Ticket,
    User,
)
from store.on_hold import HOLD
from tests.channels.voice.telephone import Line
from tests.channels.voice.test_voice_hold_on_the_house import _becomes, _called_back, _do, _talk
from tests.channels.voice.test_voice_line_on_the_house import (
    _press_hang_up,
    _standing,
    _until,
    manned,
)
from tests.company import Company
from tests.fakes.twilio import UNREACHABLE, FakeTwilio
from tests.fakes.twilio_call import FakeCall
from web import house as web_house

__all__ = ["manned"]

WHY = "She asks whether a cheque is possible."


@pytest.fixture
def two(manned: House, company: Company) -> House:
    """A second colleague of the team has a telephone."""
    second = User(email="bea@acme.example", name="Bea", role=User.Role.AGENT)
    second.set_unusable_password()
    second.save(force_insert=True)
    agent = Agent.objects.create(user=second, brand=company.brand, phone="+15005550011")
    TeamMember.objects.create(team=company.orders, agent=agent)
    return manned


def bea() -> User:
    return User.objects.get(name="Bea")


def _press_ask(house: House, user: User) -> None:
    consult.ask(house, user, Ticket.objects.get().number, bea().id, WHY)


async def _asks(on: Line, user: User, twilio: FakeTwilio) -> FakeCall:
    """The colleague asks; the second one's telephone."""
    before = len(twilio.rung)
    await on.house.database.run(_press_ask, on.house, user)
    await _until(on, lambda: len(twilio.rung) > before)
    second = FakeCall.rung(twilio, twilio.rung[-1], on.call.post)
    await _until(on, Call.objects.exclude(aside_leg="").exists)
    return second


async def _speak(on: Line, first: FakeCall, second: FakeCall) -> None:
    await asyncio.to_thread(second.dial)
    await asyncio.to_thread(second.press, "1")
    await _becomes(on, lambda: first.other is second)


def _beside() -> str:
    return Call.objects.get().beside


def test_from_a_talk_over_a_colleague_to_their_talk(
    two: House, company: Company, twilio: FakeTwilio
) -> None:
    async def during(on: Line, first: FakeCall) -> None:
        second = await _asks(on, company.other, twilio)
        await _becomes(on, lambda: "on hold" in on.call.heard[-1])
        await _becomes(on, lambda: "Bea is being called" in first.heard[-1])
        await asyncio.to_thread(second.dial)
        assert WHY in second.heard[-1]
        assert second.heard[-1].startswith(f"{company.other.name} asks you")
        await asyncio.to_thread(second.press, "1")
        await _becomes(on, lambda: first.other is second)
        assert on.call.queued is not None
        await _do(on, consult.connect_caller, company.other)
        await _becomes(on, lambda: on.call.other is second)
        await _becomes(on, lambda: first.state == "ended")
        assert await on.read(_standing) == Standing.TALKING
        await on.do("hang_up")

    _talk(two, company, twilio, during)
    call, ticket = Call.objects.get(), Ticket.objects.get()
    assert (call.standing, call.agent, call.ring, call.beside) == (Standing.TALKED, bea(), 2, "")
    assert ticket.assignee == bea()
    assert ticket.conversation.speaker_user == bea()
    notes = Message.objects.filter(kind=Message.Kind.NOTE, user=company.other)
    assert Mention.objects.get().user == bea()
    assert Mention.objects.get().message == notes.get()
    told = [
        (data["standing"], data.get("beside"), data.get("agent"))
        for data in Event.objects.filter(kind="call").order_by("id").values_list("data", flat=True)
    ]
    name = company.other.name
    assert told[2:] == [
        ("talking", None, name),
        ("held", None, name),
        ("held", "ringing", name),
        ("held", "accepted", name),
        ("talking", None, "Bea"),
        ("talked", None, None),
    ]
    deeds = AuditEntry.objects.filter(action__in=["ticket.consult", "ticket.connect_caller"])
    assert deeds.count() == 2


def test_back_to_the_caller_at_the_desk(two: House, company: Company, twilio: FakeTwilio) -> None:
    async def during(on: Line, first: FakeCall) -> None:
        second = await _asks(on, company.other, twilio)
        await _speak(on, first, second)
        await _do(on, on_hold.take_back, company.other)
        await _becomes(on, lambda: on.call.other is first and second.state == "ended")
        assert "goes on without you" in second.heard[-1]
        await on.do("hang_up")

    _talk(two, company, twilio, during)
    assert Ticket.objects.get().assignee == company.other
    assert (_standing(), Call.objects.get().agent) == (Standing.TALKED, company.other)


def test_what_the_provider_refuses_parts_nobody(
    two: House, company: Company, twilio: FakeTwilio
) -> None:
    async def during(on: Line, first: FakeCall) -> None:
        second = await _asks(on, company.other, twilio)
        await _speak(on, first, second)
        twilio.behaviour.append(21220)
        await _do(on, on_hold.take_back, company.other)
        await _until(on, lambda: Event.objects.filter(data__failed=True).exists())
        assert first.other is second
        assert await on.read(_beside) == Beside.TALKING
        await _do(on, consult.connect_caller, company.other)
        await _becomes(on, lambda: on.call.other is second)
        await on.do("hang_up")

    _talk(two, company, twilio, during)


def test_a_telephone_that_cannot_ring_is_told(
    two: House, company: Company, twilio: FakeTwilio
) -> None:
    Agent.objects.filter(user=bea()).update(phone=UNREACHABLE)

    async def during(on: Line, first: FakeCall) -> None:
        await on.house.database.run(_press_ask, on.house, company.other)
        await _until(on, lambda: _beside() == Beside.OVER)
        await _becomes(on, lambda: "Bea is not on the line" in first.heard[-1])
        await asyncio.to_thread(first.press, "1")
        await _becomes(on, lambda: on.call.other is first)
        await on.do("hang_up")

    _talk(two, company, twilio, during)
    assert Job.objects.get(kind=RING_SECOND).state == Job.State.DONE


def test_a_customer_who_was_called_back_can_be_handed_on_too(
    two: House, company: Company, twilio: FakeTwilio
) -> None:
    async def during(on: Line, first: FakeCall) -> None:
        await asyncio.to_thread(first.is_picked_up)
        customer = first.child
        assert customer is not None
        second = await _asks(on, company.other, twilio)
        await _becomes(on, lambda: customer.queued is not None and first.state == "gather")
        await _speak(on, first, second)
        await _do(on, consult.connect_caller, company.other)
        await _becomes(on, lambda: customer.other is second)
        await asyncio.to_thread(customer.hang_up)

    _called_back(two, company, twilio, during)
    assert (_standing(), Ticket.objects.get().assignee) == (Standing.TALKED, bea())


@pytest.mark.parametrize("who", ["first", "second"])
def test_each_puts_their_own_telephone_down_at_the_desk(
    two: House, company: Company, twilio: FakeTwilio, who: str
) -> None:
    async def during(on: Line, first: FakeCall) -> None:
        second = await _asks(on, company.other, twilio)
        await _speak(on, first, second)
        user = company.other if who == "first" else await on.read(bea)
        assert isinstance(user, User)
        await on.house.database.run(_press_hang_up, on.house, user)
        if who == "first":
            await _becomes(on, lambda: on.call.other is second)
            assert await on.read(lambda: Ticket.objects.get().assignee == bea())
        else:
            await _becomes(on, lambda: "Bea is not on the line" in first.heard[-1])
            assert await on.read(_beside) == Beside.OVER
        await on.do("hang_up")

    _talk(two, company, twilio, during)


def test_a_ticket_that_is_resolved_meanwhile_is_nobody_elses(
    two: House, company: Company, twilio: FakeTwilio
) -> None:
    """Who hangs up then gives the caller back to the line, and the colleague is told."""

    async def during(on: Line, first: FakeCall) -> None:
        second = await _asks(on, company.other, twilio)
        await _speak(on, first, second)
        await _do(on, desk.resolve, company.other)
        await asyncio.to_thread(first.hang_up)
        assert "goes on without you" in second.heard[-1]
        assert await on.read(_standing) == Standing.WAITING
        await on.do("hang_up")

    _talk(two, company, twilio, during)
    assert Ticket.objects.get().assignee == company.other


def test_a_caller_who_hangs_up_is_missed_at_both_telephones(
    two: House, company: Company, twilio: FakeTwilio
) -> None:
    async def during(on: Line, first: FakeCall) -> None:
        second = await _asks(on, company.other, twilio)
        await _speak(on, first, second)
        await on.do("hang_up")
        await _becomes(on, lambda: first.state == second.state == "ended")
        assert "no longer there" in first.heard[-1]
        assert "no longer there" in second.heard[-1]

    _talk(two, company, twilio, during)


def test_jobs_that_are_run_twice_part_nobody(
    two: House, company: Company, twilio: FakeTwilio
) -> None:
    """Their worker died before it could say that they were done."""

    async def during(on: Line, first: FakeCall) -> None:
        second = await _asks(on, company.other, twilio)
        await _speak(on, first, second)
        rung, asked = len(twilio.rung), len(twilio.asked)
        for kind, again in (
            (HOLD, on_hold.tell_line),
            (RING_SECOND, consult.ring_second),
            (TELL_FIRST, consult.tell_first),
        ):
            about = await on.read(lambda kind=kind: Job.objects.get(kind=kind).payload)
            assert isinstance(about, dict)
            await again(on.house, about)
        assert (len(twilio.rung), len(twilio.asked)) == (rung, asked)
        assert first.other is second
        await _do(on, consult.connect_caller, company.other)
        await _becomes(on, lambda: on.call.other is second)
        about = await on.read(lambda: Job.objects.get(kind=LET_GO).payload)
        assert isinstance(about, dict)
        await consult.let_go(on.house, about)
        assert on.call.other is second
        await on.do("hang_up")

    _talk(two, company, twilio, during)


def test_a_telephone_that_rings_in_vain_is_put_down(
    two: House, company: Company, twilio: FakeTwilio
) -> None:
    async def during(on: Line, first: FakeCall) -> None:
        second = await _asks(on, company.other, twilio)
        await _becomes(on, lambda: first.state == "gather")
        await _do(on, on_hold.take_back, company.other)
        await _becomes(on, lambda: second.state == "ended" and on.call.other is first)
        await on.do("hang_up")

    _talk(two, company, twilio, during)


# ---- who may ------------------------------------------------------------------------------------


def test_only_who_speaks_asks_and_only_who_may_see_the_ticket_is_asked(
    two: House, company: Company, twilio: FakeTwilio
) -> None:
    async def during(on: Line, first: FakeCall) -> None:
        with pytest.raises(Conflict, match="not on the telephone"):
            await on.house.database.run(_press_ask, on.house, company.lead)
        with pytest.raises(NotFound):
            await on.house.database.run(_press_ask, on.house, company.agent)
        with pytest.raises(Conflict, match="No colleague is on the line"):
            await _do(on, consult.connect_caller, company.other)

    _talk(two, company, twilio, during)
    number, ask = Ticket.objects.get().number, consult.ask
    found = consult.colleagues(two, company.other, number)
    assert [(one.name, one.presence, one.is_on_phone) for one in found] == [
        ("Bea", Available.OFFLINE, False)
    ]
    presence.be(bea(), Available.BUSY, two.clock())
    assert consult.colleagues(two, company.other, number)[0].presence is Available.BUSY
    with pytest.raises(NotFound, match="could be called"):
        ask(two, company.other, number, uuid4(), WHY)
    with pytest.raises(NotFound, match="could be called"):
        ask(two, company.other, number, company.other.id, WHY)
    Agent.objects.filter(user=company.agent).update(phone="+15005550010")
    with pytest.raises(NotFound, match="could be called"):
        ask(two, company.other, number, company.agent.id, WHY)
    with pytest.raises(MalformedPayload):
        ask(two, company.other, number, bea().id, " ")
    with pytest.raises(NotFound):
        consult.colleagues(two, company.agent, number)
    assert not Message.objects.filter(kind=Message.Kind.NOTE).exists(), "nothing is left of it"
    ask(two, company.other, number, bea().id, WHY)
    with pytest.raises(Conflict, match="on the telephone"):
        ask(two, company.other, number, bea().id, WHY)
    assert consult.colleagues(two, company.other, number)[0].is_on_phone
    with pytest.raises(Conflict):
        consult.connect_caller(two, company.other, number)
    company.other.role = User.Role.AUDITOR
    company.other.save()
    for deed in (consult.colleagues, consult.connect_caller):
        with pytest.raises(NotAllowed):
            deed(two, company.other, number)
    with pytest.raises(NotAllowed):
        ask(two, company.other, number, bea().id, WHY)


def test_the_desk_of_each_shows_what_they_can_do(
    two: House, company: Company, twilio: FakeTwilio
) -> None:
    async def during(on: Line, first: FakeCall) -> None:
        await _until(on, lambda: _standing() == Standing.TALKING)

    _talk(two, company, twilio, during)
    number = Ticket.objects.get().number
    before = list(web_house._current)
    web_house.use(two)
    try:
        client = Client()
        client.force_login(company.other)
        page = client.get(f"/desk/tickets/{number}/").content.decode()
        assert 'id="do-consult"' in page
        assert 'id="do-connect-caller"' not in page
        form = client.get(f"/desk/tickets/{number}/consult/form/").content.decode()
        assert f'value="{bea().id}">Bea (offline)' in form.replace("Offline", "offline")
        told = {"colleague": str(bea().id), "reason": WHY}
        assert client.post(f"/desk/tickets/{number}/consult/", told).status_code < 400
        page = client.get(f"/desk/tickets/{number}/").content.decode()
        assert "Bea is being called" in page
        assert "Back to the caller" in page
        assert 'id="do-consult"' not in page
        Call.objects.update(beside=Beside.ACCEPTED)
        page = client.get(f"/desk/tickets/{number}/").content.decode()
        assert 'id="do-connect-caller"' in page
        corner = client.get("/desk/offers/").content.decode()
        assert f'hx-post="/desk/tickets/{number}/connect-caller/"' in corner
        second = Client()
        second.force_login(bea())
        page = second.get(f"/desk/tickets/{number}/").content.decode()
        assert f"You speak with {company.other.name}" in page
        assert 'id="do-hang-up"' in page
        assert 'id="do-connect-caller"' not in page
        Call.objects.update(beside=Beside.RINGING)
        corner = second.get("/desk/offers/").content.decode()
        assert f"{company.other.name} asks you about this caller" in corner
        assert "press 1" in corner
        Call.objects.update(beside=Beside.ACCEPTED)
        answer = client.post(f"/desk/tickets/{number}/connect-caller/")
        assert "The caller is connected with your colleague." in answer.headers["HX-Trigger"]
        page = second.get(f"/desk/tickets/{number}/").content.decode()
        assert "You are on the telephone" in page
        assert 'id="do-hold"' in page
    finally:
        web_house._current[:] = before
    with pytest.raises(Conflict, match="not on the telephone"):
        line.hang_up(two, company.other, number)

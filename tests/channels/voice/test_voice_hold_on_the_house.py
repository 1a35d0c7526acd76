"""A caller who is put on hold at the desk, through the product itself: who may, what a provider refuses, and what comes twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from django.test import Client

from bot import desk, on_hold
from bot.house import House
from core.errors import Conflict, NotAllowed, NotFound
from core.line import Standing
from store.models import AuditEntry, Call, Event, Job, OutboxRow, Ticket, User
from store.on_hold import HOLD
from tests.channels.voice.telephone import Line, calling
from tests.channels.voice.test_voice_line_on_the_house import (
    _rings,
    _standing,
    _until,
    _wants_a_person,
    manned,
)
from tests.company import Company
from tests.fakes.twilio import FakeTwilio
from tests.fakes.twilio_call import FakeCall
from web import house as web_house

__all__ = ["manned"]


def _talk(
    house: House,
    company: Company,
    twilio: FakeTwilio,
    during: Callable[[Line, FakeCall], Awaitable[None]],
) -> None:
    """A caller and the colleague speak, and this happens."""
    twilio.answers_first = True

    async def run() -> None:
        async with calling(house, twilio) as on:
            await _wants_a_person(on)
            telephone = await _rings(on, company.other, twilio)
            await asyncio.to_thread(telephone.dial)
            await asyncio.to_thread(telephone.press, "1")
            await _until(on, lambda: Call.objects.exclude(leg="").exists())
            await during(on, telephone)

    asyncio.run(run())


async def _do(on: Line, deed: Callable[..., None], user: User) -> None:
    await on.house.database.run(lambda: deed(on.house, user, Ticket.objects.get().number))


async def _becomes(on: Line, true: Callable[[], bool]) -> None:
    """What is seen at the telephones, not in the rows."""
    for _ in range(400):
        if true():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it never came to that")


def test_from_a_talk_to_hold_and_back(manned: House, company: Company, twilio: FakeTwilio) -> None:
    async def during(on: Line, telephone: FakeCall) -> None:
        await _do(on, on_hold.hold, company.other)
        await _becomes(on, lambda: "on hold" in on.call.heard[-1])
        await _becomes(on, lambda: "on hold" in telephone.heard[-1])
        with pytest.raises(Conflict, match="not on the telephone"):
            await _do(on, on_hold.hold, company.other)
        await _do(on, on_hold.take_back, company.other)
        await _becomes(on, lambda: on.call.state == telephone.state == "together")
        assert await on.read(_standing) == Standing.TALKING
        await on.do("hang_up")

    _talk(manned, company, twilio, during)
    events = Event.objects.filter(kind="call").order_by("id").values_list("data", flat=True)
    told = [(data["standing"], data.get("recorded")) for data in events]
    assert told[2:] == [("talking", True), ("held", False), ("talking", True), ("talked", None)]
    deeds = ["ticket.hold", "ticket.unhold"]
    assert AuditEntry.objects.filter(action__in=deeds).count() == 2
    assert Call.objects.get().stint == 1


def test_what_the_provider_refuses_is_undone_and_told(
    manned: House, company: Company, twilio: FakeTwilio
) -> None:
    async def during(on: Line, telephone: FakeCall) -> None:
        twilio.behaviour.append(21220)
        await _do(on, on_hold.hold, company.other)
        await _until(on, lambda: Event.objects.filter(data__failed=True).exists())
        assert await on.read(_standing) == Standing.TALKING
        assert on.call.state == "together"
        await _do(on, on_hold.hold, company.other)
        await _becomes(on, lambda: "on hold" in telephone.heard[-1])
        twilio.behaviour.append(20429)
        await _do(on, on_hold.take_back, company.other)
        await _until(on, lambda: Event.objects.filter(data__failed=True).count() == 2)
        assert await on.read(_standing) == Standing.HELD
        await _do(on, on_hold.take_back, company.other)
        await _becomes(on, lambda: on.call.state == telephone.state == "together")
        await asyncio.to_thread(telephone.hang_up)

    _talk(manned, company, twilio, during)
    assert (_standing(), Call.objects.get().stint) == (Standing.TALKED, 1)


def test_what_nobody_knows_of_is_mended_by_the_next_deed(
    manned: House, company: Company, twilio: FakeTwilio
) -> None:
    """No answer came, and the two were never parted."""

    async def during(on: Line, telephone: FakeCall) -> None:
        twilio.behaviour.append(502)
        await _do(on, on_hold.hold, company.other)
        done = Job.objects.filter(kind=HOLD, state=Job.State.DONE)
        await _until(on, done.exists)
        assert (await on.read(_standing), on.call.state) == (Standing.HELD, "together")
        await _do(on, on_hold.take_back, company.other)
        await _until(on, lambda: done.count() == 2)
        await _becomes(on, lambda: len(telephone.documents) == 3)
        await _becomes(on, lambda: on.call.state == telephone.state == "together")
        await on.do("hang_up")

    _talk(manned, company, twilio, during)
    assert _standing() == Standing.TALKED


def test_a_job_that_is_run_twice_parts_nobody(
    manned: House, company: Company, twilio: FakeTwilio
) -> None:
    async def during(on: Line, telephone: FakeCall) -> None:
        await _do(on, on_hold.hold, company.other)
        await _becomes(on, lambda: "on hold" in telephone.heard[-1])
        await _do(on, on_hold.take_back, company.other)
        await _becomes(on, lambda: on.call.state == telephone.state == "together")
        asked = len(twilio.asked)
        jobs = await on.read(lambda: [job.payload for job in Job.objects.filter(kind=HOLD)])
        assert isinstance(jobs, list)
        for about in jobs:
            await on_hold.tell_line(on.house, about)
        assert (len(twilio.asked), on.call.state) == (asked, "together")
        await on.do("hang_up")

    _talk(manned, company, twilio, during)


def _called_back(
    house: House,
    company: Company,
    twilio: FakeTwilio,
    during: Callable[[Line, FakeCall], Awaitable[None]],
) -> None:
    """The customer wants to be called back, the colleague calls, and this happens while the customer's telephone rings."""
    twilio.answers_first = True

    async def run() -> None:
        async with calling(house, twilio) as on:
            await _wants_a_person(on)
            await on.do("press", "1")
            telephone = await _rings(on, company.other, twilio)
            await asyncio.to_thread(telephone.dial)
            await asyncio.to_thread(telephone.press, "1")
            await _until(on, lambda: Call.objects.exclude(leg="").exists())
            await during(on, telephone)

    asyncio.run(run())


def test_who_was_called_back_is_held_taken_back_and_back_in_line(
    manned: House, company: Company, twilio: FakeTwilio
) -> None:
    async def during(on: Line, telephone: FakeCall) -> None:
        await asyncio.to_thread(telephone.is_picked_up)
        customer = telephone.child
        assert customer is not None
        await _do(on, on_hold.hold, company.other)
        await _becomes(on, lambda: bool(customer.heard) and "on hold" in customer.heard[-1])
        await _becomes(on, lambda: "on hold" in telephone.heard[-1])
        assert await on.read(lambda: Ticket.objects.get().first_response_at is not None)
        await _do(on, on_hold.take_back, company.other)
        await _becomes(on, lambda: customer.state == telephone.state == "together")
        await _do(on, on_hold.hold, company.other)
        await _becomes(on, lambda: customer.heard.count("You are on hold. One moment, please.") > 1)
        await _becomes(on, lambda: telephone.state == "gather")
        await asyncio.to_thread(telephone.hang_up)
        await _until(on, lambda: _standing() == Standing.WAITING)
        await asyncio.to_thread(customer.wait)
        assert "next in line" in customer.heard[-1]
        await asyncio.to_thread(customer.hang_up)

    _called_back(manned, company, twilio, during)
    assert _standing() == Standing.GONE


def test_whose_telephone_rings_yet_is_not_held_and_that_is_told(
    manned: House, company: Company, twilio: FakeTwilio
) -> None:
    async def during(on: Line, telephone: FakeCall) -> None:
        await _do(on, on_hold.hold, company.other)
        await _until(on, lambda: Event.objects.filter(data__failed=True).exists())
        assert await on.read(_standing) == Standing.CALLING
        await asyncio.to_thread(telephone.is_picked_up)
        await asyncio.to_thread(telephone.is_hung_up_on)

    _called_back(manned, company, twilio, during)
    assert (_standing(), Call.objects.get().stint) == (Standing.TALKED, 0)


def test_a_job_that_is_run_twice_parks_nobody_twice_over(
    manned: House, company: Company, twilio: FakeTwilio
) -> None:
    """Its worker died before it could say that it was done."""

    async def during(on: Line, telephone: FakeCall) -> None:
        await asyncio.to_thread(telephone.is_picked_up)
        customer = telephone.child
        assert customer is not None
        await _do(on, on_hold.hold, company.other)
        await _becomes(on, lambda: "on hold" in telephone.heard[-1])
        about = await on.read(lambda: Job.objects.get(kind=HOLD).payload)
        assert isinstance(about, dict)
        await on_hold.tell_line(on.house, about)
        await _becomes(on, lambda: customer.queued is not None)
        assert await on.read(_standing) == Standing.HELD
        await _do(on, on_hold.take_back, company.other)
        await _becomes(on, lambda: customer.state == telephone.state == "together")
        await asyncio.to_thread(customer.hang_up)

    _called_back(manned, company, twilio, during)
    assert _standing() == Standing.TALKED


def test_what_is_written_meanwhile_does_not_break_into_the_hold(
    manned: House, company: Company, twilio: FakeTwilio
) -> None:
    async def during(on: Line, telephone: FakeCall) -> None:
        await _do(on, on_hold.hold, company.other)
        await _becomes(on, lambda: "on hold" in on.call.heard[-1])
        number = await on.read(lambda: Ticket.objects.get().number)
        await on.house.database.run(desk.reply, on.house, company.other, number, "Typed")
        await _until(on, OutboxRow.objects.filter(state=OutboxRow.State.DEAD).exists)
        assert on.call.queued is not None
        await on.do("hang_up")

    _talk(manned, company, twilio, during)


def test_only_who_speaks_holds_and_the_desk_shows_it(
    manned: House, company: Company, twilio: FakeTwilio
) -> None:
    async def during(on: Line, telephone: FakeCall) -> None:
        with pytest.raises(Conflict):
            await _do(on, on_hold.hold, company.lead)
        with pytest.raises(NotFound):
            await _do(on, on_hold.hold, company.agent)
        with pytest.raises(Conflict):
            await _do(on, on_hold.take_back, company.other)

    _talk(manned, company, twilio, during)
    number = Ticket.objects.get().number
    before = list(web_house._current)
    web_house.use(manned)
    try:
        client = Client()
        client.force_login(company.other)
        page = client.get(f"/desk/tickets/{number}/").content.decode()
        assert f'hx-post="/desk/tickets/{number}/hold/"' in page
        assert client.post(f"/desk/tickets/{number}/hold/").status_code < 400
        page = client.get(f"/desk/tickets/{number}/").content.decode()
        assert "The caller is on hold" in page
        assert f'hx-post="/desk/tickets/{number}/unhold/"' in page
        assert f'hx-post="/desk/tickets/{number}/hold/"' not in page
        client.force_login(company.lead)
        page = client.get(f"/desk/tickets/{number}/").content.decode()
        assert "keeps the caller on hold" in page
        assert "unhold" not in page
    finally:
        web_house._current[:] = before
    company.other.role = User.Role.AUDITOR
    company.other.save()
    with pytest.raises(NotAllowed):
        on_hold.take_back(manned, company.other, number)
    Call.objects.update(leg="")
    company.other.role = User.Role.AGENT
    company.other.save()
    with pytest.raises(Conflict, match="cannot be reached"):
        on_hold.take_back(manned, company.other, number)

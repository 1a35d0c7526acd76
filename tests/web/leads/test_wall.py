"""The live wall: who sees what, numbers as a naive count gives them, and giving tickets away."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from bot import desk, leading
from bot.permissions import May, figures_of, tickets_of
from bot.reply import Outcome, finish_turn
from core.errors import IllegalTransition, NotAllowed, NotFound, StaleVersion
from core.message import Reply
from store import wall
from store.duties import FETCH
from store.figures import follow
from store.models import (
    AuditEntry,
    Duty,
    Event,
    Figures,
    OutboxRow,
    QueueEntry,
    Team,
    Ticket,
    User,
)
from tests.web.desk.conftest import Day
from tests.web.leads.test_reports import PEOPLE
from tests.web.seed import answers, claimed, says, visitor


def _ticket(day: Day, name: str) -> Ticket:
    return Ticket.objects.select_related("conversation", "team").get(number=day.made[name])


def test_who_sees_the_wall_and_who_may_give(day: Day) -> None:
    seen = tuple(day.client(login).get("/desk/wall/").status_code for login in PEOPLE)
    assert seen == (302, 403, 403, 200, 200, 200, 403)
    number, version = day.made["hub"], str(_ticket(day, "hub").version)
    form = {"ticket": str(number), "version": version, "to": "team:billing"}
    told = [
        day.client(login).post("/desk/wall/give/", form).status_code
        for login in ("", "amira", "otto", "ines")
    ]
    assert told == [302, 403, 403, 403]
    assert day.client("ruth", checks_csrf=True).post("/desk/wall/give/", form).status_code == 403
    assert day.client("ruth").post("/desk/wall/give/", form).status_code == 302
    assert _ticket(day, "hub").team.slug == "billing"
    assert reverse("leads:wall") == "/desk/wall/"


def test_numbers_are_those_of_a_naive_count(day: Day) -> None:
    company = day.company
    company.clock.advance(hours=3)
    now = company.clock()
    rows = list(Ticket.objects.filter(status__in=["open", "pending"]))
    for queue in wall.queues(Team.objects.all(), now):
        entries = [
            e for e in QueueEntry.objects.filter(team=queue.team) if e.ticket.assignee_id is None
        ]
        late = [e for e in entries if e.due_at and e.due_at <= now]
        soon = [e for e in entries if e.due_at and now < e.due_at <= now + wall.SOON]
        assert (queue.count, queue.late, queue.soon) == (len(entries), len(late), len(soon))
        assert len(queue.first) == min(len(entries), wall.SHOWN)
        assert queue.oldest == min((e.entered_at for e in entries), default=None)
    told = wall.promises(Ticket.objects.all(), now)
    assert told.late + told.soon + told.fine + told.resting == len(rows)
    late = [
        row
        for row in rows
        if (row.first_response_at is None and row.response_due and row.response_due <= now)
        or (row.resolution_due and row.resolution_due <= now)
        or (row.next_due and row.next_due <= now)
    ]
    assert told.late == len(late)


def test_the_assistants_day_and_the_channels(day: Day) -> None:
    company = day.company
    while follow(company.clock()):
        pass
    start = datetime.combine(company.clock().date(), time(), ZoneInfo("Europe/Berlin"))
    told = wall.bot_today(figures_of(company.users["ruth"]), start)
    assert told.handed <= told.asked <= told.begun
    assert sum(count for _, count in told.reasons) == Ticket.objects.exclude(reason="").count()
    assert wall.bot_today(figures_of(company.users["ruth"]), start + timedelta(days=1)).begun == 0
    seen = {one.inbox.slug: one for one in wall.channels(company.clock(), start)}
    dead = OutboxRow.objects.filter(state=OutboxRow.State.DEAD)
    assert sum(one.dead for one in seen.values()) == dead.count() == 1
    assert seen["mail"].last_in is not None


def test_who_is_asked_for_an_address_is_not_done_by_the_assistant_alone(day: Day) -> None:
    company = day.company
    start = datetime.combine(company.clock().date(), time(), ZoneInfo("Europe/Berlin"))

    def today() -> wall.BotToday:
        while follow(company.clock()):
            pass
        return wall.bot_today(figures_of(company.users["ruth"]), start)

    before = today()
    chat = visitor(company, "Noor")
    says(company, chat, "I want to talk to a person")
    asks = Outcome(replies=(Reply("Where shall we answer?"),), state={}, is_unfinished=True)
    finish_turn(company.house, claimed(company), asks)
    asked = today()
    assert (asked.begun, asked.asked, asked.going) == (before.begun + 1, before.asked, 1)
    page = day.client("ruth").get("/desk/wall/").content.decode()
    assert "1 more on the way to people" in page
    says(company, chat, "it is fine, I found it")
    answers(company, "Good.")
    done = today()
    assert (done.asked, done.handed, done.going) == (before.asked + 1, before.handed, 0)


def test_a_mailbox_that_nobody_fetches_is_told(day: Day) -> None:
    Duty.objects.create(name=f"{FETCH}mail", beat_at=day.company.clock())
    assert "nobody fetches" not in day.client("ruth").get("/desk/wall/").content.decode()
    Duty.objects.update(beat_at=day.company.clock() - timedelta(minutes=5))
    assert "nobody fetches" in day.client("ruth").get("/desk/wall/").content.decode()


def test_a_custom_reader_sees_their_own_teams_alone(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    granted = {User.Role.LEAD: frozenset({May.WORK_TICKETS, May.SEE_REPORTS, May.TAKE_OVER})}
    monkeypatch.setattr("bot.permissions._GRANTED", granted)
    page = day.client("ruth").get("/desk/wall/")
    names = {seen.queue.team.slug for seen in page.context["queues"]}
    assert names == {"billing", "triage"}
    assert f"#{day.made['hub']}" not in page.content.decode()
    with pytest.raises(NotFound):
        leading.give_to_team(
            day.company.house, day.company.users["ruth"], day.made["hub"], "billing"
        )


def test_a_person_who_is_given_a_ticket_has_the_word(day: Day) -> None:
    house, users = day.company.house, day.company.users
    leading.give_to_person(house, users["ruth"], day.made["maya"], users["wei"].id)
    ticket = _ticket(day, "maya")
    assert ticket.assignee == users["wei"]
    assert ticket.conversation.speaker_user == users["wei"]
    assert not QueueEntry.objects.filter(ticket=ticket).exists()
    assert tickets_of(users["wei"]).filter(number=ticket.number).exists(), (
        "though the team is another"
    )
    desk.reply(house, users["wei"], ticket.number, "I have it now.")
    with pytest.raises(IllegalTransition):
        desk.reply(house, users["amira"], ticket.number, "And I?")
    given = Event.objects.filter(kind="ticket_given").latest("id")
    assert given.data["assignee"] == str(users["wei"].id)
    told = AuditEntry.objects.filter(action="ticket.give").count()
    assert told == 1
    page = day.client("ruth").get(day.path("maya")).content.decode()
    assert "Wei Zhang" in page


def test_a_team_that_is_given_a_ticket_has_it_in_its_queue(day: Day) -> None:
    house, users = day.company.house, day.company.users
    leading.give_to_team(house, users["ruth"], day.made["maya"], "technical")
    ticket = _ticket(day, "maya")
    assert (ticket.team.slug, ticket.assignee, ticket.conversation.speaker) == (
        "technical",
        None,
        "queue",
    )
    assert QueueEntry.objects.get(ticket=ticket).team.slug == "technical"


def test_what_cannot_be_given_is_refused(day: Day) -> None:
    house, users, number = day.company.house, day.company.users, day.made["maya"]
    with pytest.raises(NotAllowed):
        leading.give_to_person(house, users["ruth"], number, users["ines"].id)
    with pytest.raises(NotAllowed):
        leading.give_to_person(house, users["amira"], number, users["amira"].id)
    with pytest.raises(NotFound):
        leading.give_to_team(house, users["ruth"], number, "nowhere")
    with pytest.raises(StaleVersion):
        leading.give_to_team(house, users["ruth"], number, "technical", version=0)
    User.objects.filter(id=users["wei"].id).update(is_active=False)
    with pytest.raises(NotFound):
        leading.give_to_person(house, users["ruth"], number, users["wei"].id)
    desk.resolve(house, users["ada"], number)
    with pytest.raises(IllegalTransition):
        leading.give_to_team(house, users["ruth"], number, "technical")


def test_how_probable_it_is_that_a_first_reply_comes_late(day: Day) -> None:
    """As a naive count over the latest first replies of its team says; nothing where they are few."""
    company = day.company
    while follow(company.clock()):
        pass
    ticket = _ticket(day, "hub")
    entry = QueueEntry.objects.get(ticket=ticket)
    now = company.clock()
    Ticket.objects.filter(pk=ticket.pk).update(
        first_response_at=None, opened_at=now - timedelta(minutes=10)
    )
    QueueEntry.objects.filter(pk=entry.pk).update(due_at=now + timedelta(minutes=20))
    (queue,) = [one for one in wall.queues(Team.objects.all(), now) if one.team == entry.team]
    assert [one.risk for one in queue.first if one.number == ticket.number] == [None]
    minutes = [1 + n for n in range(50)]
    pattern, row = Figures.objects.exclude(team=None).first(), ticket.conversation
    assert pattern is not None
    for n in minutes:
        row.pk, row._state.adding = uuid4(), True
        row.save(force_insert=True)
        pattern.pk, pattern._state.adding = row.pk, True
        pattern.team, pattern.response = entry.team, n * 60.0
        pattern.first_response_at = now - timedelta(minutes=n)
        pattern.save(force_insert=True)
    (queue,) = [one for one in wall.queues(Team.objects.all(), now) if one.team == entry.team]
    (risk,) = [one.risk for one in queue.first if one.number == ticket.number]
    lasted = [n for n in minutes if n > 10]
    assert risk == (sum(n > 30 for n in lasted) + 1) / (len(lasted) + 2)
    assert queue.expected == pytest.approx(risk)
    page = day.client("ruth").get("/desk/wall/").content.decode()
    assert f"{round(risk * 100)} %" in page
    later = now + timedelta(minutes=20)
    (queue,) = [one for one in wall.queues(Team.objects.all(), later) if one.team == entry.team]
    assert (queue.late > 0, queue.expected) == (True, 0), (
        "what is late is certain, and counted there"
    )

"""Offers as they are stored: one live offer a ticket, one taker, nobody asked twice, whatever happens at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bot import desk
from bot import offers as verbs
from bot.handoff import packet_of, to_triage
from bot.receive import receive
from bot.reply import Outcome, finish_turn
from channels.registry import work_kinds
from core.assignment import Available, TeamRule, WorkKind, offers
from core.errors import ClaimLost, Conflict, MalformedPayload, NotAllowed, NotFound
from core.line import Standing
from core.waiting import Wait
from store import assignment, presence
from store.assignment import anything_to_offer, pace_in, scene, team_rules, wait_in
from store.duties import Held, take
from store.models import (
    Agent,
    AgentSkill,
    Call,
    Conversation,
    Event,
    Presence,
    QueueEntry,
    Reservation,
    Skill,
    Team,
    TeamMember,
    Ticket,
    User,
)
from store.reservations import make_offers, open_offers
from store.turns import claim
from tests.company import Company, StandingClock, Writer
from tests.concurrency import together

State = Reservation.State


def make_ticket(company: Company, name: str = "maya") -> int:
    """A ticket in the queue of the triage team."""
    writer = Writer(f"{name}@customers.example")
    receive(company.house, company.mail, [writer.mail("My parcel is lost", subject="Parcel")])
    (got,) = claim(company.house.vault, "w", timedelta(seconds=30), 5, company.house.clock())
    packet = packet_of(got, None, None, {"reason": "bot_failed"})
    opened = finish_turn(company.house, got, Outcome(routed=to_triage("a test"), packet=packet))
    assert opened is not None
    return opened


@pytest.fixture
def number(company: Company) -> int:
    return make_ticket(company)


@pytest.fixture
def held(company: Company) -> Held:
    found = take("offer", "w", timedelta(seconds=30))
    assert found is not None
    return found


def online(company: Company, *users: User) -> None:
    for user in users:
        presence.be(user, Available.ONLINE, company.house.clock())


def colleague(company: Company, name: str) -> User:
    """One more agent of the triage team, online."""
    user = User.objects.create(email=f"{name}@acme.example", name=name, role=User.Role.AGENT)
    TeamMember.objects.create(
        team=company.triage, agent=Agent.objects.create(user=user, brand=company.brand)
    )
    online(company, user)
    return user


def offered(user: User, company: Company) -> list[int]:
    return [one.number for one in open_offers(user, company.house.clock())]


def the_offer(user: User, company: Company) -> UUID:
    (one,) = open_offers(user, company.house.clock())
    return one.id


def kinds() -> list[str]:
    wanted = ("ticket_offered", "ticket_taken", "offer_")
    names = Event.objects.order_by("id").values_list("kind", flat=True)
    return [name for name in names if name.startswith(wanted)]


def test_nobody_is_offered_anything_while_nobody_is_there(
    company: Company, number: int, held: Held
) -> None:
    assert not anything_to_offer(company.house.clock())
    assert verbs.offer_once(company.house, held) == []
    desk.take(company.house, company.agent, number)
    assert Ticket.objects.get().assignee == company.agent


def test_who_is_online_is_offered_the_ticket_and_takes_it(
    company: Company, number: int, held: Held
) -> None:
    online(company, company.agent)
    assert anything_to_offer(company.house.clock())
    assert verbs.offer_once(company.house, held) == [number]
    assert verbs.offer_once(company.house, held) == [], "one live offer a ticket"
    assert offered(company.agent, company) == [number]
    assert verbs.accept(company.house, company.agent, the_offer(company.agent, company)) == number
    row = Ticket.objects.get()
    assert (row.assignee, row.taken_at) == (company.agent, company.house.clock())
    assert not QueueEntry.objects.exists()
    assert Reservation.objects.get().state == State.ACCEPTED
    assert kinds() == ["ticket_offered", "ticket_taken"]
    assert Reservation.objects.get().why["considered"][0]["name"] == company.agent.name


def test_what_is_declined_goes_to_others_and_never_comes_back(
    company: Company, number: int, held: Held, clock: StandingClock
) -> None:
    online(company, company.agent)
    verbs.offer_once(company.house, held)
    verbs.decline(company.house, company.agent, the_offer(company.agent, company))
    for _ in range(3):
        clock.advance(minutes=1)
        presence.beat(company.agent, clock(), arrives=False)
        assert verbs.offer_once(company.house, held) == []
    online(company, company.lead)
    assert verbs.offer_once(company.house, held) == [number]
    assert offered(company.lead, company) == [number]
    assert QueueEntry.objects.count() == 1, "and everybody may still take it"
    with pytest.raises(NotFound):
        verbs.decline(company.house, company.agent, the_offer(company.lead, company))


def test_who_does_not_answer_is_sent_away_and_may_be_asked_again_later(
    company: Company, number: int, held: Held, clock: StandingClock
) -> None:
    online(company, company.agent)
    verbs.offer_once(company.house, held)
    late = the_offer(company.agent, company)
    clock.advance(seconds=46)
    with pytest.raises(Conflict):
        verbs.accept(company.house, company.agent, late)
    with pytest.raises(Conflict):
        verbs.decline(company.house, company.agent, late)
    assert verbs.offer_once(company.house, held) == []
    assert Reservation.objects.get().state == State.EXPIRED
    assert presence.presence_of(company.agent, clock()) is Available.AWAY
    verbs.be(company.house, company.agent, "online")
    assert verbs.offer_once(company.house, held) == [number]


def test_an_offer_to_who_has_gone_is_taken_back(
    company: Company, number: int, held: Held, clock: StandingClock
) -> None:
    Team.objects.update(offer_seconds=600)
    online(company, company.agent)
    verbs.offer_once(company.house, held)
    clock.advance(seconds=200)
    online(company, company.lead)
    assert verbs.offer_once(company.house, held) == [number]
    assert offered(company.lead, company) == [number]
    states = list(Reservation.objects.order_by("offered_at").values_list("state", flat=True))
    assert states == [State.RESCINDED, State.OFFERED]


def test_a_ticket_that_somebody_else_takes_is_no_longer_offered(
    company: Company, number: int, held: Held
) -> None:
    online(company, company.agent)
    verbs.offer_once(company.house, held)
    over = the_offer(company.agent, company)
    desk.take(company.house, company.lead, number)
    assert Reservation.objects.get().state == State.RESCINDED
    assert kinds() == ["ticket_offered", "ticket_taken", "offer_rescinded"]
    with pytest.raises(Conflict):
        verbs.accept(company.house, company.agent, over)
    assert Ticket.objects.get().assignee == company.lead


def test_taking_what_one_is_offered_by_hand_accepts_it(
    company: Company, number: int, held: Held
) -> None:
    online(company, company.agent)
    verbs.offer_once(company.house, held)
    desk.take(company.house, company.agent, number)
    assert Reservation.objects.get().state == State.ACCEPTED


def test_a_team_may_do_without_offers(company: Company, number: int, held: Held) -> None:
    Team.objects.update(offer_seconds=0)
    online(company, company.agent)
    assert not anything_to_offer(company.house.clock())
    assert verbs.offer_once(company.house, held) == []


def test_an_expired_skill_does_not_count(
    company: Company, number: int, held: Held, clock: StandingClock
) -> None:
    QueueEntry.objects.update(skills=["de"])
    skill = Skill.objects.create(brand=company.brand, slug="de", name="German")
    agent = Agent.objects.get(user=company.agent)
    has = AgentSkill.objects.create(
        agent=agent, skill=skill, level=4, expires_on=clock().date() - timedelta(days=1)
    )
    online(company, company.agent)
    assert verbs.offer_once(company.house, held) == []
    has.expires_on = clock().date()
    has.save()
    assert verbs.offer_once(company.house, held) == [number]


def test_nobody_is_asked_beyond_what_they_can_carry(
    company: Company, number: int, held: Held
) -> None:
    for n in range(7):
        make_ticket(company, f"customer{n}")
    online(company, company.agent)
    for _ in range(10):
        for made in verbs.offer_once(company.house, held):
            assert offered(company.agent, company) == [made], "one question at a time"
            verbs.accept(company.house, company.agent, the_offer(company.agent, company))
    assert Ticket.objects.filter(assignee=company.agent).count() == 6
    first = Ticket.objects.order_by("number").first()
    assert first is not None
    desk.wait(company.house, company.agent, first.number)
    assert len(verbs.offer_once(company.house, held)) == 1, "who waits for a customer has room"


def test_who_has_put_down_the_telephone_can_take_the_next_call(
    company: Company, number: int, held: Held, clock: StandingClock
) -> None:
    online(company, company.agent)
    desk.take(company.house, company.agent, number)
    Ticket.objects.filter(number=number).update(channel="voice")
    now = clock()
    row = Ticket.objects.get(number=number)
    call = Call.objects.create(
        conversation_id=row.conversation_id,
        standing=Standing.TALKING,
        entered_at=now,
        moved_at=now,
    )
    other = make_ticket(company, "lee")
    Ticket.objects.filter(number=other).update(channel="voice")
    assert verbs.offer_once(company.house, held) == []
    call.standing = Standing.TALKED
    call.save()
    assert verbs.offer_once(company.house, held) == [other]


def test_after_a_piece_of_work_there_is_time_to_wrap_up(
    company: Company, number: int, held: Held, clock: StandingClock
) -> None:
    Team.objects.update(wrap_up_seconds=90)
    online(company, company.agent)
    desk.take(company.house, company.agent, number)
    desk.resolve(company.house, company.agent, number)
    other = make_ticket(company, "lee")
    assert presence.presence_of(company.agent, clock()) is Available.WRAP_UP
    assert verbs.offer_once(company.house, held) == []
    clock.advance(seconds=91)
    assert verbs.offer_once(company.house, held) == [other]


def test_a_customer_comes_back_to_who_helped_them(
    company: Company, number: int, held: Held
) -> None:
    Team.objects.update(method=Team.Method.LAST_AGENT)
    people = [colleague(company, f"Colleague {n}") for n in range(4)]
    desk.take(company.house, people[2], number)
    desk.resolve(company.house, people[2], number)
    again = Writer("maya@customers.example")
    receive(company.house, company.mail, [again.mail("Another thing", thread_keys=())])
    (got,) = claim(company.house.vault, "w", timedelta(seconds=30), 5, company.house.clock())
    packet = packet_of(got, None, None, {"reason": "bot_failed"})
    second = finish_turn(company.house, got, Outcome(routed=to_triage("a test"), packet=packet))
    verbs.offer_once(company.house, held)
    assert offered(people[2], company) == [second]


def test_only_the_holder_of_the_duty_makes_offers(
    company: Company, number: int, held: Held
) -> None:
    online(company, company.agent)
    now = company.house.clock()
    seen = scene(work_kinds(), now)
    planned = offers(seen.waiting, seen.workers, team_rules(now), now)
    with pytest.raises(ClaimLost):
        make_offers(replace(held, fence=held.fence - 1), planned, now)
    assert not Reservation.objects.exists()


def test_a_plan_made_on_an_old_picture_offers_nothing_that_is_taken(
    company: Company, number: int, held: Held
) -> None:
    online(company, company.agent)
    now = company.house.clock()
    seen = scene(work_kinds(), now)
    planned = offers(seen.waiting, seen.workers, {company.triage.id: TeamRule()}, now)
    desk.take(company.house, company.lead, number)
    assert make_offers(held, planned, now) == []


def test_presence_is_said_beaten_and_lost(company: Company, clock: StandingClock) -> None:
    house, agent = company.house, company.agent
    assert presence.presence_of(agent, clock()) is Available.OFFLINE
    assert verbs.beat(house, agent) is Available.OFFLINE, "an open desk alone is no presence"
    assert verbs.beat(house, agent, arrives=True) is Available.ONLINE
    verbs.be(house, agent, "busy")
    clock.advance(seconds=120)
    assert verbs.beat(house, agent, arrives=True) is Available.BUSY
    clock.advance(seconds=151)
    assert presence.presence_of(agent, clock()) is Available.OFFLINE
    assert verbs.beat(house, company.admin, arrives=True) is None
    with pytest.raises(NotFound):
        verbs.be(house, company.admin, "online")
    with pytest.raises(MalformedPayload):
        verbs.be(house, agent, "asleep")
    company.agent.role = User.Role.AUDITOR
    with pytest.raises(NotAllowed):
        verbs.be(house, agent, "online")


def test_the_wait_is_foretold_from_how_true_the_pace_was_lately(
    company: Company, clock: StandingClock
) -> None:
    """Of twenty who each waited half, or all, of what the pace foretold."""
    pace = timedelta(minutes=30)
    for n in range(20):
        number = make_ticket(company, f"customer{n}")
        opened = clock()
        clock.advance(minutes=15 if n % 2 else 30)
        desk.take(company.house, company.agent, number)
        Ticket.objects.filter(number=number).update(pace=1800.0, opened_at=opened)
    assert wait_in(company.triage, 3, pace, clock()) is None, "nobody is there now"
    online(company, company.agent)
    assert wait_in(company.triage, 3, pace, clock()) == Wait(pace / 2, pace)
    Ticket.objects.filter(number=number).update(pace=None)
    assert wait_in(company.triage, 3, pace, clock()) is None, "nineteen say nothing"
    Ticket.objects.filter(number=number).update(pace=1800.0)
    last = Ticket.objects.get(number=make_ticket(company, "lee"))
    assert last.pace == pace_in(company.triage, last.next_due, clock()).total_seconds()
    assert "At the moment somebody is there in about" in company.texts("bot", "system")[-1]


def test_an_offer_looks_at_no_conversation_and_finds_all_by_indexes(
    company: Company, number: int, held: Held, clock: StandingClock
) -> None:
    """Whatever the planner would do with so few rows, it must be able to do without walking through any table that grows."""
    online(company, company.agent)
    assert Ticket.objects.get().channel == company.mail.channel
    with CaptureQueriesContext(connection) as asked:
        assert anything_to_offer(clock())
        assert [one.kind for one in scene(work_kinds(), clock()).waiting] == [WorkKind.MAIL]
    asked_of = [one["sql"] for one in asked if one["sql"].lstrip("( ").startswith("SELECT")]
    assert not [sql for sql in asked_of if "store_conversation" in sql]
    assert [sql for sql in asked_of if "store_ticket" in sql]
    assert sum("LIMIT" in sql for sql in asked_of if 'FROM "store_queueentry"' in sql) >= 1
    walked = [line for sql in asked_of for line in _walks_when_it_must_not(sql)]
    assert walked == []


def _walks_when_it_must_not(sql: str) -> list[str]:
    """Lines of the plan that read a table which grows from end to end, although that counts as very dear."""
    growing = ("store_ticket ", "store_reservation ", "store_conversation ")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET enable_seqscan = off")
            cursor.execute(f"EXPLAIN {sql}")
            lines = [row[0] for row in cursor.fetchall()]
            cursor.execute("RESET enable_seqscan")
            return [line for line in lines if "Seq Scan" in line and _of(line, growing)]
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}".replace("%", "%%"))
        lines = [f"{row[3]} " for row in cursor.fetchall()]
        return [
            line
            for line in lines
            if line.startswith("SCAN") and "INDEX" not in line and _of(line, growing)
        ]


def _of(line: str, tables: tuple[str, ...]) -> bool:
    return any(table in line for table in tables)


def test_eight_agents_at_once_never_share_a_ticket(
    company: Company, held: Held, clock: StandingClock
) -> None:
    """R39: each accepts, declines or grabs at the same moment as the others, while offers go on being made."""
    Team.objects.update(offer_seconds=600)
    people = [colleague(company, f"Colleague {n}") for n in range(8)]
    numbers = [make_ticket(company, f"customer{n}") for n in range(12)]

    def act(user: User, turn: int) -> str:
        mine = open_offers(user, clock())
        if turn % 3 == 2 or not mine:
            desk.take(company.house, user, numbers[(turn * 5 + people.index(user)) % 12])
            return "took"
        if turn % 3 == 1:
            verbs.decline(company.house, user, mine[0].id)
            return "declined"
        verbs.accept(company.house, user, mine[0].id)
        return "accepted"

    for turn in range(3):
        deeds = [lambda user=user, turn=turn: act(user, turn) for user in people]
        deeds.append(lambda: str(verbs.offer_once(company.house, held)))
        for result in together(deeds):
            if isinstance(result, BaseException) and not isinstance(result, Conflict):
                raise result
    taken = Ticket.objects.exclude(assignee=None)
    assert taken.count() > 6
    for row in taken.select_related("conversation"):
        speaker = row.conversation
        assert (speaker.speaker, speaker.speaker_user_id) == ("person", row.assignee_id)
        events = Event.objects.filter(conversation=speaker, kind="ticket_taken")
        assert events.count() == 1, "taken once"
        assert not QueueEntry.objects.filter(ticket=row).exists()
        assert not Reservation.objects.filter(ticket=row, state=State.OFFERED).exists()
    for talk in Conversation.objects.all():
        seqs = list(Event.objects.filter(conversation=talk).order_by("seq").values_list("seq"))
        assert seqs == [(n,) for n in range(1, len(seqs) + 1)]
    accepted = Reservation.objects.filter(state=State.ACCEPTED).select_related("ticket", "agent")
    assert all(one.ticket.assignee_id == one.agent.user_id for one in accepted)


def test_presence_rows_are_made_when_they_are_first_needed(company: Company) -> None:
    assert not Presence.objects.exists()
    online(company, company.agent)
    assert Presence.objects.get().agent.user == company.agent


def test_what_is_for_others_keeps_nobody_waiting(
    company: Company, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More tickets than a round looks at need a skill that nobody there has, and are due before all others."""
    french = Skill.objects.create(brand=company.brand, slug="fr", name="French")
    AgentSkill.objects.create(agent=Agent.objects.get(user=company.lead), skill=french)
    monkeypatch.setattr(assignment, "MOST", 2)
    numbers = [make_ticket(company, name) for name in ("maya", "lee", "noor", "sam", "kim")]
    odd = QueueEntry.objects.filter(ticket__number__in=numbers[:4])
    odd.update(skills=["fr"], due_at=company.house.clock() - timedelta(hours=1))
    online(company, company.agent)
    assert verbs.offer_once(company.house, held) == [numbers[4]]
    assert len(scene(work_kinds(), company.house.clock()).waiting) == 2, (
        "nobody is left: no further page"
    )

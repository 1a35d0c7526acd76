"""The worker from end to end over a real database, with a scripted dialogue: answered, handed over, never silent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
from django.db import connection
from django.db.utils import OperationalError

from bot import desk
from bot.converse import ATTEMPTS
from bot.dialogue import TurnResult
from bot.house import House
from bot.preferred import prefer_agent
from bot.receive import receive
from core.errors import DialogueFailed, TemporaryFailure
from core.knowledge import Citation
from core.message import Button, Reply
from core.understanding import Act, Effect, EffectKind
from store.bodies import open_json
from store.database import Database
from store.duties import FETCH, KNOWN, beats
from store.models import (
    Article,
    Conversation,
    Decision,
    Duty,
    Event,
    OutboxRow,
    Revision,
    Survey,
    Ticket,
)
from store.turns import postpone
from tests.bot.conftest import Logged
from tests.bot.scripted import FastClock, ScriptedDialogue, found, hands_over, says, work_until
from tests.company import Company, Writer, make_company

MAYA = "maya@customers.example"


@pytest.fixture
def company(house: House) -> Company:
    """The company with a clock that runs, sixty times as fast as ours."""
    return make_company(replace(house, clock=FastClock()))


@pytest.fixture
def dialogue() -> ScriptedDialogue:
    return ScriptedDialogue()


@pytest.fixture
def maya() -> Writer:
    return Writer(MAYA)


def ask(company: Company, writer: Writer, *texts: str) -> None:
    receive(company.house, company.mail, [writer.mail(text) for text in texts])


def sent(company: Company, count: int) -> Callable[[], bool]:
    return lambda: len(company.provider.taken) >= count and _is_settled()


def _is_settled() -> bool:
    waits = Conversation.objects.filter(wants_turn_at__isnull=False).exists()
    return not waits and not OutboxRow.objects.filter(state=OutboxRow.State.WAITING).exists()


def words(company: Company) -> list[str]:
    return [item.text for item in company.provider.taken]


def test_one_worker_alone_does_everything_that_is_missed_when_another_leaves(
    company: Company, dialogue: ScriptedDialogue
) -> None:
    def are_done() -> bool:
        return beats().keys() >= KNOWN

    work_until(company.house, dialogue, are_done)
    names = set(Duty.objects.values_list("name", flat=True))
    assert {name for name in names if not name.startswith(FETCH)} == KNOWN


def test_a_question_is_answered_where_it_was_asked(
    company: Company, dialogue: ScriptedDialogue, maya: Writer
) -> None:
    ask(company, maya, "Where is my parcel?")
    work_until(company.house, dialogue, sent(company, 1))
    assert words(company) == ["Answer to: Where is my parcel?"]
    (out,) = company.provider.taken
    assert out.to.value == MAYA
    assert out.is_automatic
    assert maya.keys[0] in out.in_reply_to


def test_many_conversations_each_in_their_own_order(
    company: Company, dialogue: ScriptedDialogue
) -> None:
    writers = [Writer(f"c{n}@customers.example") for n in range(6)]
    for number in range(3):
        for writer in writers:
            ask(company, writer, f"{writer.address} {number}")

    def all_answered() -> bool:
        return _is_settled() and len(company.provider.taken) >= 6

    work_until(company.house, dialogue, all_answered)
    for writer in writers:
        mine = "\n".join(
            item.text for item in company.provider.taken if item.to.value == writer.address
        )
        places = [mine.index(f"{writer.address} {number}") for number in range(3)]
        assert places == sorted(places)


def test_what_is_handed_over_becomes_a_ticket_and_the_customer_is_told(
    company: Company, dialogue: ScriptedDialogue, maya: Writer
) -> None:
    dialogue.turns.append(hands_over(summary="parcel lost"))
    ask(company, maya, "I want a person")
    work_until(company.house, dialogue, sent(company, 1))
    ticket = Ticket.objects.select_related("team", "conversation__address").get()
    assert (ticket.team, ticket.priority, ticket.reason) == (company.orders, 2, "request_person")
    assert f"#{ticket.number}" in words(company)[0]
    assert dialogue.cases[0].wants_person
    assert ticket.conversation.speaker == Conversation.Speaker.QUEUE


def test_the_router_sees_who_the_customers_own_agent_is(
    company: Company, dialogue: ScriptedDialogue, maya: Writer
) -> None:
    for at, subject in enumerate(("I want a person", "A person, please")):
        dialogue.turns.append(hands_over(summary="parcel lost"))
        receive(company.house, company.mail, [maya.mail(subject, thread_keys=())])
        work_until(company.house, dialogue, sent(company, at + 1))
        if not at:
            number = Ticket.objects.get().number
            prefer_agent(company.house, company.lead, number, company.lead.email)
    first, second = (one.facts for one in dialogue.cases)
    assert (first["preferred_agent"], second["preferred_agent"]) == ("", company.lead.email)
    assert company.lead.email in {one["email"] for one in second["agents"]}


def test_who_rates_twice_changes_the_rating_and_reopens_nothing(
    company: Company, dialogue: ScriptedDialogue, maya: Writer
) -> None:
    """Buttons are pressed twice, in one breath and one after the other; words are a new need."""
    dialogue.turns.append(hands_over())
    ask(company, maya, "a person please")
    work_until(company.house, dialogue, sent(company, 1))
    number = Ticket.objects.get().number
    desk.take(company.house, company.other, number)
    desk.resolve(company.house, company.other, number)
    work_until(company.house, dialogue, sent(company, 2))
    ask(company, maya, "5", "4")
    work_until(company.house, dialogue, sent(company, 3))
    assert Ticket.objects.get().rating == 4
    ask(company, maya, "2")
    work_until(company.house, dialogue, sent(company, 4))
    assert (Ticket.objects.get().rating, Ticket.objects.get().status) == (2, "resolved")
    ask(company, maya, "2, it broke again")
    work_until(company.house, dialogue, sent(company, 5))
    assert Ticket.objects.get().status == Ticket.Status.OPEN
    desk.take(company.house, company.other, number)
    desk.resolve(company.house, company.other, number)
    assert Survey.objects.count() == 1, "asked once a conversation, however often it is resolved"
    assert sum("How did we do?" in text for text in words(company)) == 1


def test_without_rasa_the_knowledge_base_answers_and_the_dialogue_is_not_forgotten(
    company: Company, dialogue: ScriptedDialogue, maya: Writer
) -> None:
    ask(company, maya, "first")
    work_until(company.house, dialogue, sent(company, 1))
    dialogue.rasa_is_away = True
    dialogue.answer = found("Parcels take two days.", _article(company))
    ask(company, maya, "How long?")
    work_until(company.house, dialogue, sent(company, 2))
    assert words(company)[-1].startswith("Parcels take two days.")
    row = Conversation.objects.select_related("address").get()
    state = open_json(
        company.house.vault, row.address, f"conversation.state:{row.id}", bytes(row.state_cipher)
    )
    assert state == {"version": 1}


def test_without_rasa_and_without_an_answer_a_person_gets_it(
    company: Company, dialogue: ScriptedDialogue, maya: Writer
) -> None:
    dialogue.rasa_is_away = True
    ask(company, maya, "How long?")
    work_until(company.house, dialogue, sent(company, 1))
    assert Ticket.objects.get().reason == "dialogue_unavailable"


def test_without_a_brain_the_triage_team_gets_it(
    company: Company, dialogue: ScriptedDialogue, maya: Writer
) -> None:
    dialogue.brain_is_away = True
    ask(company, maya, "How long?")
    work_until(company.house, dialogue, sent(company, 1))
    assert (Ticket.objects.get().team, Decision.objects.get().abstained) == (company.triage, True)


@pytest.mark.parametrize("times", [1, 2])
def test_a_turn_that_dies_is_done_again(
    company: Company, dialogue: ScriptedDialogue, maya: Writer, times: int
) -> None:
    dialogue.turns.extend(ZeroDivisionError() for _ in range(times))
    ask(company, maya, "Where?")
    work_until(company.house, dialogue, sent(company, 1))
    assert words(company) == ["Answer to: Where?"]
    assert Conversation.objects.get().turn_attempts == 0


class Stumbles:
    """A database that is away for the first `times` that a conversation is given back."""

    def __init__(self, database: Database, times: int) -> None:
        self._database, self.times = database, times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    async def run(self, transaction: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if transaction is postpone and self.times:
            self.times -= 1
            raise OperationalError("the connection is closed")
        return await self._database.run(transaction, *args, **kwargs)


@pytest.mark.parametrize("times_away", [0, 2])
def test_a_turn_that_the_database_refused_does_not_wait_for_the_end_of_its_lease(
    company: Company, dialogue: ScriptedDialogue, maya: Writer, times_away: int
) -> None:
    """PostgreSQL ends one of two transactions that wait for one another, and a connection may be lost."""
    dialogue.turns.append(OperationalError("deadlock detected"))
    ask(company, maya, "Where?")
    away = Stumbles(company.house.database, times_away)
    house = replace(company.house, database=cast("Database", away))
    work_until(house, dialogue, sent(company, 1), lease=600.0)
    assert words(company) == ["Answer to: Where?"]
    assert away.times == 0


def test_a_turn_that_always_dies_is_given_to_a_person(
    company: Company, dialogue: ScriptedDialogue, maya: Writer
) -> None:
    dialogue.turns.extend(ZeroDivisionError() for _ in range(50))
    ask(company, maya, "Where?")
    work_until(company.house, dialogue, sent(company, 1))
    assert Ticket.objects.get().reason == "bot_failed"
    assert len(dialogue.seen) == ATTEMPTS


def test_silence_of_rasa_is_not_silence_to_the_customer(
    company: Company, dialogue: ScriptedDialogue, maya: Writer
) -> None:
    dialogue.turns.append(TurnResult({"version": 1}, (), ()))
    ask(company, maya, "Where?")
    work_until(company.house, dialogue, sent(company, 1))
    assert Ticket.objects.get().reason == "no_reply"


def _article(company: Company, digest: str = "d1") -> Citation:
    article, _ = Article.objects.get_or_create(brand=company.brand, slug="parcels", source="demo")
    revision = Revision.objects.create(
        article=article, digest=digest, title="Parcels", body="[]", created_at=company.house.clock()
    )
    Article.objects.update(live_revision=revision)
    return Citation("parcels", "Parcels", "/help/parcels", "q", digest)


def test_an_answer_from_a_text_that_just_changed_is_thought_over(
    company: Company, dialogue: ScriptedDialogue, maya: Writer
) -> None:
    old = _article(company)
    new = _article(company, "d2")
    dialogue.turns.append(says("old text", citations=(old,), kind="answer"))
    dialogue.turns.append(says("new text", citations=(new,), kind="answer"))
    ask(company, maya, "How long?")
    work_until(company.house, dialogue, sent(company, 1))
    assert len(words(company)) == 1
    assert words(company)[0].startswith("new text")


def test_a_source_whose_whole_address_has_no_room_goes_in_a_message_of_its_own(
    company: Company, dialogue: ScriptedDialogue, maya: Writer
) -> None:
    """Counted by the short address of our own page, the last message would be left out."""
    house = company.house
    room = house.channel_of(company.mail).can.text_length
    web = house.settings.web.model_copy(update={"public_url": f"https://{'a' * 200}.example"})
    house = replace(house, settings=house.settings.model_copy(update={"web": web}))
    cite = replace(_article(company), anchor="late")
    text = ("word " * (room // 5 + 1))[: room - 100].strip()
    dialogue.turns.append(says(text, citations=(cite,), kind="answer"))
    ask(company, maya, "How long?")
    work_until(house, dialogue, sent(company, 2))
    assert f"{'a' * 200}.example/help/parcels#late" in "".join(words(company))


def test_what_is_written_while_the_bot_thinks_is_answered_next(
    company: Company, dialogue: ScriptedDialogue, maya: Writer
) -> None:
    def write_more() -> None:
        if len(dialogue.seen) == 1:
            try:
                ask(company, maya, "and the second?")
            finally:
                connection.close()

    dialogue.thinking = write_more
    ask(company, maya, "the first?")
    work_until(company.house, dialogue, sent(company, 2))
    assert words(company) == ["Answer to: the first?", "Answer to: and the second?"]


def test_what_is_written_while_a_ticket_opens_is_left_to_people(
    company: Company, dialogue: ScriptedDialogue, maya: Writer
) -> None:
    def write_more() -> None:
        if len(dialogue.seen) == 1:
            try:
                ask(company, maya, "hello?")
            finally:
                connection.close()

    dialogue.thinking = write_more
    dialogue.turns.extend([hands_over(), hands_over()])
    ask(company, maya, "a person please")
    work_until(company.house, dialogue, sent(company, 1))
    assert (Ticket.objects.count(), len(dialogue.seen), len(words(company))) == (1, 1, 1)


def test_a_lost_doorbell_costs_one_poll(
    company: Company, dialogue: ScriptedDialogue, maya: Writer
) -> None:
    class Mute:
        def ring(self, *names: str) -> None: ...
        def listen(self, name: str, heard: Callable[[], None]) -> Callable[[], None]:
            return lambda: None

    deaf = replace(company.house, doorbell=Mute())  # type: ignore[arg-type]
    receive(deaf, company.mail, [maya.mail("Anybody?")])
    work_until(deaf, dialogue, sent(company, 1), seconds=5)
    assert words(company) == ["Answer to: Anybody?"]


@pytest.mark.parametrize("polite", ["all is well now", "Tack så mycket!"])
def test_the_satisfaction_question_and_what_follows(
    company: Company, dialogue: ScriptedDialogue, maya: Writer, polite: str
) -> None:
    """Thanks are known by their act or by their words, and neither hides a "but"."""
    dialogue.acts |= {"all is well now": Act.THANK, "gracias, pero sigue igual": Act.THANK}
    dialogue.turns.append(hands_over())
    ask(company, maya, "a person please")
    work_until(company.house, dialogue, sent(company, 1))
    number = Ticket.objects.get().number
    desk.take(company.house, company.other, number)
    desk.resolve(company.house, company.other, number)
    work_until(company.house, dialogue, sent(company, 2))
    assert "How did we do?" in words(company)[-1]
    for answer, count in (("4", 3), (polite, 4)):
        ask(company, maya, answer)
        work_until(company.house, dialogue, sent(company, count))
    assert Ticket.objects.get().rating == 4
    assert Ticket.objects.get().status == Ticket.Status.RESOLVED, "thanks reopen nothing"
    ask(company, maya, "gracias, pero sigue igual")
    work_until(company.house, dialogue, sent(company, 5))
    assert Ticket.objects.get().status == Ticket.Status.OPEN
    assert len(dialogue.seen) == 1


def test_a_need_that_the_bot_settled_is_asked_about_and_can_go_on(
    company: Company, dialogue: ScriptedDialogue, maya: Writer
) -> None:
    done = TurnResult({"version": 1}, (), (Effect(EffectKind.RESOLVE, {}),))
    dialogue.turns.append(done)
    ask(company, maya, "yes, that helped")
    work_until(company.house, dialogue, sent(company, 1))
    assert Conversation.objects.get().status == Conversation.Status.RESOLVED
    assert Survey.objects.count() == 1
    ask(company, maya, "one more thing")
    work_until(company.house, dialogue, sent(company, 2))
    row = Conversation.objects.get()
    assert (row.status, row.speaker) == (Conversation.Status.OPEN, Conversation.Speaker.BOT)
    assert words(company)[-1] == "Answer to: one more thing"


def test_a_settled_need_that_fails_again_is_an_open_ticket(
    company: Company, dialogue: ScriptedDialogue, maya: Writer
) -> None:
    dialogue.turns.append(TurnResult({"version": 1}, (), (Effect(EffectKind.RESOLVE, {}),)))
    ask(company, maya, "yes, that helped")
    work_until(company.house, dialogue, sent(company, 1))
    dialogue.brain_is_away = True
    ask(company, maya, "it broke again")
    work_until(company.house, dialogue, sent(company, 2))
    row = Conversation.objects.get()
    assert (row.status, row.speaker) == (Conversation.Status.OPEN, Conversation.Speaker.QUEUE)


def test_a_number_is_the_choice_that_was_offered(
    company: Company, dialogue: ScriptedDialogue, maya: Writer
) -> None:
    choices = (Button("Monthly", "monthly plan"), Button("Annual", "annual plan"))
    dialogue.turns.append(says("Which?", buttons=choices, kind="question"))
    ask(company, maya, "plans?")
    work_until(company.house, dialogue, sent(company, 1))
    ask(company, maya, "2")
    work_until(company.house, dialogue, sent(company, 2))
    assert dialogue.heard[-1] == "annual plan"


def test_no_log_line_repeats_what_a_customer_wrote(
    company: Company, dialogue: ScriptedDialogue, maya: Writer, logged: Logged
) -> None:
    dialogue.rasa_is_away = True
    company.provider.script.append(TemporaryFailure("busy", retry_after=1))
    ask(company, maya, "zebra-marker")
    work_until(company.house, dialogue, sent(company, 1))
    assert {"dialogue_failed", "delivery_failed"} <= {entry["event"] for entry in logged}
    assert "zebra-marker" not in str(logged)
    assert MAYA not in str(logged)


def test_a_breached_promise_is_told_by_the_worker(
    company: Company, dialogue: ScriptedDialogue, maya: Writer
) -> None:
    dialogue.turns.append(hands_over())
    ask(company, maya, "a person please")
    work_until(company.house, dialogue, sent(company, 1))
    late = replace(company.house, clock=lambda: FastClock()() + timedelta(days=2))
    told = Event.objects.filter(kind="sla_breached")
    work_until(late, dialogue, told.exists)
    assert {event.data["clock"] for event in told} == {"response"}


def test_a_reply_of_rasa_and_its_failure_to_route_still_reach_people(
    company: Company, dialogue: ScriptedDialogue, maya: Writer
) -> None:
    async def lost(case: object) -> object:
        raise DialogueFailed("router away")

    dialogue.turns.append(TurnResult({"version": 1}, (Reply("One moment."),), hands_over().effects))
    dialogue.route = lost  # type: ignore[method-assign,assignment]
    ask(company, maya, "help")
    work_until(company.house, dialogue, sent(company, 1))
    (told,) = words(company)
    assert told.startswith("One moment.\n\n")
    assert f"#{Ticket.objects.get().number}" in told, "one mail, not two"
    assert Ticket.objects.get().team == company.triage

"""Claiming and finishing: one turn at a time, and nothing of a turn that has become stale."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from bot.handoff import to_triage
from bot.receive import receive, start_chat
from bot.reply import Outcome, finish_turn
from core.errors import ClaimLost, IndexStale
from core.knowledge import Citation
from core.message import AddressKind, Reply, Sender, Verified
from store.claims import AT_ONCE, HISTORY, Claimed
from store.models import Address, Article, Conversation, Message, OutboxRow, Revision
from store.turns import (
    anything_waits,
    begin_finish,
    change_speaker,
    claim,
    postpone,
    release_claims,
    write,
)
from tests.company import Company, Writer
from tests.concurrency import in_thread, together
from tests.databases import ROOT

LEASE = timedelta(seconds=30)
SAID = Outcome((Reply("An answer."),), state={"version": 1, "slots": {}})


def one(company: Company, worker: str = "w1", lease: timedelta = LEASE) -> Claimed:
    (claimed,) = claim(company.house.vault, worker, lease, 5, company.house.clock())
    return claimed


@pytest.fixture
def asked(company: Company) -> Writer:
    """A customer with one waiting message."""
    maya = Writer()
    receive(company.house, company.mail, [maya.mail("Where is my parcel?")])
    return maya


def test_two_workers_never_hold_the_same_conversation(company: Company) -> None:
    writers = [Writer(f"c{n}@customers.example") for n in range(12)]
    receive(company.house, company.mail, [writer.mail("hello") for writer in writers])
    now, vault = company.house.clock(), company.house.vault

    def take(worker: str) -> list[Claimed]:
        return [got for _ in range(6) for got in claim(vault, worker, LEASE, 1, now)]

    results = together([lambda name=f"w{n}": take(name) for n in range(4)])
    held = [got.conversation for result in results for got in _sure(result)]
    assert len(held) == len(set(held)) == 12


def _sure(result: Sequence[Claimed] | BaseException) -> Sequence[Claimed]:
    if isinstance(result, BaseException):
        raise result
    return result


def test_the_longest_waiting_comes_first(company: Company) -> None:
    for number in range(3):
        receive(company.house, company.mail, [Writer(f"{number}@x.example").mail(f"m{number}")])
        company.house.clock.advance(seconds=1)  # type: ignore[attr-defined]
    claimed = claim(company.house.vault, "w", LEASE, 2, company.house.clock())
    assert [item.text for item in claimed] == ["m0", "m1"]


def test_a_finished_turn_is_there_at_once_and_waits_no_more(
    company: Company, asked: Writer
) -> None:
    finish_turn(company.house, one(company), SAID)
    assert company.texts() == ["Where is my parcel?", "An answer."]
    assert OutboxRow.objects.get().state == OutboxRow.State.WAITING
    assert not anything_waits(company.house.clock())
    receive(company.house, company.mail, [asked.mail("And now?")])
    claimed = one(company)
    assert claimed.state == {"version": 1, "slots": {}}
    assert [item.text for item in claimed.earlier] == ["Where is my parcel?", "An answer."]
    assert claimed.text == "And now?"


def test_what_was_computed_under_an_old_claim_never_happens(
    company: Company, asked: Writer
) -> None:
    stale = one(company, lease=timedelta(seconds=-1))
    fresh = one(company, "w2")
    assert fresh.claim == stale.claim + 1
    with pytest.raises(ClaimLost):
        finish_turn(company.house, stale, SAID)
    assert company.texts() == ["Where is my parcel?"]
    finish_turn(company.house, fresh, SAID)
    assert company.texts("bot") == ["An answer."]
    with pytest.raises(ClaimLost):
        finish_turn(company.house, stale, SAID)
    assert company.texts("bot") == ["An answer."]


def test_a_claim_is_finished_once_though_more_was_said_meanwhile(
    company: Company, asked: Writer
) -> None:
    claimed = one(company)
    receive(company.house, company.mail, [asked.mail("And quickly, please.")])
    finish_turn(company.house, claimed, SAID)
    with pytest.raises(ClaimLost):
        finish_turn(company.house, claimed, SAID)
    assert company.texts("bot") == ["An answer."]
    assert one(company).text == "And quickly, please.", "what came meanwhile still waits"


def test_a_claim_that_was_given_back_is_not_finished(company: Company, asked: Writer) -> None:
    claimed = one(company)
    postpone(claimed.conversation, claimed.claim, company.house.clock())
    with pytest.raises(ClaimLost):
        finish_turn(company.house, claimed, SAID)
    assert company.texts("bot") == []


def test_a_claim_that_a_dying_server_has_forgotten_is_not_finished_as_the_next(
    company: Company, asked: Writer
) -> None:
    """Nobody waits for a claim to be on the disk: after a power cut its number is given once more."""
    forgotten = one(company, "w1")
    as_it_was = {"claim": forgotten.claim - 1, "claimed_by": "", "turn_attempts": 0}
    Conversation.objects.update(lease_until=None, **as_it_was)
    with pytest.raises(ClaimLost):
        finish_turn(company.house, forgotten, SAID)
    held = one(company, "w2")
    assert held.claim == forgotten.claim
    with pytest.raises(ClaimLost):
        finish_turn(company.house, forgotten, SAID)
    Conversation.objects.update(lease_until=None, **as_it_was)
    by_itself = one(company, "w1", LEASE * 2)
    assert by_itself.claim == forgotten.claim
    with pytest.raises(ClaimLost):
        finish_turn(company.house, forgotten, SAID)
    Conversation.objects.update(lease_until=held.until, claimed_by="w2")
    finish_turn(company.house, held, SAID)
    assert Message.objects.filter(author=Message.Author.BOT).count() == 1


def test_a_worker_frozen_past_its_lease_says_nothing_when_it_wakes(
    company: Company, asked: Writer
) -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "bot.django_settings",
        "THREADLINE_STATE": str(company.house.settings.state),
        "THREADLINE_DATABASE__URL": company.house.settings.database.url.get_secret_value(),
    }
    sleeper = subprocess.Popen(
        [sys.executable, "-m", "tests.store.sleepy_worker", "0.3"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        cwd=ROOT,
        text=True,
    )
    with sleeper:
        assert sleeper.stdout is not None
        assert sleeper.stdin is not None
        assert sleeper.stdout.readline() == "Where is my parcel?\n"
        sleeper.send_signal(signal.SIGSTOP)
        deadline = time.monotonic() + 20
        claimed: list[Claimed] = []
        while not claimed and time.monotonic() < deadline:
            claimed = claim(company.house.vault, "w2", LEASE, 5, company.house.clock())
            time.sleep(0.05)
        finish_turn(company.house, claimed[0], Outcome((Reply("from the waking"),), {"version": 1}))
        sleeper.send_signal(signal.SIGCONT)
        sleeper.stdin.write("\n")
        sleeper.stdin.flush()
        assert sleeper.stdout.readline() == "ClaimLost\n"
    assert company.texts("bot") == ["from the waking"]


def test_a_reply_is_void_when_somebody_else_got_the_word_meanwhile(
    company: Company, asked: Writer
) -> None:
    claimed = one(company)
    _speaks(company, claimed)
    with pytest.raises(ClaimLost):
        finish_turn(company.house, claimed, SAID)
    assert company.texts("bot") == []


def _speaks(company: Company, claimed: Claimed) -> None:
    """What `take` does to the conversation: the word goes to a person."""
    with transaction.atomic():
        finish = begin_finish(company.house.vault, claimed, company.house.clock())
        change_speaker(finish, Conversation.Speaker.PERSON, company.agent)
        write(finish)


def test_messages_that_arrive_during_a_turn_are_answered_next(
    company: Company, asked: Writer
) -> None:
    claimed = one(company)
    receive(company.house, company.mail, [asked.mail("It is urgent"), asked.mail("please")])
    finish_turn(company.house, claimed, SAID)
    following = one(company)
    assert following.text == "It is urgent\nplease"
    finish_turn(company.house, following, SAID)
    assert claim(company.house.vault, "w", LEASE, 5, company.house.clock()) == []


def test_messages_that_arrive_while_a_ticket_is_opened_are_left_to_people(
    company: Company, asked: Writer
) -> None:
    claimed = one(company)
    receive(company.house, company.mail, [asked.mail("hello?")])
    finish_turn(company.house, claimed, Outcome(routed=to_triage("test"), packet={"reason": "x"}))
    following = one(company)
    assert following.speaker == Conversation.Speaker.QUEUE
    finish_turn(company.house, following, Outcome())
    assert not anything_waits(company.house.clock())


def test_more_messages_than_one_turn_takes_are_all_answered_in_order(company: Company) -> None:
    maya = Writer()
    count = AT_ONCE + HISTORY + 9
    receive(company.house, company.mail, [maya.mail(f"m{n}") for n in range(count)])
    answered: list[str] = []
    for _ in range(3):
        for claimed in claim(company.house.vault, "w", LEASE, 1, company.house.clock()):
            answered += [message.text for message in claimed.waiting]
            finish_turn(company.house, claimed, SAID)
    assert answered == [f"m{n}" for n in range(count)]
    assert not anything_waits(company.house.clock())


def test_a_postponed_conversation_comes_back_only_then(company: Company, asked: Writer) -> None:
    claimed = one(company)
    now = company.house.clock()
    postpone(claimed.conversation, claimed.claim, now + timedelta(seconds=5))
    vault = company.house.vault
    assert claim(vault, "w", LEASE, 5, now + timedelta(seconds=4)) == []
    assert claim(vault, "w", LEASE, 5, now + timedelta(seconds=5))[0].attempts == 2


def test_postponing_what_somebody_else_has_finished_does_nothing(
    company: Company, asked: Writer
) -> None:
    claimed = one(company)
    finish_turn(company.house, claimed, SAID)
    postpone(claimed.conversation, claimed.claim, company.house.clock())
    assert not anything_waits(company.house.clock())


def test_the_leases_of_a_dead_worker_end_at_once(company: Company, asked: Writer) -> None:
    one(company, "dead")
    vault, now = company.house.vault, company.house.clock()
    assert claim(vault, "alive", LEASE, 5, now) == []
    assert release_claims("dead") == 1
    assert len(claim(vault, "alive", LEASE, 5, now)) == 1


def test_an_answer_whose_article_changed_meanwhile_is_refused(
    company: Company, asked: Writer
) -> None:
    revision = _article(company)
    claimed = one(company)
    answer = Outcome((Reply("Yes.", (_citation(revision),), kind="answer"),), {"version": 1})
    changes = (
        lambda: Article.objects.update(visibility="internal"),
        lambda: Article.objects.update(visibility="public", removed_at=company.house.clock()),
        lambda: Article.objects.update(removed_at=None, live_revision=None),
    )
    for change in changes:
        in_thread(change)
        with pytest.raises(IndexStale):
            finish_turn(company.house, claimed, answer)
    assert company.texts("bot") == []
    Article.objects.update(live_revision=revision)
    finish_turn(company.house, claimed, answer)
    assert company.texts("bot") == ["Yes."]


def _article(company: Company) -> Revision:
    article = Article.objects.create(brand=company.brand, slug="parcels", source="demo")
    revision = Revision.objects.create(
        article=article, digest="d1", title="Parcels", body="[]", created_at=company.house.clock()
    )
    Article.objects.update(live_revision=revision)
    return revision


def _citation(revision: Revision) -> Citation:
    return Citation("parcels", "Parcels", "/help/parcels", "Yes.", revision.digest)


def test_one_erased_customer_does_not_stop_the_others(company: Company) -> None:
    gone, here = Writer("gone@x.example"), Writer("here@x.example")
    receive(company.house, company.mail, [gone.mail("forget me"), here.mail("help me")])
    Address.objects.filter(id=company.address_id("gone@x.example")).update(key_wrapped=None)
    claimed = claim(company.house.vault, "w", LEASE, 5, company.house.clock())
    assert [item.text for item in claimed] == ["help me"]


def test_an_erased_participant_leaves_the_conversation_readable(
    company: Company, asked: Writer
) -> None:
    other = Writer("colleague@x.example")
    receive(
        company.house, company.mail, [other.mail("me too", thread_keys=asked.keys, claims=True)]
    )
    message = Message.objects.order_by("-seq")[0]
    Address.objects.filter(id=message.address_id).update(key_wrapped=None)
    assert [item.text for item in one(company).waiting] == ["Where is my parcel?", ""]


def asks(about: Callable[[], object]) -> list[str]:
    """What the database is asked for, but for the marks of transactions."""
    with CaptureQueriesContext(connection) as asked:
        about()
    marks = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return [one["sql"] for one in asked if not one["sql"].startswith(marks)]


def test_a_message_in_a_known_chat_is_few_statements(company: Company) -> None:
    """Each of them is a question to another process on PostgreSQL, and two wake-ups."""
    house = company.house
    visitor = uuid4()
    talk = start_chat(house, company.chat, visitor)

    def says(text: str) -> None:
        mail = Writer("x@y.example").mail(text, thread_keys=(str(talk),), claims=True)
        sender = Sender(AddressKind.VISITOR, str(visitor), Verified.NO)
        receive(house, company.chat, [replace(mail, sender=sender, own_keys=mail.thread_keys)])

    says("Where is it?")
    finish_turn(house, one(company), SAID)
    assert len(asks(lambda: says("And now?"))) == 7
    claimed: list[Claimed] = []
    assert len(asks(lambda: claimed.append(one(company)))) == 7
    assert len(asks(lambda: finish_turn(house, claimed[0], SAID))) == 6

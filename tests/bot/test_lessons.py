"""Lessons: found once, capped, in quarantine until somebody judges; learned by a challenger that has to be better; poison moves nothing."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from bot import desk, replying, training
from bot.artefacts import answerer_of
from bot.learning import learn_once
from bot.lessons import accept, amend, go_back, reject, set_every, teach_now, teach_when_due
from bot.past import import_tickets
from bot.teach import learn, teach_answers, teach_router
from bot.versions import activate, rollback
from bot.workshop import quiet
from core.errors import MalformedPayload, NotAllowed, NotFound
from core.knowledge import Question
from core.redaction import without_personal
from store.audit import verify
from store.jobs import enqueue
from store.knowledge import active_models, live_titles
from store.lessons import MOST_OF_ONE, collect, taught
from store.lessons import lessons as opened
from store.models import AuditEntry, Job, Lesson, ModelVersion
from store.rhythm import collect_new
from tests.bot.lessons import DEEDS, THINGS, cited, confirms, knows_things, lesson, lessons
from tests.bot.test_training import export, tickets
from tests.kb_index.conftest import WordEncoder
from tests.web.desk.conftest import desk_company
from tests.web.seed import Company, answers, hands_over, says, visitor

__all__ = ["desk_company"]


@pytest.fixture
def company(desk_company: Company) -> Company:
    return desk_company


@pytest.fixture
def encoder(company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WordEncoder:
    return knows_things(company, tmp_path, monkeypatch)


def collected(company: Company) -> int:
    return collect(
        company.house.vault, "default", company.clock() - timedelta(days=1), company.clock()
    )


def test_what_was_confirmed_and_corrected_is_found_once(
    company: Company, encoder: WordEncoder
) -> None:
    confirms(
        company, visitor(company), "How do I swap the hub? Mail me at a@b.example", "replace-hub"
    )
    chat = visitor(company)
    says(company, chat, "My invoice is wrong, please look at order FH-20418 again")
    number = hands_over(company, team="technical", category="device")
    amira, ruth = company.users["amira"], company.users["ruth"]
    desk.reclassify(company.house, ruth, number, category="billing", team="billing")
    replying.learn(company.house, amira, number, ("clean-hub", "x"), "accepted")
    desk.take(company.house, amira, number)
    desk.reply(company.house, amira, number, "It is put right.", resolves=True)
    assert collected(company) == 3
    assert collected(company) == 0
    found = {one.row.source: one for one in opened(company.house.vault, Lesson.objects.all(), 9)}
    assert found["rated"].text == "How do I swap the hub? Mail me at"
    assert found["rated"].row.target == {"article": "replace-hub"}
    assert found["routed"].row.target["team"] == "billing"
    assert found["routed"].row.before["team"] == "technical"
    assert "FH-20418" not in found["routed"].text
    assert found["suggested"].row.target == {"article": "clean-hub"}
    assert all(b"invoice" not in bytes(row.text_cipher) for row in Lesson.objects.all())


def test_one_customer_is_heard_three_times_a_month(company: Company, encoder: WordEncoder) -> None:
    chat = visitor(company)
    for thing in THINGS[:6]:
        confirms(company, chat, f"How can I replace my {thing} here?", f"replace-{thing}")
        collected(company)
    assert Lesson.objects.count() == MOST_OF_ONE
    reject(company.house, company.users["ruth"], list(Lesson.objects.values_list("id", flat=True)))
    confirms(company, chat, "How can I replace my fan here, please?", "replace-fan")
    assert collected(company) == 0  # what was rejected makes no room for more
    company.clock.advance(days=31)
    confirms(company, chat, "How can I replace my fan here, please?", "replace-fan")
    assert collected(company) == 1


def test_nothing_is_learned_before_somebody_has_accepted_it(
    company: Company, encoder: WordEncoder
) -> None:
    first = lesson(company, "the thing with blades is broken", {"article": "replace-fan"})
    assert teach_answers(company.house) == {"lessons": 0, "activated": False}
    assert taught(company.house.vault, "default", Lesson.Kind.ANSWER) == []
    assert accept(company.house, company.users["ruth"], [first.id]) == 1
    assert accept(company.house, company.users["ruth"], [first.id]) == 0
    (one,) = taught(company.house.vault, "default", Lesson.Kind.ANSWER)
    assert one.text == "the thing with blades is broken"
    first.message.address.key_wrapped = None
    first.message.address.save()
    assert taught(company.house.vault, "default", Lesson.Kind.ANSWER) == []
    assert verify()[1] is None


def test_only_leads_and_admins_judge(company: Company, encoder: WordEncoder) -> None:
    row = lesson(company, "the thing with blades is broken", {"article": "replace-fan"})
    house = company.house
    for login in ("amira", "wei", "otto", "ines"):
        by = company.users[login]
        for deed in (
            lambda by=by: accept(house, by, [row.id]),
            lambda by=by: reject(house, by, [row.id]),
            lambda by=by: amend(house, by, row.id, {"text": "some new text", "article": "clean-fan"}),
            lambda by=by: teach_now(house, by),
            lambda by=by: go_back(house, by, "asked"),
            lambda by=by: set_every(house, by, "day"),
        ):  # fmt: skip
            with pytest.raises(NotAllowed):
                deed()
    assert Lesson.objects.get().state == "waiting"
    assert not Job.objects.filter(kind="learn").exists()


def test_a_lesson_is_accepted_in_other_words_and_for_another_article(
    company: Company, encoder: WordEncoder
) -> None:
    row = lesson(company, "the thing with blades is broken", {"article": "replace-fan"})
    ruth, house = company.users["ruth"], company.house
    for values in (
        {"text": "x", "article": "clean-fan"},
        {"text": "A long enough text", "article": "no-such-article"},
    ):
        with pytest.raises(MalformedPayload):
            amend(house, ruth, row.id, values)
    with pytest.raises(NotFound):
        amend(house, ruth, uuid4(), {})
    amend(house, ruth, row.id, {"text": "How are blades cleaned?", "article": "clean-fan"})
    (one,) = taught(house.vault, "default", Lesson.Kind.ANSWER)
    assert (one.text, one.target) == ("How are blades cleaned?", {"article": "clean-fan"})
    route = lesson(company, "my invoice is wrong", {"team": "technical"}, kind="route")
    place = {"text": "my invoice is wrong", "team": "billing", "category": "billing"}
    with pytest.raises(MalformedPayload, match="priority"):
        amend(house, ruth, route.id, {**place, "priority": "9"})
    amend(house, ruth, route.id, {**place, "priority": "2"})
    (one,) = taught(house.vault, "default", Lesson.Kind.ROUTE)
    assert one.target == {"team": "billing", "category": "billing", "priority": 2}
    assert AuditEntry.objects.filter(action="lesson.corrected").count() == 2


ASKED = "the round thing with blades makes noise"


def test_accepted_questions_lead_to_their_article_and_are_taken_back_at_once(
    company: Company, encoder: WordEncoder
) -> None:
    house = company.house
    question = Question(f"{ASKED} fan", language="en")
    before = answerer_of(house, encoder).search(question)[0].article
    other = "clean-fan" if before == "replace-fan" else "replace-fan"
    lessons(company, [(f"{ASKED} fan", other)])
    told = teach_answers(house)
    assert (told["lessons"], told["activated"], told["dropped"]) == (1, True, 0)
    assert answerer_of(house, encoder).search(question)[0].article == other
    again = teach_answers(house)
    assert not again["new"]
    rollback(house, "asked")
    assert answerer_of(house, encoder).search(question)[0].article == before
    for file in (house.settings.state / "models" / "asked").rglob("*"):
        assert not file.is_file() or b"blades" not in file.read_bytes()


def test_a_lesson_that_would_spoil_an_answer_is_not_learned(
    company: Company, encoder: WordEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a confirmed question weighs cannot overturn a title here, so it weighs more for once."""
    monkeypatch.setattr("kb_index.asked.STRENGTH", 40.0)
    lessons(company, [("Clean the vent", "replace-vent"), (ASKED, "replace-fan")])
    told = teach_answers(company.house)
    assert (told["dropped"], told["activated"]) == (1, True)
    found = answerer_of(company.house, encoder).answer(Question("Clean the vent", language="en"))
    assert found.passages[0].article == "clean-vent"


def test_what_most_contradict_is_not_learned(company: Company, encoder: WordEncoder) -> None:
    said = [(ASKED, "replace-fan"), (f"{ASKED} again", "replace-fan"), (ASKED, "clean-cable")]
    lessons(company, said)
    found = taught(company.house.vault, "default", Lesson.Kind.ANSWER)
    assert learn(company.house, found, encoder).asked.articles == ("replace-fan", "replace-fan")


def _canary(company: Company, encoder: WordEncoder) -> list[tuple[Any, ...]]:
    answerer = answerer_of(company.house, encoder)
    said = []
    for title, language, slug in live_titles("default", 300):
        answer = answerer.answer(Question(title, language=language))
        said.append((slug, answer.decision, answer.text, answer.passages[0].article))
    return said


def test_five_per_cent_of_poison_moves_nothing(company: Company, encoder: WordEncoder) -> None:
    """R53. Three customers confirm what is wrong, as often as they can, and somebody accepts all of it unread."""
    honest = [
        (f"{word} {deed} the {thing}", f"{deed}-{thing}")
        for word in ("please", "hello", "quickly", "anyone", "maybe")
        for thing in THINGS
        for deed in DEEDS
    ]
    lessons(company, honest[:171])
    before = _canary(company, encoder)
    for at in range(3):
        chat = visitor(company)
        for turn in range(8):
            thing, wrong = THINGS[(at * 8 + turn) % len(THINGS)], THINGS[(at + turn + 5) % 18]
            question = f"Clean the {thing} see https://evil.example/pay"
            confirms(company, chat, question, f"replace-{wrong}")
            collected(company)
    poison = list(Lesson.objects.filter(state="waiting").values_list("id", flat=True))
    assert len(poison) == 3 * MOST_OF_ONE == round(0.05 * Lesson.objects.count())
    accept(company.house, company.users["ruth"], poison)
    assert teach_answers(company.house)["activated"]
    after = _canary(company, encoder)
    assert after == before
    assert all(slug == first for slug, _, _, first in after)
    assert not any(
        "evil" in one.text for one in opened(company.house.vault, Lesson.objects.all(), 999)
    )
    served = active_models()["asked"].version
    rollback(company.house, "asked")
    assert active_models()["asked"].version != served
    assert _canary(company, encoder) == before


def test_poisoned_routes_move_nothing(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    """R53 for the router: on the rows set aside, which hold none of the lessons, it is as good as before."""
    if database != "sqlite":
        pytest.skip("skipped: trained on SQLite; lessons are collected on both")
    monkeypatch.setattr("router.learn._UPDATES", 60)
    monkeypatch.setattr(training, "EMBEDDED", 0)
    monkeypatch.setattr(training, "_encoder", lambda house: None)
    import_tickets(company.house, export(tmp_path / "t.jsonl", tickets(60)), "", "", "", quiet)
    first = teach_router_without(company)
    wrong = {"billing": "technical", "technical": "billing"}
    for at, row in enumerate(tickets(40, seed=2)):
        team = wrong[row["team"]] if at % 20 == 0 else row["team"]
        target = {"team": team, "category": row["category"], "priority": 1 + at % 4}
        lesson(company, row["text"], target, "accepted", "route")
    told = teach_router(company.house)
    assert told["lessons"] == 40
    assert (
        told["accuracy"] >= first["accuracy"] - 0.05
    )  # the poisoned may be asked about themselves
    row = ModelVersion.objects.filter(kind="router").order_by("-created_at", "id").first()
    assert row is not None
    checked = activate(company.house, "router", str(told["version"]))["canary"]
    assert checked["accuracy"] >= first["accuracy"] - 0.01
    assert checked["rows"] == first["set_aside"]
    rollback(company.house, "router")
    assert active_models()["router"].version == first["version"]


def teach_router_without(company: Company) -> dict[str, Any]:
    from bot.past import past_rows

    return training.retrain_router(company.house, past_rows(company.house), quiet)


def test_a_challenger_that_is_worse_does_not_serve(
    company: Company, encoder: WordEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    lessons(company, [(ASKED, "replace-fan")])
    shares = iter((0.4, 0.6))
    monkeypatch.setattr("bot.teach._right", lambda *_: next(shares))
    told = teach_answers(company.house)
    assert (told["activated"], told["own"], told["serving"]) == (False, 0.4, 0.6)
    row = ModelVersion.objects.get(kind="asked", manifest__rows=1)
    assert not row.is_active
    assert row.manifest["challenge"]["won"] is False


def test_a_need_that_the_assistant_settled_is_a_lesson(
    company: Company, encoder: WordEncoder
) -> None:
    from bot.reply import Outcome, finish_turn
    from core.message import Reply
    from core.understanding import Effect, EffectKind
    from tests.web.seed import claimed

    chat = visitor(company)
    says(company, chat, "How do I replace the hub here?")
    answers(company, "So.", cited("replace-hub"))
    says(company, chat, "yes, thank you")
    done = (Effect(EffectKind.RESOLVE, {}),)
    outcome = Outcome(replies=(Reply("Glad to hear it."),), state={}, effects=done)
    finish_turn(company.house, claimed(company), outcome)
    assert collect_new(company.house.vault, company.clock()) == 1
    row = Lesson.objects.get()
    assert (row.source, row.target) == ("helped", {"article": "replace-hub"})


def test_teaching_keeps_its_rhythm(company: Company) -> None:
    house, ruth = company.house, company.users["ruth"]
    assert not teach_when_due(house, company.clock())
    with pytest.raises(MalformedPayload):
        set_every(house, ruth, "hour")
    set_every(house, ruth, "week")
    company.clock.advance(days=6)
    assert not teach_when_due(house, company.clock())
    company.clock.advance(days=1)
    assert teach_when_due(house, company.clock())
    assert not teach_when_due(house, company.clock())
    assert Job.objects.get(kind="learn").payload == {"verb": "teach"}


async def test_a_job_of_learning_that_fails_is_tried_again(company: Company) -> None:
    house, stop = company.house, asyncio.Event()
    run = house.database.run
    await run(enqueue, "learn", {"verb": "teach"}, company.clock(), "teach")
    failing = (sys.executable, "-c", "import sys; sys.exit('no room')")
    assert await learn_once(house, "one", stop, failing)
    row = await run(Job.objects.get)
    assert (row.state, row.attempts) == ("waiting", 1)
    assert row.last_error.endswith("no room")
    assert not await learn_once(house, "one", stop, failing)  # not at once
    company.clock.advance(seconds=10)
    assert await learn_once(house, "two", stop, (sys.executable, "-c", "pass"))
    assert (await run(Job.objects.get)).state == "done"


async def test_a_job_of_learning_is_given_back_when_its_worker_stops(company: Company) -> None:
    house, stop = company.house, asyncio.Event()
    await house.database.run(enqueue, "learn", {"verb": "gaps"}, company.clock())
    endless = (sys.executable, "-c", "import time; time.sleep(600)")
    running = asyncio.create_task(learn_once(house, "one", stop, endless))
    await asyncio.sleep(0)
    stop.set()
    await running
    row = await house.database.run(Job.objects.get)
    assert (row.state, row.lease_until, row.attempts) == ("waiting", None, 0)


def test_what_names_a_person_is_taken_out() -> None:
    said = "Call +49 30 1234567 or a@b.example about FH-20418, see https://evil.example/x now"
    assert without_personal(said) == "Call or about , see now"

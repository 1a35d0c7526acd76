"""Gaps: found, named, costed and drafted without anybody's own words, and closed by an article that answers."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from bot import gaps as module
from bot import ingest as indexing
from bot import trust
from bot.gaps import check_gap, find_gaps, outline, publish_gap
from bot.ingest import ingest
from bot.learning import carry_out, check_again, dismiss, look_again, measure_again, publish
from core.curves import Words, calibration_error, drawn, reliability, risk_coverage
from core.errors import IllegalTransition, MalformedPayload, NotAllowed, NotFound, TemporaryFailure
from core.knowledge import Answer, Answering, Citation, Question
from kb_index import decide
from store.audit import verify
from store.bodies import open_body
from store.events import last_public_seqs
from store.gaps import deflected, draft_of, publishing_problem, questions_of, titles_of
from store.jobs import job_done, job_failed, take_jobs
from store.knowledge import active_generation
from store.learning import rate_answer, unanswered
from store.models import AnswerRating, Article, Event, Gap, Job, Message
from store.vault import Vault
from tests.kb_index.conftest import ARTICLES, WordEncoder
from tests.web.desk.conftest import desk_company
from tests.web.gaps import ask_what_nobody_answers
from tests.web.seed import Company, answers, article, hands_over, says, visitor

__all__ = ["desk_company"]


@pytest.fixture
def company(desk_company: Company, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Company:
    """With an index of a few articles, and an encoder that needs no model."""
    encoder = WordEncoder()
    for place in (module, indexing, trust):
        monkeypatch.setattr(place, "indexing_encoder", lambda house: encoder)
    folder = tmp_path / "articles"
    (folder / "es").mkdir(parents=True)
    for name, text in ARTICLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    ingest(desk_company.house, folder)
    return desk_company


def found(company: Company) -> Gap:
    ask_what_nobody_answers(company)
    find_gaps(company.house)
    return Gap.objects.get()


def test_questions_of_a_kind_become_a_gap_with_its_cost(company: Company) -> None:
    gap = found(company)
    assert (gap.conversations, len(gap.questions)) == (4, 4)
    assert set(gap.name.split(", ")) >= {"limescale", "sensor"}
    assert gap.handling_seconds == 4 * 20 * 60
    shown = {one.text for one in questions_of(company.house.vault, gap)}
    assert len(shown) == 4


def test_the_draft_says_what_colleagues_wrote_to_several_and_nothing_of_one_alone(
    company: Company,
) -> None:
    _, text = draft_of(company.house.vault, found(company))
    assert "vinegar" in text
    assert "clear water" in text
    assert text.index("vinegar") < text.index("clear water")
    for word in ("4711", "Bob", "lemons", "Maya", "Hello"):
        assert word not in text
    assert bytes(Gap.objects.get().draft_cipher).find(b"vinegar") == -1


def test_no_name_is_made_of_what_one_customer_said(company: Company) -> None:
    gap = found(company)
    assert "noor" not in gap.name
    assert "example" not in gap.name


def test_too_few_questions_make_no_gap(company: Company) -> None:
    says(company, visitor(company), "How do I clean limescale off my sensor?")
    hands_over(company)
    assert find_gaps(company.house)["gaps"] == 0


def test_badly_rated_answers_count_as_unanswered(company: Company) -> None:
    chat = visitor(company)
    says(company, chat, "How do I clean limescale off my sensor?")
    cited = article(company, "sensor", "Sensor", "A sensor.")
    answers(company, "A sensor.", cited)
    since = company.clock()
    assert unanswered(company.house.vault, "default", since) == []
    seq = last_public_seqs([chat[0]])[chat[0]]
    rate_answer(chat[0], seq, False, "chat", company.clock())
    (one,) = unanswered(company.house.vault, "default", since)
    assert one.text == "How do I clean limescale off my sensor?"
    rate_answer(chat[0], seq, True, "chat", company.clock())  # the last word counts
    assert AnswerRating.objects.count() == 1
    assert unanswered(company.house.vault, "default", since) == []


def test_only_answers_of_that_conversation_can_be_rated(company: Company) -> None:
    chat, other = visitor(company), visitor(company)
    says(company, chat, "How?")
    answers(company, "So.", article(company, "so", "So", "So."))
    seq = last_public_seqs([chat[0]])[chat[0]]
    for conversation, number in ((other[0], seq), (chat[0], seq - 1), (uuid4(), seq)):
        with pytest.raises(NotFound):
            rate_answer(conversation, number, True, "chat", company.clock())
    assert not AnswerRating.objects.exists()


def test_publishing_closes_the_loop(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decide.Costs, "__init__", _bold)
    gap = found(company)
    author = company.users["ines"]
    text = (
        "Soak the sensor in vinegar for ten minutes.\n\nThen rinse off the limescale to clean it."
    )
    publish(company.house, author, gap.id, "Clean limescale off the sensor", text)
    assert Job.objects.get(kind="learn").payload == {"verb": "publish", "gap": str(gap.id)}
    report = publish_gap(company.house, gap.id)
    gap.refresh_from_db()
    assert (gap.state, gap.gained) == ("published", report["answered_now"])
    assert gap.gained >= 3
    live = Article.objects.get(slug=gap.article)
    assert live.live_revision is not None
    assert live.live_revision.title == "Clean limescale off the sensor"
    assert deflected(gap) == 0
    company.clock.advance(hours=1)
    for helped in (True, False):
        chat = visitor(company)
        says(company, chat, "How do I clean limescale?")
        cited = article(company, f"other-{helped}", "x", "x")
        cited = type(cited)(gap.article, "x", "/x", "x", live.live_revision.digest)
        answers(company, "Soak it.", cited)
        if not helped:
            rate_answer(
                chat[0], last_public_seqs([chat[0]])[chat[0]], False, "chat", company.clock()
            )
    assert deflected(gap) == 1
    find_gaps(company.house)  # what is settled does not come back
    assert [one.state for one in Gap.objects.all()] == ["published"]
    assert verify()[1] is None


def test_of_each_question_it_is_told_whether_it_is_answered_now_and_by_what(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decide.Costs, "__init__", _bold)
    gap, vault, ines = found(company), company.house.vault, company.users["ines"]
    assert {(one.article, one.chance) for one in questions_of(vault, gap)} == {("", None)}
    row = Message.objects.get(id=gap.questions[0])
    monkeypatch.setattr(module, "answerer_of", lambda *_: Knowing({row.id: ""}, vault))
    check_again(company.house, ines, gap.id)
    check_again(company.house, ines, gap.id)
    (job,) = Job.objects.filter(kind="learn")
    assert job.payload == {"verb": "check", "gap": str(gap.id)}
    report = check_gap(company.house, gap.id)
    assert report == {"questions": 4, "answered_now": 3, "by_its_article": 0}
    gap.refresh_from_db()
    assert (gap.state, gap.gained, gap.checked_at) == ("open", 0, company.clock())
    first, *others = questions_of(vault, gap)
    assert (first.message, first.article, first.chance) == (row.id, "", 0.25)
    assert {(one.article, one.chance) for one in others} == {("delivery", 0.75)}
    monkeypatch.undo()
    titles = titles_of(gap.brand, ["delivery", "no-such"])
    assert list(titles) == ["delivery"]


class Knowing:
    """Answers every question with the article on delivery, but some."""

    def __init__(self, unknown: dict[UUID, str], vault: Vault) -> None:
        rows = Message.objects.filter(id__in=unknown).select_related("address")
        self.unknown = {open_body(vault, row).text for row in rows}

    def answer(self, question: Question) -> Answer:
        if question.text in self.unknown:
            return Answer(Answering.HANDOFF, 0.25)
        cited = Citation("delivery", "Delivery", "/help/delivery", "So.", "r")
        return Answer(Answering.ANSWER, 0.75, text="So.", citations=(cited,))


def test_publishing_says_it_of_each_question(company: Company) -> None:
    gap = found(company)
    publish(company.house, company.users["ines"], gap.id, "Clean off limescale", "Use vinegar.")
    publish_gap(company.house, gap.id)
    gap.refresh_from_db()
    assert set(gap.checked) == set(gap.questions)
    assert gap.gained == sum(article == gap.article for article, _ in gap.checked.values())
    company.clock.advance(hours=1)
    check_gap(company.house, gap.id)
    later = Gap.objects.get()
    assert later.published_at == gap.published_at
    assert (later.checked, later.checked_at) == (gap.checked, company.clock())


def test_what_was_published_can_be_changed_where_it_is(company: Company) -> None:
    gap, author = found(company), company.users["ines"]
    publish(company.house, author, gap.id, "Clean off limescale", "Soak it in vinegar.")
    publish_gap(company.house, gap.id)
    gap.refresh_from_db()
    slug, since = gap.article, gap.published_at
    company.clock.advance(hours=1)
    publish(company.house, author, gap.id, "Limescale", "Soak it in vinegar for ten minutes.")
    publish_gap(company.house, gap.id)
    gap.refresh_from_db()
    assert (gap.state, gap.article, gap.published_at) == ("published", slug, since)
    live = Article.objects.get(slug=slug).live_revision
    assert live is not None
    assert live.title == "Limescale"
    with pytest.raises(IllegalTransition):
        dismiss(company.house, author, gap.id)


def _bold(self: decide.Costs, *costs: float) -> None:
    for name, value in (("wrong_answer", 0.0), ("handoff", 1.0), ("clarify", 1.0)):
        object.__setattr__(self, name, value)


def test_an_ingest_of_articles_leaves_what_was_written_here(
    company: Company, tmp_path: Path
) -> None:
    gap = found(company)
    publish(company.house, company.users["ada"], gap.id, "Limescale", "Use vinegar.")
    publish_gap(company.house, gap.id)
    ingest(company.house, tmp_path / "articles")
    gap.refresh_from_db()
    assert Article.objects.get(slug=gap.article).removed_at is None


def test_who_may_and_what_is_refused(company: Company) -> None:
    gap, house = found(company), company.house
    for deed in (
        lambda: publish(house, company.users["amira"], gap.id, "A", "B"),
        lambda: dismiss(house, company.users["otto"], gap.id),
        lambda: check_again(house, company.users["ruth"], gap.id),
        lambda: look_again(house, company.users["ruth"]),
        lambda: measure_again(house, company.users["wei"]),
    ):
        with pytest.raises(NotAllowed):
            deed()
    ines = company.users["ines"]
    for title, text in (
        ("", "b"),
        ("a", " "),
        ("a", "# Only a heading\n\n---\n\n![a picture](x.png)"),
        ("a" * 300, "b"),
    ):
        with pytest.raises(MalformedPayload):
            publish(house, ines, gap.id, title, text)
    dismiss(house, ines, gap.id)
    with pytest.raises(IllegalTransition):
        publish(house, ines, gap.id, "A", "B")
    with pytest.raises(IllegalTransition):
        check_again(house, ines, gap.id)
    with pytest.raises(NotFound):
        check_again(house, ines, uuid4())
    find_gaps(house)
    assert [one.state for one in Gap.objects.all()] == ["dismissed"]


def test_what_could_not_be_published_is_said_until_it_is(company: Company) -> None:
    gap, house = found(company), company.house
    assert publishing_problem(gap) == ""
    publish(house, company.users["ines"], gap.id, "Limescale", "- Use vinegar.")
    assert publishing_problem(gap) == ""
    [job] = take_jobs("w", timedelta(minutes=1), 1, house.clock(), only="learn")
    job_failed(job, "publish: the disk is full", house.clock())
    assert publishing_problem(gap) == "publish: the disk is full"
    company.clock.advance(hours=1)
    publish(house, company.users["ines"], gap.id, "Limescale", "Use vinegar.")
    for job in take_jobs("w", timedelta(minutes=1), 5, house.clock(), only="learn"):
        job_done(job)
    assert publishing_problem(gap) == ""


def test_what_was_erased_is_in_no_gap(company: Company) -> None:
    gap = found(company)
    asked = questions_of(company.house.vault, gap)
    conversation = next(one.conversation for one in asked if "noor@" in one.text)
    message = Message.objects.select_related("address").filter(conversation=conversation)[0]
    message.address.key_wrapped = None
    message.address.save()
    assert len(questions_of(company.house.vault, gap)) == 3
    find_gaps(company.house)
    assert Gap.objects.get().conversations == 3


def test_one_reply_alone_gives_no_outline() -> None:
    said = {uuid4(): ["Soak the sensor in vinegar for ten minutes."]}
    assert outline(said, "en", WordEncoder()) == ""


def test_trust_is_measured_on_rated_answers(company: Company) -> None:
    assert trust.measured_trust(company.house) is None
    row = active_generation("default")
    assert row is not None
    digest = Article.objects.get(slug="delivery").live_revision.digest  # type: ignore[union-attr]
    for helpful in (True, True, False):
        chat = visitor(company)
        says(company, chat, "When do parcels leave your warehouse?")
        cited = article(company, uuid4().hex, "x", "x")
        answers(company, "Every morning.", type(cited)("delivery", "x", "/x", "x", digest))
        rate_answer(chat[0], last_public_seqs([chat[0]])[chat[0]], helpful, "chat", company.clock())
    assert trust.measure_trust(company.house) == {"rated": 3, "comparable": 3, "helped": 2}
    kept = trust.measured_trust(company.house)
    assert kept is not None
    assert sorted(kept.right) == [False, True, True]
    assert Event.objects.filter(data__has_key="cites").count() == 3


async def test_a_job_that_fails_says_why() -> None:
    await carry_out({"verb": "gaps"}, (sys.executable, "-c", "pass"))
    asked = "import sys; sys.exit(' '.join(sys.argv[1:]))"
    gap = str(uuid4())
    with pytest.raises(TemporaryFailure, match=f"learn check {gap}"):
        await carry_out({"verb": "check", "gap": gap}, (sys.executable, "-c", asked))
    failing = (sys.executable, "-c", "import sys; sys.exit('no room')")
    with pytest.raises(TemporaryFailure, match="no room"):
        await carry_out({"verb": "publish", "gap": str(uuid4())}, failing)
    with pytest.raises(ValueError, match="UUID"):
        await carry_out({"verb": "publish", "gap": "; rm"}, failing)


CUT_OFF = """
import os, subprocess, sys, time
child = subprocess.Popen(["sleep", "60"])
with open({partial!r}, "w") as file:
    file.write(f"{{os.getpid()}} {{child.pid}}")
os.replace({partial!r}, {pids!r})
time.sleep(60)
"""


async def test_a_job_that_is_cut_off_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its process is gone, not only told to go; a child of its own that lives on is not waited for."""
    pids = tmp_path / "pids"
    asked = CUT_OFF.format(partial=f"{pids}.partial", pids=str(pids))
    job = asyncio.create_task(carry_out({"verb": "gaps"}, (sys.executable, "-c", asked)))
    async with asyncio.timeout(60):
        while not pids.exists():  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.05)
    own, child = map(int, pids.read_text().split())
    try:
        job.cancel()
        async with asyncio.timeout(30):
            with pytest.raises(asyncio.CancelledError):
                await job
        with pytest.raises(ProcessLookupError):
            os.kill(own, 0)
    finally:
        os.kill(child, signal.SIGKILL)
    monkeypatch.setattr("bot.learning.PATIENCE", timedelta(seconds=0.2))
    with pytest.raises(TemporaryFailure, match="gaps took longer than"):
        await carry_out({"verb": "gaps"}, (sys.executable, "-c", "import time; time.sleep(60)"))


def test_curves_by_hand() -> None:
    confidences, right = [0.95, 0.9, 0.5, 0.1], [True, False, True, False]
    bins = reliability(confidences, right)
    assert [(one.count, one.right) for one in bins] == [(1, 0.0), (1, 1.0), (2, 0.5)]
    assert calibration_error(bins) == pytest.approx((0.1 + 0.5 + 2 * 0.425) / 4)
    assert risk_coverage(confidences, right) == [
        (0.25, 0.0), (0.5, 0.5), (0.75, pytest.approx(1 / 3)), (1.0, 0.5)
    ]  # fmt: skip
    svg = drawn(confidences, right, "<b>")
    assert "<b>" not in svg
    assert 'direction="ltr"' in svg
    told = drawn(
        confidences, right, words=Words("R", "C", "P", "<K>", "A", "W", "%(count)s; %(error)s")
    )
    assert "share" not in told
    assert "&lt;K&gt;" in told
    assert "4; 0.363" in told
    assert svg.count("<circle") == 3
    assert drawn([], []).startswith("<svg")

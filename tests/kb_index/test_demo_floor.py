"""The quality floor: the shipped weights and the real encoder on the demo knowledge, over frozen questions.

The index is kept in pytest's cache under a digest of articles and code, so that only the first run encodes.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.knowledge import Answer, Answering, Question, Said
from kb_index.answer import Answerer
from kb_index.generation import open_generation
from kb_index.train import index_of

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "demo" / "knowledge"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@dataclass(frozen=True)
class Asked:
    row: dict[str, Any]
    answer: Answer

    @property
    def right(self) -> list[str]:
        return self.row.get("article") or self.row.get("either") or []

    @property
    def found(self) -> str:
        return self.answer.passages[0].article if self.answer.passages else ""


@pytest.fixture(scope="module")
def answerer(request: pytest.FixtureRequest) -> Answerer:
    encoder_module = pytest.importorskip("nlu.encoder")
    words = pytest.importorskip("nlu.ordinary").real_words()
    state = request.config.cache
    assert state is not None
    digest = hashlib.sha256()
    code = [
        ROOT / "kb_index" / f"{name}.py"
        for name in ("ingest", "markup", "chunk", "words", "segment_writer")
    ]
    code += [ROOT / "nlu" / name for name in ("graph.py", "reach.py", "data/reach.txt")]
    for path in sorted([*DEMO.rglob("*.md"), *code]):
        digest.update(path.read_bytes())
    folder = state.mkdir("kb_index")
    encoder = encoder_module.load_encoder("default", folder / "encoder")
    generation = index_of(DEMO, encoder, folder / digest.hexdigest()[:16])
    return Answerer(generation, encoder, words=words)


@pytest.fixture(scope="module")
def asked(answerer: Answerer) -> list[Asked]:
    rows = yaml.safe_load(Path(__file__).with_name("demo_questions.yml").read_text("utf-8"))
    return [Asked(row, answerer.answer(_question(row))) for row in rows]


def _question(row: dict[str, Any]) -> Question:
    history = tuple(Said(who, text) for who, text in row.get("history", ()))
    return Question(row["ask"], history, language=row.get("language", "en"))


def test_the_right_article_comes_first(asked: list[Asked]) -> None:
    known = [item for item in asked if item.right]
    missed = [(item.row["ask"], item.found) for item in known if item.found not in item.right]
    assert len(missed) <= 0.06 * len(known), missed


def test_what_the_knowledge_base_lacks_is_not_answered(asked: list[Asked]) -> None:
    answered = [
        (item.row["ask"], item.found)
        for item in asked
        if item.row.get("none") and item.answer.decision is not Answering.HANDOFF
    ]
    assert answered == []


def test_answers_come_from_the_right_article(asked: list[Asked]) -> None:
    given = [item for item in asked if item.answer.decision is Answering.ANSWER]
    wrong = [(i.row["ask"], i.answer.citations[0].article) for i in given if i.found not in i.right]
    assert len(wrong) <= 0.03 * len(given), wrong
    texts = [
        (i.row["ask"], i.answer.text) for i in given if i.row.get("answer", "") not in i.answer.text
    ]
    assert len(texts) <= 2, texts


def test_most_questions_are_answered(asked: list[Asked]) -> None:
    decisions = Counter(item.answer.decision for item in asked if item.right)
    assert decisions[Answering.HANDOFF] <= 0.33 * sum(decisions.values()), decisions


def test_questions_that_two_regions_answer_differently_are_asked_back(asked: list[Asked]) -> None:
    open_ones = [item for item in asked if item.row.get("either")]
    clarified = [item for item in open_ones if item.answer.decision is Answering.CLARIFY]
    assert len(clarified) >= 3
    for item in clarified:
        assert {choice.article for choice in item.answer.alternatives} == set(item.row["either"])


def test_answers_are_verbatim_and_short(asked: list[Asked], answerer: Answerer) -> None:
    segment = answerer.generation.parts[0].segment
    texts = {p.id: p.text for p in segment.passages(range(segment.size))}
    for item in asked:
        assert len(item.answer.citations) <= 12
        for citation in item.answer.citations:
            assert citation.quote in item.answer.text
            of_article = [
                text for id_, text in texts.items() if id_.startswith(f"{citation.article}:")
            ]
            said = set(
                re.findall(r"\w+", citation.quote)
            )  # a row is told in its own words, by column
            assert any(
                citation.quote in text or (" – " in citation.quote and said <= words_of(text))
                for text in of_article
            )


def words_of(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def test_a_figure_is_told_by_the_passage_that_says_it(answerer: Answerer) -> None:
    """Written before the rule, which was not changed for them: each was answered from another passage of its article."""
    for ask, language, figure in (
        ("How long does delivery to Norway take?", "en", "4–7 working days"),
        ("How long does delivery to Mexico take?", "en", "6–8 business days"),
        (
            "how long is the warranty of a Vent in Europe",
            "en",
            "Fernhill Vent – Covered for: 3 years",
        ),
        ("how long does calibration take", "en", "20 minutes"),
        ("how long is the student discount valid", "en", "4 years"),
        ("Wie lange dauert die Lieferung nach Österreich?", "de", "2–3 Arbeitstage"),
        ("shipping cost to Germany", "en", "EUR 4.90"),
    ):
        answer = answerer.answer(Question(ask, language=language))
        assert figure in answer.text, (ask, answer.text)


def test_what_is_asked_of_a_place_or_thing_is_answered_by_what_is_about_it(
    answerer: Answerer,
) -> None:
    """ "How long does delivery to Turkey take?" is not answered by an article that lists other countries."""
    rows = yaml.safe_load(Path(__file__).with_name("elsewhere.yml").read_text("utf-8"))
    asked = [Asked(row, answerer.answer(_question(row))) for row in rows]
    given = [item for item in asked if item.answer.decision is Answering.ANSWER]
    wrong = [
        (item.row["ask"], item.answer.text)
        for item in given
        if item.found not in item.right or item.row.get("answer", "") not in item.answer.text
    ]
    assert wrong == []
    assert len(given) >= 20


def test_internal_articles_never_show(asked: list[Asked]) -> None:
    internal = {"goodwill-refunds", "identity-check-steps", "sense-c3-batch"}
    for item in asked:
        assert internal.isdisjoint(p.article for p in item.answer.passages)


def test_what_was_asked_before_changes_no_answer_about_something_else(answerer: Answerer) -> None:
    """Each question alone, and after another one of the list: the same decision, from the same article."""
    rows = yaml.safe_load(Path(__file__).with_name("demo_questions.yml").read_text("utf-8"))
    rows = [row for row in rows if row.get("article") and "history" not in row]
    rows = [row for row in rows if row.get("language", "en") == "en"]
    changed = []
    for at, row in enumerate(rows):
        other = rows[(at + len(rows) // 2) % len(rows)]
        history = (Said("customer", other["ask"]), Said("bot", "See Settings, it says more."))
        alone, after = (
            answerer.answer(Question(row["ask"], said, language="en")) for said in ((), history)
        )
        if (alone.decision, alone.text) != (after.decision, after.text):
            changed.append((row["ask"], other["ask"], alone.decision, after.decision))
    assert len(changed) <= 0.15 * len(rows), changed


@pytest.mark.parametrize(
    ("name", "most_answered"),
    [("followups", 0.1), ("followups_held", 0.1), ("followups_pointing", 0.2)],
)
def test_a_short_message_is_answered_from_the_article_before_it_only_where_that_has_it(
    answerer: Answerer, name: str, most_answered: float
) -> None:
    """ "And do you ship to Mars?" is not answered with how long Germany takes; "and to Spain?" is."""
    rows = yaml.safe_load(Path(__file__).with_name(f"{name}.yml").read_text("utf-8"))
    asked = [Asked(row, answerer.answer(_question(row))) for row in rows]
    known = [item for item in asked if item.right]
    answered = [
        item.row["ask"]
        for item in asked
        if not item.right and item.answer.decision is not Answering.HANDOFF
    ]
    assert len(answered) <= most_answered * (len(asked) - len(known)), answered
    left = [i.row["ask"] for i in known if i.answer.decision is Answering.HANDOFF]
    assert len(left) <= 0.11 * len(known), left
    wrong = [(i.row["ask"], i.found) for i in known if i.found not in i.right]
    assert len(wrong) <= 0.15 * len(known), wrong


def test_no_two_articles_of_ours_contradict_each_other(asked: list[Asked]) -> None:
    told = [(item.row["ask"], item.answer.contradicting) for item in asked]
    assert [ask for ask, contradicting in told if contradicting] == []


def test_milvus_finds_the_same_answers(
    asked: list[Asked], answerer: Answerer, tmp_path: Path
) -> None:
    """Every question once more, with candidates from the other engine."""
    milvus = pytest.importorskip("kb_index.milvus", reason="the milvus extra is not installed")
    engine = milvus.Milvus(str(tmp_path / "demo.db"), seconds=60)
    generation = open_generation(answerer.generation.folder)
    engine.publish(generation)
    other = Answerer(engine.attach(generation), answerer._encoder, words=answerer._words)
    again = [Asked(item.row, other.answer(_question(item.row))) for item in asked]
    differing = [
        item.row["ask"]
        for item, once_more in zip(asked, again, strict=True)
        if (item.answer.decision, item.answer.text)
        != (once_more.answer.decision, once_more.answer.text)
    ]
    assert differing == []
    engine.close()


@pytest.mark.parametrize("slip", ["swapped", "wrong"])
def test_slips_of_the_pen_cost_few_answers(
    asked: list[Asked], answerer: Answerer, slip: str
) -> None:
    """Of the questions that are answered, most are as well with two letters of their longest word swapped, or one of them wrong."""
    given = [i for i in asked if i.answer.decision is Answering.ANSWER and not i.row.get("history")]
    slipped = [{**item.row, "ask": _slipped(item.row["ask"], slip)} for item in given]
    answers = [Asked(row, answerer.answer(_question(row))) for row in slipped]
    lost = [i.row["ask"] for i in answers if i.answer.decision is not Answering.ANSWER]
    assert len(lost) <= 0.15 * len(given), lost


def _slipped(text: str, slip: str) -> str:
    longest = max(re.findall(r"[^\W\d_]+", text), key=len)
    at = len(longest) // 2
    middle = longest[at] + longest[at - 1] if slip == "swapped" else "q" + longest[at]
    return text.replace(longest, longest[: at - 1] + middle + longest[at + 1 :], 1)

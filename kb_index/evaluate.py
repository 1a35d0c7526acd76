"""Measures answering on anybody's knowledge base and questions, with the very code that serves customers.

What the figures mean is said at `evaluate_answers`; learning from the same files is `train`'s.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.curves import drawn
from core.knowledge import Answer, Answering
from core.ports import Encodes
from kb_index.answer import Answerer
from kb_index.chunk import all_passages
from kb_index.decide import Costs
from kb_index.examined import Examined
from kb_index.generation import Generation, build_generation, encode_passages
from kb_index.ingest import read_source
from kb_index.labelled import Labelled, read_questions
from kb_index.passage import Array, Document, Unreadable
from kb_index.train import carries

RISKS = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found and answered for one question, and how long it took, encoding included."""

    labelled: Labelled
    found: Examined | None
    answer: Answer
    milliseconds: float

    @property
    def articles(self) -> list[str]:
        """Slugs of the articles found, best first."""
        return [passage.article for passage in self.found.articles] if self.found else []

    @property
    def is_right(self) -> bool:
        """Answering with the best article found would have been right."""
        if self.labelled.answerable is False or not self.articles:
            return False
        return not self.labelled.gold or self.articles[0] in self.labelled.gold


def evaluate_answers(
    kb: Path,
    questions: Path,
    encoder: Encodes,
    *,
    text_column: str = "",
    label_column: str = "",
    costs: Costs | None = None,
    progress: Callable[[str], None] = lambda line: None,
    plot: Path | None = None,
    words: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """Indexes `kb`, asks every question, and compares with what is known. Shares are 0..1; None = cannot be known.

    `recall_at_k`, `mrr`, `ndcg_at_10`: of articles (rows of `kb`), over the questions with gold.
    `answerability_auroc`: of the confidence, answerable against not, over the questions where that is known.
    `coverage_at_risk_r`: the largest share of questions that could be answered, most confident first, with
    at most r % of those answers wrong; an answer is wrong when the question has none or the article is not gold.
    `citation_precision`: share of the citations of given answers that are of a gold article, and
    `sentence_support`: share of answer sentences that are gold sentences or parts of them, over answerable
    questions with gold sentences. Times are of one question at a time, encoding included.
    `mb`: the index on disk. `words`: as for `Answerer`. `plot`: a file that gets the reliability diagram and the risk-coverage curve, as SVG,
    over the questions of which it is known whether they can be answered. Raises FileNotFoundError, and ValueError for rows of questions that cannot be read
    and where there is no question or no article.
    """
    asked = list(read_questions(questions, text_column=text_column, gold_column=label_column))
    if not asked:
        raise ValueError(f"{questions.name} holds no question.")
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        generation, unreadable = _index(kb, encoder, Path(folder) / "index", text_column, progress)
        seconds = time.perf_counter() - started
        megabytes = sum(f.stat().st_size for f in Path(folder).rglob("*") if f.is_file()) / 1e6
        answerer = Answerer(generation, encoder, costs=costs, words=words)
        measured = []
        for number, item in enumerate(asked, start=1):
            measured.append(_ask(answerer, item))
            if number % 100 == 0:
                progress(f"{number} of {len(asked)} questions asked")
        articles = generation.articles()
        generation.close()
    lost = sum(bool(item.gold) and item.gold.isdisjoint(articles) for item in asked)
    if lost:
        progress(f"{lost} questions name only articles that are not there")
    if plot is not None:
        known = [item for item in measured if item.labelled.answerable is not None]
        chances = [item.answer.confidence for item in known]
        plot.write_text(drawn(chances, [item.is_right for item in known], kb.name))
    return {
        **_retrieval(measured),
        **_answerability(measured),
        **_citations(measured),
        **_times([item.milliseconds for item in measured]),
        "index_seconds": round(seconds, 2),
        "mb": round(megabytes, 2),
        "questions": len(measured),
        "articles": len(articles),
        "unreadable": unreadable,
    }


def _index(
    kb: Path,
    encoder: Encodes,
    folder: Path,
    text_column: str,
    progress: Callable[[str], None],
) -> tuple[Generation, int]:
    documents: list[Document] = []
    unreadable: list[Unreadable] = []
    for item in read_source(kb, text_column=text_column or "text"):
        if isinstance(item, Unreadable):
            unreadable.append(item)
        else:
            documents.append(item)
    if unreadable:
        progress(
            f"{len(unreadable)} unreadable, first {unreadable[0].path}: {unreadable[0].reason}"
        )
    if not documents:
        why = f": {unreadable[0].reason}" if unreadable else ", of the formats that articles have"
        raise ValueError(f"{kb.name} holds no article that can be read{why}.")
    records = encode_passages(all_passages(documents), encoder)
    progress(f"{len(documents)} articles read, encoding")
    generation = build_generation(
        folder,
        records,
        encoder=encoder.name,
        progress=progress,
    )
    return generation, len(unreadable)


def _ask(answerer: Answerer, item: Labelled) -> Measured:
    started = time.perf_counter()
    found = answerer.examine(item.question)
    answer = answerer.conclude(found)
    return Measured(item, found, answer, (time.perf_counter() - started) * 1000)


def _retrieval(measured: Sequence[Measured]) -> dict[str, float | None]:
    with_gold = [item for item in measured if item.labelled.gold]
    keys = [f"recall_at_{k}" for k in (1, 3, 5, 10)] + ["mrr", "ndcg_at_10"]
    if not with_gold:
        return dict.fromkeys(keys)
    hits = [[slug in item.labelled.gold for slug in item.articles[:10]] for item in with_gold]
    recalls = [float(np.mean([any(row[:k]) for row in hits])) for k in (1, 3, 5, 10)]
    mrr = float(np.mean([1 / (row.index(True) + 1) if True in row else 0.0 for row in hits]))
    gains = [_ndcg(row, len(item.labelled.gold)) for row, item in zip(hits, with_gold, strict=True)]
    values = [*recalls, mrr, float(np.mean(gains))]
    return {key: round(value, 4) for key, value in zip(keys, values, strict=True)}


def _ndcg(hits: Sequence[bool], relevant: int) -> float:
    gained = sum(hit / math.log2(place + 2) for place, hit in enumerate(hits))
    return gained / sum(1 / math.log2(place + 2) for place in range(min(10, relevant)))


def _answerability(measured: Sequence[Measured]) -> dict[str, float | None]:
    known = [item for item in measured if item.labelled.answerable is not None]
    chances = np.array([item.answer.confidence for item in known])
    truth = np.array([item.labelled.answerable for item in known], dtype=bool)
    found: dict[str, float | None] = {"answerability_auroc": _rounded(auroc(chances, truth))}
    right = np.array([item.is_right for item in known], dtype=bool)
    for risk in RISKS:
        share = coverage_at(chances, right, risk / 100) if known else None
        found[f"coverage_at_risk_{risk}"] = _rounded(share)
    return found


def auroc(scores: Array, truth: Array) -> float | None:
    """Area under the ROC curve (ties count half); None when there is only one class."""
    positive, negative = int(truth.sum()), int((~truth).sum())
    if not positive or not negative:
        return None
    values, places = np.unique(scores, return_inverse=True)
    counts = np.bincount(places, minlength=len(values))
    ranks = np.cumsum(counts) - (counts - 1) / 2
    wins = ranks[places][truth].sum() - positive * (positive + 1) / 2
    return float(wins / (positive * negative))


def coverage_at(scores: Array, right: Array, risk: float) -> float:
    """The largest share that can be answered, highest scores first, with at most `risk` of the answers wrong."""
    order = np.argsort(-scores, kind="stable")
    answered = np.arange(1, len(order) + 1)
    within = np.flatnonzero(np.cumsum(~right[order]) / answered <= risk)
    return float((within[-1] + 1) / len(order)) if len(within) else 0.0


def _citations(measured: Sequence[Measured]) -> dict[str, float | None]:
    answered = [
        item
        for item in measured
        if item.labelled.sentences and item.answer.decision is Answering.ANSWER
    ]
    cited = [(c, item.labelled) for item in answered for c in item.answer.citations]
    if not cited:
        return {"citation_precision": None, "sentence_support": None}
    of_gold = float(np.mean([citation.article in labelled.gold for citation, labelled in cited]))
    supported = float(np.mean([carries(c.quote, labelled.sentences) for c, labelled in cited]))
    return {"citation_precision": round(of_gold, 4), "sentence_support": round(supported, 4)}


def _times(milliseconds: Sequence[float]) -> dict[str, float | None]:
    if not milliseconds:
        return {"ms_per_query_p50": None, "ms_per_query_p99": None}
    return {
        "ms_per_query_p50": round(float(np.percentile(milliseconds, 50)), 2),
        "ms_per_query_p99": round(float(np.percentile(milliseconds, 99)), 2),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)

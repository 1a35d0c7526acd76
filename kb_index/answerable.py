"""How likely what was found answers the question: the signals; weighing them is `rank`'s, acting on them `answer`'s."""

from __future__ import annotations

import numpy as np

from kb_index.features import NAMES as MEASURED
from kb_index.features import Candidates, Words
from kb_index.mentions import mentioned, stop_share, title_terms
from kb_index.passage import Array, PassageText
from kb_index.query import Query
from kb_index.rank import Ranked
from kb_index.spans import DATE, NAME, NUMBER, Asked, asks
from kb_index.spans import NAMES as SPAN_NAMES
from kb_index.words import terms, tokens

COVERAGE = SPAN_NAMES.index("coverage")

_BESIDE_TELLING = ("own_passage_cosine", "own_window_cosine", "own_coverage", "score", "belief")
"""Signals that mean something else where titles are whole questions or tasks than where they name a subject."""

_TAKEN = tuple(name for name in MEASURED if not name.endswith("_rank"))
_TAKEN_AT = [MEASURED.index(name) for name in _TAKEN]
_PASSAGE_COSINE = MEASURED.index("own_passage_cosine")
_BESIDE_AT = [MEASURED.index(name) for name in _BESIDE_TELLING[:3]]
_AGREEING_AT = [
    MEASURED.index(name)
    for name in (
        "own_passage_cosine",
        "own_bm25",
        "whole_passage_cosine",
        "whole_bm25",
        "own_window_cosine",
    )
]
"""Of each, the best passage's article is asked for."""

_PLAIN = (
    *(f"top_{name}" for name in _TAKEN),
    "score",
    "margin",
    "belief",
    "doubt",
    "best_cosine",
    "mean_cosine",
    "span_chance",
    "span_coverage",
    "missing",
    "unknown",
    "names_missing",
    "numbers_missing",
    "number_unmet",
    "date_unmet",
    "name_unmet",
    "prose",
    "length",
    "agreement",
    "leaning",
    "has_history",
    "terms",
    "asks",
    "asks_how",
    "asks_who",
    "asks_when",
    "telling",
    *(f"telling_{name}" for name in _BESIDE_TELLING),
    "figure_listed",
)

USUAL = {
    "top_own_passage_cosine": 0.55,
    "top_own_window_cosine": 0.58,
    "top_own_bm25": 0.83,
    "top_own_coverage": 0.59,
    "score": 9.92,
    "margin": 6.15,
    "belief": 0.82,
    "doubt": 0.59,
    "best_cosine": 0.57,
    "span_chance": 0.69,
    "span_coverage": 0.4,
    "missing": 0.74,
    "names_missing": 0.06,
    "top_own_head_match": 0.46,
    "top_own_head_coverage": 0.33,
    "mean_cosine": 0.38,
}
"""What is weighed once more where a message is worded as a question, and its mean over the training questions, from which it is
counted: a few words or a report ("new phone, codes gone") are less near to the article that answers them than a question is."""

TITLED = (0.7, 0.1)
"""How near passages usually stand to their titles, and what is as far from it as is looked at."""

_TOLD = ("top_own_head_match", "mean_cosine")
"""Of the same those that are also weighed once more where the title says much, beside the five above."""

NAMES = (
    *_PLAIN,
    *(f"asks_{name}" for name in USUAL),
    *(f"telling_{name}" for name in _TOLD),
    "titled",
)

_ASKS = _PLAIN.index("asks")
_TELLING = _PLAIN.index("telling")
_AT_USUAL = [_PLAIN.index(name) for name in USUAL]
_AMONG_USUAL = [list(USUAL).index(name) for name in _TOLD]
_USUALLY = np.array(list(USUAL.values()), dtype=np.float32)


def signals(
    query: Query,
    asked: Asked,
    candidates: Candidates,
    ranked: Ranked,
    top: PassageText,
    spans: tuple[Array, Array],
    words: Words,
    titled: float | None,
    is_listed: bool,
) -> Array:
    """One row of values, in the order of NAMES, about the best passage found. `spans`: values and chances of its spans;
    `titled`: of the whole index; `is_listed`: the passage that would be told has a row for the figure
    that is asked for (`about`)."""
    best = candidates.values[ranked.articles[0][1]]
    beliefs = np.array([belief for _, _, belief in ranked.articles])
    cosines = np.sort(candidates.values[:, _PASSAGE_COSINE])[::-1]
    values, chances = spans
    row = [
        *best[_TAKEN_AT],
        ranked.scores[0],
        _margin(candidates, ranked),
        beliefs[0],
        -(beliefs * np.log(beliefs + 1e-9)).sum(),
        cosines[0],
        cosines[:10].mean(),
        chances.max(),
        values[:, COVERAGE].max(),
        *_gaps(query, words, top),
        *_unmet(asked, top, chances),
        stop_share(top),
        min(2.0, len(top.text) / 1000),
        _agreement(candidates),
        query.leaning,
        query.whole is not query.own,
        min(10.0, len(words.weight)) / 10,
        *(asks(query.text, query.language), asked.how, asked.who, asked.when),
        _telling(top),
    ]
    beside = (*best[_BESIDE_AT], ranked.scores[0])
    row += [row[-1] * value for value in (*beside, beliefs[0])]
    row.append(is_listed)
    plain = np.array(row, dtype=np.float32)
    beyond = plain[_AT_USUAL] - _USUALLY
    where_told = plain[_TELLING] * beyond[_AMONG_USUAL]
    return np.concatenate(
        [plain, plain[_ASKS] * beyond, where_told, [place_of(titled)]], dtype=np.float32
    )


def place_of(titled: float | None) -> float:
    """The same for every question to a knowledge base, so it orders none of them: where titles say much of what stands under
    them (a help centre's do, an encyclopedia's do not), as good a score is more often right."""
    usual, far = TITLED
    return 0.0 if titled is None else min(1.0, max(-1.0, (titled - usual) / far))


def _unmet(asked: Asked, top: PassageText, chances: Array) -> tuple[bool, bool, bool]:
    """The question wants a number, a date or a name, and the three likeliest spans hold none."""
    likely = np.argsort(-chances)[:3]
    carrying = " ".join(top.text[top.spans[n].start : top.spans[n].end] for n in likely)
    return (
        asked.how_many and not NUMBER.search(carrying),
        asked.when and not DATE.search(carrying),
        asked.who and not NAME.search(carrying),
    )


def _telling(top: PassageText) -> float:
    """0 for a title of two terms or fewer, 1 from five terms on."""
    return min(1.0, max(0.0, (len(title_terms(top)) - 2) / 3))


def _margin(candidates: Candidates, ranked: Ranked) -> float:
    if len(ranked.articles) < 2:
        return 5.0
    first, second = (row for _, row, _ in ranked.articles[:2])
    at_first, at_second = (np.flatnonzero(ranked.rows == row)[0] for row in (first, second))
    return float(ranked.scores[at_first] - ranked.scores[at_second])


def _gaps(query: Query, words: Words, top: PassageText) -> tuple[float, float, float, float]:
    """Shares of the question that the passage does not mention: heaviest term, unknown terms, names, numbers."""
    here = mentioned(top)
    heaviest = max(words.weight.values(), default=1.0)
    absent = {
        term: words.weight[term]
        for term, spellings in words.spellings.items()
        if here.isdisjoint(spellings)
    }
    missing = max(absent.values(), default=0.0) / max(1e-6, heaviest)
    unknown = sum(s == (t,) and words.weight[t] > 8.0 for t, s in words.spellings.items())
    written = tokens(query.text)
    names = {
        t for token in written[1:] if token[:1].isupper() for t in terms(token, query.language)
    }
    numbers = {t for token in written if token.isdigit() for t in terms(token, query.language)}
    return (
        missing,
        unknown / max(1, len(words.weight)),
        len(names - here) / max(1, len(names)),
        len(numbers - here) / max(1, len(numbers)),
    )


def _agreement(candidates: Candidates) -> float:
    """1 when meaning and words, alone and in context, put the same article first."""
    firsts: list[int] = candidates.article[
        candidates.values[:, _AGREEING_AT].argmax(axis=0)
    ].tolist()
    return max(firsts.count(first) for first in firsts) / len(firsts)

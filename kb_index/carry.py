"""Which passage of the best article to answer from; which of its sentences is `spans`' to say.

The ranking says which article a question is about. Inside it, articles have a form that no labelled set
teaches: a lead that says the gist, then the main procedure, then special cases. These rules follow that form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kb_index.features import NAMES, Candidates, Words
from kb_index.figures import telling
from kb_index.passage import Kind, PassageText
from kb_index.rank import Ranked
from kb_index.spans import Asked, figure_of

LEAD = 1.0
"""Log odds in favour of an article's lead: it is written to be read alone."""
STEPS_WITHIN = 3.0
"""How much worse (log odds) than the best passage one with steps may score and still be told for "how do I"."""
MAIN_WITHIN = 3.0
"""The same for the article's first steps, when a remark ("my parcel is lost") is about its title and not a part of it."""

NEARER = 0.03
"""How much nearer (cosine) a heading must be than the title alone to make the question one about that part."""

_CONTEXT = NAMES.index("own_context_cosine")


@dataclass(frozen=True, slots=True)
class Carrying:
    """Positions of the passage to answer from, and of the lead to begin with, if any. `judged`: of the passage by which it is
    judged whether the article answers, where another one tells the figure that is asked for."""

    row: int
    lead: int | None = None
    judged: int | None = None


def carrying(
    asked: Asked,
    language: str,
    candidates: Candidates,
    ranked: Ranked,
    texts: Mapping[int, PassageText],
    words: Words,
    places: frozenset[str] = frozenset(),
) -> Carrying:
    """Chooses among the passages of the best article whose texts are known. `places`: countries that the question names."""
    article, best, _ = ranked.articles[0]
    is_own = candidates.article[ranked.rows] == article
    scored = zip(ranked.rows[is_own].tolist(), ranked.scores[is_own].tolist(), strict=True)
    own = {row: score for row, score in scored if row in texts}
    lead = _lead(own, texts, candidates)
    about_title = lead is not None and _is_about_the_title(lead, own, candidates)
    if not asked.task:
        bonus = LEAD if about_title or asked.how_many or asked.when else 0.0
        row = max(own, key=lambda row: own[row] + bonus * (row == lead), default=best)
        figure = figure_of(asked)
        if figure is None or not own:
            return Carrying(row)
        return Carrying(telling(figure, language, row, own, texts, words, places), judged=row)
    steps = [row for row in own if any(span.kind is Kind.STEP for span in texts[row].spans)]
    if about_title and steps:
        first = min(steps, key=lambda row: int(candidates.row[row]))
        if asked.how or own[first] >= own[best] - MAIN_WITHIN:
            return Carrying(first, None if asked.how or first == lead else lead)
    if asked.how and steps and best == lead:
        return Carrying(min(steps, key=lambda row: int(candidates.row[row])))
    near = [row for row in steps if own[row] >= own[best] - STEPS_WITHIN]
    return Carrying(max(near if asked.how else own, key=lambda row: own[row], default=best))


def _lead(
    own: Mapping[int, float], texts: Mapping[int, PassageText], candidates: Candidates
) -> int | None:
    """The first passage, if it stands above the article's headings."""
    with_heading = any(texts[row].headings for row in own)
    leads = [row for row in own if not texts[row].headings]
    return min(leads, key=lambda row: int(candidates.row[row])) if leads and with_heading else None


def _is_about_the_title(lead: int, own: Mapping[int, float], candidates: Candidates) -> bool:
    """The question is not nearer to the title with some heading than to the title alone."""
    nearest = max(own, key=lambda row: float(candidates.values[row, _CONTEXT]))
    gap = candidates.values[nearest, _CONTEXT] - candidates.values[lead, _CONTEXT]
    return bool(gap <= NEARER)

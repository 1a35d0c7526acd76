"""Which passage of the best article says the figure that is asked for: what something costs, how long it takes.

The ranking weighs all words alike; here the figure must stand in the same sentence or row as what it is a figure of.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import groupby
from re import Pattern

from kb_index import words
from kb_index.features import Words
from kb_index.grounds import only_asks
from kb_index.mentions import heading_terms, mentioned, title_terms
from kb_index.passage import PASSAGES_KEPT, Kind, PassageText, Span
from kb_index.places import places_in
from kb_index.spans import span_terms
from kb_index.tables import cells

WITHIN = 6.0
"""How much worse (log odds) than the passage chosen otherwise one may score that says the figure; one that
names the country of the question by whatever name may score any."""


LISTED = 3
"""How well a passage says a figure that a row of a table says of what is asked, the best of the four levels."""


def says(
    figure: Pattern[str],
    language: str,
    passage: PassageText,
    asked: Words,
    places: frozenset[str] = frozenset(),
) -> int:
    """How well this passage alone says such a figure, 0 to LISTED; words of the title count here. See `telling`."""
    weighed = {
        word: asked.weight[term]
        for term, near in asked.spellings.items()
        if not only_asks(term, language)
        for word in near
    }
    return _level(figure, passage, weighed, _special(weighed, mentioned(passage)), places)


def telling(
    figure: Pattern[str],
    language: str,
    chosen: int,
    own: Mapping[int, float],
    texts: Mapping[int, PassageText],
    asked: Words,
    places: frozenset[str] = frozenset(),
) -> int:
    """The passage to answer from: `chosen`, unless another one says more of a figure. `own`: scores of the article's passages;
    `places`: countries that the question names, whatever a table calls them."""
    weighed = _weighed(asked, language, texts[chosen])
    special = _special(weighed, frozenset().union(*(mentioned(texts[row]) for row in own)))
    levels = {
        row: _level(figure, texts[row], weighed, special, places)
        for row, score in own.items()
        if score >= own[chosen] - WITHIN or not places.isdisjoint(places_in(texts[row].text))
    }
    most = max(levels.values())
    if levels[chosen] == most:
        return chosen
    return max((row for row in levels if levels[row] == most), key=lambda row: own[row])


def _special(weighed: Mapping[str, float], here: frozenset[str]) -> str:
    """The rarest word of the question that stands here."""
    there = (term for term in weighed if weighed[term] and term in here)
    return max(there, key=lambda term: weighed[term], default="")


def _weighed(asked: Words, language: str, passage: PassageText) -> dict[str, float]:
    """The question's terms as the index spells them; those of the article's title are no sign within it and weigh nothing."""
    title = title_terms(passage)
    return {
        word: 0.0 if title.intersection(near) else asked.weight[term]
        for term, near in asked.spellings.items()
        if not only_asks(term, language)
        for word in near
    }


def _level(
    figure: Pattern[str],
    passage: PassageText,
    asked: Mapping[str, float],
    special: str,
    places: frozenset[str],
) -> int:
    """3 when a row of a table that is about what is asked says such a figure, 2 when a sentence or row says one of what is asked
    about in particular, 1 of anything asked about, 0 of nothing. `asked`: terms with their weight."""
    level = 0
    subjects = {term for term, weight in asked.items() if weight}
    terms = span_terms(passage)
    told = _figures_in(figure, passage)
    if not told:
        return 0
    for _, members in groupby(range(len(passage.spans)), lambda n: passage.spans[n].group):
        group = list(members)
        under = heading_terms(passage, group[0])
        for n in group:
            span = passage.spans[n]
            if n in told:
                is_row = span.kind is Kind.ROW
                said = terms[n] | terms[group[0]] if is_row else terms[n]
                if is_row and n != group[0] and _is_about(passage, span, subjects, places):
                    return LISTED
                level = max(
                    level,
                    2
                    if special in said
                    else int(not said.isdisjoint(asked) or not under.isdisjoint(asked)),
                )
    return level


@lru_cache(PASSAGES_KEPT)
def _figures_in(figure: Pattern[str], passage: PassageText) -> frozenset[int]:
    """Numbers of the spans that say such a figure."""
    spans = enumerate(passage.spans)
    return frozenset(n for n, span in spans if figure.search(passage.text[span.start : span.end]))


def _is_about(passage: PassageText, row: Span, subjects: set[str], places: frozenset[str]) -> bool:
    """Whether the row's first cell, which says what it is about, names something of the question."""
    first = cells(passage.text[row.start : row.end])[0]
    named = words.terms(first, passage.language)
    return not (subjects.isdisjoint(named) and places.isdisjoint(places_in(first)))

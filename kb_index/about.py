"""Whether an article says the figure that is asked for of what it is asked of, or only mentions it; finding its passage is `figures`'.

"How long does delivery to Mexico take?" stands in a row of the article on delivery; the one on Mexican customs, which is nearer to the
question in every other way, mentions it in a sentence.
"""

from __future__ import annotations

from kb_index import words
from kb_index.examined import Examined
from kb_index.features import Words
from kb_index.figures import LISTED, says
from kb_index.grounds import only_asks
from kb_index.mentions import mentioned, title_terms
from kb_index.passage import PassageText
from kb_index.places import parts_of, places_in
from kb_index.query import Query
from kb_index.spans import Asked, figure_of


def is_listed(query: Query, asked: Asked, own: Words, passage: PassageText) -> bool:
    """Whether a price or a duration is asked for, and the passage has a row for it. `own`: the words of the reading."""
    return _level(query, asked, own, passage) == LISTED and _has_subject(query, own, passage)


def is_in_passing(found: Examined) -> bool:
    """A figure is asked for, and what would answer has no row for it."""
    return figure_of(found.asked) is not None and _level_of(found) < LISTED


def is_about(other: Examined, found: Examined) -> bool:
    """The other article has a row for it, and its title has more of what is asked about."""
    return _level_of(other) == LISTED and _named_by_title(found) < _named_by_title(other)


def _level_of(found: Examined) -> int:
    return _level(found.query, found.asked, found.words, found.best)


def _level(query: Query, asked: Asked, own: Words, passage: PassageText) -> int:
    figure = figure_of(asked)
    if figure is None:
        return 0
    return says(figure, query.language, passage, own, places_in(query.text))


def _has_subject(query: Query, own: Words, passage: PassageText) -> bool:
    """Whether the passage has what is asked about in particular: the rarest word of the question, or the place that it names."""
    naming = {t: w for t, w in own.weight.items() if not only_asks(t, query.language)}
    rarest = max(naming, key=naming.__getitem__, default="")
    if not mentioned(passage).isdisjoint(own.spellings.get(rarest, ())):
        return True
    here = places_in(passage.read())
    return any(rarest in terms for place, terms in _places(query).items() if place in here)


def _named_by_title(found: Examined) -> frozenset[str]:
    """The question's terms that the title has, and those of places that lie where it says."""
    title, where = title_terms(found.best), places_in(found.best.title)
    named = {
        term
        for term, near in found.words.spellings.items()
        if not only_asks(term, found.query.language) and title.intersection(near)
    }
    for place, terms in _places(found.query).items():
        if place in where or not where.isdisjoint(parts_of(place)):
            named |= terms
    return frozenset(named)


def _places(query: Query) -> dict[str, set[str]]:
    """The places that the question names, with the terms of their names."""
    found: dict[str, set[str]] = {}
    for token in words.tokens(query.text):
        for place in places_in(token):
            found.setdefault(place, set()).update(words.terms(token, query.language))
    return found

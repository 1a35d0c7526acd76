"""Which passage of the best article says the figure that is asked for: what something costs, how long it takes.

The ranking weighs all words alike; here the figure must stand in the same sentence or row as what it is a figure of.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from itertools import groupby
from re import Pattern

from kb_index.features import Words
from kb_index.grounds import only_asks
from kb_index.mentions import heading_terms, mentioned, title_terms
from kb_index.passage import Kind, PassageText
from kb_index.spans import span_terms

WITHIN = 6.0
"""How much worse (log odds) than the passage chosen otherwise one may score that says the figure."""


def telling(
    figure: Pattern[str],
    language: str,
    chosen: int,
    own: Mapping[int, float],
    texts: Mapping[int, PassageText],
    words: Words,
) -> int:
    """The passage to answer from: `chosen`, unless another one says more of a figure. `own`: scores of the article's passages."""
    weighed = _weighed(words, language, texts[chosen])
    here = frozenset().union(*(mentioned(texts[row]) for row in own))
    special = max(
        (t for t in weighed if weighed[t] and t in here), key=lambda t: weighed[t], default=""
    )
    levels = {
        row: _level(figure, texts[row], weighed.keys(), special)
        for row, score in own.items()
        if score >= own[chosen] - WITHIN
    }
    most = max(levels.values())
    if levels[chosen] == most:
        return chosen
    return max((row for row in levels if levels[row] == most), key=lambda row: own[row])


def _weighed(words: Words, language: str, passage: PassageText) -> dict[str, float]:
    """The question's terms as the index spells them; those of the article's title are no sign within it and weigh nothing."""
    title = title_terms(passage)
    return {
        word: 0.0 if title.intersection(near) else words.weight[term]
        for term, near in words.spellings.items()
        if not only_asks(term, language)
        for word in near
    }


def _level(
    figure: Pattern[str], passage: PassageText, asked: AbstractSet[str], special: str
) -> int:
    """2 when one sentence or row says such a figure of what is asked about in particular, 1 of anything asked about, 0 of nothing."""
    level = 0
    terms = span_terms(passage)
    for _, members in groupby(range(len(passage.spans)), lambda n: passage.spans[n].group):
        group = list(members)
        under = heading_terms(passage, group[0])
        for n in group:
            span = passage.spans[n]
            if figure.search(passage.text[span.start : span.end]):
                is_row = span.kind is Kind.ROW
                said = terms[n] | terms[group[0]] if is_row else terms[n]
                level = max(
                    level, 2 if special in said else int(not asked.isdisjoint(said | under))
                )
    return level

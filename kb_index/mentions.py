"""The terms that a passage holds whatever is asked; comparing them with a question does not belong here.

They are remembered, for the same few passages answer most questions.
"""

from __future__ import annotations

from functools import lru_cache

from kb_index.passage import PASSAGES_KEPT, PassageText
from kb_index.words import is_stop, terms, tokens


@lru_cache(PASSAGES_KEPT)
def mentioned(passage: PassageText) -> frozenset[str]:
    """Of its context and its text."""
    return frozenset(terms(passage.read(), passage.language))


@lru_cache(PASSAGES_KEPT)
def title_terms(passage: PassageText) -> frozenset[str]:
    """Of the title of its article."""
    return frozenset(terms(passage.title, passage.language))


@lru_cache(PASSAGES_KEPT)
def heading_terms(passage: PassageText, span: int) -> frozenset[str]:
    """Of the headings that the span of that number stands under."""
    return frozenset(terms(": ".join(passage.place_of(span).headings), passage.language))


@lru_cache(PASSAGES_KEPT)
def stop_share(passage: PassageText) -> float:
    """Share of stop words: low for lists of names, tables and navigation, which seldom answer a question."""
    written = tokens(passage.text)
    return sum(is_stop(token, passage.language) for token in written) / max(1, len(written))

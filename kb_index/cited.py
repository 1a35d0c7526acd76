"""A passage as others see it: a source, an offer, something found. Which passages these are is `answer`'s to say."""

from __future__ import annotations

import numpy as np

from core.anchor import moment_of
from core.knowledge import Citation, Passage, Suggestion
from kb_index.examined import Examined
from kb_index.passage import PassageText, Span


def citation_of(passage: PassageText, quote: str, span: Span) -> Citation:
    """The source of a sentence: its own section, page or minute."""
    anchor = passage.place_of(passage.spans.index(span)).anchor
    moment = moment_of(anchor)
    if moment:  # in the address itself, so that every channel's link leads to the minute
        url, anchor = f"{passage.url}#{anchor}", ""
    else:
        url = passage.url
    return Citation(
        article=passage.article,
        title=f"{passage.title} ({moment})" if moment else passage.title,
        url=url,
        quote=quote,
        revision=passage.revision,
        anchor=anchor,
        language=passage.language,
    )


def suggestion_of(passage: PassageText) -> Suggestion:
    """Its article, merely offered."""
    return Suggestion(passage.article, passage.title, passage.url)


def passages_of(found: Examined) -> tuple[Passage, ...]:
    """The ten best, best first, with what each would be worth as the answer."""
    top = float(found.ranked.scores[0])
    return tuple(
        found_passage(found.texts[int(row)], found.chance * float(np.exp(score - top)))
        for row, score in zip(found.ranked.rows[:10], found.ranked.scores[:10], strict=True)
    )


def found_passage(passage: PassageText, score: float) -> Passage:
    """What search found. `score`: that it answers."""
    return Passage(
        id=passage.id,
        article=passage.article,
        revision=passage.revision,
        title=passage.title,
        section=passage.section,
        url=passage.url,
        anchor=passage.anchor,
        text=passage.text,
        language=passage.language,
        score=round(score, 4),
    )

"""Whether an article is about other places, or another thing of the same name, than a question; judging the rest is `answerable`'s.

"How long does delivery to Turkey take?" finds the article that lists how long it takes to twenty other countries, and is near to it
in every word but one. That one word decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np

from kb_index import words
from kb_index.features import Candidates
from kb_index.generation import Generation
from kb_index.mentions import mentioned
from kb_index.passage import PASSAGES_KEPT, PassageText
from kb_index.places import WORLD, is_country, parts_of, places_in
from kb_index.query import Query

LISTED = 3
"""Countries of one part of the world from which an article that names them is a list of those that it is about; one or two
are examples or exceptions, and the part that its title names is meant whole."""
MOST_READ = 200
"""Passages of one article."""


def is_elsewhere(query: Query, generation: Generation, candidates: Candidates, row: int) -> bool:
    """Whether the article of that candidate row is about places among which one that the message names is not. False where the
    message names no country, or the article is about none."""
    asked = [place for place in places_in(query.text) if is_country(place)]
    if not asked:
        return False
    article = article_of(generation, candidates, row)
    here = frozenset().union(*map(_places, article))
    about = frozenset().union(*(places_in(_heads(passage)) for passage in article))
    if not about and sum(map(is_country, here)) < LISTED:
        return False
    return not all(_is_covered(place, here) for place in asked)


def names_it(query: Query, generation: Generation, candidates: Candidates, row: int) -> bool:
    """Whether the article of that candidate row names every country that the message does."""
    asked = {place for place in places_in(query.text) if is_country(place)}
    here = frozenset().union(*map(_places, article_of(generation, candidates, row)))
    return asked <= here


def _is_covered(place: str, here: frozenset[str]) -> bool:
    if place in here or WORLD in here:
        return True
    return any(
        part in here
        and sum(part in parts_of(other) for other in here if is_country(other)) < LISTED
        for part in parts_of(place)
    )


@lru_cache(PASSAGES_KEPT)
def _places(passage: PassageText) -> frozenset[str]:
    return places_in(passage.read())


def _heads(passage: PassageText) -> str:
    return "\n".join((passage.title, *passage.all_headings))


def article_of(generation: Generation, candidates: Candidates, row: int) -> list[PassageText]:
    """All passages of the article that the candidate is of: what is not near the question counts too."""
    segment = generation.parts[int(candidates.part[row])].segment
    codes = segment.codes["article"]
    rows = np.flatnonzero(codes == codes[candidates.row[row]])[:MOST_READ]
    return segment.passages(rows.tolist())


def names_another(
    query: Query,
    generation: Generation,
    article: Sequence[PassageText],
    around: Iterable[PassageText] = (),
) -> bool:
    """Whether the message names something by a word that no article has, after a name that this article has: "the Fernhill
    Doorbell" where there is a Fernhill Hub. Not told in German, which writes every noun large, nor of a message that is
    written like a title. `around`: what else was found, by which names are known in a message without capitals."""
    if query.text == query.text.lower():
        return _names_another_small(query, generation, article, around)
    written = words.tokens(query.text)[1:]
    large = sum(token[:1].isupper() for token in written if len(token) > 1)
    if query.language == "de" or 2 * large > len(written):
        return False
    for first, second in pairwise(written):
        if first[:1].isupper() and second[:1].isupper() and second[1:].islower():
            # "Download My invoices": no index has such words, and nothing is called so.
            name = words.term(first, query.language)
            if _is_strange(second, query, generation) and any(
                name in mentioned(passage) for passage in article
            ):
                return True
    return False


_DETERMINES = """the my our your a an this that of for on with el la mi un una del nuestro le du mon ma notre o um uma do
da meu minha"""
_BEFORE = frozenset(_DETERMINES.split())
"""What stands before the name of a thing, so that what follows its first word is the rest of it and no verb."""
_SEEN = 2
_LARGE = 0.7
"""Times that what was found must write a word large, and their least share, for it to be a name: addresses write it small."""


def _names_another_small(
    query: Query,
    generation: Generation,
    article: Sequence[PassageText],
    around: Iterable[PassageText],
) -> bool:
    """The same of a message without any capitals: "update the firmware of my fernhill thermo"."""
    if query.language == "de":
        return False
    said = [*words.tokens(query.text), ""]
    for before, first, second, after in zip(said, said[1:], said[2:], said[3:], strict=False):
        is_thing = before in _BEFORE and not words.is_stop(first, query.language)
        is_end = not after or words.is_stop(after, query.language)
        if not (is_thing and is_end and _is_strange(second, query, generation)):
            continue
        name = words.term(first, query.language)
        tokens = (token for passage in around for token in words.tokens(passage.read()))
        large = [token[:1].isupper() for token in tokens if token.casefold() == first]
        is_name = sum(large) >= max(_SEEN, len(large) * _LARGE)
        if is_name and any(name in mentioned(one) for one in article):
            return True
    return False


def _is_strange(token: str, query: Query, generation: Generation) -> bool:
    """A word that no article has."""
    if not token.isalpha() or words.is_stop(token, query.language):
        return False
    term = words.term(token, query.language)
    return generation.spelled(term).spellings == (term,) and not generation.knows(term)

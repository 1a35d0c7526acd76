"""A question with its conversation as something to search for, built without a language model. Searching is `search`'s."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from core.knowledge import Question, Said
from core.ports import Encodes
from kb_index import words
from kb_index.passage import PASSAGES_KEPT, Array

TURNS = 6
"""Earlier turns of the customer that a question can lean on."""

EARLIER = 0.6
"""What an earlier question weighs in the vector of the whole, and how that fades with each further one.
Chosen on MTRAG-UN dev among 12; the sum of vectors finds more than the vector of the joined text (docs/measured.md)
and costs nothing, for earlier messages were encoded when they were said."""

_POINTED = {
    "en": """it its they them their this that these those there he she him her his hers one ones same
other others another both either else such former latter""",
    "es": "eso esto ello él ella ellos ellas este esta estos estas ese esa esos esas allí ahí mismo misma otro otra",
    "de": "es das dies diese dieser dieses er sie ihn ihm deren dessen dort davon dafür damit dazu andere anderen",
    "fr": "ce cela ça celui celle ceux celles ces cet cette il elle ils elles lui leur y en autre autres même",
    "pt": "isso isto aquilo ele ela eles elas este esta estes estas esse essa esses essas aquele aquela lá outro outra mesmo mesma",
    "ar": "هذا هذه ذلك تلك هو هي هم هناك هؤلاء نفسه نفسها غيره",
}
LEANS = (0.4, 0.55)
AKIN = (0.15, 0.3)
"""From where on, and from where on in full, an earlier question counts: by how much the message leans on it, or by the
cosine with it. "Do you give discounts to resellers?" leans .38, and is .06 from "How do I return a hub?"."""

_POINTING = {language: frozenset(words.split()) for language, words in _POINTED.items()}
_OWN_THING = {
    "en": ("my|our", "and|but|because|since|when|if|though", "it|they"),
    "es": ("mis?|nuestr[oa]s?", "y|pero|porque|si|cuando", "él|ella|ellos|ellas"),
    "de": (r"mein\w*|unser\w*", "und|aber|weil|da|wenn", "er|sie|es"),
    "fr": ("mon|ma|mes|notre|nos", "et|mais|parce que|si|quand", "il|elle|ils|elles"),
    "pt": ("meus?|minhas?|noss[oa]s?", "e|mas|porque|se|quando", "ele|ela|eles|elas"),
}
"""What names a thing of the customer's, what joins, and the word for that thing: after its name it points to nothing earlier."""
_GOING_ON = {
    "en": (
        "and",
        "or",
        "but",
        "also",
        "so",
        "then",
        "what about",
        "how about",
        "what if",
        "why",
        "really",
    ),
    "es": ("y", "o", "pero", "también", "entonces", "qué tal", "por qué"),
    "de": ("und", "oder", "aber", "auch", "dann", "wie ist es", "was ist mit", "warum"),
    "fr": ("et", "ou", "mais", "aussi", "alors", "qu'en est-il", "pourquoi"),
    "pt": ("e", "ou", "mas", "também", "então", "e se", "por que"),
    "ar": ("و", "وماذا عن", "وهل", "أو", "لكن", "أيضا", "لماذا"),
}


@dataclass(frozen=True, slots=True)
class View:
    """One reading of the question: its terms with weights, and its embedding (None without an encoder)."""

    terms: Mapping[str, float]
    vector: Array | None


@dataclass(frozen=True, slots=True)
class Query:
    """What to search for. `own` is the message alone, `whole` the message within its conversation.

    `leaning`: 0..1, how much the message needs what was said before; 0 without history, and then both views are one.
    """

    text: str
    language: str
    own: View
    whole: View
    leaning: float


def build_query(
    question: Question,
    encoder: Encodes | None,
    vector: Sequence[float] | Array = (),
    *,
    glossary: Mapping[str, Sequence[str]] | None = None,
) -> Query:
    """Reads a question in its conversation; encodes what was not encoded before in one batch.

    `vector`: the embedding of `question.text` where the caller has it. `glossary`: other words for a term of
    the company (`{"hub": ["base station"]}`), searched beside it.
    """
    said = [turn for turn in question.history if turn.text.strip()]
    asked = [turn.text for turn in said if turn.speaker in {"customer", "user"}][-TURNS:]
    own_terms = _weighed(question.text, question.language, glossary or {})
    own_vector, earlier = _vectors(question.text, asked, encoder, vector)
    own = View(own_terms, own_vector)
    if not said:
        return Query(question.text, question.language, own, own, 0.0)
    recent = said[-2 * TURNS :]
    texts = {*asked, *(turn.text for turn in recent)}
    told = {turn.text for turn in recent if turn.speaker == "bot"}
    terms = {
        text: (_terms_told if text in told else words.terms)(text, question.language)
        for text in texts
    }
    leaning = _leaning(question, {term for text in asked for term in terms[text]}, own_terms)
    counts = _counts(leaning, own_vector, earlier, len(asked))
    if not counts.any():
        return Query(question.text, question.language, own, own, 0.0)
    whole = View(
        _with_history(own_terms, recent, terms, counts), _joined(own_vector, earlier, counts)
    )
    return Query(question.text, question.language, own, whole, leaning)


@lru_cache(PASSAGES_KEPT)
def _terms_told(text: str, language: str) -> Sequence[str]:
    """Of what the bot said, each once: the same few passages answer most questions, and are read again with each that follows. What
    customers said is not kept."""
    return tuple(dict.fromkeys(words.terms(text, language)))


def _vectors(
    own: str, asked: Sequence[str], encoder: Encodes | None, vector: Sequence[float] | Array
) -> tuple[Array | None, Array]:
    """Of the message alone, and of what was asked before, newest first, shape (n, d)."""
    known = np.asarray(vector, dtype=np.float32) if len(vector) else None
    texts = [*([own] if known is None else []), *reversed(asked)]
    if encoder is None or not texts:
        return known, np.empty((0, 0), np.float32)
    found = np.asarray(encoder.encode(texts), dtype=np.float32)
    return (found[0], found[1:]) if known is None else (known, found)


def _counts(leaning: float, own: Array | None, earlier: Array, asked: int) -> Array:
    """How much each earlier question counts, newest first, 0 to 1: all where the message leans on them by its form,
    else those that are about the same thing. One that stands alone after another subject is read alone."""
    by_form = min(1.0, max(0.0, (leaning - LEANS[0]) / (LEANS[1] - LEANS[0])))
    if own is None or not len(earlier):
        return np.full(max(1, asked), by_form, np.float32)
    near = np.clip((earlier @ own - AKIN[0]) / (AKIN[1] - AKIN[0]), 0.0, 1.0)
    counts: Array = np.maximum(near, by_form).astype(np.float32)
    return counts


def _joined(own: Array | None, earlier: Array, counts: Array) -> Array | None:
    if own is None or not len(earlier):
        return own
    fading = EARLIER ** np.arange(1, len(earlier) + 1, dtype=np.float32)
    whole = own + (fading * counts) @ earlier
    joined: Array = whole / np.linalg.norm(whole)
    return joined


def _weighed(text: str, language: str, glossary: Mapping[str, Sequence[str]]) -> dict[str, float]:
    weighed = dict.fromkeys(words.terms(text, language), 1.0)
    lowered = words.fold(text)
    for name, others in glossary.items():
        if words.fold(name) in lowered:
            for other in others:
                for term in words.terms(other, language):
                    weighed.setdefault(term, 0.7)
    if not weighed:  # a question of stop words alone ("who are you?")
        weighed = {words.term(t, question_language(language)): 1.0 for t in words.tokens(text)}
    return weighed


def question_language(language: str) -> str:
    """English where the language is not known: stemming needs one."""
    return language or "en"


def _with_history(
    own: Mapping[str, float],
    said: Sequence[Said],
    terms: Mapping[str, Sequence[str]],
    counts: Array,
) -> dict[str, float]:
    """Own terms in full, the customer's earlier ones at half and fading, the answers' at less. `terms`: of each text;
    `counts`: of each earlier question, newest first, and of the answer to it."""
    weighed = dict(own)
    age = 0
    for turn in reversed(said):
        by_customer = turn.speaker in {"customer", "user"}
        counted = float(counts[min(age, len(counts) - 1)])
        weight = (0.5 if by_customer else 0.15) * 0.8**age * counted
        for term in terms[turn.text]:
            if weighed.get(term, 0.0) < weight:
                weighed[term] = weight
        age += by_customer
    return weighed


def _leaning(question: Question, earlier: AbstractSet[str], own: Mapping[str, float]) -> float:
    """How much a message needs its history, from its form alone (weights by hand; see docs/measured.md). `earlier`: terms
    that the customer used before."""
    language = question_language(question.language)
    told = _named_before(language).sub(r"\1", question.text)
    raw = [token.casefold() for token in words.tokens(told)]
    pointing = _POINTING.get(language, frozenset())
    opening = question.text.casefold().lstrip("¿¡ ")
    goes_on = any(opening.startswith(f"{start} ") for start in _GOING_ON.get(language, ()))
    shared = len(earlier & own.keys()) / max(1, len(own))
    score = (
        -1.2
        + 1.6 * any(token in pointing for token in raw)
        + 1.6 * goes_on
        + 1.4 * (len(own) <= 2)
        + 0.7 * (len(own) <= 4)
        - 1.0 * shared
        - 0.08 * max(0, len(own) - 6)
    )
    return 1.0 / (1.0 + math.exp(-score))


@cache
def _named_before(language: str) -> re.Pattern[str]:
    if language not in _OWN_THING:
        return re.compile(r"(?!)()")
    own, join, it = _OWN_THING[language]
    return re.compile(rf"(\b(?:{own})\s+\w[^?!.;]*?(?:\s(?:{join})|,)\s+)(?:{it})\b", re.IGNORECASE)


def nearest_terms(word: str, known: Callable[[str], bool]) -> list[str]:
    """Known spellings one edit away (a letter missing, doubled, swapped or wrong); for words nobody wrote before."""
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    cuts = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    edits = {a + b[1:] for a, b in cuts if b}
    edits |= {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
    edits |= {a + c + b[1:] for a, b in cuts if b for c in letters}
    edits |= {a + c + b for a, b in cuts for c in letters}
    return sorted(edit for edit in edits - {word} if known(edit))

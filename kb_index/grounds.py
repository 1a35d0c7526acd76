"""Whether what a short message asks for stands in the article that the conversation led to; judging whole questions is `answerable`'s.

"And do you ship to Mars?" after "How long does delivery to Germany take?" finds the article on delivery, and most of what speaks
for that article was said before. The message's own subject decides whether it is an answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from kb_index import words
from kb_index.features import Words
from kb_index.generation import Generation
from kb_index.mentions import mentioned
from kb_index.passage import PassageText
from kb_index.query import Query, question_language

_ASKING = {
    "en": """much many still even again once twice come take use happen mean need work look find show give keep long
often soon really actually just instead possible able tell explain repeat more else detail first second third last next
step see click press tap can't cannot couldn't doesn't didn't won't missing gone""",
    "es": """tener tienen tarda tardan dura duran mucho muchos sirve pasa llega funciona hacen necesito necesita dan
devuelven repetir repite vez otra primero primera segundo segunda tercero último siguiente paso veo ver encuentro pulso pulsar""",
    "de": """bekommen bekomme bekommt brauchen brauche braucht kommen kommt dauern dauert gelten gilt lange viel viele
gehen geht passiert machen macht nehmen nimmt finden finde weiter genau mal nochmal mehr erste ersten zweite zweiten
dritte letzte nächste schritt sehe sehen klicke klicken drücke drücken tippe tippen""",
}
"""Words that ask and name nothing; stop words are left out already."""
_LIGHT = {
    language: frozenset(words.term(word, language) for word in listed.split())
    for language, listed in _ASKING.items()
}


def only_asks(term: str, language: str) -> bool:
    """Whether it is one of the words that ask and name nothing; False in a language whose words are not known."""
    return term in _LIGHT.get(question_language(language), frozenset())


_PARTS = {
    "en": """button link page screen menu tab option setting icon field form box code label section list window message
instruction""",
    "es": "botón enlace página pantalla menú pestaña opción ajuste icono campo formulario casilla código etiqueta sección lista ventana mensaje",
    "de": """knopf taste schaltfläche link seite bildschirm menü reiter option einstellung symbol feld formular kästchen code
etikett abschnitt liste fenster meldung""",
}
"""What the steps of an answer are made of: whoever points at one ("where is that button?") means one of those just told."""
_PART = {
    language: frozenset(words.term(word, language) for word in listed.split())
    for language, listed in _PARTS.items()
}
_POINTERS = {
    "en": "the that this these those which what",
    "es": "el la los las ese esa esos esas este esta estos estas qué cuál",
    "de": "der die das den dem dies diese dieser dieses diesen diesem welche welcher welches welchen welchem",
}
_POINTING = {language: frozenset(listed.split()) for language, listed in _POINTERS.items()}

THERE = (0.3, 0.6)
"""Share of the message's own weight that the article must mention: below, nothing of it counts; above, all is well."""
SHORT = (2, 5)
"""Own terms up to which the rule holds in full, and from which on it does not hold: what is left unmentioned of a long message is often
only the way it is put."""
NEAR = (0.5, 0.7)
"""Cosine of the message alone with the article from which other words for the same are believed, and believed in full."""
STANDS = 2
"""Terms of its own with which a message may be a question by itself: "repeat that" alone finds what repeats something."""
COMPOUND = 4
"""Letters, at least, of the other part of a German compound: "Frist" stands in "Kündigungsfrist", "Rauch" not in "Gebrauch"."""
MOST = 0.8
"""Share of the chance that is lost where nothing of the message is there.

All were chosen on tests/kb_index/followups.yml and MTRAG-UN (docs/measured.md)."""


def unmentioned(
    query: Query,
    own: Words,
    article: Sequence[PassageText],
    nearest: float,
    generation: Generation,
    glossary: Mapping[str, Sequence[str]],
) -> float:
    """0 to 1: how sure it is that the article has nothing on what the message itself asks for.

    0 without a conversation that counts, and where its words cannot be compared (another language than the article's, or one whose
    asking words are not known). `own`: of the message alone; `nearest`: its best cosine with the article, -1 to 1.
    """
    language = question_language(query.language)
    if query.whole is query.own or language not in _LIGHT:
        return 0.0
    if any(passage.language not in {"", language} for passage in article):
        return 0.0
    subject = subject_of(query)
    if not subject:
        return 0.0
    held = [mentioned(passage) for passage in article]
    if glossary or language == "de":
        here = frozenset().union(*held)
        held = [here | _other_words(query, here, glossary)]
    total = present = 0.0
    for term in subject:
        spellings = own.spellings[term]
        corrected = spellings != (term,)
        weight = generation.idf(term)
        total += weight
        # Of several words that it may have been meant for, each may be wrong: "rent" is no "vent".
        share = 1 / len(spellings) if corrected else 1.0
        is_there = any(
            is_slip(term, word) for word in spellings if any(word in one for one in held)
        ) or (language == "de" and _in_compound(term, held[0]))
        present += weight * share * is_there
    lacking = 1 - _ramp(present / total, THERE)
    return lacking * (1 - _ramp(len(subject), SHORT)) * (1 - _ramp(nearest, NEAR))


def subject_of(query: Query) -> set[str]:
    """The terms of the message itself, without words that only ask or point at a part of what was answered."""
    light = _LIGHT.get(question_language(query.language), frozenset())
    return set(words.terms(query.text, query.language)) - light - _pointed_at(query)


def _pointed_at(query: Query) -> set[str]:
    language = question_language(query.language)
    parts, pointers = _PART.get(language, frozenset()), _POINTING.get(language, frozenset())
    said = words.tokens(query.text)
    return {
        term
        for before, token in pairwise(said)
        if before.casefold() in pointers and (term := words.term(token, language)) in parts
    }


def is_slip(term: str, meant: str) -> bool:
    """The same, or a letter left out, doubled, or two of them swapped. Another letter in its place or one more mostly make
    another word: "that song?" is not one about a long page, nor "this plant?" one about a plan."""
    places = range(len(term) - 1)
    return (
        term == meant
        or any(meant[:at] + meant[at + 1 :] == term for at in range(len(meant)))
        or any(term[at] == term[at + 1] and term[:at] + term[at + 1 :] == meant for at in places)
        or any(term[:at] + term[at + 1] + term[at] + term[at + 2 :] == meant for at in places)
    )


def _in_compound(term: str, here: frozenset[str]) -> bool:
    ends = (word for word in here if len(word) >= len(term) + COMPOUND)
    return len(term) >= COMPOUND and any(
        word.startswith(term) or word.endswith(term) for word in ends
    )


def _other_words(
    query: Query, here: frozenset[str], glossary: Mapping[str, Sequence[str]]
) -> frozenset[str]:
    """Terms of the customers' words for something that the article has under the company's."""
    said = words.fold(query.text)
    found: set[str] = set()
    for name, others in glossary.items():
        if words.fold(name) in said:
            known = (set(words.terms(other, query.language)) for other in others)
            if any(other and other <= here for other in known):
                found.update(words.terms(name, query.language))
    return frozenset(found)


def _ramp(value: float, ends: tuple[float, float]) -> float:
    low, high = ends
    return float(min(max((value - low) / (high - low), 0.0), 1.0))

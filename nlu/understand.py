"""One message understood once: act, entities, language, vector. Choosing a reply does not belong here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from core.clock import Clock
from core.ports import Encodes
from core.understanding import Act, Scored, Understood
from nlu import acts
from nlu.entities import DEFAULT_REGION, EntityFinder
from nlu.language import LanguageIdentifier, identifier_for
from nlu.letter import read_letter
from nlu.manifest import same_encoders
from nlu.ordinary import ordinary_words
from nlu.region import region_of, zone_of
from nlu.shared import shared_multilingual
from nlu.wish import with_its_matter


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
        time_zone: str = "UTC",
    ) -> None:
        """`clock`: for words such as "yesterday", read in `time_zone`; without it they are no entities."""
        self._model = model
        self._encoder = encoder
        self._multilingual = multilingual
        self._languages = languages or LanguageIdentifier()
        self._finder = finder or EntityFinder()
        self._clock = clock
        self._zone = zone_of(time_zone)
        self._versions = (
            ("encoder", encoder.name),
            ("multilingual_encoder", multilingual.name),
            (acts.NAME, model.version),
        )

    def know_products(self, products: Sequence[str]) -> None:
        """From now on these names are found in messages, instead of those before."""
        self._finder = replace(self._finder, products=products)

    def know_company(self, languages: Sequence[str], time_zone: str) -> None:
        """From now on messages are read as this company's customers write them.

        `languages`: ISO 639-1, the company's first; those that the bot does not speak are left out, and without any it is as
        if nothing was said. `time_zone`: of the tz database; its country is that of phone numbers and dates.
        """
        self._zone = zone_of(time_zone)
        self._languages = identifier_for(languages)
        self._finder = replace(self._finder, region=region_of(time_zone) or DEFAULT_REGION)

    def prepare(self, texts: Sequence[str]) -> None:
        """Encodes together what `understand` will read of these; it is the encoders that remember it."""
        gists = [read_letter(text).gist for text in texts]
        self._encoder.encode([text for gist in gists for text in _texts(gist)])
        saying = [gist for gist in gists if not acts.says_nothing(gist)]
        self._multilingual.encode([text for gist in saying for text in _texts(gist)])

    def understand(self, text: str, *, language_hint: str = "") -> Understood:
        """`language_hint`: what the channel or the last message says, used while the text is too short to tell."""
        language = self._languages.identify(text, language_hint)
        today = self._clock().astimezone(self._zone).date() if self._clock else None
        letter = read_letter(text)
        gist = letter.gist
        texts = _texts(gist)
        vectors = self._encoder.encode(texts)
        reading = acts.NOTHING_SAID if acts.says_nothing(gist) else self._read(texts, vectors)
        greets = letter.greets and Act.GREET not in (reading.act, *reading.also)
        return Understood(
            act=reading.act,
            confidence=reading.confidence,
            acts=reading.acts,
            also=(*reading.also, Act.GREET) if greets else reading.also,
            language=language.language,
            language_confidence=round(language.confidence, 4),
            entities=self._finder.find(text, language=language.language, today=today),
            vector=tuple(vectors[0].tolist()),
            versions=self._versions,
            gist=gist,
            languages=language.all,
        )

    def _read(self, texts: Sequence[str], vectors: acts.Array) -> acts.Reading:
        rows = acts.features(texts, vectors, self._multilingual.encode(texts), self._finder)
        return with_its_matter(texts[0], self._model.read(rows), self._acts_of)

    def _acts_of(self, texts: Sequence[str]) -> list[tuple[Scored, ...]]:
        rows = acts.encode_all(texts, self._encoder, self._multilingual, self._finder)
        return self._model.scored(rows)


def _texts(gist: str) -> list[str]:
    """What is read of a message: the whole, and its clauses where there are several."""
    return [gist] if acts.says_nothing(gist) else [gist, *acts.clauses(gist)]


def load_understander(
    folder: Path,
    encoder: Encodes,
    *,
    products: Sequence[str] = (),
    clock: Clock | None = None,
) -> Understander:
    """From the folder that `nlu.train.train_acts` wrote. Raises ModelUnavailable when something is missing or was trained
    with another encoder.

    `products`: names from the knowledge base that should be found in messages.
    """
    model, manifest = acts.load_acts(folder)
    multilingual = shared_multilingual()
    same_encoders(manifest, encoder.name, multilingual.name)
    finder = EntityFinder(DEFAULT_REGION, products, ordinary_words())
    return Understander(model, encoder, multilingual, finder=finder, clock=clock)

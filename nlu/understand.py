"""One message understood once: act, entities, language, vector. Choosing a reply does not belong here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.clock import Clock
from core.ports import Encodes
from core.understanding import Act, Scored, Understood
from nlu import acts
from nlu.entities import DEFAULT_REGION, EntityFinder
from nlu.language import LanguageIdentifier, identifier_for
from nlu.letter import Letter, read_letter
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
        self._prepared: dict[str, _Message] = {}
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
        """Reads together what `understand` is about to be asked of these; what it is not asked of is forgotten with the next ones."""
        self._prepared = {}
        read = {text: _Message.of(text) for text in texts}
        messages = list(read.values())
        vectors = self._encoder.encode([one for message in messages for one in message.texts])
        saying = [message for message in messages if message.says]
        others = self._multilingual.encode([one for message in saying for one in message.texts])
        _share(vectors, messages, "vectors")
        _share(others, saying, "multilingual")
        self._prepared = read

    def understand(self, text: str, *, language_hint: str = "") -> Understood:
        """`language_hint`: what the channel or the last message says, used while the text is too short to tell."""
        message = self._prepared.pop(text, None) or _Message.of(text)
        language = self._languages.identify(text, language_hint)
        today = self._clock().astimezone(self._zone).date() if self._clock else None
        letter = message.letter
        if message.vectors is None:
            message.vectors = self._encoder.encode(message.texts)
        reading = self._read(message, message.vectors) if message.says else acts.NOTHING_SAID
        greets = letter.greets and Act.GREET not in (reading.act, *reading.also)
        return Understood(
            act=reading.act,
            confidence=reading.confidence,
            acts=reading.acts,
            also=(*reading.also, Act.GREET) if greets else reading.also,
            language=language.language,
            language_confidence=round(language.confidence, 4),
            entities=self._finder.find(text, language=language.language, today=today),
            vector=tuple(message.vectors[0].tolist()),
            versions=self._versions,
            gist=letter.gist,
            languages=language.all,
        )

    def _read(self, message: _Message, vectors: acts.Array) -> acts.Reading:
        texts, others = message.texts, message.multilingual
        if others is None:
            others = self._multilingual.encode(texts)
        rows = acts.features(texts, vectors, others, self._finder)
        return with_its_matter(texts[0], self._model.read(rows), self._acts_of)

    def _acts_of(self, texts: Sequence[str]) -> list[tuple[Scored, ...]]:
        rows = acts.encode_all(texts, self._encoder, self._multilingual, self._finder)
        return self._model.scored(rows)


@dataclass(slots=True)
class _Message:
    """What is read of a message before anything is concluded. `texts`: the whole without its politeness, and its clauses where there
    are several; `says`: whether it says anything. `vectors`, `multilingual`: of the texts, where they are encoded."""

    letter: Letter
    texts: list[str]
    says: bool
    vectors: acts.Array | None = None
    multilingual: acts.Array | None = None

    @staticmethod
    def of(text: str) -> _Message:
        letter = read_letter(text)
        gist = letter.gist
        says = not acts.says_nothing(gist)
        return _Message(letter, [gist, *acts.clauses(gist)] if says else [gist], says)


def _share(vectors: acts.Array, messages: Sequence[_Message], name: str) -> None:
    """To each message those of its texts."""
    start = 0
    for message in messages:
        end = start + len(message.texts)
        setattr(message, name, vectors[start:end])
        start = end


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

"""Things named in a message, with their place and a normalised value; what to do with them does not belong here.

By patterns, in about a tenth of a millisecond; phone numbers by the phonenumbers library, imported at the first
text that could hold one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from core.understanding import Entity
from nlu.dates import find_dates, find_days
from nlu.held import Words, as_matched, may_hold, telling_words, words_held

_CODE = r"[A-Z0-9](?:[A-Z0-9/-]{2,22}[A-Z0-9])"
_LABEL_END = r"(?:\s*(?:number|numbers|no|nr|num|nummer|número|numero|id|code|código))?\.?\s*(?:is|was|es|ist|lautet)?\s*[:#=-]?\s*"

_URL = re.compile(r"\b(?:https?://|www\.)[^\s<>\"')\]]+", re.IGNORECASE)
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.)+[^\W\d_]{2,24}(?![\w@])")
_SERIAL = re.compile(
    rf"\b(?:serial|s/n|sn|seriennummer|serien-nr|n[úu]mero\s+de\s+serie|imei){_LABEL_END}(?P<value>{_CODE})",
    re.IGNORECASE,
)
_BARE_SERIAL = re.compile(
    r"(?<![\w-])(?P<value>[A-Z]{2}-\d{2,4}-[A-Z0-9]{2,6})(?![\w-])", re.IGNORECASE
)
_ORDER = re.compile(
    r"\b(?:order|purchase|pedido|compra|bestellung|bestellnummer|bestell-?nr|auftrag|auftragsnummer|commande)"
    rf"{_LABEL_END}(?P<value>{_CODE})",
    re.IGNORECASE,
)
_BARE_ORDER = re.compile(
    r"(?<![\w-])(?P<value>[A-Z]{2,4}-?\d{5,10}|[A-Za-z]{2,4}-\d{5,10}|[Ff][Hh] ?\d{6})(?![\w-])"
)
_TICKET = re.compile(
    r"\b(?:ticket|case|request|incident|incidencia|caso|solicitud|vorgang|vorgangsnummer|anfrage|fall|"
    rf"ticketnummer){_LABEL_END}(?P<value>\d{{1,9}})(?![\w-]|[.,]\d)",
    re.IGNORECASE,
)
_TICKET_CODE = re.compile(r"(?<![\w-])TL-?(?P<value>\d{1,9})(?![\w-])", re.IGNORECASE)
_BARE_TICKET = re.compile(r"(?<![\w#&])#\s?(?P<value>\d{1,9})(?![\w-]|[.,]\d)")

_NUMBER = r"\d{1,3}(?:[.,'\u00a0 ]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?"
_CURRENCIES: Final[Mapping[str, str]] = {
    "$": "USD", "us$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD", "dólar": "USD",
    "dólares": "USD", "dolares": "USD", "bucks": "USD", "€": "EUR", "eur": "EUR", "euro": "EUR",
    "euros": "EUR", "£": "GBP", "gbp": "GBP", "pound": "GBP", "pounds": "GBP", "quid": "GBP",
    "libras": "GBP", "pfund": "GBP", "chf": "CHF", "franken": "CHF", "mxn": "MXN", "pesos": "MXN",
}  # fmt: skip
_CURRENCY = "|".join(re.escape(word) for word in sorted(_CURRENCIES, key=len, reverse=True))
_AMOUNT = re.compile(
    rf"(?<![\w.,])(?:(?P<before>{_CURRENCY})\s?(?P<first>{_NUMBER})(?![\w]|[.,]\d)"
    rf"|(?P<second>{_NUMBER})\s?(?P<after>{_CURRENCY})(?!\w))",
    re.IGNORECASE,
)
_PHONE_LIKE = re.compile(r"\+?\(?\d(?:[\s().\-/]{0,2}\d){6,14}")

_LANGUAGES: Final[Mapping[str, str]] = {
    "english": "en", "inglés": "en", "ingles": "en", "englisch": "en", "englische": "en",
    "spanish": "es", "español": "es", "espanol": "es", "castellano": "es", "spanisch": "es",
    "german": "de", "alemán": "de", "aleman": "de", "deutsch": "de", "deutsche": "de",
    "french": "fr", "français": "fr", "francés": "fr", "französisch": "fr",
    "anglais": "en", "inglês": "en", "espagnol": "es", "espanhol": "es", "allemand": "de", "alemão": "de",
    "arabe": "ar", "portugais": "pt", "العربية": "ar", "بالعربية": "ar", "الإنجليزية": "en", "بالإنجليزية": "en",
    "الفرنسية": "fr", "بالفرنسية": "fr", "الألمانية": "de", "بالألمانية": "de", "الإسبانية": "es", "بالإسبانية": "es",
    "italian": "it", "italiano": "it", "italienisch": "it",
    "portuguese": "pt", "português": "pt", "portugués": "pt", "portugiesisch": "pt",
    "dutch": "nl", "nederlands": "nl", "niederländisch": "nl",
    "arabic": "ar", "árabe": "ar", "arabisch": "ar", "polish": "pl", "polnisch": "pl",
    "turkish": "tr", "türkisch": "tr", "chinese": "zh", "chino": "zh", "chinesisch": "zh",
}  # fmt: skip
_LANGUAGE = re.compile(rf"\b({'|'.join(_LANGUAGES)})\b", re.IGNORECASE)
_NAMED_LANGUAGE = telling_words(_LANGUAGES)

_OWNED = re.compile(
    r"(?<!\w)(?:the|my|our|your|his|her|their|el|la|mi|nuestro|nuestra|su|tu|der|die|das|dem|den|mein|meine|meinen|meinem"
    r"|meiner|unser|unsere|unseren|ihr|ihre|le|mon|ma|notre|votre|o|meu|minha|nosso|nossa)\s+$",
    re.IGNORECASE,
)
"""Before a word that is a thing: "my sense" is one, "does that make sense" names none."""

_BEFORE: Final = 40
"""Characters before a word that are looked at."""

_SENTENCE_BEGINS = re.compile(r"(?:^|[.!?:;…\n])[^\w\n]*$")


DEFAULT_REGION: Final = "US"
"""Where a company has not said where it is."""


@dataclass(slots=True)
class EntityFinder:
    """Finds entities. `region`: ISO 3166 country of phone numbers written without a country code, and of dates in figures.

    `products`: names as the knowledge base writes them; the value of a product entity is that name. They are found in any
    case of letters. One that is in `ordinary` (words in lower case) is found where it is written as a name, or the thing
    is owned or known: "the Sense", "my sense", but nothing in "does that make sense".
    """

    region: str = DEFAULT_REGION
    products: Sequence[str] = ()
    ordinary: Set[str] = frozenset()
    _product: re.Pattern[str] | None = field(default=None, init=False, repr=False)
    _names: dict[str, str] = field(default_factory=dict, init=False, repr=False)
    _telling: Words = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        self._names = {as_matched(name): name for name in self.products if name.strip()}
        if self._names:
            longest_first = sorted(self._names.values(), key=len, reverse=True)
            choice = "|".join(re.escape(name) for name in longest_first)
            self._product = re.compile(rf"(?<!\w)(?:{choice})(?!\w)", re.IGNORECASE)
            self._telling = telling_words(self._names.values())

    def find(
        self, text: str, *, language: str = "en", today: date | None = None
    ) -> tuple[Entity, ...]:
        """In order of place, none overlapping another: a kind named earlier in `_found` wins.

        `today`: the customer's date, needed for words such as "yesterday" only.
        """
        chosen: list[Entity] = []
        for entity in self._found(text, language, today):
            if all(entity.end <= other.start or other.end <= entity.start for other in chosen):
                chosen.append(entity)
        return tuple(sorted(chosen, key=lambda entity: entity.start))

    def _found(self, text: str, language: str, today: date | None) -> Iterator[Entity]:
        held = words_held(text)
        if "://" in text or ("." in text and "www." in text.lower()):
            for match in _URL.finditer(text):
                value = match[0].rstrip(".,;:!?")
                yield Entity("url", value, match.start(), match.start() + len(value))
        if "@" in text:
            for match in _EMAIL.finditer(text):
                yield Entity("email", match[0].lower(), match.start(), match.end())
        if any(map(str.isdigit, text)):
            yield from _codes(text)
            for start, end, value in find_dates(text, language, today, self.region):
                yield Entity("date", value, start, end)
            yield from _amounts(text)
            yield from self._phones(text)
            yield from _bare_codes(text)
        elif today is not None:
            for start, end, value in find_days(text, today, held):
                yield Entity("date", value, start, end)
        if self._product is not None and may_hold(held, self._telling):
            for match in self._product.finditer(text):
                written = as_matched(match[0])
                if written not in self.ordinary or self._is_name(match):
                    name = self._names[written]
                    yield Entity("product", name, match.start(), match.end())
        if may_hold(held, _NAMED_LANGUAGE):
            for match in _LANGUAGE.finditer(text):
                yield Entity(
                    "language", _LANGUAGES[as_matched(match[0])], match.start(), match.end()
                )

    def _is_name(self, match: re.Match[str]) -> bool:
        """A capital says so inside a sentence only, and nothing where everything is written in capitals."""
        text, word = match.string, match[0]
        before = text[max(0, match.start() - _BEFORE) : match.start()]
        is_written = word in {self._names[as_matched(word)], word.upper()} and not text.isupper()
        if is_written and word != word.lower() and not _SENTENCE_BEGINS.search(before):
            return True
        return _OWNED.search(before) is not None

    def _phones(self, text: str) -> Iterator[Entity]:
        if not _PHONE_LIKE.search(text):
            return
        # 40 ms and 10 MB at the first number, nothing for those who never send one.
        from phonenumbers import PhoneNumberFormat, PhoneNumberMatcher, format_number

        for match in PhoneNumberMatcher(text, self.region or None):
            value = format_number(match.number, PhoneNumberFormat.E164)
            yield Entity("phone", value, match.start, match.end)


def _codes(text: str) -> Iterator[Entity]:
    """Numbers that the customer names (serial, order, ticket), and serials by their shape, HB-44-91720."""
    for match in _BARE_SERIAL.finditer(text):
        yield Entity("serial_number", match["value"].upper(), match.start(), match.end())
    for kind, pattern in (("serial_number", _SERIAL), ("order_number", _ORDER)):
        for match in pattern.finditer(text):
            value = match["value"]
            if sum(character.isdigit() for character in value) >= 3:
                yield Entity(kind, _code(value), match.start("value"), match.end("value"))
    for match in _TICKET.finditer(text):
        yield Entity("ticket_number", match["value"], match.start("value"), match.end("value"))


def _bare_codes(text: str) -> Iterator[Entity]:
    """Numbers that speak for themselves: FH-200123 is an order, #1042 a ticket."""
    for kind, pattern in (
        ("ticket_number", _TICKET_CODE),
        ("order_number", _BARE_ORDER),
        ("ticket_number", _BARE_TICKET),
    ):
        for match in pattern.finditer(text):
            value = match["value"] if kind == "ticket_number" else _code(match["value"])
            yield Entity(kind, value, match.start(), match.end())


def _code(value: str) -> str:
    """FH 200123 and fh200123 are FH-200123: upper case, letters and digits joined by a hyphen."""
    return re.sub(r"^([A-Z]{2,4})[- ]?(\d+)$", r"\1-\2", value.upper())


def _amounts(text: str) -> Iterator[Entity]:
    for match in _AMOUNT.finditer(text):
        written = match["first"] or match["second"]
        currency = _CURRENCIES[as_matched(match["before"] or match["after"])]
        yield Entity("amount", f"{_decimal(written)} {currency}", match.start(), match.end())


def _decimal(written: str) -> Decimal:
    """1.234,56 and 1,234.56 alike: a separator before one or two last digits is the decimal one."""
    whole, separator, cents = written, "", ""
    if len(parts := re.split(r"[.,](?=\d{1,2}$)", written)) == 2:
        whole, cents = parts
        separator = "."
    return Decimal(re.sub(r"\D", "", whole) + separator + cents)

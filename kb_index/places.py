"""Countries that a text names, in the languages of the bot, and the parts of the world that they lie in. What follows from it is `elsewhere`'s."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files

from phonenumbers.geocoder import _region_display_name
from phonenumbers.geodata.locale import LOCALE_DATA

from kb_index.words import fold, tokens

_LANGUAGES = ("en", "es", "de", "fr", "pt")
_ALSO_OTHERWISE = frozenset({"GE", "JE", "RE", "TD", "JO", "GS", "IM", "GN"})
"""Countries whose names are as often a state, a garment, a meeting or a person's: Georgia, Jersey, Reunion, Chad, Jordan, Guinea."""
_OTHER_NAMES = {
    "US": "usa|america|states|the states|united states of america|ee uu|eeuu|eua|vereinigte staaten|vereinigten staaten|états unis",
    "GB": "uk|great britain|britain|england|scotland|wales|gran bretaña|inglaterra|escocia|großbritannien|schottland|"
    "vereinigten königreich|grande bretagne|angleterre|royaume uni|grã bretanha",
    "NL": "netherlands|the netherlands|holland|países bajos|paesi bassi|países baixos",
    "KR": "korea|corea|südkorea|corée|coreia",
    "RU": "russia|rusia|russland|russie|rússia",
    "CZ": "czechia|czech republic|chequia|república checa|tschechien|tchéquie|chéquia",
    "CH": "switzerland|suiza|schweiz|suisse|suíça",
    "TR": "türkiye",
    "AE": "uae|emirates|emiratos árabes|emirate|émirats",
    "VN": "vietnam|viet nam",
    "CN": "volksrepublik china",
    "IE": "ireland",
    "JP": "اليابان",
    "EG": "مصر",
    "SA": "السعودية",
    "MX": "المكسيك",
    "DE": "ألمانيا",
    "FR": "فرنسا",
    "ES": "إسبانيا",
    "CA": "كندا",
    "CL": "تشيلي",
    "IN": "الهند",
    "BR": "البرازيل",
    "MA": "المغرب",
    "TW": "taiwan|taiwán",
}
_PARTS = {
    "Europe": "europe|europa|european|europäische|europäischen|europea|europeo|européenne|europeia|eu|ue|europas|أوروبا",
    "America": "americas|américas|amérique|amerika|américa|américa latina|latin america|lateinamerika|latinoamérica|أمريكا",
    "Asia": "asia|asien|asie|ásia|آسيا",
    "Africa": "africa|áfrica|afrika|afrique|أفريقيا",
    "Australia": "oceania|oceanía|ozeanien|océanie",
}
WORLD = "*"
"""The whole of it: what holds there holds everywhere."""
_WORLD = (
    "worldwide|rest of the world|all other countries|todo el mundo|resto del mundo|demás países|weltweit|rest der welt|"
    "alle anderen länder|monde entier|reste du monde|tous les autres pays|mundo inteiro|resto do mundo|todos os outros países"
)
MOST_WORDS = 4


@cache
def _names() -> dict[str, str]:
    """Folded name to the country's code or the part of the world."""
    found: dict[str, str] = {}
    for code in LOCALE_DATA:
        if code not in _ALSO_OTHERWISE:
            for language in _LANGUAGES:
                name = _key(_region_display_name(code, language))
                if name:
                    found.setdefault(name, code)
    for whole, listed in (*_OTHER_NAMES.items(), *_PARTS.items(), (WORLD, _WORLD)):
        found.update((_key(name), whole) for name in listed.split("|"))
    return found


@cache
def place_names() -> dict[str, str]:
    """Names of one word, folded, of five letters or more: to the country's code or the part of the world."""
    return {name: place for name, place in _names().items() if " " not in name and len(name) > 4}


def _key(name: str) -> str:
    return " ".join(fold(token) for token in tokens(name))


def parts_of(country: str) -> frozenset[str]:
    """Parts of the world that a country lies in, by its time zones."""
    return _parts().get(country, frozenset())


@cache
def _parts() -> dict[str, frozenset[str]]:
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    found: dict[str, set[str]] = {}
    for line in table.splitlines():
        if not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            found.setdefault(country, set()).add(zone.split("/")[0])
    return {country: frozenset(parts & _PARTS.keys()) for country, parts in found.items()}


def is_country(place: str) -> bool:
    """Not a part of the world."""
    return place != WORLD and place not in _PARTS


@lru_cache(maxsize=2048)
def places_in(text: str) -> frozenset[str]:
    """Countries (ISO 3166) and parts of the world that are named; the longest name counts ("South Africa" is not Africa)."""
    written = tokens(text)
    said = [fold(token) for token in written]
    known = _names()
    found: set[str] = {"US"} if "US" in written else set()
    at = 0
    while at < len(said):
        for size in range(min(MOST_WORDS, len(said) - at), 0, -1):
            place = known.get(" ".join(said[at : at + size]))
            if place is not None:
                found.add(place)
                break
        at += size
    return frozenset(found)

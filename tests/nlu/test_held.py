"""Patterns that are not tried would have found nothing."""

from __future__ import annotations

import itertools
from datetime import date

import pytest

from nlu import dates, entities
from nlu.entities import EntityFinder
from nlu.held import may_hold, telling_words, words_held

FINDER = EntityFinder(
    products=("Fernhill Sense", "Hub", "K-9", "Luftfilter & Co", "§"), ordinary=frozenset({"hub"})
)
WORDS = (
    "sense", "\u017fense", "Fernhill", "my hub", "the HUB!", "hubs", "\u212a-9", "k-9", "luftfilter & co", "deutsch", "en ESPAÑOL",
    "Deutsche", "english's", "engli\u017fh", "polish_up", "yesterday", "the day before", "avant-hier", "hier", "aujourd'hui", "last  friday",
    "Fr\u0131day", "segunda-feira", "feira", "monday_", "anna@example.com", "WWW.example.com", "http://a.b/c", "htt\u017fs", "4 May", "4711",
    "€ 5", "§", "MAÑANA", "غدا",
)  # fmt: skip


def test_what_a_text_holds_is_found_whatever_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [*WORDS, *(f"{one} {other}" for one, other in itertools.permutations(WORDS, 2))]
    today = date(2026, 11, 29)
    found = [(FINDER.find(text), FINDER.find(text, today=today)) for text in texts]
    for module in (entities, dates):
        monkeypatch.setattr(module, "may_hold", lambda *held: True)
    assert found == [(FINDER.find(text), FINDER.find(text, today=today)) for text in texts]
    assert sum(map(bool, itertools.chain(*found))) > 500


@pytest.mark.parametrize("text", ["Is it the Hub?", "hub", "HUB", "my \u017fub", "naïve"])
def test_what_may_be_there_is_tried(text: str) -> None:
    assert may_hold(words_held(text), telling_words(["hub", "fernhill sense"]))


def test_what_is_not_there_is_not_tried() -> None:
    telling = telling_words(["hub", "fernhill sense"])
    assert not may_hold(words_held("How do hubs work at Fernhill?"), telling)
    assert may_hold(words_held("How do hubs work?"), telling_words(["hub", "§"])), "no word to tell"

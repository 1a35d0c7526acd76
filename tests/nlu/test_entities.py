"""Entities are found where they stand, with their normalised value, and nothing else is taken for one."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.entities import EntityFinder
from nlu.ordinary import ordinary_words
from nlu.region import region_of, zone_of

TODAY = date(2026, 11, 23)  # a Monday
FINDER = EntityFinder(products=("Fernhill Sense", "Sense"))


def found(text: str, language: str = "en") -> list[tuple[str, str]]:
    return [
        (entity.kind, entity.value) for entity in FINDER.find(text, language=language, today=TODAY)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my order FH-200123 is late", ("order_number", "FH-200123")),
        ("fh 200123", ("order_number", "FH-200123")),
        ("order #1042 is late", ("order_number", "1042")),
        ("Bestellung Nr. 88123-A", ("order_number", "88123-A")),
        ("número de pedido: 884512", ("order_number", "884512")),
        ("any news on #1042?", ("ticket_number", "1042")),
        ("ticket 1042", ("ticket_number", "1042")),
        ("my case number is 55", ("ticket_number", "55")),
        ("what became of TL-78812", ("ticket_number", "78812")),
        ("mi incidencia 7719", ("ticket_number", "7719")),
        ("Seriennummer: AB12-99-X7", ("serial_number", "AB12-99-X7")),
        ("it's hb-44-91720", ("serial_number", "HB-44-91720")),
        ("SN-7731-0C", ("serial_number", "SN-7731-0C")),
        ("mail Ann.B+x@Example.com.", ("email", "ann.b+x@example.com")),
        ("see https://x.example/a?b=1.", ("url", "https://x.example/a?b=1")),
        ("call +49 30 901820", ("phone", "+4930901820")),
        ("call (415) 555-2671", ("phone", "+14155552671")),
        ("I paid $1,299.99", ("amount", "1299.99 USD")),
        ("49,99 € bezahlt", ("amount", "49.99 EUR")),
        ("1.234,56 EUR", ("amount", "1234.56 EUR")),
        ("20 dólares", ("amount", "20 USD")),
        ("sprechen Sie Deutsch?", ("language", "de")),
        ("my fernhill sense blinks", ("product", "Fernhill Sense")),
    ],
)
def test_finds_one(text: str, expected: tuple[str, str]) -> None:
    assert found(text) == [expected]


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("since 2026-03-04", "en", "2026-03-04"),
        ("on 03/04/2026", "en", "2026-03-04"),
        ("el 03/04/2026", "es", "2026-04-03"),
        ("am 03.04.2026", "en", "2026-04-03"),
        ("on 25/12/2025", "en", "2025-12-25"),
        ("the 3rd of March", "en", "2026-03-03"),
        ("Dec 5th", "en", "2026-12-05"),
        ("el 3 de noviembre de 2025", "es", "2025-11-03"),
        ("am 3. März 2026", "de", "2026-03-03"),
        ("it broke yesterday", "en", "2026-11-22"),
        ("acheté le 4 mars 2026", "fr", "2026-03-04"),
        ("livré aujourd'hui", "fr", "2026-11-23"),
        ("deixou de funcionar ontem", "pt", "2026-11-22"),
        ("em 12 de maio de 2026", "pt", "2026-05-12"),
        ("اشتريته في 4 مارس 2026", "ar", "2026-03-04"),
        ("last Tuesday", "en", "2026-11-17"),
        ("next Monday", "en", "2026-11-30"),
        ("seit Freitag", "de", "2026-11-20"),
        ("el martes pasado", "es", "2026-11-17"),
    ],
)
def test_dates_become_iso(text: str, language: str, value: str) -> None:
    assert found(text, language) == [("date", value)]


ORDINARY = EntityFinder(
    products=("Make", "Sense", "Fernhill Sense", "Plus", "Zoom"),
    ordinary=frozenset({"make", "sense", "plus"}),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("does that make sense?", []),
        ("Does this make sense?", []),
        ("Make sure it is on. Plus: the light", []),
        ("that makes no sense\nPlus I pay too much", []),
        ("DOES THAT MAKE SENSE", []),
        ("2 plus 2", []),
        ("my sense does not blink", ["Sense"]),
        ("MY SENSE DOES NOT BLINK", ["Sense"]),
        ("it is the Sense that hums", ["Sense"]),
        ("Hello, my new Sense hums", ["Sense"]),
        ("is Make down, or PLUS?", ["Make", "Plus"]),
        ("mein Sense blinkt, und la plus?", ["Sense", "Plus"]),
        ("does my fernhill sense make sense on zoom?", ["Fernhill Sense", "Zoom"]),
    ],
)
def test_an_ordinary_word_is_a_product_only_where_it_is_written_as_one(
    text: str, expected: list[str]
) -> None:
    found = [entity.value for entity in ORDINARY.find(text) if entity.kind == "product"]
    assert found == expected


def test_which_words_are_ordinary() -> None:
    words = ordinary_words()
    assert {"make", "sense", "plus", "one", "the"} <= words
    assert {"zoom", "fernhill", "vent", "##ing", "2021"}.isdisjoint(words)
    assert len(words) > 8000


@pytest.mark.parametrize(
    ("region", "phone", "day"),
    [("US", "+14155552671", "2026-03-04"), ("GB", None, "2026-04-03"), ("DE", None, "2026-04-03")],
)
def test_numbers_and_dates_are_read_as_in_the_companys_country(
    region: str, phone: str | None, day: str
) -> None:
    kinds = {
        entity.kind: entity.value
        for entity in EntityFinder(region).find("call (415) 555-2671 since 03/04/2026")
    }
    assert (kinds.get("phone"), kinds["date"]) == (phone, day)


@pytest.mark.parametrize(
    ("region", "value"), [("DE", "+4930901820"), ("GB", None), ("US", None), ("", None)]
)
def test_a_number_without_country_is_one_of_the_companys(region: str, value: str | None) -> None:
    found = {e.kind: e.value for e in EntityFinder(region).find("ruf 030 901820 an")}
    assert found.get("phone") == value


@pytest.mark.parametrize(
    ("zone", "region"),
    [
        ("Europe/Berlin", "DE"),
        ("America/New_York", "US"),
        ("Asia/Kolkata", "IN"),
        ("UTC", ""),
        ("Mars/Olympus", ""),
    ],
)
def test_the_country_of_a_time_zone(zone: str, region: str) -> None:
    assert region_of(zone) == region
    assert zone_of(zone).key == (zone if zone != "Mars/Olympus" else "UTC")


def test_without_today_a_year_is_not_invented() -> None:
    (entity,) = FINDER.find("since May 3")
    assert entity.value == "--05-03"
    assert FINDER.find("since yesterday") == ()


@pytest.mark.parametrize(
    "text",
    [
        "order 2 pizzas",
        "I may 3 times have tried",
        "at 10:30 it stopped",
        "31.02.2026",
        "in order to connect",
        "my number is 5",
        "2400 ppm with the windows open",
    ],
)
def test_leaves_other_numbers_alone(text: str) -> None:
    assert found(text) == []


def test_several_in_one_message_stand_in_order_and_at_their_place() -> None:
    text = "Order FH-200123, ticket 1042, mail a@b.example, paid $40 on 11/20/2026"
    entities = FINDER.find(text, today=TODAY)
    assert [text[entity.start : entity.end] for entity in entities] == [
        "FH-200123",
        "1042",
        "a@b.example",
        "$40",
        "11/20/2026",
    ]


@given(st.text(max_size=300))
def test_any_text_gives_places_inside_it_without_overlap(text: str) -> None:
    end = 0
    for entity in FINDER.find(text, today=TODAY):
        assert end <= entity.start < entity.end <= len(text)
        assert entity.value
        end = entity.end

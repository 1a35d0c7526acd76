"""Entities are found where they stand, with their normalised value, and nothing else is taken for one."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.entities import EntityFinder

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

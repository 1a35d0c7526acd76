"""A table is read by what it is, not by what its name says; where nothing tells, a comma parts it."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.table import NONE, SEPARATORS, decoded, encoding_of, read_table, separator_of

KNOWN = ("text", "intent")


def rows_of(text: str, known: tuple[str, ...] = KNOWN) -> list[list[str]]:
    table = read_table(io.StringIO(text, newline=""), known)
    return [list(table.titles), *(list(row.cells.values()) for row in table.rows)]


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("text,intent\nhello; you; there,greet\nbye; now; then,part\n", ","),
        ("text;intent\nhello, you, there;greet\nbye, now, then;part\n", ";"),
        ("text\tintent\nhello, you; there\tgreet\n", "\t"),
        ("text|intent\nhello, you; there|greet\n", "|"),
        ("id,text\n1,a;b;c\n2,d;e;f\n", ","),
        ('id,"text; long"\n1,"a;b"\n2,"c;d"\n', ","),
        ("Nummer;Betreff, kurz;Text\n1;a, b;c\n2;d;e, f, g\n", ";"),
        ("Ticket ID,Subject; short\n1,a;b;c;d\n2,e\n3,f\n", ","),
        ("Kunde;Frage\n7;Wie, wann, wo?\n8;Warum?\n", ";"),
        ("Intent ;TEXT\ngreet;hi\n", ";"),
        ("text,intent\n", ","),
        ("text;intent", ";"),
        ("text\nhello, you; there\n", NONE),
        ("", NONE),
        ('text,intent\n"two\nlines; and, more",greet\n', ","),
        ('text;intent\n"two\nlines; and, more";greet\n', ";"),
    ],
)
@pytest.mark.parametrize("known", [KNOWN, ()])
def test_what_parts_the_cells(text: str, separator: str, known: tuple[str, ...]) -> None:
    assert separator_of(text, known) == separator


CELLS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], include_characters='\n,;\t|"'),
    min_size=1,
    max_size=12,
).filter(str.strip)


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=8), st.sampled_from(SEPARATORS))
def test_what_a_program_wrote_is_read_again(rows: list[tuple[str, str]], separator: str) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=separator).writerows([KNOWN, *rows])
    assert rows_of(file.getvalue()) == [list(KNOWN), *map(list, rows)]


def test_what_excel_declares_is_believed() -> None:
    for first in ("sep=;\r\n", '"sep=;"\n', "\nSEP=;\n"):
        assert rows_of(f"{first}text;intent\nhi, you;greet\n") == [
            ["text", "intent"],
            ["hi, you", "greet"],
        ]


def test_titles_are_called_as_they_are_meant_where_that_is_clear() -> None:
    assert rows_of("\n TEXT , Intent\nhi,greet\n")[0] == ["text", "intent"]
    assert rows_of("Text,TEXT,intent\nhi,ho,greet\n")[0] == ["Text", "TEXT", "intent"]
    assert rows_of("Text,text\nhi,ho\n")[0] == ["Text", "text"]


def test_rows_that_are_too_short_or_too_long_are_told() -> None:
    text = "text,intent\nshort\n\nhi,greet, more ,,\nbye,part,,\n"
    found = list(read_table(io.StringIO(text, newline="")).rows)
    assert [(row.line, row.is_short, row.surplus) for row in found] == [
        (2, True, ()),
        (4, False, (" more ",)),
        (5, False, ()),
    ]
    assert found[0].cells == {"text": "short", "intent": ""}


@pytest.mark.parametrize("text", ["text\nGrüße, ça va\n", "plain", "", "日本"])
def test_letters_are_found(text: str) -> None:
    assert decoded(text.encode()) == text
    assert decoded(text.encode("utf-8-sig")) == text
    assert decoded(text.encode("utf-16")) == text


def test_the_letters_of_windows_are_read_and_damaged_ones_refused() -> None:
    assert decoded("Grüße; ça va, 5 €\n".encode("cp1252")) == "Grüße; ça va, 5 €\n"
    raw: Any = io.BytesIO("Größe".encode("cp1252"))
    assert (encoding_of(raw), raw.tell()) == ("cp1252", 0)
    damaged = "Größe und Maße, überall\n".encode() * 9 + b"\xe4\n"
    for bytes_ in (damaged, b"\xff\x00binary"):
        with pytest.raises(UnicodeDecodeError):
            decoded(bytes_)

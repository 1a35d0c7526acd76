"""Training files are read as people write them, and refused with a sentence when they cannot be."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from core.errors import MalformedPayload
from nlu.corpus import Example, data_hash, read_csv, read_folder, read_rasa, read_texts

RASA = """version: "3.1"
nlu:
- intent: track
  examples: |
    - where is [FH-200123](order)
    - find [my parcel]{"entity": "thing", "value": "parcel"}
- synonym: x
  examples: |
    - y
- intent: greet
  examples: |
    - hi
"""


def test_reads_rasa_without_markup_and_synonyms(tmp_path: Path) -> None:
    path = tmp_path / "nlu.yml"
    path.write_text(RASA)
    assert read_rasa(path) == [
        Example("where is FH-200123", "track"),
        Example("find my parcel", "track"),
        Example("hi", "greet"),
    ]


def test_reads_gzipped_csv_with_a_mark_and_other_columns(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress('\ufefftext,intent,more\n"a, b",x,1\n ,x,2\n'.encode()))
    assert read_csv(path) == [Example("a, b", "x")]
    assert read_texts(path) == ["a, b"]


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("utterance,intent\nhi,greet\n")
    with pytest.raises(MalformedPayload, match="no column text; it has utterance, intent"):
        read_csv(path)
    assert read_csv(path, text_column="utterance") == [Example("hi", "greet")]


def test_a_folder_is_read_in_order_of_name(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("text,intent\nhi,greet\n")
    (tmp_path / "a.yml").write_text(RASA)
    (tmp_path / "note.txt").write_text("not data")
    rows = read_folder(tmp_path)
    assert [row.label for row in rows] == ["track", "track", "greet", "greet"]
    assert data_hash(rows) != data_hash(rows[::-1])


def test_nothing_to_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("rules: []\n")
    with pytest.raises(MalformedPayload, match="no `nlu:` examples"):
        read_rasa(tmp_path / "a.yml")
    (tmp_path / "a.yml").unlink()
    with pytest.raises(MalformedPayload, match=r"no \.yml or \.csv"):
        read_folder(tmp_path)

"""What JSON can name and nothing can write."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.mended import mended
from kb_index.ingest import read_source
from kb_index.labelled import read_questions
from kb_index.passage import Document
from nlu.corpus import read_texts
from router.tables import read_objects

HALF = "hub \ud83d lamp"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", "plain"),
        ("Größe 🙂", "Größe 🙂"),
        (HALF, "hub \ufffd lamp"),
        ("\ud83d\ude42", "🙂"),
        ({"a\udc00": [HALF, 1, None, True]}, {"a\ufffd": ["hub \ufffd lamp", 1, None, True]}),
    ],
)
def test_halves_of_a_character_are_replaced(value: object, expected: object) -> None:
    assert mended(value) == expected


def test_every_reader_of_rows_gives_what_can_be_written(tmp_path: Path) -> None:
    """A message that was cut in the middle of an emoji ends no import of ten thousand others."""
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({"id": "a", "text": HALF, "query": HALF}) + "\n")
    [document] = read_source(path)
    assert isinstance(document, Document)
    [question] = read_questions(path)
    [text] = read_texts(path)
    [row] = read_objects(path)
    for said in (document.title, document.blocks[0].parts[0], question.question.text, text):
        assert said == "hub \ufffd lamp"
    assert row["text"] == "hub \ufffd lamp"
    page = tmp_path / "page.md"
    page.write_text('---\ntitle: "Hub \\uD83D"\n---\nIt is green.\n')
    [document] = read_source(page)
    assert isinstance(document, Document)
    assert document.title == "Hub \ufffd"

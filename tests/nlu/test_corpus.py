"""Training files are read as people write them, and refused with a sentence when they cannot be."""

from __future__ import annotations

import gzip
import json
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


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", 'text;intent\n"hi; you";greet\nbye;part\n'),
        ("a.tsv", "intent\ttext\ngreet\thi; you\npart\tbye\n"),
        ("a.csv", "\ufefftext,intent\r\nhi; you,greet\r\nbye,part\r\n"),
        ("a.csv", " text , intent\rhi; you,greet\rbye,part\r"),
        (
            "a.jsonl",
            '{"text": "hi; you", "intent": "greet"}\n\n{"intent": "part", "text": " bye"}\n',
        ),
        ("a.json", '[{"text": "hi; you", "intent": "greet"}, {"text": "bye", "intent": "part"}]'),
        ("a.csv", "text,intent\nhi; you,greet,more\nbye,part\nonly\n,part\nno label,\n"),
        ("a.csv", "sep=;\nIntent;Text\ngreet;hi; you\npart;bye\n".replace("hi; you", '"hi; you"')),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("is_packed", [False, True])
def test_the_files_that_people_have(
    tmp_path: Path, name: str, content: str, encoding: str, is_packed: bool
) -> None:
    raw = content.removeprefix("\ufeff" if encoding == "utf-16" else "").encode(encoding)
    path = tmp_path / (f"{name}.gz" if is_packed else name)
    path.write_bytes(gzip.compress(raw) if is_packed else raw)
    assert read_csv(path) == [Example("hi; you", "greet"), Example("bye", "part")]


def test_a_text_of_many_lines_and_a_label_of_any_kind(tmp_path: Path) -> None:
    long = "word " * 60_000
    path = tmp_path / "a.csv"
    path.write_text(f'text,intent\n"two\nlines, ""so""",日本 ☃\n{long},7\n', encoding="utf-8")
    assert read_csv(path) == [
        Example('two\nlines, "so"', "日本 ☃"),
        Example(long.strip(), "7"),
    ]
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"text": 5, "intent": 7}) + "\n")
    assert read_csv(path) == [Example("5", "7")]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", "text,intent\ncafé thé,x\n".encode() + b"caf\xe9,x\n", "not UTF-8 at byte 28"),
        ("a.csv", b"text,intent\ncaf\xe9\0,x\n", "not UTF-8 at byte 15"),
        ("a.csv.gz", b"text,intent\na,x\n", "Not a gzipped file"),
        ("a.csv.gz", gzip.compress(b"text,intent\n" * 999, mtime=0)[:60], "cannot be read"),
        ("a.csv", b"", "it has none"),
        ("a.jsonl", b'{"text": "a", "intent": "x"}\n{"text"\n', "line 2 is no JSON"),
        ("a.jsonl", b'{"text": "a", "intent": "x"}\n5\n', "row 2 is not an object"),
        ("a.csv", b"text,intent\n" + b"a" * 5_000_000, "field larger"),
        ("b/a.csv", b"", "There is no file"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    if "/" not in name:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(MalformedPayload, match=reason):
        read_csv(tmp_path / name)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(MalformedPayload, match="cannot be read"):
        read_texts(tmp_path)


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


def test_rows_that_teach_nothing_are_named(tmp_path: Path) -> None:
    """A comma without quotes would make "hi" the text and "you" the label; a cell without a title is none of our business."""
    path = tmp_path / "rows.csv"
    rows = ("hi, you,greet", "bye,leave", ",leave", "so long,", "on,off,leave", "hello,greet,sure")
    path.write_text("\n".join(["text,intent", *rows]))
    left_out: list[str] = []
    assert read_csv(path, left_out=left_out) == [
        Example("bye", "leave"),
        Example("hello", "greet"),
    ]
    assert left_out == [
        "rows.csv, line 2: its text needs quotes, for a comma has cut it.",
        "rows.csv, line 4: no text.",
        "rows.csv, line 5: no intent.",
        "rows.csv, line 6: its text needs quotes, for a comma has cut it.",
    ]
    lines = tmp_path / "rows.jsonl"
    lines.write_text('{"text": "hi"}\n{"text": null}\n')
    assert read_texts(lines, left_out=left_out) == ["hi"]
    assert left_out[-1] == "rows.jsonl, line 2: no text."

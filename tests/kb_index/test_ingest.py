"""Reading sources: what is read, what is reported, what changed."""

from __future__ import annotations

import csv
import gzip
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from kb_index.ingest import compare, read_source
from kb_index.passage import Document, Kind, Unreadable


def by_slug(path: Path, **options: str) -> dict[str, Document]:
    return {d.slug: d for d in read_source(path, **options) if isinstance(d, Document)}


def test_front_matter_and_structure_are_read(source: Path) -> None:
    found = by_slug(source)
    assert set(found) == {"cancel", "delivery", "secret", "es/cancelar"}
    cancel = found["cancel"]
    assert (cancel.title, cancel.section, cancel.language) == ("Cancel your plan", "billing", "en")
    assert (cancel.tags, cancel.updated, cancel.url) == (
        ("plan", "cancel"),
        "2026-05-01",
        "/help/cancel",
    )
    steps = next(block for block in cancel.blocks if block.kind is Kind.STEP)
    assert steps.parts[1] == "2. Choose Plan (https://app.example/plan)."
    assert (steps.headings, steps.anchor) == (("Steps",), "steps")
    assert found["secret"].visibility == "internal"


def test_bad_files_are_reported_and_the_rest_goes_on(source: Path) -> None:
    (source / "broken.md").write_text("---\ntitle: [never closed\n---\ntext", encoding="utf-8")
    (source / "endless.md").write_text("---\ntitle: no end\ntext", encoding="utf-8")
    (source / "latin.md").write_bytes(b"---\ntitle: x\n---\ncaf\xe9")
    (source / "empty.md").write_text("---\ntitle: nothing\n---\n", encoding="utf-8")
    (source / "untitled.md").write_text("only text", encoding="utf-8")
    found = list(read_source(source))
    reasons = {item.path: item.reason for item in found if isinstance(item, Unreadable)}
    assert set(reasons) == {"broken.md", "endless.md", "latin.md", "empty.md", "untitled.md"}
    assert "UTF-8" in reasons["latin.md"]
    assert "no text" in reasons["empty.md"]
    assert len(found) == len(reasons) + 4


def test_html_is_read_without_its_navigation(tmp_path: Path) -> None:
    page = """<html lang="de"><head><title>Seite</title><meta name="section" content="plans"></head><body>
    <nav>Start</nav><article><h1>Plan kündigen</h1><p>Jederzeit, <b>ohne</b> Frist.</p>
    <h2>So geht es</h2><ol><li>Öffnen</li><li>Wählen <a href="https://x.example/a">hier</a></li></ol>
    <table><tr><th>Plan</th><th>Preis</th></tr><tr><td>Plus</td><td>5,90</td></tr></table></article></body></html>"""
    (tmp_path / "a.html").write_text(page, encoding="utf-8")
    document = by_slug(tmp_path)["a"]
    assert (document.title, document.language, document.section) == ("Plan kündigen", "de", "plans")
    assert [(block.kind, block.parts) for block in document.blocks] == [
        (Kind.SENTENCE, ("Jederzeit, ohne Frist.",)),
        (Kind.STEP, ("1. Öffnen", "2. Wählen hier (https://x.example/a)")),
        (Kind.ROW, ("Plan | Preis", "Plus | 5,90")),
    ]


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.jsonl.gz"])
def test_rows_of_questions_and_of_texts(tmp_path: Path, name: str) -> None:
    rows = [
        {"id": "q1", "question": "How?", "answers": ["Like this.", "Or like that."]},
        {"id": "t1", "text": "Some text.", "title": "A title"},
        {"id": "bad"},
    ]
    lines = "\n".join(map(json.dumps, rows)) + "\nnot json\n"
    path = tmp_path / name
    path.write_bytes(gzip.compress(lines.encode()) if name.endswith(".gz") else lines.encode())
    found = list(read_source(path))
    documents = [item for item in found if isinstance(item, Document)]
    assert [(d.slug, d.title) for d in documents] == [("q1", "How?"), ("t1", "A title")]
    assert [block.parts for block in documents[0].blocks] == [("Like this.",), ("Or like that.",)]
    assert [item.path for item in found if isinstance(item, Unreadable)] == [
        f"{name}:3",
        f"{name}:4",
    ]


def test_a_cut_off_archive_is_reported(tmp_path: Path) -> None:
    whole = gzip.compress(
        b'{"id": "a", "text": "first"}\n' + b'{"id": "b", "text": "second"}\n' * 5000
    )
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(whole[: len(whole) // 2])
    last = list(read_source(path))[-1]
    assert isinstance(last, Unreadable)
    assert "unreadable from here" in last.reason


def test_csv_with_another_column(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('id,body\n7,"One, two."\n', encoding="utf-8")
    document = by_slug(path, text_column="body")["7"]
    assert document.blocks[0].parts == ("One, two.",)


def test_texts_as_windows_writes_them_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes("# Größe\r\n\r\nAcht Zentimeter.\r\n".encode("utf-16"))
    (tmp_path / "b.srt").write_bytes(
        "1\n00:00:01,000 --> 00:00:04,000\nHello there.\n".encode("utf-16")
    )
    (tmp_path / "c.jsonl.gz").write_bytes(
        gzip.compress('\ufeff{"id": "c", "text": "Nine centimetres."}'.encode())
    )
    found = list(read_source(tmp_path))
    assert [item.title for item in found if isinstance(item, Document)] == [
        "Größe",
        "B",
        "Nine centimetres.",
    ]


def test_a_strange_row_or_front_matter_does_not_hide_the_others(tmp_path: Path) -> None:
    deep = "[" * 100_000 + "]" * 100_000
    (tmp_path / "a.jsonl").write_text(
        f'{{"id": "deep", "text": {deep}}}\n{{"id": "b", "question": "How?", "answers": [{{"text": "So."}}]}}\n'
    )
    (tmp_path / "b.md").write_text("---\ntitle: B\ntags: 5\n---\ntext\n")
    (tmp_path / "c.csv").write_text(
        "id,title,text\n1,Long," + "word " * 60_000 + "\n2,Short,text\n"
    )
    found = list(read_source(tmp_path))
    reasons = {item.path: item.reason for item in found if isinstance(item, Unreadable)}
    assert set(reasons) == {"a.jsonl:1", "b.md"}
    assert "too deeply" in reasons["a.jsonl:1"]
    read = {item.slug: item for item in found if isinstance(item, Document)}
    assert set(read) == {"b", "1", "2"}
    assert read["b"].blocks[0].parts == ("So.",)


def test_a_name_is_given_once(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"id": "a", "text": "one"}\n{"id": "a", "text": "two"}\n', encoding="utf-8")
    second = list(read_source(path))[1]
    assert isinstance(second, Unreadable)
    assert "taken" in second.reason


def test_only_what_differs_is_changed(documents: list[Document]) -> None:
    known = {document.slug: document.revision for document in documents}
    known["gone"] = "x"
    known["cancel"] = "an older text"
    del known["delivery"]
    changes = compare(known, documents)
    assert [d.slug for d in changes.added] == ["delivery"]
    assert [d.slug for d in changes.changed] == ["cancel"]
    assert (changes.removed, changes.unchanged) == (("gone",), 2)


def test_revision_follows_what_a_customer_could_read(source: Path) -> None:
    before = by_slug(source)["secret"]
    path = source / "secret.md"
    path.write_text(path.read_text().replace("internal", "public"), encoding="utf-8")
    after = by_slug(source)["secret"]
    assert before.revision != after.revision
    assert replace(after, visibility="internal", revision=before.revision) == before


def test_a_missing_source_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(read_source(tmp_path / "nowhere"))


ARTICLES = [
    ["id", "title", "text"],
    ["7", "Größe", "Acht; mehr, nicht.\nOder?"],
    ["8", "Maß", "Neun"],
]


def table(separator: str) -> str:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=separator).writerows(ARTICLES)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("a.csv", table(";").encode("utf-8-sig")),
        ("a.csv", table(";").encode("cp1252")),
        ("a.csv", b"sep=;\r\n" + table(";").encode()),
        ("a.csv", table(",").encode("utf-16")),
        ("a.csv", table("|").encode()),
        ("a.tsv", table("\t").encode("utf-16")),
        ("A.CSV.GZ", gzip.compress(table(";").encode(), mtime=0)),
        ("a.csv", table(";").replace("id;title;text", "ID; Title;TEXT").encode() + b";;\r\n"),
    ],
)
def test_tables_as_spreadsheets_write_them_are_read(tmp_path: Path, name: str, raw: bytes) -> None:
    (tmp_path / name).write_bytes(raw)
    found = list(read_source(tmp_path))
    assert [(item.slug, item.title) for item in found if isinstance(item, Document)] == [
        ("7", "Größe"),
        ("8", "Maß"),
    ]
    assert len(found) == 2


def test_a_text_with_commas_that_nobody_quoted_is_told_and_not_cut(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,text\n1,One, two\n2,Three\n")
    first, second = read_source(tmp_path)
    assert isinstance(first, Unreadable)
    assert (first.path, "more cells" in first.reason) == ("a.csv:1", True)
    assert isinstance(second, Document)


def test_answers_of_a_table_may_be_a_list(tmp_path: Path) -> None:
    rows = [
        ["id", "question", "answers"],
        [0, "How?", '["So.", "Or so."]'],
        [1, "Why?", "[1] Because."],
    ]
    with (tmp_path / "a.csv").open("w", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    found = by_slug(tmp_path / "a.csv", text_column="text")
    assert [block.parts for block in found["0"].blocks] == [("So.",), ("Or so.",)]
    assert found["1"].blocks[0].parts == ("[1] Because.",)

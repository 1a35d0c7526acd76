"""Word, PDF and transcripts: what is read of them, and that no file harms the rest."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest

from kb_index.bounded import Reader
from kb_index.chunk import passages_of
from kb_index.ingest import read_source
from kb_index.markup import from_html
from kb_index.passage import Document, Kind, Unreadable
from tests.kb_index.papers import docx, pdf

TALK = """WEBVTT

NOTE title: Pair the sensor
NOTE url: https://videos.example/pair
language: en

1
00:00:01.000 --> 00:00:04.000 align:start
<v Mira>Welcome. Today we pair the <b>sensor</b>.

00:00:04.000 --> 00:00:09.000
{first}

00:01:35.500 --> 00:01:40.000
Now hold the button for five seconds.

01:02:03.000 --> 01:02:05.000
Now hold the button for five seconds.
It blinks green.
""".replace("{first}", " ".join(["Unpack it and find the small round button at its back."] * 7))


def only(path: Path) -> Document:
    found = list(read_source(path))
    assert len(found) == 1
    assert isinstance(found[0], Document), found
    return found[0]


def test_what_is_said_after_a_pause_is_found_at_its_own_minute(tmp_path: Path) -> None:
    """Few words at a time, as in a film that mostly shows: they are no passage with what was said a minute before."""
    (tmp_path / "a.vtt").write_text(
        "WEBVTT\n\n00:01.000 --> 00:20.000\nWelcome to this film about our lamp.\n\n"
        "00:12.000 --> 00:20.000\nIt is new.\n\n"
        "00:35.000 --> 00:40.000\nThis is its ring.\n\n"
        "01:35.000 --> 01:55.000\nTo pair it, hold the ring.\n",
        encoding="utf-8",
    )
    (film,) = read_source(tmp_path)
    assert isinstance(film, Document)
    assert [block.anchor for block in film.blocks] == ["t=1", "t=35", "t=95"]
    found = [(passage.anchor, passage.text.count(".")) for passage in passages_of(film)]
    assert found == [("t=1", 3), ("t=95", 1)]


def test_a_transcript_knows_its_minutes(tmp_path: Path) -> None:
    (tmp_path / "pair.vtt").write_text(TALK, encoding="utf-8")
    talk = only(tmp_path)
    assert (talk.title, talk.url, talk.language) == (
        "Pair the sensor",
        "https://videos.example/pair",
        "en",
    )
    assert [block.anchor for block in talk.blocks] == ["t=1", "t=95", "t=3723"]
    assert talk.blocks[0].parts[0].startswith("Mira: Welcome. Today we pair the sensor. Unpack")
    # what rolls over the screen a second time is read once
    assert talk.blocks[1].parts == ("Now hold the button for five seconds.",)
    assert talk.blocks[2].parts == ("It blinks green.",)
    assert [passage.anchor for passage in passages_of(talk)] == ["t=1", "t=95", "t=3723"]


def test_subrip_takes_its_title_from_a_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text(
        "1\r\n00:00:02,000 --> 00:00:03,000\r\nHello there.\r\n\r\n", encoding="utf-8"
    )
    (tmp_path / "a.srt.yml").write_text("title: First steps\nvisibility: internal\n")
    talk = only(tmp_path)
    assert (talk.title, talk.visibility, talk.blocks[0].anchor) == (
        "First steps",
        "internal",
        "t=2",
    )


def test_a_word_document_keeps_headings_and_tables(tmp_path: Path) -> None:
    paragraphs = [
        ("Title", "Return a parcel"),
        ("", "Within thirty days & free of charge."),
        ("heading1", "What it costs"),
        ("", "Nothing in Europe."),
    ]
    (tmp_path / "return.docx").write_bytes(docx(paragraphs, [["Country", "Price"], ["Chile", "9"]]))
    document = only(tmp_path)
    assert (document.title, document.slug) == ("Return a parcel", "return")
    assert [(block.kind, block.parts, block.headings) for block in document.blocks] == [
        (Kind.SENTENCE, ("Within thirty days & free of charge.",), ()),
        (Kind.SENTENCE, ("Nothing in Europe.",), ("What it costs",)),
        (Kind.ROW, ("Country | Price", "Chile | 9"), ("What it costs",)),
    ]


@pytest.mark.parametrize(
    ("html", "kind", "parts"),
    [
        (
            "<tr><td>Height</td><td>12 cm</td><tr><td>Weight:</td><td>3 kg</td>",
            Kind.ITEM,
            ("- Height: 12 cm", "- Weight: 3 kg"),
        ),
        (
            "<tr><th>Colour</th><td>red</td><tr><th>Made of</th><td>wood</td>",
            Kind.ITEM,
            ("- Colour: red", "- Made of: wood"),
        ),
        (
            "<tr><td>Country</td><td>Days</td><tr><td>Chile</td><td>9</td>",
            Kind.ROW,
            ("Country | Days", "Chile | 9"),
        ),
        (
            "<tr><th>Light</th><th>Means</th><tr><td>red</td><td>no net</td>",
            Kind.ROW,
            ("Light | Means", "red | no net"),
        ),
        (
            "<tr><td>a</td><td>b</td><td>c</td><tr><td>d</td><td>e</td><td>f</td>",
            Kind.ROW,
            ("a | b | c", "d | e | f"),
        ),
    ],
)
def test_a_table_of_names_and_values_is_a_list(
    html: str, kind: Kind, parts: tuple[str, ...]
) -> None:
    _, blocks = from_html(f"<main><table>{html}</table></main>")
    assert [(block.kind, block.parts) for block in blocks] == [(kind, parts)]


def test_a_pdf_keeps_headings_pages_and_paragraphs_and_loses_its_footers(tmp_path: Path) -> None:
    def page(number: int, lines: list[tuple[float, float, str]]) -> list[tuple[float, float, str]]:
        return [(8, 20, "Handbook"), *lines, (8, 780, f"page {number} of 3")]

    first = [
        (22, 60, "The hub"),
        (11, 100, "The hub joins all sen-"),
        (11, 114, "sors of a house. It needs"),
        (11, 128, "mains power."),
        (11, 160, "A new paragraph."),
    ]
    second = [
        (15, 60, "Colours of the light"),
        (11, 90, "1. Green: all is well."),
        (11, 104, "2. Red: no network."),
    ]
    third = [(11, 60, "Call us when it stays red.")]
    pages = [page(n, lines) for n, lines in enumerate((first, second, third), start=1)]
    (tmp_path / "hub.pdf").write_bytes(pdf(pages))
    document = only(tmp_path)
    assert document.title == "The hub"
    assert [(b.parts, b.headings, b.anchor) for b in document.blocks] == [
        (("The hub joins all sensors of a house. It needs mains power.",), (), "page=1"),
        (("A new paragraph.",), (), "page=1"),
        (
            ("1. Green: all is well.", "2. Red: no network."),
            ("Colours of the light",),
            "page=2",
        ),
        (("Call us when it stays red.",), ("Colours of the light",), "page=3"),
    ]


def _bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * 300_000_000)
    return out.getvalue()


def test_bad_files_are_reported_and_the_rest_goes_on(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(b"not a document")
    (tmp_path / "b.docx").write_bytes(_bomb())
    (tmp_path / "c.pdf").write_bytes(pdf([[(11, 60, "cut")]])[:40])
    (tmp_path / "d.pdf").write_bytes(pdf([[]]))
    (tmp_path / "e.vtt").write_text("WEBVTT\n\nnothing\n")
    (tmp_path / "f.md").write_text("# Good\n\nThis is read.\n")
    found = list(read_source(tmp_path))
    reasons = {item.path: item.reason for item in found if isinstance(item, Unreadable)}
    assert set(reasons) == {"a.docx", "b.docx", "c.pdf", "d.pdf", "e.vtt"}
    assert "Word" in reasons["a.docx"]
    assert "unpacked" in reasons["b.docx"]
    assert "scan" in reasons["d.pdf"]
    assert [item.title for item in found if isinstance(item, Document)] == ["Good"]


def test_a_reader_without_enough_memory_is_ended_alone(tmp_path: Path) -> None:
    with (tmp_path / "a.jsonl").open("wb") as file:
        file.truncate(1_000_000_000)  # one line of a gigabyte that takes no place on disk
    (tmp_path / "b.md").write_text("# Good\n\nThis is read.\n")
    with Reader(memory=400_000_000) as reader:
        found = list(reader.read(tmp_path / "a.jsonl", tmp_path, "text"))
        assert [type(item) for item in found] == [Unreadable]
        assert "memory" in found[0].reason  # type: ignore[union-attr]
        after = list(reader.read(tmp_path / "b.md", tmp_path, "text"))
    assert [type(item) for item in after] == [Document]


def test_a_file_that_computes_for_ever_is_given_up(tmp_path: Path) -> None:
    rows = "\n".join('{"nothing": 1}' for _ in range(100_000))
    (tmp_path / "a.csv").write_text(" \n" * 15_000_000)  # titles that never come
    (tmp_path / "b.jsonl").write_text(rows)
    with Reader(cpu_seconds=1) as reader:
        (given_up,) = reader.read(tmp_path / "a.csv", tmp_path, "text")
        assert isinstance(given_up, Unreadable)
        assert "processor time" in given_up.reason
        # time is granted for each row, so a long file is not one that computes for ever
        assert sum(1 for _ in reader.read(tmp_path / "b.jsonl", tmp_path, "text")) == 100_000


def test_a_file_that_never_ends_is_given_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.md")
    with Reader(wait_seconds=1.5) as reader:
        (given_up,) = reader.read(tmp_path / "a.md", tmp_path, "text")
    assert isinstance(given_up, Unreadable)
    assert "1.5 seconds" in given_up.reason


def test_the_reader_knows_nothing_of_our_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THREADLINE_DATABASE__URL", "postgresql://secret")
    (tmp_path / "b.md").write_text("# Good\n\nThis is read.\n")
    with Reader() as reader:
        list(reader.read(tmp_path / "b.md", tmp_path, "text"))
        process = reader._process
        assert process is not None
        seen = Path(f"/proc/{process.pid}/environ").read_bytes()
    assert b"PYTHONPATH" in seen
    assert b"THREADLINE" not in seen

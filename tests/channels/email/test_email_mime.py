"""Any bytes are a mail: charsets that lie, structures that break, limits that hold."""

from __future__ import annotations

import base64
import json
import os
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels import evaluate
from channels.email import Email
from channels.email_address import mailboxes
from channels.email_charset import decode_header, decode_text, parameters
from channels.email_enclosed import safe_name
from channels.email_mime import BROKEN_OFF, Limits, read_body, read_part
from channels.email_parse import Mail, read_mail
from channels.evaluate import (
    evaluate_email_parse,
    evaluate_email_replies,
    evaluate_email_signatures,
)
from core.errors import MalformedPayload
from tests.channels.email.provider import INBOX, arrived, email_settings

CHANNEL = Email(INBOX, email_settings())
RECORDINGS = sorted((Path(__file__).parent / "recordings").glob("*.json"))


@pytest.mark.parametrize(
    ("data", "declared", "text"),
    [
        ("Grüße €".encode(), "utf-8", "Grüße €"),
        ("Grüße €".encode(), "iso-8859-1", "Grüße €"),
        ("Grüße €".encode(), "us-ascii", "Grüße €"),
        ("Grüße €".encode(), "x-unheard-of", "Grüße €"),
        ("Grüße €".encode(), "", "Grüße €"),
        ("Grüße €".encode("cp1252"), "iso-8859-1", "Grüße €"),
        ("Grüße €".encode("cp1252"), "utf-8", "Grüße €"),
        ("Grüße €".encode("cp1252"), "", "Grüße €"),
        ("Привет".encode("koi8-r"), "koi8-r", "Привет"),
        ("Привет".encode("cp1251"), "windows-1251", "Привет"),
        ("€ 中文 𠮷".encode("gb18030"), "gb2312", "€ 中文 𠮷"),
        ("①髙".encode("cp932"), "shift_jis", "①髙"),
        ("日本".encode("iso-2022-jp"), "ISO-2022-JP", "日本"),
        ("똠방".encode("cp949"), "ks_c_5601-1987", "똠방"),
        ("şğı".encode("cp1254"), "iso-8859-9", "şğı"),
        (b"Fr+APY-sche", "utf-7", "Frösche"),
        ("wide".encode("utf-16"), "utf-16", "wide"),
        ("\ufeffwith a mark".encode(), "utf-8", "with a mark"),
        (b"caf\xc3\xa9 and a cut \xe2\x82", "utf-8", "café and a cut \ufffd"),
        (b"a\x00b\x07c\r\nd\re", "utf-8", "abc\nd\ne"),
        (b"YWJj", "base64", "YWJj"),
        (b"abc", "idna", "abc"),
    ],
    ids=range(22),
)  # fmt: skip
def test_charsets_that_lie(data: bytes, declared: str, text: str) -> None:
    assert decode_text(data, declared) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"=?utf-8?Q?Gr=C3=BC=C3=9Fe_aus?= =?utf-8?B?IEvDtmxu?=", "Grüße aus Köln"),
        (b"=?utf-8?B?w7w=?= und =?utf-8?B?w7w=?=", "ü und ü"),
        (b"=?utf-8?B?4oI=?=\r\n =?utf-8?B?rA==?=", "€"),
        (b"=?iso-8859-1*de?Q?=FC?=", "ü"),
        (b'"=?utf-8?Q?quoted?="', '"quoted"'),
        (b"Gr\xc3\xbc\xc3\x9fe", "Grüße"),
        (b"Gr\xfc\xdfe", "Grüße"),
        (b"=?utf-8?B?not base64!!?=", "\ufffd\ufffd-jzǺ"),
        (b"=?x-none?Q?caf=E9?=", "café"),
        (b"=?broken", "=?broken"),
        (b"=?utf-8?Q?a?b?=", "a?b"),
        (b"plain\r\n folded", "plain folded"),
    ],
    ids=range(12),
)  # fmt: skip
def test_headers(value: bytes, text: str) -> None:
    found = decode_header(value)
    assert found == text or (b"!!" in value and found)


def test_parameters_in_every_spelling() -> None:
    read = parameters(
        b'Text/Plain; CHARSET="utf-8"; name*0*=utf-8\'\'%e2%82%ac%20; name*1="rates"; '
        b'file=my file.txt; path="C:\\dir\\x.txt"; word==?utf-8?Q?=C3=BC?=; odd'
    )
    assert read[0] == "text/plain"
    assert read[1] == {
        "charset": "utf-8", "name": "€ rates", "file": "my file.txt", "path": r"C:\dir\x.txt", "word": "ü",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (b"Ann <ann@x.example>", [("Ann", "ann@x.example")]),
        (b"ann@x.example (Ann Example)", [("Ann Example", "ann@x.example")]),
        (b'"Example, Ann" <ann@x.example>, bob@x.example', [("Example, Ann", "ann@x.example"), ("", "bob@x.example")]),
        (b"=?utf-8?Q?Example=2C_=C3=84nn?= <ann@x.example>", [("Example, Änn", "ann@x.example")]),
        (b"Team: ann@x.example, Bob <bob@x.example>;", [("", "ann@x.example"), ("Bob", "bob@x.example")]),
        (b"undisclosed-recipients:;", []),
        (b"<ann@x.example>", [("", "ann@x.example")]),
        (b"Ann <mailto:ann@x.example>", [("Ann", "ann@x.example")]),
        (b"Ann", [("Ann", "")]),
        (b"", []),
        (b"J\xfcrgen <j@x.example>", [("Jürgen", "j@x.example")]),
        (b"Ann (comment (nested)) <ann@x.example>", [("Ann", "ann@x.example")]),
    ],
    ids=range(12),
)  # fmt: skip
def test_addresses(value: bytes, found: list[tuple[str, str]]) -> None:
    assert [(box.name, box.address) for box in mailboxes(value)] == found


def multipart(*parts: str, kind: str = "mixed", boundary: str = "b", end: str = "--b--\n") -> bytes:
    head = f"Content-Type: multipart/{kind}; boundary={boundary}\n\n"
    return (head + "".join(f"--{boundary}\n{part}\n" for part in parts) + end).encode()


def test_the_example_of_rfc_8621() -> None:
    """Section 4.1.4: which parts are text, html and attached."""
    related = "Content-Type: multipart/related; boundary=5\n\n--5\nContent-Type: text/html\n\nE\n--5\nContent-Type: image/jpeg\n\nF\n--5--"
    inner = "Content-Type: multipart/mixed; boundary=4\n\n--4\nContent-Type: text/plain\n\nB\n--4\nContent-Type: image/jpeg\nContent-Disposition: inline\n\nC\n--4\nContent-Type: text/plain\n\nD\n--4--"
    choice = (
        f"Content-Type: multipart/alternative; boundary=3\n\n--3\n{inner}\n--3\n{related}\n--3--"
    )
    mixed = f"Content-Type: multipart/mixed; boundary=2\n\n--2\n{choice}\n--2\nContent-Type: image/jpeg\nContent-Disposition: attachment\n\nG\n--2\nContent-Type: application/x-excel\n\nH\n--2\nContent-Type: message/rfc822\n\nSubject: J\n\nJ\n--2--"
    body = read_body(read_part(multipart("\nA", mixed, "\nK")))
    assert body.texts == ("A", "B", "D", "K")
    assert body.htmls == ("A", "E", "K") or body.htmls == ("E",)
    assert [file.content for file in body.attachments][1:4] == [b"F", b"G", b"H"]
    assert len(body.attachments) == 5


def test_what_breaks_off_is_shown_and_named() -> None:
    body = read_body(read_part(multipart("\nfirst", "\nsecond", end="")))
    assert body.texts == ("first", "second\n")
    assert [file.problem for file in body.attachments] == [BROKEN_OFF]


def test_a_boundary_that_never_comes_loses_no_words() -> None:
    body = read_body(read_part(b"Content-Type: multipart/mixed; boundary=zzz\n\nHello there\n"))
    assert body.texts == ("Hello there\n",)
    assert "told apart" in body.attachments[0].problem


def test_files_written_into_the_text() -> None:
    body = read_body(
        read_part(b"Content-Type: text/plain\n\nbefore\nbegin 644 a.txt\n#0V%T\n`\nend\nafter\n")
    )
    assert body.texts[0].split() == ["before", "after"]
    assert [(file.name, file.content) for file in body.attachments] == [("a.txt", b"Cat")]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"), ("C:\\x\\y.exe", "y.exe"), ("a\x00b\r\n.txt", "ab_.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"), ("con<>:|?*.txt", "con_.txt"), ("...", ""), ("x" * 300, "x" * 150),
    ],
)  # fmt: skip
def test_file_names_are_only_names(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_marks() -> None:
    signed = multipart("\nhello", "Content-Type: application/pgp-signature\n\nx", kind="signed")
    opaque = b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\n\nx"
    invite = multipart("\ncome", "Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR")
    found = [
        CHANNEL.parse(arrived(b"From: a@x.example\n" + raw))[0].extra
        for raw in (signed, opaque, invite)
    ]
    assert [extra["marks"] for extra in found] == [["signed"], ["encrypted"], ["calendar"]]


# ---- limits -------------------------------------------------------------------------------------


def nested(levels: int) -> bytes:
    return b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(levels)
    )


HOSTILE = {
    "10,000 parts": multipart(*["\nx"] * 10_000),
    "1,000 levels": nested(1000) + b"\nhello",
    "a header of 300,000 lines": b"X-A: b\n" * 300_000 + b"\nhello",
    "one header of 8 MB": b"Subject: " + b"x" * 8_000_000 + b"\n\nhello",
    "no end of line": b"x" * 5_000_000,
    "comments": b"From: " + b"(" * 200_000 + b"\n\nhello",
    "encoded words": b"Subject: " + b"=?utf-8?q?x?= " * 15_000 + b"\n\nhello",
    "half encoded words": b"Subject: " + b"=?utf-8?q?" * 20_000 + b"\n\nhello",
    "unended encoded words": b"Subject: " + b"=?a?q?x" * 30_000 + b"\n\nhello",
    "blank names": b"From: " + b'"' * 200_000 + b"\n\nhello",
    "bare ids": b"References: " + b"a" * 200_000 + b"\n\nhello",
    "separate quotations": b"\n" + b"> q\ntext\n" * 30_000,
    "separate quotations with an attribution": b"\n" + b"On 1 Jan 2020 at 10:00, A <a@b.c> wrote:\n> q\ntext\n" * 8_000,
    "nested quotations": b"Content-Type: text/html\n\n" + b"<blockquote type=cite>x" * 3_000,
    "references": b"References: " + b"<a@b> " * 40_000 + b"\n\nhello",
    "open tags": b"Content-Type: text/html\n\n" + b"<div>" * 100_000 + b"hello",
    "open quotations": b"Content-Type: text/html\n\n" + b"<blockquote>" * 20_000 + b"hello",
    "tags that never close": b"Content-Type: text/html\n\n" + b"<" * 500_000 + b"hello",
    "tables": b"Content-Type: text/html\n\n" + b"<table><tr><td>" * 2_000 + b"hello",
    "paragraphs": b"Content-Type: text/html\n\n" + b"<p>a" * 20_000,
    "quotation marks": b"\n" + b">" * 300_000 + b"\nhello",
    "boundaries of dashes": b"Content-Type: multipart/mixed; boundary=-\n\n" + b"---\n" * 300_000,
    "parameters": b"Content-Type: text/plain" + b"; a=b" * 40_000 + b"\n\nhello",
    "empty lines": b"hello" + b"\n" * 300_000 + b"x",
    "rows of blanks": b"\n" + (b"|" + b" " * 990 + b"x\n") * 500,
    "quoted by initials": b"\n" + b"2.3.2027 10:15 wrote:\nAH> q\n" * 15_000,
    "quoted by many initials": b"\n" + b"".join(
        b"2.3.2027 10:15 wrote:\n%c%c%c> q\n" % (65 + n % 26, 65 + n // 26 % 26, 65 + n // 676)
        for n in range(15_000)
    ),
    "uuencode": b"\n" + b"begin 644 x\n" * 20_000 + b"end\n",
}  # fmt: skip


@pytest.mark.timeout(60)
@pytest.mark.parametrize("about", HOSTILE)
def test_hostile_mail_is_read(about: str) -> None:
    """A hang is what fails here: each takes under two seconds on an idle machine."""
    (inbound,) = CHANNEL.parse(arrived(HOSTILE[about]))
    assert len(inbound.attachments) <= 101


def test_limits_are_named() -> None:
    limits = Limits(parts=5, depth=3)
    many = read_body(read_part(multipart(*["\nx"] * 9), limits))
    assert "more than 5 parts" in many.attachments[-1].problem
    deep = read_body(read_part(nested(9) + b"\nx", limits))
    assert "more than 3 levels" in deep.attachments[-1].problem


# ---- fuzz ---------------------------------------------------------------------------------------


def seeds() -> list[bytes]:
    found = []
    for path in RECORDINGS:
        arrival = json.loads(path.read_text())["arrival"]
        found.append("\r\n".join(arrival["body_lines"]).encode())
    return found


SPLICES = [
    b"\r\n\r\n", b"--", b'boundary="', b"=?utf-8?b?", b"\x00", b">" * 40, b"((" * 20, b"begin 644 x\n", b"\xff\xfe",
    b"Content-Type: multipart/mixed; boundary=a\n", b"<blockquote>" * 9, b"From: \xe9", b"\r", b"; x*0*=utf-8''%",
    b"Content-Transfer-Encoding: base64\n", b"charset=utf-7\n", b"\nOn 1.1.2020 10:00 a@b wrote:\n", b"\n-- \n",
]  # fmt: skip


def mutant(chance: random.Random, seeds: list[bytes]) -> bytes:
    raw = bytearray(chance.choice(seeds))
    for _ in range(chance.randint(1, 25)):
        at = chance.randrange(len(raw) + 1)
        match chance.randrange(5):
            case 0:
                raw[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del raw[at : at + chance.randint(1, 120)]
            case 2:
                start = chance.randrange(len(raw) + 1)
                raw[at:at] = raw[start : start + chance.randint(1, 300)]
            case 3:
                raw[at:at] = chance.choice(SPLICES)
            case 4:
                raw[at:at] = chance.randbytes(12)
    return bytes(raw)


MUTANTS = int(os.environ.get("THREADLINE_MUTANTS", "300"))


@pytest.mark.timeout(max(180, MUTANTS // 5))
def test_mutants_are_survived() -> None:
    """300 in the suite; THREADLINE_MUTANTS=5000 for the promised run (R26)."""
    chance, known = random.Random(2611), seeds()
    for _ in range(MUTANTS):
        raw = mutant(chance, known)
        try:
            inbounds = CHANNEL.parse(arrived(raw))
        except MalformedPayload:
            assert not raw.strip()
            continue
        for inbound in inbounds:
            json.dumps(inbound.extra)
            f"{inbound.text}{inbound.subject}{inbound.html}".encode()


@settings(max_examples=200, deadline=None)
@given(raw=st.binary(max_size=3000))
def test_any_bytes_are_survived(raw: bytes) -> None:
    mail = read_mail(raw)
    assert all("\x00" not in text for text in (*mail.body.texts, *mail.body.htmls, mail.subject))


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=300), charset=st.sampled_from(["utf-8", "utf-16", "utf-7", "gb18030"]))
def test_what_is_encoded_rightly_is_read_rightly(text: str, charset: str) -> None:
    try:
        data = text.encode(charset)
    except UnicodeError:
        return
    raw = b"Content-Type: text/plain; charset=" + charset.encode()
    raw += b"\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(data)
    wanted = decode_text(text.encode())
    assert read_mail(raw).body.texts[0].split() == wanted.split()


# ---- the labelled corpora -----------------------------------------------------------------------


def test_foreign_labels_of_whole_mails(shared_data: Path) -> None:
    found = evaluate_email_parse(shared_data / "mime-messages" / "labelled_dev.jsonl")
    assert (found["crashes"], found["over_time"]) == (0, 0)
    assert found["field_rate"] >= 0.97


def test_foreign_labels_of_replies(shared_data: Path) -> None:
    found = evaluate_email_replies(shared_data / "email-replies" / "labelled_dev.jsonl")
    assert (found["crashes"], found["over_time"]) == (0, 0)
    assert found["exact"] >= 0.95
    assert found["new_text_dropped"] <= 1  # one label asks for the quotation: docs/measured.md


def test_foreign_labels_of_signatures(shared_data: Path) -> None:
    found = evaluate_email_signatures(shared_data / "email-signatures" / "forge_dev.jsonl")
    assert found["f1"] >= 0.93


def test_foreign_corpora_are_survived(shared_data: Path) -> None:
    for name in ("flanker", "mime4j"):
        with (shared_data / "mime-messages" / f"{name}.jsonl").open() as stream:
            for line in stream:
                raw = base64.b64decode(json.loads(line)["raw_base64"])
                assert len(CHANNEL.parse(arrived(raw))) <= 1


def test_labels_may_be_written_in_several_ways(tmp_path: Path) -> None:
    raw = (
        b"From: Ann <a@x.example>\nTo: b@x.example, C <c@x.example>\nReferences: <1@x> <2@x>\n\nHi"
    )
    row = {
        "raw_base64": base64.b64encode(raw).decode(),
        "expected": {
            "from": "Ann <a@x.example>",
            "to": [{"name": None, "address": "b@x.example"}, "C <c@x.example>"],
            "references": "1@x 2@x",
            "attachments": [],
            "parts": 1,
            "text": " Hi\n",
        },
    }
    (tmp_path / "rows.jsonl").write_text(json.dumps(row))
    found = evaluate_email_parse(tmp_path / "rows.jsonl", verbose=True)
    assert found["differences"] == []


def test_an_evaluation_tells_a_crash_from_a_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "rows.jsonl"
    rows = [
        {"raw_base64": base64.b64encode(raw).decode(), "expected": {"subject": "a", "text": "c"}}
        for raw in (b"Subject: a\n\nb", b"Subject: crash\n\nb")
    ]
    file.write_text("\n".join(map(json.dumps, rows)))
    read = evaluate.read_mail

    def broken(raw: bytes) -> Mail:
        if b"crash" in raw:
            raise IndexError("no such part")
        return read(raw)

    # No mail is known that breaks the reading, so a broken one stands in.
    monkeypatch.setattr(evaluate, "read_mail", broken)
    found = evaluate_email_parse(file, verbose=True)
    assert (found["rows"], found["unusable"], found["crashes"]) == (2, 0, 1)
    assert found["field_rate"] == 0.25
    assert [entry["field"] for entry in found["differences"]] == ["text", ""]
    assert found["differences"][1]["found"] == "IndexError: no such part"


MAIL = base64.b64encode(b"Subject: a\n\nb").decode()


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("not json", "it is not JSON"),
        ("[1]", "it is not a JSON object"),
        ("\xff", "it is not JSON"),
        ('{"expected": {"subject": "a"}}', "raw_base64 is missing or not text"),
        ('{"raw_base64": 5}', "raw_base64 is missing or not text"),
        ('{"raw_base64": "%%%"}', "raw_base64 is not base64"),
        ('{"raw_base64": "' + MAIL[:5] + '"}', "raw_base64 is not base64"),
        (
            '{"raw_base64": "' + MAIL + '", "expected": ["a"]}',
            "expected is not an object of fields",
        ),
    ],
)
def test_what_is_no_mail_is_counted_apart(tmp_path: Path, row: str, why: str) -> None:
    file, good = tmp_path / "rows.jsonl", {"raw_base64": MAIL, "expected": {"subject": "a"}}
    file.write_text(f"{json.dumps(good)}\n\n{row}\n", encoding="latin-1")
    found = evaluate_email_parse(file, verbose=True)
    assert (found["rows"], found["unusable"], found["crashes"]) == (2, 1, 0)
    assert found["field_rate"] == 1.0
    assert [entry["found"] for entry in found["differences"]] == [f"row 3: {why}"]
    file.write_text(row, encoding="latin-1")
    with pytest.raises(ValueError, match=f"^no row can be used; row 1: {why}"):
        evaluate_email_parse(file)


def test_fields_that_no_mail_has_and_empty_ones(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    expected = {"colour": "red", "references": None, "html": None, "part_count": "1"}
    row = {
        "path": "odd.eml",
        "raw_base64": f"{MAIL[:8]}\n{MAIL[8:].rstrip('=')}",
        "expected": expected,
    }
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps(row).encode())
    found = evaluate_email_parse(file, verbose=True)
    assert (found["field_rate"], sorted(found["fields"])) == (
        1.0,
        ["html", "part_count", "references"],
    )
    assert [(one["row"], one["found"]) for one in found["differences"]] == [
        ("odd.eml", "mails have no field colour")
    ]
    row["raw_base64"] = ""
    file.write_text(json.dumps(row | {"expected": {"subject": ""}}))
    assert evaluate_email_parse(file)["field_rate"] == 1.0, "an empty mail is one"
    file.write_text("\n")
    assert evaluate_email_parse(file)["rows"] == 0


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"input": "No."}, "expected is missing or not text"),
        ({"input": "No.", "expected": None}, "expected is missing or not text"),
        ({"expected": "No."}, "input is missing or not text"),
        ({"input": ["No."], "expected": "No."}, "input is missing or not text"),
        ({"input": "No.", "expected": "No.", "format": "rtf"}, "format is neither txt nor html"),
    ],
)
def test_what_is_no_reply_is_counted_apart(
    tmp_path: Path, row: dict[str, object], why: str
) -> None:
    file = tmp_path / "rows.jsonl"
    good = [
        {"input": "Yes.", "expected": "Yes."},
        {"input": "<p>Yes.", "format": "HTML", "expected": "Yes."},
        {"input": "Yes\ud800.", "expected": "Yes\ud800."},
    ]
    file.write_text("\n".join(map(json.dumps, [*good, row])))
    found = evaluate_email_replies(file, verbose=True)
    assert (found["rows"], found["unusable"], found["exact"]) == (4, 1, 1.0)
    assert found["new_text_dropped"] == 0
    assert [entry["found"] for entry in found["differences"]] == [f"row 4: {why}"]
    file.write_text(json.dumps(row))
    with pytest.raises(ValueError, match=f"^no row can be used; row 1: {why}"):
        evaluate_email_replies(file)

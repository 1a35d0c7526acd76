"""Mails whose structure is odd say what they say all the same, and lose no file."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from channels.email import Email
from channels.email_parse import read_mail
from channels.evaluate import evaluate_email_parse
from tests.channels.email.mails_odd import MAILS, YENC
from tests.channels.email.provider import INBOX, arrived, email_settings


@pytest.mark.parametrize("name", MAILS)
def test_odd_mails_are_read(name: str, tmp_path: Path) -> None:
    raw, expected = MAILS[name]
    row = {"raw_base64": base64.b64encode(raw).decode(), "expected": expected}
    (tmp_path / "mail.jsonl").write_text(json.dumps(row) + "\n")
    result = evaluate_email_parse(tmp_path / "mail.jsonl", verbose=True)
    assert (result["crashes"], result["differences"]) == (0, [])
    if isinstance(files := expected.get("attachments"), list):
        assert [file.name for file in read_mail(raw).body.attachments] == files


def test_there_are_enough_of_them() -> None:
    assert len(MAILS) >= 109


def test_what_a_mac_notes_beside_a_file_is_no_file() -> None:
    (inbound,) = Email(INBOX, email_settings()).parse(arrived(MAILS["apple-double"][0]))
    assert [file.name for file in inbound.attachments] == ["lamp.jpg"]


def test_a_file_in_the_text_has_its_bytes_back() -> None:
    (file,) = read_mail(MAILS["yenc-in-text"][0]).body.attachments
    assert (file.content, file.media_type) == (YENC, "application/octet-stream")


def test_eight_bits_in_the_name_of_a_file_are_of_the_charset_that_the_mail_names() -> None:
    name = "订单.pdf".encode("gb18030")
    raw = (
        b"From: ann@post.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain; charset=gb2312\r\n\r\n" + "你好".encode("gb18030")
        + b'\r\n--b\r\nContent-Type: application/pdf; name="' + name
        + b'"\r\nContent-Disposition: attachment; filename="' + name + b'"\r\n\r\nx\r\n--b--\r\n'
    )  # fmt: skip
    (file,) = read_mail(raw).body.attachments
    assert file.name == "订单.pdf"


@pytest.mark.parametrize(
    "words", ["SGVsbG8gdGhlcmU=", "SGVsbG8g\r\ndGhlcmU=", "SGVs bG8gdGhlcmU=", "SGVsbG8gdGhlcmU"]
)
def test_base64_stays_base64(words: str) -> None:
    raw = f"From: ann@post.example\r\nContent-Transfer-Encoding: base64\r\n\r\n{words}\r\n"
    assert "Hello" in read_mail(raw.encode()).body.texts[0]

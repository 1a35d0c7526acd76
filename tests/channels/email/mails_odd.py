"""Mails whose structure is odd, each with what they say all the same. Made here, no mail of anybody's."""

from __future__ import annotations

import base64
import binascii
from typing import Any

ANN = {"name": "Ann Berg", "address": "ann@post.example"}
PLAIN = "Content-Type: text/plain; charset=utf-8\n"


def _b64(data: bytes | str) -> str:
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


def _mail(
    head: str = "", body: str = "Hello.\n", start: str = "From: Ann Berg <ann@post.example>\n"
) -> bytes:
    """A mail of CRLF lines. `head` ends its lines itself."""
    return f"{start}{head}\n{body}".replace("\n", "\r\n").encode("utf-8", "surrogateescape")


def _parts(*parts: str, kind: str = "mixed", more: str = "", ends: bool = True) -> bytes:
    inside = "".join(f"--b\n{part}\n" for part in parts)
    return _mail(
        f"MIME-Version: 1.0\nContent-Type: multipart/{kind}; boundary=b{more}\n",
        inside + ("--b--\n" if ends else ""),
    )


def _file(kind: str, name: str, data: str = "AAAA", how: str = "attachment") -> str:
    return f"Content-Type: {kind}\nContent-Disposition: {how}; filename={name}\nContent-Transfer-Encoding: base64\n\n{data}"


_UTF8 = "Größe prüfen".encode()
_JP = "注文番号の確認".encode("iso-2022-jp")
_SJIS = "注文の確認".encode("cp932")
_UU = (
    "begin 644 log.txt\n"
    + "".join(binascii.b2a_uu(line).decode() for line in [b"one line of it\n"])
    + "`\nend\n"
)
YENC = b"hello"
_YENC = (
    "=ybegin line=128 size=5 name=log.bin\n"
    + "".join(chr((sign + 42) % 256) for sign in YENC)
    + "\n=yend size=5\n"
)

MAILS: dict[str, tuple[bytes, dict[str, Any]]] = {
    # ---- encoded words
    "word-cut-in-a-character": (
        _mail(f"Subject: =?utf-8?B?{_b64(_UTF8[:3])}?=\n =?utf-8?B?{_b64(_UTF8[3:])}?=\n"),
        {"subject": "Größe prüfen", "from": [ANN], "text": "Hello."},
    ),
    "word-cut-with-q": (
        _mail("Subject: =?UTF-8?Q?Gr=C3?= =?utf-8?q?=B6=C3=9Fe?=\n"),
        {"subject": "Größe"},
    ),
    "word-cut-in-an-escape": (
        _mail(
            "Subject: =?gb18030?B?"
            + _b64("订单".encode("gb18030")[:3])
            + "?= =?gb18030?B?"
            + _b64("订单".encode("gb18030")[3:])
            + "?=\n"
        ),
        {"subject": "订单"},
    ),
    "word-of-iso-2022-jp": (
        _mail(f"Subject: =?ISO-2022-JP?B?{_b64(_JP)}?=\n"),
        {"subject": "注文番号の確認"},
    ),
    "word-with-a-language": (
        _mail("Subject: =?iso-8859-1*de?Q?Gr=F6=DFe?=\n"),
        {"subject": "Größe"},
    ),
    "word-with-spaces-inside": (
        _mail("Subject: =?utf-8?Q?Gr=C3=B6=C3=9Fe und Farbe?=\n"),
        {"subject": "Größe und Farbe"},
    ),
    "words-of-two-charsets": (
        _mail(
            "Subject: =?iso-8859-1?Q?Gr=F6=DFe?= =?koi8-r?B?"
            + _b64("размер".encode("koi8-r"))
            + "?=\n"
        ),
        {"subject": "Größeразмер"},
    ),
    "word-inside-quotes": (
        _mail('To: "=?utf-8?Q?J=C3=B6rg, Help?=" <help@acme.example>\n'),
        {"to": [{"name": "Jörg, Help", "address": "help@acme.example"}]},
    ),
    "word-without-an-end": (
        _mail("Subject: =?utf-8?Q?Gr=C3=B6=C3=9Fe\n"),
        {"subject": "=?utf-8?Q?Gr=C3=B6=C3=9Fe"},
    ),
    "word-between-plain-words": (
        _mail("Subject: Re: =?utf-8?Q?Gr=C3=B6=C3=9Fe?= of the lamp\n"),
        {"subject": "Re: Größe of the lamp"},
    ),
    "word-with-wrong-padding": (
        _mail("Subject: =?utf-8?B?" + _b64("Lampe!!").rstrip("=") + "?=\n"),
        {"subject": "Lampe!!"},
    ),
    # ---- eight bits in headers
    "latin-1-header": (
        b"From: J\xf6rg <joerg@post.example>\r\nSubject: Gr\xf6\xdfe pr\xfcfen\r\n\r\nHi\r\n",
        {"subject": "Größe prüfen", "from": [{"name": "Jörg", "address": "joerg@post.example"}]},
    ),
    "koi8-header-with-a-body-that-says-so": (
        b"From: Ann Berg <ann@post.example>\r\nSubject: "
        + "заказ номер восемь".encode("koi8-r")
        + b"\r\nContent-Type: text/plain; charset=koi8-r\r\n\r\n"
        + "Где заказ?".encode("koi8-r")
        + b"\r\n",
        {"subject": "заказ номер восемь", "text": "Где заказ?"},
    ),
    "gb18030-header-with-a-body-that-says-so": (
        b"From: Ann Berg <ann@post.example>\r\nSubject: "
        + "订单还没有到".encode("gb18030")
        + b"\r\nContent-Type: text/plain; charset=gb2312\r\n\r\n"
        + "订单呢？".encode("gb18030")
        + b"\r\n",
        {"subject": "订单还没有到", "text": "订单呢？"},
    ),
    "shift-jis-header-with-a-body-that-says-so": (
        b"From: Ann Berg <ann@post.example>\r\nSubject: "
        + _SJIS
        + b"\r\nContent-Type: text/plain; charset=Shift_JIS\r\n\r\n"
        + _SJIS
        + b"\r\n",
        {"subject": "注文の確認", "text": "注文の確認"},
    ),
    "windows-1251-name": (
        b"From: "
        + "Ирина".encode("cp1251")
        + b" <irina@pochta.example>\r\nSubject: x\r\nContent-Type: text/plain; charset=windows-1251\r\n\r\n"
        + "Да".encode("cp1251"),
        {"from": [{"name": "Ирина", "address": "irina@pochta.example"}], "text": "Да"},
    ),
    "utf-8-header": (_mail("Subject: Größe 大きさ\n"), {"subject": "Größe 大きさ"}),
    "utf-8-address": (
        _mail(start="From: Jörg <jörg@größe.example>\n"),
        {"from": [{"name": "Jörg", "address": "jörg@größe.example"}]},
    ),
    # ---- addresses
    "group": (
        _mail('To: Friends: ann@a.example, "Berg, Jo" <jo@b.example>;, x@c.example\n'),
        {
            "to": [
                {"name": "", "address": "ann@a.example"},
                {"name": "Berg, Jo", "address": "jo@b.example"},
                {"name": "", "address": "x@c.example"},
            ]
        },
    ),
    "empty-group": (_mail("To: undisclosed-recipients:;\n"), {"to": []}),
    "comments-in-address": (
        _mail(start="From: (the boss) ann@post.example (Ann (really) Berg)\n"),
        {"from": [{"name": "the boss Ann (really) Berg", "address": "ann@post.example"}]},
    ),
    "comment-behind-angle": (
        _mail(start="From: Ann Berg <ann@post.example> (Sales)\n"),
        {"from": [ANN]},
    ),
    "source-route": (
        _mail(start="From: Ann Berg <@relay.example,@mx.example:ann@post.example>\n"),
        {"from": [ANN]},
    ),
    "address-as-name": (
        _mail(start='From: "ann@post.example" <ann@post.example>\n'),
        {"from": [{"name": "ann@post.example", "address": "ann@post.example"}]},
    ),
    "semicolons-between": (
        _mail("To: ann@a.example; jo@b.example\n"),
        {"to": [{"name": "", "address": "ann@a.example"}, {"name": "", "address": "jo@b.example"}]},
    ),
    "escaped-quotes-in-name": (
        _mail(start='From: "Ann \\"The Lamp\\" Berg" <ann@post.example>\n'),
        {"from": [{"name": 'Ann "The Lamp" Berg', "address": "ann@post.example"}]},
    ),
    "name-without-quotes-and-with-comma": (
        _mail(start="From: Berg, Ann <ann@post.example>\n"),
        {"text": "Hello."},
    ),
    "folded-address-list": (
        _mail("To: Help\n <help@acme.example>,\n\tJo Park\n\t<jo@b.example>\n"),
        {
            "to": [
                {"name": "Help", "address": "help@acme.example"},
                {"name": "Jo Park", "address": "jo@b.example"},
            ]
        },
    ),
    # ---- file names
    "rfc2231-continued": (
        _parts(
            f"{PLAIN}\nHi",
            "Content-Type: application/pdf\nContent-Disposition: attachment; filename*0*=utf-8''Gr%C3%B6;\n filename*1*=%C3%9Fe; filename*2=\" 1.pdf\"\nContent-Transfer-Encoding: base64\n\nAAAA",
        ),
        {"text": "Hi", "attachments": ["Größe 1.pdf"]},
    ),
    "rfc2231-wrong-charset": (
        _parts(
            f"{PLAIN}\nHi",
            _file("application/pdf", "x").replace(
                "filename=x", "filename*=x-nonsense'de'Gr%C3%B6%C3%9Fe.pdf"
            ),
        ),
        {"attachments": ["Größe.pdf"]},
    ),
    "rfc2231-cut-in-a-character": (
        _parts(
            f"{PLAIN}\nHi",
            _file("application/pdf", "x").replace(
                "filename=x", "filename*1*=%B6.pdf; filename*0*=utf-8''Gr%C3"
            ),
        ),
        {"attachments": ["Grö.pdf"]},
    ),
    "rfc2231-and-plain": (
        _parts(
            f"{PLAIN}\nHi",
            _file("application/pdf", "x").replace(
                "filename=x", "filename=\"Gr__e.pdf\"; filename*=iso-8859-1''Gr%F6%DFe.pdf"
            ),
        ),
        {"attachments": ["Größe.pdf"]},
    ),
    "words-in-name": (
        _parts(
            f"{PLAIN}\nHi",
            _file(
                'application/pdf; name="=?utf-8?B?'
                + _b64("Größe")
                + "?=\n =?utf-8?B?"
                + _b64(".pdf")
                + '?="',
                '"=?utf-8?B?' + _b64("Größe") + "?= =?utf-8?B?" + _b64(".pdf") + '?="',
            ),
        ),
        {"attachments": ["Größe.pdf"]},
    ),
    "name-without-quotes-and-with-spaces": (
        _parts(f"{PLAIN}\nHi", _file("application/pdf", "my invoice 8841.pdf")),
        {"attachments": ["my invoice 8841.pdf"]},
    ),
    # ---- structure
    "three-mails-deep": (
        _parts(
            f"{PLAIN}\nSee below.",
            "Content-Type: message/rfc822\n\nSubject: one\nContent-Type: multipart/mixed; boundary=c\n\n--c\nContent-Type: message/rfc822\n\nSubject: two\nContent-Type: multipart/mixed; boundary=d\n\n--d\nContent-Type: message/rfc822\n\nSubject: three\n\nInnermost.\n--d--\n--c--",
        ),
        {"text": "See below.", "attachments": ["one.eml"]},
    ),
    "related-without-start": (
        _parts(
            "Content-Type: text/html\n\n<p>Hi <img src=cid:i></p>",
            "Content-Type: image/png\nContent-ID: <i>\nContent-Transfer-Encoding: base64\n\nAAAA",
            kind="related",
        ),
        {"html": "<p>Hi <img src=cid:i></p>", "attachments": 1},
    ),
    "related-with-the-picture-first": (
        _parts(
            "Content-Type: image/png\nContent-ID: <i>\nContent-Transfer-Encoding: base64\n\nAAAA",
            "Content-Type: text/html\nContent-ID: <root>\n\n<p>Hi</p>",
            kind="related",
            more='; start="<root>"; type="text/html"',
        ),
        {"html": "<p>Hi</p>", "attachments": 1},
    ),
    "related-with-the-picture-first-unnamed": (
        _parts(
            "Content-Type: image/png\nContent-ID: <i>\nContent-Transfer-Encoding: base64\n\nAAAA",
            "Content-Type: text/html\n\n<p>Hi</p>",
            kind="related",
        ),
        {"html": "<p>Hi</p>", "attachments": 1},
    ),
    "no-last-boundary": (
        _parts(
            f"{PLAIN}\nHi", "Content-Type: text/html\n\n<p>Hi</p>", kind="alternative", ends=False
        ),
        {"text": "Hi", "html": "<p>Hi</p>"},
    ),
    "boundary-without-a-name": (
        _mail(
            "MIME-Version: 1.0\nContent-Type: multipart/alternative\n",
            f"--b1\n{PLAIN}\nHi\n--b1\nContent-Type: text/html\n\n<p>Hi</p>\n--b1--\n",
        ),
        {"text": "Hi", "html": "<p>Hi</p>", "attachments": 0},
    ),
    "boundary-of-another-name": (
        _mail(
            "MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=zz\n",
            f"--b1\n{PLAIN}\nHi\n--b1\nContent-Type: text/html\n\n<p>Hi</p>\n--b1--\n",
        ),
        {"text": "Hi", "html": "<p>Hi</p>", "attachments": 0},
    ),
    "boundary-with-signs": (
        _mail(
            'MIME-Version: 1.0\nContent-Type: multipart/mixed;\n\tboundary="=_(a) b\'+,-./:=?"\n',
            f"--=_(a) b'+,-./:=?\n{PLAIN}\nHi\n--=_(a) b'+,-./:=?--\n",
        ),
        {"text": "Hi", "attachments": 0},
    ),
    "same-boundary-inside": (
        _parts(
            f"Content-Type: multipart/alternative; boundary=b\n\n--b\n{PLAIN}\nHi\n--b\nContent-Type: text/html\n\n<p>Hi</p>"
        ),
        {"text": "Hi"},
    ),
    "alternative-of-html-alone": (
        _parts("Content-Type: text/html; charset=utf-8\n\n<p>Größe</p>", kind="alternative"),
        {"html": "<p>Größe</p>"},
    ),
    "text-after-attachment": (
        _parts(f"{PLAIN}\nFirst.", _file("application/pdf", "x.pdf"), f"{PLAIN}\nLast."),
        {"text": "First.", "attachments": ["x.pdf"]},
    ),
    "empty-first-text": (
        _parts(f"{PLAIN}\n", _file("application/pdf", "x.pdf")),
        {"attachments": ["x.pdf"]},
    ),
    "apple-double": (
        _parts(
            f"{PLAIN}\nHi",
            "Content-Type: multipart/appledouble; boundary=c\n\n--c\nContent-Type: application/applefile\nContent-Transfer-Encoding: base64\n\nAAAA\n--c\n"
            + _file("image/jpeg", "lamp.jpg")
            + "\n--c--",
        ),
        {"text": "Hi", "attachments": ["part-1", "lamp.jpg"]},
    ),
    "report-of-read": (
        _parts(
            f"{PLAIN}\nRead.",
            "Content-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; ann@post.example\nDisposition: manual-action/MDN-sent-manually; displayed",
            kind="report",
            more="; report-type=disposition-notification",
        ),
        {"text": "Read.", "attachments": 1},
    ),
    "digest": (
        _parts("\nSubject: one\n\nFirst.", "\nSubject: two\n\nSecond.", kind="digest"),
        {"attachments": ["one.eml", "two.eml"]},
    ),
    "calendar-beside-words": (
        _parts(
            f"{PLAIN}\nSee you.",
            "Content-Type: text/html\n\n<p>See you.</p>",
            "Content-Type: text/calendar; method=REPLY; charset=utf-8\n\nBEGIN:VCALENDAR\nEND:VCALENDAR",
            kind="alternative",
        ),
        {"text": "See you.", "html": "<p>See you.</p>", "attachments": 1},
    ),
    # ---- encodings that lie
    "base64-that-is-text": (
        _mail(
            "Content-Transfer-Encoding: base64\n", "Hello, where is my parcel? It has not come.\n"
        ),
        {"text": "Hello, where is my parcel? It has not come."},
    ),
    "quoted-printable-that-is-text": (
        _mail("Content-Transfer-Encoding: quoted-printable\n", "2+2=4 and a=b; 100=%\n"),
        {"text": "2+2=4 and a=b; 100=%"},
    ),
    "eight-bit-that-is-base64-no": (
        _mail(
            "Content-Transfer-Encoding: 8bit\nContent-Type: text/plain; charset=us-ascii\n",
            "Größe\n",
        ),
        {"text": "Größe"},
    ),
    "encoding-with-a-comment": (
        _mail("Content-Transfer-Encoding: base64 (as ever)\n", _b64("Hello there") + "\n"),
        {"text": "Hello there"},
    ),
    "encoding-in-quotes": (
        _mail('Content-Transfer-Encoding: "quoted-printable"\n' + PLAIN, "Gr=C3=B6=C3=9Fe\n"),
        {"text": "Größe"},
    ),
    "encoding-misspelt": (
        _mail("Content-Transfer-Encoding: quoted/printable\n" + PLAIN, "Gr=C3=B6=C3=9Fe=\n!\n"),
        {"text": "Größe!"},
    ),
    "base64-on-one-multipart": (
        _mail(
            "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n",
            f"--b\n{PLAIN}\nHi\n--b--\n",
        ),
        {"text": "Hi", "attachments": 0},
    ),
    "base64-of-a-whole-multipart": (
        _mail(
            "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n",
            _b64(f"--b\n{PLAIN}\nHi\n--b--\n") + "\n",
        ),
        {"text": "Hi", "attachments": 0},
    ),
    "base64-with-a-footer": (
        _mail(
            "Content-Transfer-Encoding: base64\n" + PLAIN,
            _b64("Where is my parcel?\n") + "\n\n_______\nUsers mailing list\n",
        ),
        {"text": "Where is my parcel?"},
    ),
    "utf-16-body": (
        _mail(
            "Content-Type: text/plain; charset=utf-16\nContent-Transfer-Encoding: base64\n",
            _b64("Größe".encode("utf-16")) + "\n",
        ),
        {"text": "Größe"},
    ),
    "html-said-to-be-text": (
        _mail(
            "Content-Type: text/html; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n",
            "<p>Gr=F6=DFe</p>\n",
        ),
        {"html": "<p>Größe</p>"},
    ),
    # ---- files in text
    "uuencode-in-text": (
        _mail("", f"The log:\n{_UU}Thanks.\n"),
        {"text": "The log:\n\nThanks.", "attachments": ["log.txt"]},
    ),
    "yenc-in-text": (
        _mail("", "The file:\n").replace(
            b"\r\n\r\nThe file:\r\n",
            b"\r\n\r\nThe file:\r\n"
            + _YENC.replace("\n", "\r\n").encode("latin-1")
            + b"Thanks.\r\n",
        ),
        {"text": "The file:\n\nThanks.", "attachments": ["log.bin"]},
    ),
    # ---- headers twice, missing, broken
    "two-subjects": (_mail("Subject: first\nSubject: second\n"), {"subject": "first"}),
    "two-froms": (_mail("From: Eve <eve@evil.example>\n"), {"text": "Hello."}),
    "two-content-types": (
        _mail("Content-Type: text/plain\nContent-Type: text/html\n", "<p>Hi</p>\n"),
        {"html": "<p>Hi</p>"},
    ),
    "no-empty-line-before-the-body": (
        b"From: Ann Berg <ann@post.example>\r\nSubject: x\r\nWhere is my parcel?\r\n",
        {"subject": "x", "text": "Where is my parcel?"},
    ),
    "header-without-a-fold": (
        b"From: Ann Berg <ann@post.example>\r\nSubject: a long subject that goes\r\non here\r\nTo: help@acme.example\r\n\r\nHi\r\n",
        {"to": [{"name": "", "address": "help@acme.example"}], "text": "Hi"},
    ),
    "space-before-the-colon": (
        _mail("Subject : Lamp\nTo : help@acme.example\n"),
        {"subject": "Lamp", "to": [{"name": "", "address": "help@acme.example"}]},
    ),
    "from-line-of-a-mailbox": (
        b"From ann@post.example Wed Nov 18 14:03:11 2026\nFrom: Ann Berg <ann@post.example>\nSubject: x\n\nHi\n",
        {"from": [ANN], "subject": "x", "text": "Hi"},
    ),
    "lone-returns": (
        b"From: Ann Berg <ann@post.example>\rSubject: x\r\rHi\r",
        {"from": [ANN], "subject": "x", "text": "Hi"},
    ),
    "byte-order-mark-first": (
        b"\xef\xbb\xbfFrom: Ann Berg <ann@post.example>\r\nSubject: x\r\n\r\nHi\r\n",
        {"from": [ANN], "subject": "x", "text": "Hi"},
    ),
    "empty-lines-first": (
        b"\r\n\r\nFrom: Ann Berg <ann@post.example>\r\nSubject: x\r\n\r\nHi\r\n",
        {"from": [ANN], "subject": "x", "text": "Hi"},
    ),
    # ---- ids and dates
    "very-long-references": (
        _mail(
            "References: "
            + "\n ".join(f"<m{n}@post.example>" for n in range(90))
            + "\nIn-Reply-To: <m89@post.example>\n"
        ),
        {
            "references": [f"m{n}@post.example" for n in range(90)],
            "in_reply_to": ["m89@post.example"],
        },
    ),
    "references-with-commas": (
        _mail("References: <a@x.example>,<b@x.example>, c@x.example\n"),
        {"references": ["a@x.example", "b@x.example"]},
    ),
    "reply-to-with-words": (
        _mail('In-Reply-To: Your message of "Wed, 18 Nov 2026." <a@x.example>\n'),
        {"in_reply_to": ["a@x.example"]},
    ),
    "id-folded": (
        _mail("Message-ID:\n <a.very.long.one@x.example>\n"),
        {"message_id": "a.very.long.one@x.example"},
    ),
    "id-without-brackets": (_mail("Message-ID: one@x.example\n"), {"message_id": "one@x.example"}),
    "id-with-a-space": (
        _mail("Message-ID: <one two@x.example>\n"),
        {"message_id": "onetwo@x.example"},
    ),
    "date-with-a-comment": (
        _mail("Date: Wed, 18 Nov 2026 14:03:11 +0100 (CET)\n"),
        {"date": "2026-11-18T13:03:11+00:00"},
    ),
    "date-of-two-digits": (
        _mail("Date: 18 Nov 26 14:03 GMT\n"),
        {"date": "2026-11-18T14:03:00+00:00"},
    ),
    "date-without-a-zone": (
        _mail("Date: Wed, 18 Nov 2026 14:03:11\n"),
        {"date": "2026-11-18T14:03:11+00:00"},
    ),
    "date-with-dots": (
        _mail("Date: Wed, 18 Nov 2026 14.03.11 +0100\n"),
        {"date": "2026-11-18T13:03:11+00:00"},
    ),
    "date-as-iso": (
        _mail("Date: 2026-11-18T14:03:11+01:00\n"),
        {"date": "2026-11-18T13:03:11+00:00"},
    ),
    "date-with-a-named-month-abroad": (
        _mail("Date: Mi, 18 Nov 2026 14:03:11 +0100\n"),
        {"date": "2026-11-18T13:03:11+00:00"},
    ),
    "date-impossible": (_mail("Date: Wed, 31 Feb 2026 25:61:00 +9999\n"), {"date": ""}),
    "date-as-c-writes-it": (
        _mail("Date: Wed Nov 18 14:03:11 2026\n"),
        {"date": "2026-11-18T14:03:11+00:00"},
    ),
    # ---- charsets and types that are written wrongly or not at all
    "charset-in-the-page-alone": (
        b"From: Ann Berg <ann@post.example>\r\nContent-Type: text/html\r\n\r\n<html><head><meta charset=windows-1251></head><p>"
        + "Где заказ?".encode("cp1251")
        + b"</p></html>",
        {"html": "<html><head><meta charset=windows-1251></head><p>Где заказ?</p></html>"},
    ),
    "charset-in-the-page-as-http-equiv": (
        b"From: Ann Berg <ann@post.example>\r\nContent-Type: text/html\r\n\r\n<meta http-equiv='Content-Type' content='text/html; charset=gb2312'>"
        + "订单呢".encode("gb18030"),
        {"html": "<meta http-equiv='Content-Type' content='text/html; charset=gb2312'>订单呢"},
    ),
    "escapes-of-japanese-without-a-charset": (
        b"From: Ann Berg <ann@post.example>\r\nSubject: " + _JP + b"\r\n\r\n" + _JP + b"\r\n",
        {"subject": "注文番号の確認", "text": "注文番号の確認"},
    ),
    "charset-with-half-a-quote": (
        _mail('Content-Type: text/plain; charset="utf-8; format=flowed\n', "Größe\n"),
        {"text": "Größe"},
    ),
    "charset-in-single-quotes": (
        _mail(
            "Content-Type: text/plain; charset='iso-8859-1'\nContent-Transfer-Encoding: quoted-printable\n",
            "Gr=F6=DFe\n",
        ),
        {"text": "Größe"},
    ),
    "charset-without-a-semicolon": (
        _mail("Content-Type: text/html charset=utf-8\n", "<p>Größe</p>\n"),
        {"html": "<p>Größe</p>"},
    ),
    "charset-twice": (
        _mail(
            "Content-Type: text/plain; charset=iso-8859-1; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n",
            "Gr=F6=DFe\n",
        ),
        {"text": "Größe"},
    ),
    "charset-cp-850": (
        _mail(
            "Content-Type: text/plain; charset=cp-850\nContent-Transfer-Encoding: quoted-printable\n",
            "Gr=94=E1e\n",
        ),
        {"text": "Größe"},
    ),
    "charset-that-says-utf-16-and-is-none": (
        _mail("Content-Type: text/plain; charset=utf-16\n", "Hello there.\n"),
        {"text": "Hello there."},
    ),
    "type-in-capitals": (
        _mail("CONTENT-TYPE: TEXT/HTML; CHARSET=UTF-8\n", "<p>Größe</p>\n"),
        {"html": "<p>Größe</p>"},
    ),
    "type-of-one-word": (_mail("Content-Type: text\n", "Hello.\n"), {"text": "Hello."}),
    "soft-break-behind-a-space": (
        _mail(
            "Content-Transfer-Encoding: quoted-printable\n" + PLAIN, "one =  \ntwo=\nthree =c3=b6\n"
        ),
        {"text": "one twothree ö"},
    ),
    "byte-order-mark-in-the-body": (_mail(PLAIN, "\ufeffHello.\n"), {"text": "Hello."}),
    "name-with-an-empty-charset": (
        _parts(
            f"{PLAIN}\nHi",
            _file("application/pdf", "x").replace("filename=x", "filename*=''bill%201.pdf"),
        ),
        {"attachments": ["bill 1.pdf"]},
    ),
    "name-with-a-path": (
        _parts(f"{PLAIN}\nHi", _file("application/pdf", '"C:\\Users\\ann\\bill.pdf"')),
        {"attachments": ["bill.pdf"]},
    ),
    "mail-in-base64": (
        _parts(
            f"{PLAIN}\nHi",
            "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
            + _b64("Subject: inside\n\nHello.\n"),
        ),
        {"text": "Hi", "attachments": ["inside.eml"]},
    ),
    "text-that-is-shown-and-has-a-name": (
        _parts(
            f"{PLAIN}\nHi",
            "Content-Type: text/plain; name=notes.txt\nContent-Disposition: inline; filename=notes.txt\n\nNotes.",
        ),
        {"text": "Hi", "attachments": ["notes.txt"]},
    ),
    "part-without-an-empty-line": (
        _parts("Content-Type: text/plain; charset=utf-8\nHello."),
        {"text": "Hello."},
    ),
    "boundary-with-spaces-behind": (
        _mail(
            "MIME-Version: 1.0\nContent-Type: multipart/mixed; BOUNDARY=b\n",
            f"--b  \n{PLAIN}\nHi\n--b-- \t\n",
        ),
        {"text": "Hi", "attachments": 0},
    ),
    "words-before-the-first-boundary": (
        _mail(
            "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n",
            f"This is a multi-part message in MIME format.\n--b\n{PLAIN}\nHi\n--b--\nThe end.\n",
        ),
        {"text": "Hi", "attachments": 0},
    ),
    "two-tos": (
        _mail("To: ann@a.example\nTo: jo@b.example\n"),
        {"to": [{"name": "", "address": "ann@a.example"}, {"name": "", "address": "jo@b.example"}]},
    ),
    "signed-with-a-signature-part": (
        _parts(
            f"{PLAIN}\nHi",
            "Content-Type: application/pgp-signature; name=signature.asc\n\n-----BEGIN PGP SIGNATURE-----",
            kind="signed",
            more='; protocol="application/pgp-signature"',
        ),
        {"text": "Hi", "attachments": 1},
    ),
}

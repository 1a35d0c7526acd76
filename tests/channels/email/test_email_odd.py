"""Mails with signs in them that no column keeps, stored as they are read: each is there, once, and none is set aside."""

from __future__ import annotations

import pytest

from bot.receive import receive
from channels.email import Email
from store.models import InboxRow, Message
from tests.channels.email.provider import INBOX, arrived, email_settings
from tests.company import Company

CHANNEL = Email(INBOX, email_settings())
SIGNS = (b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"=?utf-8?b?AA==?=", b"=?utf-7?q?+2AE-?=", b"=?x-none?q?=00=FF?=", b"\xe2\x80\xae",
         b"=?utf-16?b?ANg=?=", b"=?utf-8?q?=ED=A0=80?=", b"\x1b[2J", b"9" * 3000, b"")  # fmt: skip
PLACES = ("From", "To", "Cc", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "List-Unsubscribe", "Content-Language")  # fmt: skip


def _mails() -> list[bytes]:
    found = []
    for sign in SIGNS:
        for place in PLACES:
            heads = {"From": b"Ann <ann@customers.example>", "To": b"support@acme.example", "Subject": b"hi", "Message-ID": b"<%d@x.example>" % len(found)}  # fmt: skip
            heads[place] = heads.get(place, b"<a@x.example>").replace(b">", sign + b">") + sign
            told = b"".join(b"%s: %s\r\n" % (name.encode(), value) for name, value in heads.items())
            found.append(told + b"\r\nhello\r\n")
        found.append(_with_file(sign, len(found)))
        found.append(
            b"From: ann@customers.example\r\nMessage-ID: <%d@x.example>\r\nContent-Type: text/html; charset=%s\r\n\r\n<p>hi %s</p>"
            % (len(found), sign or b"x", sign)
        )
    return found


def _with_file(sign: bytes, number: int) -> bytes:
    return (
        b"From: ann@customers.example\r\nMessage-ID: <%d@x.example>\r\nSubject: hi\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello %s\r\n--b\r\n"
        b'Content-Type: image/p%sng; name="a%s.png"\r\nContent-ID: <c%s@x>\r\n'
        b'Content-Disposition: attachment; filename="a%s.png"\r\n\r\nPNG\r\n--b--\r\n'
    ) % (number, sign, sign, sign, sign, sign)


def test_every_odd_mail_is_kept(company: Company) -> None:
    mails = _mails()
    for number, raw in enumerate(mails):
        inbounds = CHANNEL.parse(arrived(raw, uid=number + 1))
        receive(company.house, company.mail, inbounds)
    assert InboxRow.objects.filter(message__isnull=False).count() == Message.objects.count()
    assert Message.objects.count() >= len(mails) - len(SIGNS)


@pytest.mark.parametrize("sign", SIGNS)
def test_an_odd_mail_that_comes_twice_is_one(company: Company, sign: bytes) -> None:
    for _ in range(2):
        receive(company.house, company.mail, CHANNEL.parse(arrived(_with_file(sign, 1))))
    assert Message.objects.count() == 1

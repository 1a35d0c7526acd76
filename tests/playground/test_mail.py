"""The mail page: letters go to the product through its own door for mail, and what it sends lies in the mailbox; and the website page."""

from __future__ import annotations

import asyncio
import re
import smtplib
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from bot.deliver import deliver_some
from bot.fetch import keep_fetching
from channels.webchat_identity import read_identity
from core.message import Verified
from demo.playground.mail import ANN
from store.models import Address, Attachment, Conversation
from tests.fakes.post_office import PostOffice
from tests.playground.conftest import Play, until

Json = dict[str, Any]


@asynccontextmanager
async def listening(play: Play) -> AsyncIterator[None]:
    """A worker that holds the door for mail."""
    stopping = asyncio.Event()
    task = asyncio.create_task(keep_fetching(play.house, "test", stopping))
    try:
        await until(_open(play), bool)
        yield
    finally:
        stopping.set()
        await task


def _open(play: Play) -> Any:
    async def looked() -> bool:
        port = play.about["secrets"]["play-mail"]["listen_port"]
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return True
        return False

    return looked


async def provider(play: Play) -> smtplib.SMTP:
    """Where mail to customers is taken, once the playground runs."""
    assert (await play.view("mail"))["threads"] == []
    return smtplib.SMTP("127.0.0.1", play.about["secrets"]["play-mail"]["smtp_port"])


async def write(play: Play, text: str, thread: str = "", **more: Any) -> None:
    told = {"place": ANN, "thread": thread, "subject": "", "text": text, "files": [], **more}
    assert await play.do("mail", "write", **told) == 204


async def test_a_letter_and_its_answer_are_one_conversation(play: Play) -> None:
    run = play.house.database.run
    async with listening(play):
        photo = {"name": "lamp.png", "media_type": "image/png", "base64": _base64(b"\x89PNG lamp")}
        await write(play, "Where is my order?", subject="Order 7", files=[photo])
        (thread,) = (await play.view("mail"))["threads"]
        assert thread["subject"] == "Order 7"
        assert thread["letters"][0]["problem"] == ""
        assert await run(lambda: Address.objects.get().verified) == str(Verified.PROVEN)
        assert await run(lambda: Attachment.objects.get().media_type) == "image/png"
        await play.answer("It comes **tomorrow**.")
        (thread,) = (await play.view("mail"))["threads"]
        mine, theirs = thread["letters"]
        assert (mine["is_own"], theirs["is_own"]) == (True, False)
        assert "tomorrow" in theirs["text"]
        await write(play, "Thank you, and the next one?", thread["id"])
        assert await run(Conversation.objects.count) == 1
        texts = await run(play.company.texts, "customer")
        assert texts[-1] == "Thank you, and the next one?", "what it quotes is kept apart"
        (thread,) = (await play.view("mail"))["threads"]
        assert [one["is_own"] for one in thread["letters"]] == [True, False, True]
        assert "> It comes" in thread["letters"][-1]["text"]
        assert re.search(r"\+.+@fernhill\.example", thread["letters"][-1]["to"])


async def test_a_letter_waits_for_the_product(play: Play) -> None:
    await write(play, "Is anybody there?", subject="Hello")
    (thread,) = (await play.view("mail"))["threads"]
    assert thread["letters"][0]["problem"].startswith("nobody answers")
    async with listening(play):
        (thread,) = (await play.view("mail"))["threads"]
        assert thread["letters"][0]["problem"] == ""
        assert await play.house.database.run(play.company.texts, "customer") == [
            "Is anybody there?"
        ]


async def test_what_others_send_is_shown_and_runs_nothing(play: Play) -> None:
    letter = EmailMessage()
    letter["From"], letter["To"] = "Fernhill <help@fernhill.example>", ANN
    letter["Subject"], letter["Message-ID"] = "News", "<news@fernhill.example>"
    letter.set_content("Plain words")
    rich = "<p>Rich</p><script>alert(1)</script><img src='cid:logo'><img src='https://x.example/a'>"
    letter.add_alternative(rich, subtype="html")
    letter.get_payload()[1].add_related(b"GIF89a", "image", "gif", cid="<logo>")  # type: ignore[union-attr, index]
    letter.add_attachment(b"%PDF", "application", "pdf", filename="bill.pdf")
    with await provider(play) as smtp:
        smtp.send_message(letter)
    (thread,) = (await play.view("mail"))["threads"]
    (told,) = thread["letters"]
    assert (told["text"], told["is_rich"]) == ("Plain words", True)
    ((name, ref),) = told["files"]
    async with httpx2.AsyncClient(base_url=play.url) as client:
        shown = await client.get(f"/play/mail/letter/{told['id']}")
        policy = shown.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "sandbox allow-same-origin" in policy
        assert "script" not in policy
        assert "img-src data:" in policy
        assert "data:image/gif;base64," in shown.text
        file = await client.get(f"/play/mail/file/{ref}")
        assert (name, file.content) == ("bill.pdf", b"%PDF")
        assert file.headers["content-disposition"].startswith("attachment")
        assert (await client.get("/play/mail/letter/99")).status_code == 404
        assert (await client.get("/play/sms/letter/1")).status_code == 404
        icon = await client.get("/favicon.ico")
        assert icon.headers["content-type"] == "image/svg+xml"


async def test_everybody_has_a_mailbox(play: Play) -> None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "help@fernhill.example", "bo@b.example", "Hi"
    letter.set_content("For Bo")
    with await provider(play) as smtp:
        smtp.send_message(letter)
    assert (await play.view("mail"))["places"] == [ANN, "bo@b.example"]
    (thread,) = (await play.view("mail", "bo@b.example"))["threads"]
    assert thread["letters"][0]["text"] == "For Bo"


@pytest.mark.parametrize(
    ("sender", "recipient", "code"),
    [("help@fernhill.example", "x@nobody.invalid", 550), ("", ANN, 550)],
)
async def test_the_provider_refuses(play: Play, sender: str, recipient: str, code: int) -> None:
    raw = (f"From: {sender}\r\n" if sender else "") + "Subject: x\r\n\r\nx\r\n"
    smtp = await provider(play)
    with smtp, pytest.raises((smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)) as refused:
        smtp.sendmail(sender, [recipient], raw.encode())
    error = refused.value
    told = getattr(error, "recipients", {}).get(recipient, (0, b""))[0]
    assert (told or getattr(error, "smtp_code", 0)) == code
    assert (await play.view("mail"))["threads"] == []


def test_a_refused_letter_says_why_and_is_not_brought_again() -> None:
    office = PostOffice(("127.0.0.1", 0), ("127.0.0.1", 1))
    letter = office._keep(ANN, True, b"From: a@b.example\r\nTo: c@d.example\r\n\r\n")
    office._failed(letter, 550, b"5.1.1 no such address here")
    assert (letter.problem, letter.waits) == ("550 5.1.1 no such address here", False)
    office._failed(letter, 451, b"later")
    assert letter.waits


async def test_the_website_signs_who_ann_is(play: Play) -> None:
    async with httpx2.AsyncClient(base_url=play.url) as client:
        page = await client.get("/play/website")
    product = play.about["product"]
    assert f"script-src 'self' {product}" in page.headers["content-security-policy"]
    word = re.search(r'identity="([^"]+)"', page.text)
    assert word
    secret = play.about["secrets"]["website-play"]["identity_secret"]
    found = read_identity(word[1], (SecretStr(secret),), "website-play", datetime.now(UTC))
    assert (found.account, found.email) == ("ann-1", ANN)
    assert play.url in play.about["secrets"]["website-play"]["allowed_origins"]


async def test_a_reply_of_the_product_reaches_the_mailbox_once(play: Play) -> None:
    async with listening(play):
        await write(play, "Hello?", subject="Hello")
        await play.answer("Good day.")
        await deliver_some(play.house, "test", 10)
        (thread,) = (await play.view("mail"))["threads"]
        assert len(thread["letters"]) == 2


def _base64(content: bytes) -> str:
    return b64encode(content).decode()

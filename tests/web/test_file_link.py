"""The link to a colleague's file: signed, of what was sent to customers alone, good for thirty days, never a page of ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from bot import desk
from bot.file_links import link_to
from bot.links import token_of
from bot.replying import kept
from core.message import AddressKind, Attached, Sender, Verified
from store.bodies import open_body
from store.models import Address, Attachment, Message
from store.provider_files import files_of, name_files
from store.receiving import attach
from tests.web.desk.conftest import desk_company
from tests.web.seed import Company, hands_over, mails

__all__ = ["desk_company"]
MAYA = Sender(AddressKind.EMAIL, "maya@example.org", Verified.PROVEN, "Maya")
PAPER = Attached("Rechnung März.pdf", "application/pdf", b"%PDF-1.7 paper")


def sent(company: Company, file: Attached, author: str = "agent", kind: str = "message") -> str:
    """The path of the link to a file of a message by this author."""
    house = company.house
    mails(company, MAYA, "Papers", "I need the papers")
    number = hands_over(company)
    desk.take(house, company.users["amira"], number)
    desk.reply(house, company.users["amira"], number, "Here they are.")
    message = Message.objects.select_related("address").get(author="agent")
    attach(house.vault, message.address, message, kept(house, (file,)))
    Message.objects.filter(id=message.id).update(author=author, kind=kind)
    (filed,) = files_of(house.vault, message)
    link = link_to(house, filed)
    assert link.startswith(house.settings.public_url)
    return link.removeprefix(house.settings.public_url)


def test_the_files_of_a_message_keep_the_order_in_which_they_were_written(
    desk_company: Company,
) -> None:
    house = desk_company.house
    mails(desk_company, MAYA, "Papers", "I need the papers")
    message = Message.objects.select_related("address").get()
    names = [f"page {number}.pdf" for number in range(1, 10)]
    files = tuple(Attached(name, "application/pdf", name.encode()) for name in names)
    attach(house.vault, message.address, message, kept(house, files))
    assert [one.name for one in files_of(house.vault, message)] == names
    name_files(house.vault, message)
    told = open_body(house.vault, message).extra["files"]
    assert [one["name"] for one in told] == names


def test_whoever_has_the_link_gets_the_file_and_no_page(desk_company: Company) -> None:
    path = sent(desk_company, PAPER)
    got = Client().get(path)
    assert (got.status_code, got.content) == (200, PAPER.content)
    assert got["Content-Type"] == "application/pdf"
    assert got["Content-Disposition"] == "attachment; filename*=utf-8''Rechnung%20M%C3%A4rz.pdf"
    assert "sandbox" in got["Content-Security-Policy"]
    assert got["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in got["Cache-Control"]
    assert got.cookies == {}
    assert Client().head(path).status_code == 200
    assert Client().post(path).status_code == 405


@pytest.mark.parametrize(
    "kind", ["text/html", "image/svg+xml", "text/javascript", "application/xhtml+xml", "a\r\nb: c"]
)
def test_what_a_browser_would_run_is_just_bytes(desk_company: Company, kind: str) -> None:
    path = sent(desk_company, Attached("page", kind, b"<script>alert(1)</script>"))
    assert Client().get(path)["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize(
    "alter",
    [
        lambda path: path[:-1] + ("A" if path[-1] != "A" else "Q"),
        lambda path: path[:-20],
        lambda path: path + "0",
        lambda path: f"/files/AAAA{path[11:]}",
        lambda path: "/files/x",
    ],
)
def test_an_altered_link_to_a_file_opens_nothing(
    desk_company: Company, alter: Callable[[str], str]
) -> None:
    path = sent(desk_company, PAPER)
    assert Client().get(alter(path)).status_code == 404
    assert Client().get(path).status_code == 200


def test_the_link_of_another_purpose_opens_nothing(desk_company: Company) -> None:
    sent(desk_company, PAPER)
    vault, file = desk_company.house.vault, Attachment.objects.get().id
    assert Client().get(f"/files/{token_of(vault, 'survey', file)}").status_code == 404


@pytest.mark.parametrize(("author", "kind"), [("customer", "message"), ("agent", "note")])
def test_nothing_but_what_customers_were_sent_has_a_link(
    desk_company: Company, author: str, kind: str
) -> None:
    assert Client().get(sent(desk_company, PAPER, author, kind)).status_code == 404


def test_after_thirty_days_and_after_erasure_it_is_gone(desk_company: Company) -> None:
    company: Any = desk_company
    path = sent(company, PAPER)
    company.clock.advance(days=29)
    assert Client().get(path).status_code == 200
    company.clock.advance(days=2)
    assert Client().get(path).status_code == 404
    company.clock.advance(days=-2)
    Address.objects.update(key_wrapped=None)
    assert Client().get(path).status_code == 404

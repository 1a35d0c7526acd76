"""What customers send is hostile: markup is text, files are downloads, mail is cleaned and boxed."""

from __future__ import annotations

import re

import pytest

from core.message import AddressKind, Attached, Sender, Verified
from store.models import Attachment, Message
from tests.web.desk.conftest import Day
from tests.web.seed import Company, hands_over, mails, says, visitor
from web.desk.files import clean
from web.desk.templatetags.desk import safe_link

PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "</textarea><script>alert(1)</script>",
    "{{ settings.SECRET_KEY }}{% debug %}",
    "' onmouseover='alert(1)",
)


def test_markup_in_any_field_is_shown_as_text(desk_company: Company) -> None:
    text = "\n".join(PAYLOADS)
    sender = Sender(AddressKind.EMAIL, "a@b.example", Verified.NO, PAYLOADS[0])
    files = (Attached(f"{PAYLOADS[1]}.txt", "text/<b>plain</b>", b"x"),)
    mails(desk_company, sender, PAYLOADS[2], text, quoted=PAYLOADS[0], attachments=files)
    number = hands_over(desk_company, why=(PAYLOADS[0],), contact=PAYLOADS[2], reason=PAYLOADS[1])
    day = Day(desk_company, {"bad": number})
    client = day.client("ruth")
    for page in (client.get(day.path("bad")), client.get("/desk/view/all/")):
        html = page.content.decode()
        assert "alert(1)" in html
        assert not re.search(r"<(script|img|svg)[^>]*(alert|onerror|onload)", html)
        assert "<script>alert" not in html
        assert "onmouseover='alert" not in html
        assert "{{ settings" in html or "bad" not in page.request["PATH_INFO"]
        assert "unsafe" not in page["Content-Security-Policy"]


def test_a_file_is_only_ever_a_download(day: Day) -> None:
    file = Attachment.objects.order_by("size")[0]
    number = day.made["maya"]
    got = day.client("amira").get(f"/desk/tickets/{number}/files/{file.id}/")
    assert got.content == b"\x89PNG picture"
    assert got["Content-Type"] == "application/octet-stream"
    assert got["Content-Disposition"].startswith("attachment;")
    assert "screenshot.png" in got["Content-Disposition"]
    assert got["Content-Security-Policy"].startswith("sandbox;")
    assert got["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"ID3\x04", "audio/mpeg"),
        (b"\xff\xfb\x90\x00", "audio/mpeg"),
        (b"OggS\x00", "audio/ogg"),
        (b"<html><script>alert(1)</script>", "application/octet-stream"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "application/octet-stream"),
        (b"\xff\xd8\xff", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_only_sound_has_a_type_and_its_bytes_say_which(
    desk_company: Company, content: bytes, kind: str
) -> None:
    sender = Sender(AddressKind.EMAIL, "a@b.example", Verified.NO, "A")
    files = (Attached("heard.mp3", "audio/mpeg", content),)
    mails(desk_company, sender, "Sound", "Listen.", attachments=files)
    day = Day(desk_company, {"noise": hands_over(desk_company)})
    client, number, file = day.client("ruth"), day.made["noise"], Attachment.objects.get()
    got = client.get(f"/desk/tickets/{number}/files/{file.id}/")
    assert (got["Content-Type"], got["X-Content-Type-Options"]) == (kind, "nosniff")
    assert got["Content-Disposition"].startswith("attachment;")
    assert got["Content-Security-Policy"].startswith("sandbox;")
    assert "<audio controls" in client.get(day.path("noise")).content.decode()


def test_the_pictures_a_mail_carries_are_shown_and_nothing_else_is(desk_company: Company) -> None:
    sender = Sender(AddressKind.EMAIL, "a@b.example", Verified.NO, "A")
    html = (
        '<p>See <img src="cid:Logo@x"> <img src="cid:page@x"> <img src="cid:none@x">'
        '<img src="https://tracker.example/x.png"> <a href="cid:logo@x">here</a></p>'
    )
    files = (
        Attached("logo.png", "image/png", b"\x89PNG", inline=True, content_id="logo@x"),
        Attached("page.svg", "image/svg+xml", b"<svg/>", inline=True, content_id="page@x"),
    )
    mails(desk_company, sender, "Pictures", "See", html=html, attachments=files, extra=SIGNED)
    number = hands_over(desk_company)
    client = Day(desk_company, {}).client("ruth")
    message = Message.objects.filter(author="customer").latest("accepted_at")
    page = client.get(f"/desk/tickets/{number}/original/{message.id}/")
    shown = page.content.decode()
    assert shown.count("<img src") == 1
    assert 'src="data:image/png;base64,iVBORw=="' in shown
    assert "tracker" not in shown
    assert "cid:" not in shown
    thread = client.get(f"/desk/tickets/{number}/").content.decode()
    assert '<span class="tag">signed (not verified)</span>' in thread
    assert "mailing list" in thread


SIGNED = {"marks": ["signed"], "list_unsubscribe": "<mailto:off@list.example>"}


def test_a_quiet_ticket_says_why_nobody_was_answered(desk_company: Company) -> None:
    sender = Sender(AddressKind.EMAIL, "a@b.example", Verified.NO, "A")
    mails(desk_company, sender, "Order", "Where?", extra={"for_people": "list"})
    number = hands_over(desk_company, reason="list")
    page = Day(desk_company, {}).client("ruth").get(f"/desk/tickets/{number}/").content.decode()
    assert "It came through a mailing list: nothing was answered by machine." in page
    assert '<span class="tag">mailing list</span>' in page


CARD = "4111 1111 1111 1111"


def _titles(company: Company, number: int) -> tuple[str, str]:
    """What the ticket is called at its head and in the list, in a language of the reader's."""
    client = Day(company, {}).client("ruth")
    page = client.get(f"/desk/tickets/{number}/?view=all", headers={"accept-language": "en"})
    text = page.content.decode()
    head = re.search(r'<h2 id="subject"[^>]*><span class="number">#\d+</span> ([^<]*)</h2>', text)
    row = re.search(r"</bdi></span>([^<]*)</span>", text.split('class="row-subject"')[1])
    assert head is not None
    assert row is not None
    assert "4111 1111" not in text
    assert "4111111111111111" not in text
    return head[1], row[1]


def test_a_card_number_alone_is_called_what_it_is(desk_company: Company) -> None:
    chat = visitor(desk_company, "Ann")
    says(desk_company, chat, f"{CARD} 12/27")
    called = "A card number and nothing else: 411111******1111 12/27"
    assert _titles(desk_company, hands_over(desk_company)) == (called, called)


def test_words_beside_a_card_number_say_more(desk_company: Company) -> None:
    chat = visitor(desk_company, "Ann")
    says(desk_company, chat, f"{CARD} cvv 123")
    says(desk_company, chat, "charged twice")
    assert _titles(desk_company, hands_over(desk_company)) == ("charged twice", "charged twice")


def test_a_card_number_in_the_subject_gives_way_to_the_words(desk_company: Company) -> None:
    sender = Sender(AddressKind.EMAIL, "a@b.example", Verified.NO, "A")
    mails(desk_company, sender, CARD, "This was charged twice.")
    number = hands_over(desk_company)
    assert _titles(desk_company, number) == ("This was charged twice.", "This was charged twice.")


def test_a_sentence_with_a_card_number_is_a_title(desk_company: Company) -> None:
    sender = Sender(AddressKind.EMAIL, "a@b.example", Verified.NO, "A")
    mails(desk_company, sender, f"My card {CARD} was charged twice", "See above.")
    called = "My card 411111******1111 was charged twice"
    assert _titles(desk_company, hands_over(desk_company)) == (called, called)


def test_a_file_name_cannot_add_headers(desk_company: Company) -> None:
    sender = Sender(AddressKind.EMAIL, "a@b.example", Verified.NO, "A")
    name = 'a"; filename="evil.html\r\nSet-Cookie: x=1'
    mails(desk_company, sender, "File", "See the file.", attachments=(Attached(name, "a/b", b"x"),))
    number = hands_over(desk_company)
    file = Attachment.objects.get()
    got = Day(desk_company, {}).client("ruth").get(f"/desk/tickets/{number}/files/{file.id}/")
    assert got["Content-Disposition"].count('filename="') == 1
    assert "\n" not in got["Content-Disposition"]
    assert "Set-Cookie" not in got.headers


def test_the_original_of_a_mail_is_cleaned_and_fetches_nothing_unasked(day: Day) -> None:
    message = Message.objects.filter(conversation__ticket__number=day.made["maya"]).order_by("seq")
    path = f"/desk/tickets/{day.made['maya']}/original/{message[0].id}/"
    client = day.client("amira")
    shown = client.get(path)
    assert b"<b>charged twice</b>" in shown.content
    assert b"script" not in shown.content
    policy = shown["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-popups")
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert "img-src data:;" in policy
    assert b"tracker.example" not in shown.content
    asked = client.get(f"{path}?images=1")
    assert "https:" in asked["Content-Security-Policy"]
    assert b"tracker.example" in asked.content
    note = Message.objects.filter(kind=Message.Kind.NOTE)[0]
    assert client.get(path.replace(str(message[0].id), str(note.id))).status_code == 404


def test_cleaning_leaves_nothing_that_acts() -> None:
    dirty = (
        '<style>*{}</style><form action="//x"><input></form><iframe src="//x"></iframe>'
        '<a href="javascript:alert(1)">a</a><a href="data:text/html,x">b</a>'
        '<img src="data:text/html,x" onerror="x"><p style="position:fixed">c</p><base href="//x">'
    )
    cleaned = clean(dirty)
    for gone in ("style", "form", "input", "iframe", "javascript", "data:", "onerror", "base"):
        assert gone not in cleaned, gone
    assert cleaned.count('target="_blank"') == 2
    assert cleaned.endswith("b</a><img><p>c</p>")


def test_only_real_links_become_links() -> None:
    for kept in ("https://a.example/x", "/help/refunds#x", "mailto:a@b.example"):
        assert safe_link(kept) == kept
    for dropped in ("javascript:alert(1)", "//evil.example", "data:text/html,x", "vbscript:x", ""):
        assert safe_link(dropped) == ""

"""Files at the desk's side conversations: limits are told at the form, what was sent is a download of who sees the ticket."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile

from store.models import Aside, AsideMessage, Attachment
from tests.web.beside import SUPPLIER
from tests.web.desk.conftest import Day

CONTENT = b"%PDF-1.4 the seal"
ASKED = {"inbox": "mail", "to": SUPPLIER, "subject": "Seal S-9", "text": "Do you have it?"}


def _file(content: bytes = CONTENT) -> SimpleUploadedFile:
    return SimpleUploadedFile("seal.pdf", content, "application/pdf")


def test_limits_are_told_before_anything_is_sent(day: Day) -> None:
    form = day.client("amira").get(day.path("maya", "asides/form")).content.decode()
    assert "At most 10 files, together 15.0 MB." in form
    assert 'type="file" name="files" multiple' in form
    assert "The customer does not get them." in form


def test_files_are_sent_beside_the_ticket_and_opened_there(day: Day) -> None:
    client = day.client("amira")
    client.post(day.path("maya", "asides"), {**ASKED, "files": [_file()]})
    aside = Aside.objects.get()
    say = day.path("maya", f"asides/{aside.id}/say")
    assert client.post(say, {"text": "And one more", "files": [_file()]}).status_code == 200
    page = client.get(day.path("maya")).content.decode()
    assert page.count(">seal.pdf</a>") == 2
    assert "At most 10 files, together 15.0 MB." in page
    for said in AsideMessage.objects.all():
        path = day.path("maya", f"asides/{aside.id}/files/{said.id}/0")
        answer = client.get(path)
        assert answer.content == CONTENT
        assert answer["Content-Disposition"].startswith("attachment;")
        assert day.client("wei").get(path).status_code == 404
    assert not Attachment.objects.filter(size=len(CONTENT)).exists()


def test_too_many_are_refused_in_words(day: Day) -> None:
    sent = {**ASKED, "files": [_file() for _ in range(11)]}
    answer = day.client("amira").post(day.path("maya", "asides"), sent)
    assert answer.status_code == 400
    assert "at most 10 files" in answer.content.decode()
    assert not Aside.objects.exists()

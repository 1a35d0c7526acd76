"""What is done to a message comes before it, twice, or in the wrong order; and what one call brings together belongs together."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.receive import AHEAD, FIRST, receive
from core.message import Attached, Inbound
from store.models import Conversation, Job, Message
from store.provider_files import files_of
from store.receiving import Accepted
from tests.company import NOON, Company, Writer
from tests.store.test_revising import edited, kinds, withdrawn


def brought(company: Company, *inbounds: Inbound) -> list[Accepted]:
    return receive(company.house, company.mail, inbounds)


def test_an_edit_that_comes_first_is_the_message(company: Company) -> None:
    before = Writer().mail("Where is order 41?")
    after = replace(edited(before, "Where is order 42?"), opens=True)
    (accepted,) = brought(company, after)
    assert accepted.wants_turn
    (late,) = brought(company, before)
    assert late.is_duplicate
    assert not late.is_conflict
    assert late.message == accepted.message
    assert company.texts("customer") == ["Where is order 42?"]
    (again,) = brought(company, edited(before, "Where is order 43?", "2"))
    assert again.message == accepted.message
    assert company.texts("customer") == ["Where is order 43?"]


def test_what_was_taken_back_before_it_came_is_never_read(company: Company) -> None:
    before = Writer().mail("Forget it: my pin is 1234")
    assert brought(company, withdrawn(before)) == []
    assert brought(company, replace(edited(before, "my pin is 9999"), opens=True)) == []
    (late,) = brought(company, before)
    assert late.is_duplicate
    assert not Message.objects.exists()
    assert not Conversation.objects.exists()


def test_people_among_themselves_stay_so_when_they_edit(company: Company) -> None:
    before = Writer().mail("said to somebody else")
    assert brought(company, edited(before, "said better")) == []
    (late,) = brought(company, before)
    assert not late.is_duplicate


def test_older_words_do_not_replace_newer_ones(company: Company) -> None:
    before = Writer().mail("one")
    second, third = edited(before, "two", "1"), edited(before, "three", "2")
    moments = (NOON - timedelta(seconds=at) for at in (30, 20, 10))
    first, second, third = (
        replace(one, at=at) for one, at in zip((before, second, third), moments, strict=True)
    )
    brought(company, first)
    brought(company, third)
    brought(company, second)
    assert company.texts("customer") == ["three"]
    assert kinds().count("message_edited") == 1


def test_what_was_taken_back_does_not_come_back(company: Company) -> None:
    before = Writer().mail("my pin is 1234")
    brought(company, before)
    brought(company, withdrawn(before))
    brought(company, edited(before, "my pin is 9999"))
    assert company.texts("customer") == [""]


def test_one_call_may_say_a_thing_and_change_it(company: Company) -> None:
    before = Writer().mail("Where is order 41?")
    said, changed = brought(company, before, edited(before, "Where is order 42?"))
    assert said.message == changed.message
    assert company.texts("customer") == ["Where is order 42?"]


def test_a_file_is_fetched_whatever_else_the_call_brings(company: Company) -> None:
    picture = Attached("photo.jpg", "image/jpeg", b"", problem="not yet", reference="media:1")
    writer = Writer()
    dropped = replace(writer.mail("nobody's"), opens=False, thread_keys=())
    brought(company, dropped, writer.mail("look", attachments=(picture,)))
    (job,) = Job.objects.filter(kind="fetch_files")
    assert job.payload["files"] == {"photo.jpg": "media:1"}


@pytest.mark.parametrize(
    "told",
    [
        "2099-01-01T00:00:00+00:00",
        "1970-01-01T00:00:00+00:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
    ],
)
def test_a_clock_that_is_wrong_is_not_believed(company: Company, told: str) -> None:
    brought(company, Writer().mail("hello", at=datetime.fromisoformat(told)))
    assert Message.objects.get().sent_at == company.house.clock()


@pytest.mark.parametrize("told", [FIRST, NOON + AHEAD])
def test_a_clock_that_is_late_or_a_little_ahead_is_believed(
    company: Company, told: datetime
) -> None:
    brought(company, Writer().mail("hello", at=told))
    assert Message.objects.get().sent_at == told


def test_a_file_of_any_name_and_kind_is_kept(company: Company) -> None:
    """A database refuses some signs in plain text; a mail or a call may bring them all the same."""
    odd = Attached(
        "a\x00b\ud800.pdf", "x/\x00y", b"", False, "c\x00\udcff", "kept: \x00", "media:\x00"
    )
    brought(company, replace(Writer().mail("look", attachments=(odd,)), language_hint="\x00e"))
    assert Message.objects.get().attachment_set.get().media_type == "x/y"


def test_a_name_is_read_as_it_ends(company: Company) -> None:
    """Signs that turn the direction of writing would show `receipt_fdp.exe` as `receipt_exe.pdf`."""
    turned = Attached("receipt_\u202efdp.exe", "application/pdf", b"MZ")
    brought(company, Writer().mail("look", attachments=(turned,)))
    (file,) = files_of(company.house.vault, Message.objects.select_related("address").get())
    assert file.name == "receipt_fdp.exe"

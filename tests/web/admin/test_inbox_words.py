"""A channel is set up in the words of the person: each of its settings has a name in every language, and what few people change stands behind the others."""

from __future__ import annotations

import re

import pytest
from django.utils.translation import override

from bot import company
from channels.registry import names
from tests.web.desk.conftest import Day, day, desk_company
from tests.web.desk.test_languages import LANGUAGES
from web.admin import inbox_words
from web.admin.inboxes import asked_of

__all__ = ["day", "desk_company"]


@pytest.mark.parametrize("channel", names())
def test_every_setting_has_a_name_of_its_own(channel: str) -> None:
    told = inbox_words.NAMED.keys() | {setting for _, setting in inbox_words._ELSEWHERE}
    wanted = {one.removeprefix(inbox_words.BEFORE) for one in asked_of(channel)} - told
    assert wanted <= {"secret"}, "name it in web/admin/inbox_words.py"  # of our chat, named there
    for language in ("en", *LANGUAGES):
        with override(language):
            said = {one: str(inbox_words.named(channel, one)) for one in asked_of(channel)}
        assert all(said.values())
        assert len(set(said.values())) == len(said), "two have one name"


def test_one_that_has_no_words_yet_keeps_nobody_from_the_form() -> None:
    assert str(inbox_words.named("email", "some_new_one")) == "Some new one"


def test_nothing_is_named_that_no_channel_asks_for() -> None:
    asked = {one for channel in names() for one in asked_of(channel)}
    assert set(inbox_words.NAMED) <= asked
    assert asked >= inbox_words.RARE


def test_what_must_be_filled_in_is_not_behind_the_others() -> None:
    for channel in names():
        fields = company.settings_model(channel).model_fields
        needed = {name for name in asked_of(channel) if fields[name].is_required()}
        assert not {name for name in needed if inbox_words.is_rare(name)}, channel


def test_the_form_speaks_arabic_and_names_what_the_documents_name(day: Day) -> None:
    ada = day.company.users["ada"]
    ada.language = "ar"
    ada.save()
    page = day.client("ada").get("/admin/store/inbox/add/?channel=email").content.decode()
    labels = re.findall(r"<label[^>]*>\s*([^<]+?)\s*<", page)
    assert "عناوين أخرى لهذا الصندوق" in labels
    assert not {"Aliases", "Forms", "Mailbox", "Poll seconds", "IMAP host"} & set(labels)
    assert '<code dir="ltr">imap_host</code>' in page
    usual, rare = page.index(">imap_host<"), page.index(">poll_seconds<")
    assert usual < page.index("نادرًا ما يُغيَّر") < rare
    assert ">STARTTLS<" in page

"""The satisfaction question by its link: no sign-in, looking changes nothing, one rating, changed for a while, then closed."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from bot import desk, survey
from bot.receive import receive
from bot.survey_words import LANGUAGES, ratings, say
from store.bodies import open_json
from store.models import Address, AuditEntry, Conversation, Event, Survey, Ticket
from tests.company import Company, StandingClock, Writer
from tests.store.test_tickets import claimed, maya, number  # noqa: F401 - a ticket of hers
from web import house as web_house


@pytest.fixture
def link(company: Company, number: int) -> str:  # noqa: F811
    """Her ticket is resolved; the path in the mail that she got."""
    desk.take(company.house, company.agent, number)
    desk.resolve(company.house, company.agent, number)
    (url,) = re.findall(r"https?://\S+/survey/\S+", company.texts("system")[-1])
    web_house.use(company.house)
    return "/survey/" + url.rpartition("/")[2]


def _comment(company: Company) -> str:
    row = Survey.objects.select_related("conversation__address").get()
    place, address = f"survey.comment:{row.id}", row.conversation.address
    said = open_json(company.house.vault, address, place, bytes(row.comment_cipher))
    return str(said)


def test_looking_changes_nothing(company: Company, link: str) -> None:
    events = Event.objects.count()
    for path in (link, f"{link}?r=5", f"{link}?r=<script>", f"{link}?rating=1"):
        for answer in (Client().get(path), Client().head(path)):
            assert answer.status_code == 200
    assert Survey.objects.get().rating is None
    assert Event.objects.count() == events
    page = Client().get(f"{link}?r=5")
    assert re.findall(r'value="(\d)" required checked', page.content.decode()) == ["5"]
    assert (page["Referrer-Policy"], page["X-Robots-Tag"]) == ("no-referrer", "noindex")
    assert "no-store" in page["Cache-Control"]
    assert "Maya" not in page.content.decode(), "who holds the link learns nothing"


def test_one_rating_that_may_be_changed_for_a_day(
    company: Company, link: str, clock: StandingClock
) -> None:
    page = Client().post(link, {"rating": "2", "comment": "Slow. My card is 4111 1111 1111 1111"})
    assert (page.status_code, page["Location"]) == (303, link)
    assert (Survey.objects.get().rating, Ticket.objects.get().rating) == (2, 2)
    assert _comment(company).startswith("Slow.")
    assert "1111 1111" not in _comment(company)
    clock.advance(hours=23)
    assert "until 2027-03-03 12:00" in Client().get(link).content.decode()
    Client().post(link, {"rating": "4", "comment": ""})
    assert Survey.objects.get().rating == 4
    assert _comment(company).startswith("Slow."), "what was said before stays"
    clock.advance(hours=2)
    assert Client().post(link, {"rating": "5", "comment": "x"}).status_code == 409
    assert Survey.objects.get().rating == 4
    assert "<form" not in Client().get(link).content.decode()
    rated = Event.objects.filter(kind="rated").order_by("id").values_list("data", flat=True)
    assert [data["rating"] for data in rated] == [2, 4]


def test_after_thirty_days_it_is_closed(company: Company, link: str, clock: StandingClock) -> None:
    clock.advance(days=31)
    assert "closed" in Client().get(link).content.decode()
    assert Client().post(link, {"rating": "5"}).status_code == 409
    assert Survey.objects.get().rating is None


@pytest.mark.parametrize("rating", ["", "0", "6", "5.0", "five", "-1", "٥"])
def test_a_rating_is_one_of_five(link: str, rating: str) -> None:
    answer = Client().post(link, {"rating": rating})
    assert answer.status_code == 400
    assert "Please choose one of the five." in answer.content.decode()
    assert Survey.objects.get().rating is None


def test_nobody_makes_a_link_of_their_own(company: Company, link: str) -> None:
    other = Conversation.objects.get()
    token = link.rpartition("/")[2]
    made = [
        token[:-2] + "AA",
        token.swapcase(),
        token + "A",
        "A" * len(token),
        "é",
        "x",
        token[:22],
    ]
    for wrong in made:
        path = f"/survey/{wrong}"
        assert Client().get(path).status_code == 404, wrong
        assert Client().post(path, {"rating": "5"}).status_code == 404, wrong
    assert Survey.objects.get(conversation=other).rating is None


def test_of_somebody_who_was_erased_nothing_is_taken(company: Company, link: str) -> None:
    Address.objects.update(key_wrapped=None)
    assert "<form" not in Client().get(link).content.decode()
    assert Client().post(link, {"rating": "5"}).status_code == 404
    assert not Event.objects.filter(kind="rated").exists()


def test_a_reply_to_the_mail_counts_as_before(company: Company, link: str, maya: Writer) -> None:  # noqa: F811
    receive(company.house, company.mail, [maya.mail("4, quick answer")])
    assert claimed(company).survey_open
    Client().post(link, {"rating": "3"})
    assert Survey.objects.get().rating == 3, "and by the link as well"
    assert AuditEntry.objects.filter(action="ticket.resolve").count() == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_speaks_the_customers_language(company: Company, link: str, language: str) -> None:
    Conversation.objects.update(language=language)
    page = Client().get(link).content.decode()
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in page
    for word in (*ratings(language), say("page", language), say("send", language)):
        assert word in page
    assert len(ratings(language)) == 5


def test_the_same_is_said_in_every_language() -> None:
    words = survey.say.__globals__["_TEXTS"]
    wanted = {name: set(words["en"]) for name in LANGUAGES}
    assert {name: set(texts) for name, texts in words.items()} == wanted
    assert len(LANGUAGES) == 6

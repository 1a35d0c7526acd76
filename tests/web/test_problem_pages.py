"""What Django itself refuses is said on a page of ours, in the reader's language."""

from __future__ import annotations

from tests.web.desk.conftest import Day, day, desk_company

__all__ = ["day", "desk_company"]


def test_a_page_that_somebody_may_not_see_says_so_and_leads_on(day: Day) -> None:
    amira = day.company.users["amira"]
    amira.language = "de"
    amira.save()
    answer = day.client("amira").get("/account/reauthenticate/")
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "entscheidet die Administration" in page
    assert 'href="/desk/"' in page
    assert "Forbidden" not in page


def test_a_form_from_before_the_sign_in_says_what_to_do(day: Day) -> None:
    answer = day.client("amira", checks_csrf=True).post(day.path("maya", "note"), {"text": "x"})
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "Go back, load it again" in page
    assert "CSRF" not in page


def test_whoever_was_switched_off_reads_why_and_what_stays(day: Day) -> None:
    page = day.client("").get("/account/inactive/", headers={"accept-language": "de"})
    words = page.content.decode()
    assert "Ihr Konto ist abgeschaltet" in words
    assert 'href="/account/login/"' in words

"""What is put aside, in a real Chromium: until a time, until the customer writes, and taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from store.models import Ticket
from tests.web.desk.test_browser import Served, browser, own_day, served  # noqa: F401 - fixtures
from tests.web.desk.test_writing import _writes_again

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]
A_MINUTE_LATER = """() => {
  for (const asks of ["desk:ticket", "desk:queue"]) document.body.dispatchEvent(new CustomEvent(asks));
}"""
"""What the page does by itself each minute."""

IS_TOAST = "([x, y]) => Boolean(document.elementFromPoint(x, y).closest('#toast'))"


def _opened(served: Served, view: str = "mine") -> tuple[Page, Locator]:  # noqa: F811
    """A ticket of Amira's beside a list of hers, and its row there."""
    page = served.page("amira", f"{served.day.path('maya')}?view={view}")
    row = page.locator(f".row[data-number='{served.day.made['maya']}']")
    expect(row).to_have_count(0 if view == "waiting" else 1)
    return page, row


def _later(page: Page, when: str) -> None:
    page.locator("#snooze summary").click()
    page.locator("#snooze").get_by_role("button", name=when).click()


def _ticket(served: Served) -> Ticket:  # noqa: F811
    return Ticket.objects.get(number=served.day.made["maya"])


def test_until_a_time_and_then_it_is_back_by_itself(served: Served) -> None:  # noqa: F811
    page, row = _opened(served)
    _later(page, "in three hours")
    expect(page.locator("#toast")).to_contain_text("Put aside")
    expect(row).to_have_count(0)
    expect(page.locator("#do-wake")).to_be_visible()
    expect(page.locator("#thread .event").last).to_contain_text("put this aside until")
    served.day.company.clock.advance(hours=2)
    page.evaluate(A_MINUTE_LATER)
    expect(page.locator("#do-wake")).to_be_visible()
    expect(page.locator("#thread .event", has_text="Back in the lists")).to_have_count(0)
    served.day.company.clock.advance(hours=1, minutes=1)
    page.evaluate(A_MINUTE_LATER)
    expect(row).to_have_count(1)
    expect(page.locator("#thread .event").last).to_contain_text("Back in the lists")
    expect(page.locator("#do-wake")).to_have_count(0)
    expect(page.locator("#snooze summary")).to_be_visible()


def test_it_is_woken_by_hand(served: Served) -> None:  # noqa: F811
    page, row = _opened(served)
    _later(page, "on Monday morning")
    expect(row).to_have_count(0)
    page.locator("#do-wake").click()
    expect(row).to_have_count(1)
    expect(page.locator("#thread .event").last).to_contain_text("took this up again")
    served.day.company.clock.advance(days=8)
    page.evaluate(A_MINUTE_LATER)
    expect(page.locator("#snooze summary")).to_be_visible()
    expect(page.locator("#thread .event", has_text="Back in the lists")).to_have_count(0)


def test_until_a_time_but_the_customer_writes_before(served: Served) -> None:  # noqa: F811
    page, row = _opened(served)
    _later(page, "tomorrow morning")
    expect(row).to_have_count(0)
    _writes_again(served.day)
    served.happens()
    expect(page.locator("#thread .said").last).to_contain_text("One more thing")
    expect(row).to_have_count(1)
    expect(page.locator("#do-wake")).to_have_count(0)
    served.day.company.clock.advance(days=2)
    page.evaluate(A_MINUTE_LATER)
    expect(page.locator("#snooze summary")).to_be_visible()
    expect(page.locator("#thread .event", has_text="Back in the lists")).to_have_count(0)


def test_until_the_customer_writes(served: Served) -> None:  # noqa: F811
    page, row = _opened(served, "us")
    _later(page, "until the customer writes")
    expect(page.locator("#toast")).to_contain_text("Waiting for the customer")
    expect(row).to_have_count(0)
    expect(page.locator("#snooze")).to_have_count(0)
    served.day.company.clock.advance(days=2)
    page.evaluate(A_MINUTE_LATER)
    assert _ticket(served).status == Ticket.Status.PENDING, "no time wakes it"
    _writes_again(served.day)
    served.happens()
    expect(page.locator("#thread .said").last).to_contain_text("One more thing")
    expect(row).to_have_count(1)
    expect(page.locator("#snooze summary")).to_be_visible()


def test_what_waits_for_the_customer_is_woken_by_hand(served: Served) -> None:  # noqa: F811
    page, row = _opened(served, "waiting")
    before = _ticket(served).next_due
    assert before is not None
    _later(page, "until the customer writes")
    expect(row).to_have_count(1)
    assert _ticket(served).next_due is None
    served.day.company.clock.advance(hours=2)
    page.locator("#do-wake").click()
    expect(row).to_have_count(0)
    expect(page.locator("#thread .event").last).to_contain_text("took this up again")
    expect(page.locator("#toast button")).to_have_count(0)
    after = _ticket(served)
    assert (after.status, after.snoozed_until) == (Ticket.Status.OPEN, None)
    assert after.next_due == before + timedelta(hours=2), "its clocks rested"


@pytest.mark.parametrize("when", ["tomorrow morning", "until the customer writes"])
def test_it_is_taken_back_by_one_press(served: Served, when: str) -> None:  # noqa: F811
    page, row = _opened(served, "us")
    before = _ticket(served)
    _later(page, when)
    expect(row).to_have_count(0)
    page.locator("#toast").get_by_role("button", name="Undo").click()
    expect(page.locator("#toast")).to_contain_text("1 taken back")
    expect(row).to_have_count(1)
    expect(page.locator("#snooze summary")).to_be_visible()
    expect(page.locator("#thread .event").last).to_contain_text("took this up again")
    after = _ticket(served)
    assert (after.status, after.snoozed_until) == (before.status, None)
    assert after.assignee == before.assignee
    assert after.next_due == before.next_due


def test_it_is_taken_back_by_the_key_and_then_nothing_lies_over_the_list(served: Served) -> None:  # noqa: F811
    page, row = _opened(served)
    _later(page, "tomorrow morning")
    expect(row).to_have_count(0)
    toast = page.locator("#toast")
    expect(toast.get_by_role("button", name="Undo")).to_be_visible()
    box = toast.locator("button").bounding_box()
    assert box is not None
    middle = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
    page.keyboard.press("z")
    expect(toast).to_contain_text("1 taken back")
    expect(row).to_have_count(1)
    _later(page, "tomorrow morning")
    expect(row).to_have_count(0)
    assert page.evaluate(IS_TOAST, middle) is True
    toast.evaluate("e => e.classList.remove('shown')")  # as it does after nine seconds
    assert page.evaluate(IS_TOAST, middle) is False
    expect(toast.locator("button")).to_be_hidden()
    page.keyboard.press("z")
    expect(row).to_have_count(0)
    assert _ticket(served).snoozed_until is not None


def test_it_is_taken_back_to_the_time_that_was_there(served: Served) -> None:  # noqa: F811
    page, row = _opened(served)
    _later(page, "tomorrow morning")
    expect(row).to_have_count(0)
    until = _ticket(served).snoozed_until
    assert until is not None
    assert until > served.day.company.clock() + timedelta(hours=1)
    page.locator("#do-wake").click()
    expect(row).to_have_count(1)
    page.locator("#toast").get_by_role("button", name="Undo").click()
    expect(row).to_have_count(0)
    assert _ticket(served).snoozed_until == until

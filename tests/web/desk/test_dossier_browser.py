"""What hangs on a ticket, in a real Chromium: put there, ticked, undone; and two tickets become one and two again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bot import company as verbs
from core.message import AddressKind, Sender, Verified
from store.models import Checklist, CustomField, Ticket
from tests.web.desk.test_browser import Served, browser, own_day, served  # noqa: F401 - fixtures
from tests.web.seed import hands_over, mails

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]


def _picture(page: Page, name: str) -> None:
    if folder := os.environ.get("THREADLINE_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def _set_up(served: Served) -> None:  # noqa: F811
    company = served.day.company
    rows = [
        CustomField(brand=company.brand, slug="order", label="Order", kind="text", position=1),
        CustomField(
            brand=company.brand,
            slug="cause",
            label="Cause",
            kind="choice",
            options=["bank", "us"],
            is_required=True,
            position=2,
        ),
        Checklist(brand=company.brand, name="Refund", tasks=["Ask finance", "Tell the customer"]),
    ]
    for row in rows:
        verbs.keep(company.house, company.users["ada"], row)


def test_what_colleagues_hang_on_a_ticket(served: Served) -> None:  # noqa: F811
    _set_up(served)
    made = served.day.made
    page = served.page("amira", served.day.path("maya"))
    box = page.locator(".dossier")
    box.get_by_label("New tag").fill("Double charge")
    box.get_by_label("New tag").press("Enter")
    expect(box.locator(".chip")).to_have_text("double-charge×")
    page.locator("#toast").get_by_role("button", name="Undo").click()
    expect(box.locator(".chip")).to_have_count(0)
    box.get_by_label("New tag").fill("vip")
    box.get_by_label("New tag").press("Enter")
    expect(box.locator(".chip")).to_have_count(1)
    box.get_by_label("Order", exact=True).fill("FH-20418")
    box.get_by_label("Order", exact=True).press("Enter")
    expect(page.locator("#thread")).to_contain_text("filled in Order")
    page.locator("#do-resolve").click()
    page.locator("#sure-yes").click()
    expect(page.locator("#problem")).to_contain_text("fill in: Cause")
    box.get_by_label("Cause").select_option("bank")
    expect(page.locator("#thread")).to_contain_text("changed Cause: – → bank")
    box.locator("#tasks summary").click()
    box.get_by_label("Checklist").select_option(label="Refund")
    box.locator("form", has=page.locator("#new-list")).get_by_role("button").click()
    box.get_by_role("checkbox", name="Ask finance").click()
    expect(box.get_by_role("checkbox", name="Ask finance")).to_be_checked()
    expect(box.locator("#tasks summary")).to_contain_text("1 of 2 open")
    box.locator("#links summary").click()
    box.get_by_label("Relation").select_option("caused_by")
    box.locator("#new-link").fill(str(made["jan"]))
    box.get_by_role("button", name="Link", exact=True).click()
    expect(box.locator("#links")).to_contain_text(f"#{made['jan']} Annual plan")
    box.get_by_role("button", name="Follow").click()
    expect(box.locator(".follows")).to_contain_text("Amira Haddad")
    _picture(page, "dossier")
    page.goto(f"{served.url}/desk/find/?tag=vip&field=cause:bank&follows=me")
    expect(page.locator(".row")).to_have_count(1)
    assert served.trouble == []


def test_two_tickets_become_one_and_two_again(served: Served) -> None:  # noqa: F811
    company, made = served.day.company, served.day.made
    maya = Sender(AddressKind.EMAIL, "maya.ruiz@example.org", Verified.PROVEN, "Maya Ruiz")
    mails(company, maya, "Where is my refund", "You said within two days.")
    second = hands_over(company, category="billing")
    page = served.page("amira", f"/desk/tickets/{second}/")
    page.locator("#do-merge").click()
    dialog = page.locator("#hand-on")
    expect(dialog).to_contain_text(f"#{made['maya']} Card charged twice")
    dialog.get_by_role("radio").check()
    _picture(page, "merge")
    dialog.get_by_role("button", name="Merge").click()
    expect(page.locator(".merged")).to_contain_text(f"Merged into #{made['maya']}")
    assert Ticket.objects.get(number=second).merged_into is not None
    _picture(page, "merged")
    page.locator("#do-split").click()
    expect(page.locator(".merged")).to_have_count(0)
    assert Ticket.objects.get(number=second).status == "open"
    assert served.trouble == []

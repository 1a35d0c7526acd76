"""A lead at the wall reads along in a conversation that is going on, whispers to the colleague, and steps in; in a real Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from bot import desk
from store.events import public_after
from store.models import AuditEntry, Call, Conversation, Ticket
from tests.web.desk.test_browser import Served
from tests.web.desk.test_looks import looks_right
from tests.web.seed import hands_over, says, visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]

TIME_STANDS = "(() => { const now = Date.now(); Date.now = () => now; })()"
"""Who writes is believed to go on for some seconds: these do not pass."""


def _opened_from_the_wall(served: Served, number: int) -> Page:
    page = served.page("ruth", "/desk/wall/")
    page.locator("[data-name='Amira Haddad']").get_by_role("link", name=f"#{number}").click()
    expect(page.locator("#speaks")).to_contain_text("Amira Haddad speaks with the customer")
    return page


def test_a_lead_reads_along_whispers_and_steps_in(served: Served) -> None:
    company = served.day.company
    chat = visitor(company, "Noor")
    says(company, chat, "I want to talk to somebody about my invoice")
    number = hands_over(company)
    desk.take(company.house, company.users["amira"], number)
    lead = _opened_from_the_wall(served, number)
    amira = served.page("amira", f"/desk/tickets/{number}/")
    expect(amira.locator("#here")).to_contain_text("Ruth")

    says(company, chat, "it was taken from my card twice")
    served.happens()
    expect(lead.locator("#thread")).to_contain_text("taken from my card twice")
    amira.locator("#text").fill("Let me look into")
    looks_right(lead, "wall-listens")

    for page in (lead, amira):
        page.evaluate(TIME_STANDS)
    lead.keyboard.press("n")
    lead.keyboard.type("Offer the refund today, finance knows.")
    lead.keyboard.press("Control+Enter")
    expect(amira.locator(".said.note").last).to_contain_text("Offer the refund today")
    expect(amira.locator("#colleagues-write")).to_be_hidden()
    expect(amira.locator("#text")).to_have_value("Let me look into")
    expect(amira.locator("#send")).to_be_enabled()
    looks_right(amira, "wall-whispered")

    lead.keyboard.press("Escape")
    lead.keyboard.press("t")
    expect(lead.locator("#do-release")).to_be_visible()
    expect(amira.locator("#speaks")).to_contain_text("Ruth Okafor speaks with the customer")
    expect(amira.locator("#text")).to_have_value("Let me look into")
    expect(amira.locator("#send")).to_be_disabled()
    looks_right(amira, "wall-taken-from")
    lead.keyboard.press("r")
    lead.keyboard.type("Ruth here: you have it back tomorrow.")
    lead.keyboard.press("Control+Enter")
    expect(amira.locator(".said.us", has_text="you have it back tomorrow")).to_have_count(1)
    expect(lead.locator(".said.pending")).to_have_count(0)
    looks_right(lead, "wall-stepped-in")

    told = [str(one.data.get("text")) for one in public_after(company.house.vault, chat[0], 0, 100)]
    assert any("back tomorrow" in one for one in told)
    assert not any("finance knows" in one for one in told)
    assert AuditEntry.objects.filter(
        action="ticket.take", actor=f"user:{company.users['ruth'].id}", subject=f"ticket:{number}"
    ).exists()
    wall = served.page("ruth", "/desk/wall/")
    expect(wall.locator(f"[data-name='Ruth Okafor'] [data-ticket='{number}']")).to_be_visible()


def test_a_lead_follows_a_call_and_takes_its_ticket_while_the_colleague_speaks(
    served: Served,
) -> None:
    """The telephone stays where it is: words of the ticket are one thing, whose ear hears the caller another."""
    company, number = served.day.company, served.day.made["maya"]
    now = company.clock()
    Call.objects.create(
        conversation=Conversation.objects.get(ticket__number=number),
        standing="talking",
        entered_at=now,
        moved_at=now,
        connected_at=now,
        agent=company.users["amira"],
        ring=1,
        leg="CA" + "1" * 32,
    )
    lead = _opened_from_the_wall(served, number)
    phone = lead.locator("#phone")
    expect(phone).to_contain_text("On the telephone with Amira Haddad")
    expect(phone.locator("button")).to_have_count(0)
    looks_right(lead, "wall-call")
    amira = served.page("amira", f"/desk/tickets/{number}/")
    lead.keyboard.press("n")
    lead.keyboard.type("The second payment has no invoice.")
    lead.keyboard.press("Control+Enter")
    expect(amira.locator(".said.note").last).to_contain_text("has no invoice")
    lead.keyboard.press("Escape")
    lead.keyboard.press("t")
    expect(amira.locator("#speaks")).to_contain_text("you go on speaking with the caller")
    expect(amira.locator("#phone")).to_contain_text("You are on the telephone")
    expect(amira.locator("#do-hold")).to_be_visible()
    expect(amira.locator("#do-hang-up")).to_be_visible()
    looks_right(amira, "wall-call-taken")
    expect(phone).to_contain_text("On the telephone with Amira Haddad")
    assert Ticket.objects.get(number=number).assignee == company.users["ruth"]
    narrow = served.page("ruth", f"/desk/tickets/{number}/", width=390)
    expect(narrow.locator("#phone")).to_be_visible()
    looks_right(narrow, "wall-call-phone")

"""How the desk looks, in a real Chromium: nothing is cut off, lies over another or begins at the wrong side. THREADLINE_PICTURES=FOLDER keeps the pictures of `docs/desk.md`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bot import macros
from core.message import AddressKind, Sender, Verified
from store.indexing import index_next
from store.models import Agent, Aside, Call, Conversation, Ticket
from tests.web.beside import answers
from tests.web.desk.test_browser import Served, browser, own_day, served  # noqa: F401 - fixtures
from tests.web.seed import hands_over, mails

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
    pytest.mark.timeout(600),
]

CUT_OFF = """() => {
  const shown = (e) => e.offsetParent && !e.closest(".unseen, [hidden]") && e.getBoundingClientRect().width > 2;
  const wide = document.createElement("canvas").getContext("2d");
  const told = [];
  for (const e of document.querySelectorAll("select, button, .button, .tag, h2, h3, dt, label")) {
    if (!shown(e) || e.closest("#presence") && innerWidth < 1024) continue; // there it is a dot
    const style = getComputedStyle(e);
    if (e.matches("select")) {
      wide.font = style.font;
      const words = e.selectedOptions[0]?.textContent.trim() ?? "";
      const room = e.clientWidth - parseFloat(style.paddingInlineStart) - parseFloat(style.paddingInlineEnd);
      if (wide.measureText(words).width > room + 1 && style.textOverflow !== "ellipsis")
        told.push(`${words} is cut off`);
    } else if (e.scrollWidth > e.clientWidth + 1 && style.display !== "inline" && style.textOverflow !== "ellipsis") {
      told.push(`${e.textContent.trim().slice(0, 40)} is wider than its place`);
    }
  }
  const buttons = [...document.querySelectorAll("button, .button, a, select, summary")].filter(shown);
  for (const a of buttons) for (const b of buttons) {
    if (a === b || a.contains(b) || b.contains(a) || a.closest("dialog, .menu-list, .offers") !== b.closest("dialog, .menu-list, .offers")) continue;
    const p = a.getBoundingClientRect(), q = b.getBoundingClientRect();
    const over = Math.min(p.right, q.right) - Math.max(p.left, q.left), high = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
    if (over > 2 && high > 2 && a.parentElement === b.parentElement) told.push(`${a.textContent.trim().slice(0, 30)} lies over ${b.textContent.trim().slice(0, 30)}`);
  }
  if (document.documentElement.scrollWidth > innerWidth) told.push("the page is wider than its window");
  return [...new Set(told)];
}"""


def looks_right(page: Page, name: str) -> None:
    page.evaluate("document.fonts.ready.then(() => 0)")
    if folder := os.environ.get("THREADLINE_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png")
    assert page.evaluate(CUT_OFF) == [], name


def test_wide_dark_and_the_palette(served: Served) -> None:  # noqa: F811
    while index_next(served.day.company.house.vault):
        pass
    page = served.page("amira", "/desk/view/team/")
    expect(page.locator(".row").first).to_be_visible()
    looks_right(page, "desk-inbox")
    page = served.page("amira", served.day.path("maya"))
    expect(page.locator("#thread .said").last).to_be_visible()
    looks_right(page, "desk")
    page.keyboard.press("Control+k")
    page.locator("#palette input").fill("card")
    expect(page.locator("#palette")).to_contain_text("as a list")
    expect(page.locator("#palette [role=option]").nth(1)).to_be_visible()
    looks_right(page, "desk-palette")
    page.keyboard.press("Escape")
    page.emulate_media(color_scheme="dark")
    looks_right(page, "desk-dark")


@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_on_a_telephone(served: Served, language: str) -> None:  # noqa: F811
    amira = served.day.company.users["amira"]
    amira.language = language
    amira.save()
    page = served.page("amira", "/desk/view/team/", width=390)
    expect(page.locator(".row").first).to_be_visible()
    looks_right(page, f"desk-phone-list-{language}")
    page.locator(".row a").first.click()
    expect(page.locator("#thread .said").last).to_be_visible()
    looks_right(page, f"desk-phone-{language}")


def test_right_to_left(served: Served) -> None:  # noqa: F811
    amira = served.day.company.users["amira"]
    amira.language = "ar"
    amira.save()
    page = served.page("amira", served.day.path("maya"))
    expect(page.locator("#thread .said").last).to_be_visible()
    looks_right(page, "desk-rtl")
    begins = page.evaluate(
        """() => {
          const words = document.createRange();
          words.selectNodeContents(document.getElementById("subject"));
          const row = document.createRange();
          row.selectNodeContents(document.querySelector(".row-subject"));
          return [words, document.querySelector(".head-line .mark"), row, document.querySelector(".row-who")]
            .map(e => e.getBoundingClientRect().right);
        }"""
    )
    assert begins[0] == pytest.approx(begins[1], abs=4), "the subject begins where its line does"
    assert begins[2] == pytest.approx(begins[3], abs=4), "and so it does in the list"


@pytest.mark.parametrize("language", ["en", "ar"])
def test_what_opens_on_a_telephone_is_whole_and_closes_again(
    served: Served,  # noqa: F811
    language: str,
) -> None:
    amira = served.day.company.users["amira"]
    amira.language = language
    amira.save()
    page = served.page("amira", served.day.path("maya"), width=390)
    page.locator("#snooze summary").click()
    box = page.locator("#snooze .menu-list").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    page.keyboard.press("Escape")
    beside, fold = page.locator("#context"), page.locator("[data-do=context]")
    fold.click()
    expect(beside).to_be_visible()
    looks_right(page, f"desk-phone-beside-{language}")
    page.locator("[data-do=close-context]").click()
    expect(beside).to_be_hidden()
    fold.click()
    page.mouse.click(20 if language == "en" else 370, 400)
    expect(beside).to_be_hidden()


@pytest.mark.parametrize("width", [1440, 390])
def test_a_long_name_leaves_room_for_the_clock(served: Served, width: int) -> None:  # noqa: F811
    name = "Friederike Hohenstein-Schwarzenberg zu Waldeck"
    sender = Sender(AddressKind.EMAIL, "friederike@example.org", Verified.PROVEN, name)
    mails(served.day.company, sender, f"{name}: where is my order?", "Where is it?")
    number = hands_over(served.day.company)
    page = served.page("amira", "/desk/view/team/", width=width)
    row = page.locator(f".row[data-number='{number}']")
    whole, clock = row.bounding_box(), row.locator(".clock").bounding_box()
    assert whole is not None
    assert clock is not None
    assert clock["x"] + clock["width"] <= whole["x"] + whole["width"]
    assert row.evaluate("e => e.scrollWidth <= e.clientWidth")


CUT_IN_ROWS = """() => [...document.querySelectorAll(".row-meta span")].filter((e) => {
  const own = e.getBoundingClientRect(), row = e.closest(".row").getBoundingClientRect(), line = e.parentElement.getBoundingClientRect();
  return e.scrollWidth > e.clientWidth + 1 || own.left < row.left || own.right > row.right || own.bottom > line.bottom + 1;
}).map((e) => e.textContent)"""


@pytest.mark.parametrize("language", ["en", "de", "ar"])
@pytest.mark.parametrize("width", [1440, 390])
def test_who_has_a_ticket_is_read_in_the_list(served: Served, width: int, language: str) -> None:  # noqa: F811
    amira = served.day.company.users["amira"]
    amira.language = language
    amira.save()
    page = served.page("amira", "/desk/view/mine/", width=width)
    expect(page.locator(".row").first).to_be_visible()
    expect(page.locator(".row-assignee")).to_have_count(0)  # whose they are is the list's name
    page.goto(f"{served.url}/desk/view/team/")
    expect(page.locator(".row-assignee").first).to_have_text("Amira Haddad")
    looks_right(page, f"desk-list-{width}-{language}")
    assert page.evaluate(CUT_IN_ROWS) == []


@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_what_is_done_with_many_is_within_reach_of_a_thumb(served: Served, language: str) -> None:  # noqa: F811
    ruth = served.day.company.users["ruth"]
    ruth.language = language
    ruth.save()
    page = served.page("ruth", "/desk/view/all/", width=390)
    page.locator(".pick").first.check(force=True)
    expect(page.locator("#bulk-form")).to_be_visible()
    looks_right(page, f"desk-many-{language}")
    sizes = page.locator("#bulk-form :is(button, select, input)").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect()).map(p => [p.height, p.width])"
    )
    assert all(high >= 40 and wide >= 80 for high, wide in sizes)


@pytest.mark.parametrize("language", ["en", "de", "fr", "ar"])
def test_every_list_and_page_of_a_lead_is_named_whole(served: Served, language: str) -> None:  # noqa: F811
    ruth = served.day.company.users["ruth"]
    ruth.language = language
    ruth.save()
    page = served.page("ruth", "/desk/view/all/")
    cut = page.locator(".views a > span").evaluate_all(
        "all => all.filter(e => e.scrollWidth > e.clientWidth).map(e => e.textContent)"
    )
    assert cut == []


BELOW = """(list) => {
  const places = [...list.querySelectorAll("p, button, a")].map((e) => e.getBoundingClientRect());
  const whole = list.closest(".menu-list").getBoundingClientRect();
  return places.every((p, i) => p.left >= whole.left && p.right <= whole.right && (!i || p.top >= places[i - 1].bottom - 1));
}"""


@pytest.mark.parametrize(("width", "language"), [(1440, "en"), (390, "ar")])
def test_macros_and_articles_stand_below_one_another(
    served: Served,  # noqa: F811
    width: int,
    language: str,
) -> None:
    company = served.day.company
    amira = company.users["amira"]
    amira.language = language
    amira.save()
    text = "Thank you for writing, {{customer.first_name}}. We look into it and come back to you."
    macros.save(
        company.house, company.users["ruth"], {"name": "Thanks, and what comes next", "text": text}
    )
    page = served.page("amira", served.day.path("maya"), width=width)
    page.locator("#insert summary").click()
    found = page.locator("#insert-found")
    expect(found.locator("button")).to_have_count(2)
    looks_right(page, f"desk-macros-{width}-{language}")
    assert found.evaluate(BELOW)


def test_a_question_beside_the_ticket(served: Served) -> None:  # noqa: F811
    company = served.day.company
    page = served.page("amira", served.day.path("maya"))
    page.locator("#do-ask").click()
    dialog = page.locator("#hand-on")
    dialog.get_by_label("Whom").fill("Parts desk <parts@supplier.example>")
    dialog.get_by_label("About").fill("Seal S-9")
    dialog.get_by_label("Your question").fill("Do you have seal S-9?")
    looks_right(page, "desk-aside-ask")
    dialog.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".aside")).to_have_count(1)
    answers(company.house, Aside.objects.get().id, "Yes, three of them.")
    served.happens()
    page.locator(".asides summary").first.click()
    expect(page.locator(".asides .theirs")).to_be_visible()
    page.locator(".aside").scroll_into_view_if_needed()
    looks_right(page, "desk-aside")


def test_a_call(served: Served) -> None:  # noqa: F811
    company, number = served.day.company, served.day.made["maya"]
    row, now = Conversation.objects.get(ticket__number=number), company.clock()
    call = Call.objects.create(
        conversation=row,
        standing="talking",
        entered_at=now,
        moved_at=now,
        connected_at=now,
        agent=company.users["amira"],
        ring=1,
        leg="CA" + "1" * 32,
    )
    page = served.page("amira", served.day.path("maya"))
    expect(page.locator("#phone")).to_contain_text("You are on the telephone")
    expect(page.locator("#do-hold")).to_have_text("Hold")
    looks_right(page, "desk-call")
    page.locator("#do-hold").click()
    expect(page.locator("#phone")).to_contain_text("The caller is on hold")
    expect(page.locator("#do-hold")).to_have_text("Speak again")
    expect(page.locator("#toast")).to_contain_text("The caller is on hold.")
    looks_right(page, "desk-call-held")
    page.locator("#do-hold").click()
    expect(page.locator("#phone")).to_contain_text("You are on the telephone")
    call.refresh_from_db()
    assert (call.standing, call.stint) == ("talking", 1)
    narrow = served.page("amira", served.day.path("maya"), width=390)
    expect(narrow.locator("#do-hold")).to_be_visible()
    looks_right(narrow, "desk-call-phone")


def test_a_colleague_is_asked_first_and_has_the_caller_then(served: Served) -> None:  # noqa: F811
    company, number = served.day.company, served.day.made["maya"]
    row, now = Conversation.objects.get(ticket__number=number), company.clock()
    Agent.objects.update(phone="+15005550011")
    Call.objects.create(
        conversation=row,
        standing="talking",
        entered_at=now,
        moved_at=now,
        connected_at=now,
        agent=company.users["amira"],
        ring=1,
        leg="CA" + "1" * 32,
    )
    page = served.page("amira", "/desk/view/team/")
    corner = page.locator(".on-phone")
    corner.get_by_role("link", name="Speak with a colleague first").click()
    form = page.locator("#hand-on")
    expect(form.get_by_label("Whom")).to_be_visible()
    looks_right(page, "desk-call-asking")
    form.get_by_label("Whom").select_option(index=1)
    form.get_by_label("Why").fill("Asks for a cheque.")
    form.get_by_role("button", name="Call").click()
    phone = page.locator("#phone")
    expect(phone).to_contain_text("is being called")
    expect(page.locator("#thread .note").last).to_contain_text("Asks for a cheque.")
    expect(phone.locator("#do-consult")).to_have_count(0)
    Call.objects.update(beside="accepted")
    page.reload()
    expect(phone).to_contain_text("Hanging up connects the caller")
    expect(phone.locator("#do-hold")).to_have_text("Back to the caller")
    looks_right(page, "desk-call-asked")
    narrow = served.page("amira", served.day.path("maya"), width=390)
    expect(narrow.locator("#do-connect-caller")).to_be_visible()
    looks_right(narrow, "desk-call-asked-phone")
    page.keyboard.press("Control+k")
    page.locator("#palette input").fill("connect the caller")
    page.locator("#palette [role=option]").first.click()
    expect(page.locator("#toast")).to_contain_text("connected with your colleague")
    expect(phone).to_contain_text("On the telephone with")
    call = Call.objects.get()
    assert (call.standing, call.ring, call.beside) == ("talking", 2, "")
    assert Ticket.objects.get(number=number).assignee == call.agent != company.users["amira"]

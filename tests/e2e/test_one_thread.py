"""One customer, five channels, one thread: web chat, mail, text message, telephone and Slack, by the pages of the playground and the
real product.

Screenshots are kept; those in `docs/images` are made by this.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.playground.mail import ANN, NAME
from tests.fakes.twilio import CUSTOMER as PHONE
from tests.playing import playing
from tests.prepared import prepared_state
from tests.product import Running, product

pytestmark = [
    pytest.mark.browser,
    pytest.mark.rasa,
    pytest.mark.slow,
    pytest.mark.timeout(900),
]

PATIENCE = 60_000
NEED = "Do you give discounts to resellers who buy two hundred devices at once?"
_NUMBER = re.compile(r"(?:#|Ticket )(\d{4})")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """A product of its own: whom the customer is elsewhere would matter here."""
    with product(prepared_state(tmp_path / "state"), demo=False) as started:
        yield started


@pytest.fixture
def playground(running: Running) -> Iterator[str]:
    with playing(running) as url:
        yield url


@pytest.fixture
def ann(browser: Browser, playground: str) -> Iterator[Page]:
    """The customer, signed in on the website, with the chat open."""
    page = browser.new_page(viewport={"width": 1100, "height": 860})
    page.set_default_timeout(PATIENCE)
    page.goto(f"{playground}/play/website")
    page.locator("threadline-chat").get_by_role("button").first.click()
    yield page
    page.context.close()


def chats(page: Page, text: str) -> None:
    box = page.locator("threadline-chat textarea")
    box.fill(text)
    box.press("Enter")


def says(page: Page, text: str) -> None:
    page.fill("#text", text)
    page.press("#text", "Enter")


def mails(page: Page, text: str) -> None:
    """A new letter, no answer to anything; the company's own server has checked where it comes from."""
    page.locator("#new").click()
    page.fill("#title", "Our order")
    page.fill("#text", text)
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#letters .letter.own")).to_contain_text(text, timeout=PATIENCE)
    expect(page.locator("#letters .problem")).to_have_count(0, timeout=PATIENCE)


def answers(page: Page, text: str, way: str = "") -> None:
    """As the agent at the desk."""
    choice = page.locator("select[name=way]")
    choice.select_option(label=way) if way else choice.select_option("")
    page.locator("#text").fill(text)
    page.locator("#send").click()
    expect(page.locator("#thread li.said.us", has_text=text)).to_have_count(1, timeout=PATIENCE)


def number_in(page: Page, selector: str) -> str:
    """Of the ticket that is told there."""
    place = page.locator(selector).last
    expect(place).to_contain_text(_NUMBER, timeout=PATIENCE)
    found = _NUMBER.findall(place.inner_text())
    assert found
    return str(found[-1])


def test_one_customer_five_channels_one_thread(
    ann: Page,
    agent: Page,
    browser: Browser,
    running: Running,
    playground: str,
    screenshots: Path,
) -> None:
    desk = f"http://127.0.0.1:{running.port}/desk/tickets"
    # 1. Web chat: a need that people have to settle.
    chats(ann, NEED)
    chat = ann.locator("threadline-chat")
    expect(chat.locator("li.ticket")).to_have_count(1, timeout=PATIENCE)
    number = number_in(ann, "threadline-chat li.ticket")
    agent.goto(f"{desk}/{number}/")
    agent.get_by_role("button", name=re.compile("^Take")).first.click()
    thread = agent.locator("#thread")
    # 2. Mail.
    post = browser.new_page(viewport={"width": 1100, "height": 860})
    post.set_default_timeout(PATIENCE)
    post.goto(f"{playground}/play/mail")
    mails(post, "I forgot: we are in Lisbon. Do you deliver there?")
    expect(thread).to_contain_text("we are in Lisbon", timeout=PATIENCE)
    expect(thread).to_contain_text("goes on by Email", timeout=PATIENCE)
    # 3. Text message.
    phone = browser.new_page(viewport={"width": 1100, "height": 860})
    phone.set_default_timeout(PATIENCE)
    phone.goto(f"{playground}/play/sms")
    says(phone, "On the road now, text me please.")
    expect(thread).to_contain_text("text me please", timeout=PATIENCE)
    # 4. Telephone: what she says is in the thread, and she hears that people have it in hand.
    phone.goto(f"{playground}/play/voice")
    phone.click("#keys .dial")
    expect(phone.locator("#status")).to_contain_text("listening", timeout=PATIENCE)
    says(phone, "I am calling about the discount.")
    expect(phone.locator("#lines")).to_contain_text("in hand already", timeout=PATIENCE)
    expect(thread).to_contain_text("calling about the discount", timeout=PATIENCE)
    phone.screenshot(path=screenshots / "one-thread-call.png")
    phone.get_by_role("button", name="Hang up").click()
    # 5. Slack proves nothing about her: a colleague says who it is, and that it is the same need.
    phone.goto(f"{playground}/play/slack")
    says(phone, NEED)
    other = number_in(phone, "#lines")
    agent.goto(f"{desk}/{other}/")
    agent.locator("#link summary").click()
    agent.locator("#link input[name=other]").fill(number)
    agent.locator("#link button").click()
    expect(agent.locator("#context")).to_contain_text("a colleague's word", timeout=PATIENCE)
    agent.locator("#do-merge").click()
    agent.locator("#hand-on").get_by_text(f"#{number}").first.click()
    agent.locator("#hand-on button.primary").click()
    expect(agent.locator("#thread")).to_contain_text("Merged", timeout=PATIENCE)
    agent.goto(f"{desk}/{number}/")
    says(phone, "And this is me in Slack.")
    expect(thread).to_contain_text("this is me in Slack", timeout=PATIENCE)
    # It is one conversation with five channel marks, and the only ticket of hers that is open.
    marks = [mark.strip() for mark in thread.locator("li.said.customer .mark").all_inner_texts()]
    assert marks == ["Web chat", "Email", "Text message", "Telephone", "Slack"]
    expect(agent.locator("#queue").get_by_text(NAME)).to_have_count(1, timeout=PATIENCE)
    # The agent answers by the channel that she chooses, and else where the customer wrote last.
    ways = agent.locator("select[name=way]")
    expect(ways.locator("option").first).to_contain_text(
        "where they wrote last: Slack", timeout=PATIENCE
    )
    answers(agent, "Yes, from 100 devices on.", f"Text message to {PHONE}")
    phone.goto(f"{playground}/play/sms")
    expect(phone.locator("#lines")).to_contain_text("from 100 devices on", timeout=PATIENCE)
    phone.screenshot(path=screenshots / "one-thread-text.png")
    answers(agent, "And Lisbon is no problem.")
    phone.goto(f"{playground}/play/slack")
    expect(phone.locator("#lines")).to_contain_text("Lisbon is no problem", timeout=PATIENCE)
    expect(phone.locator("#lines")).not_to_contain_text("from 100 devices on", timeout=PATIENCE)
    phone.screenshot(path=screenshots / "one-thread-slack.png")
    expect(chat).to_contain_text("Lisbon is no problem", timeout=PATIENCE)
    expect(chat).to_contain_text("text me please", timeout=PATIENCE)
    ann.screenshot(path=screenshots / "one-thread-chat.png")
    # The answer by mail lies in her mailbox, in the conversation that she began there.
    answers(agent, "The invoice follows.", f"Email to {ANN}")
    expect(post.locator("#letters .letter:not(.own)")).to_contain_text(
        "The invoice follows", timeout=PATIENCE
    )
    post.screenshot(path=screenshots / "one-thread-mail.png")
    agent.set_viewport_size({"width": 1280, "height": 1360})
    agent.locator("#pane").screenshot(path=screenshots / "one-thread-desk.png")
    for page in (phone, post):
        page.context.close()

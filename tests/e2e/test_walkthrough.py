"""The walk of `docs/walkthrough.md`, done by a browser and a mail program on the real product; screenshots are kept."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.mailbox import add_mail_inbox, answers_to, send
from tests.fakes.mail import MailServers
from tests.product import Running

pytestmark = [
    pytest.mark.browser,
    pytest.mark.rasa,
    pytest.mark.slow,
    pytest.mark.timeout(600),
]

QUESTIONS = (
    ("How do I reset my password?", "Choose Forgot password"),
    ("How do I download my invoices?", "Choose PDF next to the invoice"),
    ("How do I create an API key?", "Choose New key"),
)
UNKNOWN = "Do you give discounts to resellers who buy two hundred devices at once?"
PATIENCE = 20_000


@pytest.fixture
def visitor(browser: Browser, running: Running) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 860})
    page.goto(f"http://127.0.0.1:{running.port}/")
    page.locator("threadline-chat").get_by_role("button").first.click()
    yield page
    page.context.close()


def words(chat: Locator) -> str:
    """All that the chat shows; its text stands in a shadow tree."""
    return str(chat.evaluate("element => element.shadowRoot.textContent"))


def say(page: Page, text: str) -> None:
    box = page.locator("threadline-chat textarea")
    box.fill(text)
    box.press("Enter")


def test_three_questions_are_answered_with_sources(visitor: Page, screenshots: Path) -> None:
    chat = visitor.locator("threadline-chat")
    for number, (question, expected) in enumerate(QUESTIONS, 1):
        say(visitor, question)
        expect(chat.locator(".from:has(.source)")).to_have_count(number, timeout=PATIENCE)
        expect(chat).to_contain_text(expected, timeout=PATIENCE)
    visitor.screenshot(path=screenshots / "widget.png")


def test_what_is_unknown_goes_to_an_agent_and_is_read_live(
    visitor: Page, agent: Page, running: Running, screenshots: Path
) -> None:
    chat = visitor.locator("threadline-chat")
    say(visitor, UNKNOWN)
    expect(chat).to_contain_text("email", timeout=PATIENCE)
    say(visitor, "maya@customers.example")
    expect(chat).to_contain_text(re.compile(r"#\d{4}"), timeout=PATIENCE)
    number = re.search(r"#(\d{4})", words(chat))
    assert number

    agent.goto(f"http://127.0.0.1:{running.port}/desk/tickets/{number[1]}/")
    expect(agent.locator("body")).to_contain_text(UNKNOWN, timeout=PATIENCE)
    agent.screenshot(path=screenshots / "desk-new.png")
    agent.get_by_role("button", name=re.compile("^Take")).first.click()
    agent.locator("#text").fill("Yes: from 100 devices on we make you an offer. May I call you?")
    agent.screenshot(path=screenshots / "desk.png")
    agent.locator("#send").click()
    expect(chat).to_contain_text("we make you an offer", timeout=PATIENCE)
    visitor.screenshot(path=screenshots / "widget-agent.png")
    say(visitor, "Please write to me instead.")
    expect(agent.locator("body")).to_contain_text("Please write to me instead", timeout=PATIENCE)


def test_the_same_by_mail(running: Running, mail: MailServers, agent: Page) -> None:
    add_mail_inbox(running, mail)
    asked = send(mail, "Invoices", f"Hello,\n{QUESTIONS[1][0]}\n\nMaya")
    first = answers_to(mail, asked, 1)[0]
    assert QUESTIONS[1][1] in first.get_content()
    assert f"http://127.0.0.1:{running.port}/help/download-invoices" in first.get_content()
    assert asked["Message-ID"] in (first["References"] or "")

    question = send(mail, "Resellers", f"{UNKNOWN}\n\nMaya Ruiz")
    notice = answers_to(mail, question, 1)[-1]
    number = re.search(r"#(\d{4})", notice.get_content())
    assert number, notice.get_content()
    agent.goto(f"http://127.0.0.1:{running.port}/desk/tickets/{number[1]}/")
    agent.get_by_role("button", name=re.compile("^Take")).first.click()
    agent.locator("#text").fill("Yes, we do. Ruth")
    agent.locator("#send").click()
    answers = answers_to(mail, question, 2)
    assert "Yes, we do. Ruth" in answers[-1].get_content()
    assert question["Message-ID"] in answers[-1]["References"]

    reply = reply_to(answers[-1])
    send(mail, f"Re: {answers[-1]['Subject']}", "Thank you, please send the offer.", **reply)
    expect(agent.locator("body")).to_contain_text("please send the offer", timeout=PATIENCE)


def reply_to(answer: EmailMessage) -> dict[str, str]:
    """Headers of a reply: to the signed address, referring to what it answers."""
    return {
        "to": answer["Reply-To"] or answer["From"],
        "in_reply_to": answer["Message-ID"],
        "references": f"{answer['References'] or ''} {answer['Message-ID']}",
    }


def test_killing_rasa_in_the_middle_loses_nothing(
    visitor: Page, running: Running, screenshots: Path
) -> None:
    chat = visitor.locator("threadline-chat")
    say(visitor, QUESTIONS[0][0])
    expect(chat).to_contain_text(QUESTIONS[0][1], timeout=PATIENCE)
    rasa = running.processes()["rasa"]
    os.kill(rasa.pid, signal.SIGKILL)
    before = words(chat).count("Assistant")
    say(visitor, QUESTIONS[1][0])
    expect(chat).to_contain_text(QUESTIONS[1][1], timeout=30_000)
    assert words(chat).count("Assistant") >= before
    visitor.screenshot(path=screenshots / "widget-without-rasa.png")
    # `/health` looks every few seconds: it must have missed Rasa before it can find it again.
    for is_up in (False, True):
        deadline = time.monotonic() + 120
        while running.is_ok() is not is_up and time.monotonic() < deadline:
            time.sleep(0.2)
    assert running.is_ok()
    assert running.processes()["rasa"].pid != rasa.pid

"""The playground's channels and an agent at the desk, by browser on the real product; screenshots are kept. One customer in one
thread over five channels is `test_one_thread`, which has Slack and the telephone to itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.product import Running

pytestmark = [
    pytest.mark.browser,
    pytest.mark.rasa,
    pytest.mark.slow,
    pytest.mark.timeout(600),
]

PATIENCE = 30_000


@pytest.fixture
def ann(browser: Browser) -> Iterator[Page]:
    """The customer."""
    page = browser.new_page(viewport={"width": 1100, "height": 860})
    yield page
    page.context.close()


def say(page: Page, text: str) -> None:
    page.fill("#text", text)
    page.press("#text", "Enter")


def test_each_channel_is_answered(
    ann: Page, playground: str, running: Running, screenshots: Path
) -> None:
    for slug in ("whatsapp", "teams", "telegram"):
        ann.goto(f"{playground}/play/{slug}")
        say(ann, "How do I reset my password?")
        answer = ann.locator(".line.them").last
        expect(answer).to_contain_text("Forgot password", timeout=PATIENCE)
        expect(ann.locator(".line.them a").last).to_have_attribute(
            "href", re.compile("/help/reset-password"), timeout=PATIENCE
        )
        answer.get_by_role("button", name="Yes").click()
        before = ann.locator(".line.them").count()
        expect(ann.locator(".line.them")).not_to_have_count(before, timeout=PATIENCE)
        ann.screenshot(path=screenshots / f"playground-{slug}.png")
        assert ann.locator(".line.note").count() == 0


def test_a_call_is_answered(ann: Page, playground: str, screenshots: Path) -> None:
    ann.goto(f"{playground}/play/voice")
    ann.click("#keys .dial")
    expect(ann.locator("#status")).to_contain_text("listening", timeout=PATIENCE)
    say(ann, "How do I reset my password?")
    expect(ann.locator("#lines")).to_contain_text("Choose Forgot password", timeout=PATIENCE)
    ann.screenshot(path=screenshots / "playground-voice.png")
    ann.get_by_role("button", name="Hang up").click()
    expect(ann.locator("#status")).to_contain_text("ended", timeout=PATIENCE)


def test_an_agent_answers_on_instagram(
    ann: Page, agent: Page, playground: str, running: Running, screenshots: Path
) -> None:
    ann.goto(f"{playground}/play/instagram")
    say(ann, "Do you give discounts to resellers who buy two hundred devices at once?")
    expect(ann.locator("#lines")).to_contain_text(re.compile(r"#\d{4}"), timeout=PATIENCE)
    number = re.search(r"#(\d{4})", ann.inner_text("#lines"))
    assert number
    agent.goto(f"http://127.0.0.1:{running.port}/desk/tickets/{number[1]}/")
    agent.get_by_role("button", name=re.compile("^Take")).first.click()
    agent.locator("#text").fill("Yes: from 100 devices on we make you an offer.")
    agent.locator("#send").click()
    expect(ann.locator("#lines")).to_contain_text("we make you an offer", timeout=PATIENCE)
    ann.screenshot(path=screenshots / "playground-instagram.png")
    agent.screenshot(path=screenshots / "playground-desk.png")

"""A real browser, a page with a strict content policy, and a chat server that can misbehave."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from tests.channels.webchat.fake import FakeChat, running

expect.set_options(
    timeout=30_000
)  # a busy machine is slow; which test ran first must not decide how long it may be
CHROMIUM = Path("/usr/bin/chromium")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and "visitor" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Closed with its module: while it is open, no asynchronous test can run in this process."""
    if not CHROMIUM.exists():
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing in CI")
        pytest.skip("skipped: no Chromium at /usr/bin/chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def server() -> Iterator[FakeChat]:
    with running(FakeChat()) as chat:
        yield chat


class Widget:
    """One tab that shows the widget, in the words of a person who uses it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url

    def visit(self) -> Widget:
        self.page.goto(self.url)
        self.launcher.wait_for(state="attached")
        return self

    def open(self) -> Widget:
        self.launcher.click()
        self.field.wait_for()
        return self

    def say(self, text: str) -> None:
        self.field.fill(text)
        self.field.press("Enter")

    @property
    def launcher(self) -> Locator:
        return self.page.locator("threadline-chat .launcher")

    @property
    def panel(self) -> Locator:
        return self.page.locator("threadline-chat .panel")

    @property
    def field(self) -> Locator:
        return self.page.locator("threadline-chat textarea")

    def texts(self, author: str = "") -> list[str]:
        """What the bubbles say, in order; without the greeting."""
        selector = f"threadline-chat li.said{f'.{author}' if author else ''} .bubble > p"
        said = self.page.locator(selector).all_inner_texts()
        return said if author == "customer" or author == "agent" else said[1:]

    def until(self, condition: Callable[[], object], seconds: float = 30) -> None:
        """Waits for something outside the page, too."""
        for _ in range(int(seconds / 0.02)):
            if condition():
                return
            self.page.wait_for_timeout(20)
        raise AssertionError(f"not within {seconds} s; the log shows {self.texts()}")


@pytest.fixture
def faults() -> Iterator[list[str]]:
    """Script errors and breaches of the content policy; a test that causes one fails."""
    found: list[str] = []
    yield found
    assert found == []


@pytest.fixture
def visitor(
    browser: Browser, server: FakeChat, faults: list[str]
) -> Iterator[Callable[..., Widget]]:
    """Makes visitors: each call is a new browser profile with one tab, or another tab of `beside`."""
    contexts: list[BrowserContext] = []

    def make(beside: Widget | None = None, **options: Any) -> Widget:
        if beside is None:
            contexts.append(browser.new_context(**options))
            contexts[-1].add_init_script(
                "addEventListener('securitypolicyviolation',"
                " (e) => { setTimeout(() => { throw new Error('CSP ' + e.violatedDirective) }) })"
            )
        page = (beside.page.context if beside else contexts[-1]).new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        return Widget(page, server.url).visit()

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def widget(visitor: Callable[..., Widget]) -> Widget:
    return visitor().open()

"""The whole product, started once for these tests as `threadline up` starts it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.fakes.mail import MailServers, NotHere
from tests.fakes.otlp import Collector, collecting
from tests.playing import playing
from tests.prepared import prepared_state
from tests.product import Running, free_ports, product

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    """Where the product sends its traces."""
    with collecting() as made:
        yield made


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory, collector: Collector) -> Iterator[Running]:
    state = prepared_state(tmp_path_factory.mktemp("e2e") / "state")
    with product(
        state,
        demo=False,
        THREADLINE_TRACING__ENDPOINT=collector.url,
        THREADLINE_METRICS__PORT=str(free_ports(3)),
    ) as started:
        yield started


@pytest.fixture(scope="module")
def mail() -> Iterator[MailServers]:
    servers = MailServers()
    try:
        servers.start()
    except NotHere as reason:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(reason))
    yield servers
    servers.stop()


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where pictures for people to look at are kept; ignored by git."""
    folder = ROOT / "var" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture
def agent(browser: Browser, running: Running) -> Iterator[Page]:
    """Somebody who sees every queue, signed in."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(60_000)
    logins = (running.state / "demo-logins.txt").read_text()
    found = re.search(r"lead\s+(\S+)\s+(\S+)", logins)
    assert found
    page.goto(f"http://127.0.0.1:{running.port}/desk/")
    page.fill("input[name=login]", found[1])
    page.fill("input[name=password]", found[2])
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/**")
    yield page
    page.context.close()


@pytest.fixture(scope="module")
def playground(running: Running) -> Iterator[str]:
    """Its address."""
    with playing(running) as url:
        yield url

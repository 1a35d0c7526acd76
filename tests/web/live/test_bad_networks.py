"""The chat through a network that cuts and goes silent (R23): nothing missing, nothing twice, the same order on both sides.

Short here; at length: `CHAT_ROUNDS=500 CHAT_MESSAGES=100000 pytest tests/web/live/test_bad_networks.py`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as PlaywrightError

from tests.web.chat.conftest import Widget, browser
from tests.web.live.bad_network import BadNetwork, bad_network
from tests.web.live.conftest import Web

__all__ = ["browser"]

ROUNDS = int(os.environ.get("CHAT_ROUNDS", "8"))
pytestmark = [pytest.mark.browser, pytest.mark.timeout(max(300, 30 * ROUNDS))]
SPELL = (2.0, 10.0) if ROUNDS > 100 else (0.5, 1.5)


def waits(widget: Widget, condition: Callable[[], object]) -> None:
    widget.until(condition, seconds=120)


def tab(browser: Browser, network: BadNetwork, beside: Page | None = None) -> Widget:
    """A tab behind the bad network; the page itself is fetched until it comes."""
    page = (beside.context if beside else browser.new_context()).new_page()
    widget = Widget(page, network.url)
    for _ in range(50):
        try:
            widget.page.goto(network.url, timeout=3_000)
            widget.launcher.wait_for(state="attached", timeout=1_000)
        except PlaywrightError:
            continue  # the network did it
        return widget
    raise AssertionError("the page never came")


def test_both_sides_say_the_same_in_the_same_order(
    browser: Browser, own_web: Callable[[], Web]
) -> None:
    web = own_web()
    with bad_network(web.port, SPELL, seed=23) as network:
        web.do("allow", origin=network.url)
        one = tab(browser, network)
        if not one.panel.is_visible():
            one.open()
        two = tab(browser, network, beside=one.page)
        if not two.panel.is_visible():
            two.open()
        one.say("I need a person")
        waits(one, lambda: one.page.locator("li.customer:not(.waiting)").count() == 1)
        waits(one, lambda: web.do("answer", text="One moment.", team="orders"))
        waits(one, lambda: one.page.locator("li.ticket").count() == 1)
        number = int(one.page.locator("li.ticket strong").inner_text().split()[-1])
        web.do("deed", login="lucia", name="take", number=number)
        mine, theirs = ["I need a person"], []
        for turn in range(20 * ROUNDS):
            if turn >= ROUNDS and network.cuts + network.silences > 3:
                break  # a fast machine has said it all before the network has done enough
            speaker = (one, two)[turn % 2]
            speaker.say(f"customer {turn}")
            mine.append(f"customer {turn}")
            web.do("deed", login="lucia", name="reply", number=number, text=f"agent {turn}")
            theirs.append(f"agent {turn}")
            if turn == ROUNDS // 2:
                web.stop()
                speaker.say("while it restarts")
                mine.append("while it restarts")
                web.start()
            # One tab's words are in before the other goes on, so that there is one right order.
            waits(speaker, partial(is_said, speaker, mine[-1]))
        network.calm()
        for widget in (one, two):
            waits(widget, partial(shows, widget, mine, theirs))
        assert one.texts() == two.texts()
        assert network.cuts + network.silences > 3
        one.page.context.close()


def is_said(widget: Widget, text: str) -> bool:
    """Does the stream show it, so that the server has it?"""
    selector = "threadline-chat li.said.customer:not(.waiting):not(.sent) .bubble > p"
    # The last ones alone: a thousand messages are a long way to walk at each look.
    said = widget.page.locator(selector)
    return text in [said.nth(-1 - back).inner_text() for back in range(min(2, said.count()))]


def shows(widget: Widget, mine: list[str], theirs: list[str]) -> bool:
    return (widget.texts("customer"), widget.texts("agent")) == (mine, theirs)

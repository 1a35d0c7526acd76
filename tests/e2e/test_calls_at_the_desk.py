"""A call that waits for a person, by browser on the real product: offered and taken at the desk, seen from both ends, put down at either."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import ROOT
from tests.product import Running

pytestmark = [
    pytest.mark.browser,
    pytest.mark.rasa,
    pytest.mark.slow,
    pytest.mark.timeout(600),
]

PATIENCE = 30_000
HOURS = """
from bot.bootstrap import set_up_django
set_up_django()
from store.models import Agent, AgentSkill, Capacity, Skill, Team
Team.objects.update(calendar=None)
ruth = Agent.objects.get(user__email__startswith="ruth@")
for skill in Skill.objects.all():
    AgentSkill.objects.get_or_create(agent=ruth, skill=skill, defaults={"level": 3})
Capacity.objects.update_or_create(agent=ruth, channel_kind="any", defaults={"units": 1000})
"""
"""Teams that always work, and a lead who knows everything and whom the tickets of other tests never fill: the test runs
at any hour and waits for nobody else."""


@pytest.fixture
def at_any_hour(running: Running) -> None:
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "THREADLINE_STATE": str(running.state),
        "THREADLINE_DATABASE__URL": "",
    }
    env.pop("DJANGO_SETTINGS_MODULE", None)
    subprocess.run([sys.executable, "-c", HOURS], env=env, check=True)


@pytest.fixture
def phones(browser: Browser, playground: str) -> Iterator[tuple[Page, Page]]:
    """The customer's telephone and the colleague's, each in a window."""
    pages = []
    for place in ("caller", "desk"):
        page = browser.new_page(viewport={"width": 700, "height": 900})
        page.goto(f"{playground}/play/voice")
        page.locator(f"[data-place={place}]").click()
        pages.append(page)
    yield pages[0], pages[1]
    for page, place in zip(pages, ("caller", "desk"), strict=True):
        told = {"deed": "hang up", "value": "", "place": place}
        page.request.post(f"{playground}/play/voice/call", data=told)
        page.context.close()


@pytest.fixture
def second_phone(browser: Browser, playground: str) -> Iterator[Page]:
    """Another colleague's telephone."""
    page = browser.new_page(viewport={"width": 700, "height": 900})
    page.goto(f"{playground}/play/voice")
    page.locator("[data-place=second]").click()
    yield page
    told = {"deed": "hang up", "value": "", "place": "second"}
    page.request.post(f"{playground}/play/voice/call", data=told)
    page.context.close()


def _status(phone: Page, words: str) -> None:
    expect(phone.locator("#status")).to_contain_text(words, timeout=PATIENCE)


def _press(phone: Page, name: str) -> None:
    phone.locator("#keys").get_by_role("button", name=name, exact=True).click()


def _wants_a_person(ann: Page) -> None:
    _press(ann, "Call")
    _status(ann, "listening")
    _press(ann, "0")
    expect(ann.locator("#lines")).to_contain_text(
        re.compile("what is it about|next in line"), timeout=PATIENCE
    )
    if "what is it about" in ann.locator("#lines").inner_text():
        ann.fill("#text", "My last invoice shows a plan that I never ordered.")
        ann.press("#text", "Enter")
    expect(ann.locator("#lines")).to_contain_text("next in line", timeout=PATIENCE)
    _status(ann, "in line")


def _accepts(agent: Page) -> None:
    """Whatever else is offered before the call is left to others."""
    calls = agent.locator(".offer.rings")
    others = agent.locator(".offer[data-left]:not(.rings)")
    for _ in range(10):
        expect(agent.locator(".offer[data-left]").first).to_be_visible(timeout=PATIENCE)
        if calls.count():
            break
        # Never the call itself, which may be offered at this very moment.
        others.first.get_by_role("button", name="Decline").click()
        agent.wait_for_timeout(1500)
    expect(calls).to_contain_text("A call for you")
    expect(calls).to_contain_text("Your telephone rings")


def test_a_call_is_offered_taken_and_put_down(
    agent: Page,
    phones: tuple[Page, Page],
    at_any_hour: None,
    screenshots: Path,
) -> None:
    ann, telephone = phones
    agent.locator("#presence select").select_option("online")
    _wants_a_person(ann)
    # 1. It is offered, and the agent's telephone rings; the packet is there before anybody is connected.
    _accepts(agent)
    agent.screenshot(path=screenshots / "call-offered.png")
    _status(telephone, "ringing")
    telephone.screenshot(path=screenshots / "call-rings.png")
    agent.locator(".offer.rings").get_by_role("button", name="Accept").click()
    agent.wait_for_url("**/tickets/*/?view=mine")
    phone = agent.locator("#phone")
    expect(phone).to_contain_text("Your telephone rings", timeout=PATIENCE)
    expect(phone).to_contain_text("press 1")
    expect(agent.locator("#context")).to_contain_text("Packet")
    _status(ann, "in line")
    agent.screenshot(path=screenshots / "call-ringing.png")
    _press(telephone, "Pick up")
    expect(telephone.locator("#lines")).to_contain_text("on your screen", timeout=PATIENCE)
    _press(telephone, "1")
    # 2. Both see it, and how long it lasts.
    _status(telephone, "talking")
    _status(ann, "talking")
    expect(phone).to_contain_text("You are on the telephone", timeout=PATIENCE)
    since = phone.locator("time.since")
    expect(since).to_have_text(re.compile(r"^0:\d\d$"))
    before = since.inner_text()
    expect(since).not_to_have_text(before, timeout=PATIENCE)
    # 3. A note is one press away, and the call stays in sight on other pages.
    agent.locator("#phone-note").click()
    agent.locator("#text").fill("Wants the refund by bank transfer.")
    agent.locator("#send").click()
    expect(agent.locator("#thread .note")).to_contain_text("bank transfer", timeout=PATIENCE)
    agent.screenshot(path=screenshots / "call-talking.png")
    expect(agent.locator(".on-phone")).to_be_hidden()
    agent.locator(".views a").first.click()
    card = agent.locator(".on-phone")
    expect(card).to_contain_text("You are on the telephone", timeout=PATIENCE)
    agent.screenshot(path=screenshots / "call-elsewhere.png")
    # 4. Hung up at the desk: both telephones are free.
    card.get_by_role("button", name="Hang up").click()
    _status(telephone, "ended")
    _status(ann, "ended")
    expect(card).to_have_count(0, timeout=PATIENCE)


def test_a_call_back_that_the_customer_ends(
    agent: Page,
    phones: tuple[Page, Page],
    at_any_hour: None,
    running: Running,
    screenshots: Path,
) -> None:
    ann, telephone = phones
    agent.locator("#presence select").select_option("away")
    _wants_a_person(ann)
    number = re.search(r"#?(\d ?\d ?\d ?\d)\b", ann.locator("#lines").inner_text())
    assert number
    _press(ann, "1")
    _status(ann, "ended")
    agent.goto(f"http://127.0.0.1:{running.port}/desk/tickets/{number[1].replace(' ', '')}/")
    phone = agent.locator("#phone")
    expect(phone).to_contain_text("Wants to be called back", timeout=PATIENCE)
    phone.get_by_role("button", name="Call").click()
    # Their telephone rings; they think better of it, and the caller keeps the place.
    _status(telephone, "ringing")
    expect(phone).to_contain_text("Your telephone rings", timeout=PATIENCE)
    phone.get_by_role("button", name="Stop ringing").click()
    _status(telephone, "ended")
    expect(phone).to_contain_text("Wants to be called back", timeout=PATIENCE)
    phone.get_by_role("button", name="Call").click()
    _status(telephone, "ringing")
    _press(telephone, "Pick up")
    expect(telephone.locator("#lines")).to_contain_text("screen", timeout=PATIENCE)
    _press(telephone, "1")
    _status(ann, "ringing")
    _press(ann, "Pick up")
    _status(ann, "talking")
    expect(phone).to_contain_text("You are on the telephone", timeout=PATIENCE)
    _press(ann, "Hang up")
    _status(telephone, "ended")
    expect(phone).to_contain_text("Has spoken with", timeout=PATIENCE)
    agent.screenshot(path=screenshots / "call-over.png")


def test_a_colleague_is_asked_first_and_has_the_caller_then(
    agent: Page,
    phones: tuple[Page, Page],
    second_phone: Page,
    at_any_hour: None,
    screenshots: Path,
) -> None:
    ann, telephone = phones
    agent.locator("#presence select").select_option("online")
    _wants_a_person(ann)
    _accepts(agent)
    agent.locator(".offer.rings").get_by_role("button", name="Accept").click()
    agent.wait_for_url("**/tickets/*/?view=mine")
    _status(telephone, "ringing")
    _press(telephone, "Pick up")
    expect(telephone.locator("#lines")).to_contain_text("on your screen", timeout=PATIENCE)
    _press(telephone, "1")
    _status(telephone, "talking")
    phone = agent.locator("#phone")
    expect(phone).to_contain_text("You are on the telephone", timeout=PATIENCE)
    # 1. Whom, whether they are there, and why.
    phone.get_by_role("button", name="Speak with a colleague first").click()
    form = agent.locator("#hand-on")
    form.locator("select[name=colleague]").select_option(index=1)
    form.locator("textarea").fill("Asks for the refund by bank transfer.")
    agent.screenshot(path=screenshots / "call-asking.png")
    form.get_by_role("button", name="Call").click()
    expect(phone).to_contain_text("is being called", timeout=PATIENCE)
    expect(ann.locator("#lines")).to_contain_text("You are on hold", timeout=PATIENCE)
    # 2. The colleague hears it, and the two speak.
    _status(second_phone, "ringing")
    _press(second_phone, "Pick up")
    expect(second_phone.locator("#lines")).to_contain_text("bank transfer", timeout=PATIENCE)
    _press(second_phone, "1")
    _status(second_phone, "talking")
    _status(telephone, "talking")
    expect(phone).to_contain_text("You speak with", timeout=PATIENCE)
    expect(phone.get_by_role("button", name="Back to the caller")).to_be_visible()
    agent.screenshot(path=screenshots / "call-asked.png")
    # 3. The caller is theirs, and so is the ticket.
    phone.get_by_role("button", name="Connect the caller").click()
    _status(telephone, "ended")
    _status(ann, "talking")
    _status(second_phone, "talking")
    expect(phone).to_contain_text("On the telephone with", timeout=PATIENCE)
    expect(agent.locator("#thread .note").last).to_contain_text("bank transfer", timeout=PATIENCE)
    _press(ann, "Hang up")
    _status(second_phone, "ended")
    expect(phone).to_contain_text("Has spoken with", timeout=PATIENCE)

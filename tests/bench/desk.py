"""`python -m tests.bench.desk --tickets 100000`: what the desk takes in Chromium and on the server, with many tickets."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import BrowserContext, sync_playwright

import tests.installation  # noqa: F401 - sets Django up
from bot import desk
from bot.bootstrap import build_house
from bot.clock import system_clock
from bot.house import House
from store.events import Log
from store.indexing import index_next
from store.models import SearchDoc, Ticket, User
from store.turns import lock
from tests import databases
from tests.bench.many import fill
from tests.web.chat.conftest import CHROMIUM, QUIET
from tests.web.seed import make_company
from web.asgi import Web
from web.house import use
from web.serve import settle

FLOOD_SECONDS = 6
PAGES = {
    "inbox, all open": "/desk/view/all/",
    "inbox, mine": "/desk/view/mine/",
    "resolved": "/desk/view/resolved/",
    "ticket": "/desk/tickets/{number}/",
    "search": "/desk/search/?q=charged+twice",
    "search, one order": "/desk/search/?q=FH-1500",
}


def main() -> None:
    """Fills the state where it is not filled, measures, prints one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--state", type=Path, default=Path("var/bench/desk"))
    options = parser.parse_args()
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    state = (options.state / str(options.tickets)).resolve()
    chosen = databases.settings_for("sqlite", state, None)
    if not (state / "threadline.db").exists():
        state.mkdir(parents=True, mode=0o700)
        databases.fill_sqlite(state)
    with databases.using(chosen):
        house = build_house(chosen)
        use(house)
        if not User.objects.exists():
            fill(make_company(house, system_clock), options.tickets, system_clock())  # type: ignore[arg-type]
            while index_next(house.vault):
                pass
        report: dict[str, Any] = {
            "tickets": Ticket.objects.count(),
            "indexed": SearchDoc.objects.count(),
            "load before": os.getloadavg()[0],
        }
        report |= {"server": _server(options.rounds), "chromium": _chromium(house, options.rounds)}
        report["load after"] = os.getloadavg()[0]
        house.database.close()
        house.doorbell.close()
    print(json.dumps(report, indent=2))


def _server(rounds: int) -> dict[str, Any]:
    """Per page: processor and wall milliseconds (best, median, p95), queries, bytes; settled as `web` is."""
    client = _client("ruth")
    settle()
    number = Ticket.objects.filter(status="open").values_list("number", flat=True)[0]
    found = {}
    for name, path in PAGES.items():
        address = path.format(number=number)
        headers = {} if "search" in name else {"HX-Request": "true"}
        client.get(address, headers=headers)
        walls, cpus = [], []
        for _ in range(rounds):
            wall, cpu = time.perf_counter(), time.thread_time()
            answer = client.get(address, headers=headers)
            cpus.append((time.thread_time() - cpu) * 1000)
            walls.append((time.perf_counter() - wall) * 1000)
        with CaptureQueriesContext(connection) as asked:
            client.get(address, headers=headers)
        found[name] = {
            "cpu_ms": _two(cpus),
            "wall_ms": _two(walls),
            "queries": len(asked),
            "kilobytes": round(len(answer.content) / 1024, 1),
        }
    return found


def _chromium(house: House, rounds: int) -> dict[str, Any]:
    """What a person waits for, in milliseconds (best, median, p95), and what the first page weighs."""
    ruth = User.objects.get(email="ruth@fernhill.example")
    with _serving(house) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        context = browser.new_context(viewport={"width": 1440, "height": 860})
        _sign_in(context, url)
        page = context.new_page()
        page.set_default_timeout(120_000)
        weight: list[int] = []
        page.on(
            "requestfinished", lambda request: weight.append(request.sizes()["responseBodySize"])
        )
        page.goto(f"{url}/desk/view/all/")
        page.wait_for_timeout(1000)
        first = {"kilobytes": round(sum(weight) / 1024), "requests": len(weight)}
        inbox, opening, own, others = [], [], [], []
        for at in range(rounds):
            page.goto(f"{url}/desk/view/all/")
            paint = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
            inbox.append(float(page.evaluate(paint)))
            row = page.locator(".row").nth(at % 20)
            number = int(row.get_attribute("data-number") or 0)
            opening.append(page.evaluate(_OPENED, number))
            others.append(_heard(house, ruth, page, number))
            own.append(page.evaluate(_SAID))
        calm = page.evaluate(_FRAMES, FLOOD_SECONDS)
        with _flood(house) as written:
            flooded = page.evaluate(_FRAMES, FLOOD_SECONDS)
        browser.close()
    return {
        "first page": first,
        "inbox, first content": _two(inbox),
        "opening a conversation": _two(opening),
        "own words visible": _two(own),
        "another's event visible": _two(others),
        "frames, nothing happening": _frames(calm),
        "frames under events": {**_frames(flooded), "events": len(written)},
    }


def _frames(gaps: list[float]) -> dict[str, float]:
    """How long the page stood still: gaps between frames in milliseconds."""
    over = sum(gap > 100 for gap in gaps)
    return {"frames": len(gaps), "longest": round(max(gaps), 1), "over 100 ms": over}


@contextmanager
def _flood(house: House) -> Iterator[list[int]]:
    """200 events a second in as many open conversations, in transactions of twenty, until the block ends."""
    written: list[int] = []
    stopping = threading.Event()
    talks = list(
        Ticket.objects.filter(urgent_at__isnull=False).values_list("conversation", flat=True)[:200]
    )

    def write() -> None:
        begun = time.perf_counter()
        for at in itertools.count():
            with transaction.atomic():
                for talk in talks[at * 20 % len(talks) :][:20]:
                    row = lock(talk)
                    log = Log(row, house.clock())
                    log.add("noted", "system")
                    log.write()
                    row.save(update_fields=["last_seq"])
                    written.append(at)
            house.doorbell.ring("events")
            if stopping.wait(max(0.0, begun + (at + 1) * 0.1 - time.perf_counter())):
                break
        connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    yield written
    stopping.set()
    thread.join(20)


def _heard(house: House, user: User, page: Any, number: int) -> float:
    """From the commit of a colleague's note until it stands in the open page."""
    words = f"Note {time.perf_counter_ns()}"
    page.evaluate(_WATCH, words)
    begun = time.time() * 1000
    desk.note(house, user, number, words)
    return float(page.evaluate("window.heard")) - begun


_FRAMES = """(seconds) => new Promise((done) => {
  const gaps = [], end = performance.now() + seconds * 1000;
  let last = performance.now();
  const step = (now) => { gaps.push(now - last); last = now; now < end ? requestAnimationFrame(step) : done(gaps); };
  requestAnimationFrame(step);
})"""
_OPENED = """(number) => new Promise((done) => {
  const begun = performance.now();
  const look = () => document.querySelector("#pane").dataset.number === String(number)
    && document.querySelector("#thread .said") ? done(performance.now() - begun) : requestAnimationFrame(look);
  document.querySelector(`.row[data-number="${number}"] > a`).click();
  look();
})"""
_SAID = """() => new Promise((done) => {
  document.getElementById("mode-note").click();
  const text = document.getElementById("text");
  text.value = "Own words";
  text.dispatchEvent(new Event("input", { bubbles: true }));
  const begun = performance.now();
  const look = () => document.querySelector(".said.pending, .said.note:last-child")
    ? done(performance.now() - begun) : requestAnimationFrame(look);
  document.getElementById("send").click();
  requestAnimationFrame(look);
})"""
_WATCH = """(words) => { window.heard = new Promise((done) => {
  const look = () => document.getElementById("thread").textContent.includes(words)
    ? done(Date.now()) : setTimeout(look, 5);
  look();
}); }"""


@contextmanager
def _serving(house: House) -> Iterator[str]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        web = Web(house)
        server = uvicorn.Server(uvicorn.Config(web, log_config=None, lifespan="on"))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            web.streams.end_all()
            server.should_exit = True
            thread.join(20)


def _client(login: str) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(email=f"{login}@fernhill.example"))
    return client


def _sign_in(context: BrowserContext, url: str) -> None:
    key = _client("ruth").cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": url}])


def _two(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    p95 = ordered[min(len(ordered) - 1, round(len(ordered) * 0.95))]
    return {
        "best": round(ordered[0], 1),
        "median": round(statistics.median(ordered), 1),
        "p95": round(p95, 1),
    }


if __name__ == "__main__":
    main()

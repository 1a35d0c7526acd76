"""Products that the knowledge base names are found in messages, from the index that serves now, up to the ticket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
from django.db import connections

from bot import ingest as module
from bot.artefacts import EVERY, follow, load_parts
from bot.brain import Brain, brain_app
from bot.handoff import _slots
from bot.house import House
from bot.ingest import ingest, rollback_index
from bot.wire import understood_from_json
from core.understanding import Act, Entity
from nlu.acts import ActModel
from nlu.shape import DIMENSION
from nlu.understand import Understander
from store.models import Brand
from tests.company import Company
from tests.kb_index.conftest import WordEncoder

RAY = """---
title: Clean the Ray
language: en
tags: [cleaning, "product:Nimbus Ray", "product:Ray"]
---
Wipe the lens of the Ray with a dry cloth.
"""
DOME = """---
title: Mount the Dome
language: en
tags: ["product:Dome"]
---
Screw the Dome to the ceiling.
"""


class Clock:
    """A minute passes between two looks."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


@pytest.fixture
def passing(house: House, company: Company, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr(module, "indexing_encoder", lambda house: WordEncoder())
    return replace(house, clock=Clock())


@pytest.fixture
def brain() -> Brain:
    """Everything is a question to it; what is named in a message is found as ever."""
    encoder = WordEncoder()
    labels = (Act.ASK, Act.GREET)
    width = 2 * encoder.dimension + DIMENSION
    model = ActModel(labels, np.zeros((2, width), np.float32), np.array([9.0, 0.0]), 1.0, "zero")
    return Brain(encoder=encoder, understander=Understander(model, encoder, encoder))


async def understood(brain: Brain, text: str, hint: str = "en") -> dict[str, Any]:
    """What the product's own processes are told."""
    body = {
        "text": text,
        "history": [],
        "language_hint": hint,
        "brand": "default",
        "audience": ["public"],
    }
    transport = httpx2.ASGITransport(app=brain_app(brain, "token"))
    async with httpx2.AsyncClient(transport=transport, base_url="http://brain") as client:
        told = await client.post(
            "/understand", json=body, headers={"authorization": "Bearer token"}
        )
    found: dict[str, Any] = told.json()["understood"]
    return found


async def products(brain: Brain, text: str) -> list[tuple[str, str]]:
    """The words of the message and the product that each names."""
    found = (await understood(brain, text))["entities"]
    return [(text[e["start"] : e["end"]], e["value"]) for e in found if e["kind"] == "product"]


def _follow(house: House, brain: Brain, loaded: Any = None) -> Any:
    return load_parts(house.settings, lambda settings: WordEncoder(), brain, loaded)


async def test_products_follow_the_index_that_serves(
    passing: House, brain: Brain, tmp_path: Path, company: Company
) -> None:
    run, source = passing.database.run, tmp_path / "articles"
    source.mkdir()
    (source / "ray.md").write_text(RAY)
    for number in range(8):
        (source / f"more-{number}.md").write_text(f"# More {number}\n\nAbout thing {number}.\n")
    text = "My nimbus ray flickers, and the RAY beside the dome too"
    assert await products(brain, text) == []
    await run(ingest, passing, source)
    loaded = await run(_follow, passing, brain)
    assert await products(brain, text) == [("nimbus ray", "Nimbus Ray"), ("RAY", "Ray")]
    assert await products(brain, "an array of x-rays") == []
    (source / "dome.md").write_text(DOME)
    await run(ingest, passing, source)
    await run(_follow, passing, brain, loaded)
    assert ("dome", "Dome") in await products(brain, text)
    (source / "ray.md").unlink()
    await run(ingest, passing, source)
    await run(_follow, passing, brain, loaded)
    assert await products(brain, text) == [("dome", "Dome")]
    await run(rollback_index, passing)
    await run(_follow, passing, brain, loaded)
    assert len(await products(brain, text)) == 3


async def test_what_is_taken_out_is_out_of_a_serving_brain_within_a_second(
    passing: House,
    brain: Brain,
    tmp_path: Path,
    company: Company,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert EVERY <= 0.5  # and a switch takes moments
    in_thread = asyncio.to_thread

    async def and_closed(work: Callable[..., Any], *given: Any) -> Any:
        """Its threads live as long as the process, those of the test do not."""

        def done() -> Any:
            try:
                return work(*given)
            finally:
                connections.close_all()

        return await in_thread(done)

    monkeypatch.setattr(asyncio, "to_thread", and_closed)
    run, source = passing.database.run, tmp_path / "articles"
    source.mkdir()
    (source / "ray.md").write_text(RAY)
    (source / "dome.md").write_text(DOME)
    await run(ingest, passing, source)
    loaded = await run(_follow, passing, brain)
    assert await products(brain, "my Nimbus Ray") != []
    following = asyncio.create_task(
        follow(passing.settings, lambda settings: WordEncoder(), brain, loaded)
    )
    try:
        (source / "ray.md").unlink()
        await run(ingest, passing, source)
        for _ in range(600):
            await asyncio.sleep(0.1)
            if not (still := await products(brain, "my Nimbus Ray")):
                break
        assert still == []
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def test_a_product_reaches_whoever_takes_over(brain: Brain, company: Company) -> None:
    assert isinstance(brain.understander, Understander)
    brain.understander.know_products(["Dome"])
    meant = understood_from_json(await understood(brain, "the dome of order FH-200123 hums"))
    assert Entity("product", "Dome", 4, 8) in meant.entities

    class Waiting:
        waiting = ()

    named = _slots(Waiting(), meant)  # type: ignore[arg-type]
    assert {"name": "product", "value": "Dome", "seq": 0} in named


async def test_messages_are_read_as_the_companys_customers_write_them(
    passing: House, brain: Brain, company: Company
) -> None:
    """Its languages, and the country of its time zone; a change in the settings is followed."""
    run = passing.database.run
    text = "ruf 030 901820 seit 03/04/2026 an"

    def settle(languages: list[str], zone: str) -> None:
        Brand.objects.filter(slug="default").update(languages=languages, time_zone=zone)

    async def kinds() -> dict[str, str]:
        entities = (await understood(brain, text, ""))["entities"]
        return {entity["kind"]: entity["value"] for entity in entities}

    await run(settle, ["en"], "America/New_York")
    loaded = await run(_follow, passing, brain)
    assert "phone" not in await kinds()
    assert (await understood(brain, "🙂", ""))["language"] == "en"
    await run(settle, ["de", "en"], "Europe/Berlin")
    await run(_follow, passing, brain, loaded)
    assert await kinds() == {"phone": "+4930901820", "date": "2026-04-03"}
    assert (await understood(brain, "🙂", ""))["language"] == "de"


async def test_today_is_the_companys_day() -> None:
    encoder = WordEncoder()
    labels = (Act.ASK, Act.GREET)
    width = 2 * encoder.dimension + DIMENSION
    model = ActModel(labels, np.zeros((2, width), np.float32), np.array([9.0, 0.0]), 1.0, "zero")
    late = Understander(
        model, encoder, encoder, clock=lambda: datetime(2026, 11, 20, 23, tzinfo=UTC)
    )
    found = []
    for zone in ("UTC", "Asia/Tokyo"):
        late.know_company(["en"], zone)
        (entity,) = late.understand("it broke yesterday").entities
        found.append(entity.value)
    assert found == ["2026-11-19", "2026-11-20"]

"""The API keeps to its own description: schemathesis makes up requests, right and wrong, for every operation.

No server error, no undocumented status, no answer outside its schema, nothing open without a token. Bounded and
repeatable: THREADLINE_EXAMPLES=100 asks more, THREADLINE_OPERATIONS=posts only where that stands in the address, and
THREADLINE_MINUTES=20 goes round and round with other requests for so long. Against a running installation use the
`schemathesis` command, as `docs/api.md` says.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, assume, given, seed, settings
from requests import Request
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup

from bot.settings import Web as WebSettings
from tests.web.api.conftest import Answers, World
from web import house as web_house
from web.asgi import Web

ONLY = os.environ.get("THREADLINE_OPERATIONS", "")
PATIENCE = 120.0
"""Seconds for an answer: the machine may be busy."""
EXAMPLES = int(os.environ.get("THREADLINE_EXAMPLES", "3"))
"""For each operation, of right and of wrong requests."""
MINUTES = float(os.environ.get("THREADLINE_MINUTES", "0"))
BOUNDED = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def app(world: World) -> Iterator[Web]:
    """The whole of `web` as one ASGI app, for a token that may ask often."""
    more = WebSettings(api_per_minute=1_000_000)
    settings = world.house.settings.model_copy(update={"web": more})
    yield Web(replace(world.house, settings=settings))
    web_house.use(world.house)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_whatever_is_asked_the_answers_are_those_described(
    app: Web, world: World, brain: Answers
) -> None:
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app, timeout=PATIENCE)
    headers = {"Authorization": f"Bearer {world.tokens['ada']}"}
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 100
    chosen = [one for one in operations if ONLY in one.label]
    wrong: dict[str, str] = {}
    asked, until = 0, time.monotonic() + MINUTES * 60
    for turn, operation, mode in _turns(chosen):
        if turn and time.monotonic() > until:
            break
        try:
            asked += _check(operation, mode, headers, turn)
        except FailureGroup as found:
            wrong[f"{operation.label}, {mode.value}"] = str(found)
            print(f"{operation.label}, {mode.value}: {found}", flush=True)
    print(f"{asked} requests to {len(chosen)} operations")
    assert wrong == {}


def _turns(operations: list[Any]) -> Iterator[tuple[int, Any, GenerationMode]]:
    for turn in count():
        for operation in operations:
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                yield turn, operation, mode


def _check(operation: Any, mode: GenerationMode, headers: dict[str, str], turn: int = 0) -> int:
    """Returns how often was asked. The first turn is the same each time, later ones ask for something else."""
    asked = 0

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(BOUNDED, derandomize=turn == 0)
    def ask(case: Any) -> None:
        nonlocal asked
        # What is empty is not sent, so that a question with it is wrong in its schema and right on the line.
        assume(not any(is_not_sent(one) for one in (case.query or {}).values()))
        asked += 1
        case.call_and_validate(headers=headers, timeout=PATIENCE)

    (seed(turn)(ask) if turn else ask)()
    return asked


def is_not_sent(value: Any) -> bool:
    """Whether nothing stands on the line of a question's value; a list of nothings leaves as little there as an empty one."""
    return value in _NOTHINGS or (
        isinstance(value, list) and all(one in _NOTHINGS for one in value)
    )


_NOTHINGS: tuple[Any, ...] = ([], {}, None)


@pytest.mark.parametrize("value", [[], {}, None, [None], [[]], [{}, None], "", 0, [""], [0, None]])
def test_what_is_not_sent_is_known(app: Web, value: Any) -> None:
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app, timeout=PATIENCE)
    case = schema["/api/v1/events"]["GET"].Case(query={"more": value})
    address = Request("GET", "http://testserver", params=case.query).prepare().url
    assert is_not_sent(value) == ("more" not in str(address))


def test_a_server_error_is_found(app: Web, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise LookupError("planted")

    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app, timeout=PATIENCE)
    monkeypatch.setattr("web.api.tickets.counts", broken)
    with pytest.raises(FailureGroup, match="Server error"):
        _check(
            schema["/api/v1/views"]["GET"],
            GenerationMode.POSITIVE,
            {"Authorization": f"Bearer {world.tokens['ada']}"},
        )

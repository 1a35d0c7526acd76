"""What goes to and comes from Teams fits Microsoft's own description of its connector, where that is here."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.knowledge import Citation
from core.message import Button
from tests.channels.teams.provider import TeamsProvider
from tests.fakes.teams import ANN, GROUP, PERSONAL

DATA = Path(os.environ.get("THREADLINE_DATA") or Path(__file__).parents[3].parent / "shared/data")
Json = dict[str, Any]
NEWER = frozenset({"tenantId", "aadObjectId"})
"""Names that came after the description. What an entity holds depends on its kind, and is not described."""


@pytest.fixture(scope="module")
def specification() -> Json:
    file = DATA / "openapi" / "botframework_connector_api.json"
    if not file.exists():
        pytest.skip("skipped: data absent")
    described: Json = json.loads(file.read_text())
    return described


def misfits(value: Any, about: Json, definitions: Json, place: str = "$") -> list[str]:
    """Where a value is not as described: names that are unknown, and values of another type."""
    if "$ref" in about:
        about = definitions[about["$ref"].rpartition("/")[2]]
    kind = about.get("type")
    if kind == "string" and not isinstance(value, str):
        return [f"{place} is no text"]
    if kind == "array":
        items = value if isinstance(value, list) else []
        found = [] if isinstance(value, list) else [f"{place} is no list"]
        for number, item in enumerate(items):
            found += misfits(item, about["items"], definitions, f"{place}[{number}]")
        return found
    known = about.get("properties")
    if not known or not isinstance(value, dict):
        return []
    found = []
    for name, inner in value.items():
        if name in known:
            found += misfits(inner, known[name], definitions, f"{place}.{name}")
        elif name not in NEWER and ".entities" not in place:
            found.append(f"{place}.{name} is unknown")
    return found


def test_the_misfits_are_found(specification: Json) -> None:
    definitions = specification["definitions"]
    wrong = {"type": "message", "txt": "x", "attachments": {}, "id": 7}
    found = misfits(wrong, definitions["Activity"], definitions)
    assert sorted(found) == ["$.attachments is no list", "$.id is no text", "$.txt is unknown"]


async def test_what_we_send_is_as_described(specification: Json) -> None:
    definitions, provider = specification["definitions"], TeamsProvider()
    provider.start()
    try:
        source = Citation("plans", "Plans", "https://help.example.org/plans", "Two plans.", "r1")
        said = replace(
            provider.outbound("Two plans."), buttons=(Button("Small", "s"),), citations=(source,)
        )
        receipt = await provider.channel.send(said)
        assert receipt.provider_id
        (activity,) = next(iter(provider.teams.messages.values()))
        assert misfits(activity, definitions["Activity"], definitions) == []
    finally:
        provider.stop()
    for path in ("/v3/conversations", "/v3/conversations/{conversationId}/activities"):
        assert "post" in specification["paths"][path]


def test_what_the_fake_brings_is_as_described(specification: Json) -> None:
    definitions, teams = specification["definitions"], TeamsProvider().teams
    said = teams.say(ANN, PERSONAL, "hello")
    calls = [said, teams.say(ANN, GROUP, "hello", call=True)]
    calls += [teams.edit(said, "bye"), teams.delete(said), teams.install(ANN, PERSONAL)]
    for call in calls:
        activity = json.loads(call.body)
        assert misfits(activity, definitions["Activity"], definitions) == []

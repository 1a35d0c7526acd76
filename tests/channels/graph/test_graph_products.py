"""Messenger and Instagram pass the contract, too; the suite itself runs over WhatsApp."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.channels.graph.provider import GraphProvider
from tests.contract import test_every_channel
from tests.contract.test_every_channel import (  # noqa: F401 - collected here once more
    test_a_genuine_arrival_passes,
    test_a_retry_is_the_same_message,
    test_an_arrival_is_acknowledged,
    test_broken_headers_are_refused_or_still_genuine,
    test_forgeries_are_refused,
    test_no_secret_is_shown,
    test_our_own_echo_comes_to_nothing,
    test_outcomes_map_to_errors,
    test_parse_survives_garbage,
    test_the_answer_finds_its_thread,
    test_what_is_declared_arrives_and_nothing_else,
)


@pytest.fixture(scope="module")
def started() -> Iterator[dict[str, GraphProvider]]:
    """Both, each started once."""
    both = {product: GraphProvider(product) for product in ("messenger", "instagram")}
    for provider in both.values():
        provider.start()
    yield both
    for provider in both.values():
        provider.stop()


@pytest.fixture(params=["messenger", "instagram"])
def provider(request: pytest.FixtureRequest, started: dict[str, GraphProvider]) -> GraphProvider:
    return started[request.param]


RECORDINGS = [
    (path.parent.name, path)
    for path in sorted((Path(__file__).parent / "recordings").glob("*/*.json"))
]


@pytest.mark.parametrize(("provider", "path"), RECORDINGS, indirect=["provider"], ids=str)
def test_recordings_of_both_parse_as_expected(provider: GraphProvider, path: Path) -> None:
    test_every_channel.test_recordings_parse_as_expected(provider, path)

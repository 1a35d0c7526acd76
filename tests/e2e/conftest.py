"""The whole product, started once for these tests as `threadline up` starts it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.mail import MailServers, NotHere
from tests.prepared import prepared_state
from tests.product import Running, product

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    state = prepared_state(tmp_path_factory.mktemp("e2e") / "state")
    with product(state, demo=False) as started:
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

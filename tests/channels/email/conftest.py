"""One Dovecot and one SMTP server for this folder; each test uses addresses of its own."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.mail import MailServers, NotHere


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.enable_socket)


@contextlib.contextmanager
def running(servers: MailServers) -> Iterator[MailServers]:
    """These while they run. What they are made of may be missing at home, not where CI is."""
    try:
        servers.start()
    except NotHere as reason:
        if os.environ.get("CI"):
            pytest.fail(str(reason))
        pytest.skip(str(reason))
    try:
        yield servers
    finally:
        servers.stop()


@pytest.fixture(scope="session")
def servers() -> Iterator[MailServers]:
    with running(MailServers()) as servers:
        yield servers


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The labelled mail corpora, which are not part of the repository."""
    root = Path(__file__).parents[3]
    data = Path(os.environ.get("THREADLINE_DATA", root.parent / "shared" / "data"))
    if not (data / "mime-messages").exists():
        pytest.skip("skipped: data absent")
    return data

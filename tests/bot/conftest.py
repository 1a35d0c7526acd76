"""What is logged in these tests is collected, never printed; a customer who writes, and what the assistant is told to answer."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.bot.scripted import ScriptedDialogue
from tests.company import Writer

Logged = list[MutableMapping[str, Any]]


@pytest.fixture(autouse=True)
def logged() -> Iterator[Logged]:
    """Every log entry of the test so far."""
    with capture_logs() as entries:
        yield entries


@pytest.fixture
def dialogue() -> ScriptedDialogue:
    """What the assistant answers; a suite may script more."""
    return ScriptedDialogue()


@pytest.fixture
def maya() -> Writer:
    """Somebody who writes mails."""
    return Writer()

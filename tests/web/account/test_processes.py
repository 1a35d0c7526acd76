"""What is counted for signing in is counted over all web processes (R46): real ones, on each database."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import pytest

from bot.house import House
from tests.company import Company
from tests.databases import ROOT
from web.account.tries import MOST_OF_ACCOUNT

PROCESSES, TRIES = 2, 7
pytestmark = pytest.mark.timeout(600)


@contextmanager
def _process(house: House, arguments: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    clean = {name: value for name, value in os.environ.items() if "THREADLINE" not in name}
    environment = clean | {
        "DJANGO_SETTINGS_MODULE": "web.django_settings",
        "PYTHONPATH": str(ROOT),
        "THREADLINE_STATE": str(house.settings.state),
        "THREADLINE_DATABASE__URL": house.settings.database.url.get_secret_value(),
    }
    command = [sys.executable, "-W", "ignore", "-m", "tests.web.account.guesser", *arguments]
    with subprocess.Popen(
        command, env=environment, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _guessed(house: House, emails: Sequence[str]) -> list[int]:
    """How many tries of each process came to a password; they guess at the same time."""
    with ExitStack() as started:
        processes = [
            started.enter_context(_process(house, [email, str(TRIES), str(1 + at * TRIES)]))
            for at, email in enumerate(emails)
        ]
        assert [_said(process) for process in processes] == ["ready"] * len(processes)
        for process in processes:
            assert process.stdin is not None
            print("go", file=process.stdin, flush=True)
        return [int(_said(process)) for process in processes]


def test_an_account_takes_ten_wrong_ones_over_all_processes(company: Company) -> None:
    email = company.agent.email
    assert (
        sum(_guessed(company.house, [email, email.upper()])) == MOST_OF_ACCOUNT < PROCESSES * TRIES
    )

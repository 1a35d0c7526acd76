"""Whatever dies, nothing accepted is lost and nothing is said twice: the command of this folder, in its short form."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.architecture.source import ROOT
from tests.fakes.mail import DOVECOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.rasa,
    pytest.mark.timeout(1500),
]


@pytest.mark.parametrize(
    ("kind", "messages", "kills"),
    [
        ("sqlite", 60, 1),
        pytest.param("sqlite", 300, 5, marks=pytest.mark.journey),
        pytest.param("postgresql", 300, 5, marks=pytest.mark.journey),
    ],
)
def test_nothing_is_lost_or_doubled_while_every_process_is_killed(
    kind: str, messages: int, kills: int
) -> None:
    if not DOVECOT and not os.environ.get("CI"):
        pytest.skip("skipped: dovecot is not installed")
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith(("THREADLINE_", "DJANGO"))
    }
    size = ["--messages", str(messages), "--kills", str(kills)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos", "--database", kind, *size, "--seed", "7"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    report = json.loads(done.stdout.splitlines()[-1])
    print(json.dumps(report, indent=2))
    assert report["problems"] == {}
    assert report["killed_too_seldom"] == {}
    assert report["accepted"] == report["stored"] == messages

"""A process that is started alone, where nobody has said where the others are, says so in a sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("name", ["work", "brain"])
def test_it_names_what_is_not_set(name: str, tmp_path: Path) -> None:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("THREADLINE_", "DJANGO"))}
    env["THREADLINE_STATE"] = str(tmp_path)
    alone = subprocess.run(
        [sys.executable, "-m", "bot", name], env=env, capture_output=True, text=True, check=False
    )
    assert alone.returncode == 1
    assert "Traceback" not in alone.stderr
    assert "THREADLINE_BRAIN_TOKEN" in alone.stderr
    assert "`threadline up` sets them" in alone.stderr

"""The playground of a running product, where a person plays the customer on every channel."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.product import Running

ROOT = Path(__file__).resolve().parents[1]
PREPARE = """
from bot.bootstrap import build_house, set_up_django
set_up_django()
from bot.playground import make_playground
print(make_playground(build_house()))
"""


@contextmanager
def playing(running: Running) -> Iterator[str]:
    """The playground's address, as `up --demo` would have started it."""
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "THREADLINE_STATE": str(running.state),
        "THREADLINE_WEB__PORT": str(running.port),
        "THREADLINE_DATABASE__URL": "",
    }
    env.pop("DJANGO_SETTINGS_MODULE", None)
    made = subprocess.run(
        [sys.executable, "-c", PREPARE], env=env, capture_output=True, text=True, check=True
    )
    url = made.stdout.split()[-1]
    process = subprocess.Popen([sys.executable, "-m", "demo.playground"], env=env, cwd=ROOT)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(url, timeout=2).close()
                break
            except (urllib.error.URLError, OSError):
                assert process.poll() is None, "the playground has ended"
                time.sleep(0.2)
        yield url
    finally:
        process.terminate()
        process.wait(20)

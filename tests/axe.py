"""axe-core for tests that open pages. It comes from npm at the first run and stays in `var/test`; it is no part of the repository."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.databases import CACHE

VERSION = "4.14.1"


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core; without npm, or without a registry, its tests are skipped, but fail in CI."""
    kept = CACHE.parent / f"axe-core-{VERSION}" / "axe.min.js"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        try:
            _fetch(kept)
        except (OSError, subprocess.SubprocessError) as problem:
            if os.environ.get("CI"):
                raise
            pytest.skip(f"skipped: no axe-core ({type(problem).__name__})")
    return kept.read_text()


def _fetch(kept: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise FileNotFoundError("npm")
    command = [npm, "pack", "--silent", f"axe-core@{VERSION}"]
    done = subprocess.run(
        command, cwd=kept.parent, check=True, timeout=120, capture_output=True, text=True
    )
    packed = kept.parent / done.stdout.strip().splitlines()[-1]
    shutil.unpack_archive(packed, kept.parent)
    packed.unlink()
    (kept.parent / "package" / "axe.min.js").replace(kept)
    shutil.rmtree(kept.parent / "package")

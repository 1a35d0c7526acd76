"""Takes out one guard after the other and runs its tests: `python -m tests.guards.run`; prints one JSON object.

Everything is imported once, then each guard gets a fork of its own, so nothing that is taken out stays out.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

import pytest

import tests.installation  # noqa: F401 - sets Django up
from tests.guards.every import EVERY
from tests.guards.guards import Guard

LANES = 4
PATIENCE = 60
WARNING = "ignore::pytest.PytestAssertRewriteWarning"
OPTIONS = (
    "-p",
    "no:xdist",
    "-p",
    "no:randomly",
    "-p",
    "no:cacheprovider",
    "-q",
    "--tb=line",
    "-W",
    WARNING,
)


class Removal:
    """Takes the guard out when all tests are imported, and notes which of them failed."""

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        self.failed: set[str] = set()
        self.skipped: set[str] = set()

    def pytest_collection_modifyitems(self) -> None:
        self.guard.remove()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        name = report.nodeid.partition("[")[0]
        if report.when == "call" and report.failed:
            self.failed.add(name)
        if report.skipped:
            self.skipped.add(name)


def try_without(guard: Guard, results: Connection, *, seconds: int) -> None:
    """Runs in the fork: sends which tests failed, which were skipped, and what pytest printed. `seconds`: of a test."""
    removal, out = Removal(guard), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        arguments = [*guard.tests, f"--database={guard.database}", *OPTIONS, f"--timeout={seconds}"]
        status = pytest.main(arguments, plugins=[removal])
    results.send(
        {
            "status": int(status),
            "failed": sorted(removal.failed),
            "skipped": sorted(removal.skipped),
            "output": out.getvalue()[-3000:],
        }
    )


def _import_everything() -> None:
    """What pytest loads at its start (its extensions, the tests themselves) costs more than the tests of a guard."""
    files = sorted({name.partition("::")[0] for guard in EVERY for name in guard.tests})
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        status = pytest.main([*files, "--collect-only", *OPTIONS])
    if status != pytest.ExitCode.OK:
        sys.exit(out.getvalue()[-3000:])
    # pytest looks for garbage at the end of every run: in a fork that would walk and copy all that was imported.
    gc.collect()
    gc.freeze()


def main() -> None:
    """One fork a guard, in four lanes: a guard whose tests wait does not keep the others waiting."""
    _import_everything()
    lanes = [_begun(partial(_take_out, EVERY[number::LANES])) for number in range(LANES)]
    found: dict[str, Any] = {}
    for process, results in lanes:
        found |= results.recv()
        process.join()
    print(json.dumps(found))


def _take_out(guards: Sequence[Guard], results: Connection) -> None:
    """Runs in a lane: sends by name what came of each."""
    found = {}
    for guard in guards:
        result = tried(guard, PATIENCE)
        if not set(guard.tests) <= {*result["failed"], *result["skipped"]}:
            # A test that was never reached, on a busy machine, is not red either; decoration stays green.
            result = tried(guard, PATIENCE * 5)
        found[guard.name] = result
        print(f"{guard.name}: {len(result['failed'])} red", file=sys.stderr, flush=True)
    results.send(found)


def tried(guard: Guard, seconds: int) -> dict[str, Any]:
    """What came of it in a fork; each test may take so many seconds."""
    process, results = _begun(partial(try_without, guard, seconds=seconds))
    result: dict[str, Any] = {"status": -1, "failed": [], "skipped": [], "output": "it died"}
    with contextlib.suppress(EOFError):
        result = results.recv()
    process.join()
    return result


def _begun(work: Callable[[Connection], None]) -> tuple[BaseProcess, Connection]:
    """A fork that does this, and where it sends what came of it."""
    context = get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=work, args=(theirs,))
    process.start()
    theirs.close()
    return process, ours


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    main()

"""`threadline chaos`: kills every process again and again under work on all channels, then counts what was lost or doubled.

Status 1 when anything that must be zero is not. Without `--state` it works on a copy of the prepared state
(`tests.prepared`), which is made first where it is missing: minutes, once.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.bootstrap import set_up_django
from tests.fakes.postgresql import running_postgresql
from tests.prepared import prepared_state


def main() -> int:
    """Status 0 when nothing that must be zero was more, and everything was killed that should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=500)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--state", type=Path)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="threadline-chaos-") as folder,
        _database(options.database) as options.url,
    ):
        state = options.state or prepared_state(Path(folder) / "state", options.url)
        os.environ["THREADLINE_STATE"] = str(state)
        if options.url:
            os.environ["THREADLINE_DATABASE__URL"] = options.url
        set_up_django()
        from tests.chaos.run import MUST_BE_ZERO, run

        report = run(options, state)
    problems = {name: report[name] for name in MUST_BE_ZERO if report[name]}
    done = sum(sum(points.values()) for points in report["kills"].values())
    report |= {"problems": problems, "killed": done}
    print(json.dumps(report) if options.json else json.dumps(report, indent=2), flush=True)
    return 1 if problems or done < options.kills else 0


@contextmanager
def _database(kind: str) -> Iterator[str]:
    """The URL of an empty PostgreSQL database of our own, or nothing for SQLite."""
    if kind == "sqlite":
        yield ""
        return
    with running_postgresql() as server:
        server.run("createdb", "chaos")
        yield server.url("chaos")


if __name__ == "__main__":
    raise SystemExit(main())

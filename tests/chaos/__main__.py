"""`threadline chaos`: kills every process again and again under work on all channels, then counts what was lost or doubled.

Status 1 when anything that must be zero is not, or fewer were killed than asked for.
"""

from __future__ import annotations

import argparse
import json

from tests.chaos.ground import KINDS, ground


def main() -> int:
    """Status 0 when nothing that must be zero was more, and everything was killed that should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=500)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    parser.add_argument("--fleet", action="store_true")
    parser.add_argument("--redis", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.fleet and options.database == "sqlite":
        parser.error("several of each process need PostgreSQL")
    # Several machines ring for one another; one may do without.
    with ground(options.database, has_redis=options.redis or options.fleet) as found:
        from tests.chaos.run import problems, run

        report = run(options, found)
    done = sum(sum(points.values()) for points in report.get("kills", {}).values())
    report |= {"problems": report.get("problems") or problems(report), "killed": done}
    print(json.dumps(report) if options.json else json.dumps(report, indent=2), flush=True)
    return 1 if report["problems"] or done < options.kills else 0


if __name__ == "__main__":
    raise SystemExit(main())

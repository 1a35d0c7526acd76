"""What must hold under load, while processes restart, and while the database is away: `threadline trial short`."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.architecture.source import ROOT
from tests.chaos.soak import grown
from tests.chaos.test_chaos import skip_where_servers_are_missing


@pytest.mark.slow
@pytest.mark.rasa
@pytest.mark.timeout(1800)
def test_nothing_is_lost_or_refused_under_load_restarts_and_outages() -> None:
    skip_where_servers_are_missing("postgresql")
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith(("THREADLINE_", "DJANGO"))
    }
    command = [sys.executable, "-m", "bot", "trial", "short", "--database", "postgresql", "--json"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=False
    )
    report = json.loads(done.stdout.splitlines()[-1])
    print(json.dumps(report, indent=2))
    assert report["problems"] == {}, "how fast it was is not asked here"
    assert report["streams"]["streams"] == 300
    assert report["restarts"]["events_seen"] > 0
    assert report["restarts"]["stream_breaks"] > 0, "the streams were cut and came back"
    assert report["outage"]["outages"] == 2
    assert report["outage"]["refused_meanwhile"], "nobody was told that it was stored"
    assert report["rasa"]["answered_meanwhile"]["messages"] > 0
    assert report.get("redis", {"outages": 2})["outages"] == 2


def test_what_grows_is_named() -> None:
    level = {"early": 100.0, "late": 104.0, "percent_an_hour": 1.0}
    leak = {"early": 100.0, "late": 140.0, "percent_an_hour": 90.0}
    found = {"web": {"rss_mb": level, "descriptors": leak}}
    assert grown(found) == {"web_descriptors": [100.0, 140.0]}

"""The running processes, one entry each, and which of them have work in hand. Killing them is `kills`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import psutil

from tests.product import Running

NAMES = ("web", "work", "brain", "rasa")
STEADY = {"web": 3.5, "work": 3.5, "brain": 6.0, "rasa": 6.0}
"""Seconds a process must have lived: one that dies at once is a crash loop, which the supervisor slows down."""


@dataclass(frozen=True, slots=True)
class Victim:
    """A process. `worker`: by which name it holds leases; `machine`: the same for those that were started with one token."""

    name: str
    process: psutil.Process
    worker: str
    machine: str
    is_steady: bool
    port: int = 0
    """Where a `web` answers, once it does."""


def alive(running: Running) -> list[Victim]:
    """Those that are there, without the dead that nobody has buried yet."""
    now = time.time()
    found = []
    with suppress(psutil.Error):
        for name, process in running.every():
            with suppress(psutil.Error):
                if name not in NAMES or process.status() == psutil.STATUS_ZOMBIE:
                    continue
                told = process.environ()
                found.append(
                    Victim(
                        name,
                        process,
                        told.get("THREADLINE_WORKER", ""),
                        told.get("THREADLINE_TURN_TOKEN", ""),
                        now - process.create_time() > STEADY[name],
                        int(told.get("THREADLINE_WEB__PORT") or 0),
                    )
                )
    return found


def at_work(
    victims: list[Victim], thinking: Mapping[str, int], sending: Mapping[str, int], posts: int
) -> list[Victim]:
    """Those with work in hand. `thinking`, `sending`: how much each worker holds; `posts`: deliveries on their way
    to any `web`. A brain or a Rasa works where a worker of its machine thinks."""
    busy = {one.machine for one in victims if one.name == "work" and thinking.get(one.worker)}
    return [
        one
        for one in victims
        if (one.name == "web" and posts)
        or (one.name == "work" and (thinking.get(one.worker) or sending.get(one.worker)))
        or (one.name in ("brain", "rasa") and one.machine in busy)
    ]

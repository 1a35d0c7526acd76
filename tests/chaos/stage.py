"""A started product with every channel's provider and its customers. What happens on it: `run` and the trials."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db.utils import DatabaseError

from bot.bootstrap import build_house
from bot.company import default_brand, make_inbox
from bot.house import House
from store.models import Inbox
from tests.chaos import ledger
from tests.chaos.ground import Ground
from tests.chaos.patience import NotInTime
from tests.chaos.providers import Side, sides
from tests.chaos.traffic import Traffic
from tests.chaos.victims import alive
from tests.product import Running, free_port, product

FLEET = ("tests.chaos.fleet",)


@dataclass(frozen=True, slots=True)
class Stage:
    """`house`: ours, to read the ledger. `ports`: of every `web`. `faults`: the folder of armed fault points.
    `found`: what has been measured so far, for a run that does not come to its end."""

    ground: Ground
    house: House
    running: Running
    sides: list[Side]
    ports: list[int]
    faults: Path
    answers: dict[int, Any]
    found: dict[str, Any] = field(default_factory=dict)
    customers: list[Traffic] = field(default_factory=list)

    def traffic(self, seed: int) -> Traffic:
        """Customers of these channels; made within the event loop that they live in."""
        made = Traffic(self.ports, seed)
        made.answers = self.answers
        self.customers.append(made)
        return made

    async def cut_short(self, reason: NotInTime) -> dict[str, Any]:
        """The report of a run that ends here: why, what it had found, and how things stand."""
        report: dict[str, Any] = {**self.found, "not_in_time": str(reason)}
        for traffic in self.customers:
            report["accepted"] = report.get("accepted", 0) + len(traffic.accepted)
            report["on_their_way"] = report.get("on_their_way", 0) + traffic.in_flight
        if self.customers:
            report["parts"] = await self.customers[-1].parts()
        report["processes"] = [
            f"{one.name}, {one.process.pid}, {'steady' if one.is_steady else 'just started'}"
            for one in alive(self.running)
        ]
        with suppress(DatabaseError):
            report["left"] = await self.house.database.read(ledger.left)
        return {**report, "problems": {"not_in_time": str(reason)}, "too_slow": {}}

    def side(self, channel: str) -> Side:
        """The provider of that channel."""
        return next(one for one in self.sides if one.channel == channel)


@contextmanager
def staged(
    ground: Ground, *, is_fleet: bool = False, may_die: bool = False, **more: str
) -> Iterator[Stage]:
    """Adds an inbox for each channel, starts the product (a fleet: several of each process), stops everything after.

    `may_die`: at a fault point. Without it the product runs as it is used: at each point a file is looked for, in
    which `web` was met by a fifth of the samples of its loop under a burst on PostgreSQL.
    """
    house = build_house()
    ports = [free_port(), free_port()] if is_fleet else [free_port()]
    faults = ground.state / "faults"
    faults.mkdir()
    answers: dict[int, Any] = {}
    every = sides(f"http://127.0.0.1:{ports[0]}", lambda call: answers.pop(id(call)))
    environment = {
        "THREADLINE_WEB__PORT": str(ports[0]),
        "THREADLINE_WEB__PUBLIC_URL": f"http://127.0.0.1:{ports[0]}",
        "FLEET_PORT": str(ports[-1]),
        **({"THREADLINE_FAULTS": str(faults)} if may_die else {}),
        # Each customer of the chat has an address of their own.
        "THREADLINE_WEB__TRUSTED_PROXIES": '["127.0.0.1"]',
        **more,
    }
    program = FLEET if is_fleet else ("bot", "up")
    try:
        with ExitStack() as providers:
            for side in every:
                add_inbox(house, side, providers)
            started = product(ground.state, ground.url, demo=False, program=program, **environment)
            with started as running:
                yield Stage(ground, house, running, every, ports, faults, answers)
    finally:
        house.database.close()
        house.doorbell.close()


def add_inbox(house: House, side: Side, running: ExitStack) -> None:
    """Starts the provider and tells us of it; the website's chat is there already."""
    settings = side.settings(running)
    if settings and not Inbox.objects.filter(slug=side.channel).exists():
        make_inbox(house, default_brand(), side.channel, side.channel, side.channel, settings)

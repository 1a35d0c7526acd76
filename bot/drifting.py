"""Watches whether tickets have moved away from what the router learned: measured once a day, in a process of its own. The signs are `router.drift`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import structlog

from bot import wire
from bot.house import House
from core.errors import NotFound
from store.decisions import decided_since
from store.drift import keep_drift
from store.knowledge import active_models

log = structlog.get_logger()

DAYS = 28


def measure_drift(house: House) -> dict[str, Any]:
    """Compares the tickets that the serving router decided in the last 28 days with what it learned from.

    Raises `NotFound` where no router serves, or one that kept no profile.
    """
    from router.drift import FEWEST, drift, profile_from
    from router.model import load_model
    from router.route import text_of

    row = active_models().get("router")
    if row is None or "profile" not in row.manifest:
        raise NotFound("No router serves that says what it learned from.")
    now = house.clock()
    recent = []
    for one in decided_since(house.vault, now - timedelta(days=DAYS)):
        verdict = dict(one.verdict)
        case = verdict.pop("case", None)
        routed = wire.routed_from_json(verdict)
        if case is not None and dict(routed.versions).get("router") == row.version[:16]:
            recent.append((text_of(wire.case_from_json(case)), routed))
    features = load_model(house.settings.state / row.folder).reader.features
    signs = drift(profile_from(row.manifest["profile"]), features, recent)
    found = {
        "tickets": len(recent),
        "fewest": FEWEST,
        "days": DAYS,
        "signs": [asdict(sign) for sign in signs],
    }
    if keep_drift(house.vault, row.version, found, now):
        for sign in signs:
            if sign.is_alarming:
                log.error("router_drifted", sign=sign.name, value=sign.value)
    return found

"""What the page of the rules says of drift, in the reader's words. Measuring is `bot.drifting`."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext, gettext_lazy

FEWEST = 200
"""Tickets below which nothing is said, where a measurement kept no number of its own."""
_NAMES = {
    "category labels": gettext_lazy("Categories that customers come with"),
    "priority labels": gettext_lazy("Priorities that customers come with"),
    "team labels": gettext_lazy("Teams that customers come to"),
    "category confidence": gettext_lazy("How sure the router is of the category"),
    "priority confidence": gettext_lazy("How sure the router is of the priority"),
    "team confidence": gettext_lazy("How sure the router is of the team"),
}


def told_drift(found: dict[str, Any]) -> dict[str, Any]:
    """`tickets`, `days`, `fewest`, `is_judged`, `is_alarming` and `lines` (what it says, whether it alarms), of what
    `store.drift` kept; empty where nothing was measured. Of too few tickets there are no lines."""
    if not found:
        return {}
    fewest = found.get("fewest", FEWEST)
    is_judged = found["tickets"] >= fewest
    signs = found["signs"] if is_judged else ()
    return {
        "tickets": found["tickets"],
        "days": found["days"],
        "fewest": fewest,
        "is_judged": is_judged,
        "is_alarming": any(sign["is_alarming"] for sign in signs),
        "lines": [(_line(sign["name"], sign["value"]), sign["is_alarming"]) for sign in signs],
    }


def _line(name: str, value: float) -> str:
    if name not in _NAMES:
        said = gettext("Words that the router does not know: %(share)s %%")
        return said % {"share": round(value * 100)}
    index = {"what": _NAMES[name], "index": f"{value:.2f}"}
    if value > 0.25:
        return gettext("%(what)s: far from what it learned (stability index %(index)s)") % index
    if value > 0.1:
        return gettext("%(what)s: somewhat moved (stability index %(index)s)") % index
    return gettext("%(what)s: as it learned (stability index %(index)s)") % index

"""A comparison of two policies in plain words and numbers, for the pages of simulations and trials. Counting is `router.comparison`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, gettext_lazy

from web.desk.words import PRIORITIES
from web.leads.words import duration

SHARE, TIME, NUMBER = "share", "time", "number"
NAMES: dict[str, Any] = {
    "in_service": gettext_lazy("Rules in service"),
    "edited": gettext_lazy("Rules as they are edited"),
    "by_hand": gettext_lazy("Triage by hand"),
    "round_robin": gettext_lazy("Round robin: triage by hand, everybody in turn"),
    "by_priority": gettext_lazy("Triage by hand, critical first, everybody in turn"),
    "tried_out": gettext_lazy("Rules tried out"),
}
_LEVELS = ("critical", "high", "medium", "low")


@dataclass(frozen=True, slots=True)
class Line:
    """One measure: what both achieved, the second minus the first with its interval, and what that says. `tone`: good,
    bad, or empty where nothing can be said."""

    name: str
    first: str
    second: str
    gap: str = ""
    said: str = ""
    tone: str = ""


def policy_name(choice: str) -> str:
    """Of a policy that can be chosen; a version is called by its beginning."""
    if choice in NAMES:
        return str(NAMES[choice])
    return gettext("Version %(version)s") % {"version": choice[:12]}


def lines(report: Mapping[str, Any]) -> list[Line]:
    """Of a report of two policies, most important first."""
    one, other = report["plans"]
    gaps = report["differences"][0] if report["differences"] else {}
    found = [
        _line(gettext("Answered in time"), SHARE, _kept(one), _kept(other), gaps.get("attainment"))
    ]
    for at, level in enumerate(_LEVELS, 1):
        gap = gaps.get(f"attainment_{level}")
        name = gettext("– of these, %(priority)s") % {"priority": str(PRIORITIES[at]).lower()}
        found.append(_line(name, SHARE, _kept(one, level), _kept(other, level), gap))
    for share in (50, 90, 99):
        name = gettext("Waiting: %(n)s of 100 wait less") % {"n": share}
        key = f"waiting_p{share}"
        found.append(_line(name, TIME, one[key], other[key], None))
    mean = gettext("Waiting on average")
    waits = one["waiting_mean"], other["waiting_mean"]
    found.append(_line(mean, TIME, *waits, gaps.get("waiting_mean"), grows_better=False))
    count = _each(one), _each(other)
    found += [
        _line(
            gettext("Passed on, times a ticket"),
            NUMBER,
            one["moves_mean"],
            other["moves_mean"],
            gaps.get("moves_mean"),
            grows_better=False,
        ),
        _line(gettext("Cost a ticket"), NUMBER, *count, gaps.get("cost_mean"), grows_better=False),
    ]
    if "utilisation" in one:
        found.append(
            _line(gettext("People are busy"), SHARE, one["utilisation"], other["utilisation"], None)
        )
    if "handled_mean" in one:
        name = gettext("Work a ticket")
        found.append(_line(name, TIME, one["handled_mean"], other["handled_mean"], None))
    found += _targets(one, other)
    fair = gettext("Fairness among people (1: all alike)")
    found.append(_line(fair, NUMBER, one["fairness"], other["fairness"], None))
    return found


def _targets(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[Line]:
    """Of tickets whose rule has targets, how many were begun at which; nothing where neither policy has any."""
    reached = [plan.get("by_target") or [] for plan in (one, other)]
    return [
        Line(
            gettext("Begun at target %(n)s of its rule") % {"n": at + 1},
            *(
                _value(SHARE, counts[at] / sum(counts)) if at < len(counts) else "–"
                for counts in reached
            ),
        )
        for at in range(max(map(len, reached)))
    ]


def summary(found: list[Line]) -> str:
    """How many measures tell the two apart, in one sentence."""
    told = [one for one in found if one.said]
    if not told:
        return gettext("Too few days for intervals: nothing is told apart from chance yet.")
    better = sum(one.tone == "good" for one in told)
    worse = sum(one.tone == "bad" for one in told)
    if not better and not worse:
        return gettext("No difference can be told apart from chance.")
    return gettext(
        "The second is better in %(better)s and worse in %(worse)s of %(all)s measures; in the others no difference can "
        "be told apart from chance."
    ) % {"better": better, "worse": worse, "all": len(told)}


def _kept(plan: Mapping[str, Any], level: str = "all") -> float | None:
    value: float | None = plan["attainment"][level]
    return value


def _each(plan: Mapping[str, Any]) -> float | None:
    return plan["cost"] / plan["tickets"] if plan["tickets"] else None


def _line(
    name: str,
    unit: str,
    first: float | None,
    second: float | None,
    gap: Mapping[str, float] | None,
    *,
    grows_better: bool = True,
) -> Line:
    values = _value(unit, first), _value(unit, second)
    if gap is None:
        return Line(name, *values)
    mean, low, high = (_signed(unit, gap[key]) for key in ("mean", "low", "high"))
    interval = gettext("%(mean)s (%(low)s to %(high)s)") % {"mean": mean, "low": low, "high": high}
    if gap["low"] <= 0 <= gap["high"]:
        said = gettext("No difference can be told apart from chance.")
        return Line(name, *values, interval, said)
    is_better = (gap["low"] > 0) == grows_better
    said = gettext("The second is better.") if is_better else gettext("The second is worse.")
    return Line(name, *values, interval, said, "good" if is_better else "bad")


def _value(unit: str, value: float | None) -> str:
    if value is None:
        return "–"
    if unit == SHARE:
        return f"{value * 100:.1f} %"
    return duration(value) if unit == TIME else f"{value:.2f}"


def _signed(unit: str, value: float) -> str:
    sign = "−" if value < 0 else "+"
    if unit == SHARE:
        return f"{sign}{abs(value) * 100:.1f}"
    return f"{sign}{duration(abs(value))}" if unit == TIME else f"{sign}{abs(value):.2f}"

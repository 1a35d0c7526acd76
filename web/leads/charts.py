"""Charts as SVG without scripts or styles of their own; the table beside each says the same. No numbers are made here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, FOOT, SIDE = 720, 180, 22, 68
_STEPS = (1, 2, 5, 10)
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_DURATIONS = (
    *(1, 2, 5, 10, 15, 30),
    *(one * _MINUTE for one in (1, 2, 5, 10, 15, 30)),
    *(one * _HOUR for one in (1, 2, 3, 6, 12)),
    *(one * _DAY for one in (1, 2, 5, 10, 20, 50)),
)
"""Seconds at which people draw a line, because they can be said in one unit."""


@dataclass(frozen=True, slots=True)
class Column:
    """One bar: where it stands, how high, and its words."""

    x: float
    y: float
    width: float
    height: float
    label: str
    told: str
    href: str
    is_labelled: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across, at a round number."""

    y: float
    told: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything the template draws."""

    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]
    width: int = WIDTH
    height: int = HEIGHT + FOOT
    foot: int = HEIGHT
    side: int = SIDE


@dataclass(frozen=True, slots=True)
class Bar:
    """What a bar stands for: its label, its size, the words for it and where it leads."""

    label: str
    value: float
    told: str
    href: str


def chart(bars: Sequence[Bar], rules: Sequence[tuple[float, str]]) -> Chart:
    """Bars side by side from zero to the highest rule; a label under as many as fit."""
    top = max([value for value, _ in rules] + [bar.value for bar in bars] + [1e-9])
    step = (WIDTH - SIDE) / max(1, len(bars))
    every = max(1, -(-len(bars) // 8))
    columns = []
    for place, bar in enumerate(bars):
        high = HEIGHT * bar.value / top * 0.94
        columns.append(
            Column(
                x=round(SIDE + place * step + step * 0.12, 2),
                y=round(HEIGHT - high, 2),
                width=round(step * 0.76, 2),
                height=round(high, 2),
                label=bar.label,
                told=bar.told,
                href=bar.href,
                is_labelled=place % every == 0,
            )
        )
    lines = tuple(
        Rule(round(HEIGHT - HEIGHT * value / top * 0.94, 2), told) for value, told in rules
    )
    return Chart(tuple(columns), lines)


def round_steps(highest: float) -> list[float]:
    """At most six round numbers from zero to `highest` or just above, for what is counted in ones."""
    rough = max(1.0, highest / 5)
    size = 10 ** int(math.log10(rough))
    return _up_to(highest, next(size * one for one in _STEPS if size * one >= rough))


def time_steps(highest: float) -> list[float]:
    """The same for seconds."""
    rough = highest / 5
    whole_days = math.ceil(rough / _DAY) * _DAY
    return _up_to(highest, next((one for one in _DURATIONS if one >= rough), whole_days))


def _up_to(highest: float, step: float) -> list[float]:
    return [step * number for number in range(max(1, math.ceil(highest / step)) + 1)]

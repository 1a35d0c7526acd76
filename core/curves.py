"""How far confidence can be trusted, as figures and as two drawings in SVG. Measuring answers does not belong here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

BINS = 10

_SIZE, _PAD = 300, 56


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of about the same confidence: its mean, the share that was right, and how many there are."""

    confidence: float
    right: float
    count: int


@dataclass(frozen=True, slots=True)
class Words:
    """What stands in the drawings; `told` is filled with the number of answers and the calibration error."""

    reliability: str = "Reliability"
    confidence: str = "confidence"
    right: str = "share right"
    risk: str = "Risk and coverage"
    answered: str = "share answered"
    wrong: str = "share wrong"
    told: str = "%(count)s answers, calibration error %(error)s"


def reliability(confidences: Sequence[float], right: Sequence[bool]) -> list[Bin]:
    """Up to `BINS` bins of equal width over 0..1 that hold anything, lowest first."""
    held: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for confidence, is_right in zip(confidences, right, strict=True):
        held[min(BINS - 1, int(confidence * BINS))].append((confidence, is_right))
    return [
        Bin(
            sum(confidence for confidence, _ in inside) / len(inside),
            sum(is_right for _, is_right in inside) / len(inside),
            len(inside),
        )
        for inside in held
        if inside
    ]


def calibration_error(bins: Sequence[Bin]) -> float:
    """Mean distance between confidence and truth, weighed by how many answers stand behind it (ECE)."""
    total = sum(one.count for one in bins)
    return sum(one.count * abs(one.confidence - one.right) for one in bins) / total if total else 0


def risk_coverage(confidences: Sequence[float], right: Sequence[bool]) -> list[tuple[float, float]]:
    """(share answered, share of those wrong) as ever less confident answers are given."""
    order = sorted(range(len(confidences)), key=lambda n: -confidences[n])
    points, wrong = [], 0
    for place, number in enumerate(order, start=1):
        wrong += not right[number]
        points.append((place / len(order), wrong / place))
    return points


ENGLISH = Words()


def drawn(
    confidences: Sequence[float], right: Sequence[bool], title: str = "", words: Words = ENGLISH
) -> str:
    """Both drawings beside one another, as one SVG that takes its colours from the page it stands in; from left to right, whatever
    way the page is written."""
    bins = reliability(confidences, right)
    curve = risk_coverage(confidences, right)
    told = escape(
        words.told % {"count": len(confidences), "error": f"{calibration_error(bins):.3f}"}
    )
    width, height = 2 * (_SIZE + 2 * _PAD), _SIZE + 2 * _PAD + 24
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        'direction="ltr" font-family="system-ui, sans-serif" font-size="12" fill="currentColor" color="#475569">',
        f"<title>{escape(title or 'Reliability and risk')}</title>",
        f"<desc>{told}.</desc>",
        _frame(0, words.reliability, words.confidence, words.right, 1.0),
        _reliability(bins),
        _frame(_SIZE + 2 * _PAD, words.risk, words.answered, words.wrong, _top(curve)),
        _curve(_SIZE + 2 * _PAD, curve),
        f'<text x="{_PAD}" y="{height - 6}">{told}</text>',
        "</svg>",
    ]
    return "\n".join(parts)


def _top(curve: Sequence[tuple[float, float]]) -> float:
    most = max((risk for share, risk in curve if share > 0.02), default=0.1)
    return min(1.0, max(0.1, (int(most * 10) + 1) / 10))


def _frame(left: float, title: str, across: str, up: str, top: float) -> str:
    x, y = left + _PAD, float(_PAD)
    marks = []
    for step in range(6):
        at = step / 5
        marks.append(
            f'<text x="{x + at * _SIZE:.0f}" y="{y + _SIZE + 26:.0f}" text-anchor="middle">{at:.1f}</text>'
            f'<text x="{x - 12:.0f}" y="{y + _SIZE - at * _SIZE + 4:.0f}" text-anchor="end">{at * top:.2f}</text>'
            f'<path d="M{x:.0f} {y + _SIZE - at * _SIZE:.0f}h{_SIZE}" stroke="currentColor" stroke-opacity=".15"/>'
        )
    middle = x + _SIZE / 2
    return (
        f'<text x="{x:.0f}" y="{y - 16:.0f}" font-weight="600">{escape(title)}</text>{"".join(marks)}'
        f'<text x="{middle:.0f}" y="{y + _SIZE + 44:.0f}" text-anchor="middle">{escape(across)}</text>'
        f'<text transform="rotate(-90)" x="{-(y + _SIZE / 2):.0f}" y="{left + 12:.0f}" text-anchor="middle">'
        f"{escape(up)}</text>"
    )


def _reliability(bins: Sequence[Bin]) -> str:
    """The diagonal is perfect; a dot's area is how many answers stand behind it."""
    most = max((one.count for one in bins), default=1)
    dots = "".join(
        f'<circle cx="{_PAD + one.confidence * _SIZE:.1f}" cy="{_PAD + _SIZE * (1 - one.right):.1f}" '
        f'r="{3 + 9 * (one.count / most) ** 0.5:.1f}" fill="#2f55d4" fill-opacity=".75">'
        f"<title>{one.count}: {one.confidence:.2f}, {one.right:.2f}</title></circle>"
        for one in bins
    )
    line = f'<path d="M{_PAD} {_PAD + _SIZE}l{_SIZE} {-_SIZE}" stroke="currentColor" stroke-opacity=".5" stroke-dasharray="4 4"/>'
    return line + dots


def _curve(left: float, curve: Sequence[tuple[float, float]]) -> str:
    top = _top(curve)
    step = max(1, len(curve) // 300)
    kept = [*curve[::step], *curve[-1:]]
    points = " ".join(
        f"{left + _PAD + share * _SIZE:.1f},{_PAD + _SIZE * (1 - min(risk, top) / top):.1f}"
        for share, risk in kept
    )
    return f'<polyline points="{points}" fill="none" stroke="#2f55d4" stroke-width="2"/>'

"""Reports as pages: every measure of a period, one measure parted, the conversations behind a number, CSV, and mail."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from io import StringIO
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from bot import figures
from bot.figures import zone_of
from bot.permissions import May, figures_of, require, tickets_of
from core.errors import MalformedPayload, NotFound
from store.models import Figures, ReportMail, User
from store.reporting import (
    TIMES,
    By,
    Measure,
    Number,
    Period,
    Unit,
    behind,
    csv_rows,
    keys_of,
    measures,
    numbers,
)
from web.desk.entry import at_desk, person
from web.desk.words import category
from web.house import house
from web.leads import parquet, words
from web.leads.charts import Bar, Chart, chart, round_steps, time_steps

PAGE = 50
DAYS = 28
GROUPS = (By.CHANNEL, By.TEAM, By.AGENT, By.CATEGORY, By.LANGUAGE)
SHARES = [0.0, 0.25, 0.5, 0.75, 1.0]
RATINGS = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]


@dataclass(frozen=True, slots=True)
class Tile:
    """One measure on the overview, with what it was before."""

    name: str
    title: str
    meaning: str
    told: str
    count: int
    before: str
    href: str


@dataclass(frozen=True, slots=True)
class Line:
    """One group of a measure as a row of its table."""

    name: str
    number: Number
    told: str
    p90: str
    mean: str
    href: str
    hits_href: str


@require_GET
@at_desk
def overview(request: HttpRequest) -> HttpResponse:
    """Every measure of the period beside the one before."""
    user = _reader(request)
    period, visible = _period(request, user), figures_of(user)
    if request.GET.get("format") == "csv":
        by = _by(request, By.TEAM)
        return _file("reports", figures.as_csv(house(), user, period, by))
    if request.GET.get("format") == "parquet":
        by = _by(request, By.TEAM)
        return _parquet(parquet.written(figures.as_rows(house(), user, period, by), by.value))
    tiles = []
    for name, measure in measures(house().clock()).items():
        [number] = numbers(visible, measure, period)
        [earlier] = numbers(visible, measure, period.before)
        tiles.append(_tile(name, measure, number, earlier, period))
    found = measures(house().clock())["tickets"]
    context = {
        **_frame(request, period),
        "tiles": tiles,
        "chart": _chart(visible, found, period, _rhythm(period)),
        "chart_title": words.TITLES["tickets"],
        "mails": ReportMail.objects.filter(user=user).order_by("every"),
        "every": ReportMail.Every.choices,
        "groups": [(by.value, words.BY[by]) for by in GROUPS],
        "has_parquet": parquet.is_there(),
        "hours": range(24),
    }
    return render(request, "leads/reports.html", context)


@require_GET
@at_desk
def measure(request: HttpRequest, name: str) -> HttpResponse:
    """One measure parted by time, as a chart, and by what one likes, as a table."""
    user = _reader(request)
    period, visible, found = _period(request, user), figures_of(user), _measure(name)
    by = _by(request, By.TEAM)
    rows = numbers(visible, found, period, by)
    names = words.names_of(by, [row.key for row in rows])
    lines = [_line(found, row, names.get(row.key, row.key), period, by) for row in rows]
    if request.GET.get("format") == "csv":
        return _file(name, _lines_csv(found, lines, by))
    [total] = numbers(visible, found, period)
    context = {
        **_frame(request, period),
        "name": name,
        "title": words.TITLES[name],
        "meaning": words.MEANINGS[name],
        "total": _line(found, total, "", period, By.TOTAL),
        "lines": lines,
        "by": by.value,
        "by_label": words.BY[by],
        "choices": [(one.value, label) for one, label in words.BY.items()],
        "is_seconds": found.unit is Unit.SECONDS,
        "has_hits": found.hits is not None,
        "chart": _chart(visible, found, period, by if by in TIMES else _rhythm(period)),
        "chart_title": words.TITLES[name],
    }
    return render(request, "leads/measure.html", context)


@require_GET
@at_desk
def conversations(request: HttpRequest, name: str) -> HttpResponse:
    """What a number is made of, newest first; a ticket leads to the desk, if this person may see it there."""
    user = _reader(request)
    period, found = _period(request, user), _measure(name)
    by, key = _by(request, By.TOTAL), request.GET.get("key", "")
    hits = {"1": True, "0": False}.get(request.GET.get("hits", ""))
    rows = behind(figures_of(user), found, period, by, key, hits)
    page = _number(request.GET.get("page", "1"))
    shown = list(rows.select_related("team", "agent")[(page - 1) * PAGE : page * PAGE + 1])
    numbers_seen = [row.number for row in shown if row.number is not None]
    opens = set(tickets_of(user).filter(number__in=numbers_seen).values_list("number", flat=True))
    query = {**_query(period), "by": by.value, "key": key, "hits": request.GET.get("hits", "")}
    context = {
        **_frame(request, period),
        "title": words.TITLES[name],
        "meaning": words.MEANINGS[name],
        "name": name,
        "group": words.names_of(by, [key]).get(key, key) if by is not By.TOTAL else "",
        "rows": [
            (
                row,
                category(row.category) if row.category else "",
                _own(found, row),
                row.number in opens,
            )
            for row in shown[:PAGE]
        ],
        "more": f"?{urlencode({**query, 'page': page + 1})}" if len(shown) > PAGE else "",
        "first": (page - 1) * PAGE + 1,
    }
    return render(request, "leads/conversations.html", context)


@require_POST
@at_desk
def mail(request: HttpRequest) -> HttpResponse:
    """From now on by mail."""
    asked = request.POST
    hour = asked.get("hour", "")
    if not hour.isdecimal():
        raise MalformedPayload("Choose an hour of 0 to 23.")
    figures.mail_report(
        house(), _reader(request), asked.get("every", ""), int(hour[:2]), asked.get("by", "")
    )
    return redirect("leads:reports")


@require_POST
@at_desk
def stop_mail(request: HttpRequest, mail: UUID) -> HttpResponse:
    """No longer by mail. Raises `NotFound` for somebody else's."""
    figures.stop_mail(house(), _reader(request), mail)
    return redirect("leads:reports")


# ---- what was asked for -------------------------------------------------------------------------


def _reader(request: HttpRequest) -> User:
    user = person(request)
    require(user, May.SEE_REPORTS)
    return user


def _period(request: HttpRequest, user: User) -> Period:
    """From `from` to `to`, both days of the reader's zone; four weeks up to yesterday where they are left out."""
    zone = zone_of(user)
    yesterday = house().clock().astimezone(zone).date() - timedelta(days=1)
    last = _day(request.GET.get("to", "")) or yesterday
    first = _day(request.GET.get("from", "")) or last - timedelta(days=DAYS - 1)
    return Period(first, last, zone)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as problem:
        raise MalformedPayload("Write days as 2027-03-31.") from problem


def _by(request: HttpRequest, otherwise: By) -> By:
    try:
        return By(request.GET.get("by") or otherwise)
    except ValueError as problem:
        raise MalformedPayload("Numbers are not parted by that.") from problem


def _measure(name: str) -> Measure:
    found = measures(house().clock()).get(name)
    if found is None:
        raise NotFound("There is no such measure.")
    return found


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and 0 < int(text[:6]) < 100_000 else 1


def _rhythm(period: Period) -> By:
    days = (period.last - period.first).days + 1
    return By.DAY if days <= 35 else By.WEEK if days <= 190 else By.MONTH


# ---- as shown -----------------------------------------------------------------------------------


def _query(period: Period) -> dict[str, str]:
    return {"from": period.first.isoformat(), "to": period.last.isoformat()}


def _frame(request: HttpRequest, period: Period) -> dict[str, Any]:
    today = house().clock().astimezone(period.zone).date()
    return {
        "section": "reports",
        "period": period,
        "today": today.isoformat(),
        "query": urlencode(_query(period)),
        "spans": [
            (
                days,
                urlencode({"from": today - timedelta(days=days), "to": today - timedelta(days=1)}),
            )
            for days in (7, 28, 91, 365)
        ],
    }


def _tile(name: str, measure: Measure, number: Number, earlier: Number, period: Period) -> Tile:
    return Tile(
        name,
        str(words.TITLES[name]),
        str(words.MEANINGS[name]),
        words.told(measure, number),
        number.count,
        words.told(measure, earlier),
        f"{name}/?{urlencode(_query(period))}",
    )


def _line(measure: Measure, number: Number, name: str, period: Period, by: By) -> Line:
    query = {**_query(period), "by": by.value, "key": number.key}
    return Line(
        name,
        number,
        words.told(measure, number),
        words.value_told(measure.unit, number.p90),
        words.value_told(measure.unit, number.mean),
        f"conversations/?{urlencode(query)}",
        f"conversations/?{urlencode({**query, 'hits': 1})}",
    )


def _chart(visible: Any, measure: Measure, period: Period, by: By) -> Chart:
    known = {number.key: number for number in numbers(visible, measure, period, by)}
    found = [known.get(key, Number(key, 0, None)) for key in (keys_of(period, by) if known else ())]
    names = words.names_of(by, [number.key for number in found])
    bars = [
        Bar(
            names[number.key],
            number.value or 0,
            f"{names[number.key]}: {words.told(measure, number)}",
            f"/desk/reports/{measure.name}/{_line(measure, number, '', period, by).href}",
        )
        for number in found
    ]
    highest = max([bar.value for bar in bars], default=0)
    match measure.unit:
        case Unit.SECONDS:
            steps = time_steps(highest)
        case Unit.SHARE:
            steps = SHARES
        case Unit.RATING:
            steps = RATINGS
        case Unit.COUNT:
            steps = round_steps(highest)
    rules = [(step, words.value_told(measure.unit, step)) for step in steps]
    return chart(bars, rules)


def _own(measure: Measure, row: Figures) -> str:
    """What this one conversation adds to the number."""
    if measure.value:
        return words.value_told(measure.unit, getattr(row, measure.value))
    return ""


def _lines_csv(measure: Measure, lines: list[Line], by: By) -> str:
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow([by.value, "key", "conversations", "hits", "value", "p90", "mean", "unit"])
    rows = []
    for line in lines:
        key, *rest = figures.line(line.number)
        rows.append((line.name, key, *rest, measure.unit.value))
    writer.writerows(csv_rows(rows))
    return out.getvalue()


def _parquet(content: bytes) -> HttpResponse:
    return HttpResponse(
        content,
        content_type="application/vnd.apache.parquet",
        headers={
            "Content-Disposition": 'attachment; filename="reports.parquet"',
            "X-Content-Type-Options": "nosniff",
        },
    )


def _file(name: str, text: str) -> HttpResponse:
    return HttpResponse(
        "\ufeff" + text,
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}.csv"',
            "X-Content-Type-Options": "nosniff",
        },
    )

"""The country of a time zone, for phone numbers and dates that do not say theirs; reading those is `entities`' and `dates`'."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo


def region_of(time_zone: str) -> str:
    """The ISO 3166 code of the country that the zone is of; empty where it is of none ("UTC") or not known."""
    return _regions().get(time_zone, "")


def zone_of(time_zone: str) -> ZoneInfo:
    """The zone of that name; UTC where there is none."""
    try:
        return ZoneInfo(time_zone)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


@cache
def _regions() -> dict[str, str]:
    """From the zone table of the tz database: code, place, zone."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return {row[2]: row[0] for row in rows}

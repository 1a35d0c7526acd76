"""When a text would wake somebody: quiet hours on the clock of the place that a number belongs to. Pure; who may be written to all the same is the core's."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

STEP = timedelta(minutes=15)
DAY = 96
"""Steps of a day."""


def quiet_until(hours: str, number: str, ours: str, at: datetime) -> datetime | None:
    """When a text may go to `number`, on a clock there; None where it may now. `hours`: `21:00-08:00`; `ours`: the number
    that sends, whose place counts where the recipient's is unknown.

    Many numbers say no more than a country, which may have several zones: then the hour with the fewest of them
    asleep is waited for, so that there is one in every day.
    """
    zones = zones_of(number) or zones_of(ours)
    if not hours or not zones:
        return None
    begin, end = (time.fromisoformat(part) for part in hours.split("-"))
    # Full quarters of an hour, so that it is eight o'clock and not seven past: no zone's clock stands between them.
    quarter = at - (at - at.replace(minute=0, second=0, microsecond=0)) % STEP
    times = [at, *(quarter + step * STEP for step in range(1, DAY))]
    asleep = [_asleep(zones, begin, end, time) for time in times]
    least = min(asleep)
    if asleep[0] == least:
        return None
    until = times[asleep.index(least)]
    return until.astimezone(_first_awake(zones, begin, end, until))


def _asleep(zones: tuple[ZoneInfo, ...], begin: time, end: time, at: datetime) -> int:
    clocks = (at.astimezone(zone).time() for zone in zones)
    return sum(_is_between(clock, begin, end) for clock in clocks)


def _first_awake(zones: tuple[ZoneInfo, ...], begin: time, end: time, at: datetime) -> ZoneInfo:
    """The zone whose quiet hours have just ended."""
    awake = [zone for zone in zones if _asleep((zone,), begin, end, at) == 0]

    def since(zone: ZoneInfo) -> int:
        clock = at.astimezone(zone).time()
        return ((clock.hour - end.hour) * 60 + clock.minute - end.minute) % (24 * 60)

    return min(awake, key=since)


def _is_between(clock: time, begin: time, end: time) -> bool:
    return begin <= clock < end if begin <= end else clock >= begin or clock < end


@lru_cache(maxsize=4096)
def zones_of(number: str) -> tuple[ZoneInfo, ...]:
    """The zones that a number in E.164 may be in; none for short codes and what is no number."""
    # Their tables take a while to load, and most installations keep no quiet hours.
    import phonenumbers
    from phonenumbers import timezone

    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return ()
    found = timezone.time_zones_for_number(parsed)
    return tuple(ZoneInfo(name) for name in found if name != timezone.UNKNOWN_TIMEZONE)

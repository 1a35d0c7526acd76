"""What a provider says became of our messages is kept; what it means to people, the desk shows."""

from __future__ import annotations

from collections.abc import Sequence

from bot.house import House
from core.message import Report
from store.models import Inbox
from store.reports import record_reports


def report(house: House, inbox: Inbox, reports: Sequence[Report]) -> int:
    """Keeps what is news; returns how many reports that were. Runs in a database thread."""
    news = record_reports(house.vault, inbox.id, reports, house.clock())
    if news:
        house.doorbell.ring("events")
    return news

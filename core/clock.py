"""The clock as a dependency. The real one is built in `bot.bootstrap`; tests hand in their own."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time; the result is always aware and in UTC."""

    def __call__(self) -> datetime: ...

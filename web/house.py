"""The process's House, for views. Built by `web.serve`, or at first use in tests and management commands."""

from __future__ import annotations

from bot.bootstrap import build_house
from bot.house import House

_current: list[House] = []


def house() -> House:
    """What every verb needs; the same value for the whole process."""
    if not _current:
        _current.append(build_house())
    return _current[0]


def use(chosen: House) -> None:
    """Makes this House the process's."""
    _current[:] = [chosen]

"""The company whose settings are edited."""

from __future__ import annotations

from tests.web.desk.conftest import desk_company

__all__ = ["desk_company"]

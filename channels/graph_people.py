"""Who writes by Messenger and Instagram: what is asked of Meta's profile API, and what its answer says. Calling it is `graph_api`.

Source: Meta's User Profile API. One field that the app may not read makes it refuse the whole question (100 with 2018247).
"""

from __future__ import annotations

import re
from typing import Any

from channels.contract_people import Profile

ASKED = {"messenger": ("name,locale", "name"), "instagram": ("name,username",)}
"""The fields, and those that are asked for where the first are refused: `locale` needs a permission of its own."""
UNTOLD = frozenset({3, 10, 100, 110, 803}) | frozenset(range(200, 300))
"""No such person (any more), nobody who wrote to us (230), no permission (10, 100 with 2018247, 200-299), a telephone's
account without a profile (100 with 2018218): it is not told, and that is no error."""
_LANGUAGE = re.compile(r"([a-z]{2,3})(?:[_-][A-Za-z0-9_-]{1,20})?")
_LONGEST = 200


def read_profile(told: dict[str, Any]) -> Profile:
    """The name, or else the name of the account with an @; and the language of a locale such as de_DE."""
    name, account = _line(told.get("name")), _line(told.get("username"))
    locale = told.get("locale")
    found = _LANGUAGE.fullmatch(locale) if isinstance(locale, str) else None
    return Profile(name or (f"@{account}" if account else ""), found[1] if found else "")


def _line(value: object) -> str:
    """Words on one line; whatever else stands there names nobody."""
    words = value.encode(errors="replace").decode() if isinstance(value, str) else ""
    shown = "".join(one if one.isprintable() else " " for one in words)
    return " ".join(shown.split())[:_LONGEST]

"""Who writes in Slack: what is asked of its directory, and what that answers (docs.slack.dev, users.info)."""

from __future__ import annotations

import re
from typing import Any

from channels.contract_people import Profile
from channels.slack_api import SlackApi
from core.errors import PermanentFailure, TemporaryFailure
from core.message import Sender

_LANGUAGE = re.compile(r"([a-z]{2,3})(?:[_-][A-Za-z0-9_-]{1,20})?")
_LONGEST = 200


async def profile_of(api: SlackApi, sender: Sender) -> Profile:
    """The name under which their colleagues know them, and their language. Raises `TemporaryFailure`;
    `PermanentFailure` where Slack does not tell it, as without the scope `users:read`."""
    user = sender.value.rpartition(":")[2]
    try:
        answer = await api.call(
            "users.info", lambda client: client.users_info(user=user, include_locale=True)
        )
    except TemporaryFailure as failure:
        if str(failure).endswith("missing_scope"):
            raise PermanentFailure("the app has not the scope users:read") from failure
        raise
    return read_profile(answer.get("user"))


def read_profile(user: Any) -> Profile:
    """Their display name, else their real one."""
    about = _record(user)
    profile = _record(about.get("profile"))
    names = (profile.get("display_name"), profile.get("real_name"), about.get("real_name"))
    name = next((line for line in map(_line, names) if line), "")
    locale = about.get("locale")
    found = _LANGUAGE.fullmatch(locale) if isinstance(locale, str) else None
    return Profile(name, found[1] if found else "")


def _record(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _line(value: object) -> str:
    """Words on one line; whatever else stands there names nobody."""
    words = value.encode(errors="replace").decode() if isinstance(value, str) else ""
    shown = "".join(one if one.isprintable() else " " for one in words)
    return " ".join(shown.split())[:_LONGEST]

"""What happens later: the times that people choose from, in their own zone, and how the thread tells of it."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import gettext

from web.desk.dossier_words import told_of_dossier

MORNING = time(8)


def later_times(now: datetime) -> list[tuple[str, str]]:
    """Moments as ISO text with their names: in some hours, tomorrow morning, on Monday morning."""
    local = timezone.localtime(now)
    tomorrow = _morning(local, 1)
    monday = _morning(local, 7 - local.weekday())
    named = [
        (local + timedelta(hours=1), gettext("in an hour")),
        (local + timedelta(hours=3), gettext("in three hours")),
        (tomorrow, gettext("tomorrow morning")),
    ]
    if monday != tomorrow:
        named.append((monday, gettext("on Monday morning")))
    return [
        (at.replace(second=0, microsecond=0).isoformat(), f"{name}, {_said(at, local)}")
        for at, name in named
    ]


def _morning(local: datetime, days: int) -> datetime:
    day = local.date() + timedelta(days=days)
    return timezone.make_aware(datetime.combine(day, MORNING))


def _said(at: datetime, local: datetime) -> str:
    clock = formats.time_format(at, "H:i")
    return clock if at.date() == local.date() else f"{formats.date_format(at, 'D j M')} {clock}"


def told_later(kind: str, who: str, data: dict[str, Any]) -> str:
    """An event about what happens later, or who has it next, as one line; empty for any other."""
    told = {"who": who, "at": moment(str(data.get("at") or data.get("until") or ""))}
    match kind:
        case "reply_scheduled":
            return gettext("%(who)s will answer on %(at)s") % told
        case "sent_in_quiet_hours":
            return gettext("%(who)s sent this now, though it is night at the customer’s") % told
        case "reply_withdrawn":
            return gettext("%(who)s took a reply back before it was sent") % told
        case "reply_kept_back":
            return gettext("A reply of %(who)s was not sent") % {"who": data.get("by", "")}
        case "ticket_given":
            told["to"] = str(data.get("to", ""))
            return gettext("%(who)s gave the ticket to %(to)s") % told
        case "ticket_handed_back":
            return gettext("%(who)s handed the ticket back to the assistant") % told
        case "ticket_came_back":
            return gettext("The assistant brought the ticket back to people")
        case "aside_opened":
            return gettext("%(who)s asked somebody beside the ticket") % told
        case "aside_answered" if data.get("what") == "automatic":
            return gettext("An automatic reply came beside the ticket")
        case "aside_answered":
            return gettext("Whoever was asked beside the ticket has answered")
        case "aside_changed":
            return _beside(who, str(data.get("what", "")))
        case "ticket_snoozed" if told["at"]:
            return gettext("%(who)s put this aside until %(at)s") % told
        case "ticket_snoozed":
            return gettext("%(who)s took this up again") % told
        case "woke":
            return gettext("Back in the lists")
        case _:
            return told_of_dossier(kind, who, data)


def moment(text: str) -> str:
    """A stored time in the reader's zone; empty where there is none."""
    if not text:
        return ""
    local = timezone.localtime(datetime.fromisoformat(text))
    return formats.date_format(local, "SHORT_DATETIME_FORMAT")


def _beside(who: str, what: str) -> str:
    """A change of a side conversation; that something went out, as it should, is no line."""
    told = {"who": who}
    words = {
        "said": gettext("%(who)s wrote beside the ticket"),
        "done": gettext("%(who)s ended a side conversation"),
        "open": gettext("%(who)s opened a side conversation again"),
        "failed": gettext("A message beside the ticket was not delivered"),
        "sent": gettext("A message beside the ticket went out"),
    }
    return words.get(what, "") % told

"""How the desk and the settings say what the escalation matrix does: triggers, actions, and what came of a step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

Text = str | Promise

TRIGGERS: dict[str, Text] = {
    "response": gettext_lazy("First reply promised"),
    "next_response": gettext_lazy("Later reply promised"),
    "resolution": gettext_lazy("Solution promised"),
    "silence": gettext_lazy("No answer from people"),
    "reopened": gettext_lazy("Opened again"),
    "upset": gettext_lazy("The customer is upset"),
}

ACTIONS: dict[str, Text] = {
    "notify": gettext_lazy("Tell the desk"),
    "raise_priority": gettext_lazy("Raise the priority"),
    "move_team": gettext_lazy("Move to a team"),
    "reassign": gettext_lazy("Give to a person"),
    "requeue": gettext_lazy("Back to the queue"),
    "add_ring": gettext_lazy("Open it to other skills"),
    "mail": gettext_lazy("Send a mail"),
    "slack": gettext_lazy("Post it in Slack"),
    "page": gettext_lazy("Page who is on call"),
}


def escalated(data: dict[str, Any], priorities: Mapping[int, Text]) -> str:
    """A step that fired, as one line. `priorities`: their names."""
    trigger = str(data.get("trigger", ""))
    times = f"{data.get('times', 1)} ×"
    amount = {
        "silence": gettext("%(n)s min") % {"n": data.get("minutes", 60)},
        "reopened": times,
        "upset": times,
    }.get(trigger, f"{float(data.get('share', 1)):.0%}")
    why = f"{TRIGGERS.get(trigger, _plain(trigger))}, {amount}"
    action = str(data.get("action", ""))
    deed = str(ACTIONS.get(action, _plain(action)))
    where = _outcome(data, priorities)
    told = {"why": why, "deed": f"{deed} ({where})" if where else deed}
    return gettext("Escalated: %(why)s → %(deed)s") % told


def _outcome(data: dict[str, Any], priorities: Mapping[int, Text]) -> str:
    return {
        "raised": str(priorities.get(data.get("priority", 0), "")),
        "moved": str(data.get("team", "")),
        "reassigned": str(data.get("assignee", "")),
        "paged": str(data.get("on_call", "")),
        "settled": gettext("not done, it was settled meanwhile"),
        "already_critical": gettext("not done, it is critical already"),
        "already_there": gettext("nothing to do"),
        "not_waiting": gettext("nothing to do, it waits in no queue"),
        "no_such_team": gettext("not done, the team is gone"),
        "no_such_person": gettext("not done, the person is gone"),
        "no_such_place": gettext("not done, the Slack workspace is gone"),
        "no_such_rota": gettext("not done, the rota is gone"),
        "nobody_on_call": gettext("not done, nobody is on call"),
        "no_mailbox": gettext("not done, there is no mailbox"),
    }.get(str(data.get("outcome", "")), "")


def _plain(slug: str) -> str:
    return slug.replace("_", " ").capitalize()

"""How the desk says what hangs on a ticket: relations, and the lines of its history. No queries here."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, ngettext

from core.dossier import Relation

Text = str | Promise

RELATIONS: dict[Relation, Text] = {
    Relation.DUPLICATE_OF: gettext_lazy("Duplicate of"),
    Relation.HAS_DUPLICATE: gettext_lazy("Has as duplicate"),
    Relation.CAUSED_BY: gettext_lazy("Caused by"),
    Relation.CAUSES: gettext_lazy("Is the cause of"),
    Relation.RELATED: gettext_lazy("Related to"),
}


def relation(name: str) -> str:
    """What one ticket is to another."""
    return str(RELATIONS[Relation(name)])


def told_of_dossier(kind: str, who: str, data: dict[str, Any]) -> str:
    """One line of the history; empty for what is none of ours."""
    if kind != "ticket_annotated":
        return ""
    deed, told = str(data.get("deed", "")), {"who": who, "what": str(data.get("what", ""))}
    lines: dict[str, str] = {
        "tag": gettext("%(who)s tagged it %(what)s") % told,
        "untag": gettext("%(who)s took the tag %(what)s away") % told,
        "follow": gettext("%(who)s follows the ticket") % told,
        "unfollow": gettext("%(who)s follows the ticket no more") % told,
    }
    if deed in lines:
        return lines[deed]
    if deed in {"link", "unlink"}:
        named = relation(told["what"]) if told["what"] in set(Relation) else told["what"]
        told["what"] = f"{named} #{data.get('other', '')}"
        if deed == "link":
            return gettext("%(who)s linked it: %(what)s") % told
        return gettext("%(who)s took a link away: %(what)s") % told
    return _filled(told, data) if deed == "fill" else _tasks(deed, told, data)


def _filled(told: dict[str, str], data: dict[str, Any]) -> str:
    if data.get("is_cleared"):
        return gettext("%(who)s emptied %(what)s") % told
    if not data.get("after"):
        return gettext("%(who)s filled in %(what)s") % told
    told["what"] += f": {data.get('before') or '–'} → {data['after']}"
    return gettext("%(who)s changed %(what)s") % told


def _tasks(deed: str, told: dict[str, str], data: dict[str, Any]) -> str:
    places = data.get("places") or []
    told["which"] = ", ".join(str(place) for place in places)
    told["what"] = ngettext("task %(which)s", "tasks %(which)s", len(places)) % told
    if deed == "add_checklist":
        told["list"] = str(data.get("checklist", ""))
        return gettext("%(who)s added the checklist %(list)s (%(what)s)") % told
    lines: dict[str, str] = {
        "add_task": gettext("%(who)s added %(what)s"),
        "tick": gettext("%(who)s did %(what)s"),
        "untick": gettext("%(who)s opened %(what)s again"),
        "drop_tasks": gettext("%(who)s dropped %(what)s"),
        "bring_tasks": gettext("%(who)s brought %(what)s back"),
    }
    return lines.get(deed, "") % told

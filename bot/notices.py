"""Sending what colleagues are told of tickets outside the desk: one notice, through a channel's own way out.

At least once: a page that comes twice is better than one that never came. Writing them is `store.notices`.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import structlog
from django.utils import translation
from django.utils.translation import gettext

from bot.house import House
from bot.permissions import tickets_of
from core.decision import Priority
from core.errors import PermanentFailure
from core.message import AddressKind, Outbound, Sender, Verified
from store.aside_post import NOTICE, is_waiting_to_be_read
from store.models import Inbox, Notice
from store.notices import not_noticed, noticed, waiting_notice

log = structlog.get_logger()


async def send_notice(house: House, payload: dict[str, Any]) -> None:
    """One attempt. Raises `TemporaryFailure`, on which the job is tried again; what never works is kept with its reason."""
    notice = UUID(str(payload["notice"]))
    found = await house.database.run(_written, house, notice)
    if found is None:
        return
    inbox, outbound = found
    try:
        await house.channel_of(inbox).send(outbound)
    except PermanentFailure as failure:
        log.warning("notice_refused", notice=str(notice))
        await house.database.run(not_noticed, notice, str(failure))
        return
    await house.database.run(noticed, notice, house.clock())


def _written(house: House, notice: UUID) -> tuple[Inbox, Outbound] | None:
    """The message of this moment; None where it was sent, or where its reader may see the ticket no more."""
    row = waiting_notice(notice)
    if row is None:
        return None
    if row.kind in {"followed", NOTICE} and not _may_see(row):
        not_noticed(notice, "they may see this ticket no more")
        return None
    if row.kind == NOTICE and not is_waiting_to_be_read(row.ticket_id):
        not_noticed(notice, "it was read at the desk")
        return None
    to = _to(row)
    if to is None:
        not_noticed(notice, "nobody can be reached there")
        return None
    with translation.override(row.user.language if row.user else "en"):
        subject, text = _words(row)
    address = f"{house.settings.public_url}/desk/tickets/{row.ticket.number}/"
    return row.inbox, Outbound(
        key=str(row.id),
        to=to,
        text=f"{subject}\n\n{text}\n{address}" if row.place else f"{text}\n\n{address}",
        subject=subject,
        at=row.made_at,
        sent_at=house.clock(),
    )


def _may_see(row: Notice) -> bool:
    user = row.user
    return user is not None and tickets_of(user).filter(pk=row.ticket_id).exists()


def _to(row: Notice) -> Sender | None:
    if row.place:
        return Sender(AddressKind.SLACK, row.place, Verified.NO)
    user = row.user
    if user is None or not user.is_active:
        return None
    if row.inbox.channel == "sms":
        phone = getattr(getattr(user, "agent", None), "phone", "")
        return Sender(AddressKind.PHONE, phone, Verified.NO, user.name) if phone else None
    return Sender(AddressKind.EMAIL, user.email, Verified.NO, user.name)


def _words(row: Notice) -> tuple[str, str]:
    """Subject and text, in nobody's words."""
    told = {"number": row.ticket.number}
    if row.kind == "followed":
        subject = gettext("Ticket #%(number)s: what happened") % told
        lines = [f"- {_line(one)}" for one in row.told]
        return subject, "\n".join(dict.fromkeys(lines))
    if row.kind == NOTICE:
        subject = gettext("Ticket #%(number)s: an answer from whom you asked") % told
        return subject, gettext("It stands beside the ticket, under Side conversations.")
    one = row.told[0]
    because = str(one.get("because", ""))
    subject = gettext("Ticket #%(number)s: please look") % told
    if row.kind == "paged":
        subject = gettext("On call: ticket #%(number)s") % told
    level = Priority(row.ticket.priority).label.capitalize()
    shown = {"priority": level, "team": row.ticket.team.name, "because": because}
    return subject, gettext("%(because)s. Priority: %(priority)s, team: %(team)s.") % shown


def _line(said: dict[str, Any]) -> str:
    kinds = {
        "message": gettext("somebody wrote"),
        "note": gettext("a colleague left a note"),
        "resolved": gettext("it was resolved"),
        "ticket_reopened": gettext("it was opened again"),
        "ticket_taken": gettext("a colleague took it"),
        "ticket_given": gettext("it was given to a colleague"),
        "ticket_changed": gettext("category, priority, team or status changed"),
        "ticket_escalated": gettext("it was escalated"),
        "ticket_merged": gettext("it was merged into another ticket"),
        "sla_breached": gettext("a promise was broken"),
        "rated": gettext("the customer rated it"),
        "aside_answered": gettext("whoever was asked beside it answered"),
    }
    if said.get("kind") == "message" and said.get("actor") == "customer":
        return gettext("the customer wrote")
    return kinds.get(str(said.get("kind")), str(said.get("kind")))

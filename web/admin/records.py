"""What the product wrote, to look at and never to change: tickets, conversations, events, decisions, outbox, audit.

Nobody's words are opened here: who works a conversation reads it at the desk.
"""

from __future__ import annotations

import json
import re
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_lazy

from bot.permissions import May
from bot.redeliver import send_again
from core.happenings import HAPPENINGS
from store.models import (
    AuditEntry,
    Conversation,
    Decision,
    Event,
    Notice,
    OutboxRow,
    Team,
    Ticket,
    User,
)
from store.undelivered import Which
from store.vault import VaultError
from web.admin.audit_words import done, name_subjects
from web.admin.base import Records, by_name, person
from web.desk import words
from web.desk.words import PRIORITIES, category, reason
from web.house import house

_PERSON = re.compile(r"user:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


def happening(kind: str) -> str:
    """A kind of event in words; the kind itself where it is none of ours."""
    return gettext(HAPPENINGS[kind]) if kind in HAPPENINGS else kind


class Seen(Records):
    """Records that auditors see too."""

    sees = May.READ_AUDIT


class Done(Seen):
    """Records of who did something: a list says the person's name, which the row keeps as an id."""

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        shown = super().get_changelist_instance(request)
        found = (_PERSON.fullmatch(row.actor) for row in shown.result_list)
        people = {one[1] for one in found if one}
        names = {f"user:{row.id}": row.name for row in User.objects.filter(id__in=people)}
        for row in shown.result_list:
            row.by = names.get(row.actor) or words.actor(row.actor)
        return shown

    @admin.display(description=gettext_lazy("Who"))
    def who(self, row: Any) -> str:
        return str(row.by)

    @admin.display(description=gettext_lazy("Who"))
    def who_exactly(self, row: Any) -> str:
        """On the page of one row: the name, and the id that was kept."""
        found = _PERSON.fullmatch(row.actor)
        one = User.objects.filter(id=found[1]).first() if found else None
        return f"{one.name} ({row.actor})" if one else words.actor(row.actor)


@admin.register(Ticket)
class TicketAdmin(Seen):
    list_display = (
        "number",
        "status",
        "shown_priority",
        "shown_category",
        "team",
        "assignee",
        "opened_at",
    )
    list_filter = ("status", "priority", ("category", by_name(category)), "team")
    search_fields = ("number",)
    ordering = ("-number",)
    list_select_related = ("team", "assignee")
    fields = (
        "number", "conversation", "status", "shown_priority", "shown_category", "team", "assignee",
        "policy", "shown_reason", "opened_at", "first_response_at", "resolved_at", "response_due", "resolution_due",
        "next_due", "rating", "version",
    )  # fmt: skip

    @admin.display(description=gettext_lazy("Priority"))
    def shown_priority(self, ticket: Ticket) -> str:
        return str(PRIORITIES[ticket.priority])

    @admin.display(description=gettext_lazy("Category"), ordering="category")
    def shown_category(self, ticket: Ticket) -> str:
        return category(ticket.category)

    @admin.display(description=gettext_lazy("Reason"))
    def shown_reason(self, ticket: Ticket) -> str:
        return reason(ticket.reason)


@admin.register(Conversation)
class ConversationAdmin(Seen):
    list_display = ("id", "inbox", "status", "speaker", "speaker_user", "last_message_at")
    list_filter = ("status", "speaker", "inbox")
    ordering = ("-last_message_at",)
    list_select_related = ("inbox", "speaker_user")
    fields = (
        "id", "inbox", "status", "language", "speaker", "speaker_user", "speaker_fence", "claim",
        "claimed_by", "lease_until", "wants_turn_at", "turn_attempts", "turns", "last_seq",
        "last_public_seq", "opened_at", "last_message_at", "resolved_at",
    )  # fmt: skip


@admin.register(Event)
class EventAdmin(Done):
    list_display = ("id", "at", "shown_kind", "who", "shown_talk", "seq", "public_seq")
    list_filter = (("kind", by_name(happening)),)
    ordering = ("-id",)
    fields = (
        "id", "at", "shown_kind", "kind", "version", "who_exactly", "conversation", "seq", "public_seq", "data",
    )  # fmt: skip

    @admin.display(description=gettext_lazy("What happened"), ordering="kind")
    def shown_kind(self, event: Event) -> str:
        return happening(event.kind)

    @admin.display(description=gettext_lazy("Conversation"), ordering="conversation")
    def shown_talk(self, event: Event) -> str:
        return str(event.conversation_id or "-")[:8]


def _team(slug: str) -> str:
    """A team as people call it; what was decided names it by its slug."""
    return Team.objects.filter(slug=slug).values_list("name", flat=True).first() or slug


@admin.register(Decision)
class DecisionAdmin(Seen):
    list_display = (
        "at",
        "shown_category",
        "shown_priority",
        "shown_team",
        "confidence",
        "abstained",
    )
    list_filter = (("category", by_name(category)), ("team", by_name(_team)), "abstained")
    ordering = ("-at",)
    fields = (
        "at", "conversation", "shown_category", "shown_priority", "shown_team", "confidence", "abstained", "versions",
    )  # fmt: skip

    @admin.display(description=gettext_lazy("Priority"))
    def shown_priority(self, decision: Decision) -> str:
        return str(PRIORITIES[decision.priority])

    @admin.display(description=gettext_lazy("Category"), ordering="category")
    def shown_category(self, decision: Decision) -> str:
        return category(decision.category)

    @admin.display(description=gettext_lazy("Team"), ordering="team")
    def shown_team(self, decision: Decision) -> str:
        return _team(decision.team)


@admin.register(OutboxRow)
class OutboxAdmin(Seen):
    """Also puts what was not delivered back in line: chosen one by one, or all of a time."""

    actions = ("send_again",)
    date_hierarchy = "settled_at"
    list_display = ("id", "state", "inbox", "attempts", "last_error", "created_at", "settled_at")
    list_filter = ("state", "inbox")
    ordering = ("-id",)
    list_select_related = ("inbox",)
    fields = (
        "id", "key", "conversation", "inbox", "part", "state", "attempts", "in_flight", "not_before",
        "lease_until", "leased_by", "provider_id", "last_error", "created_at", "held_since", "settled_at",
    )  # fmt: skip

    def has_send_again_permission(self, request: HttpRequest) -> bool:
        return self._may(request, May.CONFIGURE)

    @admin.action(
        description=gettext_lazy("Send again what was not delivered"), permissions=["send_again"]
    )
    def send_again(self, request: HttpRequest, rows: QuerySet[OutboxRow]) -> None:
        """What was sent or waits is left alone; what may have arrived is looked up first where that can be done."""
        ids = tuple(rows.values_list("id", flat=True))
        which = Which(ids=ids, unknown=True)
        sent = send_again(house(), which, f"user:{person(request).id}") if ids else []
        messages.info(request, gettext("In line again: %(count)s") % {"count": len(sent)})


@admin.register(AuditEntry)
class AuditAdmin(Done):
    list_display = ("id", "at", "who", "shown_action", "shown_subject")
    search_fields = ("actor", "action", "subject")
    ordering = ("-id",)
    fields = (
        "id", "at", "who_exactly", "action_exactly", "subject_exactly", "details", "shown_digest", "shown_chain",
    )  # fmt: skip

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        shown = super().get_changelist_instance(request)
        names = name_subjects(shown.result_list)
        for row in shown.result_list:
            row.about = names.get(row.subject, row.subject)
        return shown

    @admin.display(description=gettext_lazy("What happened"), ordering="action")
    def shown_action(self, entry: AuditEntry) -> str:
        return done(entry.action)

    @admin.display(description=gettext_lazy("About"))
    def shown_subject(self, entry: Any) -> str:
        return str(entry.about)

    @admin.display(description=gettext_lazy("What happened"))
    def action_exactly(self, entry: AuditEntry) -> str:
        """On the page of one entry: in words, and the code that was kept."""
        return f"{done(entry.action)} ({entry.action})"

    @admin.display(description=gettext_lazy("About"))
    def subject_exactly(self, entry: AuditEntry) -> str:
        """What it is called, and the id that was kept."""
        name = name_subjects([entry]).get(entry.subject)
        return f"{name} ({entry.subject})" if name else entry.subject

    @admin.display(description=gettext_lazy("Details"))
    def details(self, entry: AuditEntry) -> Any:
        place = f"audit.details:{_place(entry)}"
        try:
            opened = json.loads(house().vault.open_own(place, bytes(entry.details_cipher)) or b"{}")
        except VaultError:
            return "?"
        return format_html("<pre>{}</pre>", json.dumps(opened, indent=2, ensure_ascii=False))

    @admin.display(description=gettext_lazy("Digest"))
    def shown_digest(self, entry: AuditEntry) -> str:
        return bytes(entry.digest).hex()

    @admin.display(description=gettext_lazy("Chain"))
    def shown_chain(self, entry: AuditEntry) -> str:
        return bytes(entry.chain).hex()


def _place(entry: AuditEntry) -> int:
    """Entries are sealed under their number in the chain, which begins at 1 and has no gaps."""
    return AuditEntry.objects.filter(id__lte=entry.id).count()


@admin.register(Notice)
class NoticeAdmin(Seen):
    """What colleagues were told of tickets outside the desk; what could not be sent says why."""

    list_display = ("made_at", "ticket", "kind", "user", "place", "state", "problem")
    list_filter = ("state", "kind")
    ordering = ("-made_at",)
    list_select_related = ("ticket", "user")
    fields = ("ticket", "kind", "inbox", "user", "place", "state", "made_at", "sent_at", "problem")

"""What the entries of the audit say was done, and to what, in the reader's language; the codes beside them are what the chain holds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, gettext_lazy

from store.models import AuditEntry
from web.admin.words import MODELS

DONE: dict[str, Any] = {
    "ticket.take": gettext_lazy("Ticket taken"),
    "ticket.release": gettext_lazy("Ticket given back to the queue"),
    "ticket.give": gettext_lazy("Ticket given to a person"),
    "ticket.transfer": gettext_lazy("Ticket given to another team"),
    "ticket.hand_back": gettext_lazy("Ticket given back to the assistant"),
    "ticket.accept": gettext_lazy("Offer accepted"),
    "ticket.reply": gettext_lazy("Reply to the customer"),
    "ticket.hold_reply": gettext_lazy("Reply written, to go out later"),
    "ticket.undo_reply": gettext_lazy("Reply taken back"),
    "ticket.send_now": gettext_lazy("Sent in spite of quiet hours"),
    "ticket.note": gettext_lazy("Note left"),
    "ticket.wait": gettext_lazy("Ticket waits for the customer"),
    "ticket.wait_taken_back": gettext_lazy("Waiting for the customer taken back"),
    "ticket.snooze": gettext_lazy("Ticket put aside, or brought back"),
    "ticket.resolve": gettext_lazy("Ticket resolved"),
    "ticket.resolve_taken_back": gettext_lazy("Resolving taken back"),
    "ticket.reopen": gettext_lazy("Ticket opened again"),
    "ticket.reclassify": gettext_lazy("Category, priority or team changed"),
    "ticket.annotate": gettext_lazy("Tag, field, task, link or follower changed"),
    "ticket.promise": gettext_lazy("Another promise chosen"),
    "ticket.escalate": gettext_lazy("Step of the escalation carried out"),
    "ticket.merge": gettext_lazy("Ticket merged into another"),
    "ticket.split": gettext_lazy("Merging taken back"),
    "ticket.part": gettext_lazy("What had joined taken out"),
    "ticket.take_out": gettext_lazy("Message taken out, into a ticket of its own"),
    "ticket.link": gettext_lazy("Addresses linked to one customer"),
    "ticket.unlink": gettext_lazy("Link of addresses undone"),
    "ticket.confirm": gettext_lazy("Link of addresses confirmed"),
    "ticket.allow": gettext_lazy("What the customer wants to get changed"),
    "ticket.prefer_agent": gettext_lazy("Customer’s own agent chosen"),
    "ticket.suggestion": gettext_lazy("Suggested answer judged"),
    "ticket.connect": gettext_lazy("Call connected"),
    "ticket.consult": gettext_lazy("Colleague called before the caller is handed on"),
    "ticket.connect_caller": gettext_lazy("Caller connected to the colleague"),
    "ticket.hold": gettext_lazy("Caller put on hold"),
    "ticket.unhold": gettext_lazy("Caller taken off hold"),
    "ticket.hang_up": gettext_lazy("Call ended"),
    "ticket.aside_open": gettext_lazy("Somebody asked beside the ticket"),
    "ticket.aside_say": gettext_lazy("Message beside the ticket"),
    "ticket.aside_done": gettext_lazy("Side conversation ended"),
    "ticket.aside_reopen": gettext_lazy("Side conversation opened again"),
    "ticket.aside_send_again": gettext_lazy("Message beside the ticket sent again"),
    "kept.ticket": gettext_lazy("Ticket made of kept mail"),
    "sender.always": gettext_lazy("From a sender always a ticket"),
    "sender.never": gettext_lazy("From a sender never a ticket"),
    "sender.undo": gettext_lazy("Decision on a sender undone"),
    "post.answer": gettext_lazy("Public post made a ticket"),
    "post.ignore": gettext_lazy("Public post put aside"),
    "post.notice": gettext_lazy("Public post taken up again"),
    "outbox.replay": gettext_lazy("Sent again what was not delivered"),
    "lesson.accepted": gettext_lazy("Lesson accepted"),
    "lesson.rejected": gettext_lazy("Lesson rejected"),
    "lesson.corrected": gettext_lazy("Lesson corrected"),
    "lesson.rhythm": gettext_lazy("How often is learned changed"),
    "lesson.go_back": gettext_lazy("Went back to what was learned before"),
    "gap.writing": gettext_lazy("Article for a gap begun"),
    "gap.published": gettext_lazy("Article for a gap published"),
    "gap.dismissed": gettext_lazy("Gap dismissed"),
    "source.read": gettext_lazy("Source of knowledge read"),
    "index.rollback": gettext_lazy("Went back to an earlier index"),
    "model.activate": gettext_lazy("Version put into service"),
    "model.rollback": gettext_lazy("Went back to an earlier version"),
    "model.drifted": gettext_lazy("What comes in has changed: told"),
    "experiment.begin": gettext_lazy("Trial begun"),
    "experiment.stopped": gettext_lazy("Trial stopped"),
    "experiment.adopted": gettext_lazy("What was tried adopted"),
    "experiment.overtaken": gettext_lazy("Trial overtaken by other rules"),
    "inbox.try": gettext_lazy("Channel tested"),
    "inbox.install": gettext_lazy("Slack workspace added"),
    "inbox.removed": gettext_lazy("App taken out of a workspace"),
    "calendar.days_off": gettext_lazy("Holidays taken over"),
    "slot.attach": gettext_lazy("Service attached"),
    "slot.detach": gettext_lazy("Service taken away"),
    "slot.customer": gettext_lazy("Customer looked up in the CRM"),
    "slot.translation": gettext_lazy("Words sent to the translator"),
    "webhook.create": gettext_lazy("Webhook made"),
    "webhook.change": gettext_lazy("Webhook changed"),
    "webhook.remove": gettext_lazy("Webhook removed"),
    "webhook.secret": gettext_lazy("New secret of a webhook"),
    "webhook.give_up": gettext_lazy("Webhook given up after many failures"),
    "token.create": gettext_lazy("API token made"),
    "token.revoke": gettext_lazy("API token revoked"),
    "report.mail": gettext_lazy("Report by mail begun"),
    "report.stop": gettext_lazy("Report by mail stopped"),
    "guide.skip": gettext_lazy("First step put aside"),
    "guide.resume": gettext_lazy("First step taken up again"),
    "colleague.link": gettext_lazy("Colleague linked to a chat app"),
    "colleague.forget": gettext_lazy("Colleague parted from a chat app"),
    "user.create": gettext_lazy("First admin made"),
    "user.invite": gettext_lazy("Person invited"),
    "user.welcome": gettext_lazy("Person came in by the invitation"),
    "session.end": gettext_lazy("Session ended"),
    "sign_in.copied_key": gettext_lazy("Copied security key refused"),
}
"""Each deed that is recorded by a name of its own."""
_ANY: dict[str, Any] = {
    "create": gettext_lazy("New: %(what)s"),
    "change": gettext_lazy("Changed: %(what)s"),
    "remove": gettext_lazy("Removed: %(what)s"),
}
"""Deeds on the rows of the settings."""
_KINDS: dict[str, Any] = {
    "brand": gettext_lazy("Brand"),
    "role": gettext_lazy("Role"),
    **{name.lower(): one for name, (one, _) in MODELS.items()},
}


def done(action: str) -> str:
    """What was done, in words; the code itself where it is none of ours."""
    kind, _, deed = action.partition(".")
    if action not in DONE and kind in _KINDS and deed in _ANY:
        return str(_ANY[deed]) % {"what": _KINDS[kind]}
    return str(DONE.get(action, action))


def name_subjects(entries: Iterable[AuditEntry]) -> dict[str, str]:
    """To each subject that is a ticket, or a row which is still there, what people call it."""
    found: dict[str, str] = {}
    wanted: dict[str, set[str]] = {}
    for subject in {entry.subject for entry in entries}:
        kind, _, key = subject.partition(":")
        if kind == "ticket":
            found[subject] = _called(kind, f"#{key}")
        elif kind in _KINDS and _fits(kind, key):
            wanted.setdefault(kind, set()).add(key)
    for kind, keys in wanted.items():
        for row in apps.get_model("store", kind)._default_manager.filter(pk__in=keys):
            found[f"{kind}:{row.pk}"] = _called(kind, str(row))
    return found


def _called(kind: str, name: str) -> str:
    # Held together, in whichever direction the line is read.
    return gettext("%(what)s: %(name)s") % {"what": _KINDS[kind], "name": f"\u2068{name}\u2069"}


def _fits(kind: str, key: str) -> bool:
    try:
        apps.get_model("store", kind)._meta.pk.to_python(key)
    except ValidationError:
        return False
    return True

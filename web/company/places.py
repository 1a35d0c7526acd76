"""What can be set and where, in the words of people who look for it. Whether somebody may is asked of `bot.permissions`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from bot.permissions import May, permissions_of
from store.models import User


@dataclass(frozen=True, slots=True)
class Place:
    """One page of the settings. `others`: words by which people look for it beside its own."""

    title: Any
    about: Any
    address: str
    may: frozenset[May]
    others: Any = ""
    query: str = ""

    @property
    def href(self) -> str:
        return reverse(self.address) + (f"?{self.query}" if self.query else "")

    @property
    def words(self) -> str:
        """What a search looks through."""
        return f"{self.title} {self.about} {self.others}".lower()


def _admin(model: str) -> str:
    return f"admin:store_{model}_changelist"


_CONFIGURE = frozenset({May.CONFIGURE})
_PEOPLE = frozenset({May.MANAGE_PEOPLE})
_WRITE = frozenset({May.WRITE_ARTICLES})
_WORK = frozenset({May.WORK_TICKETS})
_ALL = frozenset({May.SEE_ALL_TICKETS})
_RECORDS = frozenset({May.READ_AUDIT})

PLACES: tuple[tuple[Any, tuple[Place, ...]], ...] = (
    (
        _("Begin"),
        (
            Place(_("First steps"), _("From an empty installation to the first answered message."), "company:guide", _CONFIGURE, _("start set-up wizard")),
            Place(_("Company"), _("Name, time zone, and what a text message costs."), "company:company", _CONFIGURE, _("workspace brand zone SMS price segment")),
        ),
    ),
    (
        _("People"),
        (
            Place(_("Invite colleagues"), _("A link each, with which they choose their password."), "company:invites", _PEOPLE, _("users accounts password")),
            Place(_("Users"), _("Who works here, with which role; who has left."), _admin("user"), _PEOPLE, _("accounts password deactivate")),
            Place(_("Roles"), _("What each role may do, and roles of your own made of named permissions."), "company:roles", _PEOPLE, _("rights permissions access")),
            Place(_("Teams"), _("Queues, their hours, and who is offered a waiting ticket."), _admin("team"), _CONFIGURE, _("queue triage offers")),
            Place(_("Agents"), _("Teams, skills, capacity and telephone of each."), _admin("agent"), _CONFIGURE, _("capacity phone members")),
            Place(_("Skills"), _("What a case may need and a colleague may know."), _admin("skill"), _CONFIGURE, _("languages expert")),
        ),
    ),
    (
        _("Hours and promises"),
        (
            Place(_("Hours and holidays"), _("When people work, and days that do not count."), _admin("calendar"), _CONFIGURE, _("calendar business hours closed")),
            Place(_("Promises"), _("How soon customers get a reply and a solution."), _admin("slapolicy"), _CONFIGURE, _("SLA policy targets response resolution")),
            Place(_("Escalation"), _("What happens on the way to a broken promise, and who is told."), _admin("escalationstep"), _CONFIGURE, _("matrix notify reassign breach")),
            Place(_("On call"), _("Who is called at night and at weekends, in turn."), _admin("rota"), _CONFIGURE, _("rota pager shift duty")),
        ),
    ),
    (
        _("Routing and answers"),
        (
            Place(_("Routing rules"), _("Which team and priority a case gets; tried on last week before they count."), _admin("routingrule"), _CONFIGURE, _("preview automation assign")),
            Place(_("Simulator"), _("Two sets of rules played over the same tickets, before one counts."), _admin("simulation"), _CONFIGURE, _("what if compare policy month")),
            Place(_("Trials"), _("Other rules for a share of the new tickets, measured beside those in service."), _admin("experiment"), _CONFIGURE, _("experiment A/B test compare")),
            Place(_("Macros and ready answers"), _("Words that are often said, and what is done with them."), "desk:macros", _WORK, _("canned templates snippets")),
            Place(_("Fields of tickets"), _("What every ticket says of itself beside its own: of your making."), _admin("customfield"), _CONFIGURE, _("custom fields tags")),
            Place(_("Checklists"), _("Tasks that belong to a kind of ticket."), _admin("checklist"), _CONFIGURE, _("tasks templates")),
            Place(_("Knowledge"), _("What the assistant answers from: websites, files, the sample."), "company:sources", _WRITE, _("articles import url upload crawl")),
            Place(_("Articles"), _("All of them, as they are live now."), _admin("article"), _WRITE, _("help center")),
            Place(_("Gaps"), _("What customers asked and no article answers."), _admin("gap"), _WRITE, _("missing questions")),
            Place(_("Lessons"), _("What customers confirmed and colleagues corrected, before anything learns from it."), "desk:lessons", frozenset({May.REVIEW_LESSONS}), _("training corrections")),
            Place(_("Ratings of answers"), _("How far the assistant's answers can be trusted."), _admin("answerrating"), _WRITE, _("feedback thumbs")),
            Place(_("Ratings of articles"), _("What readers of the help pages made of them, and what they missed."), _admin("articlerating"), _WRITE, _("help center feedback")),
        ),
    ),
    (
        _("Channels"),
        (
            Place(_("Channels"), _("Mailboxes, chats, numbers; each with a test."), "company:channels", _CONFIGURE, _("inbox email slack teams sms whatsapp telegram voice test")),
            Place(_("Senders of mail"), _("Of whom mail always opens a ticket, and of whom never."), "desk:kept", _ALL, _("always never block allow newsletter spam"), "what=decided"),
            Place(_("Slack"), _("Make the app, add it to your workspaces, and see where it is."), "company:slack", _CONFIGURE, _("workspace app install OAuth manifest")),
            Place(_("Chat on your website"), _("How it looks, live beside the form, and the lines to paste."), "company:looks", _CONFIGURE, _("widget snippet colour greeting embed")),
        ),
    ),
    (
        _("Programs"),
        (
            Place(_("API tokens"), _("Keys with which programs act in your name or as a service."), "account_tokens", _WORK | _CONFIGURE, _("integration key")),
            Place(_("Attached services"), _("Your CRM beside each ticket, and a translator; off unless you switch them on."), "company:slots", _CONFIGURE, _("integration CRM translation slot")),
            Place(_("Webhooks"), _("Calls that tell your systems what happens here, with a log."), _admin("hook"), _CONFIGURE, _("events outgoing signature")),
        ),
    ),
    (
        _("Records"),
        (
            Place(_("Audit"), _("Who did what, in a chain that shows when it was changed."), _admin("auditentry"), _RECORDS, _("log history")),
            Place(_("Outbox"), _("What was sent, what waits, what failed."), _admin("outboxrow"), _RECORDS, _("delivery failed")),
        ),
    ),
)  # fmt: skip


def places_for(user: User, query: str = "") -> list[tuple[Any, list[Place]]]:
    """The groups with the pages that this person may open and that have every word of `query`."""
    granted, words = permissions_of(user), query.lower().split()
    found = []
    for title, places in PLACES:
        fitting = [
            place
            for place in places
            if place.may & granted and all(word in place.words for word in words)
        ]
        if fitting:
            found.append((title, fitting))
    return found

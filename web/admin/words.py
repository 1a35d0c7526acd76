"""What the tables of the settings and their columns are called, for people; the pages themselves are beside this.

Set when the web process begins, on the models' own fields, so that lists, forms, filters and messages all say it.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.utils.functional import lazy
from django.utils.translation import get_language, gettext_lazy

MODELS: dict[str, tuple[Any, Any]] = {
    "Agent": (gettext_lazy("Agent"), gettext_lazy("Agents")),
    "AgentSkill": (gettext_lazy("Skill"), gettext_lazy("Skills")),
    "AnswerRating": (gettext_lazy("Rating"), gettext_lazy("Ratings of answers")),
    "Article": (gettext_lazy("Article"), gettext_lazy("Articles")),
    "ArticleRating": (gettext_lazy("Rating of an article"), gettext_lazy("Ratings of articles")),
    "AuditEntry": (gettext_lazy("Audit entry"), gettext_lazy("Audit")),
    "Calendar": (gettext_lazy("Calendar"), gettext_lazy("Hours and holidays")),
    "Capacity": (gettext_lazy("Capacity"), gettext_lazy("Capacities")),
    "Checklist": (gettext_lazy("Checklist"), gettext_lazy("Checklists")),
    "Conversation": (gettext_lazy("Conversation"), gettext_lazy("Conversations")),
    "CustomField": (gettext_lazy("Field"), gettext_lazy("Fields of tickets")),
    "Decision": (gettext_lazy("Decision"), gettext_lazy("Decisions")),
    "EscalationStep": (gettext_lazy("Step of escalation"), gettext_lazy("Escalation")),
    "Event": (gettext_lazy("Event"), gettext_lazy("Events")),
    "Experiment": (gettext_lazy("Trial"), gettext_lazy("Trials")),
    "Gap": (gettext_lazy("Gap"), gettext_lazy("Gaps")),
    "Holiday": (gettext_lazy("Holiday"), gettext_lazy("Holidays")),
    "Hook": (gettext_lazy("Webhook"), gettext_lazy("Webhooks")),
    "Inbox": (gettext_lazy("Channel"), gettext_lazy("Channels")),
    "Notice": (gettext_lazy("Notice"), gettext_lazy("Notices")),
    "OutboxRow": (gettext_lazy("Outgoing message"), gettext_lazy("Outbox")),
    "Rota": (gettext_lazy("Rota"), gettext_lazy("On call")),
    "RotaCover": (gettext_lazy("Cover"), gettext_lazy("Covers")),
    "RotaMember": (gettext_lazy("Person"), gettext_lazy("People")),
    "RoutingRule": (gettext_lazy("Rule"), gettext_lazy("Routing rules")),
    "Simulation": (gettext_lazy("Simulation"), gettext_lazy("Simulator")),
    "Skill": (gettext_lazy("Skill"), gettext_lazy("Skills")),
    "SlaPolicy": (gettext_lazy("Promise"), gettext_lazy("Promises")),
    "Team": (gettext_lazy("Team"), gettext_lazy("Teams")),
    "TeamMember": (gettext_lazy("Agent"), gettext_lazy("Agents")),
    "Ticket": (gettext_lazy("Ticket"), gettext_lazy("Tickets")),
    "User": (gettext_lazy("User"), gettext_lazy("Users")),
}
"""One of them, and all of them: the head of their page, as the side bar calls it."""
FIELDS: dict[str, Any] = {
    "id": gettext_lazy("ID"),
    "abstained": gettext_lazy("Undecided"),
    "action": gettext_lazy("Action"),
    "actor": gettext_lazy("Who"),
    "agent": gettext_lazy("Agent"),
    "article": gettext_lazy("Article"),
    "asked_at": gettext_lazy("Asked at"),
    "assignee": gettext_lazy("Assignee"),
    "at": gettext_lazy("Time"),
    "attempts": gettext_lazy("Attempts"),
    "began_at": gettext_lazy("Began at"),
    "brand": gettext_lazy("Brand"),
    "calendar": gettext_lazy("Calendar"),
    "category": gettext_lazy("Category"),
    "channel": gettext_lazy("Channel"),
    "claim": gettext_lazy("Times claimed"),
    "claimed_by": gettext_lazy("Worked on by"),
    "confidence": gettext_lazy("Confidence"),
    "conversation": gettext_lazy("Conversation"),
    "conversations": gettext_lazy("Conversations"),
    "counts": gettext_lazy("Time that counts"),
    "created_at": gettext_lazy("Made at"),
    "custom_role": gettext_lazy("Role of your own"),
    "data": gettext_lazy("Data"),
    "days": gettext_lazy("Days"),
    "email": gettext_lazy("Email"),
    "end": gettext_lazy("End"),
    "ended_at": gettext_lazy("Ended at"),
    "expires_on": gettext_lazy("Valid until"),
    "first_response_at": gettext_lazy("First response at"),
    "found_at": gettext_lazy("Found at"),
    "held_since": gettext_lazy("Held since"),
    "helpful": gettext_lazy("Helpful"),
    "in_flight": gettext_lazy("On its way"),
    "inbox": gettext_lazy("Channel"),
    "is_active": gettext_lazy("In use"),
    "is_default": gettext_lazy("Default"),
    "is_lead": gettext_lazy("Leads the team"),
    "is_on": gettext_lazy("Switched on"),
    "is_triage": gettext_lazy("Takes what fits nowhere else"),
    "key": gettext_lazy("Key"),
    "kind": gettext_lazy("Kind"),
    "label": gettext_lazy("Label"),
    "language": gettext_lazy("Language"),
    "last_error": gettext_lazy("Last error"),
    "last_message_at": gettext_lazy("Last message at"),
    "last_public_seq": gettext_lazy("Last number, public"),
    "last_seq": gettext_lazy("Last number"),
    "lease_until": gettext_lazy("Taken until"),
    "leased_by": gettext_lazy("Taken by"),
    "level": gettext_lazy("Level"),
    "made_at": gettext_lazy("Made at"),
    "message": gettext_lazy("Message"),
    "name": gettext_lazy("Name"),
    "next_due": gettext_lazy("Due next"),
    "not_before": gettext_lazy("Not before"),
    "number": gettext_lazy("Number"),
    "on": gettext_lazy("Day"),
    "opened_at": gettext_lazy("Opened at"),
    "part": gettext_lazy("Part"),
    "phone": gettext_lazy("Phone"),
    "place": gettext_lazy("Place"),
    "policy": gettext_lazy("Promise"),
    "position": gettext_lazy("Position"),
    "priority": gettext_lazy("Priority"),
    "problem": gettext_lazy("Problem"),
    "provider_id": gettext_lazy("ID at the provider"),
    "public_seq": gettext_lazy("Number, public"),
    "rating": gettext_lazy("Rating"),
    "reason": gettext_lazy("Reason"),
    "resolution_due": gettext_lazy("Resolution due"),
    "resolved_at": gettext_lazy("Resolved at"),
    "response_due": gettext_lazy("Response due"),
    "role": gettext_lazy("Role"),
    "rota": gettext_lazy("Rota"),
    "section": gettext_lazy("Section"),
    "sent_at": gettext_lazy("Sent at"),
    "seq": gettext_lazy("Number"),
    "settled_at": gettext_lazy("Settled at"),
    "skill": gettext_lazy("Skill"),
    "slug": gettext_lazy("Short name"),
    "source": gettext_lazy("Source"),
    "speaker": gettext_lazy("Who speaks"),
    "speaker_fence": gettext_lazy("Changes of the speaker"),
    "speaker_user": gettext_lazy("Person who speaks"),
    "start": gettext_lazy("Begin"),
    "state": gettext_lazy("State"),
    "status": gettext_lazy("Status"),
    "subject": gettext_lazy("About"),
    "tags": gettext_lazy("Tags"),
    "team": gettext_lazy("Team"),
    "then": gettext_lazy("Then"),
    "ticket": gettext_lazy("Ticket"),
    "time_zone": gettext_lazy("Time zone"),
    "turn_attempts": gettext_lazy("Attempts"),
    "turns": gettext_lazy("Turns"),
    "units": gettext_lazy("Units"),
    "url": gettext_lazy("Address"),
    "user": gettext_lazy("User"),
    "version": gettext_lazy("Version"),
    "versions": gettext_lazy("Versions"),
    "visibility": gettext_lazy("Visibility"),
    "wants_turn_at": gettext_lazy("Waits for an answer since"),
    "when": gettext_lazy("When"),
}
"""By the field's name, whichever table it stands in."""
CHOICES: dict[str, Any] = {
    "Admin": gettext_lazy("Admin"),
    "Adopted": gettext_lazy("Adopted"),
    "Agent": gettext_lazy("Agent"),
    "Auditor": gettext_lazy("Auditor"),
    "Author": gettext_lazy("Author"),
    "Bot": gettext_lazy("Bot"),
    "Business": gettext_lazy("Business"),
    "Cancelled": gettext_lazy("Cancelled"),
    "Closed": gettext_lazy("Closed"),
    "Dead": gettext_lazy("Dead"),
    "Dismissed": gettext_lazy("Dismissed"),
    "Done": gettext_lazy("Done"),
    "Elapsed": gettext_lazy("Elapsed"),
    "Failed": gettext_lazy("Failed"),
    "Lead": gettext_lazy("Lead"),
    "Nobody": gettext_lazy("Nobody"),
    "Open": gettext_lazy("Open"),
    "Overtaken": gettext_lazy("Overtaken"),
    "Pending": gettext_lazy("Pending"),
    "Person": gettext_lazy("Person"),
    "Published": gettext_lazy("Published"),
    "Queue": gettext_lazy("Queue"),
    "Resolved": gettext_lazy("Resolved"),
    "Running": gettext_lazy("Running"),
    "Sent": gettext_lazy("Sent"),
    "Stopped": gettext_lazy("Stopped"),
    "Unknown": gettext_lazy("Unknown"),
    "Waiting": gettext_lazy("Waiting"),
    "Writing": gettext_lazy("Writing"),
}
"""States, roles and the like, as the models call them: the words stay, or Django would want a migration."""
THEIRS = (
    gettext_lazy("Apply Filters"),
    gettext_lazy("Choose file to upload"),
    gettext_lazy("Clear all filters"),
    gettext_lazy("Dark"),
    gettext_lazy("False"),
    gettext_lazy("Filters"),
    gettext_lazy("Go back"),
    gettext_lazy("Light"),
    gettext_lazy("Loading more results..."),
    gettext_lazy("No results found"),
    gettext_lazy("Reset filters"),
    gettext_lazy("Run"),
    gettext_lazy("Select all rows"),
    gettext_lazy("Select record"),
    gettext_lazy("Select value"),
    gettext_lazy("System"),
    gettext_lazy("True"),
    gettext_lazy("Type to search"),
)
"""What django-unfold says in English alone."""


def call_by_name() -> None:
    """Gives the tables of the settings, their fields and their choices the names above."""
    for name, (one, all_of_them) in MODELS.items():
        table: Any = apps.get_model("store", name)._meta
        table.verbose_name, table.verbose_name_plural = _within(one), _within(all_of_them)
        for field in table.fields:
            field.verbose_name = FIELDS.get(field.name, field.verbose_name)
            if field.choices:
                field.choices = [
                    (value, CHOICES.get(str(said), said)) for value, said in field.choices
                ]


def _word_within(word: Any) -> str:
    """As it stands within a sentence: German nouns and abbreviations keep their capital."""
    said = str(word)
    if (get_language() or "").startswith("de") or said[1:2].isupper():
        return said
    return said[:1].lower() + said[1:]


_within = lazy(_word_within, str)

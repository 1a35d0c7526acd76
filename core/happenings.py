"""The kinds of events that the log holds, in one line each: what webhooks can be asked for and reports count. Their data is `store`'s."""

from __future__ import annotations

HAPPENINGS: dict[str, str] = {
    "message": "Somebody said something to the other side: the customer, the assistant or a colleague.",
    "message_edited": "The customer changed a message of theirs.",
    "message_withdrawn": "The customer took a message of theirs back.",
    "note": "A colleague left a note.",
    "speaker_changed": "Somebody else has the word: the assistant, the queue, a person or nobody.",
    "ticket_opened": "A conversation was handed to people.",
    "ticket_offered": "A ticket was offered to a person.",
    "offer_rescinded": "An offer was taken back.",
    "ticket_snoozed": "A ticket was put aside for a while.",
    "ticket_taken": "A person took a ticket.",
    "ticket_given": "A ticket was given to a person.",
    "ticket_handed_back": "A ticket was given back to the assistant.",
    "ticket_came_back": "The assistant could not help and gave a ticket back to people.",
    "ticket_released": "A person gave a ticket back to the queue.",
    "ticket_changed": "Category, priority, team, assignee or status of a ticket changed.",
    "ticket_annotated": "A tag, link, follower, field or task of a ticket changed.",
    "ticket_escalated": "A step of the escalation matrix was carried out.",
    "ticket_merged": "A ticket went on in another one of the same customer.",
    "ticket_split": "A merging was taken back.",
    "ticket_reopened": "A resolved ticket is worked on again.",
    "sla_breached": "A promise was broken.",
    "resolved": "A conversation was resolved.",
    "rated": "The customer answered the satisfaction question.",
    "delivery_reported": "The provider said what became of a message.",
    "delivery_delayed": "A message has been failing for a while.",
    "delivery_unknown": "Nobody knows whether a message arrived.",
    "delivery_dead": "A message could not be delivered.",
    "board_failed": "A ticket, or a line of its thread, could not be shown at the team's board.",
    "address_gone": "Mail to the customer came back: there is no such address.",
    "call": "Something happened in a telephone call.",
    "opted_out": "The customer wants no more messages.",
    "opted_in": "The customer takes messages again.",
}
"""Kind to what it means, for people who choose among them."""

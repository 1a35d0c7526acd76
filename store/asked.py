"""Where the satisfaction question was asked, whether anything was said since, and what answers it. What is answered is kept by `store.surveys`."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q

from store.models import Address, Conversation, Inbox, Message, OutboxRow, Survey

_OURS = (Message.Author.AGENT, Message.Author.BOT)
_SAYS_NOTHING = (Message.Kind.NOTE, Message.Kind.NOTICE, Message.Kind.SURVEY)


def was_asked(conversation: Conversation) -> bool:
    """Has its customer ever been asked how it was?"""
    return Survey.objects.filter(conversation=conversation).exists()


def is_last_word(conversation: Conversation) -> bool:
    """Has nobody of ours said anything to its customer since they were asked? Notices say nothing that is answered."""
    said = Message.objects.filter(conversation=conversation)
    last = said.filter(kind=Message.Kind.SURVEY).order_by("-seq").first()
    if last is None:
        return False
    since = said.filter(seq__gt=last.seq, author__in=_OURS)
    return not since.exclude(kind__in=_SAYS_NOTHING).exists()


def is_answered_by(conversation: Conversation, named: str) -> bool:
    """Is the message of ours that a reply names, by its provider's name for it, the question of how it was?"""
    if not named:
        return False
    sent = OutboxRow.objects.filter(conversation=conversation, provider_id=named)
    return sent.filter(message__kind=Message.Kind.SURVEY).exists()


def asked_last(inbox: Inbox, address: Address, named: Collection[UUID]) -> UUID | None:
    """The conversation in which whoever presses a rating was asked for one: of those that the press names and those that
    they began there, the one that was asked about last."""
    theirs = Q(conversation__address=address, conversation__inbox=inbox)
    found = Survey.objects.filter(theirs | Q(conversation__in=named)).order_by("-asked_at")
    return found.values_list("conversation", flat=True).first()

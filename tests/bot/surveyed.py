"""A customer who wrote, was helped by a colleague, and was asked how it was: the steps that the suites of the question share."""

from __future__ import annotations

from bot import desk
from bot.receive import receive
from store.models import Conversation, Survey, Ticket
from tests.bot.scripted import ScriptedDialogue, hands_over, work_until
from tests.company import Company, Writer


def is_answered() -> bool:
    """Nobody waits for a turn."""
    return not Conversation.objects.filter(wants_turn_at__isnull=False).exists()


def tell(company: Company, dialogue: ScriptedDialogue, writer: Writer, *texts: str) -> None:
    """What somebody writes arrives at once and is thought about."""
    receive(company.house, company.mail, [writer.mail(text) for text in texts])
    work_until(company.house, dialogue, is_answered)


def taken(company: Company, dialogue: ScriptedDialogue, writer: Writer) -> int:
    """They ask for a person, and a colleague takes their ticket; its number."""
    dialogue.turns.append(hands_over())
    tell(company, dialogue, writer, "a person please")
    number = Ticket.objects.get().number
    desk.take(company.house, company.other, number)
    return number


def resolved(company: Company, dialogue: ScriptedDialogue, writer: Writer) -> int:
    """Their ticket was resolved and they were asked how it was; its number."""
    number = taken(company, dialogue, writer)
    desk.resolve(company.house, company.other, number)
    assert Survey.objects.get().answered_at is None
    return number

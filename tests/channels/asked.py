"""A customer whose need is resolved, comes up again and is resolved once more: the steps that the suites of channels share. The forms are tested in their folders."""

from __future__ import annotations

from bot import desk
from bot.house import House
from core.understanding import Act
from store.bodies import open_body, open_json
from store.models import Conversation, Message, OutboxRow, Survey, Ticket, User
from tests.bot.scripted import ScriptedDialogue, hands_over, work_until

WHY = "because it took a week"


def scripted() -> ScriptedDialogue:
    """Hands the first message over; everything is a question, but the reason and thanks."""
    dialogue = ScriptedDialogue(acts={WHY: Act.DENY})
    dialogue.turns.append(hands_over())
    return dialogue


def work(house: House, dialogue: ScriptedDialogue) -> None:
    """A worker answers and sends what there is."""
    work_until(house, dialogue, _is_quiet)


def _is_quiet() -> bool:
    waits = OutboxRow.objects.filter(state=OutboxRow.State.WAITING, not_before=None)
    return not (Conversation.objects.filter(wants_turn_at__isnull=False).exists() or waits.exists())


def resolve(house: House, by: User) -> Ticket:
    """The only ticket is taken by a colleague and resolved."""
    number = Ticket.objects.get().number
    desk.take(house, by, number)
    desk.resolve(house, by, number)
    return Ticket.objects.get()


def questions() -> int:
    """How often the customer was asked how it was."""
    return Message.objects.filter(kind=Message.Kind.SURVEY).count()


def comment(house: House) -> str:
    """What was said on why."""
    row = Survey.objects.select_related("conversation__address").get()
    place, sealed = f"survey.comment:{row.id}", bytes(row.comment_cipher)
    return str(open_json(house.vault, row.conversation.address, place, sealed) or "")


def said(house: House, kind: str) -> str:
    """The last message of that kind."""
    row = Message.objects.select_related("address").filter(kind=kind).latest("accepted_at")
    return open_body(house.vault, row).text

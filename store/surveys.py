"""The satisfaction question of a conversation: whether it is to be asked, and what was answered. Asking is `store.tickets`, its words are `bot.survey`."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F

from store.bodies import open_json, seal_json
from store.models import Conversation, Message, OutboxRow, Survey, Ticket
from store.turns import Finish


def is_to_be_asked(row: Conversation, now: datetime) -> bool:
    """Once: but a question that was withheld before it went out, or never arrived, was not asked."""
    survey, is_new = Survey.objects.get_or_create(conversation=row, defaults={"asked_at": now})
    if is_new:
        return True
    lost = (OutboxRow.State.CANCELLED, OutboxRow.State.DEAD)
    sent = OutboxRow.objects.filter(conversation=row, message__kind=Message.Kind.SURVEY)
    if survey.answered_at is not None or sent.exclude(state__in=lost).exists():
        return False
    survey.asked_at = now
    survey.save(update_fields=["asked_at"])
    return True


def rate(finish: Finish, rating: int, comment: str = "", *, keeps_comment: bool = False) -> None:
    """Inside a finishing transaction: the satisfaction, 1 (bad) to 5. `keeps_comment`: without one, an earlier stays."""
    row = finish.conversation
    survey = Survey.objects.select_for_update().get(conversation=row)
    survey.rating, survey.answered_at = rating, survey.answered_at or finish.now
    if comment or not (keeps_comment and survey.comment_cipher):
        sealed = seal_json(finish.vault, row.address, f"survey.comment:{survey.id}", comment)
        survey.comment_cipher = sealed
    survey.save()
    Ticket.objects.filter(conversation=row).update(rating=rating, version=F("version") + 1)
    finish.log.add("rated", "customer", is_public=True, data={"rating": rating})


def say_why(finish: Finish, comment: str) -> None:
    """Inside a finishing transaction: words on the rating that there is, behind those that came by the page meanwhile."""
    row = finish.conversation
    survey = Survey.objects.select_for_update().get(conversation=row)
    assert survey.rating is not None
    place = f"survey.comment:{survey.id}"
    before = open_json(finish.vault, row.address, place, bytes(survey.comment_cipher))
    rate(finish, survey.rating, f"{before}\n{comment}" if before else comment)

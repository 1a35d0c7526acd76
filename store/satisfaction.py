"""What a customer said of how it was. When it is asked is `bot.survey`."""

from __future__ import annotations

from store.bodies import open_json
from store.models import Conversation, Survey
from store.vault import Vault, VaultError


def comment_of(vault: Vault, conversation: Conversation, survey: Survey | None) -> str:
    """The words beside a rating; empty where there are none, or they are erased. `conversation.address` is loaded."""
    if survey is None:
        return ""
    place = f"survey.comment:{survey.id}"
    try:
        comment = open_json(vault, conversation.address, place, bytes(survey.comment_cipher))
    except VaultError:
        return ""
    return comment if isinstance(comment, str) else ""

"""Reading what customers write to people, where the escalation matrix asks whether they are upset."""

from __future__ import annotations

from uuid import UUID

from bot.dialogue import Dialogue
from bot.house import House
from core.understanding import Act
from store.moods import heard, note_upset

SURE = 0.7
"""Probability from which a message counts as an urgent complaint."""


async def read_mood(house: House, dialogue: Dialogue, payload: dict[str, object]) -> None:
    """One message. Raises `DialogueFailed` while the brain is away: the job is tried again."""
    message = UUID(str(payload["message"]))
    said = await house.database.read(heard, house.vault, message)
    if said is None:
        return
    understood = (await dialogue.understand(said.text, language_hint=said.language)).understood
    if understood.act is Act.URGENT_COMPLAINT and understood.confidence >= SURE:
        await house.database.run(note_upset, message, house.clock())

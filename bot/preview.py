"""How a text that is being written will come out: as the channel will show it, and in how many messages. Nothing is kept or sent."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.desk import TEXT_LIMIT, reply_of
from bot.house import House
from bot.reply import parts_of
from bot.rich import RICH, words_of
from bot.ways import chosen
from channels.contract_forms import EVERY_LOOK, looks_of
from core.errors import MalformedPayload
from core.redaction import redact
from core.rich import Paragraph, Rich, Run
from core.rich_shown import shown_as
from store.models import Conversation


@dataclass(frozen=True, slots=True)
class Previewed:
    """`text`: the plain words of it, which are what is sent where no look is shown; `parts`: messages that it takes."""

    rich: Rich = field(repr=False)
    text: str = field(repr=False)
    parts: int


def preview(house: House, row: Conversation, typed: str, way: str, *, is_note: bool) -> Previewed:
    """Of a text with its form. Raises `NotFound` for a way that is none, `MalformedPayload` for too long a text."""
    if len(typed) > TEXT_LIMIT:
        raise MalformedPayload("A message has at most %(most)s characters.", most=TEXT_LIMIT)
    words = words_of(redact(typed).strip(), RICH)
    rich = words.rich or (Paragraph((Run(words.text),)),)
    if is_note:
        return Previewed(shown_as(rich, EVERY_LOOK), words.text, 1)
    goes = chosen(house, row, way)
    channel = house.channel_of(goes.inbox if goes else row.inbox)
    parts = parts_of(reply_of(words), channel, row.language)
    return Previewed(shown_as(rich, looks_of(channel)), words.text, max(1, parts))

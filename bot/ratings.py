"""Whether an answer by mail helped, by a signed link that changes nothing until its reader presses a button.

There is one question under an answer: where the assistant asks in its own words the link is another way to answer
that, else it asks itself. Either way is the same rating of the same answer, and the last word counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from bot.house import House
from bot.links import named_in, token_of
from bot.survey_words import say
from core.message import AddressKind, Outbound
from store.learning import rate_sent_answer, sent_answer
from store.outbox import Leased
from store.vault import Vault

OPEN_FOR = timedelta(days=90)
_PURPOSE = "answer rating"


@dataclass(frozen=True, slots=True)
class Asked:
    """The question as its page shows it."""

    language: str
    brand: str


def rating_address(vault: Vault, public_url: str, key: UUID) -> str:
    """Where whoever got the message with this key says whether it helped."""
    return f"{public_url}/rate/{token_of(vault, _PURPOSE, key)}"


def asked(house: House, token: str) -> Asked:
    """What the page shows. Raises `NotFound`, also for what is older than `OPEN_FOR`."""
    row = sent_answer(named_in(house.vault, _PURPOSE, token), _since(house.clock())).conversation
    return Asked(row.language, row.brand.name)


def rate(house: House, token: str, helpful: bool) -> None:
    """The customer's word; the last one counts. Raises `NotFound`, also for what is older than `OPEN_FOR`."""
    key, now = named_in(house.vault, _PURPOSE, token), house.clock()
    rate_sent_answer(key, helpful, "mail", now, since=_since(now))


def with_link(house: House, row: Leased, address: AddressKind, said: Outbound) -> Outbound:
    """An answer by mail has the link as its last line; everything else stays as it is."""
    if row.kind != "answer" or address is not AddressKind.EMAIL:
        return said
    link = rating_address(house.vault, house.settings.public_url, row.key)
    # Only its question brings an answer buttons: what is to be chosen from is a question of its own kind.
    words = "or_click" if row.body.buttons else "helped"
    return replace(said, text=f"{said.text}\n\n{say(words, row.language, url=link)}")


def _since(now: datetime) -> datetime:
    return now - OPEN_FOR

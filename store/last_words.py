"""What a list shows of what was said last in a conversation. Which tickets are listed is `store.desk`.

"no" or a mail address alone is read with what was said before it, by the customer or a colleague: that is what it answers.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from uuid import UUID

from django.db.models import F, OuterRef, QuerySet, Subquery, Window
from django.db.models.functions import RowNumber

from store.bodies import open_body
from store.models import Message
from store.vault import Vault, VaultError

LENGTH = 160
_EARLIER = 4
"""So many messages are looked back at."""
_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Scripts in which words stand without spaces, and in which few letters say much."""
_FEW_WORDS, _FEW_LETTERS, _FEW_SIGNS = 2, 12, 4


def last_message() -> Subquery:
    """What a person said last, customer or colleague; neither notes nor what machines send."""
    said = _by_people().filter(conversation=OuterRef("conversation"))
    return Subquery(said.order_by("-seq").values("id")[:1])


def _by_people() -> QuerySet[Message]:
    spoken = Message.objects.filter(
        author__in=[Message.Author.CUSTOMER, Message.Author.AGENT], is_automatic=False
    )
    return spoken.exclude(kind=Message.Kind.NOTE)


def first_line(text: str, length: int = LENGTH) -> str:
    """A text in one line, cut with a sign where it is longer."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def says_little(text: str) -> bool:
    """True for a word or two, a number, or an address, perhaps with a word beside it."""
    rest = _ADDRESS.sub(" ", text)
    letters = [sign for sign in rest if sign.isalpha()]
    if any(map(_UNSPACED.match, letters)):
        return len(letters) <= _FEW_SIGNS
    is_few = len(rest.split()) <= _FEW_WORDS + (rest != text)
    return is_few and len(letters) <= _FEW_LETTERS


def lines_of(vault: Vault, last: Collection[Message]) -> dict[UUID, str]:
    """By conversation the line for its last message: itself, with what it answers where it says little; nothing where
    that was erased or is damaged. One query at most, however many there are."""
    lines: dict[UUID, str] = {}
    short: dict[UUID, Message] = {}
    for message in last:
        lines[message.conversation_id] = _line_of(vault, message)
        if message.author == Message.Author.CUSTOMER and says_little(
            lines[message.conversation_id]
        ):
            short[message.conversation_id] = message
    for conversation, earlier in _before(list(short.values())).items():
        said = next((line for one in earlier if not says_little(line := _line_of(vault, one))), "")
        if said:
            own = lines[conversation]
            lines[conversation] = said if _ADDRESS.search(own) or not own else f"{own} · {said}"
    return lines


def _line_of(vault: Vault, message: Message) -> str:
    try:
        return first_line(open_body(vault, message).text)
    except VaultError:
        return ""


def _before(last: Sequence[Message]) -> dict[UUID, list[Message]]:
    """What people said before these, the newest first."""
    if not last:
        return {}
    newest = Window(RowNumber(), partition_by=F("conversation"), order_by=F("seq").desc())
    # The last one itself is the first of them.
    said = _by_people().filter(conversation__in=[one.conversation_id for one in last])
    rows = said.annotate(place=newest).filter(place__gt=1, place__lte=1 + _EARLIER)
    found: dict[UUID, list[Message]] = {}
    for row in rows.select_related("address").order_by("conversation", "-seq"):
        found.setdefault(row.conversation_id, []).append(row)
    return found

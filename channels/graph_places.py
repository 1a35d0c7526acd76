"""The names under which conversations with people of Meta's products are found again. No payloads here.

whatsapp/1065/4915112345            what one person and one account of ours say to each other
whatsapp/1065/4915112345/wamid.A1   one message of it
messenger/1100/comment/77_78        a public comment (post, mention) of somebody
messenger/1100/ours/77_79           what we said there
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from channels.graph_settings import GraphSettings
from core.ids import ThreadKey
from core.message import AddressKind, Sender, Verified


def person_key(settings: GraphSettings, person: str) -> ThreadKey:
    """What one person and this account say to each other."""
    return ThreadKey(f"{settings.product}/{settings.account}/{person}")


def message_key(settings: GraphSettings, person: str, message: str) -> ThreadKey:
    """One message, of theirs or of ours."""
    return ThreadKey(f"{person_key(settings, person)}/{message}"[:500])


def sender_of(settings: GraphSettings, person: str, name: str = "") -> Sender:
    """Phone numbers are the same for every business. Messenger's and Instagram's ids are the account's own."""
    scope = "" if settings.product == "whatsapp" else f"{settings.account}:"
    value = f"{settings.product}:{scope}{person}"
    return Sender(AddressKind.SOCIAL, value, Verified.CHANNEL, name.strip()[:200])


def person_of(settings: GraphSettings, address: str) -> str:
    """Meta's id of the person at an address that `sender_of` made; empty for any other."""
    mark = sender_of(settings, "").value
    person = address.removeprefix(mark)
    is_id = person.replace(".", "").isalnum() and person.isascii()
    return person if address.startswith(mark) and is_id else ""


def public_key(settings: GraphSettings, kind: str, mark: str) -> ThreadKey:
    """A `comment`, a `post` or a `mention`, by Meta's id of it."""
    return ThreadKey(f"{settings.product}/{settings.account}/{kind}/{mark}")


def ours_key(settings: GraphSettings, mark: str) -> ThreadKey:
    """A comment of ours: whoever answers it goes on there."""
    return ThreadKey(f"{settings.product}/{settings.account}/ours/{mark}")


def last_public(settings: GraphSettings, keys: Sequence[ThreadKey]) -> tuple[str, str] | None:
    """Kind and Meta's id of the newest public post of a thread; None where there is none."""
    mark = re.escape(f"{settings.product}/{settings.account}")
    place = re.compile(mark + r"/(comment|post|mention)/([0-9_]{1,80}(?:/[0-9_]{1,80})?)")
    found = [match for key in keys if (match := place.fullmatch(key))]
    return (found[-1][1], found[-1][2]) if found else None


def author_of(settings: GraphSettings, person: str, name: str = "") -> Sender:
    """Who wrote in public. Meta gives them the id that they have in private."""
    value = f"{settings.product}:{settings.account}:{person}"
    return Sender(AddressKind.PUBLIC, value, Verified.CHANNEL, name.strip()[:200])


def named_author(settings: GraphSettings, name: str) -> Sender:
    """Who named an Instagram account somewhere: only their name there is told."""
    return author_of(settings, f"@{name.strip()[:60]}", name)

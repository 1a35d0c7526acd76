"""The names under which conversations with people of Meta's products are found again. No payloads here.

whatsapp/1065/4915112345            what one person and one account of ours say to each other
whatsapp/1065/4915112345/wamid.A1   one message of it
"""

from __future__ import annotations

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

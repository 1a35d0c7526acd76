"""Files that go out through Meta: what each product takes, and the body of a message that carries one. Sending is `graph`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from channels.graph_settings import GraphSettings
from core.message import Attached

Json = dict[str, Any]

MEGABYTE = 1024 * 1024
LIMIT = 25 * MEGABYTE
"""Of Messenger, and more than most of WhatsApp's kinds take."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """`name`: in Meta's word. Empty `types`: any."""

    name: str
    types: frozenset[str]
    limit: int


_DOCUMENT = _Kind("document", frozenset(), LIMIT)
_WHATSAPP = (
    _Kind("image", frozenset({"image/jpeg", "image/png"}), 5 * MEGABYTE),
    _Kind("video", frozenset({"video/mp4", "video/3gpp"}), 16 * MEGABYTE),
    _Kind(
        "audio",
        frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"}),
        16 * MEGABYTE,
    ),
)
_FAMILIES = {"image": "image", "video": "video", "audio": "audio"}


def objection_to(media_type: str, size: int, settings: GraphSettings) -> str:
    """Why such a file cannot go, for people; empty where it can."""
    if settings.product == "instagram":
        return "Instagram takes no files from here: put a link into the text."
    limit = _kind(media_type, size).limit if settings.product == "whatsapp" else LIMIT
    if not size:
        return "An empty file is not taken."
    return f"Such a file has at most {limit // MEGABYTE} MB." if size > limit else ""


def _kind(media_type: str, size: int) -> _Kind:
    """A picture that is too large for a picture goes as a document, and so does what WhatsApp does not show."""
    plain = media_type.partition(";")[0].strip().lower()
    found = next((kind for kind in _WHATSAPP if plain in kind.types), _DOCUMENT)
    return found if size <= found.limit else _DOCUMENT


def whatsapp_file(person: str, file: Attached, media: str, key: str) -> Json:
    """The body of a message with a file that was uploaded as `media`."""
    kind = _kind(file.media_type, len(file.content)).name
    about = {"id": media, **({"filename": file.name[:240]} if kind == "document" else {})}
    to = {"to": person} if person.isdecimal() else {"recipient": person}
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **to,
        "type": kind,
        kind: about,
        "biz_opaque_callback_data": key,
    }


def messenger_file(person: str, file: Attached, is_late: bool) -> Json:
    """The fields beside a file that travels with the message itself."""
    kind = _FAMILIES.get(file.media_type.partition("/")[0], "file")
    late = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    how = late if is_late else {"messaging_type": "RESPONSE"}
    attachment = {"attachment": {"type": kind, "payload": {"is_reusable": False}}}
    return {"recipient": {"id": person}, **how, "message": attachment}

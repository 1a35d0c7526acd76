"""Files that go out through Meta: what each product takes, and the body of a message that carries one. Sending is `graph`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from channels.graph_settings import GraphSettings
from core.errors import PermanentFailure
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
_INSTAGRAM = (
    _Kind("image", frozenset({"image/jpeg", "image/png", "image/gif"}), 8 * MEGABYTE),
    _Kind(
        "video",
        frozenset({"video/mp4", "video/ogg", "video/x-msvideo", "video/quicktime", "video/webm"}),
        LIMIT,
    ),
    _Kind(
        "audio",
        frozenset(
            {"audio/aac", "audio/mp4", "audio/m4a", "audio/x-m4a", "audio/wav", "audio/x-wav"}
        ),
        LIMIT,
    ),
    _Kind("file", frozenset({"application/pdf"}), LIMIT),
)
_NAME = 200


def objection_to(media_type: str, size: int, settings: GraphSettings) -> str:
    """Why such a file cannot go, for people; empty where it can."""
    limit = _kind(media_type, size).limit if settings.product == "whatsapp" else LIMIT
    if not size:
        return "An empty file is not taken."
    return f"Such a file has at most {limit // MEGABYTE} MB." if size > limit else ""


def _plain(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()


def _kind(media_type: str, size: int) -> _Kind:
    """A picture that is too large for a picture goes as a document, and so does what WhatsApp does not show."""
    plain = _plain(media_type)
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
    attachment = {"attachment": {"type": kind, "payload": {"is_reusable": False}}}
    return {"recipient": {"id": person}, **_how(is_late), "message": attachment}


def instagram_file(person: str, file: Attached, is_late: bool) -> Json:
    """The body of a message with a file that Instagram fetches; what it does not show goes as a link in words. Raises
    `PermanentFailure`."""
    if not file.link:
        raise PermanentFailure("this installation has no address for files")
    plain, size = _plain(file.media_type), len(file.content)
    kind = next((one for one in _INSTAGRAM if plain in one.types and size <= one.limit), None)
    message: Json = {"text": f"{file.name[:_NAME] or 'file'}\n{file.link}"}
    if kind is not None:
        message = {"attachment": {"type": kind.name, "payload": {"url": file.link}}}
    return {"recipient": {"id": person}, **_how(is_late), "message": message}


def _how(is_late: bool) -> Json:
    late = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    return late if is_late else {"messaging_type": "RESPONSE"}

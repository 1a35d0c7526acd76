"""Files that go out with text messages: what an MMS takes, and the words that lead to everything else. Sending is `sms`."""

from __future__ import annotations

from channels.sms_settings import SmsSettings
from core.errors import PermanentFailure
from core.message import Attached

KILOBYTE = 1024
LIMIT = 25 * KILOBYTE * KILOBYTE
"""What a link may lead to here; an MMS takes far less."""
_PICTURE = 4_900 * KILOBYTE
"""Twilio takes 5 MB with everything around it, and makes pictures as small as the network wants them."""
_OTHER = 600 * KILOBYTE
"""What every network brings through unchanged."""
_PICTURES = frozenset({"image/jpeg", "image/jpg", "image/png", "image/gif"})
_OTHERS = frozenset(
    [
        *(f"audio/{kind}" for kind in ("mp4", "mpeg", "ogg", "amr", "3gpp", "webm", "aac")),
        *(f"video/{kind}" for kind in ("mp4", "mpeg", "quicktime", "webm", "3gpp", "3gpp2")),
        *(f"text/{kind}" for kind in ("vcard", "x-vcard", "csv", "rtf", "calendar")),
        "image/bmp",
        "image/tiff",
        "application/pdf",
    ]
)
_REACHED = ("+1", "+61")
"""Where Twilio's numbers exchange MMS at all: North America and Australia, each with its own."""
_NAME = 100


def objection_to(size: int) -> str:
    """Why a file of this size cannot go, for people; empty where it can, at the least as a link."""
    if not size:
        return "An empty file is not taken."
    return f"A file has at most {LIMIT // KILOBYTE // KILOBYTE} MB." if size > LIMIT else ""


def content_of(file: Attached, to: str, settings: SmsSettings) -> dict[str, str]:
    """Twilio's parameters for it: the file itself with its name, which is how an earlier attempt is found again; where
    number, recipient, kind or size do not allow that, its name and link. Raises `PermanentFailure`."""
    if problem := objection_to(len(file.content)):
        raise PermanentFailure(problem)
    if not file.link:
        raise PermanentFailure("this installation has no address for files")
    name = file.name[:_NAME] or "file"
    if settings.mms and _reaches(settings.number, to) and _is_media(file):
        return {"Body": name, "MediaUrl": file.link}
    return {"Body": f"{name}: {file.link}"}


def _is_media(file: Attached) -> bool:
    kind, size = file.media_type.partition(";")[0].strip().lower(), len(file.content)
    return (kind in _PICTURES and size <= _PICTURE) or (kind in _OTHERS and size <= _OTHER)


def _reaches(ours: str, theirs: str) -> bool:
    """A short code is one of the country that its customers are in."""
    return any(
        theirs.startswith(prefix) and ours.startswith((prefix, *"123456789")) for prefix in _REACHED
    )

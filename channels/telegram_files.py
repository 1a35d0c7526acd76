"""Files that go out through Telegram: what a bot may send, and what is shown as a picture. Sending is `telegram`."""

from __future__ import annotations

from core.message import Attached

MEGABYTE = 1024 * 1024
LIMIT = 25 * MEGABYTE
"""Telegram takes 50 MB; here a file has at most this."""
_PHOTO = 10 * MEGABYTE
_PHOTOS = frozenset({"image/jpeg", "image/png", "image/webp"})


def objection_to(size: int) -> str:
    """Why a file of this size cannot go, for people; empty where it can."""
    if not size:
        return "An empty file is not taken."
    return f"A file has at most {LIMIT // MEGABYTE} MB." if size > LIMIT else ""


def is_photo(file: Attached) -> bool:
    """Is it shown as a picture? Telegram makes it smaller then; larger ones stay as they are, as documents."""
    kind = file.media_type.partition(";")[0].strip().lower()
    return kind in _PHOTOS and len(file.content) <= _PHOTO

"""Our errors as HTTP statuses: the one place where that is decided. Retrying, and the sentence in the reader's language, are `bot`'s."""

from __future__ import annotations

from bot.sentences import sentence_of
from core.errors import (
    BadSignature,
    Conflict,
    Failed,
    IllegalTransition,
    MalformedPayload,
    NotAllowed,
    NotFound,
    Rejected,
    ThreadlineError,
    TooLarge,
)

__all__ = ["sentence_of", "status_of"]

_STATUS: tuple[tuple[type[ThreadlineError], int], ...] = (
    (BadSignature, 401),
    (MalformedPayload, 400),
    (NotFound, 404),
    (NotAllowed, 403),
    (Conflict, 409),
    (IllegalTransition, 409),
    (TooLarge, 413),
    (Rejected, 400),
    (Failed, 503),
)


def status_of(error: ThreadlineError) -> int:
    """The HTTP status that says this."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)

"""Our errors as HTTP statuses, and as sentences in the reader's language: the one place where both are decided. Retrying is decided in `bot`."""

from __future__ import annotations

from django.utils.translation import gettext

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


def sentence_of(error: Exception) -> str:
    """What it says, in the language in force here. An error that is none of ours keeps its own words."""
    if not isinstance(error, ThreadlineError):
        return str(error)
    sentence = gettext(error.sentence)
    if not error.values:
        return sentence
    said = {
        name: sentence_of(value) if isinstance(value, Exception) else value
        for name, value in error.values.items()
    }
    return sentence % said

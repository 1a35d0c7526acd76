"""Our errors as sentences in the language that is in force. Which HTTP status says one is `web.errors`."""

from __future__ import annotations

from django.utils.translation import gettext

from core.errors import ThreadlineError


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

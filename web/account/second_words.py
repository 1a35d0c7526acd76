"""What is said at the second step where a code is not taken."""

from __future__ import annotations

from typing import ClassVar

from allauth.mfa.adapter import DefaultMFAAdapter
from django.utils.translation import gettext_lazy


class SecondStepWords(DefaultMFAAdapter):  # type: ignore[misc]
    """A code counts once, also where it was typed to set the app up: the next one is half a minute away."""

    error_messages: ClassVar[dict[str, object]] = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy(
            "This code is not right, or it was used already. Take the next one that the app shows."
        ),
    }

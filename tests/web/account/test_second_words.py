"""A code that is not taken: what is said, and what is to be done."""

from __future__ import annotations

from django.utils import translation

from web.account.second_words import SecondStepWords


def test_a_code_that_is_refused_says_what_to_do_in_the_readers_language() -> None:
    words = SecondStepWords().error_messages["incorrect_code"]
    with translation.override("en"):
        assert "used already" in str(words)
    with translation.override("de"):
        assert "schon verwendet" in str(words)

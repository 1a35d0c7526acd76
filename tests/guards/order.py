"""Guards of what comes in an order, at a time or with signs that no provider promises. Taking them out is `run`."""

from __future__ import annotations

from tests.guards.guards import Guard, put

ORDER = "tests/store/test_out_of_order.py::test_"


def _early() -> None:
    from store.revising import original_of

    put(
        "store.revising",
        "original_or_place_of",
        lambda vault, inbox, inbound, now: (original_of(vault, inbox, inbound), None),
    )


def _overtaken() -> None:
    put("store.revising", "_is_overtaken", lambda body, inbound: False)


def _any_clock() -> None:
    put("bot.receive", "in_time", lambda inbound, now: inbound)


def _any_sign() -> None:
    put("bot.receive", "_plain", lambda text: text)


def _beside() -> None:
    put("bot.receive", "_told", lambda value: value)


GUARDS = (
    Guard(
        "what is done to a message may come first",
        _early,
        (
            f"{ORDER}an_edit_that_comes_first_is_the_message",
            f"{ORDER}what_was_taken_back_before_it_came_is_never_read",
        ),
    ),
    Guard(
        "older words stay behind",
        _overtaken,
        (
            f"{ORDER}older_words_do_not_replace_newer_ones",
            f"{ORDER}what_was_taken_back_does_not_come_back",
        ),
    ),
    Guard("wrong clocks", _any_clock, (f"{ORDER}a_clock_that_is_wrong_is_not_believed",)),
    Guard(
        "signs that no column keeps",
        _any_sign,
        (f"{ORDER}a_file_of_any_name_and_kind_is_kept",),
    ),
    Guard(
        "card numbers beside the words",
        _beside,
        ("tests/store/test_privacy.py::test_a_number_beside_the_words_goes_too",),
    ),
)

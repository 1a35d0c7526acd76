"""The guards of words with a form: escaping, where links lead, card numbers in pieces. How guards are tried is `run`."""

from __future__ import annotations

from tests.guards.guards import Guard, put


def _escaping() -> None:
    put("core.rich_html", "escape", lambda text: text)


def _any_address() -> None:
    put("core.rich_html", "leads", lambda link: True)


def _pieces() -> None:
    put("bot.rich", "redact", lambda text: text)


def _values() -> None:
    put("bot.rich", "literal", lambda text: text)


GUARDS: tuple[Guard, ...] = (
    Guard(
        "formatted words are escaped",
        _escaping,
        (
            "tests/web/desk/test_rich.py::test_it_goes_out_with_its_form_and_stands_so_in_the_thread",
        ),
    ),
    Guard(
        "formatted links lead to the web",
        _any_address,
        ("tests/bot/test_rich.py::test_running_words",),
    ),
    Guard(
        "formatted card numbers",
        _pieces,
        ("tests/bot/test_rich.py::test_no_card_number_comes_together_out_of_pieces",),
    ),
    Guard(
        "values in formatted macros are words",
        _values,
        ("tests/web/desk/test_rich.py::test_a_macro_fits_the_format_that_is_written_in",),
    ),
)

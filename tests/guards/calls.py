"""The guards of calls that are put through: consent, the number of a ringing, and that nothing breaks into a talk. How guards are tried is `run`."""

from __future__ import annotations

from typing import Any

from tests.guards.guards import Guard


def _consent() -> None:
    from channels.voice_colleague import ColleagueScript

    dial = ColleagueScript._dial

    def always(self: ColleagueScript, place: Any, here: Any) -> Any:
        from dataclasses import replace

        return dial(self, place, replace(here, consents=True))

    ColleagueScript._dial = always  # type: ignore[method-assign]


def _ring_number() -> None:
    import channels.voice_line as line

    step = line.colleague_step

    def of_any(fields: Any, place: Any, kept: str) -> Any:
        from dataclasses import replace

        return replace(step(fields, place, kept), ring=0)

    line.colleague_step = of_any


def _undisturbed() -> None:
    import bot.deliver as deliver

    deliver.is_together = lambda conversation: False


def _a_no_is_a_no() -> None:
    import channels.voice_colleague as colleague

    colleague._YES = ""


def _whom_to_ask() -> None:
    import bot.consult as consult

    consult._may_be_asked = lambda colleague, number: True


LINE = "tests/channels/voice/test_voice_line"
GUARDS = (
    Guard(
        "recording by consent",
        _consent,
        (f"{LINE}.py::test_talks_are_recorded_only_with_the_callers_yes",),
    ),
    Guard("number of a ringing", _ring_number, (f"{LINE}.py::test_an_old_ringing_moves_nobody",)),
    Guard(
        "whom a caller is handed on to",
        _whom_to_ask,
        (
            "tests/channels/voice/test_voice_consult_on_the_house.py"
            "::test_only_who_speaks_asks_and_only_who_may_see_the_ticket_is_asked",
        ),
    ),
    Guard(
        "undisturbed talk",
        _undisturbed,
        (f"{LINE}_on_the_house.py::test_what_a_colleague_writes_does_not_break_into_the_talk",),
    ),
    Guard(
        "a key before connecting",
        _a_no_is_a_no,
        (f"{LINE}.py::test_a_mailbox_that_picks_up_presses_no_key",),
    ),
)

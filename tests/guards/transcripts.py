"""The guards of chats by mail: whose address it is, how often, and what is in it. How guards are tried is `run`."""

from __future__ import annotations

from datetime import timedelta

from tests.guards.guards import Guard, put

OF = "tests/bot/test_transcript.py::test_"


def _anybodys() -> None:
    put("bot.transcript", "is_theirs", lambda row, to: True)


def _no_limit() -> None:
    put("store.transcripts", "has_room", lambda conversation, address, most, now: True)


def _any_time() -> None:
    put("store.transcripts", "DAY", timedelta(days=900))


def _twice() -> None:
    from store import transcripts

    transcripts.is_queued = lambda key: False


def _notes() -> None:
    from store import turns
    from store.events import Log

    add = Log.add

    def public(self: Log, kind: str, actor: str, **about: object) -> object:
        return add(self, "message", actor, **{**about, "is_public": True})  # type: ignore[arg-type]

    assert turns
    Log.add = public  # type: ignore[method-assign, assignment]


def _raw() -> None:
    put("bot.transcript", "escape", lambda text: text)


GUARDS = (
    Guard(
        "whose address a chat is mailed to",
        _anybodys,
        (f"{OF}an_address_that_nobody_has_proven_is_asked_first_and_learns_nothing",),
    ),
    Guard(
        "how often chats are mailed",
        _no_limit,
        (f"{OF}nobody_fills_a_strangers_mailbox_by_us", f"{OF}one_chat_is_mailed_five_times_a_day"),
    ),
    Guard("a day to say yes", _any_time, (f"{OF}a_day_later_nobody_can_say_yes",)),
    Guard("one mail for one yes", _twice, (f"{OF}saying_yes_twice_sends_one_mail",)),
    Guard("notes stay inside", _notes, (f"{OF}notes_are_in_no_transcript",)),
    Guard("words in a mail are words", _raw, (f"{OF}what_was_said_is_escaped",)),
)

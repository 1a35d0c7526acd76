"""The guards of colleagues who work from a provider: who they are, what they may, once, and at a provider's pace. How guards are tried is `run`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tests.guards.guards import Guard, put

BOARD = "tests/channels/slack/test_slack_board.py::"
PACING = "tests/channels/slack/test_slack_pacing.py::"


def _anybody() -> None:
    from store.models import User

    put("store.colleagues", "colleague_at", lambda *args: User.objects.get(role="lead"))


def _home() -> None:
    from store import colleagues

    lookup = colleagues._lookup

    def by_user_alone(vault: Any, sender: Any) -> bytes:
        from dataclasses import replace

        return lookup(vault, replace(sender, value=sender.value.rpartition(":")[2]))

    colleagues._lookup = by_user_alone


def _permission() -> None:
    from store.models import Ticket

    put("bot.permissions", "tickets_of", lambda user: Ticket.objects.all())


def _take_over() -> None:
    from bot import at_board, desk

    at_board.tickets.take = desk.take_in  # type: ignore[attr-defined]


def _once() -> None:
    from store import boards
    from store.models import InboxRow

    def always(vault: Any, inbox: Any, external_id: str, now: datetime) -> InboxRow:
        return boards.InboxRow(
            inbox=inbox, lookup=b"", content=b"", received_at=now, problem=external_id
        )

    put("store.boards", "first_time", always)
    put("bot.at_board", "update", lambda row, fields: None)


def _looked_for() -> None:
    from channels.slack_board import SlackBoard

    async def find(self: Any, posting: Any) -> str:
        return ""

    SlackBoard.find = find  # type: ignore[method-assign]


def _lasts() -> None:
    put("store.colleagues", "LASTS", timedelta(days=1))


def _place() -> None:
    from channels.slack_board import SlackBoard

    SlackBoard.is_place = lambda self, place: True  # type: ignore[method-assign]


def _marks() -> None:
    put("channels.slack_board_blocks", "escaped", lambda text: text)


def _note() -> None:
    put("bot.at_board", "note_in", lambda text: None)


def _appearing() -> None:
    put("store.boards", "may_be_appearing", lambda inbox, place: False)


def _turn() -> None:
    def now_for_all(inbox: UUID, place: str, every: timedelta, now: datetime) -> datetime:
        return now

    put("store.pacing", "turn", now_for_all)


def _rest() -> None:
    from channels.slack_api import SlackApi

    class Forgetful(dict[str, float]):
        def __setitem__(self, key: str, value: float) -> None:
            """Remembers nothing."""

    init = SlackApi.__init__

    def restless(self: SlackApi, settings: Any) -> None:
        init(self, settings)
        self._quiet_until = Forgetful()

    SlackApi.__init__ = restless  # type: ignore[method-assign]


GUARDS = (
    Guard(
        "a colleague is known by a code",
        _anybody,
        (
            f"{BOARD}test_who_is_not_known_is_refused_and_told_how",
            f"{BOARD}test_a_name_is_not_enough",
        ),
    ),
    Guard("a colleague's workspace", _home, (f"{BOARD}test_a_name_is_not_enough",)),
    Guard(
        "what colleagues may at a board",
        _permission,
        (f"{BOARD}test_the_permissions_are_those_of_the_desk",),
    ),
    Guard(
        "no taking over at a board",
        _take_over,
        (f"{BOARD}test_a_second_one_is_told_who_has_it_and_does_not_speak",),
    ),
    Guard("steps at a board once", _once, (f"{BOARD}test_retries_and_twins_count_once",)),
    Guard(
        "posts at a board once",
        _looked_for,
        (
            f"{BOARD}test_a_worker_that_died_while_posting_does_not_post_twice",
            f"{BOARD}test_a_post_stands_once_whatever_happens",
        ),
    ),
    Guard("codes end", _lasts, (f"{BOARD}test_a_code_works_once_and_not_for_long",)),
    Guard(
        "boards are not where customers write",
        _place,
        (f"{BOARD}test_a_board_has_a_place_where_no_customers_write",),
    ),
    Guard(
        "words on a card are no marks",
        _marks,
        (f"{BOARD}test_a_handoff_is_posted_with_its_packet_and_buttons",),
    ),
    Guard(
        "notes at a board stay inside",
        _note,
        (f"{BOARD}test_the_mark_of_a_note_keeps_words_inside",),
    ),
    Guard(
        "nothing is lost under a post that appears",
        _appearing,
        (f"{BOARD}test_words_under_a_post_that_is_just_appearing_come_again",),
    ),
    Guard("turns in a place", _turn, (f"{PACING}test_turns_follow_each_other_in_each_place",)),
    Guard("peace after 429", _rest, (f"{PACING}test_until_retry_after_nothing_is_tried",)),
)

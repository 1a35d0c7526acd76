"""The guards of moving to a larger database and of what operators see. How guards are tried is `run`."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from tests.guards.guards import Guard, put

MOVE = "tests/bot/test_move.py::test_"


def _filled() -> None:
    put("store.moving", "refuse_filled", lambda: None)


def _strangers() -> None:
    put("store.moving", "refuse_strangers", lambda: None)


def _schema() -> None:
    put("store.moving", "same_schema", lambda: None)


def _proof() -> None:
    put("store.moving", "differing", lambda one, other: [])


def _alone() -> None:
    import store.moving

    store.moving.ALONE = "PRAGMA query_only=ON;"


def _metrics_token() -> None:
    from bot.metrics_server import BearerOrNothing

    begin = BearerOrNothing.__init__

    def careless(self: BearerOrNothing, app: Any, token: str) -> None:
        begin(self, app, "")

    BearerOrNothing.__init__ = careless  # type: ignore[method-assign]


def _own_bells() -> None:
    from bot.far_bell import FarBell

    begin = FarBell.__init__

    def careless(self: FarBell, url: str, prefix: str, folder: Any) -> None:
        begin(self, url, "", folder)

    FarBell.__init__ = careless  # type: ignore[method-assign]


def _silent_address() -> None:
    put("bot.far_bell", "checked", lambda url: url)


def _no_echo() -> None:
    from bot.far_bell import FarBell

    FarBell._here = lambda self: uuid4().hex[:16]  # type: ignore[method-assign]


FAR = "tests/bot/test_far_bell.py::test_"
METRICS = "tests/bot/test_metrics.py::test_"
GUARDS = (
    Guard("token of the metrics", _metrics_token, (f"{METRICS}only_who_has_the_token_is_told",)),
    Guard("move into an empty database", _filled, (f"{MOVE}a_database_with_rows_is_refused",)),
    Guard(
        "move into our own database",
        _strangers,
        (f"{MOVE}a_database_of_somebody_else_is_refused",),
    ),
    Guard("move the present schema", _schema, (f"{MOVE}an_older_schema_is_refused",)),
    Guard(
        "proof of a move",
        _proof,
        (
            f"{MOVE}what_postgresql_gives_back_otherwise_is_never_committed",
            f"{MOVE}what_was_copied_can_be_compared_again_and_a_flipped_bit_is_found_on_either_side",
        ),
    ),
    Guard(
        "move a stopped product",
        _alone,
        (f"{MOVE}a_product_that_runs_is_noticed_and_none_can_start_meanwhile",),
    ),
    Guard(
        "bells of one installation",
        _own_bells,
        (f"{FAR}machines_hear_one_another_and_no_other_installation",),
    ),
    Guard(
        "address of Redis without its password",
        _silent_address,
        (
            f"{FAR}a_redis_that_was_killed_is_heard_again_by_itself",
            f"{FAR}where_redis_is_can_be_said_without_the_password",
        ),
    ),
    Guard(
        "one wake for one ring",
        _no_echo,
        (f"{FAR}who_had_the_datagram_is_not_woken_again_by_redis",),
    ),
)

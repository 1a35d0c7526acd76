"""The guards of moving to a larger database. How guards are tried is `run`."""

from __future__ import annotations

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


GUARDS = (
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
)

"""The guards of who is who: evidence, accounts, wishes. How guards are tried is `run`."""

from __future__ import annotations

from tests.guards.guards import Guard, put

CUSTOMERS = "tests/store/test_customers.py::"
WAYS = "tests/store/test_ways.py::"


def _two_accounts() -> None:
    put("store.customers", "_websites", lambda vault, addresses: {})


def _bound() -> None:
    import core.customer

    core.customer.BOUND = 0.5


def _denied() -> None:
    put("store.customers", "_was_denied", lambda one, other: False)


def _wishes() -> None:
    put("store.consent", "is_refused", lambda address, inbox: False)


GUARDS = (
    Guard(
        "two accounts",
        _two_accounts,
        (f"{CUSTOMERS}test_two_accounts_of_one_website_are_never_one_customer",),
    ),
    Guard(
        "bound of evidence",
        _bound,
        (
            f"{CUSTOMERS}test_weak_evidence_is_shown_and_joins_nobody_until_a_colleague_agrees",
            f"{WAYS}test_a_verified_answer_from_the_named_mailbox_is_evidence_and_not_enough",
        ),
    ),
    Guard(
        "a colleague's no",
        _denied,
        (f"{CUSTOMERS}test_what_a_colleague_took_back_only_a_colleague_may_say_again",),
    ),
    Guard(
        "wishes",
        _wishes,
        (f"{WAYS}test_nothing_is_sent_where_the_customer_wants_nothing",),
    ),
)

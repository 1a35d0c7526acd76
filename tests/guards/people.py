"""The guards of who is who: evidence, accounts, wishes. How guards are tried is `run`."""

from __future__ import annotations

from tests.guards.guards import Guard, put

CUSTOMERS = "tests/store/test_customers.py::"
IDENTITY = "tests/channels/webchat/test_identity.py::"
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


def _window() -> None:
    from datetime import timedelta

    import channels.webchat_identity as ours

    ours.LONGEST = timedelta(days=100_000)


def _word() -> None:
    import channels.webchat_identity as ours

    ours._is_signed = lambda signed, mac, secrets: True


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
        "a day at most",
        _window,
        (f"{IDENTITY}test_everything_else_is_refused",),
    ),
    Guard(
        "the website's word",
        _word,
        (
            f"{IDENTITY}test_every_altered_character_is_refused",
            f"{IDENTITY}test_ten_thousand_forgeries_name_nobody",
        ),
    ),
    Guard(
        "wishes",
        _wishes,
        (f"{WAYS}test_nothing_is_sent_where_the_customer_wants_nothing",),
    ),
)

"""The guards of who is who: evidence, accounts, wishes. How guards are tried is `run`."""

from __future__ import annotations

from tests.guards.guards import Guard, put

CUSTOMERS = "tests/store/test_customers.py::"
IDENTITY = "tests/channels/webchat/test_identity.py::"
PLACING = "tests/store/test_placing.py::"
LINE = "tests/channels/voice/test_voice_line_on_the_house.py::"
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


def _unproven() -> None:
    put("store.placing", "_is_proven", lambda sender, address: True)


def _doubtful() -> None:
    put("store.placing", "is_doubtful", lambda sender: False)
    put("store.receiving", "is_doubtful", lambda sender: False)


def _goes_on() -> None:
    from datetime import timedelta

    put("store.placing", "GOES_ON_FOR", timedelta(days=1000))


def _shared_number() -> None:
    def first(vault: object, phone: object, now: object) -> None:
        from core.customer import Evidence
        from store import customers

        for account in customers.tied_to(phone, Evidence.NAMED):  # type: ignore[arg-type]
            customers.try_tie(vault, account, phone, Evidence.PHONE, now)  # type: ignore[arg-type]

    put("store.participants", "learn_of_number", first)


def _not_theirs() -> None:
    put("store.visitors", "are_one", lambda one, other: True)


def _read() -> None:
    put("store.withheld", "is_read", lambda row: False)


def _over() -> None:
    put("bot.line", "offered_by_ring", lambda vault, inbox, step: None)


GUARDS = (
    Guard(
        "an offer that is over",
        _over,
        (f"{LINE}test_an_offer_that_is_over_connects_nobody",),
    ),
    Guard("read in the chat", _read, (f"{WAYS}test_what_is_read_in_the_chat_is_not_mailed",)),
    Guard(
        "unproven senders join nothing",
        _unproven,
        (f"{PLACING}test_unproven_senders_join_nothing",),
    ),
    Guard(
        "nothing joins what is doubtful",
        _doubtful,
        (f"{PLACING}test_nothing_joins_what_somebody_unproven_wrote_in",),
    ),
    Guard("a day to go on", _goes_on, (f"{PLACING}test_the_window_closes",)),
    Guard(
        "a number of two accounts",
        _shared_number,
        (f"{PLACING}test_a_number_of_two_accounts_is_nobodys",),
    ),
    Guard(
        "what is no longer theirs",
        _not_theirs,
        (f"{PLACING}test_who_signs_in_goes_on_with_what_they_mailed",),
    ),
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

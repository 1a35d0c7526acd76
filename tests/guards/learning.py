"""The guards of what is learned from customers: quarantine, caps, contradiction, the canary set, who may judge. How guards are tried is `run`."""

from __future__ import annotations

from tests.guards.guards import Guard, put

RATING = "tests/web/test_rating_link.py::test_"
LESSONS = "tests/bot/test_lessons.py::test_"


def _quarantine() -> None:
    put("store.lessons", "accepted", lambda rows: rows)


def _cap() -> None:
    put("store.lessons", "has_room", lambda customer, now: True)


def _contradiction() -> None:
    from kb_index.asked import Asked

    Asked.contradicted = lambda self: []  # type: ignore[method-assign]


def _canary() -> None:
    put("bot.canary", "spoiled", lambda house, encoder, asked: [])


def _judges() -> None:
    put("bot.permissions", "require", lambda user, permission: None)


def _personal() -> None:
    put("core.redaction", "without_personal", lambda text: text)


def _rating_link() -> None:
    from bot import links

    class Trusting:
        compare_digest = staticmethod(lambda one, other: True)

    links.hmac = Trusting  # type: ignore[assignment]


def _asked_twice() -> None:
    put("bot.ratings", "say", lambda words, language, url="": f"Did this help? One click: {url}")


def _old_rating_link() -> None:
    put("bot.links", "_HEX", 0)


GUARDS = (
    Guard("lessons in quarantine", _quarantine, (f"{LESSONS}nothing_is_learned_before_somebody_has_accepted_it",)),
    Guard("lessons of one customer", _cap, (f"{LESSONS}one_customer_is_heard_three_times_a_month",)),
    Guard("contradicted lessons", _contradiction, (f"{LESSONS}what_most_contradict_is_not_learned",)),
    Guard(
        "lessons that spoil an answer",
        _canary,
        (f"{LESSONS}a_lesson_that_would_spoil_an_answer_is_not_learned",),
    ),
    Guard("who judges lessons", _judges, (f"{LESSONS}only_leads_and_admins_judge",)),
    Guard(
        "names in lessons",
        _personal,
        (
            f"{LESSONS}what_was_confirmed_and_corrected_is_found_once",
            f"{LESSONS}five_per_cent_of_poison_moves_nothing",
        ),
    ),
    Guard(
        "signature of rating links",
        _rating_link,
        (f"{RATING}an_altered_link_opens_nothing",),
    ),
    Guard("one question under an answer", _asked_twice, (f"{RATING}where_the_assistant_asks_the_link_answers_that",)),
    Guard("links that were sent already", _old_rating_link, (f"{RATING}a_link_of_the_first_kind_means_what_it_meant",)),
)  # fmt: skip

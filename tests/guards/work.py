"""Guards of the work of people: offers, presence and the rules of queues. How they are tried is `run`."""

from __future__ import annotations

from typing import Any

from tests.guards.guards import Guard, put


def _offer_fence() -> None:
    put("store.reservations", "_must_hold", lambda held: None)


def _refusals() -> None:
    from store import assignment

    waiting = assignment._waiting

    def forgetful(teams: Any, kinds: Any) -> Any:
        from dataclasses import replace

        return tuple(replace(one, refused=frozenset()) for one in waiting(teams, kinds))

    put("store.assignment", "_waiting", forgetful)


def _taken_back() -> None:
    put("store.reservations", "rescind", lambda ticket, log, now, but=None: None)


def _deadlines() -> None:
    from datetime import UTC, datetime

    from store import reservations

    accept = reservations.accept
    early = datetime(2000, 1, 1, tzinfo=UTC)

    def patient(ticket: Any, user: Any, offer: Any, now: Any) -> None:
        accept(ticket, user, offer, early)

    put("store.reservations", "accept", patient)


def _capacity() -> None:
    put("core.assignment", "room", lambda worker, kind, more=None: 99)


def _heartbeat() -> None:
    from datetime import timedelta

    put("store.presence", "STALE", timedelta(days=9))


def _told_what_they_see() -> None:
    put("bot.notices", "_may_see", lambda row: True)


def _who_compares() -> None:
    import sys

    sys.modules["bot.comparing"].require = lambda user, permission: None  # type: ignore[attr-defined]


def _share_of_a_trial() -> None:
    from core.holdout import Arm, Holdout

    Holdout.arm = lambda self, need: Arm.OTHER  # type: ignore[method-assign]


def _trial_overtaken() -> None:
    put("store.experiments", "overtaken", lambda vault, version, now, actor: None)


def _called_off() -> None:
    put("store.jobs", "call_off", lambda kind, key: None)


def _policies_of_brand() -> None:
    import bot.leading  # noqa: F401 - else it would be loaded later, with the guard in
    from store.models import SlaPolicy

    put("store.promises", "policies_for", lambda ticket: SlaPolicy.objects.all())


def _let_in() -> None:
    import router.policy

    router.policy.must_let_others_in = lambda rule: None


def _who_foresees() -> None:
    from web.admin.escalation import StepAdmin

    StepAdmin.has_view_permission = lambda self, request, obj=None: True  # type: ignore[method-assign]


COMPARING = "tests/web/admin/test_comparing.py::test_"
OUTSIDE = "tests/store/test_escalation_out.py::test_"
OFFERS = "tests/store/test_offers.py::test_"
GUARDS = (
    Guard("offer fence", _offer_fence, (f"{OFFERS}only_the_holder_of_the_duty_makes_offers",)),
    Guard(
        "refusals",
        _refusals,
        (f"{OFFERS}what_is_declined_goes_to_others_and_never_comes_back",),
    ),
    Guard(
        "offers taken back",
        _taken_back,
        (f"{OFFERS}a_ticket_that_somebody_else_takes_is_no_longer_offered",),
    ),
    Guard(
        "offer deadlines",
        _deadlines,
        (f"{OFFERS}who_does_not_answer_is_sent_away_and_may_be_asked_again_later",),
    ),
    Guard(
        "what followers are told",
        _told_what_they_see,
        (f"{OUTSIDE}who_may_see_the_ticket_no_more_is_not_told",),
    ),
    Guard("capacity", _capacity, (f"{OFFERS}nobody_is_asked_beyond_what_they_can_carry",)),
    Guard(
        "heartbeat",
        _heartbeat,
        (
            f"{OFFERS}presence_is_said_beaten_and_lost",
            f"{OFFERS}an_offer_to_who_has_gone_is_taken_back",
        ),
    ),
    Guard(
        "who may compare policies",
        _who_compares,
        (
            f"{COMPARING}only_one_trial_runs_and_only_who_configures_begins_it",
            f"{COMPARING}what_makes_no_sense_is_refused_and_many_wait_their_turn",
        ),
    ),
    Guard(
        "share of a trial",
        _share_of_a_trial,
        (
            f"{COMPARING}a_share_of_the_tickets_is_decided_otherwise_and_can_be_told_again",
            "tests/core/test_holdout.py::test_the_share_is_kept_and_another_seed_draws_others",
        ),
    ),
    Guard(
        "trial against another policy",
        _trial_overtaken,
        (f"{COMPARING}another_policy_in_service_ends_the_trial",),
    ),
    Guard(
        "policies of another brand",
        _policies_of_brand,
        ("tests/store/test_promises.py::test_only_policies_of_the_brand_can_be_chosen",),
    ),
    Guard(
        "others let in beside those with a proposed skill",
        _let_in,
        ("tests/router/test_skills.py::test_no_rule_may_leave_everybody_out_for_a_proposed_skill",),
    ),
    Guard(
        "who foresees escalations",
        _who_foresees,
        ("tests/web/admin/test_matrix.py::test_who_may_not_configure_foresees_nothing",),
    ),
    Guard("simulations called off", _called_off, (f"{COMPARING}what_is_called_off_is_not_played",)),
)

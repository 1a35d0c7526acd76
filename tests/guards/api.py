"""The guards of the public API: tokens, scopes, rows, keys and limits. How guards are tried is `run`."""

from __future__ import annotations

from typing import Any

from tests.guards.guards import Guard, put


def _live_tokens() -> None:
    from django.db.models import Q

    put("store.tokens", "_is_live", lambda now: Q())


def _scopes() -> None:
    put("bot.tokens", "require_scope", lambda caller, scope: None)


def _keys() -> None:
    def forgetful(token: Any, key: str, request: bytes, now: Any, act: Any) -> Any:
        return act()

    put("store.answered", "once", forgetful)


def _masks() -> None:
    put("bot.texts", "masked", lambda contact: contact)


def _versions() -> None:
    import web.api.deeds  # noqa: F401 - else it would be loaded later, with the guard in

    put("web.api.operations", "version_seen", lambda if_match: None)


def _rows() -> None:
    from store.models import Ticket

    put("bot.permissions", "tickets_of", lambda user: Ticket.objects.all())
    # Lists are read team by team, which hides the same rows once more.
    put("bot.permissions", "few_teams_of", lambda user: None)


def _public_addresses() -> None:
    put("channels.outside", "is_public", lambda address: True)


def _call_signatures() -> None:
    import bot.calls  # noqa: F401 - else it would be loaded later, with the guard in

    put("channels.webhook_signature", "signatures", lambda keys, name, seconds, body: "v1,")


def _one_attempt_a_job() -> None:
    from store import hooks
    from store.models import HookCall

    due = hooks.due_call

    def trusting(vault: Any, number: int, attempt: int, now: Any) -> Any:
        HookCall.objects.filter(id=number).update(attempts=attempt, state="waiting")
        return due(vault, number, attempt, now)

    put("store.hooks", "due_call", trusting)


def _report_rows() -> None:
    from store.models import Figures

    put("bot.permissions", "figures_of", lambda user: Figures.objects.all())


def _formulas() -> None:
    put("store.reporting", "safe_cell", str)


def _anchors() -> None:
    from store.anchors import Anchors

    Anchors.known = lambda self: {}  # type: ignore[method-assign]


def _second_step() -> None:
    import web.account.second_step  # noqa: F401 - else it would be loaded later, with the guard in

    put("web.account.second_step", "lacks_second_step", lambda user: False)


def _others_sessions() -> None:
    import web.account.sessions  # noqa: F401 - else it would be loaded later, with the guard in
    from store.models import User

    put(
        "web.account.sessions",
        "_owner",
        lambda request, asked: User.objects.get(id=asked) if asked else request.user,
    )


def _who_gives() -> None:
    from bot import leading

    leading.require = lambda user, permission: None  # type: ignore[attr-defined]


def _rows_of_posts() -> None:
    from store.models import PublicPost

    put("bot.permissions", "posts_of", lambda user: PublicPost.objects.all())


def _who_judges() -> None:
    from web.api import lessons

    lessons.require = lambda user, permission: None  # type: ignore[attr-defined]


def _whose_uploads() -> None:
    put("store.held", "_upload", lambda user, conversation: "upload")


def _tags_seen() -> None:
    from store.models import Ticket
    from web.api import writing

    seen = writing.tags_in_use
    writing.tags_in_use = lambda visible: seen(Ticket.objects.all())  # type: ignore[attr-defined]


DOOR = "tests/web/api/test_door.py::test_"
ACCESS = "tests/web/api/test_access.py::test_"
ANCHORS = "tests/store/test_anchors.py::test_"
STEPS = "tests/web/account/test_second_step.py::test_"
REPORTS = "tests/web/leads/test_reports.py::test_"
OUTSIDE = "tests/channels/test_outside.py::test_"
HOOKS = "tests/bot/test_hooks.py::test_"
WORK = "tests/web/api/test_desk_work.py::test_"
WRITES = "tests/web/api/test_writes.py::test_"
REPLIES = "tests/web/api/test_replies.py::test_"
GUARDS = (
    Guard(
        "anchors",
        _anchors,
        (f"{ANCHORS}tampering_at_any_place_is_found", f"{ANCHORS}a_forged_anchor_is_refused"),
    ),
    Guard(
        "second step",
        _second_step,
        (
            f"{STEPS}without_it_every_page_leads_to_its_enrolment",
            f"{STEPS}tokens_and_streams_are_no_way_around_it",
        ),
    ),
    Guard(
        "other people's sessions",
        _others_sessions,
        (f"{STEPS}an_admin_ends_somebodys_and_nobody_else_does",),
    ),
    Guard(
        "who gives tickets away",
        _who_gives,
        (
            "tests/web/leads/test_wall.py::test_what_cannot_be_given_is_refused",
            "tests/store/test_promises.py::test_only_those_who_lead_may",
        ),
    ),
    Guard(
        "rows of reports",
        _report_rows,
        (f"{REPORTS}a_lead_without_sight_of_all_counts_their_own_teams",),
    ),
    Guard(
        "formulas",
        _formulas,
        (
            f"{REPORTS}a_file_says_the_same_and_holds_no_formula",
            "tests/store/test_figures.py::test_no_cell_is_a_formula",
        ),
    ),
    Guard(
        "addresses on the internet",
        _public_addresses,
        (
            f"{OUTSIDE}no_spelling_reaches_our_own_network",
            f"{OUTSIDE}a_name_that_leads_inside_is_refused_and_is_asked_for_once",
            f"{OUTSIDE}one_inner_address_among_others_is_enough_to_refuse",
        ),
    ),
    Guard(
        "signatures of calls",
        _call_signatures,
        (f"{HOOKS}an_event_is_told_once_signed_as_others_check_it_and_without_words",),
    ),
    Guard(
        "one attempt a job",
        _one_attempt_a_job,
        (f"{HOOKS}a_job_that_is_run_twice_calls_once_more_at_most",),
    ),
    Guard("live tokens", _live_tokens, (f"{DOOR}revoked_expired_and_left_are_strangers",)),
    Guard(
        "token scopes",
        _scopes,
        (
            f"{DOOR}a_token_does_only_what_it_was_made_for",
            f"{DOOR}every_operation_needs_its_scope",
        ),
    ),
    Guard(
        "idempotency keys",
        _keys,
        (
            f"{WRITES}the_same_key_and_body_act_once_and_are_answered_the_same",
            f"{WRITES}two_at_once_act_once",
        ),
    ),
    Guard(
        "rows",
        _rows,
        (
            f"{ACCESS}every_operation_answers_each_role_as_its_row_says",
            f"{ACCESS}lists_hold_only_what_the_person_may_see",
            f"{WORK}a_saved_list_shows_each_person_their_own_tickets",
        ),
    ),
    Guard(
        "posts of foreign tickets, for programs",
        _rows_of_posts,
        (f"{WORK}posts_are_listed_answered_and_let_be",),
    ),
    Guard(
        "who judges lessons by program",
        _who_judges,
        (f"{WORK}lessons_are_judged_and_taught",),
    ),
    Guard(
        "masks",
        _masks,
        (f"{ACCESS}who_only_reads_sees_addresses_masked",),
    ),
    Guard(
        "whose uploaded files",
        _whose_uploads,
        (f"{REPLIES}a_file_is_its_senders_on_that_ticket_for_a_day",),
    ),
    Guard(
        "tags of tickets seen",
        _tags_seen,
        (f"{REPLIES}tags_are_those_of_tickets_one_may_see",),
    ),
    Guard("versions seen", _versions, (f"{WRITES}a_write_about_an_old_version_is_refused",)),
)

"""The guards of the company's set-up: who begins, who is let in by a link, who gives which rights. How guards are tried is `run`."""

from __future__ import annotations

from tests.guards.guards import Guard, put

BEGINNING = "tests/web/company/test_beginning.py::test_"
ROLES = "tests/web/company/test_roles.py::test_"


def _key() -> None:
    put("bot.beginning", "check_key", lambda house, key: None)


def _once() -> None:
    put("bot.beginning", "is_empty", lambda: True)


def _link() -> None:
    from django.contrib.auth.tokens import PasswordResetTokenGenerator

    PasswordResetTokenGenerator.check_token = lambda self, user, token: True  # type: ignore[method-assign]


def _bound() -> None:
    put("bot.permissions", "bounds_of", lambda user: None)


def _more() -> None:
    put("bot.roles", "must_have", lambda by, permissions: None)


def _names() -> None:
    put("bot.sources", "plain_name", lambda name: name)


def _step() -> None:
    put("web.account.second_step", "lacks_second_step", lambda user: False)


GUARDS = (
    Guard("key of the beginning", _key, (f"{BEGINNING}the_first_admin_begins_with_the_printed_link_and_nobody_else_does",)),
    Guard("one beginning", _once, (f"{BEGINNING}the_first_admin_begins_with_the_printed_link_and_nobody_else_does",)),
    Guard("link of an invitation", _link, (f"{BEGINNING}an_invitation_works_once_and_for_its_owner",)),
    Guard(
        "bounds of a role",
        _bound,
        (
            f"{ROLES}a_bound_role_sees_its_teams_and_no_other_row_anywhere",
            f"{ROLES}a_role_bound_to_a_brand_sees_the_teams_of_that_brand",
        ),
    ),
    Guard("no more rights than one's own", _more, (f"{ROLES}nobody_gives_what_they_have_not",)),
    Guard("names of uploaded files", _names, (f"{BEGINNING}uploaded_files_stay_in_their_folder",)),
    Guard("second step of a role", _step, (f"{ROLES}a_role_may_require_a_second_step",)),
)  # fmt: skip

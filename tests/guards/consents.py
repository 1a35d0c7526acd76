"""The guards of adding an app by consent: whose it is, once, in time, and that no news from before takes it away. How guards are tried is `run`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.guards.guards import Guard, put

PAGE = "tests/web/company/test_slack.py::test_"
APP = "tests/channels/slack/test_slack_app.py::test_"


def _session() -> None:
    """Whatever state is brought back counts as begun by whoever brings it, for the app that there is."""
    from datetime import timedelta

    from store.models import Inbox
    from web.company import consent
    from web.desk.entry import person
    from web.house import house

    def any_session(request: Any, state: str) -> Any:
        inbox = Inbox.objects.get(slug="slack")
        until = house().clock() + timedelta(minutes=1)
        return consent.Begun(inbox.id, person(request).id, until)

    put("web.company.consent", "taken_out", any_session)
    put("web.company.consent", "is_first", lambda state: True)


def _person() -> None:
    from web.company import consent
    from web.desk.entry import person

    real = consent.taken_out

    def anybodys(request: Any, state: str) -> Any:
        begun = real(request, state)
        return begun and consent.Begun(begun.inbox, person(request).id, begun.until)

    put("web.company.consent", "taken_out", anybodys)


def _once() -> None:
    put("web.company.consent", "is_first", lambda state: True)


def _in_time() -> None:
    def always(begun: Any, now: datetime) -> bool:
        return True

    put("web.company.consent", "is_in_time", always)


def _late() -> None:
    import channels.slack  # noqa: F401 - where it is used
    from channels import slack_accounts, slack_settings

    real = slack_accounts.removal_in

    def trusting(arrival: Any, settings: slack_settings.SlackSettings) -> Any:
        return real(arrival, settings.model_copy(update={"installed_at": 0}))

    put("channels.slack_accounts", "removal_in", trusting)
    put("bot.company", "stored_settings", _without_time)


def _without_time(house: Any, inbox: Any) -> Any:
    import json

    sealed = bytes(inbox.settings_cipher)
    stored = json.loads(house.vault.open_own(f"inbox.settings:{inbox.id}", sealed) or b"{}")
    return {name: value for name, value in stored.items() if name != "installed_at"}


def _workspace() -> None:
    put("bot.apps", "whose", lambda house, inbox, arrival: inbox)


GUARDS = (
    Guard(
        "whose consent comes back",
        _session,
        (f"{PAGE}somebody_elses_consent_is_refused", f"{PAGE}a_state_is_good_once"),
    ),
    Guard(
        "who began a consent",
        _person,
        (f"{PAGE}a_session_that_became_anothers_keeps_no_consent",),
    ),
    Guard(
        "a consent comes back once",
        _once,
        (f"{PAGE}a_state_is_good_once_where_two_requests_read_one_session",),
    ),
    Guard(
        "a consent comes back in time",
        _in_time,
        (f"{PAGE}a_consent_that_takes_longer_than_ten_minutes_is_refused",),
    ),
    Guard(
        "news of a removal from before",
        _late,
        (f"{APP}it_is_added_anew_and_speaks_where_it_spoke",),
    ),
    Guard(
        "whose workspace a call is of",
        _workspace,
        (
            f"{APP}what_comes_at_one_address_reaches_the_inbox_of_its_workspace",
            f"{APP}what_goes_in_one_workspace_stays_in_the_other",
        ),
    ),
)

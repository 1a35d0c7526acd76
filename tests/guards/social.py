"""The guards of the social channels: signatures, windows, and where files may come from. How guards are tried is `run`."""

from __future__ import annotations

import hmac
import json
from datetime import datetime
from typing import Any

from tests.guards.guards import Guard, put


def _asked_always() -> None:
    from datetime import timedelta

    import store.people as people

    people.AGAIN = timedelta(0)


def _asked_again() -> None:
    put("store.surveys", "is_to_be_asked", lambda row, now: True)


def _untold_is_error() -> None:
    import channels.graph_api as api

    api.UNTOLD = frozenset()


GRAPH = "tests/channels/graph/test_graph.py::"


def _signature() -> None:
    hmac.compare_digest = lambda one, other: True  # type: ignore[assignment]


def _window() -> None:
    from channels.graph import Graph

    Graph._is_late = lambda self, outbound: False  # type: ignore[method-assign]


def _storage() -> None:
    put("channels.graph_api", "_is_storage", lambda url: True)


def _challenge() -> None:
    put("channels.graph", "_challenge", lambda arrival: "<script>")


def _thread_of_reports() -> None:
    from store import reports
    from store.models import OutboxRow

    def all_of(vault: Any, inbox: Any, report: Any) -> list[Any]:
        rows = OutboxRow.objects.filter(inbox_id=inbox)
        return [type(report)(report.delivery, key=str(row.key)) for row in rows]

    reports._each = all_of


def _old_words() -> None:
    put("store.revising", "_think_anew", lambda conversation: None)


def _slack_by_get() -> None:
    from dataclasses import replace

    from channels.slack import Slack

    verify = Slack.verify
    Slack.verify = lambda self, arrival: verify(self, replace(arrival, method="POST"))  # type: ignore[method-assign]


def _unasked() -> None:
    put("store.consent", "is_refused", lambda address, inbox: False)


def _any_link() -> None:
    hmac.compare_digest = lambda one, other: True  # type: ignore[assignment]


def _never_closes() -> None:
    from datetime import timedelta

    put("bot.survey", "CHANGES", timedelta(days=365))
    put("bot.survey", "LASTS", timedelta(days=365))


def _rates_by_looking() -> None:
    from bot import survey

    asked = survey.asked

    def rating(house: Any, token: str) -> Any:
        survey.answer(house, token, 5, "")
        return asked(house, token)

    put("bot.survey", "asked", rating)


def _assistant_in_public() -> None:
    from core.message import AddressKind
    from store import withheld

    reason = withheld.reason_against

    def against(row: Any, now: Any) -> str:
        told = reason(row, now)
        return "" if told == withheld.IN_PUBLIC and row.address.kind == AddressKind.PUBLIC else told

    put("store.withheld", "reason_against", against)


def _posts_of_all() -> None:
    from store.models import PublicPost

    put("bot.permissions", "posts_of", lambda user: PublicPost.objects.all())


def _asked_in_public() -> None:
    put("bot.ways", "is_in_public", lambda row, way: False)


def _private_for_ever() -> None:
    put("bot.ways", "takes_words_alone", lambda house, row, way: False)


def _file_of_anybody() -> None:
    from bot import links

    class Trusting:
        compare_digest = staticmethod(lambda one, other: True)

    links.hmac = Trusting  # type: ignore[assignment]


def _file_for_ever() -> None:
    from datetime import timedelta

    put("bot.file_links", "OPEN_FOR", timedelta(days=3650))


def _file_as_page() -> None:
    from web.portal import file

    file._told = lambda media_type: "text/html"


def _drive_of_anybody() -> None:
    from channels.teams_settings import TeamsSettings

    TeamsSettings.may_hold = lambda self, url: True  # type: ignore[method-assign]


def _brought_from_anywhere() -> None:
    import re

    from channels.teams_settings import TeamsSettings

    put("channels.teams_api", "_PICTURE", re.compile(""))
    TeamsSettings.may_serve = lambda self, url: True  # type: ignore[method-assign]


def _kept_keys_are_new() -> None:
    from channels.teams_keys import SigningKeys

    made = SigningKeys._recall

    def trusting(self: Any, now: Any) -> None:
        if self._kept.exists():
            made(self, datetime.fromisoformat(json.loads(self._kept.read_bytes())["at"]))
            self._fetched_at = now

    SigningKeys._recall = trusting  # type: ignore[method-assign]


def _upload_anywhere() -> None:
    put("channels.slack_files", "_is_there", lambda url, settings: True)


def _own_file_heard() -> None:
    from channels.slack_events import Reader

    made = Reader.__init__

    def forgetful(self: Any, *given: Any) -> None:
        made(self, *given)
        self._own = ""

    Reader.__init__ = forgetful  # type: ignore[method-assign]


FILES = "tests/web/test_file_link.py::test_"
PUBLIC = "tests/channels/graph/test_graph_public.py::"
SURVEY = "tests/web/test_survey_link.py::"
REVISING = "tests/store/test_revising.py::"
GUARDS = (
    Guard(
        "links to files are ours",
        _file_of_anybody,
        (f"{FILES}an_altered_link_to_a_file_opens_nothing",),
    ),
    Guard(
        "links to files end",
        _file_for_ever,
        (f"{FILES}after_thirty_days_and_after_erasure_it_is_gone",),
    ),
    Guard(
        "linked files are no pages",
        _file_as_page,
        (f"{FILES}what_a_browser_would_run_is_just_bytes",),
    ),
    Guard(
        "teams files go to Microsoft alone",
        _drive_of_anybody,
        (
            "tests/channels/teams/test_teams_files.py::test_files_are_put_where_microsoft_keeps_them",
        ),
    ),
    Guard(
        "teams files come from Microsoft alone",
        _brought_from_anywhere,
        ("tests/channels/teams/test_teams_files.py::test_files_are_brought_from_microsoft_alone",),
    ),
    Guard(
        "kept keys keep their age",
        _kept_keys_are_new,
        (
            "tests/channels/teams/test_teams_tokens.py::test_keys_are_known_after_a_restart_at_their_age",
        ),
    ),
    Guard(
        "slack files go to Slack alone",
        _upload_anywhere,
        (
            "tests/channels/slack/test_slack_sent_files.py::test_files_go_to_slack_alone_and_without_the_token",
        ),
    ),
    Guard(
        "slack files of our own",
        _own_file_heard,
        (
            "tests/channels/slack/test_slack_sent_files.py::test_our_own_file_is_no_message_of_a_customer",
        ),
    ),
    Guard(
        "the assistant is silent in public",
        _assistant_in_public,
        (f"{PUBLIC}test_nothing_but_people_speaks_in_public",),
    ),
    Guard(
        "posts of own brands and teams",
        _posts_of_all,
        (f"{PUBLIC}test_posts_are_of_the_persons_brands_and_tickets",),
    ),
    Guard(
        "no survey in public",
        _asked_in_public,
        (f"{PUBLIC}test_nothing_but_people_speaks_in_public",),
    ),
    Guard(
        "one private answer",
        _private_for_ever,
        (f"{PUBLIC}test_one_private_answer_is_given_and_goes_on_in_private",),
    ),
    Guard(
        "links of surveys are ours", _any_link, (f"{SURVEY}test_nobody_makes_a_link_of_their_own",)
    ),
    Guard(
        "surveys close",
        _never_closes,
        (
            f"{SURVEY}test_one_rating_that_may_be_changed_for_a_day",
            f"{SURVEY}test_after_thirty_days_it_is_closed",
        ),
    ),
    Guard("looking rates nothing", _rates_by_looking, (f"{SURVEY}test_looking_changes_nothing",)),
    Guard(
        "who wants no messages is not asked",
        _unasked,
        ("tests/bot/test_survey.py::test_who_wants_no_messages_is_not_asked",),
    ),
    Guard(
        "old words are not answered",
        _old_words,
        (
            f"{REVISING}test_what_nobody_has_answered_is_answered_as_it_stands_now",
            f"{REVISING}test_what_is_taken_back_before_its_answer_is_gone",
        ),
    ),
    Guard(
        "slack by post alone",
        _slack_by_get,
        ("tests/contract/test_every_channel.py::test_forgeries_are_refused",),
    ),
    Guard("graph signature", _signature, (f"{GRAPH}test_no_forged_call_is_accepted",)),
    Guard(
        "graph window",
        _window,
        (
            f"{GRAPH}test_after_a_day_whatsapp_gets_the_template",
            f"{GRAPH}test_without_a_template_a_person_is_told",
        ),
    ),
    Guard("graph storage", _storage, (f"{GRAPH}test_files_come_from_meta_alone",)),
    Guard("graph challenge", _challenge, (f"{GRAPH}test_the_address_is_checked_by_meta",)),
    Guard(
        "asked once",
        _asked_again,
        (
            "tests/channels/sms/test_sms_survey.py::test_a_number_is_the_answer_after_the_second_resolve",
        ),
    ),
    Guard(
        "names are asked for once",
        _asked_always,
        (
            "tests/channels/graph/test_graph_people.py::test_it_is_asked_once_and_again_when_it_is_old",
        ),
    ),
    Guard(
        "an untold name is no error",
        _untold_is_error,
        (
            "tests/channels/graph/test_graph_people.py::test_a_refusal_is_no_error_and_is_asked_again_a_day_later",
        ),
    ),
    Guard(
        "reports of one thread",
        _thread_of_reports,
        (f"{GRAPH}test_messenger_tells_reading_by_a_time",),
    ),
)

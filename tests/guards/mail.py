"""The guards of mail: addresses that came back, machines that answer machines, whose word counts. How guards are tried is `run`."""

from __future__ import annotations

from typing import Any

from tests.guards.guards import Guard, put


def _gone() -> None:
    put("store.withheld", "is_gone", lambda address, now: False)


def _machine() -> None:
    put("store.withheld", "answers_a_machine", lambda address, now: False)


def _forged_bounce() -> None:
    from dataclasses import replace

    import channels.email_parse as parse
    from core.ids import ThreadKey

    reports = parse._reports

    def believing(bounce: object, claimed: object, at: object) -> object:
        named = replace(bounce, message_id="<any@x.example>") if bounce else None  # type: ignore[type-var]
        return reports(named, (ThreadKey("any"),), at)  # type: ignore[arg-type]

    parse._reports = believing  # type: ignore[assignment]


def _forged_sender() -> None:
    put("channels.email_automatic", "fails_dmarc", lambda headers, authserv_id: False)


def _topmost_result() -> None:
    import channels.email_automatic as automatic

    def any_of_them(headers: object, authserv_id: str) -> list[str]:
        values = headers.all("authentication-results")  # type: ignore[attr-defined]
        return [one for value in values for one in value.decode("latin-1").split(";")]

    automatic._own_results = any_of_them  # type: ignore[assignment]


def _open_lists() -> None:
    put("store.circles", "is_open_to", lambda conversation, address, circle: True)


def _guests() -> None:
    put("store.circles", "is_guest", lambda conversation, address: False)


def _quiet_hours() -> None:
    put("channels.sms_quiet", "quiet_until", lambda hours, number, ours, at: None)


def _provider_places() -> None:
    from channels.twilio_api import TwilioApi

    TwilioApi._is_storage = lambda self, url: True  # type: ignore[method-assign]


def _rulings() -> None:
    put("store.rulings", "ruling_about", lambda inbox, address, sender: "")


def _ruled_reports() -> None:
    import store.rulings as rulings
    from core.message import Kept

    rulings.OPENS = frozenset(Kept)


def _ruled_storms() -> None:
    import store.rulings as rulings

    rulings.IN_AN_HOUR = 10**6


def _cut_off() -> None:
    from dataclasses import replace

    from core.message import Kept

    def without(inbound: Any, conversation: Any) -> Any:
        extra = {**inbound.extra, "kept": Kept.DECIDED}
        return replace(inbound, is_automatic=True, for_people="", extra=extra)

    put("store.rulings", "without_ticket", without)


def _copies_to_anybody() -> None:
    put("bot.copies", "must_be_offered", lambda house, row, way, wanted: None)


def _own_copies() -> None:
    put("store.copies", "copy_failed", lambda vault, row, recipient, log: None)


def _forms_of_anybody() -> None:
    import channels.email_forms as forms

    forms.fails_dmarc = lambda headers, authserv_id: False


BOUNCES = "tests/channels/email/test_email_bounces.py::test_"
TRUST = "tests/channels/email/test_email_trust.py::test_"
CIRCLES = "tests/channels/email/test_email_circles.py::test_"
RULINGS = "tests/channels/email/test_email_rulings.py::test_"
COPIES = "tests/channels/email/test_email_copies.py::test_"
SMS = "tests/channels/sms/test_sms_"
GUARDS = (
    Guard(
        "addresses that are gone",
        _gone,
        (f"{BOUNCES}an_address_that_does_not_exist_gets_nothing_for_sixty_days",),
    ),
    Guard(
        "answers to machines",
        _machine,
        (f"{BOUNCES}a_loop_whose_headers_were_stripped_ends_at_five",),
    ),
    Guard("forged bounces", _forged_bounce, (f"{BOUNCES}a_forged_bounce_says_nothing",)),
    Guard("forged senders", _forged_sender, (f"{TRUST}a_forged_sender_does_not_either",)),
    Guard("our server's word", _topmost_result, (f"{TRUST}no_forgery_proves_a_sender",)),
    Guard(
        "lists are closed once we have spoken",
        _open_lists,
        (
            f"{CIRCLES}once_we_have_answered_nobody_comes_in_by_the_list",
            f"{CIRCLES}a_ticket_that_did_not_begin_on_the_list_is_closed_to_it",
        ),
    ),
    Guard(
        "who came by a list is no participant",
        _guests,
        (f"{CIRCLES}who_came_in_by_the_list_is_no_participant_without_it",),
    ),
    Guard(
        "what was decided about senders",
        _rulings,
        (
            f"{RULINGS}always_makes_a_quiet_ticket_of_what_a_machine_wrote",
            f"{RULINGS}never_is_kept_and_nobody_is_told",
        ),
    ),
    Guard(
        "no decision makes a ticket of a report",
        _ruled_reports,
        (f"{RULINGS}what_is_forged_or_comes_from_nowhere_opens_none",),
    ),
    Guard(
        "storms are kept", _ruled_storms, (f"{RULINGS}a_storm_is_kept_and_later_it_counts_again",)
    ),
    Guard(
        "who has a ticket is heard",
        _cut_off,
        (f"{RULINGS}never_does_not_cut_off_who_has_a_ticket",),
    ),
    Guard(
        "copies by the customer's mail alone",
        _copies_to_anybody,
        (f"{COPIES}nobody_else_gets_one",),
    ),
    Guard(
        "a copy that comes back is not the customer's",
        _own_copies,
        (f"{COPIES}a_copy_that_comes_back_says_nothing_of_the_customer",),
    ),
    Guard(
        "forged forms",
        _forms_of_anybody,
        ("tests/channels/email/test_email_forms.py::test_a_forged_one_is_no_form",),
    ),
    Guard(
        "quiet hours",
        _quiet_hours,
        (f"{SMS}quiet.py::test_what_nobody_waits_for_comes_in_the_morning_and_in_order",),
    ),
    Guard(
        "where Twilio keeps files",
        _provider_places,
        (f"{SMS}files.py::test_no_redirect_leads_out_of_twilios_storage",),
    ),
)

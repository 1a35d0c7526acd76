"""Each guard of the product with the way to take it out and the tests that must then go red. Running them is `run`."""

from __future__ import annotations

import hmac
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import uuid4


@dataclass(frozen=True, slots=True)
class Guard:
    """`remove` takes it out of the running process; each of `tests` (without its parameters) must fail."""

    name: str
    remove: Callable[[], None]
    tests: tuple[str, ...]
    database: str = "sqlite"


def put(module: str, name: str, made: Any) -> None:
    """Replaces a function wherever one of our modules has imported it."""
    old = getattr(sys.modules[module], name)
    rooms = {"core", "channels", "store", "bot", "web", "tests"}
    for room, loaded in list(sys.modules.items()):
        is_ours = room.split(".")[0] in rooms or room.startswith("test_")
        if is_ours and getattr(loaded, name, None) is old:
            setattr(loaded, name, made)


def _dedupe() -> None:
    from store.vault import Vault

    lookup = Vault.lookup

    def forgetful(self: Vault, *parts: str) -> bytes:
        return lookup(self, *parts, *([uuid4().hex] if parts[0] == "arrival" else []))

    Vault.lookup = forgetful  # type: ignore[method-assign]


def _conflict() -> None:
    put("store.receiving", "_content", lambda vault, inbound: bytes(32))


def _participants() -> None:
    put("store.participants", "takes_part", lambda conversation, address: True)


def _mailbox_fence() -> None:
    from store.models import Inbox

    def advance(inbox: Any, cursor: Any) -> None:
        Inbox.objects.filter(id=inbox.id).update(cursor=cursor.value, cursor_fence=cursor.fence)

    put("store.receiving", "advance", advance)


def _fence(**fields: str) -> Callable[[], None]:
    """`fields`: of a claim, and the column of the conversation in which each is checked."""

    def remove() -> None:
        from store import turns

        begin = turns.begin_finish

        def trusting(vault: Any, claimed: Any, now: Any) -> Any:
            row = turns.lock(claimed.conversation)
            present = {name: getattr(row, column) for name, column in fields.items()}
            return begin(vault, replace(claimed, **present), now)

        put("store.turns", "begin_finish", trusting)

    return remove


def _lease() -> None:
    from store import turns

    real, years = turns.database_now, count(1)
    turns.database_now = lambda: real() + timedelta(days=365 * next(years))


def _citations() -> None:
    put("store.turns", "check_citations", lambda replies: None)


def _send_order() -> None:
    from django.db.models import Q

    from store import sendable

    sendable.Exists = lambda rows: Q(pk__lt=0)  # type: ignore[assignment,misc]


def _unknown_outcome() -> None:
    async def never_mind(*anything: object) -> None:
        return None

    put("bot.deliver", "_earlier_attempt", never_mind)


def _outbox_fence() -> None:
    from store.models import OutboxRow

    put("store.outbox", "held", lambda row_id, fence: OutboxRow.objects.get(id=row_id))


def _duty_fence() -> None:
    from store.models import Duty

    put("store.duties", "keep", lambda held, lease: Duty.objects.filter(name=held.name).exists())


def _redaction() -> None:
    put("core.redaction", "redact", lambda text: text)
    put("core.redaction", "redact_bytes", lambda raw: raw)


def _encryption() -> None:
    from store.vault import Vault

    Vault.seal = lambda self, key, row, place, text: text  # type: ignore[method-assign]
    Vault.open = lambda self, key, row, place, sealed: bytes(sealed)  # type: ignore[method-assign]


def _binding() -> None:
    from store import vault

    real = vault.AESGCM

    class Unbound:
        def __init__(self, key: bytes) -> None:
            self._key = real(key)

        def encrypt(self, nonce: bytes, text: bytes, bound: bytes) -> bytes:
            return self._key.encrypt(nonce, text, None)

        def decrypt(self, nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
            return self._key.decrypt(nonce, sealed, None)

    vault.AESGCM = Unbound  # type: ignore[assignment,misc]


def _version() -> None:
    from store import tickets

    real = tickets.changing

    @contextmanager
    def trusting(
        vault: Any, number: int, user: Any, now: Any, version: int | None = None
    ) -> Iterator[Any]:
        with real(vault, number, user, now) as change:
            yield change

    put("store.tickets", "changing", trusting)


def _permission_filter() -> None:
    from store.models import Ticket

    put("bot.permissions", "tickets_of", lambda user: Ticket.objects.all())


def _one_speaker() -> None:
    put("store.tickets", "must_speak", lambda change: None)


def _bot_silent_for_people() -> None:
    from bot import converse, reply

    converse.PEOPLE = reply.PEOPLE = frozenset()


def _feed_horizon() -> None:
    put("store.events", "HORIZON", "xid > 0")


def _audit_chain() -> None:
    put("store.audit", "_link", lambda entry: bytes(32))


def _signature() -> None:
    hmac.compare_digest = lambda one, other: True  # type: ignore[assignment]


def _time_window() -> None:
    from channels import slack_signature

    slack_signature.WINDOW_SECONDS = 10**9


def _only_known_conversations() -> None:
    put("store.receiving", "_has_a_place", lambda vault, inbox, inbound: True)


def _escaping() -> None:
    put("channels.slack_text", "escaped", lambda text: text)


def _signed_names() -> None:
    put("channels.twilio_signature", "has_all", lambda fields, required: True)


def _opt_out() -> None:
    put("store.consent", "has_opted_out", lambda address, inbox: False)


def _delivery_rank() -> None:
    from store import reports

    reports.reported = lambda row: None


def _sayable() -> None:
    put("channels.voice_twiml", "_clean", lambda words: words)


def _fires_once() -> None:
    put("store.escalation", "has_fired", lambda ticket, firing: False)


RECEIVING, TURNS, DELIVER = (
    "tests/store/test_receiving.py::",
    "tests/store/test_turns.py::",
    "tests/bot/test_deliver.py::",
)
TICKETS, PRIVACY = "tests/store/test_tickets.py::", "tests/store/test_privacy.py::"
SLACK = "tests/channels/slack/test_slack_"
SMS, VOICE = "tests/channels/sms/test_sms_", "tests/channels/voice/test_voice_"
GUARDS = (
    Guard(
        "dedupe",
        _dedupe,
        (
            f"{RECEIVING}test_the_same_arrival_twice_is_one_message",
            f"{RECEIVING}test_a_retry_while_the_first_is_still_running_is_one_message",
        ),
    ),
    Guard(
        "conflict",
        _conflict,
        (f"{RECEIVING}test_the_same_id_with_other_content_is_flagged_and_changes_nothing",),
    ),
    Guard(
        "participants",
        _participants,
        (f"{RECEIVING}test_a_stranger_who_knows_a_key_gets_a_conversation_of_their_own",),
    ),
    Guard(
        "mailbox fence",
        _mailbox_fence,
        (f"{RECEIVING}test_the_cursor_moves_with_the_mail_and_only_for_the_present_holder",),
    ),
    Guard(
        "claim",
        _fence(claim="claim", until="lease_until"),
        (
            f"{TURNS}test_what_was_computed_under_an_old_claim_never_happens",
            f"{TURNS}test_a_claim_that_a_dying_server_has_forgotten_is_not_finished_as_the_next",
        ),
    ),
    Guard(
        "speaker fence",
        _fence(speaker_fence="speaker_fence"),
        (
            f"{TURNS}test_a_reply_is_void_when_somebody_else_got_the_word_meanwhile",
            f"{TICKETS}test_a_bot_turn_is_void_when_an_agent_reopened_meanwhile",
        ),
    ),
    Guard("lease", _lease, (f"{TURNS}test_the_leases_of_a_dead_worker_end_at_once",)),
    Guard(
        "citation check",
        _citations,
        (f"{TURNS}test_an_answer_whose_article_changed_meanwhile_is_refused",),
    ),
    Guard(
        "outbox order",
        _send_order,
        (
            f"{DELIVER}test_replies_go_out_one_after_the_other",
            f"{DELIVER}test_a_failing_head_holds_back_what_follows_it",
        ),
    ),
    Guard(
        "unknown outcome",
        _unknown_outcome,
        (
            f"{DELIVER}test_a_worker_that_dies_while_sending_leaves_an_unknown_not_a_second_send",
            f"{DELIVER}test_a_provider_that_can_be_asked_settles_what_a_dead_worker_left",
        ),
    ),
    Guard(
        "outbox fence",
        _outbox_fence,
        (f"{DELIVER}test_the_outcome_of_a_lost_lease_is_not_recorded",),
    ),
    Guard(
        "duty fence",
        _duty_fence,
        (
            "tests/store/test_duties_and_jobs.py::"
            "test_a_taken_over_duty_has_a_higher_fence_and_the_old_holder_learns_it",
        ),
    ),
    Guard(
        "redaction",
        _redaction,
        (f"{PRIVACY}test_card_numbers_are_gone_before_the_first_write",),
    ),
    Guard("encryption", _encryption, (f"{PRIVACY}test_no_words_and_no_addresses_lie_on_disk",)),
    Guard(
        "binding",
        _binding,
        ("tests/store/test_vault.py::test_what_is_sealed_opens_in_its_place_only",),
    ),
    Guard("version", _version, (f"{TICKETS}test_a_stale_screen_overwrites_nothing",)),
    Guard(
        "permission filter",
        _permission_filter,
        (f"{TICKETS}test_a_ticket_of_another_team_is_as_if_it_did_not_exist",),
    ),
    Guard(
        "one speaker",
        _one_speaker,
        (f"{TICKETS}test_only_the_speaker_replies_and_the_customer_gets_it",),
    ),
    Guard(
        "bot silent for people",
        _bot_silent_for_people,
        ("tests/bot/test_worker.py::test_what_is_written_while_a_ticket_opens_is_left_to_people",),
    ),
    Guard(
        "feed horizon",
        _feed_horizon,
        (
            "tests/store/test_feed.py::test_nothing_is_skipped_while_an_older_transaction_stays_open",
            "tests/store/test_watched.py::test_nobody_is_told_before_an_older_transaction_has_ended",
        ),
        "postgresql",
    ),
    Guard("audit chain", _audit_chain, ("tests/store/test_audit.py::test_tampering_is_found",)),
    Guard(
        "signature",
        _signature,
        (
            "tests/channels/webchat/test_webchat.py::test_every_altered_character_is_refused",
            f"{SLACK}signatures.py::test_no_forgery_is_accepted_and_none_breaks_us",
            f"{SMS}signature.py::test_forgeries_are_refused",
        ),
    ),
    Guard(
        "signed names",
        _signed_names,
        (f"{SMS}signature.py::test_a_shape_that_does_not_fit_is_refused",),
    ),
    Guard(
        "opt-out",
        _opt_out,
        (
            f"{SMS}consent.py::test_what_is_said_after_the_stop_stays_here",
            f"{SMS}consent.py::test_a_colleague_is_told_that_theirs_was_not_sent",
        ),
    ),
    Guard(
        "delivery rank",
        _delivery_rank,
        (f"{SMS}status.py::test_in_every_order_the_furthest_word_stands",),
    ),
    Guard("sayable", _sayable, (f"{VOICE}calls.py::test_nothing_that_is_said_becomes_a_verb",)),
    Guard(
        "time window",
        _time_window,
        (f"{SLACK}signatures.py::test_no_forgery_is_accepted_and_none_breaks_us",),
    ),
    Guard(
        "only known conversations",
        _only_known_conversations,
        (f"{SLACK}conversations.py::test_what_people_say_among_themselves_is_not_even_stored",),
    ),
    Guard("escaping", _escaping, (f"{SLACK}sending.py::test_nothing_typed_becomes_a_mark",)),
    Guard(
        "a step fires once",
        _fires_once,
        ("tests/store/test_escalation.py::test_a_step_fires_once_and_says_why",),
    ),
)

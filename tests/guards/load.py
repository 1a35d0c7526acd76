"""Guards for crowded hours and bad days: fairness, load shedding, words in a backlog, health, backup, sending again. How they are tried is `run`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.guards.guards import Guard, put


def _fairness() -> None:
    put("store.fairness", "is_crowded", lambda first, limit, now: False)


def _room() -> None:
    from web.gate import Gate

    Gate.room = lambda self, waiting, most: None  # type: ignore[method-assign]


def _refused_at_the_end() -> None:
    from web.leaving import Leaving

    Leaving._refuse = lambda self: None  # type: ignore[method-assign]


def _loop_slowed() -> None:
    from bot import supervisor

    supervisor._pause = lambda child: supervisor.RESTART_PAUSES[0]


def _stood_in_for() -> None:
    import bot.stand_in  # noqa: F401 - its tests need not have been loaded

    async def hang_up(reader: Any, writer: Any) -> None:
        writer.close()

    put("bot.stand_in", "_refuse", hang_up)


def _told_once() -> None:
    put("store.backlog", "was_told", lambda row, now: False)


def _overtaken() -> None:
    put("store.backlog", "is_answered_since", lambda message: False)


def _turns_of_writers() -> None:
    from store.sqlite.base import Turn

    Turn.take = lambda self: None  # type: ignore[method-assign]


def _on_the_disk() -> None:
    from store.disk import Disk

    def at_once(self: Disk, log: Any, future: Any, result: Any) -> None:
        future.set_result(result)

    Disk.give = at_once  # type: ignore[method-assign]


def _of_the_server_that_has_it() -> None:
    from store.disk import ServerLog

    flush = ServerLog.__call__

    def anew(self: ServerLog) -> None:
        self.close()
        self.__init__()  # type: ignore[misc]
        flush(self)

    ServerLog.__call__ = anew  # type: ignore[method-assign]


def _settled_before_it_is_kept() -> None:
    put("store.disk", "settle", lambda: None)


def _place_on_the_disk() -> None:
    from store.database import Database

    Database.read_settled = Database.read  # type: ignore[method-assign]
    _settled_before_it_is_kept()


def _answers_of_who_left() -> None:
    from store.disk import Disk

    def trusting(self: Disk, log: Any, future: Any, result: Any) -> None:
        with self._lock:
            self._waiting.append((log, future, result))
            if len(self._waiting) == 1:
                self._pool.submit(self._flush)

    Disk.give = trusting  # type: ignore[method-assign]


def _woken_after_the_commit() -> None:
    put("store.shared_commits", "once_kept", lambda tell: tell())
    put("store.shared_commits", "ring_once_kept", lambda ring, *names, **more: ring(*names))


def _undone_as_a_whole() -> None:
    put("store.shared_commits", "_outcome", lambda work: _given_or_raised(work))


def _given_or_raised(work: Any) -> Any:
    try:
        return work()
    except Exception as problem:
        return problem


def _files_in_a_shared_commit() -> None:
    from bot.receive import receive
    from store.shared_commits import shares_its_commit

    shares_its_commit(receive)


def _late_turns() -> None:
    put("store.overdue", "turn_waits", lambda now: timedelta(0))


def _late_sending() -> None:
    put("store.overdue", "sending_waits", lambda now: timedelta(0))


def _silence() -> None:
    from web import health

    health.SILENT = timedelta(days=9)  # the tests wait for as long as they know


def _backup_digests() -> None:
    put("bot.backup", "_digest", lambda file: "")


def _backup_rows() -> None:
    from store import snapshot
    from store.snapshot import Fingerprint

    def blind(rows: Any) -> Fingerprint:
        return Fingerprint(sum(1 for _ in rows), "")

    snapshot._fingerprint = blind


def _signed_backup() -> None:
    put("bot.backup", "_signature", lambda vault, manifest: "")


def _erased_again() -> None:
    put("store.erased", "erase_again", lambda vault, text: 0)


def _signed_erasures() -> None:
    put("store.erased", "_signature", lambda vault, address: "0" * 64)


def _may_have_been_sent() -> None:
    put("store.letting_go", "let_go", lambda: 0)


def _replay_once() -> None:
    from store.models import OutboxRow

    def again(ids: Any, now: Any, *, look_first: bool = False) -> int:
        every = OutboxRow.objects.filter(id__in=list(ids))
        return every.update(state="waiting", in_flight=False, lease_until=None, not_before=None)

    put("store.undelivered", "replay", again)


def _looked_up_all_the_same() -> None:
    async def given_up(house: Any, row: Any, channel: Any, outbound: Any) -> None:
        from store.outbox import mark_failed

        run = house.database.run
        await run(mark_failed, row.id, row.fence, "dead", row.withheld, house.clock())

    put("bot.deliver", "_look_only", given_up)


def _claimed_once() -> None:
    from store import turns
    from store.models import Conversation

    begin = turns.begin_finish

    def trusting(vault: Any, claimed: Any, now: Any) -> Any:
        given_back = Conversation.objects.filter(id=claimed.conversation, lease_until=None)
        given_back.update(lease_until=claimed.until)
        return begin(vault, claimed, now)

    put("store.turns", "begin_finish", trusting)


BACKLOG = "tests/bot/test_backlog.py::test_"
BACKUP = "tests/bot/test_backup.py::test_"
HEALTH = "tests/web/test_health.py::test_"
LOG = "tests/store/test_server_log.py::test_"
OVERTAKEN = "tests/bot/test_overtaken.py::test_"
SHARED = "tests/store/test_shared_commits.py::test_"
TURNS = "tests/store/test_turns.py::test_"
GUARDS = (
    Guard(
        "withheld in flight",
        _looked_up_all_the_same,
        (
            f"{OVERTAKEN}what_must_not_be_sent_any_more_is_looked_up_all_the_same",
            f"{OVERTAKEN}what_must_not_be_sent_any_more_stays_unknown_where_nobody_can_be_asked",
        ),
    ),
    Guard(
        "a claim once",
        _claimed_once,
        (
            f"{TURNS}a_claim_is_finished_once_though_more_was_said_meanwhile",
            f"{TURNS}a_claim_that_was_given_back_is_not_finished",
        ),
    ),
    Guard(
        "fairness",
        _fairness,
        (
            "tests/store/test_fairness.py::test_a_loud_customer_waits_behind_everybody_elses_first",
            "tests/store/test_fairness.py::test_a_flooded_inbox_gets_half_and_the_other_one_half",
        ),
    ),
    Guard(
        "load shedding",
        _room,
        (
            "tests/web/test_shedding.py::"
            "test_behind_a_full_line_nothing_more_is_accepted_and_nothing_accepted_is_dropped",
        ),
    ),
    Guard(
        "refused at the end, never a 500",
        _refused_at_the_end,
        (
            "tests/web/test_leaving.py::test_what_is_not_finished_is_told_when_to_come_again",
            "tests/web/test_leaving.py::test_an_app_that_goes_on_all_the_same_says_nothing_more",
        ),
    ),
    Guard(
        "a crash loop is slowed down",
        _loop_slowed,
        (
            "tests/bot/test_supervisor.py::"
            "test_what_dies_once_is_started_again_at_once_and_only_a_loop_is_slowed_down",
        ),
    ),
    Guard(
        "who calls while web is away is told so",
        _stood_in_for,
        (
            "tests/bot/test_stand_in.py::"
            "test_who_calls_while_web_is_away_for_long_is_told_when_to_come_again",
        ),
    ),
    Guard(
        "a backlog is told once",
        _told_once,
        (f"{BACKLOG}one_backlog_is_told_once_however_often_somebody_writes",),
    ),
    Guard(
        "the answer overtakes",
        _overtaken,
        (f"{BACKLOG}the_answer_takes_back_what_was_not_sent_yet",),
    ),
    Guard(
        "on the disk before it is told",
        _on_the_disk,
        (
            "tests/store/test_disk.py::test_nobody_is_told_before_it_is_on_the_disk",
            "tests/store/test_disk.py::test_a_stream_shows_nothing_that_is_not_on_the_disk",
        ),
    ),
    Guard(
        "on the server's disk before it is told",
        _on_the_disk,
        (
            f"{LOG}it_may_be_gone_on_with_before_it_is_on_the_disk_and_nobody_is_told",
            f"{LOG}a_repetition_is_told_no_sooner_than_the_first",
            f"{LOG}what_a_crash_takes_was_told_to_nobody",
        ),
        database="postgresql",
    ),
    Guard(
        "who waits for a lock has not lost the server",
        lambda: put("store.database", "_is_held_up", lambda problem: False),
        (f"{LOG}who_waits_for_a_lock_for_too_long_has_not_lost_the_server",),
        database="postgresql",
    ),
    Guard(
        "flushed by the server that has it",
        _of_the_server_that_has_it,
        (f"{LOG}what_a_crash_takes_was_told_to_nobody",),
        database="postgresql",
    ),
    Guard(
        "a place that is kept is on the disk",
        _settled_before_it_is_kept,
        (f"{LOG}a_reader_skips_nothing_when_numbers_are_given_once_more",),
        database="postgresql",
    ),
    Guard(
        "told from a place on, it is on the disk",
        _place_on_the_disk,
        (
            "tests/store/test_disk.py::"
            "test_who_goes_on_from_a_place_is_told_of_nothing_before_it_that_is_not_on_the_disk",
        ),
    ),
    Guard(
        "who leaves while the disk works",
        _answers_of_who_left,
        ("tests/store/test_disk.py::test_an_answer_that_nobody_waits_for_any_more_stops_nobody",),
    ),
    Guard(
        "woken after a shared commit",
        _woken_after_the_commit,
        (f"{SHARED}nobody_is_woken_before_it_is_committed",),
    ),
    Guard(
        "a shared commit that was spoilt",
        _undone_as_a_whole,
        (f"{SHARED}it_comes_again_after_the_shared_commit_was_undone_once",),
    ),
    Guard(
        "files before the write lock",
        _files_in_a_shared_commit,
        (f"{SHARED}files_are_written_while_nobody_holds_the_write_lock",),
    ),
    Guard(
        "late turns",
        _late_turns,
        (f"{HEALTH}thinking_that_stopped_is_seen_in_what_waits",),
    ),
    Guard(
        "late sending",
        _late_sending,
        (f"{HEALTH}sending_that_stopped_is_seen_in_what_is_due",),
    ),
    Guard(
        "turns of writers",
        _turns_of_writers,
        (
            "tests/store/test_writing_turns.py::test_who_waits_is_next",
            "tests/store/test_writing_turns.py::test_the_product_writes_in_turns",
        ),
    ),
    Guard(
        "heartbeats",
        _silence,
        (
            f"{HEALTH}a_watcher_that_stopped_is_work_that_is_down",
            f"{HEALTH}a_mailbox_that_nobody_fetches_is_named",
        ),
    ),
    Guard(
        "files of a backup",
        _backup_digests,
        (f"{BACKUP}what_is_damaged_is_refused_before_anything_is_written",),
    ),
    Guard(
        "rows of a backup",
        _backup_rows,
        (f"{BACKUP}rows_that_were_changed_under_a_right_digest_are_noticed",),
    ),
    Guard(
        "signature of a backup",
        _signed_backup,
        (f"{BACKUP}the_keys_of_another_installation_open_nothing",),
    ),
    Guard("erased again", _erased_again, (f"{BACKUP}who_was_erased_since_stays_erased",)),
    Guard(
        "signed erasures",
        _signed_erasures,
        (f"{BACKUP}nobody_elses_list_erases_anybody",),
    ),
    Guard(
        "sent since the backup",
        _may_have_been_sent,
        (f"{BACKUP}what_waited_may_have_been_sent_since_and_is_never_just_sent",),
    ),
    Guard(
        "looked up before it is sent again",
        _replay_once,
        ("tests/bot/test_redeliver.py::test_where_the_provider_can_be_asked_it_is_asked_first",),
    ),
)

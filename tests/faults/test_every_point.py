"""The process dies at every step of the pipeline in turn: after a restart and a redelivery nothing is lost, doubled or stuck."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from store.bodies import open_body
from store.models import Attachment, Conversation, Event, InboxRow, Job, Message, OutboxRow, Ticket
from store.vault import Vault, open_vault
from store.withheld import ANSWERED
from tests import databases
from tests.architecture.source import ROOT
from tests.fakes.postgresql import Server
from tests.faults.points import points

State = OutboxRow.State
BY_SCENARIO = {
    "question": (
        "take accept accept.written settled keep give_back claim understood turned finish_turn "
        "finish_turn.written lease sending sent mark_sent watch_once looked_up "
        "index_next forget_erased fan_out taken"
    ),
    "person": "routed",
    "form": "claim_unanswered",
    "broken": "postpone",
    "refused": "mark_failed",
    "later": "mark_retry",
    "unsubscribed": "note_refusal",
    "files": "due file_fetched keep_file never_comes job_failed job_done",
    "chat": "start_chat receive",
    "hook": "acknowledging reacted receive sending sent mark_sent",
    "look": "tickets_shown",
    "report": "report",
    "call": "lease_of rendered",
}
"""Which scenario comes by which step; a step of which nobody knows a scenario fails the tests."""
BEFORE = {"looked_up": "sent"}
"""Points that are reached only after an earlier death."""
ELSEWHERE = {
    "tests/bot/test_gaps.py": "rate_answer",
    "tests/bot/test_overtaken.py": "mark_withheld",
    "tests/bot/test_fetch.py": "set_aside forget_fetching advance",
    "tests/store/test_figures.py": "follow",
    "tests/web/leads/test_reports.py": "written mailed",
    "tests/web/chat/test_widget_known.py": "identify",
    "tests/web/desk/test_access.py": "release",
    "tests/channels/sms/test_sms_quiet.py": "mark_resting",
    "tests/store/test_offers.py": "offer_once",
    "tests/bot/test_hooks.py": "due_call keep_call called forget_calls",
    "tests/channels/voice/test_voice_line.py": "take_step keep_tape undo_ring rung",
    "tests/channels/voice/test_voice_line_on_the_house.py": "heed_offer keep_leg hung_up",
    "tests/channels/voice/test_voice_hold_on_the_house.py": "to_tell undo held keep_own_call parked",
    "tests/channels/voice/test_voice_consult_on_the_house.py": (
        "heed_leaving keep_second_leg second_missed second_rung second_let_go to_tell_first first_told let_go"
    ),
    "tests/channels/slack/test_slack_board.py": (
        "carry_out failed given_up lease_posts next note_news posted posting settled.begun settled.done"
    ),
    "tests/channels/slack/test_slack_pacing.py": "turn_of_row",
    "tests/channels/slack/test_slack_app.py": "note_removal keep_token",
    "tests/channels/graph/test_graph_public.py": "take_posts complete never_came note_judged by_rule",
    "tests/channels/graph/test_graph_people.py": "name_told keep_name not_told",
    "tests/channels/teams/test_teams_files.py": "hand_over_later",
    "tests/bot/test_drifting.py": "look_when_due",
    "tests/bot/test_lessons.py": "collect_new teach_when_due keep_job release_job",
    "tests/store/test_escalation_out.py": "noticed not_noticed note_upset",
    "tests/store/test_ways.py": "note_seen",
    "tests/bot/test_transcript.py": "ask",
    "tests/bot/test_asides.py": "aside_tried aside_out aside_looked_up aside_sent aside_failed",
    "tests/web/account/test_sitting.py": "stay",
}
"""Steps beside the way of a message, and the tests of their own in which they are repeated; no death is played there."""
CANNOT_BE_ASKED = frozenset({"hook", "look", "report", "call"})
"""Scenarios whose provider does not say what became of a sending."""
TO_PEOPLE = frozenset({"person", "form", "broken"})


def visits() -> list[tuple[str, str]]:
    """(scenario, point)"""
    return [
        (scenario, end)
        for scenario, steps in BY_SCENARIO.items()
        for step in steps.split()
        for end in _ends(step)
    ]


def _ends(step: str) -> tuple[str, ...]:
    """A point that is said by its name, or the two of a transaction."""
    return (step,) if step in points() else (f"{step}.begun", f"{step}.done")


@dataclass
class Stage:
    """The program of `tests.faults.stage`, and the folder in which it finds its orders to die."""

    folder: Path
    process: subprocess.Popen[str]
    vault: Vault
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def live(self, scenario: str, customer: int, point: str = "") -> dict[str, Any]:
        """One life, ended at `point`; how it ended."""
        armed = self.folder / "faults"
        for file in armed.iterdir():
            file.unlink()
        if point:
            (armed / point).touch()
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({"scenario": scenario, "customer": customer}) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def noted(self, name: str) -> list[Any]:
        """What the providers remember."""
        file = self.folder / "provider" / name
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


@pytest.fixture(
    scope="module",
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.journey)],
)
def stage(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Stage]:
    """One stage for all visits, each with a customer of its own; this process looks into the same database."""
    folder = tmp_path_factory.mktemp("stage")
    state = folder / "state"
    state.mkdir(mode=0o700)
    (folder / "faults").mkdir()
    server: Server | None = None
    if request.param == "sqlite":
        databases.fill_sqlite(state)
    else:
        server = request.getfixturevalue("postgresql")
    settings = databases.settings_for(request.param, state, server)
    environment = {
        **os.environ,
        "THREADLINE_STATE": str(state),
        "THREADLINE_DATABASE__URL": settings.database.url.get_secret_value(),
        "THREADLINE_FAULTS": str(folder / "faults"),
    }
    with django_db_blocker.unblock(), databases.using(settings):
        if server is not None:
            databases.empty_postgresql()
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.stage", str(folder)],
            env=environment,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        made = Stage(folder, process, open_vault(state / "secrets.json"))
        assert made.live("seed", 0)["status"] == 0
        yield made
        process.communicate(timeout=20)


@pytest.mark.slow
@pytest.mark.parametrize(("scenario", "point"), visits())
def test_a_death_here_costs_nothing(stage: Stage, scenario: str, point: str) -> None:
    customer = next(stage.numbers)
    if point in BEFORE:
        assert stage.live(scenario, customer, BEFORE[point])["status"] == -9
    assert stage.live(scenario, customer, point)["status"] == -9, "nobody came by this point"
    cut_off = set(OutboxRow.objects.filter(in_flight=True).values_list("id", flat=True))
    assert stage.live(scenario, customer) == {"status": 0, "left": {}}
    found = _Found(stage.vault, customer)
    _check_what_was_said(found, scenario)
    _check_what_was_sent(found, stage, scenario, cut_off)
    _check_that_nothing_is_held()


class _Found:
    """What the database says of one customer."""

    def __init__(self, vault: Vault, customer: int) -> None:
        self.mark = f"[{customer}.0]"
        asked = Message.objects.filter(author=Message.Author.CUSTOMER).select_related("address")
        self.asked = [m for m in asked if self.mark in open_body(vault, m).text]
        conversation = self.asked[0].conversation_id if self.asked else None
        said = Message.objects.filter(conversation=conversation, author=Message.Author.BOT)
        self.said = [(m.turn, open_body(vault, m).text) for m in said.select_related("address")]
        rows = OutboxRow.objects.filter(conversation=conversation).order_by("id")
        # "Your answer takes longer" is said by a clock that runs fast here, and withdrawn when the answer is there.
        self.rows = [
            row for row in rows if (row.state, row.last_error) != (State.CANCELLED, ANSWERED)
        ]
        self.tickets = Ticket.objects.filter(conversation=conversation).count()
        self.conversation = conversation


def _check_what_was_said(found: _Found, scenario: str) -> None:
    (asked,) = found.asked
    assert asked.turn is not None
    assert InboxRow.objects.filter(message=asked).count() == 1
    assert len(found.said) == len(set(found.said)) >= 1, "said once, and not never"
    assert found.tickets == (1 if scenario in TO_PEOPLE else 0)
    seqs = list(
        Event.objects.filter(conversation=found.conversation)
        .order_by("seq")
        .values_list("seq", flat=True)
    )
    assert seqs == list(range(1, len(seqs) + 1))
    if scenario == "files":
        sizes = Attachment.objects.filter(message=asked).values_list("size", flat=True)
        assert sorted(size > 0 for size in sizes) == [False, True, True]
        assert Job.objects.get(payload__message=str(asked.id)).state == Job.State.DONE


def _check_what_was_sent(found: _Found, stage: Stage, scenario: str, cut_off: set[int]) -> None:
    """`cut_off`: the rows that were on their way when the process died. Whatever the point was, another reply may
    have been: where its provider cannot be asked nobody knows what became of it, which is said, and it stays unsent."""
    keys = {str(row.key) for row in found.rows}
    taken = [one["key"] for one in stage.noted("taken") if one["key"] in keys]
    assert len(taken) == len(set(taken)), "sent twice"
    states = {str(row.state) for row in found.rows}
    assert states, "something was to be sent"
    if scenario in {"refused", "unsubscribed"}:
        assert (states, taken) == ({State.DEAD}, [])
        return
    unknown = [row for row in found.rows if row.state == State.UNKNOWN]
    told = Event.objects.filter(conversation=found.conversation, kind="delivery_unknown")
    assert told.count() == len(unknown), "a person knows of it"
    assert {row.id for row in unknown} <= cut_off, "what was not on its way is surely sent or not"
    assert not unknown or scenario in CANNOT_BE_ASKED
    assert states - {State.UNKNOWN} <= {State.SENT}
    if scenario not in {"chat", "call"}:
        surely = {str(row.key) for row in found.rows if row.state == State.SENT}
        assert surely <= set(taken)


def _check_that_nothing_is_held() -> None:
    assert not Conversation.objects.filter(lease_until__isnull=False).exists()
    assert not OutboxRow.objects.filter(in_flight=True).exists()


def test_every_point_is_visited() -> None:
    elsewhere = {
        end for steps in ELSEWHERE.values() for step in steps.split() for end in _ends(step)
    }
    known = {point for _, point in visits()} | elsewhere
    assert sorted(points() - known) == [], (
        "a step without a death: give it a scenario in BY_SCENARIO"
    )
    assert known - points() == set(), "these steps are gone"
    assert all((ROOT / name).is_file() for name in ELSEWHERE)

"""A second colleague is asked by telephone while the caller is on hold: what each of the three hears, and a machine that tries every order (R19)."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from channels.voice_phrases import LOCALES
from core.line import CALLABLE, THERE, Beside, Move, Standing
from tests.channels.voice.switchboard import SECOND_COLLEAGUE, Switchboard
from tests.channels.voice.test_voice_hold import talking
from tests.fakes.twilio import FakeTwilio
from tests.fakes.twilio_call import FakeCall
from tests.fakes.twiml import checked

HELD = "The caller is on hold. Press 1 to speak with them again."


def rings(twilio: FakeTwilio, board: Switchboard) -> FakeCall:
    """The second colleague's telephone."""
    assert board.line.ask(board.channel)
    second = FakeCall.rung(twilio, twilio.rung[-1], board.post)
    board.line.legs[board.line.aside] = second.sid
    return second


def asked(
    twilio: FakeTwilio, **changes: object
) -> tuple[FakeCall, FakeCall, FakeCall, Switchboard]:
    """The caller is on hold and the second colleague's telephone rings: caller, first, second."""
    twilio.ends_at_once = True
    call, first, board = talking(twilio, **changes)
    second = rings(twilio, board)
    board.line.work(board.channel)
    return call, first, second, board


def speaking(
    twilio: FakeTwilio, **changes: object
) -> tuple[FakeCall, FakeCall, FakeCall, Switchboard]:
    """And the two colleagues speak."""
    call, first, second, board = asked(twilio, **changes)
    second.dial()
    second.press("1")
    board.line.work(board.channel)
    assert first.state == second.state == "together"
    assert (first.other, call.queued is not None) == (second, True)
    return call, first, second, board


def test_each_hears_what_happens_until_the_caller_is_connected(twilio: FakeTwilio) -> None:
    call, first, second, board = asked(twilio, records_talks=True)
    assert twilio.rung[-1]["To"] == SECOND_COLLEAGUE
    assert call.heard[-1] == "You are on hold. One moment, please."
    assert first.heard[-1] == (
        "The caller is on hold, and Ben is being called. Press 1 to speak with the caller again."
    )
    second.dial()
    assert second.heard == [
        "Ana asks you about a caller, ticket 1 0 4 2, priority high. She asks for a cheque. It is on your screen. "
        "Press 1 to speak with Ana."
    ]
    second.press("1")
    assert second.heard[-1] == "One moment, Ana is coming to the telephone."
    board.line.work(board.channel)
    assert first.heard[-1] == "Ben is there."
    assert first.other is second
    assert checked(first.documents[-1])[-1].get("record") is None, "colleagues are not recorded"
    call.wait()
    assert call.heard[-1] == "You are on hold. One moment, please."
    assert board.line.connect()
    board.line.work(board.channel)
    assert (first.state, call.state, second.state) == ("ended", "together", "together")
    assert (call.other, board.line.rings) == (second, 2)
    assert checked(second.documents[-1])[0].get("record") == "record-from-answer-dual"
    call.hang_up()
    assert (board.line.standing, second.state) == (Standing.TALKED, "ended")


def test_back_to_the_caller_and_the_other_one_is_thanked(twilio: FakeTwilio) -> None:
    call, first, second, board = speaking(twilio)
    assert board.line.hold(board.channel, first.sid, Move.RESUME)
    assert (call.other, first.state) == (first, "together")
    assert second.heard[-1] == "The call goes on without you. Thank you."
    assert second.state == "ended"
    first.hang_up()
    assert (board.line.standing, call.state) == (Standing.TALKED, "ended")


@pytest.mark.parametrize("how", ["busy", "no-answer", "failed", "another key", "no key"])
def test_a_colleague_who_does_not_come_leaves_the_two_where_they_are(
    twilio: FakeTwilio, how: str
) -> None:
    call, first, second, board = asked(twilio)
    if how.endswith("key"):
        second.dial()
        second.press("2") if how == "another key" else second.wait()
        assert second.state == "ended"
    else:
        second.declines(how)
    board.line.work(board.channel)
    assert first.heard[-1] == (
        "Ben is not on the line. The caller is on hold. Press 1 to speak with them again."
    )
    assert (board.line.standing, board.line.beside) == (Standing.HELD, Beside.OVER)
    again = rings(twilio, board)
    again.dial()
    assert again.heard[-1].startswith("Ana asks you"), "and may be asked once more"
    first.press("1")
    board.line.work(board.channel)
    assert (call.other, again.state) == (first, "ended")


def test_a_colleague_who_hangs_up_again(twilio: FakeTwilio) -> None:
    call, first, second, board = speaking(twilio)
    second.hang_up()
    assert first.heard[-1].startswith("Ben is not on the line. The caller is on hold.")
    first.press("1")
    assert (call.other, board.line.standing) == (first, Standing.TALKING)


@pytest.mark.parametrize("status_first", [True, False])
def test_who_hangs_up_on_the_colleague_has_connected_the_caller(
    twilio: FakeTwilio, status_first: bool
) -> None:
    call, first, second, board = speaking(twilio)
    first.hang_up(status_first)
    board.line.work(board.channel)
    assert (call.other, board.line.standing) == (second, Standing.TALKING)
    second.hang_up()
    assert (board.line.standing, call.state) == (Standing.TALKED, "ended")


def test_who_hangs_up_while_the_colleague_is_on_the_way_too(twilio: FakeTwilio) -> None:
    call, first, second, board = asked(twilio)
    second.dial()
    second.press("1")
    first.hang_up()
    board.line.work(board.channel)
    second.wait()
    assert (call.other, board.line.standing) == (second, Standing.TALKING)


def test_who_hangs_up_before_the_colleague_comes_gives_the_caller_back(twilio: FakeTwilio) -> None:
    call, first, second, board = asked(twilio)
    first.hang_up()
    board.line.work(board.channel)
    assert (board.line.standing, second.state) == (Standing.WAITING, "ended")
    call.wait()
    assert "next in line" in call.heard[-1]


def test_a_caller_who_hangs_up_meanwhile_is_missed_by_both(twilio: FakeTwilio) -> None:
    call, first, second, board = speaking(twilio)
    call.hang_up()
    board.line.work(board.channel)
    assert (first.state, second.state) == ("ended", "ended")
    assert "no longer there" in first.heard[-1]
    assert "no longer there" in second.heard[-1]
    assert board.line.standing is Standing.TALKED


def test_without_a_worker_each_goes_on_by_what_they_ask_themselves(twilio: FakeTwilio) -> None:
    """Nothing is told from our side: the telephones come round by themselves."""
    call, first, second, board = asked(twilio)
    second.dial()
    second.press("1")
    board.line.jobs.clear()
    first.wait()
    assert first.other is second
    call.hang_up()
    board.line.jobs.clear()
    first.hang_up()
    assert "no longer there" in second.heard[-1]


def test_a_worker_who_comes_late_parts_nobody(twilio: FakeTwilio) -> None:
    """The first one's telephone came round before it was told."""
    call, first, second, board = asked(twilio)
    second.dial()
    second.press("1")
    first.wait()
    assert first.other is second
    board.line.work(board.channel)
    assert (first.other, board.line.standing) == (second, Standing.HELD)
    assert call.queued is not None


def test_the_two_can_ask_for_each_other_while_one_is_on_the_way(twilio: FakeTwilio) -> None:
    call, first, second, board = asked(twilio)
    second.dial()
    second.press("1")
    assert board.line.connect(), "before the first one was even sent there"
    board.line.work(board.channel)
    second.wait()
    assert (call.other, first.state) == (second, "ended")


def test_the_word_of_an_older_ringing_means_nothing(twilio: FakeTwilio) -> None:
    call, first, second, board = asked(twilio)
    second.declines("busy")
    board.line.work(board.channel)
    newer = rings(twilio, board)
    newer.dial()
    second._bring(second.status_url, {"CallStatus": "busy"})
    assert board.line.beside is Beside.RINGING
    newer.press("1")
    board.line.work(board.channel)
    assert (first.other, call.queued is not None) == (newer, True)


@pytest.mark.parametrize("language", sorted(LOCALES))
def test_all_of_it_in_each_language(twilio: FakeTwilio, language: str) -> None:
    """The fake refuses what no voice of that language says; nothing is left to fill in."""
    _, first, second, board = speaking(twilio, language=language)
    second.hang_up()
    other = rings(twilio, board)
    board.line.work(board.channel)
    first.wait()
    other.dial()
    other.press("1")
    board.line.work(board.channel)
    assert board.line.hold(board.channel, first.sid, Move.RESUME)
    told = [*first.heard, *second.heard, *other.heard]
    assert not [words for words in told if "{" in words or "}" in words]
    assert sum("Ben" in words for words in told) >= 4
    assert sum("Ana" in words for words in told) >= 3


# ---- every way ----------------------------------------------------------------------------------


class AnyConsult(RuleBasedStateMachine):
    """Three people and a worker in whatever order: nobody is left in silence, nor lost between two others."""

    twilio = FakeTwilio(ends_at_once=True)

    @initialize(language=st.sampled_from(sorted(LOCALES)))
    def they_speak(self, language: str) -> None:
        for kept in (self.twilio.rung, self.twilio.queues, self.twilio.dialling):
            kept.clear()
        self.call, self.first, self.board = talking(self.twilio, language=language)
        self.second: FakeCall | None = None
        self.others: list[FakeCall] = [self.first]

    @property
    def line(self) -> Standing:
        assert self.board.line.standing is not None
        return self.board.line.standing

    def _by(self, ring: int) -> FakeCall:
        """The telephone of that ringing."""
        sid = self.board.line.legs[ring]
        return next(one for one in self.others if one.sid == sid)

    @rule(most=st.integers(1, 3))
    def the_worker_works(self, most: int) -> None:
        self.board.line.work(self.board.channel, most)

    @rule(move=st.sampled_from([Move.HOLD, Move.RESUME]))
    def the_desk_holds_or_takes_back(self, move: Move) -> None:
        line = self.board.line
        agent = self._by(line.rings)
        if agent.state not in {"gather", "together"} or line.jobs:
            return
        if move is Move.RESUME or self.call.state == "together":
            line.hold(self.board.channel, agent.sid, move)

    @rule()
    def another_one_is_asked(self) -> None:
        line = self.board.line
        if line.jobs or (self.call.state != "together" and line.standing is Standing.TALKING):
            return
        if line.ask(self.board.channel):
            self.second = FakeCall.rung(self.twilio, self.twilio.rung[-1], self.board.post)
            line.legs[line.aside] = self.second.sid
            self.others.append(self.second)

    @precondition(lambda self: self.second and self.second.state == "ringing")
    @rule(how=st.sampled_from(["", "", "busy", "no-answer"]))
    def their_telephone_rings(self, how: str) -> None:
        assert self.second is not None
        self.second.declines(how) if how else self.second.dial()

    @rule(which=st.integers(0, 5), key=st.sampled_from(["1", "1", "2", ""]))
    def a_key_or_silence(self, which: int, key: str) -> None:
        call = self.others[which % len(self.others)]
        if call.state == "gather":
            call.press(key) if key else call.wait()
        elif call.state == "pause":
            call.wait()

    @precondition(lambda self: self.call.state in {"gather", "pause"})
    @rule()
    def the_caller_listens(self) -> None:
        self.call.wait()

    @rule()
    def the_desk_connects(self) -> None:
        self.board.line.connect()

    @rule(which=st.integers(0, 5), status_first=st.booleans())
    def a_colleague_hangs_up(self, which: int, status_first: bool) -> None:
        call = self.others[which % len(self.others)]
        if call.state not in {"ringing", "ended"}:
            call.hang_up(status_first)

    @precondition(lambda self: self.call.state != "ended")
    @rule(happens=st.sampled_from([False, False, True]))
    def the_caller_hangs_up(self, happens: bool) -> None:
        if happens:
            self.call.hang_up()

    @invariant()
    def the_caller_is_with_whose_they_are(self) -> None:
        if hasattr(self, "call") and self.call.state == "together" and not self.board.line.jobs:
            assert self.line is Standing.TALKING
            assert self.call.other is self._by(self.board.line.rings)

    def teardown(self) -> None:
        """Time passes: each telephone comes round by itself, and everybody hears somebody, or is told."""
        if not hasattr(self, "call"):
            return
        line = self.board.line
        for _ in range(6):
            line.work(self.board.channel)
            for call in (*self.others, self.call):
                if call.state == "dialling":
                    call.is_missed()
                elif call.state == "pause" or (call.state == "gather" and call is not self.call):
                    call.wait()
        line.work(self.board.channel)
        alive = [call for call in self.others if call.state != "ended"]
        match self.line:
            case Standing.TALKING:
                assert self.call.other is self._by(line.rings)
                assert alive == [self.call.other]
            case Standing.HELD if line.beside in THERE:
                assert self._by(line.rings).other is self._by(line.aside)
                assert self.call.queued is not None
            case Standing.HELD:
                first = self._by(line.rings)
                assert (first.state, self.call.queued is not None) == ("gather", True)
                ringing = [self._by(line.aside)] if line.beside is Beside.RINGING else []
                assert alive == [first, *ringing]
            case Standing.WAITING:
                assert (alive, self.call.queued is not None) == ([], True)
            case _:
                assert self.line in CALLABLE
                assert alive == []


@pytest.fixture(scope="module", autouse=True)
def machine_twilio() -> object:
    AnyConsult.twilio.start()
    yield
    AnyConsult.twilio.stop()


TestAnyConsult = AnyConsult.TestCase
TestAnyConsult.settings = settings(
    max_examples=60,
    stateful_step_count=16,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

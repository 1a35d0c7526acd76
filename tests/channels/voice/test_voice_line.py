"""From wanting a person to speaking with one: each way through the line, and a machine that tries them all with a colleague (R19)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from channels.voice import Voice
from channels.voice_phrases import LOCALES
from core.line import CALLABLE, Move, Standing, moved
from core.waiting import Wait
from tests.channels.voice.provider import INBOX, URL, voice_settings
from tests.channels.voice.switchboard import COLLEAGUE, Switchboard
from tests.fakes.twilio import CUSTOMER, NUMBER, Call, FakeTwilio
from tests.fakes.twilio_call import FakeCall
from tests.fakes.twiml import checked


def in_line(
    twilio: FakeTwilio, caller: str = CUSTOMER, **changes: object
) -> tuple[FakeCall, Switchboard]:
    """A caller who has asked for a person."""
    options = {"puts_through": True, **changes}
    board = Switchboard(Voice(INBOX, voice_settings(twilio.url, **options)))
    call = FakeCall(twilio, URL, board.post, caller)
    call.dial()
    return call, board


def picked_up(twilio: FakeTwilio, board: Switchboard) -> FakeCall:
    """The colleague has pressed the button and picks up."""
    assert board.line.ring(board.channel)
    colleague = FakeCall.rung(twilio, twilio.rung[-1], board.post)
    colleague.dial()
    return colleague


def tags(call: FakeCall) -> list[str]:
    return [verb.tag for verb in checked(call.documents[-1])]


# ---- waiting ------------------------------------------------------------------------------------


def test_who_wants_a_person_hears_their_place_and_an_honest_time(twilio: FakeTwilio) -> None:
    call, board = in_line(twilio)
    board.line.others, board.line.wait = 2, Wait(timedelta(seconds=110), timedelta(seconds=250))
    call.press("0")
    assert board.line.standing is Standing.WAITING
    assert call.heard[-1] == (
        "You are number 3 in line. It takes about 2 to 5 minutes. Stay on the line, or press 1 to be called back and "
        "keep your place, or 2 to leave a message."
    )
    board.line.others, board.line.wait = 0, None
    call.wait()
    assert call.heard[-1] == "You are next in line. I cannot say yet how long it takes."
    board.line.waited = timedelta(minutes=6)
    call.wait()
    assert call.heard[-1] == "You are next in line. It takes longer than usual. I am sorry."


def test_a_time_without_a_spread_is_one_time(twilio: FakeTwilio) -> None:
    call, board = in_line(twilio)
    board.line.wait = Wait(timedelta(seconds=200), timedelta(seconds=230))
    call.press("0")
    assert "It takes about 4 minutes." in call.heard[-1]


def test_music_plays_where_there_is_some(twilio: FakeTwilio) -> None:
    call, _ = in_line(twilio, hold_music="https://cdn.acme.example/wait.mp3")
    call.press("0")
    assert "(music from https://cdn.acme.example/wait.mp3)" in call.heard


def test_a_call_back_instead_of_waiting_keeps_the_place(twilio: FakeTwilio) -> None:
    call, board = in_line(twilio)
    call.press("0")
    call.press("1")
    assert board.line.standing is Standing.CALL_BACK
    assert call.state == "ended"
    assert "call you back at 1 5 0 1 7 1 2 2 6 6 1. You keep your place" in call.heard[-2]
    colleague = picked_up(twilio, board)
    assert "wants a call" in colleague.heard[-1]
    colleague.press("1")
    dial = checked(colleague.documents[-1])[-1]
    assert (dial.tag, dial[0].tag, dial[0].text) == ("Dial", "Number", CUSTOMER)
    assert dial.get("callerId") == NUMBER
    colleague.is_picked_up()
    assert board.line.standing is Standing.CALLING
    colleague.is_hung_up_on()
    assert board.line.standing is Standing.TALKED
    assert colleague.state == "ended"


def test_a_withheld_number_cannot_be_called_back(twilio: FakeTwilio) -> None:
    call, board = in_line(twilio, caller="anonymous")
    call.press("0")
    assert call.heard[-1].endswith("Stay on the line, or press 2 to leave a message.")
    call.press("1")
    assert board.line.standing is Standing.WAITING
    call.hang_up()
    assert board.line.standing is Standing.GONE
    assert not board.line.ring(board.channel)


def test_a_message_instead_of_waiting(twilio: FakeTwilio) -> None:
    call, board = in_line(twilio)
    call.press("0")
    call.press("2")
    assert (board.line.standing, call.state) == (Standing.MESSAGE, "record")
    call.leave_message()
    call.transcribe("please call me")
    texts = [inbound.text for inbound in board.accepted.values()]
    assert texts[1:] == ["Voicemail, 12 seconds", "please call me"]


def test_nobody_waits_for_ever(twilio: FakeTwilio) -> None:
    call, board = in_line(twilio, line_minutes=10)
    call.press("0")
    board.line.waited = timedelta(minutes=10)
    call.wait()
    assert "nobody could take your call" in call.heard[-1]
    call.wait()
    assert call.state == "record"


def test_but_not_while_a_telephone_rings_for_them(twilio: FakeTwilio) -> None:
    call, board = in_line(twilio, line_minutes=10)
    call.press("0")
    board.line.waited = timedelta(minutes=10)
    colleague = picked_up(twilio, board)
    call.wait()
    assert call.state == "gather"
    colleague.press("1")
    assert board.line.standing is Standing.TALKING


def test_outside_the_hours_a_call_back_or_a_message_is_offered(twilio: FakeTwilio) -> None:
    call, board = in_line(twilio)
    board.line.is_away, board.line.opens = True, datetime(2027, 3, 8, 9, 0, tzinfo=UTC)
    call.press("0")
    assert "back on Monday at 9:00. Press 1 and we will call you back" in call.heard[-1]
    call.wait()
    assert (call.state, board.line.standing) == ("record", Standing.AWAY)
    other, board = in_line(twilio)
    board.line.is_away = True
    other.press("0")
    other.press("1")
    assert (other.state, board.line.standing) == ("ended", Standing.CALL_BACK)


# ---- the colleague ------------------------------------------------------------------------------


def test_the_colleague_hears_who_it_is_before_anybody_is_connected(twilio: FakeTwilio) -> None:
    call, board = in_line(twilio)
    call.press("0")
    colleague = picked_up(twilio, board)
    assert twilio.rung[-1]["To"] == COLLEAGUE
    assert twilio.rung[-1]["From"] == NUMBER
    assert colleague.heard == [
        "A caller for you, ticket 1 0 4 2, priority high. It is on your screen. Press 1 to be connected."
    ]
    assert call.state == "gather", "the caller waits on"
    colleague.press("1")
    assert call.state == colleague.state == "together"
    assert checked(colleague.documents[-1])[0].get("record") is None
    call.hang_up()
    assert (board.line.standing, colleague.state) == (Standing.TALKED, "ended")


def test_who_is_fetched_while_the_music_is_still_on_its_way_hears_none(twilio: FakeTwilio) -> None:
    board = Switchboard(Voice(INBOX, voice_settings(twilio.url, puts_through=True)))
    colleagues: list[FakeCall] = []

    def post(call: Call) -> tuple[int, bytes]:
        answer = board.post(call)
        if "hold" in call.url and not colleagues:
            colleagues.append(picked_up(twilio, board))
            colleagues[0].press("1")
        return answer

    call = FakeCall(twilio, URL, post)
    call.dial()
    call.press("0")
    assert (call.state, colleagues[0].state) == ("together", "together")
    assert call.other is colleagues[0]
    call.hang_up()
    assert (colleagues[0].state, board.line.standing) == ("ended", Standing.TALKED)


def test_the_end_of_the_talk_ends_both_calls(twilio: FakeTwilio) -> None:
    call, board = in_line(twilio)
    call.press("0")
    colleague = picked_up(twilio, board)
    colleague.press("1")
    colleague.hang_up()
    assert (board.line.standing, call.state) == (Standing.TALKED, "ended")


@pytest.mark.parametrize("status", ["no-answer", "busy", "failed"])
def test_a_colleague_who_does_not_pick_up_loses_nobody(twilio: FakeTwilio, status: str) -> None:
    call, board = in_line(twilio)
    call.press("0")
    assert board.line.ring(board.channel)
    assert board.line.standing is Standing.RINGING
    FakeCall.rung(twilio, twilio.rung[-1], board.post).declines(status)
    assert (board.line.standing, call.state) == (Standing.WAITING, "gather")
    assert board.line.ring(board.channel), "and the next one may try"


def test_a_mailbox_that_picks_up_presses_no_key(twilio: FakeTwilio) -> None:
    call, board = in_line(twilio)
    call.press("0")
    colleague = picked_up(twilio, board)
    colleague.wait()
    assert (board.line.standing, colleague.state, call.state) == (
        Standing.WAITING,
        "ended",
        "gather",
    )


def test_a_caller_who_left_meanwhile(twilio: FakeTwilio) -> None:
    call, board = in_line(twilio)
    call.press("0")
    assert board.line.ring(board.channel)
    call.hang_up()
    colleague = FakeCall.rung(twilio, twilio.rung[-1], board.post)
    colleague.dial()
    assert "no longer there" in colleague.heard[-1]
    assert (colleague.state, board.line.standing) == ("ended", Standing.GONE)


def test_an_old_ringing_moves_nobody(twilio: FakeTwilio) -> None:
    call, board = in_line(twilio)
    call.press("0")
    assert board.line.ring(board.channel)
    late = FakeCall.rung(twilio, twilio.rung[-1], board.post)
    board.line.standing = moved(Standing.RINGING, Move.DECLINE)
    colleague = picked_up(twilio, board)
    late.dial()
    assert "no longer there" in late.heard[-1]
    colleague.press("1")
    assert call.state == "together"


def test_nobody_picks_up_at_the_customers(twilio: FakeTwilio) -> None:
    call, board = in_line(twilio)
    call.press("0")
    call.press("1")
    colleague = picked_up(twilio, board)
    colleague.press("1")
    colleague.is_missed("busy")
    assert "Nobody picked up" in colleague.heard[-1]
    assert board.line.standing is Standing.CALL_BACK, "they keep their place"


def test_a_caller_who_is_not_in_the_queue_yet_is_missed_aloud(twilio: FakeTwilio) -> None:
    """They are still asked about the recording; a queue that nobody has entered cannot be dialled."""
    call, board = in_line(twilio, records_talks=True)
    call.press("0")
    colleague = picked_up(twilio, board)
    colleague.press("1")
    colleague.is_missed("failed")
    assert "Nobody picked up" in colleague.heard[-1]
    call.press("2")
    assert (board.line.standing, call.queued is not None) == (Standing.WAITING, True)


# ---- consent ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("key", "agrees"), [("1", True), ("2", False), ("", False)])
def test_talks_are_recorded_only_with_the_callers_yes(
    twilio: FakeTwilio, key: str, agrees: bool
) -> None:
    call, board = in_line(twilio, records_talks=True)
    call.press("0")
    assert "May we record" in call.heard[-1]
    if key:
        call.press(key)
    else:
        call.wait()
    assert board.line.consents is agrees
    assert call.queued is not None
    colleague = picked_up(twilio, board)
    colleague.press("1")
    dial = checked(colleague.documents[-1])[0]
    assert (dial.get("record") == "record-from-answer-dual") is agrees
    assert (dial.get("recordingStatusCallback") is not None) is agrees


def test_the_places_of_a_colleagues_call_are_in_no_other(twilio: FakeTwilio) -> None:
    call, board = in_line(twilio)
    call.press("0")
    board.line.ring(board.channel)
    query = parse_qs(urlsplit(twilio.rung[-1]["Url"]).query)
    assert query["do"] == ["picked"]
    assert query["ring"][0].endswith(".1")
    assert CUSTOMER not in str(twilio.rung), "nobody's number stands in an address"


# ---- every way ----------------------------------------------------------------------------------


class AnyLine(RuleBasedStateMachine):
    """Whatever a caller and a colleague do in whatever order: nobody is lost between the two."""

    twilio = FakeTwilio()

    @initialize(
        records=st.booleans(),
        away=st.booleans(),
        caller=st.sampled_from([CUSTOMER, CUSTOMER, "anonymous", ""]),
        language=st.sampled_from(sorted(LOCALES)),
    )
    def asks_for_a_person(self, records: bool, away: bool, caller: str, language: str) -> None:
        self.twilio.rung.clear()
        self.twilio.queues.clear()
        self.twilio.dialling.clear()
        self.call, self.board = in_line(
            self.twilio, caller, records_talks=records, language=language
        )
        self.board.line.is_away = away
        self.colleague: FakeCall | None = None
        self.call.press("0")

    @property
    def line(self) -> Standing:
        assert self.board.line.standing is not None
        return self.board.line.standing

    @precondition(lambda self: self.call.state == "gather")
    @rule(key=st.sampled_from("0123*#"))
    def presses(self, key: str) -> None:
        self.call.press(key)

    @precondition(lambda self: self.call.state in {"gather", "record", "pause"})
    @rule(minutes=st.integers(0, 30))
    def is_silent(self, minutes: int) -> None:
        self.board.line.waited = max(self.board.line.waited, timedelta(minutes=minutes))
        self.call.wait()

    @precondition(lambda self: self.call.state == "record")
    @rule(hangs_up=st.booleans())
    def leaves_a_message(self, hangs_up: bool) -> None:
        self.call.leave_message(hangs_up=hangs_up)

    @precondition(lambda self: self.call.state != "ended")
    @rule()
    def hangs_up(self) -> None:
        self.call.hang_up()

    @precondition(lambda self: self.colleague is None or self.colleague.state == "ended")
    @rule()
    def a_colleague_wants_them(self) -> None:
        if self.board.line.ring(self.board.channel):
            self.colleague = FakeCall.rung(self.twilio, self.twilio.rung[-1], self.board.post)

    @precondition(lambda self: self.colleague and self.colleague.state == "ringing")
    @rule(picks_up=st.booleans())
    def the_telephone_rings(self, picks_up: bool) -> None:
        assert self.colleague is not None
        self.colleague.dial() if picks_up else self.colleague.declines()

    @precondition(lambda self: self.colleague and self.colleague.state == "gather")
    @rule(key=st.sampled_from(["1", "1", "2", ""]))
    def the_colleague_answers(self, key: str) -> None:
        assert self.colleague is not None
        self.colleague.press(key) if key else self.colleague.wait()

    @precondition(lambda self: self.colleague and self.colleague.state in {"gather", "together"})
    @rule(move=st.sampled_from([Move.HOLD, Move.RESUME]))
    def the_colleague_holds_or_takes_back(self, move: Move) -> None:
        assert self.colleague is not None
        child = self.colleague.child
        if self.line is Standing.CALLING and move is Move.HOLD and child and child.other:
            self.call = child  # who was called back is the caller from here on
            self.board.line.hold(self.board.channel, self.colleague.sid, move)
        elif self.call.state == "together" or move is Move.RESUME:
            self.board.line.hold(self.board.channel, self.colleague.sid, move)

    @precondition(lambda self: self.colleague and self.colleague.state == "dialling")
    @rule(status=st.sampled_from(["", "busy", "no-answer"]))
    def the_customer_is_called(self, status: str) -> None:
        assert self.colleague is not None
        if self.line is Standing.TALKING:
            self.colleague.is_missed("no-answer")  # at the queue of somebody who is not in it yet
        else:
            self.colleague.is_missed(status) if status else self.colleague.is_picked_up()

    @precondition(lambda self: self.colleague and self.colleague.state not in {"ringing", "ended"})
    @rule()
    def the_colleague_hangs_up(self) -> None:
        assert self.colleague is not None
        self.colleague.hang_up()

    @invariant()
    def nobody_is_lost(self) -> None:
        if not hasattr(self, "call"):
            return
        together = self.call.state == "together"
        # Who is still asked about the recording meets the colleague as soon as that is answered.
        waits = bool(self.colleague) and self.colleague.state == "dialling"  # type: ignore[union-attr]
        is_right = together == (self.line is Standing.TALKING) or (waits and not together)
        assert is_right, (self.call.state, self.line)
        if self.call.queued is not None and not together:
            assert self.line in {Standing.WAITING, Standing.RINGING, Standing.HELD} or waits
        if self.call.state == "ended":
            assert self.line not in {Standing.WAITING, Standing.RINGING, Standing.HELD}
        if self.colleague is None or self.colleague.state == "ended":
            at_telephone = {
                Standing.RINGING,
                Standing.RINGING_BACK,
                Standing.CALLING,
                Standing.HELD,
            }
            assert self.line not in at_telephone

    def teardown(self) -> None:
        """Whatever was going on ends in a talk, a call back, a voicemail or hanging up."""
        if not hasattr(self, "call"):
            return
        if self.colleague is not None and self.colleague.state == "ringing":
            self.colleague.declines()
        elif self.colleague is not None:
            self.colleague.hang_up()
        self.board.line.waited = timedelta(hours=1)
        for _ in range(12):
            if self.call.state == "ended":
                break
            self.call.wait()
        assert self.call.state == "ended"
        assert self.line in CALLABLE
        for call in filter(None, (self.call, self.colleague)):
            for document in call.documents:
                ElementTree.fromstring(document)


@pytest.fixture(scope="module", autouse=True)
def machine_twilio() -> object:
    AnyLine.twilio.start()
    yield
    AnyLine.twilio.stop()


TestAnyLine = AnyLine.TestCase
TestAnyLine.settings = settings(
    max_examples=40,
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

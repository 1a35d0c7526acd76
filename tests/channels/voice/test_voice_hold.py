"""A talk that is put on hold and taken back: what both hear, and that nobody is lost between the two."""

from __future__ import annotations

import asyncio

import pytest

from core.errors import PermanentFailure
from core.line import Move, Standing
from tests.channels.voice.provider import URL
from tests.channels.voice.switchboard import Switchboard
from tests.channels.voice.test_voice_line import in_line, picked_up
from tests.fakes.twilio import FakeTwilio
from tests.fakes.twilio_call import FakeCall
from tests.fakes.twiml import checked


def talking(twilio: FakeTwilio, **changes: object) -> tuple[FakeCall, FakeCall, Switchboard]:
    """A caller and a colleague who speak."""
    call, board = in_line(twilio, **changes)  # type: ignore[arg-type]
    call.press("0")
    if changes.get("records_talks"):
        call.press("1")
    colleague = picked_up(twilio, board)
    colleague.press("1")
    assert call.state == colleague.state == "together"
    return call, colleague, board


def on_hold(twilio: FakeTwilio, **changes: object) -> tuple[FakeCall, FakeCall, Switchboard]:
    call, colleague, board = talking(twilio, **changes)
    assert board.line.hold(board.channel, colleague.sid, Move.HOLD)
    return call, colleague, board


def test_both_hear_that_the_caller_is_on_hold_and_speak_again(twilio: FakeTwilio) -> None:
    call, colleague, board = on_hold(twilio)
    assert (board.line.standing, call.queued is not None) == (Standing.HELD, True)
    assert call.heard[-1] == "You are on hold. One moment, please."
    assert colleague.heard[-1] == "The caller is on hold. Press 1 to speak with them again."
    assert colleague.state == "gather"
    call.wait()
    assert call.heard[-2:] == ["You are on hold. One moment, please."] * 2
    assert board.line.hold(board.channel, colleague.sid, Move.RESUME)
    assert call.state == colleague.state == "together"
    call.hang_up()
    assert (board.line.standing, colleague.state) == (Standing.TALKED, "ended")


def test_again_and_again_and_the_colleagues_end_is_the_end(twilio: FakeTwilio) -> None:
    call, colleague, board = on_hold(twilio)
    assert board.line.hold(board.channel, colleague.sid, Move.RESUME)
    assert board.line.hold(board.channel, colleague.sid, Move.HOLD)
    assert board.line.hold(board.channel, colleague.sid, Move.RESUME)
    assert not board.line.hold(board.channel, colleague.sid, Move.RESUME)
    assert call.state == colleague.state == "together"
    colleague.hang_up()
    assert (board.line.standing, call.state) == (Standing.TALKED, "ended")


def test_the_colleague_takes_them_back_by_a_key(twilio: FakeTwilio) -> None:
    call, colleague, board = on_hold(twilio)
    colleague.wait()
    colleague.press("5")
    assert (board.line.standing, colleague.state) == (Standing.HELD, "gather")
    colleague.press("1")
    assert (board.line.standing, call.state) == (Standing.TALKING, "together")


def test_music_plays_to_who_is_on_hold(twilio: FakeTwilio) -> None:
    call, _, _ = on_hold(twilio, hold_music="https://cdn.acme.example/wait.mp3")
    assert call.heard[-2:] == [
        "You are on hold. One moment, please.",
        "(music from https://cdn.acme.example/wait.mp3)",
    ]


def test_who_hangs_up_on_hold_has_talked_and_the_colleague_is_told(twilio: FakeTwilio) -> None:
    call, colleague, board = on_hold(twilio)
    call.hang_up()
    assert board.line.standing is Standing.TALKED
    colleague.wait()
    assert "no longer there" in colleague.heard[-1]
    assert colleague.state == "ended"


def test_whose_colleague_hangs_up_is_next_in_line(twilio: FakeTwilio) -> None:
    call, colleague, board = on_hold(twilio)
    colleague.hang_up()
    assert (board.line.standing, call.queued is not None) == (Standing.WAITING, True)
    call.wait()
    assert "You are next in line." in call.heard[-1]
    other = picked_up(twilio, board)
    other.press("1")
    assert call.state == other.state == "together"


def test_taken_back_before_the_caller_was_told_of_the_hold(twilio: FakeTwilio) -> None:
    """The two are parted by the taking back itself, and meet once more."""
    call, colleague, board = talking(twilio)
    board.line.stint += 1
    asyncio.run(board.channel.hold(colleague.sid, board.line.seen, URL))
    assert (board.line.standing, call.state) == (Standing.TALKING, "together")


def test_who_asks_what_goes_on_while_the_colleague_is_connected_stays(twilio: FakeTwilio) -> None:
    """Between the colleague's yes and the meeting the caller's call comes round once more."""
    call, board = in_line(twilio)
    call.press("0")
    assert board.line.ring(board.channel)
    board.line.standing = Standing.TALKING
    call.wait()
    assert (call.queued is not None, call.state) == (True, "pause")


def test_what_is_said_after_a_hold_is_recorded_too(twilio: FakeTwilio) -> None:
    _, colleague, board = on_hold(twilio, records_talks=True)
    assert board.line.hold(board.channel, colleague.sid, Move.RESUME)
    assert checked(colleague.documents[-1])[0].get("record") == "record-from-answer-dual"


# ---- who was called back ------------------------------------------------------------------------


def called_back(twilio: FakeTwilio, **changes: object) -> tuple[FakeCall, Switchboard]:
    """A customer who wants to be called back is called; the colleague's call, which has dialled them."""
    call, board = in_line(twilio, **changes)  # type: ignore[arg-type]
    call.press("0")
    if changes.get("records_talks"):
        call.press("1")
    call.press("1")
    colleague = picked_up(twilio, board)
    colleague.press("1")
    return colleague, board


def test_who_was_called_back_is_put_on_hold_and_taken_back(twilio: FakeTwilio) -> None:
    colleague, board = called_back(twilio, records_talks=True)
    colleague.is_picked_up()
    customer = colleague.child
    assert customer is not None
    assert board.line.hold(board.channel, colleague.sid, Move.HOLD)
    assert (board.line.standing, customer.queued is not None) == (Standing.HELD, True)
    assert customer.heard[-1] == "You are on hold. One moment, please."
    assert colleague.heard[-1] == "The caller is on hold. Press 1 to speak with them again."
    assert board.line.hold(board.channel, colleague.sid, Move.RESUME)
    assert (board.line.standing, customer.state) == (Standing.TALKING, "together")
    assert checked(colleague.documents[-1])[0].get("record") == "record-from-answer-dual"
    assert board.line.hold(board.channel, colleague.sid, Move.HOLD)
    colleague.press("1")
    assert customer.state == colleague.state == "together"
    customer.hang_up()
    assert (board.line.standing, colleague.state) == (Standing.TALKED, "ended")


def test_who_was_called_back_is_not_sent_away_by_a_colleague_who_hangs_up(
    twilio: FakeTwilio,
) -> None:
    colleague, board = called_back(twilio)
    colleague.is_picked_up()
    customer = colleague.child
    assert customer is not None
    assert board.line.hold(board.channel, colleague.sid, Move.HOLD)
    colleague.hang_up()
    assert (board.line.standing, customer.queued is not None) == (Standing.WAITING, True)
    customer.wait()
    assert "You are next in line." in customer.heard[-1]
    customer.hang_up()
    assert board.line.standing is Standing.GONE


def test_whose_telephone_still_rings_cannot_be_held(twilio: FakeTwilio) -> None:
    colleague, board = called_back(twilio)
    assert colleague.state == "dialling"
    with pytest.raises(PermanentFailure, match="picked up"):
        asyncio.run(board.channel.far_end(colleague.sid))

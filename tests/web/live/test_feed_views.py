"""What viewers of the feed keep: never more than a bounded heap, whoever is slow."""

from __future__ import annotations

from uuid import uuid4

from web.feed import HINTS, QUEUE, ConversationView, Happening, HouseView


async def test_a_slow_desk_is_given_up_rather_than_piled_up() -> None:
    view = HouseView()
    for _ in range(QUEUE):
        view.hand(Happening({}))
    assert not view.is_lost
    view.hand(Happening({}))
    assert view.is_lost
    assert len(view.queue) == QUEUE
    assert view.news.is_set()


async def test_fleeting_signs_fall_out_of_a_slow_conversation() -> None:
    view = ConversationView(uuid4())
    view.hints.extend({"number": number} for number in range(HINTS + 5))
    assert [hint["number"] for hint in view.hints] == list(range(5, HINTS + 5))

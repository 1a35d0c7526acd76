"""How it was, asked by Meta's choices, pressed while a colleague speaks again."""

from __future__ import annotations

import pytest

from bot import desk
from store.models import Ticket
from tests.channels.asked import resolve, scripted, work
from tests.channels.graph.conftest import Office


@pytest.mark.parametrize("office", ["whatsapp", "messenger", "instagram"], indirect=True)
def test_a_choice_pressed_while_a_colleague_speaks(office: Office) -> None:
    house, other, dialogue, graph = (
        office.company.house,
        office.company.other,
        scripted(),
        office.graph,
    )
    ann, product = office.ann, office.product
    office.take(graph.say(product, ann, "a person please"))
    work(house, dialogue)
    number = resolve(house, other).number
    work(house, dialogue)
    office.take(graph.say(product, ann, "it is still broken"))
    work(house, dialogue)
    desk.reply(house, other, number, "How many are missing?")
    desk.wait(house, other, number)
    work(house, dialogue)
    office.take(graph.choose(product, ann, 2))
    work(house, dialogue)
    ticket = Ticket.objects.get()
    assert (ticket.rating, ticket.status) == (2, Ticket.Status.PENDING)

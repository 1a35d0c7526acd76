"""How it was, asked in Slack by buttons, pressed while a colleague speaks again."""

from __future__ import annotations

from bot import desk
from store.models import Ticket
from tests.channels.asked import resolve, scripted, work
from tests.channels.slack.conftest import Office
from tests.fakes.slack import ANN


def test_a_button_pressed_while_a_colleague_speaks(office: Office) -> None:
    house, other, dialogue, slack = (
        office.company.house,
        office.company.other,
        scripted(),
        office.slack,
    )
    place = slack.direct(ANN)
    office.take(*slack.say(ANN, place, "a person please"))
    work(house, dialogue)
    number = resolve(house, other).number
    work(house, dialogue)
    card = next(
        one
        for one in reversed(slack.messages[place])
        if any(block["type"] == "actions" for block in one.get("blocks", ()))
    )
    office.take(*slack.say(ANN, place, "it is still broken"))
    work(house, dialogue)
    desk.reply(house, other, number, "How many are missing?")
    desk.wait(house, other, number)
    work(house, dialogue)
    office.take(*slack.press(ANN, place, card["ts"], 5))
    work(house, dialogue)
    ticket = Ticket.objects.get()
    assert (ticket.rating, ticket.status) == (5, Ticket.Status.PENDING)

"""How it was, asked in Telegram by buttons, pressed while a colleague speaks again and long after."""

from __future__ import annotations

from bot import desk
from bot.survey import CHANGES
from core.rating import stars
from store.models import Ticket
from tests.channels.asked import resolve, scripted, work
from tests.channels.telegram.conftest import Office
from tests.company import StandingClock
from tests.fakes.telegram import ANN


def test_a_card_pressed_while_a_colleague_speaks_and_late(
    office: Office, clock: StandingClock
) -> None:
    house, other, dialogue, telegram = (
        office.company.house,
        office.company.other,
        scripted(),
        office.telegram,
    )
    office.take(telegram.say(ANN, ANN, "a person please"))
    work(house, dialogue)
    number = resolve(house, other).number
    work(house, dialogue)
    card = telegram.messages[ANN][-1]
    titles = [item["text"] for row in card["reply_markup"]["inline_keyboard"] for item in row]
    assert titles == ["Very bad", "Bad", "All right", "Good", "Very good"]
    first = telegram.press(ANN, ANN, card["message_id"], 2)
    again = telegram.press(ANN, ANN, card["message_id"], 4)
    office.take(telegram.say(ANN, ANN, "it is still broken"))
    work(house, dialogue)
    desk.reply(house, other, number, "How many are missing?")
    desk.wait(house, other, number)
    work(house, dialogue)
    office.take(first)
    work(house, dialogue)
    ticket = Ticket.objects.get()
    assert (ticket.rating, ticket.status) == (2, Ticket.Status.PENDING)
    said = len(telegram.messages[ANN])
    assert telegram.messages[ANN][-1]["text"] == "Thank you for telling us."
    clock.now += CHANGES
    clock.advance(minutes=1)
    office.take(again)
    work(house, dialogue)
    ticket = Ticket.objects.get()
    assert (ticket.rating, ticket.status) == (2, Ticket.Status.PENDING)
    assert len(telegram.messages[ANN]) == said
    assert office.texts()[0][-1] == stars(4)

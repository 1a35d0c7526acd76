"""How it was, asked in Teams by a card: once, answered by a press also after a second resolve, with the reason behind it."""

from __future__ import annotations

from bot import desk
from core.message import AddressKind
from store.models import Address, Survey, Ticket
from tests.channels.asked import WHY, comment, questions, resolve, scripted, work
from tests.channels.teams.conftest import Office
from tests.fakes.teams import ANN, PERSONAL, choices_of

RATINGS = ["Very bad", "Bad", "All right", "Good", "Very good"]


def cards(office: Office) -> list[list[str]]:
    """The choices of each card that Ann has."""
    shown = [choices_of(one) for one in office.teams.messages.get(PERSONAL, [])]
    return [[action["title"] for action in one] for one in shown if one]


def test_one_card_is_pressed_after_the_second_resolve(office: Office) -> None:
    house, other, dialogue = office.company.house, office.company.other, scripted()
    office.take(office.teams.say(ANN, PERSONAL, "a person please"))
    work(house, dialogue)
    resolve(house, other)
    work(house, dialogue)
    assert cards(office) == [RATINGS]
    office.take(office.teams.say(ANN, PERSONAL, "it is still broken"))
    work(house, dialogue)
    assert Ticket.objects.get().status == Ticket.Status.OPEN
    resolve(house, other)
    work(house, dialogue)
    assert (cards(office), questions()) == ([RATINGS], 1), "asked once"
    office.take(office.teams.press(ANN, PERSONAL, 4))
    work(house, dialogue)
    ticket = Ticket.objects.get()
    assert (ticket.rating, ticket.status) == (4, Ticket.Status.RESOLVED)
    assert "/survey/" in office.teams.messages[PERSONAL][-1]["text"]
    office.take(office.teams.say(ANN, PERSONAL, WHY))
    work(house, dialogue)
    assert (comment(house), Ticket.objects.get().status) == (WHY, Ticket.Status.RESOLVED)
    office.take(office.teams.press(ANN, PERSONAL, 5))
    work(house, dialogue)
    assert (Ticket.objects.get().rating, comment(house)) == (5, WHY), "pressed anew"


def test_a_card_pressed_while_a_colleague_speaks(office: Office) -> None:
    house, other, dialogue = office.company.house, office.company.other, scripted()
    office.take(office.teams.say(ANN, PERSONAL, "a person please"))
    work(house, dialogue)
    number = resolve(house, other).number
    work(house, dialogue)
    office.take(office.teams.say(ANN, PERSONAL, "it is still broken"))
    work(house, dialogue)
    desk.reply(house, other, number, "How many are missing?")
    desk.wait(house, other, number)
    work(house, dialogue)
    office.take(office.teams.press(ANN, PERSONAL, 2))
    work(house, dialogue)
    ticket = Ticket.objects.get()
    assert (ticket.rating, ticket.status) == (2, Ticket.Status.PENDING)
    assert office.teams.messages[PERSONAL][-1]["text"] == "Thank you for telling us."


def test_who_wants_nothing_there_gets_no_card_at_either(office: Office) -> None:
    house, other, dialogue = office.company.house, office.company.other, scripted()
    office.take(office.teams.say(ANN, PERSONAL, "a person please"))
    work(house, dialogue)
    address = Address.objects.get(kind=AddressKind.TEAMS)
    Address.objects.filter(id=address.id).update(refuses=[str(office.inbox.id)])
    number = resolve(house, other).number
    desk.reopen(house, other, number)
    desk.resolve(house, other, number)
    work(house, dialogue)
    assert (cards(office), questions(), Survey.objects.count()) == ([], 0, 0)

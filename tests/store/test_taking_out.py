"""One mail of a thread becomes a ticket of its own: what answers it follows it, nothing is lost, and it can be taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from bot import desk, merging
from bot.handoff import packet_of, to_triage
from bot.receive import receive
from bot.reply import Outcome, finish_turn
from core.errors import Conflict, NotFound
from core.ids import ThreadKey
from core.message import Attached, Inbound
from store.bodies import open_body
from store.models import Attachment, Conversation, Event, Message, QueueEntry, Ticket
from store.turns import claim
from tests.company import Company, StandingClock, Writer
from tests.store.test_customers import a_ticket

MAYA = "maya@customers.example"


def a_mail(text: str, answers: str = "", files: tuple[Attached, ...] = ()) -> Inbound:
    """As the channel of mail reads one; `answers`: the id of another."""
    own = f"{uuid4().hex}@customers.example"
    keys = (f"<{answers}>",) if answers else ()
    written = Writer(MAYA).mail(text, thread_keys=keys, attachments=files)
    return replace(written, own_keys=(ThreadKey(f"<{own}>"),), extra={"message_id": own})


def arrives(company: Company, mail: Inbound) -> Message:
    got = receive(company.house, company.mail, [mail])[0]
    return Message.objects.get(id=got.message)


@pytest.fixture
def thread(company: Company) -> tuple[int, str]:
    """A ticket of a mail, and the mail's id."""
    number = a_ticket(company, MAYA)
    row = Conversation.objects.get(ticket__number=number)
    key = f"{uuid4().hex}@customers.example"
    again = replace(a_mail("Any news?"), thread_keys=(ThreadKey(f"ticket:{number}"),))
    first = arrives(company, replace(again, own_keys=(ThreadKey(f"<{key}>"),)))
    assert first.conversation_id == row.id
    return number, key


def test_a_mail_becomes_a_ticket_with_what_answers_it(
    company: Company, thread: tuple[int, str], clock: StandingClock
) -> None:
    number, key = thread
    other = a_mail("By the way, my invoice is wrong", key, (Attached("bill.txt", "text/plain", b"12 EUR"),))  # fmt: skip
    mail = arrives(company, other)
    clock.advance(minutes=3)
    made = merging.take_out(company.house, company.agent, number, str(mail.id))
    ticket, apart = Ticket.objects.get(number=made), Conversation.objects.get(ticket__number=made)
    assert (ticket.team, ticket.priority) == (company.triage, Ticket.objects.get(number=number).priority)  # fmt: skip
    assert QueueEntry.objects.filter(ticket=ticket).exists()
    copy = Message.objects.get(conversation=apart, author=Message.Author.CUSTOMER)
    assert open_body(company.house.vault, copy).text == "By the way, my invoice is wrong"
    assert list(Attachment.objects.filter(message=copy).values_list("media_type", flat=True)) == ["text/plain"]  # fmt: skip
    assert Message.objects.filter(id=mail.id, conversation__ticket__number=number).exists(), "it stays"  # fmt: skip
    told = Event.objects.get(kind="message_taken_out")
    assert told.data == {"ticket": number, "into": made, "seq": mail.seq}
    message_id = open_body(company.house.vault, mail).extra["message_id"]
    assert arrives(company, a_mail("The invoice, again", message_id)).conversation_id == apart.id
    assert arrives(company, a_mail("The parcel, again", key)).conversation_id != apart.id
    with pytest.raises(Conflict, match="already: ticket"):
        merging.take_out(company.house, company.agent, number, str(mail.id))


def test_merging_it_back_takes_it_back(company: Company, thread: tuple[int, str]) -> None:
    number, key = thread
    mail = arrives(company, a_mail("My invoice is wrong", key))
    made = merging.take_out(company.house, company.agent, number, str(mail.id))
    merging.merge(company.house, company.agent, made, number)
    message_id = open_body(company.house.vault, mail).extra["message_id"]
    row = Conversation.objects.get(ticket__number=number)
    assert arrives(company, a_mail("One after all", message_id)).conversation_id == row.id


def test_only_a_mail_of_the_customer_in_this_thread_is_taken_out(
    company: Company, thread: tuple[int, str]
) -> None:
    number, _ = thread
    first = Message.objects.filter(author=Message.Author.CUSTOMER).order_by("accepted_at", "seq")[0]
    desk.take(company.house, company.agent, number)
    desk.reply(company.house, company.agent, number, "We look into it.")
    ours = Message.objects.get(author=Message.Author.AGENT)
    for other in (ours.id, uuid4(), "nonsense"):
        with pytest.raises(NotFound):
            merging.take_out(company.house, company.agent, number, str(other))
    with pytest.raises(Conflict, match="Only a mail"):
        merging.take_out(company.house, company.agent, number, str(first.id))
    lone = arrives(company, a_mail("Something new"))
    second = a_lone_ticket(company, lone.conversation_id)
    with pytest.raises(Conflict, match="nothing to part"):
        merging.take_out(company.house, company.agent, second, str(lone.id))


def a_lone_ticket(company: Company, conversation: UUID) -> int:
    found = claim(company.house.vault, "w", timedelta(seconds=30), 5, company.house.clock())
    got = next(one for one in found if one.conversation == conversation)
    packet = packet_of(got, None, None, {"reason": "bot_failed"})
    number = finish_turn(company.house, got, Outcome(routed=to_triage("a test"), packet=packet))
    assert number is not None
    return number

"""A side conversation of a ticket: asked by its agent through the mailbox, answered with a file, and a word that could not be sent."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

from bot import asides
from bot.asides import Question
from bot.house import House
from bot.receive import receive
from core.ids import ExternalId, ThreadKey
from core.message import AddressKind, Attached, Inbound, Sender, Verified
from store.aside_post import aside_failed
from store.models import Aside, Inbox, User

SUPPLIER = "parts@supplier.example"


@dataclass(frozen=True)
class Beside:
    """`answer` has one file; `failed` was not delivered."""

    aside: UUID
    answer: UUID
    failed: UUID


def asked(house: House, user: User, number: int, subject: str = "Seal S-9") -> UUID:
    """Asked through the mailbox, not sent yet."""
    question = Question("mail", f"Parts desk <{SUPPLIER}>", subject, "Do you have seal S-9?")
    return asides.ask(house, user, number, question)


def answers(house: House, aside: UUID, text: str = "Yes, three of them.") -> None:
    """What the supplier answers, to the signed address."""
    inbound = Inbound(
        external_id=ExternalId(uuid4().hex),
        sender=Sender(AddressKind.EMAIL, SUPPLIER, Verified.NO, "Parts desk"),
        text=text,
        at=house.clock(),
        thread_keys=(ThreadKey(f"conversation:{aside}"),),
        claims_conversation=True,
        attachments=(Attached("offer.pdf", "application/pdf", b"%PDF an offer"),),
    )
    receive(house, Inbox.objects.get(slug="mail"), [inbound])


def beside(house: House, user: User, number: int) -> Beside:
    """The one of this ticket, made when it is first asked for."""
    row = Aside.objects.filter(ticket__number=number).first()
    if row is None:
        aside = asked(house, user, number)
        answers(house, aside)
        failed = asides.say(house, user, number, aside, "Please hurry")
        aside_failed(failed, "failed", "no such recipient", house.clock())
        row = Aside.objects.get(id=aside)
    answer = row.messages.get(user=None)
    return Beside(row.id, answer.id, row.messages.get(state="failed").id)

"""Side conversations: sent once, answered beside the ticket and never in the customer's sight, within the ticket's scope."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email.utils import parseaddr
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest

from bot import asides, desk
from bot.aside_post import send_aside
from bot.asides import Question
from bot.handoff import packet_of
from bot.house import House
from bot.notices import send_notice
from bot.receive import receive
from bot.reply import Outcome, finish_turn
from channels.contract import Capabilities
from core.aside import AsideShown
from core.decision import Priority, Routed
from core.errors import MalformedPayload, NotAllowed, NotFound, PermanentFailure, TemporaryFailure
from core.message import AddressKind, Attached, Delivery, Report, Sender, Verified
from store.events import public_after
from store.models import (
    Address,
    Aside,
    AsideMessage,
    AuditEntry,
    Conversation,
    Event,
    Job,
    Message,
    Notice,
    OutboxRow,
    Ticket,
)
from store.turns import claim
from tests.company import Company, FindingChannel, ScriptedChannel, Writer

pytestmark = pytest.mark.usefixtures("in_this_thread")

SUPPLIER = "parts@supplier.example"


class Asking(ScriptedChannel):
    """The scripted mailbox, through which others can be asked."""

    most_asked = 3
    can: ClassVar[Capabilities] = replace(ScriptedChannel.can, attachment_bytes=1024 * 1024)

    def asked(self, typed: str) -> Sender | None:
        name, value = parseaddr(typed)
        return Sender(AddressKind.EMAIL, value.lower(), Verified.NO, name) if "@" in value else None


class AskingAndFinding(Asking, FindingChannel):
    """The same, where an earlier attempt can be looked up."""


class Beside:
    """A company with one ticket of Maya's, worked by its agent."""

    def __init__(self, company: Company, channel: Asking) -> None:
        self.company, self.channel = company, channel
        own = company.house.channel_of
        self.house: House = replace(
            company.house,
            channel_of=lambda inbox: channel if inbox.slug == "scripted" else own(inbox),  # type: ignore[arg-type,return-value]
        )
        self.maya = Writer()
        receive(self.house, company.mail, [self.maya.mail("My boiler E-77 leaks. Please help.")])
        (claimed,) = claim(self.house.vault, "test", timedelta(minutes=1), 10, self.house.clock())
        routed = Routed("device", Priority.HIGH, "orders", confidence=0.9)
        packet = packet_of(claimed, None, None, {"reason": "asked_for_person"})
        finish_turn(self.house, claimed, Outcome(routed=routed, packet=packet))
        self.ticket = Ticket.objects.get()
        desk.take(self.house, company.other, self.ticket.number)
        OutboxRow.objects.all().delete()
        self.channel.taken.clear()

    def ask(self, to: str = SUPPLIER, text: str = "Do you have seal S-9?", **more: Any) -> UUID:
        question = Question("scripted", to, more.pop("subject", "Seal S-9"), text, **more)
        return asides.ask(self.house, self.company.other, self.ticket.number, question)

    async def goes_out(self) -> None:
        """What a worker does: each job once."""
        for job in list(Job.objects.filter(kind="send_aside", state=Job.State.WAITING)):
            await send_aside(self.house, job.payload)
            job.state = Job.State.DONE
            job.save()

    def comes(self, text: str, keys: tuple[str, ...], **more: Any) -> None:
        writer = Writer(more.pop("sender", SUPPLIER))
        receive(self.house, self.company.mail, [writer.mail(text, thread_keys=keys, **more)])

    @property
    def shown(self) -> AsideShown:
        (one,) = asides.shown_to(self.house, self.company.other, self.ticket.number)
        return one

    def kinds(self) -> list[str]:
        rows = Event.objects.filter(conversation=self.ticket.conversation, kind__startswith="aside")
        return list(rows.order_by("seq").values_list("kind", flat=True))


@pytest.fixture
def beside(company: Company) -> Beside:
    return Beside(company, Asking())


async def test_a_supplier_is_asked_and_answers_beside_the_ticket(beside: Beside) -> None:
    aside = beside.ask("Parts desk <parts@supplier.example>, boss@supplier.example")
    await beside.goes_out()
    (sent,) = beside.channel.taken
    assert (sent.to.value, [one.value for one in sent.also]) == (
        SUPPLIER,
        ["boss@supplier.example"],
    )
    assert sent.extra["conversation"] == str(aside), "its reply address names the aside"
    assert "ticket" not in sent.extra
    assert not sent.is_automatic
    assert "boiler" not in sent.text, "nothing of the thread goes along unless it is chosen"
    said = Message.objects.count()
    beside.comes("Yes, 3 of them.", (f"conversation:{aside}",), claims=True)
    shown = beside.shown
    assert [(one.is_ours, one.text, one.state) for one in shown.said] == [
        (True, "Do you have seal S-9?", "sent"),
        (False, "Yes, 3 of them.", "came"),
    ]
    assert shown.is_unread
    assert SUPPLIER in shown.said[1].who
    assert Message.objects.count() == said, "it is no message of any conversation"
    assert Conversation.objects.count() == 1
    assert beside.kinds() == ["aside_opened", "aside_changed", "aside_answered"]
    asides.seen(beside.house, beside.company.other, beside.ticket.number, aside)
    assert not beside.shown.is_unread


async def test_the_customer_sees_none_of_it(beside: Beside) -> None:
    aside = beside.ask()
    await beside.goes_out()
    beside.comes("We charge 4 euros for it.", (f"conversation:{aside}",), claims=True)
    row = beside.ticket.conversation
    told = public_after(beside.house.vault, row.id, 0)
    assert told
    assert not [one for one in told if "aside" in str(one.data)]
    assert not Event.objects.filter(kind__startswith="aside", public_seq__isnull=False).exists()
    seen = " ".join(str(one.data) for one in told)
    assert "boiler" in seen
    for word in ("seal", "euros", "supplier"):
        assert word not in seen
    assert not OutboxRow.objects.exists(), "and nothing of it is in line to them"


async def test_an_answer_is_known_by_our_message_only_from_who_was_asked(beside: Beside) -> None:
    beside.ask()
    await beside.goes_out()
    (sent,) = beside.channel.taken
    beside.comes("From another address", (f"out-{sent.key}",), sender="else@stranger.example")
    assert Conversation.objects.count() == 2, (
        "a stranger who repeats an id begins a request of their own"
    )
    beside.comes("Yes", (f"out-{sent.key}",))
    assert [one.text for one in beside.shown.said] == ["Do you have seal S-9?", "Yes"]
    beside.comes("And the invoice", ("unknown", *_own_keys(beside)))
    assert [one.text for one in beside.shown.said][-1] == "And the invoice"


def _own_keys(beside: Beside) -> tuple[str, ...]:
    """The keys of what the supplier wrote, by which their next mail refers to it."""
    from store.models import AsideKey

    address = beside.ticket.conversation.address
    rows = AsideKey.objects.all()
    return tuple(
        beside.house.vault.open(
            address.key_wrapped, address.id, f"aside.key:{row.aside_id}", bytes(row.key_cipher)
        ).decode()
        for row in rows
    )


async def test_what_comes_twice_is_kept_once(beside: Beside) -> None:
    aside = beside.ask()
    for _ in range(2):
        beside.comes("Yes", (f"conversation:{aside}",), claims=True, external_id="same")
    assert [one.text for one in beside.shown.said if not one.is_ours] == ["Yes"]


async def test_machines_are_kept_and_never_answered(beside: Beside) -> None:
    aside = beside.ask()
    await beside.goes_out()
    jobs = Job.objects.count()
    keys = (f"conversation:{aside}",)
    beside.comes("I am out of office.", keys, claims=True, is_automatic=True)
    assert beside.shown.said[-1].is_automatic
    assert not beside.shown.is_unread
    assert Job.objects.count() == jobs
    assert not OutboxRow.objects.exists()
    assert len(beside.channel.taken) == 1


async def test_only_chosen_messages_are_quoted(beside: Beside) -> None:
    offered = asides.quotable(beside.house, beside.company.other, beside.ticket.number)
    (seq,) = [seq for seq, _, text in offered if "boiler" in text]
    beside.ask(quote=[seq])
    await beside.goes_out()
    assert "> My boiler E-77 leaks." in beside.channel.taken[0].text
    note = desk.note(beside.house, beside.company.other, beside.ticket.number, "He is angry.")
    hidden = Event.objects.get(message=note).seq
    with pytest.raises(MalformedPayload):
        beside.ask(quote=[hidden])


async def test_who_may_not_see_the_ticket_sees_and_does_nothing(beside: Beside) -> None:
    aside, number = beside.ask(), beside.ticket.number
    stranger, house = beside.company.agent, beside.house
    with pytest.raises(NotFound):
        asides.shown_to(house, stranger, number)
    with pytest.raises(NotFound):
        asides.say(house, stranger, number, aside, "Hello")
    with pytest.raises(NotFound):
        asides.seen(house, stranger, number, aside)
    with pytest.raises(NotFound):
        asides.settle(house, stranger, number, aside, True)
    with pytest.raises(NotFound):
        asides.ask(house, stranger, number, Question("scripted", SUPPLIER, "x", "y"))
    assert AsideMessage.objects.count() == 1


async def test_the_customer_is_never_asked(beside: Beside) -> None:
    with pytest.raises(NotAllowed):
        beside.ask("Maya <MAYA@customers.example>")
    with pytest.raises(NotAllowed):
        beside.ask(f"{SUPPLIER}, maya@customers.example")
    for wrong in ("", "nobody", "a@b.example, c@d.example, e@f.example, g@h.example"):
        with pytest.raises(MalformedPayload):
            beside.ask(wrong)
    with pytest.raises(MalformedPayload):
        beside.ask(subject=" ")
    assert not Aside.objects.exists()


async def test_an_erased_customer_takes_it_all_along(beside: Beside) -> None:
    aside = beside.ask()
    await beside.goes_out()
    beside.comes("Maya Ruiz of Elm Road, yes", (f"conversation:{aside}",), claims=True)
    Address.objects.filter(id=beside.ticket.conversation.address_id).update(key_wrapped=None)
    beside.comes("Still about Maya Ruiz", (f"conversation:{aside}",), claims=True)
    shown = beside.shown
    assert shown.subject == ""
    assert shown.to == ()
    assert all(one.is_erased and not one.text for one in shown.said)
    assert len(shown.said) == 3


async def test_a_ticket_put_aside_comes_back_and_who_asked_is_told(beside: Beside) -> None:
    mail, house = beside.company.mail, beside.house
    later = house.clock() + timedelta(days=2)
    desk.snooze(house, beside.company.other, beside.ticket.number, later)
    aside = beside.ask()
    await beside.goes_out()
    beside.channel.taken.clear()
    beside.comes("Yes", (f"conversation:{aside}",), claims=True)
    beside.comes("And more", (f"conversation:{aside}",), claims=True)
    assert Ticket.objects.get().snoozed_until is None
    notice = Notice.objects.get(kind="aside")
    assert (notice.user, notice.inbox) == (beside.company.other, mail)
    await send_notice(house, {"notice": str(notice.id)})
    assert "Yes" not in beside.channel.taken[0].text, "nobody's words are in a notice"
    beside.comes("Third", (f"conversation:{aside}",), claims=True)
    asides.seen(house, beside.company.other, beside.ticket.number, aside)
    again = Notice.objects.get(kind="aside", state=Notice.State.WAITING)
    await send_notice(house, {"notice": str(again.id)})
    assert len(beside.channel.taken) == 1, "who has read it at the desk is not told"


async def test_what_cannot_be_sent_says_so_and_goes_again(beside: Beside) -> None:
    aside = beside.ask()
    beside.channel.script.append(PermanentFailure("no such recipient"))
    await beside.goes_out()
    (said,) = beside.shown.said
    assert (said.state, said.problem) == ("failed", "no such recipient")
    number = beside.ticket.number
    asides.send_again(beside.house, beside.company.other, number, aside, said.id)
    await beside.goes_out()
    assert beside.shown.said[0].state == "sent"
    with pytest.raises(NotFound):
        asides.send_again(beside.house, beside.company.other, number, aside, said.id)


async def test_a_bounce_stands_at_the_message(beside: Beside) -> None:
    aside = beside.ask()
    await beside.goes_out()
    report = Report(
        Delivery.FAILED,
        provider_id=f"sent-{beside.channel.taken[0].key}",
        problem="no such mailbox",
    )
    beside.comes(
        "Undelivered", (), sender="mailer-daemon@mx.example", is_automatic=True, reports=(report,)
    )
    (said,) = beside.shown.said
    assert (said.state, said.problem) == ("failed", "no such mailbox")
    assert Conversation.objects.count() == 1
    assert aside == beside.shown.id


async def test_nobody_is_asked_twice_when_it_is_not_known_whether_it_arrived(
    company: Company,
) -> None:
    beside = Beside(company, Asking())
    beside.ask()
    beside.channel.script.append(TemporaryFailure("silence", certain=False))
    await beside.goes_out()
    assert beside.shown.said[0].state == "unknown"
    assert len(beside.channel.attempts) == 1


async def test_where_it_can_be_looked_up_it_is(company: Company) -> None:
    beside = Beside(company, AskingAndFinding())
    beside.ask()
    beside.channel.script.append(TemporaryFailure("silence", certain=False))
    with pytest.raises(TemporaryFailure):
        await beside.goes_out()
    await beside.goes_out()
    assert beside.shown.said[0].state == "sent"
    assert len(beside.channel.attempts) == 1


async def test_after_so_many_tries_people_are_told(beside: Beside) -> None:
    beside.ask()
    beside.channel.script.extend(TemporaryFailure("busy") for _ in range(6))
    for _ in range(5):
        with pytest.raises(TemporaryFailure):
            await beside.goes_out()
    await beside.goes_out()
    assert beside.shown.said[0].state == "failed"


async def test_files_of_an_answer_are_downloads_of_those_who_see_the_ticket(beside: Beside) -> None:
    aside, number, house = beside.ask(), beside.ticket.number, beside.house
    file = Attached("offer.pdf", "application/pdf", b"%PDF an offer")
    beside.comes("Our offer", (f"conversation:{aside}",), claims=True, attachments=(file,))
    said = beside.shown.said[-1]
    assert [(one.name, one.size) for one in said.files] == [("offer.pdf", 13)]
    found = asides.opened_file(house, beside.company.other, number, aside, said.id, 0)
    assert found == ("offer.pdf", b"%PDF an offer")
    for user, message, place in (
        (beside.company.agent, said.id, 0),
        (beside.company.other, said.id, 1),
        (beside.company.other, uuid4(), 0),
    ):
        with pytest.raises(NotFound):
            asides.opened_file(house, user, number, aside, message, place)


async def test_each_deed_leaves_an_entry_without_words(beside: Beside) -> None:
    aside, number = beside.ask(), beside.ticket.number
    asides.say(beside.house, beside.company.other, number, aside, "Please hurry")
    asides.settle(beside.house, beside.company.other, number, aside, True)
    assert beside.shown.state == "done"
    beside.comes("Here it is", (f"conversation:{aside}",), claims=True)
    assert beside.shown.state == "open", "an answer opens it again"
    rows = AuditEntry.objects.filter(action__startswith="ticket.aside").order_by("id")
    assert [row.action for row in rows] == [
        "ticket.aside_open",
        "ticket.aside_say",
        "ticket.aside_done",
    ]
    for row in rows:
        place = AuditEntry.objects.filter(id__lte=row.id).count()
        details = beside.house.vault.open_own(f"audit.details:{place}", bytes(row.details_cipher))
        assert b"supplier" not in details
        assert b"hurry" not in details

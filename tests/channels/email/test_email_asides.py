"""A supplier asked by mail over real servers: their answer comes back beside the ticket, by our signed address or our Message-ID."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from bot import asides
from bot.aside_post import send_aside
from bot.asides import Question
from bot.company import make_inbox
from bot.handoff import packet_of
from bot.receive import receive
from bot.reply import Outcome, finish_turn
from bot.replying import kept
from core.decision import Priority, Routed
from core.errors import MalformedPayload
from core.message import Attached, Inbound
from store.models import Conversation, Inbox, Job, Ticket
from store.turns import claim
from tests.channels.email.provider import REPLY_SECRET, arrived, email_settings, mail
from tests.company import Company, Writer
from tests.fakes.mail import MailServers, Sent

pytestmark = pytest.mark.usefixtures("in_this_thread")


@pytest.fixture
def ticket(company: Company) -> Ticket:
    """Maya's, with people; she wrote to the scripted mailbox."""
    receive(company.house, company.mail, [Writer().mail("My boiler leaks.")])
    (claimed,) = claim(company.house.vault, "test", timedelta(minutes=1), 10, company.house.clock())
    routed = Routed("device", Priority.HIGH, "care", confidence=0.9)
    packet = packet_of(claimed, None, None, {"reason": "asked_for_person"})
    finish_turn(company.house, claimed, Outcome(routed=routed, packet=packet))
    return Ticket.objects.get()


@pytest.fixture
def box(company: Company, servers: MailServers) -> Inbox:
    """A real mailbox of the brand, with an address of its own."""
    address = f"box-{uuid4().hex[:12]}@acme.example"
    settings = email_settings(servers, address=address, imap_user=address, smtp_seconds=30)
    plain = settings.model_dump(mode="json", exclude_none=True)
    plain |= {"imap_password": servers.password, "reply_secret": REPLY_SECRET}
    plain.pop("previous_reply_secret")
    return make_inbox(company.house, company.brand, "box", "Box", "email", plain)


async def _ask(company: Company, ticket: Ticket, servers: MailServers, to: str) -> Sent:
    question = Question("box", to, "Seal S-9", "Do you have one?")
    asides.ask(company.house, company.agent, ticket.number, question)
    job = Job.objects.get(kind="send_aside")
    await send_aside(company.house, job.payload)
    return servers.sent()[-1]


def _answer(box: Inbox, company: Company, text: str, **headers: str) -> list[Inbound]:
    return company.house.channel_of(box).parse(arrived(mail(text, **headers)))


async def test_it_is_sent_once_to_all_and_answered_by_its_address(
    company: Company, ticket: Ticket, box: Inbox, servers: MailServers
) -> None:
    name = uuid4().hex[:8]
    one, other = f"parts-{name}@supplier.example", f"boss-{name}@supplier.example"
    sent = await _ask(company, ticket, servers, f"Parts desk <{one}>; {other}")
    message = sent.message
    assert sorted(sent.recipients) == sorted([one, other])
    assert (message["To"], message["Cc"]) == (f"Parts desk <{one}>", other)
    assert message["Subject"] == "Seal S-9"
    assert message["Auto-Submitted"] is None
    assert "+" in message["Reply-To"]
    assert str(ticket.number) not in message["Subject"]
    reply_to = str(message["Reply-To"].addresses[0].addr_spec)
    inbounds = _answer(
        box,
        company,
        "Yes, three.",
        From="warehouse@elsewhere.example",
        To=reply_to,
        Message_ID="<a1@x.example>",
    )
    receive(company.house, box, inbounds)
    (shown,) = asides.shown_to(company.house, company.agent, ticket.number)
    assert [said.text for said in shown.said] == ["Do you have one?", "Yes, three."]
    assert "warehouse@elsewhere.example" in shown.said[1].who
    assert Conversation.objects.count() == 1


async def test_it_is_answered_by_its_message_id_from_who_was_asked(
    company: Company, ticket: Ticket, box: Inbox, servers: MailServers
) -> None:
    supplier = f"parts-{uuid4().hex[:8]}@supplier.example"
    sent = await _ask(company, ticket, servers, supplier)
    address = company.house.channel_of(box).settings.address  # type: ignore[attr-defined]
    headers = {"To": address, "In_Reply_To": str(sent.message["Message-ID"])}
    inbounds = _answer(box, company, "Yes.", From=supplier, Message_ID="<b1@x.example>", **headers)
    receive(company.house, box, inbounds)
    (shown,) = asides.shown_to(company.house, company.agent, ticket.number)
    assert [said.text for said in shown.said] == ["Do you have one?", "Yes."]
    asides.say(company.house, company.agent, ticket.number, shown.id, "Send two, please.")
    for job in Job.objects.filter(kind="send_aside"):
        await send_aside(company.house, job.payload)
    again = servers.sent()[-1].message
    assert again["In-Reply-To"] == "<b1@x.example>"
    assert str(sent.message["Message-ID"]) in again["References"]
    assert again["Message-ID"] != sent.message["Message-ID"]


async def test_our_own_mailbox_is_never_asked(
    company: Company, ticket: Ticket, box: Inbox, servers: MailServers
) -> None:
    address = company.house.channel_of(box).settings.address  # type: ignore[attr-defined]
    for typed in (address, address.upper(), "no address"):
        question = Question("box", typed, "Seal", "Have you one?")
        with pytest.raises(MalformedPayload):
            asides.ask(company.house, company.agent, ticket.number, question)


async def test_files_go_in_the_mail(
    company: Company, ticket: Ticket, box: Inbox, servers: MailServers
) -> None:
    files = kept(company.house, [Attached("seal.png", "image/png", b"a picture of the seal")])
    to = f"parts-{uuid4().hex[:8]}@supplier.example"
    question = Question("box", to, "Seal S-9", "Do you have this one?", files=files)
    asides.ask(company.house, company.agent, ticket.number, question)
    await send_aside(company.house, Job.objects.get(kind="send_aside").payload)
    (sent,) = [one for one in servers.sent() if to in one.recipients]
    (part,) = sent.message.iter_attachments()
    assert (part.get_filename(), part.get_content_type()) == ("seal.png", "image/png")
    assert part.get_payload(decode=True) == b"a picture of the seal"

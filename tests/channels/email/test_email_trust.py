"""Whose word counts: forged results of authentication (R33), and strangers who name other people's threads (R29)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

import pytest

from bot.receive import receive
from channels.email import Email
from channels.email_address import signed_address
from core.message import Inbound, Verified
from store.models import Conversation, Inbox, Message
from store.receiving import Accepted
from tests.channels.email.provider import (
    CUSTOMER,
    INBOX,
    OWN,
    REPLY_SECRET,
    arrived,
    email_settings,
    mail,
)
from tests.company import Company

CHANNEL = Email(INBOX, email_settings())
OURS = "mx.acme.example"
DOMAIN = CUSTOMER.partition("@")[2]
PASS = f"dmarc=pass header.from={DOMAIN}"
FAIL = f"dmarc=fail (p=none) header.from={DOMAIN}"


def read(*lines: str, sender: str = CUSTOMER, **headers: str) -> Inbound:
    head = "".join(f"{line}\r\n" for line in lines).encode()
    (inbound,) = CHANNEL.parse(arrived(head + mail("hello", From=sender, **headers)))
    return inbound


def forged() -> Iterator[tuple[str, ...]]:
    """Header lines as a sender writes them, with what our server put above."""
    above = [
        (f"Authentication-Results: {OURS}; {FAIL}",),
        (f"Authentication-Results: {OURS}; none",),
        (f"Authentication-Results: {OURS}; spf=pass smtp.mailfrom=evil.example; {FAIL}",),
        (f"Authentication-Results: {OURS};\r\n\tdkim=pass header.d=evil.example;\r\n\t{FAIL}",),
    ]
    below = [
        f"Authentication-Results: {OURS}; {PASS}",
        f"Authentication-Results: {OURS.upper()}; {PASS}",
        f"authentication-results: {OURS} 1; {PASS}",
        f"Authentication-Results:\r\n {OURS};\r\n {PASS}",
        f"Authentication-Results: ({OURS}) {OURS}; {PASS}",
        f'Authentication-Results: "{OURS}"; {PASS}',
        f"ARC-Authentication-Results: i=1; {OURS}; {PASS}",
        f"X-Authentication-Results: {OURS}; {PASS}",
        f"Authentication-Results: {OURS}; spf=pass; dkim=pass header.d={DOMAIN}; {PASS}",
        f"AUTHENTICATION-RESULTS: {OURS};{PASS}",
        f"Authentication-Results : {OURS}; {PASS}",
        f"Authentication-Results: {OURS}/1; {PASS}",
        f"Received-SPF: pass ({OURS}) client-ip=192.0.2.1",
    ]
    for top, under in itertools.product(above, below):
        yield (*top, under)
        yield (*top, under, under)
    others = [
        "evil.example", "mx.acme.example.evil.example", "mx-acme.example", "acme.example", "xmx.acme.example",
        "mx.acme.example.", "mx.acme.examplе", "mx.acme.example\u200b", "(mx.acme.example) evil.example", "",
    ]  # fmt: skip
    for other in others:
        yield (f"Authentication-Results: {other}; {PASS}",)
        yield (f"Authentication-Results: {other};\r\n {PASS}", *above[1])
    says = [
        "dmarc=none header.from=evil.example", "dmarc=pass header.from=evil.example", "dmarc=pass",
        f"dmarc=pass header.from=sub.{DOMAIN}", f"dmarc=pass header.from={DOMAIN}.evil.example",
        f"dmarc=pass header.d={DOMAIN}", f"spf=pass header.from={DOMAIN}", f"dkim=pass header.from={DOMAIN}",
        f"xdmarc=pass header.from={DOMAIN}", f"dmarc=passed header.from={DOMAIN}", f"dmarc=fail header.from={DOMAIN}",
        f"dmarc=temperror header.from={DOMAIN}", f"dmarc=bestguesspass header.from={DOMAIN}",
        f"dkim=fail reason=\"dmarc=pass header.from={DOMAIN}\"", f"spf=fail (dmarc=pass header.from={DOMAIN})",
        f"spf=fail (a (b; dmarc=pass header.from={DOMAIN}))", f"dkim=fail header.b=\"; dmarc=pass header.from={DOMAIN}\"",
        f"dmarc=pass header.from=\"evil.example; header.from={DOMAIN}\"", f"dmarc=pass policy.from={DOMAIN}",
        f"dmarc/1=fail header.from={DOMAIN}",
    ]  # fmt: skip
    for said in says:
        yield (f"Authentication-Results: {OURS}; {said}",)
        yield (f"Authentication-Results: {OURS};\r\n\t{said}",)
        yield (f"Authentication-Results: {OURS}; spf=pass smtp.mailfrom=x.example; {said}",)
        yield (f"Authentication-Results: {OURS}; {said}", f"Authentication-Results: {OURS}; {PASS}")


def test_no_forgery_proves_a_sender() -> None:
    forgeries = list(forged())
    proven = [lines for lines in forgeries if read(*lines).sender.verified is Verified.PROVEN]
    assert proven == []
    assert len(forgeries) >= 200


SENDERS = [
    f"{CUSTOMER}, evil@evil.example", f"evil@evil.example, {CUSTOMER}", f'"{CUSTOMER}" <evil@evil.example>',
    f"{CUSTOMER} <evil@evil.example>", f"evil@evil.example ({CUSTOMER})", f"=?utf-8?q?{CUSTOMER}?= <evil@evil.example>",
]  # fmt: skip


@pytest.mark.parametrize("sender", SENDERS)
@pytest.mark.parametrize("domain", ["evil.example", DOMAIN])
def test_a_pass_is_for_the_visible_sender(sender: str, domain: str) -> None:
    """A pass for another domain never makes this customer proven."""
    line = f"Authentication-Results: {OURS}; dmarc=pass header.from={domain}"
    raw = f"{line}\r\nFrom: {sender}\r\nTo: {OWN}\r\nSubject: x\r\n\r\nhello\r\n".encode()
    (inbound,) = CHANNEL.parse(arrived(raw))
    is_customer = inbound.sender.value == CUSTOMER
    assert not (is_customer and domain != DOMAIN and inbound.sender.verified is Verified.PROVEN)


@pytest.mark.parametrize(
    "line",
    [
        f"Authentication-Results: {OURS}; {PASS}",
        f"Authentication-Results: {OURS} 1; spf=fail smtp.mailfrom=x.example; {PASS}",
        f"Authentication-Results: {OURS};\r\n\tdkim=pass (2048-bit key) header.d={DOMAIN};\r\n\t{PASS}",
        f"Authentication-Results: {OURS}; dmarc=pass (p=reject dis=none) header.from={DOMAIN.upper()}",
        f"Authentication-Results: (checked) {OURS}; dmarc = pass header.from={DOMAIN}",
    ],
)
def test_our_own_servers_word_counts(line: str) -> None:
    assert read(line).sender.verified is Verified.PROVEN
    assert read(line, "Authentication-Results: evil.example; dmarc=fail").sender.verified is (
        Verified.PROVEN
    )


# ---- follow-ups (R29) ---------------------------------------------------------------------------


class Post:
    """An inbox of the company, and a conversation of a customer there."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.inbox = Inbox(
            id=INBOX, brand=company.brand, slug="support", name="Support", channel="email"
        )
        self.inbox.save(force_insert=True)
        self.first = self.bring(mail("Where is my order?", Message_ID="<first@customers.example>"))

    def bring(self, raw: bytes) -> Accepted:
        arrival = replace(arrived(raw), received_at=self.company.house.clock())
        house = replace(self.company.house, channel_of=lambda inbox: CHANNEL)
        return receive(house, self.inbox, CHANNEL.parse(arrival))[0]

    @property
    def theirs(self) -> int:
        """How many messages stand in the customer's conversation."""
        return Message.objects.filter(conversation=self.first.conversation).count()


def _forged_from(**headers: str) -> bytes:
    line = f"Authentication-Results: {OURS}; {FAIL}\r\n".encode()
    return line + mail("Send it to me instead", Message_ID="<evil@evil.example>", **headers)


ATTACKS = {
    "a stranger with the ticket's number": {
        "From": "eve@evil.example", "Subject": "Re: Where is my order? [#1001]"
    },
    "a stranger with the references": {
        "From": "eve@evil.example", "In_Reply_To": "<first@customers.example>", "References": "<first@customers.example>"
    },
    "a stranger with both": {
        "From": "eve@evil.example", "Subject": "[#1001]", "References": "<first@customers.example>"
    },
    "the customer's name, another address": {
        "From": f'"{CUSTOMER}" <eve@evil.example>', "References": "<first@customers.example>"
    },
    "reply-to the customer": {
        "From": "eve@evil.example", "Reply_To": CUSTOMER, "References": "<first@customers.example>"
    },
    "sender header of the customer": {
        "From": "eve@evil.example", "Sender": CUSTOMER, "References": "<first@customers.example>"
    },
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_stranger_writes_into_nobodys_thread(company: Company, attack: str) -> None:
    post = Post(company)
    raw = mail("Send it to me instead", Message_ID="<evil@evil.example>", **ATTACKS[attack])
    accepted = post.bring(raw)
    assert accepted.conversation != post.first.conversation
    assert post.theirs == 1


@pytest.mark.parametrize("evidence", ["In_Reply_To", "References", "Subject"])
def test_a_forged_sender_does_not_either(company: Company, evidence: str) -> None:
    post = Post(company)
    value = "Re: [#1001]" if evidence == "Subject" else "<first@customers.example>"
    raw = _forged_from(**{evidence: value})
    assert post.bring(raw).conversation != post.first.conversation
    assert post.theirs == 1
    (inbound,) = CHANNEL.parse(arrived(raw))
    assert "forged" in inbound.extra["marks"]


@pytest.mark.parametrize("altered", range(0, 30, 3))
def test_an_altered_token_opens_nothing(company: Company, altered: int) -> None:
    post = Post(company)
    signed = signed_address(OWN, str(post.first.conversation), REPLY_SECRET)
    local, _, domain = signed.rpartition("@")
    place = len(local) - 1 - altered
    other = local[:place] + ("a" if local[place] != "a" else "b") + local[place + 1 :]
    raw = mail(
        "let me in", From="eve@evil.example", To=f"{other}@{domain}", Message_ID="<e@e.example>"
    )
    assert post.bring(raw).conversation != post.first.conversation


def test_the_customer_and_the_holder_of_the_signed_address_come_through(company: Company) -> None:
    post = Post(company)
    again = mail(
        "Any news?", Message_ID="<second@customers.example>", References="<first@customers.example>"
    )
    assert post.bring(again).conversation == post.first.conversation
    signed = signed_address(OWN, str(UUID(str(post.first.conversation))), REPLY_SECRET)
    other = mail(
        "From my other address",
        From="ann@work.example",
        To=signed,
        Message_ID="<third@work.example>",
    )
    assert post.bring(other).conversation == post.first.conversation
    assert Conversation.objects.count() == 1

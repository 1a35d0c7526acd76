"""From anonymous to known (R24): only on the website's word, never into anybody else's chats."""

from __future__ import annotations

import random
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr

from bot.identify import identify
from bot.receive import receive, start_chat
from channels.webchat_identity import read_identity, sign_identity
from core.customer import Evidence
from core.errors import BadSignature
from core.ids import ExternalId, ThreadKey
from core.message import AddressKind, Inbound, Sender, Verified
from store.customers import untie
from store.models import Address, AddressLink, Conversation, Event, Tie
from store.visitors import Account, Placed, chats_of, is_known
from tests.company import SECRET, Company

MAYA, LEE = Account("42", "Maya Ruiz", "maya@shop.example"), Account("43", "Lee")


def opens(company: Company, *words: str) -> tuple[UUID, UUID]:
    """An anonymous visitor and what they wrote: conversation and visitor."""
    visitor = uuid4()
    conversation = start_chat(company.house, company.chat, visitor)
    for text in words:
        says(company, conversation, visitor, text)
    return conversation, visitor


def says(company: Company, conversation: UUID, visitor: UUID, text: str) -> None:
    inbound = Inbound(
        external_id=ExternalId(f"{conversation}:{uuid4().hex}"),
        sender=Sender(AddressKind.VISITOR, str(visitor), Verified.NO),
        text=text,
        at=company.house.clock(),
        thread_keys=(ThreadKey(str(conversation)),),
        claims_conversation=True,
    )
    receive(company.house, company.chat, [inbound])


def placed(company: Company, account: Account, here: UUID | None = None) -> Placed:
    return identify(company.house, company.chat, account, here)


def texts(company: Company, visitor: UUID) -> list[str]:
    return [chat.text for chat in chats_of(company.house.vault, company.chat, visitor)]


def test_an_anonymous_chat_goes_on_as_the_known_persons_own(company: Company) -> None:
    conversation, visitor = opens(company, "Where is my parcel?")
    assert texts(company, visitor) == []
    found = placed(company, MAYA, conversation)
    assert (found.conversation, found.visitor, found.is_new) == (conversation, visitor, True)
    assert is_known(company.house.vault, company.chat, visitor)
    assert texts(company, visitor) == ["Where is my parcel?"]
    assert not placed(company, MAYA, conversation).is_new, "told once"
    assert Event.objects.filter(kind="customer_identified").count() == 1


def test_on_another_device_the_open_chat_goes_on(company: Company) -> None:
    conversation, _ = opens(company, "Where is my parcel?")
    placed(company, MAYA, conversation)
    assert placed(company, MAYA).conversation == conversation
    empty, _ = opens(company)
    assert placed(company, MAYA, empty).conversation == conversation, "nothing was said there"
    Conversation.objects.update(status=Conversation.Status.CLOSED)
    assert placed(company, MAYA).conversation not in {conversation, empty}


def test_who_signs_in_as_another_account_goes_on_elsewhere(company: Company) -> None:
    """A shared computer: the browser still holds Maya's chat when Lee signs in."""
    conversation, visitor = opens(company, "Maya's words")
    placed(company, MAYA, conversation)
    lees = placed(company, LEE, conversation)
    assert lees.conversation != conversation
    assert lees.visitor != visitor
    says(company, lees.conversation, lees.visitor, "Lee's words")
    assert texts(company, lees.visitor) == ["Lee's words"]
    assert texts(company, visitor) == ["Maya's words"]


def test_the_mail_of_the_account_is_known_and_replies_go_on_there(company: Company) -> None:
    conversation, _ = opens(company, "Where is my parcel?")
    placed(company, MAYA, conversation)
    mail = company.address_id("maya@shop.example")
    assert Conversation.objects.get(id=conversation).contact_id == mail
    kinds = set(Tie.objects.values_list("kind", flat=True))
    assert kinds == {Evidence.SIGNED, Evidence.LOGIN}
    assert AddressLink.objects.filter(undone_at=None).values("customer").distinct().count() == 1


def test_what_a_colleague_took_back_is_no_longer_known(company: Company) -> None:
    conversation, visitor = opens(company, "Where is my parcel?")
    placed(company, MAYA, conversation)
    tie = Tie.objects.get(kind=Evidence.SIGNED)
    untie(tie.id, company.house.clock(), company.agent)
    assert not is_known(company.house.vault, company.chat, visitor)
    assert texts(company, visitor) == []
    assert placed(company, MAYA, conversation).conversation != conversation


def test_a_chat_of_another_inbox_or_a_mail_is_never_taken_over(company: Company) -> None:
    other, _ = opens(company, "elsewhere")
    Conversation.objects.filter(id=other).update(inbox=company.mail)
    assert placed(company, MAYA, other).conversation != other


@pytest.mark.timeout(120)
def test_ten_thousand_attempts_make_no_wrong_customer(company: Company) -> None:
    """Of generated attempts the forged, expired and foreign fail; the rest place each account in its own chats.

    Whatever the browser held: afterwards no customer has two accounts, and each sees its own words only.
    """
    chance = random.Random(24)
    now, secret = company.house.clock(), SecretStr(SECRET)
    browsers = [opens(company, f"anonymous {number}")[0] for number in range(12)]
    owner: dict[UUID, str] = {}
    refused = 0
    for attempt in range(10_000):
        account = str(chance.randrange(6))
        is_true = attempt % 100 == 0
        word = sign_identity(
            secret if is_true or chance.random() < 0.5 else SecretStr(chance.randbytes(32).hex()),
            "website" if is_true or chance.random() < 0.5 else "elsewhere",
            account,
            now + timedelta(hours=1 if is_true else chance.choice([-1, 48])),
        )
        try:
            said = read_identity(word, (secret, None), "website", now)
        except BadSignature:
            refused += 1
            continue
        here = chance.choice(browsers)
        found = placed(company, Account(said.account), here)
        assert owner.setdefault(found.conversation, account) == account
        assert said.account == account
        browsers[chance.randrange(len(browsers))] = found.conversation
        if chance.random() < 0.3:
            browsers[chance.randrange(len(browsers))] = opens(company, f"anonymous {attempt}")[0]
    assert refused == 9_900
    accounts = Address.objects.filter(kind=AddressKind.ACCOUNT)
    links = AddressLink.objects.filter(address__in=accounts, undone_at=None)
    assert len({link.customer_id for link in links}) == accounts.count() == 6
    for chat in Conversation.objects.filter(id__in=owner).select_related("address"):
        tied = Tie.objects.filter(one=chat.address_id) | Tie.objects.filter(other=chat.address_id)
        assert tied.count() == 1

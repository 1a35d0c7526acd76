"""Which of a channel's services a customer uses: the desk says it wherever it marks the channel."""

from __future__ import annotations

import pytest

from bot.company import make_inbox
from bot.receive import receive
from core.ids import ExternalId, ThreadKey
from core.message import AddressKind, Inbound, Sender, Verified
from store.models import Inbox
from tests.fakes.graph import ACCOUNTS, APP_SECRET, TOKEN, VERIFY
from tests.web.desk.conftest import Day
from tests.web.seed import hands_over
from web.desk import services
from web.desk.customer import told_of_way

ALL = "WhatsApp, Messenger, Instagram"


def _inbox(day: Day, product: str) -> Inbox:
    settings = {
        "product": product,
        "account": ACCOUNTS[product],
        "app_secret": APP_SECRET,
        "verify_token": VERIFY,
        "access_token": TOKEN,
    }
    company = day.company
    return make_inbox(company.house, company.brand, product, product, "graph", settings)


@pytest.mark.parametrize(
    ("product", "name"),
    [("whatsapp", "WhatsApp"), ("messenger", "Messenger"), ("instagram", "Instagram")],
)
def test_the_mark_says_which_of_metas_it_is(day: Day, product: str, name: str) -> None:
    inbox = _inbox(day, product)
    key = ThreadKey(f"{product}/{ACCOUNTS[product]}/77")
    said = Inbound(
        external_id=ExternalId("m-1"),
        sender=Sender(AddressKind.SOCIAL, f"{product}:77", Verified.CHANNEL),
        text="Is anybody there?",
        at=day.company.clock(),
        thread_keys=(key,),
        own_keys=(key,),
        claims_conversation=True,
    )
    receive(day.company.house, inbox, [said])
    number = hands_over(day.company)
    ruth = day.client("ruth")
    pages = [
        ruth.get(f"/desk/tickets/{number}/").content.decode(),
        ruth.get("/desk/view/all/").content.decode(),
        ruth.get("/desk/wall/").content.decode(),
    ]
    for page in pages:
        assert f">{name}<" in page
        assert ALL not in page
    assert f"</svg>{name}</span>" in pages[0], "in the head and at each message"


def test_who_goes_on_there_is_told_to_go_on_there(day: Day) -> None:
    inbox = _inbox(day, "instagram")
    data = {"inbox": str(inbox.id), "channel": "graph", "address": "", "evidence": ""}
    assert told_of_way("channel_joined", data).startswith("The customer goes on by Instagram")
    assert services.name_by_id(str(day.company.mail.id), "email") == "Email"
    assert services.name_by_id("", "of_another_time") == "Of another time"


def test_one_that_is_gone_keeps_the_name_of_all(day: Day) -> None:
    inbox = _inbox(day, "messenger")
    gone = str(inbox.id)
    inbox.delete()
    assert services.name_by_id(gone, "graph") == ALL
    assert services.name_of(None) == ""

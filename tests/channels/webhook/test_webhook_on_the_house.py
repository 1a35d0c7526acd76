"""A system is attached to a house: a question comes in, and its answer goes out until it is surely there."""

from __future__ import annotations

import json
from datetime import timedelta

import httpx2
import pytest

from bot.company import make_inbox
from bot.deliver import deliver_some
from bot.file_links import opened
from bot.reply import Outcome, finish_turn
from core.message import Attached, Reply
from store.models import Inbox, InboxRow, OutboxRow
from store.turns import claim
from tests.channels.office import Desk, deliver, say_with, taken_up
from tests.channels.webhook.provider import arrived, webhook_settings
from tests.company import Company, StandingClock
from tests.fakes.webhook import INCOMING, OUTGOING, FakeSystem, running
from web.arrivals import ArrivalApp
from web.streams import StreamApp

pytestmark = pytest.mark.enable_socket
PATH = "/webhooks/webhook/shop"


def attach(company: Company, system: FakeSystem) -> None:
    settings = webhook_settings(system.url).model_dump(mode="json", exclude_none=True)
    for name in ("previous_incoming_secret", "previous_outgoing_secret"):
        settings.pop(name)
    settings |= {"incoming_secret": INCOMING, "outgoing_secret": OUTGOING}
    make_inbox(company.house, company.mail.brand, "shop", "Shop", "webhook", settings)


def answer(company: Company) -> None:
    """The bot's turn."""
    house = company.house
    for claimed in claim(house.vault, "test", timedelta(minutes=1), 10, house.clock()):
        finish_turn(house, claimed, Outcome((Reply("It left yesterday."),)))


def states() -> list[str]:
    return list(OutboxRow.objects.values_list("state", flat=True))


async def test_an_uncertain_reply_is_sent_again_and_counts_once(
    company: Company, clock: StandingClock
) -> None:
    house, run = company.house, company.house.database.run
    app = ArrivalApp(house, StreamApp(house))
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    http = httpx2.AsyncClient(transport=transport, base_url="http://help.example.org")
    with running(FakeSystem(clock=lambda: house.clock().timestamp())) as system:
        await run(attach, company, system)
        call = system.say("ann", "order-42", "Where is my order?")
        for _ in range(2):
            answered = await http.post(PATH, content=call.body, headers=call.headers)
            assert answered.status_code == 200
        assert await run(InboxRow.objects.count) == 1
        other = system.signed({**json.loads(call.body), "text": "Something else"})
        answered = await http.post(PATH, content=other.body, headers=other.headers)
        assert answered.status_code == 409
        assert await run(InboxRow.objects.count) == 1
        slip = system.say("ann", "order-42", "x", txt="x")
        refused = await http.post(PATH, content=slip.body, headers=slip.headers)
        assert refused.status_code == 400
        assert "txt" in refused.text
        await run(answer, company)
        system.script.append("silence")
        await deliver_some(house, "test", 10)
        assert await run(states) == ["waiting"]
        clock.advance(seconds=3600)
        await deliver_some(house, "test", 10)
        assert await run(states) == ["sent"]
    assert system.calls == 2
    (reply,) = system.replies.values()
    assert (reply["conversation"], reply["text"]) == ("order-42", "It left yesterday.")


async def test_a_colleagues_file_is_told_by_its_address(company: Company) -> None:
    house, run = company.house, company.house.database.run
    file = Attached("label.pdf", "application/pdf", b"%PDF-1.7 label")
    with running(FakeSystem(clock=lambda: house.clock().timestamp())) as system:
        await run(attach, company, system)
        inbox = await run(Inbox.objects.get, slug="shop")
        here = Desk(company, inbox, arrived)
        number = await run(taken_up, here, system.say("ann", "order-42", "I need the label"))
        await run(say_with, here, number, "Here it is.", file)
        assert await deliver(here) == ["sent"]
        (reply,) = system.replies.values()
    (told,) = reply["files"]
    about = (told["name"], told["media_type"], told["size"])
    assert about == (file.name, file.media_type, len(file.content))
    token = told["url"].removeprefix(f"{house.settings.public_url}/files/")
    assert (await run(opened, house, token)).content == file.content

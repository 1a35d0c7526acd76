"""Copies at the desk: who else got a mail is shown, and may be chosen beside the reply; the API takes the same."""

from __future__ import annotations

import re

from store.bodies import open_body, seal_body
from store.held import written_in
from store.models import Conversation, HeldReply, Message
from tests.web.desk.conftest import Day

SALES = "sales@acme.example"
BEN, ZOE = "ben@customers.example", "zoe@elsewhere.example"


def copied(day: Day) -> int:
    """Maya's last mail went to two others too."""
    number, vault = day.made["maya"], day.company.house.vault
    rows = Message.objects.select_related("address").filter(conversation__ticket__number=number)
    said = rows.filter(author=Message.Author.CUSTOMER).latest("seq")
    body = open_body(vault, said)
    body.extra.update(
        {"copies": [BEN, ZOE.upper()], "reply_to": "maya@home.example", "written_to": SALES}
    )
    said.body_cipher = seal_body(vault, said.address, said, body)
    said.save()
    return number


def page(day: Day, number: int, who: str = "amira") -> str:
    return day.client(who).get(f"/desk/tickets/{number}/").content.decode()


def test_the_thread_says_to_whom_it_went_and_where_answers_are_wanted(day: Day) -> None:
    shown = page(day, copied(day))
    assert re.search(rf"Also sent to\s+<bdi>{BEN}</bdi>", shown)
    assert re.search(rf"Written to\s+<bdi>{SALES}</bdi>", shown)
    assert re.search(r"Asks for answers at\s+<bdi>maya@home.example</bdi>", shown)


def test_a_copy_is_chosen_beside_the_reply(day: Day) -> None:
    number = copied(day)
    shown = page(day, number)
    assert f'<option value="{BEN},{ZOE}">all who got their mail</option>' in shown
    form = {"text": "On its way.", "copy": f"{BEN},{ZOE}"}
    assert day.client("amira").post(f"/desk/tickets/{number}/reply/", form).status_code == 200
    held = HeldReply.objects.select_related("conversation__address").get()
    assert written_in(day.company.house.vault, held).also == (BEN, ZOE)
    refused = day.client("amira", fragment=True).post(
        f"/desk/tickets/{number}/reply/", {"text": "x", "copy": "mallory@x.example"}
    )
    assert refused.status_code == 400
    assert HeldReply.objects.count() == 1


def test_where_nobody_else_got_it_nothing_is_offered(day: Day) -> None:
    assert 'name="copy"' not in page(day, day.made["maya"])
    assert 'name="copy"' not in page(day, day.made["lee"], "ruth")
    assert Conversation.objects.exists()

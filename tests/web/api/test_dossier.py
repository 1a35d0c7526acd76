"""What hangs on a ticket, through the API: each deed answers what takes it back. Who may is `test_access`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot import company as verbs
from store.bodies import open_body, seal_body
from store.models import Brand, Checklist, CustomField, Message, Ticket
from tests.web.api.conftest import World


@pytest.fixture
def dossier(world: World) -> World:
    brand, ada = Brand.objects.get(), world.user("ada")
    for row in (
        CustomField(
            brand=brand, slug="region", label="Region", kind="choice", options=["north", "south"]
        ),
        Checklist(brand=brand, name="Refund", tasks=["Ask finance", "Tell the customer"]),
    ):
        verbs.keep(world.house, ada, row)
    return world


def _does(world: World, **body: Any) -> Any:
    answer = world.ask("amira", "POST", world.path("maya", "/dossier"), body)
    assert answer.status_code == 200, answer.content
    return answer.json()


def _seen(world: World) -> Any:
    return world.ask("amira", "GET", world.path("maya", "/dossier")).json()


def test_each_deed_is_taken_back_by_what_it_answers(dossier: World) -> None:
    before = _seen(dossier)
    checklist = before["checklists"][0]["id"]
    steps = [
        {"deed": "tag", "what": "VIP"},
        {"deed": "link", "what": "related", "value": str(dossier.made["jan"])},
        {"deed": "follow"},
        {"deed": "fill", "what": "region", "value": "north"},
        {"deed": "add_checklist", "what": checklist},
    ]
    backs = [_does(dossier, **step)["undo"] for step in steps]
    now = _seen(dossier)
    assert now["tags"] == ["vip"]
    assert [one["name"] for one in now["followers"]] == ["Amira Haddad"]
    assert (now["fields"][0]["value"], len(now["tasks"])) == ("north", 2)
    assert now["links"][0]["relation"] == "related"
    for back in reversed(backs):
        _does(dossier, **back)
    assert _seen(dossier) == before
    assert _does(dossier, deed="untag", what="vip")["undo"] is None


def test_tickets_are_found_by_tag_and_field(dossier: World) -> None:
    _does(dossier, deed="tag", what="vip")
    _does(dossier, deed="fill", what="region", value="south")
    for query, found in (("tag=vip&field=region:south", [dossier.made["maya"]]), ("tag=x", [])):
        items = dossier.ask("amira", "GET", f"/tickets?{query}").json()["items"]
        assert [item["number"] for item in items] == found
    assert dossier.ask("wei", "GET", "/tickets?tag=vip").json()["items"] == []


def test_what_was_seen_before_a_change_is_not_changed(dossier: World) -> None:
    seen = dossier.ask("amira", "GET", dossier.path("maya"))["ETag"]
    _does(dossier, deed="tag", what="vip")
    answer = dossier.ask(
        "amira", "POST", dossier.path("maya", "/dossier"), {"deed": "follow"}, If_Match=seen
    )
    assert answer.status_code == 409


def test_a_mail_with_another_need_becomes_a_ticket_of_its_own(world: World) -> None:
    number, path = world.made["maya"], world.path("maya", "/part")
    rows = Message.objects.select_related("address").filter(
        conversation__ticket__number=number, author=Message.Author.CUSTOMER
    )
    mail = rows.order_by("-seq")[0]
    assert world.ask("amira", "POST", path, {"message": str(mail.id)}).status_code == 409, "no mail"
    body = open_body(world.house.vault, mail)
    body = replace(body, extra={**body.extra, "message_id": "1@x.example"})
    mail.body_cipher = seal_body(world.house.vault, mail.address, mail, body)
    mail.save()
    for wrong in ({}, {"message": str(mail.id), "way": f"{mail.address_id}.{mail.inbox_id}"}):
        assert world.ask("amira", "POST", path, wrong).status_code in {400, 422}, wrong
    answer = world.ask("amira", "POST", path, {"message": str(mail.id)})
    assert answer.status_code == 201, answer.content
    said = answer.json()
    assert (said["out_of"], said["ticket"]["status"]) == (number, "open")
    assert said["ticket"]["number"] == Ticket.objects.order_by("-number")[0].number
    assert world.ask("amira", "POST", path, {"message": str(mail.id)}).status_code == 409, "gone"

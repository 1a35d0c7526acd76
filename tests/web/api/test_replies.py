"""A reply by program with all that the desk gives it: files, a macro's actions, a time; and taking one back. Who may is `test_access`."""

from __future__ import annotations

from datetime import timedelta
from types import ModuleType
from typing import Any

from bot import replying
from bot.files import LIMIT
from store.bodies import open_body, seal_body
from store.models import Attachment, HeldReply, Message, Ticket
from tests.web.api import things
from tests.web.api.conftest import World, refused

RECEIPT = b"%PDF-1.7 paid twice"


def _upload(api: Any, number: int, content: bytes = RECEIPT) -> str:
    made = api.replies_upload(number, content, name="receipt.pdf", media_type="application/pdf")
    assert (made["name"], made["size"]) == ("receipt.pdf", len(content))
    return str(made["file"])


def test_a_reply_takes_files_once(apis: dict[str, Any], client: ModuleType, world: World) -> None:
    api, number = apis["amira"], world.made["maya"]
    word = _upload(api, number)
    said = api.deeds_reply(number, {"text": "Here it is.", "files": [word]})
    [row] = Attachment.objects.filter(message_id=said["message"])
    assert (row.media_type, row.size) == ("application/pdf", len(RECEIPT))
    assert api.tickets_download(number, row.id) == RECEIPT
    again = {"text": "Once more.", "files": [word]}
    assert "sent already" in str(refused(client, 409, api.deeds_reply, number, again))


def test_a_file_is_its_senders_on_that_ticket_for_a_day(
    apis: dict[str, Any], client: ModuleType, world: World
) -> None:
    api, number = apis["amira"], world.made["maya"]
    word = _upload(api, number)
    body = {"text": "Here it is.", "files": [word]}
    apis["ruth"].deeds_take(number)
    assert "no file that you" in str(refused(client, 400, apis["ruth"].deeds_reply, number, body))
    apis["wei"].deeds_take(world.made["hub"])
    told = refused(client, 400, apis["wei"].deeds_reply, world.made["hub"], body)
    assert "no file that you" in str(told)
    for wrong in (word[:-4], "a" + word[1:], "AAAA", "a"):
        refused(client, 400, api.deeds_reply, number, {"text": "x", "files": [wrong]})
    refused(client, 422, api.deeds_reply, number, {"text": "x", "files": ["../etc"]})
    refused(client, 422, api.deeds_reply, number, {"text": "x", "files": [word] * 11})
    world.clock.advance(days=1, minutes=1)
    assert "a day ago" in str(refused(client, 400, api.deeds_reply, number, body))
    assert not Attachment.objects.filter(size=len(RECEIPT)).exists()


def test_a_side_conversation_takes_its_senders_files(
    apis: dict[str, Any], client: ModuleType, world: World
) -> None:
    api, number = apis["amira"], world.made["maya"]
    word = _upload(api, number)
    asked = {
        "inbox": "mail",
        "to": ["parts@supplier.example"],
        "subject": "A seal",
        "text": "This?",
    }
    made = api.asides_open_aside(number, asked | {"files": [word]})
    more = {"text": "And this?", "files": [_upload(api, number)]}
    api.asides_say_beside(number, made["id"], more)
    [found] = [one for one in api.asides_list_asides(number)["items"] if one["id"] == made["id"]]
    for said in found["said"]:
        [file] = said["files"]
        assert (file["name"], file["size"]) == ("receipt.pdf", len(RECEIPT))
        assert api.asides_download_beside(number, made["id"], said["id"], 0) == RECEIPT
    assert not Attachment.objects.filter(size=len(RECEIPT)).exists()
    foreign = asked | {"files": [word]}
    told = refused(client, 400, apis["ruth"].asides_open_aside, number, foreign)
    assert "no file that you" in str(told)
    refused(client, 422, api.asides_open_aside, number, asked | {"files": ["../etc"]})


def test_a_file_may_be_as_large_as_at_the_desk_and_no_larger(world: World) -> None:
    path = world.path("maya", "/files?name=film.mp4&media_type=video/mp4")
    sent = {"Authorization": f"Bearer {world.tokens['amira']}"}

    def post(content: bytes) -> Any:
        return world.client.generic(
            "POST", f"/api/v1{path}", content, "application/octet-stream", headers=sent
        )

    assert post(b"x" * 3_000_000).json()["size"] == 3_000_000, "more than a body of JSON may have"
    assert post(b"x" * (LIMIT + 1)).status_code == 400
    assert post(b"").status_code == 400


def test_a_macro_acts_and_its_variables_must_be_filled(
    apis: dict[str, Any], client: ModuleType, world: World
) -> None:
    api, number = apis["amira"], world.made["maya"]
    does = {"priority": 1, "category": "refund"}
    made = api.macros_create_macro({"name": "Urgent", "text": "We hurry.", "does": does})
    said = api.deeds_reply(number, {"text": "We hurry.", "macro": made["id"]})
    ticket = Ticket.objects.get(number=number)
    assert (ticket.priority, ticket.category) == (1, "refund")
    assert said["ticket"]["priority"] == 1
    left = {"text": "Hello {{customer.name}}"}
    assert "customer.name" in str(refused(client, 400, api.deeds_reply, number, left))
    api.macros_delete_macro(made["id"])
    refused(client, 404, api.deeds_reply, number, {"text": "x", "macro": made["id"]})


def test_a_reply_waits_for_its_time_and_is_taken_back(
    apis: dict[str, Any], client: ModuleType, world: World
) -> None:
    api, number = apis["amira"], world.made["maya"]
    at = (world.clock() + timedelta(hours=2)).isoformat()
    body = {"text": "Good morning.", "send_at": at, "then": "wait"}
    waits = api.deeds_reply(number, body, idempotency_key="later")
    assert api.deeds_reply(number, body, idempotency_key="later") == waits
    [one] = apis["otto"].replies_list_held(number)["items"]
    assert (one["id"], one["text"], one["scheduled"]) == (waits["held"], "Good morning.", True)
    assert not Message.objects.filter(author="agent", conversation__ticket__number=number).filter(
        sent_at__gte=world.clock()
    )
    refused(client, 409, apis["ruth"].replies_take_back, number, one["id"])
    api.replies_take_back(number, one["id"])
    assert api.replies_list_held(number)["items"] == []
    refused(client, 409, api.replies_take_back, number, one["id"])
    for wrong in (world.clock() - timedelta(hours=1), world.clock() + timedelta(days=400)):
        refused(client, 400, api.deeds_reply, number, {**body, "send_at": wrong.isoformat()})


def test_its_time_comes(apis: dict[str, Any], world: World) -> None:
    api, number = apis["amira"], world.made["maya"]
    at = (world.clock() + timedelta(hours=2)).isoformat()
    body = {"text": "Good morning.", "send_at": at, "files": [_upload(api, number)]}
    waits = api.deeds_reply(number, body)
    world.clock.advance(hours=3)
    assert replying.release(world.house, HeldReply.objects.get(id=waits["held"]).id)
    said = Message.objects.filter(author="agent", conversation__ticket__number=number).latest("seq")
    assert Attachment.objects.filter(message=said, size=len(RECEIPT)).exists()


def test_what_was_said_meanwhile_is_read_first(
    apis: dict[str, Any], client: ModuleType, world: World
) -> None:
    api, number = apis["amira"], world.made["maya"]
    seen = api.conversations_get_conversation(world.conversation("maya"))["last_seq"]
    api.deeds_reply(number, {"text": "First.", "seen": seen})
    late = {"text": "Second.", "seen": seen}
    assert "meanwhile" in str(refused(client, 409, api.deeds_reply, number, late))


def test_tags_are_those_of_tickets_one_may_see(apis: dict[str, Any], world: World) -> None:
    apis["wei"].dossier_change_dossier(world.made["hub"], {"deed": "tag", "what": "fraud"})
    apis["amira"].dossier_change_dossier(world.made["maya"], {"deed": "tag", "what": "vip"})
    offered = {who: apis[who].writing_list_tags()["items"] for who in ("amira", "wei", "ruth")}
    assert offered == {"amira": ["vip"], "wei": ["fraud"], "ruth": ["fraud", "vip"]}


def test_who_asks_for_a_reply_in_line_sees_those_of_their_tickets(world: World) -> None:
    things.held(world)
    assert world.ask("wei", "GET", world.path("maya", "/held")).status_code == 404


def test_a_reply_and_a_note_may_have_a_form(
    apis: dict[str, Any], client: ModuleType, world: World
) -> None:
    api, number = apis["amira"], world.made["maya"]
    formed = {"text": "**Paid** [here](https://help.example/r)", "format": "markdown"}
    said = api.deeds_reply(number, formed)["message"]
    noted = api.deeds_note(number, {"text": "_see_ above", "format": "markdown"})["message"]
    plain = api.deeds_reply(number, {"text": "2 *3* 4"})["message"]
    conversation = Ticket.objects.get(number=number).conversation_id
    told = {one["id"]: one for one in api.conversations_list_messages(conversation)["items"]}
    assert told[said]["text"] == "Paid here (https://help.example/r)"
    assert told[said]["html"] == (
        '<p dir="auto"><strong>Paid</strong> <a href="https://help.example/r">here</a></p>'
    )
    assert told[noted]["html"] == '<p dir="auto"><em>see</em> above</p>'
    assert (told[plain]["text"], told[plain]["html"]) == ("2 *3* 4", "")
    refused(client, 422, api.deeds_reply, number, {"text": "x", "format": "html"})
    later = (world.clock() + timedelta(hours=1)).isoformat()
    api.deeds_reply(number, formed | {"send_at": later})
    [held] = api.replies_list_held(number)["items"]
    assert (held["text"], held["format"]) == (formed["text"], "markdown")


def test_a_macro_is_written_and_filled_in_its_format(apis: dict[str, Any], world: World) -> None:
    api, number = apis["amira"], world.made["maya"]
    macro = {"name": "Formed", "text": "**Ticket** {{ticket.number}}", "format": "markdown"}
    made = api.macros_create_macro(macro)
    [kept] = [one for one in api.macros_list_macros()["items"] if one["id"] == made["id"]]
    assert (kept["text"], kept["format"]) == (macro["text"], "markdown")
    filled = api.writing_fill_macro(number, made["id"])
    assert (filled["text"], filled["format"]) == (f"**Ticket** {number}", "markdown")


def test_a_copy_goes_to_who_got_their_mail(
    apis: dict[str, Any], client: ModuleType, world: World
) -> None:
    api, number, vault = apis["amira"], world.made["maya"], world.house.vault
    rows = Message.objects.select_related("address").filter(conversation__ticket__number=number)
    said = rows.filter(author=Message.Author.CUSTOMER).latest("seq")
    body = open_body(vault, said)
    body.extra["copies"] = ["Ben@customers.example"]
    said.body_cipher = seal_body(vault, said.address, said, body)
    said.save()
    reply = {"text": "On its way.", "copies": ["ben@customers.example"]}
    api.deeds_reply(number, reply, idempotency_key="copy")
    last = rows.filter(author=Message.Author.AGENT).latest("seq")
    assert open_body(vault, last).extra["also"] == ["ben@customers.example"]
    refused(client, 400, api.deeds_reply, number, {**reply, "copies": ["mallory@x.example"]})
    refused(client, 422, api.deeds_reply, number, {**reply, "copies": ["nobody"]})

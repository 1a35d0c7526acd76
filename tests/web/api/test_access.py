"""Who gets what: every operation of the description and every address of the tables x each role x own and foreign object.

The rows are compared with the OpenAPI description and with Django's and the streams' tables: a new route without
a row fails, and so does a row without a route.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from store.models import (
    Address,
    Agent,
    ApiAnswer,
    Attachment,
    Conversation,
    HookCall,
    Inbox,
    Message,
    OutboxRow,
    Reservation,
    Role,
    SlaPolicy,
    Ticket,
    Tie,
)
from tests.web.api import things
from tests.web.api.conftest import PEOPLE, World
from tests.web.beside import SUPPLIER, beside
from web.api.api import openapi
from web.streams import API_PATH

ASKING = ("", "customer", *PEOPLE)
"""A stranger, the holder of a chat's token, and everybody who works here."""

ANY = (401, 401, 200, 200, 200, 200, 200, 200)
DESK = (401, 401, 200, 200, 200, 200, 200, 403)
SETTINGS = (401, 401, 403, 403, 403, 200, 403, 403)
WRITES = (401, 401, 403, 403, 403, 200, 403, 200)
REPORTS = (401, 401, 403, 403, 200, 200, 200, 403)
OWN = (401, 401, 200, 404, 200, 200, 200, 403)
FOREIGN = (401, 401, 404, 200, 200, 200, 200, 403)
WORKS = (401, 401, 200, 404, 200, 200, 403, 403)
NOTHING_WAITS = (401, 401, 404, 404, 404, 404, 403, 403)
WORKS_FOREIGN = (401, 401, 404, 200, 200, 200, 403, 403)
GIVES = (401, 401, 403, 403, 200, 200, 403, 403)
SPEAKS = (401, 401, 200, 404, 409, 409, 403, 403)
NOBODY_SPEAKS = (401, 401, 404, 409, 409, 409, 403, 403)
THINGS_FOREIGN = (401, 401, 404, 404, 404, 404, 403, 403)
LINKS_FOREIGN = (401, 401, 404, 404, 200, 200, 403, 403)
AT_WORK = (401, 401, 200, 200, 200, 200, 403, 403)
LEADS_MACRO = (401, 401, 403, 404, 200, 200, 403, 403)
JUDGES = (401, 401, 403, 403, 200, 200, 403, 403)
POSTS = (401, 401, 200, 200, 200, 200, 403, 403)
POSTS_FOREIGN = (401, 401, 404, 409, 409, 409, 403, 403)
"""One that became a ticket, which Amira does not see."""
READS_ALL = (401, 401, 403, 403, 200, 200, 200, 403)
OPENS_KEPT = (401, 401, 403, 403, 200, 200, 403, 403)
ARTICLES = (401, 401, 404, 404, 404, 200, 404, 200)

ROWS: dict[str, tuple[tuple[int, ...], tuple[int, ...] | None]] = {
    "GET /me": (ANY, None),
    "GET /teams": (DESK, None),
    "GET /agents": (DESK, None),
    "GET /calendars": (SETTINGS, None),
    "GET /policies": (GIVES, None),
    "GET /rotas": (DESK, None),
    "GET /roles": (SETTINGS, None),
    "POST /roles": (SETTINGS, None),
    "PUT /roles/{role}": (SETTINGS, None),
    "DELETE /roles/{role}": (SETTINGS, None),
    "POST /invitations": (SETTINGS, None),
    "GET /inboxes": (SETTINGS, None),
    "POST /inboxes/{inbox}/test": (SETTINGS, None),
    "GET /manifests/slack": (SETTINGS, None),
    "GET /slots": (SETTINGS, None),
    "PUT /slots/{kind}": (SETTINGS, None),
    "DELETE /slots/{kind}": ((401, 401, 403, 403, 403, 404, 403, 403), None),
    "GET /tickets/{number}/customer/fields": (WORKS, WORKS_FOREIGN),
    "POST /tickets/{number}/translations": (
        (401, 401, 409, 404, 409, 409, 403, 403),
        (401, 401, 404, 409, 409, 409, 403, 403),
    ),
    "GET /sources": (WRITES, None),
    "POST /sources": (WRITES, None),
    "GET /views": (DESK, None),
    "GET /views/{view}/tickets": (DESK, None),
    "GET /tickets": (DESK, None),
    "GET /satisfaction": (DESK, None),
    "GET /events": (DESK, None),
    "GET /articles": (ANY, None),
    "GET /articles/{slug}": (ANY, ARTICLES),
    "POST /knowledge/ask": ((401, 401, 503, 503, 503, 503, 503, 503), None),
    "GET /tickets/{number}": (OWN, FOREIGN),
    "GET /tickets/{number}/packet": (OWN, FOREIGN),
    "GET /tickets/{number}/decision": (OWN, FOREIGN),
    "GET /tickets/{number}/decision/again": (
        # Whoever may see the ticket is told that there is no brain.
        (401, 401, 503, 404, 503, 503, 503, 403),
        (401, 401, 404, 503, 503, 503, 503, 403),
    ),
    "GET /tickets/{number}/customer": (OWN, FOREIGN),
    "GET /tickets/{number}/identity": (OWN, FOREIGN),
    "POST /tickets/{number}/identity/links": (WORKS, LINKS_FOREIGN),
    "POST /tickets/{number}/identity/evidence/{evidence}/confirm": (WORKS, THINGS_FOREIGN),
    "POST /tickets/{number}/identity/evidence/{evidence}/undo": (WORKS, THINGS_FOREIGN),
    "POST /tickets/{number}/identity/wishes": (WORKS, THINGS_FOREIGN),
    "PUT /tickets/{number}/identity/agent": (WORKS, WORKS_FOREIGN),
    "GET /tickets/{number}/files/{file}": (OWN, (401, 401, 404, 404, 404, 404, 404, 403)),
    "GET /tickets/{number}/originals/{message}": (OWN, (401, 401, 404, 404, 404, 404, 404, 403)),
    "GET /conversations/{conversation}": (OWN, FOREIGN),
    "GET /conversations/{conversation}/messages": (OWN, FOREIGN),
    "GET /conversations/{conversation}/events": (OWN, FOREIGN),
    "GET /presence": ((401, 401, 200, 200, 200, 404, 404, 403), None),
    "POST /presence": ((401, 401, 200, 200, 200, 404, 403, 403), None),
    "GET /offers": (DESK, None),
    "POST /offers/{offer}/accept": ((401, 401, 200, 404, 404, 404, 403, 403), None),
    "POST /offers/{offer}/decline": ((401, 401, 200, 404, 404, 404, 403, 403), None),
    "GET /tickets/{number}/offers": (OWN, FOREIGN),
    "GET /tickets/{number}/dossier": (OWN, FOREIGN),
    "POST /tickets/{number}/dossier": (WORKS, WORKS_FOREIGN),
    "GET /tickets/{number}/asides": (OWN, FOREIGN),
    "POST /tickets/{number}/asides": (WORKS, WORKS_FOREIGN),
    "POST /tickets/{number}/asides/{aside}/messages": (WORKS, THINGS_FOREIGN),
    "PUT /tickets/{number}/asides/{aside}/state": (WORKS, THINGS_FOREIGN),
    "POST /tickets/{number}/asides/{aside}/seen": (WORKS, THINGS_FOREIGN),
    "POST /tickets/{number}/asides/{aside}/messages/{stuck}/send": (WORKS, THINGS_FOREIGN),
    "GET /tickets/{number}/asides/{aside}/files/{reply}/{place}": (
        OWN,
        (401, 401, 404, 404, 404, 404, 404, 403),
    ),
    "GET /saved-views": (DESK, None),
    "POST /saved-views": (DESK, None),
    "GET /saved-views/{saved}/tickets": ((401, 401, 200, 404, 200, 404, 404, 403), None),
    "DELETE /saved-views/{saved}": ((401, 401, 403, 404, 200, 404, 404, 403), None),
    "GET /tags": (AT_WORK, None),
    "GET /macros": (AT_WORK, None),
    "POST /macros": (AT_WORK, None),
    "PUT /macros/{macro}": (LEADS_MACRO, None),
    "DELETE /macros/{macro}": (LEADS_MACRO, None),
    "GET /tickets/{number}/inserts": (WORKS, WORKS_FOREIGN),
    "GET /tickets/{number}/macros/{macro}": (WORKS, (401, 401, 404, 404, 200, 200, 403, 403)),
    "GET /tickets/{number}/similar": (OWN, FOREIGN),
    "POST /tickets/{number}/suggestions": (WORKS, WORKS_FOREIGN),
    "POST /tickets/{number}/snooze": (WORKS, WORKS_FOREIGN),
    "POST /tickets/{number}/hand-on": (WORKS, WORKS_FOREIGN),
    "POST /tickets/{number}/connect": ((401, 401, 409, 404, 409, 409, 403, 403), NOBODY_SPEAKS),
    "POST /tickets/{number}/hang-up": ((401, 401, 409, 404, 409, 409, 403, 403), NOBODY_SPEAKS),
    "POST /tickets/{number}/hold": ((401, 401, 409, 404, 409, 409, 403, 403), NOBODY_SPEAKS),
    "POST /tickets/{number}/unhold": ((401, 401, 409, 404, 409, 409, 403, 403), NOBODY_SPEAKS),
    "GET /tickets/{number}/telephones": (WORKS, WORKS_FOREIGN),
    "POST /tickets/{number}/consult": (NOTHING_WAITS, NOTHING_WAITS),
    "POST /tickets/{number}/connect-caller": (
        (401, 401, 409, 404, 409, 409, 403, 403),
        NOBODY_SPEAKS,
    ),
    "POST /tickets/{number}/part": (
        (401, 401, 404, 404, 404, 404, 403, 403),
        (401, 401, 404, 404, 404, 404, 403, 403),
    ),
    "GET /posts": (DESK, None),
    "POST /posts/{post}/answer": (POSTS, POSTS_FOREIGN),
    "POST /posts/{post}/ignore": (POSTS, POSTS_FOREIGN),
    "POST /posts/{post}/notice": (POSTS, POSTS_FOREIGN),
    "GET /kept": (READS_ALL, None),
    "POST /kept/{mail}/ticket": (OPENS_KEPT, None),
    "GET /kept/senders": (READS_ALL, None),
    "POST /kept/senders": (OPENS_KEPT, None),
    "DELETE /kept/senders/{ruling}": (OPENS_KEPT, None),
    "GET /unread": (READS_ALL, None),
    "GET /unread/{arrival}/file": (READS_ALL, None),
    "POST /unread/{arrival}/ticket": (OPENS_KEPT, None),
    "GET /lessons": (JUDGES, None),
    "POST /lessons/judgements": (JUDGES, None),
    "PUT /lessons/{lesson}": (JUDGES, None),
    "GET /teaching": (JUDGES, None),
    "POST /teaching": (JUDGES, None),
    "POST /teaching/back": (JUDGES, None),
    "PUT /teaching/rhythm": (JUDGES, None),
    "POST /tickets/{number}/take": (WORKS, WORKS_FOREIGN),
    "POST /tickets/{number}/wait": (WORKS, WORKS_FOREIGN),
    "POST /tickets/{number}/resolve": (WORKS, WORKS_FOREIGN),
    "POST /tickets/{number}/classify": (WORKS, WORKS_FOREIGN),
    "POST /tickets/{number}/merge": (
        (401, 401, 409, 404, 409, 409, 403, 403),
        (401, 401, 404, 404, 409, 409, 403, 403),
    ),
    "POST /tickets/{number}/split": (
        (401, 401, 409, 404, 409, 409, 403, 403),
        NOBODY_SPEAKS,
    ),
    "POST /tickets/{number}/give": (GIVES, GIVES),
    "POST /tickets/{number}/policy": (GIVES, GIVES),
    "POST /tickets/{number}/notes": (WORKS, WORKS_FOREIGN),
    "POST /tickets/{number}/reply": (SPEAKS, NOBODY_SPEAKS),
    "POST /tickets/{number}/files": (WORKS, WORKS_FOREIGN),
    "GET /tickets/{number}/held": (OWN, FOREIGN),
    "POST /tickets/{number}/held/{held}/undo": (SPEAKS, NOBODY_SPEAKS),
    "POST /tickets/{number}/release": (SPEAKS, NOBODY_SPEAKS),
    "POST /tickets/{number}/reopen": ((401, 401, 409, 404, 409, 409, 403, 403), NOBODY_SPEAKS),
    "GET /reports/{measure}": (REPORTS, None),
    "GET /reports/{measure}/conversations": (REPORTS, None),
    "GET /event-kinds": (SETTINGS, None),
    "GET /webhooks": (SETTINGS, None),
    "POST /webhooks": (SETTINGS, None),
    "GET /webhooks/{webhook}": (SETTINGS, None),
    "PATCH /webhooks/{webhook}": (SETTINGS, None),
    "DELETE /webhooks/{webhook}": (SETTINGS, None),
    "POST /webhooks/{webhook}/secret": (SETTINGS, None),
    "POST /webhooks/{webhook}/test": (SETTINGS, None),
    "GET /webhooks/{webhook}/calls": (SETTINGS, None),
    "POST /webhooks/{webhook}/calls/{call}/send": (SETTINGS, None),
    "POST /tickets/{number}/undelivered/{row}/now": (NOTHING_WAITS, NOTHING_WAITS),
    "POST /tickets/{number}/undelivered/{row}/send": (
        WORKS,
        (401, 401, 404, 404, 404, 404, 403, 403),
    ),
}
"""What each of ASKING gets for Amira's ticket and for Wei's team's; the things named below the latter are the former's."""

BODIES: dict[str, dict[str, Any]] = {
    "presence": {"state": "busy"},
    "classify": {"priority": 3},
    "asides": {"inbox": "mail", "to": [SUPPLIER], "subject": "A seal", "text": "Have you one?"},
    "translations": {"text": "Hello", "to": "de"},
    "{kind}": {"url": "https://crm.example/slot"},
    "messages": {"text": "Please hurry."},
    "state": {"state": "done"},
    "dossier": {"deed": "tag", "what": "vip"},
    "give": {"team": "technical"},
    "notes": {"text": "Seen."},
    "reply": {"text": "Hello"},
    "webhooks": {"name": "Second", "url": "https://crm.example/events"},
    "{webhook}": {"kinds": ["message"]},
    "roles": {"name": "Readers", "permissions": ["see_reports"]},
    "{role}": {"name": "Readers", "permissions": ["see_reports"]},
    "invitations": {"email": "late@fernhill.example", "name": "Late"},
    "sources": {"address": "sample"},
    "ask": {"question": "How do I cancel?"},
    "saved-views": {"name": "Urgent", "wanted": {"priority": 1}},
    "macros": {"name": "Sorry", "text": "We are sorry.", "whose": "me"},
    "{macro}": {"name": "Thanks", "text": "Many thanks.", "whose": "billing"},
    "suggestions": {"article": "plans", "outcome": "rejected"},
    "hand-on": {"to": {"team": "triage"}, "reason": "It is about the hub."},
    "{lesson}": {"teaches": {"text": "Why was I charged twice?", "article": "plans"}},
    "back": {"kind": "router"},
    "consult": {
        "person": "00000000-0000-0000-0000-000000000009",
        "reason": "She asks for the refund by cheque.",
    },
    "rhythm": {"every": "week"},
    "senders": {"inbox": "mail", "sender": "letters.example", "ruling": "never"},
}


def _bodies(world: World) -> dict[str, dict[str, Any]]:
    row = Conversation.objects.get(ticket__number=world.made["maya"])
    way = f"{row.address_id}.{row.inbox_id}"
    own: dict[str, dict[str, Any]] = {
        "links": {"ticket": world.made["lee"]},
        "wishes": {"way": way, "wants": True},
        "agent": {"agent": world.user("amira").email},
    }
    own["snooze"] = {"until": (world.clock() + timedelta(hours=2)).isoformat()}
    own["part"] = {"way": way}
    own["policy"] = {"policy": str(SlaPolicy.objects.get().id)}
    own["judgements"] = {"lessons": [str(things.lesson(world).id)], "verdict": "accept"}
    return BODIES | own | {"merge": {"into": world.made["maya"]}}


@contextmanager
def _undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _described() -> set[str]:
    return {
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, methods in openapi()["paths"].items()
        for method in methods
    }


def _places(world: World, ticket: str) -> dict[str, str]:
    mine = Message.objects.filter(conversation__ticket__number=world.made["maya"])
    first = mine.order_by("seq")[0]
    aside = beside(world.house, world.user("amira"), world.made["maya"])
    dead = OutboxRow.objects.get(message__in=mine, state=OutboxRow.State.DEAD)
    return {
        "held": str(things.held(world).id),
        "number": str(world.made[ticket]),
        "conversation": str(world.conversation(ticket)),
        "view": "unassigned",
        "slug": "plans" if ticket == "maya" else "secret-plans",
        "file": str(Attachment.objects.filter(message=first)[0].id),
        "message": str(first.id),
        "row": str(dead.id),
        "kind": "customer",
        "measure": "response",
        "webhook": str(world.hook.id),
        "call": str(HookCall.objects.get(hook=world.hook).id),
        "offer": str(_offer_to_amira(world).id),
        "role": str(_role(world).id),
        "inbox": "website",
        "aside": str(aside.aside),
        "reply": str(aside.answer),
        "stuck": str(aside.failed),
        "place": "0",
        "evidence": str(_evidence(world, first).id),
        "saved": str(things.saved_view(world).id),
        "macro": str(things.macro(world).id),
        "lesson": str(things.lesson(world).id),
        "mail": str(things.kept(world).id),
        "arrival": str(things.unread(world).id),
        "ruling": str(things.ruling(world).id),
        "post": str(
            things.post(world, **({} if ticket == "maya" else {"mark": 2, "ticket": ticket})).id
        ),
    }


def _role(world: World) -> Role:
    brand = Inbox.objects.get(slug="website").brand
    permissions = ["see_reports"]
    made, _ = Role.objects.get_or_create(
        brand=brand, name="Old", defaults={"permissions": permissions}
    )
    return made


def _offer_to_amira(world: World) -> Reservation:
    now = world.clock()
    made, _ = Reservation.objects.get_or_create(
        ticket=Ticket.objects.get(number=world.made["maya"]),
        agent=Agent.objects.get(user=world.user("amira")),
        defaults={"offered_at": now, "deadline": now + timedelta(minutes=5)},
    )
    return made


def _evidence(world: World, message: Message) -> Tie:
    """Something that may speak for another address of whoever wrote this, and is not enough."""
    hub = Conversation.objects.get(ticket__number=world.made["hub"]).address_id
    other = Address.objects.exclude(id__in=[message.address_id, hub]).order_by("id")[0]
    found, _ = Tie.objects.get_or_create(
        one=message.address,
        other=other,
        kind="mail",
        defaults={"weight": 0.7, "made_at": message.sent_at},
    )
    return found


def _answers(world: World, operation: str, ticket: str) -> tuple[int, ...]:
    method, path = operation.split(" ")
    address = path.format(**_places(world, ticket))
    address += "?last=2027-03-31&days=31" if "{measure}" in path else ""
    address += "?name=receipt.txt" if operation == "POST /tickets/{number}/files" else ""
    body = (
        _bodies(world).get(path.rpartition("/")[2], {})
        if method in {"POST", "PATCH", "PUT"}
        else None
    )
    found = []
    for who in ASKING:
        with _undone():
            answer = world.ask(who, method, address, body)
        found.append(200 if answer.status_code in {201, 202, 204} else answer.status_code)
        if answer.status_code >= 400:
            assert answer["Content-Type"] == "application/problem+json", (operation, who)
    return tuple(found)


@pytest.mark.timeout(900)  # more than two thousand requests
def test_every_operation_answers_each_role_as_its_row_says(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("THREADLINE_BRAIN_URL", raising=False)
    assert _described() == set(ROWS), "an operation has no row, or a row no operation"
    wrong = {}
    for operation, (own, foreign) in ROWS.items():
        if (found := _answers(world, operation, "maya")) != own:
            wrong[operation] = found
        if foreign is not None and (found := _answers(world, operation, "hub")) != foreign:
            wrong[f"{operation} (foreign)"] = found
    assert wrong == {}


def _words_in(body: Any) -> Iterator[str]:
    """What somebody wrote: strings of more than one word."""
    match body:
        case dict():
            for value in body.values():
                yield from _words_in(value)
        case list():
            for value in body:
                yield from _words_in(value)
        case str() if " " in body:
            yield body


def test_what_is_kept_of_an_answer_are_ids_and_states(world: World) -> None:
    """Whatever takes an idempotency key: else words would outlive an erasure, and secrets stand in the clear."""
    kept = 0
    for path, methods in openapi()["paths"].items():
        for method, operation in methods.items():
            if not any(one["name"] == "Idempotency-Key" for one in operation["parameters"]):
                continue
            address = path.removeprefix("/api/v1").format(**_places(world, "maya"))
            body = _bodies(world).get(path.rpartition("/")[2], {})
            for who in ("amira", "ada"):
                with _undone():
                    world.ask(who, method.upper(), address, body, Idempotency_Key="k")
                    said = json.dumps(list(ApiAnswer.objects.values_list("body", flat=True)))
                kept += said != "[]"
                words = [*_words_in(body), "Maya", "charged", SUPPLIER, "whsec_", '"secret": "']
                assert [word for word in words if word in said] == [], path
    assert kept > 40


def test_what_is_foreign_is_told_in_the_words_for_what_is_absent(world: World) -> None:
    foreign = world.ask("amira", "GET", world.path("hub"))
    world.made["absent"] = 999_999
    absent = world.ask("amira", "GET", world.path("absent"))
    assert foreign.status_code == absent.status_code == 404
    said = foreign.content.decode().replace(str(world.made["hub"]), "999999")
    assert said == absent.content.decode()


def test_lists_hold_only_what_the_person_may_see(world: World) -> None:
    numbers = {
        who: {item["number"] for item in world.ask(who, "GET", "/tickets").json()["items"]}
        for who in ("amira", "wei", "ruth", "otto")
    }
    everything = set(world.made.values())
    assert numbers["ruth"] == numbers["otto"] == everything
    assert numbers["amira"] == everything - {world.made["hub"]}
    assert numbers["wei"] == {world.made["hub"], world.made["jan"]}, "own team and triage"


def test_events_of_foreign_tickets_are_passed_over(world: World) -> None:
    items = world.ask("wei", "GET", "/events?limit=100").json()["items"]
    seen = {item["conversation"] for item in items}
    assert seen == {str(world.conversation(name)) for name in ("hub", "jan")}


def test_who_only_reads_sees_addresses_masked(world: World) -> None:
    path = world.path("maya", "/customer")
    assert world.ask("amira", "GET", path).json()["address"] == "maya.ruiz@example.org"
    assert world.ask("otto", "GET", path).json()["address"] == "m***@example.org"
    packet = world.ask("otto", "GET", world.path("hub", "/packet")).json()
    assert packet["who"]["contact"] == "o***@kita-sonnenhof.example"


def test_a_stranger_is_told_401_before_anything_is_looked_at(world: World) -> None:
    for operation in _described():
        method, path = operation.split(" ")
        wrong = re.sub(r"\{\w+\}", "%00%F0'\"", path)
        for given in (b"{", b"[]", b"\xff" * 10):
            answer = world.client.generic(method, f"/api/v1{wrong}?limit=x", given, "text/plain")
            assert answer.status_code == 401, operation
            assert answer["WWW-Authenticate"].startswith("Bearer")
    for path in ("/nothing", "/tickets/1/nothing", "//", "/stream"):
        assert world.ask("", "GET", path).status_code == 401, path
        assert world.ask("", "PATCH", path).status_code == 401, path


def _addresses(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        here = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _addresses(entry, here)
        else:
            yield here, entry


OPEN = {"", "favicon.ico", "help/", "help/<path:slug>", "search/", "api/v1/openapi.json"}
"""What a stranger may read: the portal and the description of the API."""
SIGNING_IN = re.compile(
    r"^account/(?!tokens|2fa/(totp|recovery|webauthn/(?!login)|$)|password/change|password/set)"
)
"""Pages of the account that are there for who is not signed in yet."""


def test_every_address_of_the_house_is_open_by_a_row_or_closed(world: World) -> None:
    """Django's table: what is not in OPEN or part of signing in sends a stranger to the login, or says 401 or 404."""
    told: dict[str, int] = {}
    asked = []
    for pattern, _ in _addresses(get_resolver()):
        if pattern in OPEN or SIGNING_IN.match(pattern):
            continue
        plain = re.sub(r"[\^$]|\(\?P<\w+>.*?\)", "", pattern.replace(".*", "x"))
        path = re.sub(r"<(?:\w+:)?(\w+)>", _sample, plain)
        answer = world.client.get("/" + path)
        if answer.status_code == 405:
            answer = world.client.post("/" + path)
        asked.append(pattern)
        if answer.status_code not in {401, 404} and not _leads_to_login(world, answer):
            told[pattern] = answer.status_code
    assert told == {}
    assert {name.partition("/")[0] for name in asked} >= {"account", "admin", "api", "desk"}


def test_the_administration_is_closed_to_who_only_works_tickets(world: World) -> None:
    """Every address of it; who sees which of its pages otherwise is `tests.web.admin`'s concern."""
    told = {}
    for login in ("amira", "ruth"):
        client = Client()
        client.force_login(world.user(login))
        for pattern, _ in _addresses(get_resolver()):
            if pattern.startswith("admin/store/"):
                path = re.sub(r"<(?:\w+:)?(\w+)>", _sample, pattern)
                answer = client.get("/" + path)
                if answer.status_code == 200 or "admin/login" not in answer.get("Location", ""):
                    told[login, pattern] = answer.status_code
    assert told == {}


def _sample(match: re.Match[str]) -> str:
    kinds = {"uuid": "11111111-1111-4111-8111-111111111111", "int": "1001"}
    return kinds.get(match[0][1:].partition(":")[0], "1001")


def _leads_to_login(world: World, answer: Any) -> bool:
    target = answer.headers.get("Location", "")
    if "login" in target or not target:
        return bool(target)
    # One step further, where an address only adds a slash.
    return "login" in world.client.get(target).headers.get("Location", "")


def test_the_stream_has_an_address_of_the_api_and_is_no_operation() -> None:
    assert API_PATH == "/api/v1/stream"
    assert "GET /stream" not in _described()

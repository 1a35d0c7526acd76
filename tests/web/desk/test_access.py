"""Every route of the desk x every role x own and foreign ticket, from the URL table: a new route needs a row here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.urls import reverse

from bot import desk_views, macros, replying, rulings
from core.rulings import Ruling
from store.desk_filter import Criteria
from store.desk_views import View
from store.held import Written
from store.kept import machine_mails, unread_arrivals
from store.models import (
    Address,
    Agent,
    Aside,
    Attachment,
    Conversation,
    HeldReply,
    Lesson,
    Macro,
    Message,
    OutboxRow,
    PublicPost,
    Reservation,
    SavedView,
    SenderRuling,
    SlaPolicy,
    Ticket,
    Tie,
)
from tests.bot.lessons import lesson
from tests.web.beside import SUPPLIER, beside
from tests.web.desk.conftest import Day
from tests.web.kept import an_absence, something_unreadable
from web.desk.urls import urlpatterns

PEOPLE = ("", "amira", "wei", "ruth", "ada", "otto", "ines")
"""A stranger, an agent whose ticket it is, an agent of another team, lead, admin, auditor, author."""

READS = (302, 200, 404, 200, 200, 200, 403)
WORKS = (302, 200, 404, 200, 200, 403, 403)
SPEAKS = (302, 200, 404, 409, 409, 403, 403)
LEADS = (302, 403, 403, 200, 200, 403, 403)
MATRIX: dict[str, tuple[int, ...]] = {
    "home": (302, 302, 302, 302, 302, 302, 302),
    "view": (302, 200, 200, 200, 200, 200, 403),
    "find": (302, 200, 200, 200, 200, 200, 403),
    "search": (302, 200, 200, 200, 200, 200, 403),
    "filter": (302, 200, 200, 200, 200, 200, 403),
    "saved": (302, 200, 404, 200, 404, 404, 403),
    "save_view": (302, 302, 302, 302, 302, 302, 403),
    "remove_view": (302, 403, 404, 302, 404, 404, 403),
    "offers": (302, 200, 200, 200, 200, 200, 403),
    "accept": (302, 204, 404, 404, 404, 403, 403),
    "decline": (302, 200, 404, 404, 404, 403, 403),
    "be": (302, 200, 200, 200, 404, 403, 403),
    "beat": (302, 200, 200, 200, 286, 286, 403),
    "ticket": READS,
    "file": READS,
    "original": READS,
    "take": WORKS,
    "note": WORKS,
    "classify": WORKS,
    "wait": WORKS,
    "resolve": WORKS,
    "send_again": WORKS,
    "send_now": (302, 404, 404, 404, 404, 403, 403),
    "link": WORKS,
    "confirm": WORKS,
    "unlink": WORKS,
    "allow": WORKS,
    "prefer_agent": WORKS,
    "part": (302, 404, 404, 404, 404, 403, 403),
    "snooze": WORKS,
    "customer_fields": WORKS,
    "translate": (302, 409, 404, 409, 409, 403, 403),
    "ask_form": WORKS,
    "ask": WORKS,
    "aside_say": WORKS,
    "aside_settle": WORKS,
    "aside_seen": WORKS,
    "aside_again": WORKS,
    "aside_file": READS,
    "annotate": WORKS,
    "tags": (302, 200, 200, 200, 200, 403, 403),
    "merge_form": WORKS,
    "promise_form": LEADS,
    "promise": LEADS,
    "merge": (302, 409, 404, 409, 409, 403, 403),
    "split": (302, 409, 404, 409, 409, 403, 403),
    "bulk_choices": (302, 200, 200, 200, 200, 403, 403),
    "bulk": (302, 204, 204, 204, 204, 403, 403),
    "bulk_undo": (302, 400, 400, 400, 400, 403, 403),
    "hand_on_form": WORKS,
    "hand_on": (302, 204, 404, 200, 200, 403, 403),
    "draft": (302, 204, 404, 204, 204, 403, 403),
    "preview": (302, 200, 404, 200, 200, 403, 403),
    "inserts": WORKS,
    "macro": WORKS,
    "similar": READS,
    "suggestion": WORKS,
    "judged": (302, 204, 404, 204, 204, 403, 403),
    "colleagues": WORKS,
    "undo": (302, 200, 404, 409, 409, 403, 403),
    "macros": (302, 200, 200, 200, 200, 403, 403),
    "new_macro": (302, 403, 403, 302, 302, 403, 403),
    "change_macro": (302, 403, 404, 302, 302, 403, 403),
    "remove_macro": (302, 403, 404, 302, 302, 403, 403),
    "posts": (302, 200, 200, 200, 200, 200, 403),
    "settle_post": (302, 409, 404, 409, 409, 403, 403),
    "kept": (302, 403, 403, 200, 200, 200, 403),
    "open_kept": (302, 403, 403, 302, 302, 403, 403),
    "decide_about": (302, 403, 403, 302, 302, 403, 403),
    "decide_sender": (302, 403, 403, 302, 302, 403, 403),
    "undo_ruling": (302, 403, 403, 302, 302, 403, 403),
    "open_unread": (302, 403, 403, 302, 302, 403, 403),
    "kept_file": (302, 403, 403, 200, 200, 200, 403),
    "lessons": (302, 403, 403, 200, 200, 403, 403),
    "settle_lessons": (302, 403, 403, 302, 302, 403, 403),
    "teach": (302, 403, 403, 302, 302, 403, 403),
    "rhythm": (302, 403, 403, 302, 302, 403, 403),
    "amend_lesson": (302, 403, 403, 302, 302, 403, 403),
    "reply": SPEAKS,
    "release": SPEAKS,
    "connect": (302, 409, 404, 409, 409, 403, 403),
    "hang_up": (302, 409, 404, 409, 409, 403, 403),
    "hold": (302, 409, 404, 409, 409, 403, 403),
    "unhold": (302, 409, 404, 409, 409, 403, 403),
    "consult_form": WORKS,
    "consult": (302, 404, 404, 404, 404, 403, 403),
    "connect_caller": (302, 409, 404, 409, 409, 403, 403),
    "reopen": (302, 409, 404, 409, 409, 403, 403),
}
"""What each of PEOPLE gets on Maya's ticket, which Amira is being offered. It is not resolved, so that nobody can
reopen it, it came by chat, so that nobody can be called or merge it, and it was never merged."""
OFFER = UUID(int=4711)

GETS = {
    *("home", "view", "find", "search", "filter", "saved", "offers", "ticket", "file", "original"),
    *("tags", "merge_form", "promise_form", "ask_form", "aside_file", "customer_fields"),
    "consult_form",
    *(
        "inserts",
        "macro",
        "similar",
        "suggestion",
        "colleagues",
        "macros",
        "bulk_choices",
        "hand_on_form",
    ),
    "lessons",
    "posts",
    "kept",
    "kept_file",
}
BOTH = {"new_macro", "change_macro"}
"""A form and what it posts to."""


@contextmanager
def _undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _arguments(name: str, number: int) -> dict[str, Any]:
    conversation = Conversation.objects.get(ticket__number=number)
    first = Message.objects.filter(conversation=conversation).order_by("seq")[0]
    dead = OutboxRow.objects.get(conversation=conversation, state=OutboxRow.State.DEAD)
    file = Attachment.objects.filter(message=first)[0]
    evidence = Tie.objects.get_or_create(
        one=first.address,
        other=Address.objects.exclude(id=first.address_id).order_by("id")[0],
        kind="mail",
        defaults={"weight": 0.7, "made_at": first.sent_at},
    )[0]
    made = Aside.objects.get(ticket__number=number)
    aside = {"number": number, "aside": made.id}
    answer, stuck = made.messages.get(user=None).id, made.messages.get(state="failed").id
    shared, macro, held = SavedView.objects.get(), Macro.objects.get(), HeldReply.objects.get()
    known: dict[str, dict[str, Any]] = {
        "confirm": {"number": number, "tie": evidence.id},
        "unlink": {"number": number, "tie": evidence.id},
        "aside_say": aside,
        "aside_settle": aside,
        "aside_seen": aside,
        "aside_again": {**aside, "message": stuck},
        "aside_file": {**aside, "message": answer, "place": 0},
        "home": {},
        "find": {},
        "search": {},
        "filter": {},
        "save_view": {},
        "saved": {"saved": shared.id},
        "remove_view": {"saved": shared.id},
        "view": {"view": "unassigned"},
        "offers": {},
        "be": {},
        "beat": {},
        "accept": {"offer": OFFER},
        "decline": {"offer": OFFER},
        "file": {"number": number, "file": file.id},
        "original": {"number": number, "message": first.id},
        "send_again": {"number": number, "row": dead.id},
        "send_now": {"number": number, "row": dead.id},
        "macro": {"number": number, "macro": macro.id},
        "undo": {"number": number, "held": held.id},
        "macros": {},
        "bulk_choices": {},
        "tags": {},
        "bulk": {},
        "bulk_undo": {},
        "new_macro": {},
        "change_macro": {"macro": macro.id},
        "remove_macro": {"macro": macro.id},
        "posts": {},
        "kept": {},
        "open_kept": {"message": machine_mails().get().id},
        "decide_about": {"message": machine_mails().get().id},
        "decide_sender": {},
        "undo_ruling": {"ruling": SenderRuling.objects.get().id},
        "open_unread": {"arrival": unread_arrivals().get().id},
        "kept_file": {"arrival": unread_arrivals().get().id},
        "settle_post": {"post": PublicPost.objects.get().id},
        "lessons": {},
        "settle_lessons": {},
        "teach": {},
        "rhythm": {},
        "amend_lesson": {"lesson": Lesson.objects.get().id},
    }
    return known.get(name, {"number": number})


def _form(number: int, name: str) -> dict[str, str]:
    ticket = Ticket.objects.select_related("conversation").get(number=number)
    way = f"{ticket.conversation.address_id}.{ticket.conversation.inbox_id}"
    return {
        "text": "Hello there",
        "name": "Urgent",
        "state": "done" if name == "aside_settle" else "busy",
        "inbox": "mail",
        "sender": "letters.example",
        "subject": "A seal",
        "priority": "2",
        "policy": str(SlaPolicy.objects.get().id),
        "version": str(ticket.version),
        "other": str(_another(number)),
        "way": way,
        "wants": "yes",
        "for": "",
        "mode": "reply",
        "article": "charged-twice",
        "outcome": "rejected",
        "numbers": str(number),
        "deed": {"settle_lessons": "accept", "settle_post": "ignore"}.get(name, "priority"),
        "every": "week",
        "value": "1",
        "to": SUPPLIER if name == "ask" else "team:technical",
        "reason": "It is about a hub",
        **({"deed": "tag", "what": "vip"} if name == "annotate" else {}),
        "into": str(number),
    }


@pytest.fixture(autouse=True)
def shared(day: Day) -> None:
    """A view and a macro of Ruth's for the team that Amira is in too, and a reply of Amira's that waits."""
    company = day.company
    macros.save(
        company.house,
        company.users["ruth"],
        {"name": "Thanks", "text": "Thank you", "for": "billing"},
    )
    waiting = Written("Until tomorrow")
    replying.send(company.house, company.users["amira"], day.made["maya"], waiting)
    criteria = Criteria(priority="2")
    desk_views.save(company.house, company.users["ruth"], "High", criteria, "billing")
    beside(company.house, company.users["amira"], day.made["maya"])
    _post(day)
    an_absence(company.house)
    something_unreadable(company.house)
    rulings.decide(company.house, company.users["ruth"], "mail", "news.example", Ruling.NEVER)
    lesson(company, "Why was I charged twice?", {"article": "charged-twice"})


def _post(day: Day) -> None:
    """A public post that became Maya's ticket: who may not see that does not see it."""
    talk = Conversation.objects.select_related("inbox").get(ticket__number=day.made["maya"])
    PublicPost.objects.create(
        brand_id=talk.brand_id,
        inbox=talk.inbox,
        address=talk.address,
        conversation=talk,
        lookup=b"1",
        kind="comment",
        state="conversation",
        posted_at=talk.opened_at,
        arrived_at=talk.opened_at,
    )


def _offer_to_amira(day: Day) -> None:
    now = day.company.clock()
    Reservation.objects.create(
        id=OFFER,
        ticket=Ticket.objects.get(number=day.made["maya"]),
        agent=Agent.objects.get(user=day.company.users["amira"]),
        offered_at=now,
        deadline=now + timedelta(minutes=5),
    )


def _another(number: int) -> int:
    """A ticket of the same team: whoever sees one sees both."""
    team = Ticket.objects.get(number=number).team
    own = Ticket.objects.get(number=number).conversation.address
    others = Ticket.objects.filter(team=team).exclude(conversation__address=own)
    return others.order_by("number")[0].number


def test_every_route_answers_each_role_as_the_matrix_says(day: Day) -> None:
    assert {pattern.name for pattern in urlpatterns} == set(MATRIX), "a route has no row"
    number = day.made["maya"]
    _offer_to_amira(day)
    clients = [day.client(login) for login in PEOPLE]
    found = {}
    for name, expected in MATRIX.items():
        address = reverse(f"desk:{name}", kwargs=_arguments(name, number))
        statuses = []
        for client in clients:
            with _undone():
                ask: Callable[..., Any] = client.get if name in GETS else client.post
                statuses.append(
                    ask(address, {} if name in GETS else _form(number, name)).status_code
                )
        if tuple(statuses) != expected:
            found[name] = tuple(statuses)
    assert found == {}


def test_a_form_is_never_sent_by_a_link(day: Day) -> None:
    client = day.client("amira")
    for name in set(MATRIX) - GETS - BOTH:
        address = reverse(f"desk:{name}", kwargs=_arguments(name, day.made["maya"]))
        assert client.get(address).status_code == 405, name


def test_what_is_posted_without_the_token_is_refused(day: Day) -> None:
    client = day.client("amira", checks_csrf=True)
    response = client.post(day.path("maya", "note"), {"text": "Forged"})
    assert response.status_code == 403


def test_a_fragment_asked_for_by_a_stranger_sends_the_whole_page_to_the_login(day: Day) -> None:
    response = day.client(fragment=True).get(day.path("maya"))
    assert response.status_code == 401
    assert response["HX-Redirect"].startswith("/account/login/")
    assert b"Card charged" not in response.content


def test_a_person_who_left_is_a_stranger(day: Day) -> None:
    client = day.client("amira")
    user = day.company.users["amira"]
    user.is_active = False
    user.save()
    assert client.get(day.path("maya")).status_code == 302


def test_no_view_shows_what_the_person_may_not_see(day: Day) -> None:
    client = day.client("wei")
    for view in View:
        page = client.get(f"/desk/view/{view}/").content.decode()
        assert "Maya" not in page, view
        assert f"#{day.made['maya']}" not in page, view
        assert "charged twice" not in page, view


def test_files_of_another_ticket_are_not_reached_through_an_own_one(day: Day) -> None:
    file = Attachment.objects.all()[0]
    own = reverse("desk:file", kwargs={"number": day.made["hub"], "file": file.id})
    assert day.client("wei").get(own).status_code == 404
    message = Message.objects.filter(conversation__ticket__number=day.made["maya"])[0]
    own = reverse("desk:original", kwargs={"number": day.made["hub"], "message": message.id})
    assert day.client("wei").get(own).status_code == 404


def test_an_auditor_reads_a_masked_address_and_sees_nothing_to_press(day: Day) -> None:
    page = day.client("otto").get(day.path("maya")).content.decode()
    assert "m***@example.org" in page
    assert "maya.ruiz@example.org" not in page
    assert "hx-post" not in page


def test_who_has_no_desk_is_told_who_can_change_that(day: Day) -> None:
    page = day.client("ines").get("/desk/view/mine/")
    assert page.status_code == 403
    assert "Ada Lindqvist" in page.content.decode()

"""Working beside each other: handing on with a reason, back to the assistant, deeds on many tickets and their undoing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core import signing
from django.test import Client

from bot import bulk, desk, handover
from bot.reply import Outcome, finish_turn
from core.decision import Priority, Routed
from core.errors import Conflict, IllegalTransition, MalformedPayload
from core.message import Reply
from core.understanding import Effect, EffectKind
from store.bodies import open_body, seal_body
from store.models import Conversation, Mention, Message, QueueEntry, SlaPolicy, Survey, Ticket
from tests.company import promised_targets
from tests.web.day import _last_mail
from tests.web.desk.conftest import Day
from tests.web.desk.test_writing import held_sender
from tests.web.seed import claimed, mails


def _ticket(day: Day, name: str) -> Ticket:
    return Ticket.objects.select_related("conversation", "team").get(number=day.made[name])


def _note(day: Day, name: str) -> Message:
    notes = Message.objects.filter(conversation__ticket__number=day.made[name], kind="note")
    return notes.order_by("-seq")[0]


def test_a_ticket_goes_to_another_team_with_the_reason_as_a_note(day: Day) -> None:
    company, amira = day.company, day.company.users["amira"]
    handover.to_team(company.house, amira, day.made["maya"], "technical", "It is the hub after all")
    ticket = _ticket(day, "maya")
    assert (ticket.team.slug, ticket.assignee) == ("technical", None)
    assert ticket.conversation.speaker == Conversation.Speaker.QUEUE
    assert QueueEntry.objects.get(ticket=ticket).team.slug == "technical"
    page = day.client("wei").get(day.path("maya")).content.decode()
    assert "It is the hub after all" in page
    assert day.client("amira").get(day.path("maya")).status_code == 404


def test_a_colleague_gets_it_with_the_word_and_a_mention(day: Day) -> None:
    company, users = day.company, day.company.users
    number = day.made["maya"]
    handover.to_colleague(company.house, users["amira"], number, users["ruth"].id, "Yours, please")
    ticket = _ticket(day, "maya")
    assert ticket.conversation.speaker_user == ticket.assignee == users["ruth"]
    assert Mention.objects.get().user == users["ruth"]
    with pytest.raises(IllegalTransition):
        handover.to_team(company.house, users["amira"], number, "technical", "No, mine")
    with pytest.raises(Conflict, match="may not see"):
        handover.to_colleague(company.house, users["ruth"], number, users["wei"].id, "Hub")


def test_without_a_reason_nothing_is_handed_on(day: Day) -> None:
    form = {"to": "team:technical", "reason": " ", "version": str(_ticket(day, "maya").version)}
    assert day.client("amira").post(day.path("maya", "hand-on"), form).status_code == 400
    form = {"to": "nobody", "reason": "x", "version": form["version"]}
    assert day.client("amira").post(day.path("maya", "hand-on"), form).status_code == 400


def test_back_to_the_assistant_and_to_people_again(day: Day) -> None:
    company, amira = day.company, day.company.users["amira"]
    handover.to_assistant(company.house, amira, day.made["maya"], "Only asks for the invoice")
    ticket = _ticket(day, "maya")
    assert (ticket.status, ticket.assignee) == ("pending", None)
    assert ticket.conversation.speaker == Conversation.Speaker.BOT
    mails(company, held_sender(day), "Re: Card", "And now?", follows=_last_mail(company))
    routed = Routed("billing", Priority.HIGH, "billing")
    number = finish_turn(company.house, claimed(company), Outcome(state={}, routed=routed))
    assert number == day.made["maya"]
    ticket = _ticket(day, "maya")
    assert (ticket.status, ticket.conversation.speaker) == ("open", "queue")
    assert QueueEntry.objects.filter(ticket=ticket).exists()
    page = day.client("amira").get(day.path("maya")).content.decode()
    assert "handed the ticket back to the assistant" in page
    assert "The assistant brought the ticket back to people" in page


def test_what_the_assistant_settles_is_settled_for_the_ticket_too(day: Day) -> None:
    company, amira = day.company, day.company.users["amira"]
    handover.to_assistant(company.house, amira, day.made["maya"], "Only asks for the invoice")
    mails(company, held_sender(day), "Re: Card", "Found it, thanks", follows=_last_mail(company))
    outcome = Outcome((Reply("Good."),), {}, (Effect(EffectKind.RESOLVE, {}),))
    finish_turn(company.house, claimed(company), outcome)
    assert _ticket(day, "maya").status == "resolved"


def _act(client: Client, day: Day, deed: str, value: str = "", *names: str) -> dict[str, str]:
    numbers = [day.made[name] for name in names]
    answer = client.post("/desk/many/", {"numbers": numbers, "deed": deed, "value": value})
    assert answer.status_code == 204
    said: dict[str, str] = json.loads(answer["HX-Trigger"])["desk:say"]
    return said


def test_many_are_changed_and_taken_back_at_once(day: Day) -> None:
    client = day.client("ruth")
    before = {name: _ticket(day, name).priority for name in ("maya", "hub", "jan")}
    said = _act(client, day, "priority", "1", "maya", "hub", "jan")
    assert said["text"] == "3 tickets changed."
    assert {_ticket(day, name).priority for name in before} == {1}
    desk.reclassify(day.company.house, day.company.users["ruth"], day.made["jan"], priority=2)
    undone = client.post("/desk/many/undo/", {"token": said["undo"]})
    assert "2 taken back" in undone["HX-Trigger"]
    assert _ticket(day, "maya").priority == before["maya"]
    assert _ticket(day, "jan").priority == 2, "changed since: left alone"


NAMES = ("maya", "hub", "jan")
"""Amira's, and two that wait."""


def _as_it_stands(day: Day, name: str) -> dict[str, object]:
    ticket = _ticket(day, name)
    row = ticket.conversation
    waits = QueueEntry.objects.filter(ticket=ticket).values("team", "priority", "skills").first()
    return {
        "status": ticket.status,
        "assignee": ticket.assignee_id,
        "team": ticket.team_id,
        "policy": ticket.policy_id,
        "priority": ticket.priority,
        "category": ticket.category,
        "snoozed": ticket.snoozed_until,
        "our turn": ticket.waits_since,
        "resolved": (ticket.resolved_at, row.resolved_at, row.status),
        "speaker": (row.speaker, row.speaker_user_id),
        "waits": waits,
        "tags": list(ticket.tags.values_list("name", flat=True)),
    }


@pytest.mark.parametrize("deed", sorted(bulk.DEEDS))
def test_every_deed_on_many_is_taken_back(day: Day, deed: str) -> None:
    company, names = day.company, NAMES[1:] if deed == "take" else NAMES
    other = SlaPolicy.objects.create(brand=company.brand, name="Other", targets=promised_targets())
    later = (company.clock() + timedelta(hours=3)).isoformat()
    values = {
        "priority": "4",
        "category": "shipping",
        "team": "technical",
        "policy": str(other.id),
        "snooze": later,
        "tag": "outage",
    }
    earlier = company.clock() + timedelta(hours=1)
    desk.snooze(company.house, company.users["ruth"], day.made["jan"], earlier)
    QueueEntry.objects.filter(ticket__number=day.made["hub"]).update(skills=["hubs"])
    before = {name: _as_it_stands(day, name) for name in names}
    said = _act(day.client("ruth"), day, deed, values.get(deed, ""), *names)
    assert said["text"] == f"{len(names)} tickets changed."
    assert any(_as_it_stands(day, name) != before[name] for name in names)
    undone = day.client("ruth").post("/desk/many/undo/", {"token": said["undo"]})
    assert f"{len(names)} taken back" in undone["HX-Trigger"]
    for name in names:
        assert _as_it_stands(day, name) == before[name], name


def test_a_resolution_taken_back_lets_the_clocks_run_and_asks_nobody_twice(day: Day) -> None:
    company, number = day.company, day.made["maya"]
    client = day.client("ruth")
    said = _act(client, day, "resolve", "", "maya")
    asked = Survey.objects.filter(conversation__ticket__number=number).count()
    assert _ticket(day, "maya").urgent_at is None
    client.post("/desk/many/undo/", {"token": said["undo"]})
    assert _ticket(day, "maya").urgent_at is not None
    _act(client, day, "resolve", "", "maya")
    assert Survey.objects.filter(conversation__ticket__number=number).count() == asked
    desk.wait(company.house, company.users["ruth"], day.made["hub"])
    before = _ticket(day, "hub")
    said = _act(client, day, "resolve", "", "hub")
    client.post("/desk/many/undo/", {"token": said["undo"]})
    hub = _ticket(day, "hub")
    assert hub.status == before.status == "pending"
    assert (hub.urgent_at, hub.next_due) == (before.urgent_at, before.next_due)


def test_what_is_not_possible_for_one_is_said_and_done_for_the_others(day: Day) -> None:
    said = _act(day.client("wei"), day, "take", "", "hub", "maya")
    assert said["text"].startswith("1 ticket changed. Not changed: #")
    assert _ticket(day, "hub").assignee == day.company.users["wei"]
    assert _ticket(day, "maya").assignee == day.company.users["amira"]


def test_only_the_own_and_unaltered_undo_counts(day: Day) -> None:
    said = _act(day.client("ruth"), day, "take", "", "jan")
    assert day.client("ada").post("/desk/many/undo/", {"token": said["undo"]}).status_code == 400
    forged = signing.dumps({"user": "x", "deed": "take", "undo": []}, salt="other")
    assert day.client("ruth").post("/desk/many/undo/", {"token": forged}).status_code == 400
    with pytest.raises(MalformedPayload):
        bulk.do(day.company.house, day.company.users["ruth"], range(200), "take")


def test_a_mail_with_another_need_is_taken_out_on_the_page(day: Day) -> None:
    """The first word is the ticket's own; what is no mail, or gone already, has no such button."""
    company, number = day.company, day.made["maya"]
    rows = Message.objects.select_related("address", "inbox").filter(
        conversation__ticket__number=number, author=Message.Author.CUSTOMER
    )
    first, second = list(rows.order_by("seq"))[:2]
    page, post = day.path("maya"), f"/desk/tickets/{number}/part/"
    client = day.client("amira")
    button = 'name="message" value="{}"'
    assert 'name="message" value=' not in client.get(page).content.decode(), "no mail here"
    for row in (first, second):
        body = open_body(company.house.vault, row)
        body = replace(body, extra={**body.extra, "message_id": f"{row.seq}@x.example"})
        row.body_cipher = seal_body(company.house.vault, row.address, row, body)
        row.save()
    shown = client.get(page).content.decode()
    assert button.format(second.id) in shown
    assert button.format(first.id) not in shown
    answer = client.post(post, {"message": str(second.id)})
    made = Ticket.objects.order_by("-number")[0]
    assert f"It is ticket {made.number} now." in answer["HX-Trigger"]
    shown = client.get(page).content.decode()
    assert button.format(second.id) not in shown
    assert f"Taken out of this thread: ticket {made.number}" in shown

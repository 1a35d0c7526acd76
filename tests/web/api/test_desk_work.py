"""What the desk does beside replying, done by programs with the generated client; who may is `test_access`."""

from __future__ import annotations

from datetime import timedelta
from types import ModuleType
from typing import Any
from uuid import uuid4

from bot.learning import JOB
from store.models import (
    AuditEntry,
    Job,
    Lesson,
    Macro,
    Mention,
    Message,
    ModelVersion,
    OutboxRow,
    PublicPost,
    SavedView,
    SuggestedReply,
    Ticket,
)
from tests.web.api import things
from tests.web.api.conftest import World, refused
from tests.web.kept import something_unreadable


def test_a_ticket_is_put_aside_and_is_back(
    apis: dict[str, Any], client: ModuleType, world: World
) -> None:
    api, number = apis["amira"], world.made["maya"]
    until = (world.clock() + timedelta(hours=3)).isoformat()
    state = api.onward_snooze(number, {"until": until})
    assert state["snoozed_until"].startswith(until[:16])
    assert number not in [one["number"] for one in api.each(api.tickets_list_view, "mine")]
    assert api.onward_snooze(number, {"until": None})["snoozed_until"] is None
    assert number in [one["number"] for one in api.each(api.tickets_list_view, "mine")]
    for moment in (world.clock() - timedelta(hours=1), world.clock() + timedelta(days=400)):
        refused(client, 409, api.onward_snooze, number, {"until": moment.isoformat()})
    naive = {"until": "2027-03-02T12:00:00"}
    assert refused(client, 422, api.onward_snooze, number, naive).errors


def test_a_ticket_is_handed_on_with_the_reason(
    apis: dict[str, Any], client: ModuleType, world: World
) -> None:
    api, number, ruth = apis["amira"], world.made["maya"], world.user("ruth")
    handed = {"to": {"person": str(ruth.id)}, "reason": "She knows the bank."}
    api.tickets_get_ticket(number)
    state = api.onward_hand_on(number, handed, if_match=api.etag, idempotency_key="on")
    assert state["assignee"]["name"] == "Ruth Okafor"
    assert "works on" in str(refused(client, 409, api.onward_hand_on, number, handed))
    note = Message.objects.get(id=Mention.objects.get(user=ruth).message_id)
    assert note.kind == "note", "the customer reads nothing of it"
    lead = apis["ruth"]
    state = lead.onward_hand_on(number, {"to": {"team": "technical"}, "reason": "A device."})
    assert (state["team"], state["assignee"]) == ("technical", None)
    same = {"to": {"team": "technical"}, "reason": "Again."}
    assert "already" in str(refused(client, 409, lead.onward_hand_on, number, same))
    blind = {"to": {"person": str(world.user("amira").id)}, "reason": "Yours again."}
    assert refused(client, 409, lead.onward_hand_on, number, blind).code == "conflict"
    back = lead.onward_hand_on(number, {"to": {"assistant": True}, "reason": "It can do this."})
    assert back["speaker"] == "bot"
    for wrong in ({"to": {}, "reason": "x"}, {"to": {"assistant": False}, "reason": "x"}):
        refused(client, 422, lead.onward_hand_on, number, wrong)
    refused(client, 422, lead.onward_hand_on, number, {"to": {"team": "billing"}, "reason": " "})


def test_what_never_joined_is_not_taken_out(
    apis: dict[str, Any], client: ModuleType, world: World
) -> None:
    way = {"way": f"{uuid4()}.{uuid4()}"}
    refused(client, 404, apis["amira"].onward_part, world.made["maya"], way)
    assert "telephone" in str(
        refused(client, 409, apis["amira"].onward_connect, world.made["maya"])
    )


def test_macros_are_written_used_and_taken_away(
    apis: dict[str, Any], client: ModuleType, world: World
) -> None:
    lead, api, number = apis["ruth"], apis["amira"], world.made["maya"]
    body = {
        "name": "Refund",
        "text": "Hello {{customer.first_name}}, {{agent.first_name}} sends it back.",
        "does": {"priority": 2, "then": "resolve"},
        "whose": "billing",
    }
    made = lead.macros_create_macro(body, idempotency_key="macro")
    assert lead.macros_create_macro(body, idempotency_key="macro") == made
    [kept] = api.each(api.macros_list_macros)
    assert (kept["whose"], kept["does"]["then"]) == ("billing", "resolve")
    filled = api.writing_fill_macro(number, made["id"])
    assert filled["text"] == "Hello Maya, Amira sends it back."
    assert filled["missing"] == []
    assert [one["id"] for one in api.writing_list_inserts(number, q="ref")["macros"]] == [
        made["id"]
    ]
    assert api.writing_list_inserts(number, q="plans")["articles"][0]["slug"] == "plans"
    lead.macros_change_macro(made["id"], {"name": "Refund", "does": {"category": "billing"}})
    assert list(api.each(api.macros_list_macros)) == [], "it is the lead's own from now on"
    [kept] = lead.each(lead.macros_list_macros)
    assert (kept["text"], kept["does"]["category"], kept["whose"]) == ("", "billing", "me")
    own = api.macros_create_macro({"name": "Mine", "text": "Bye."})
    assert Macro.objects.get(id=own["id"]).owner == world.user("amira")
    refused(client, 403, api.macros_create_macro, {**body, "name": "Ours"})
    refused(client, 422, api.macros_create_macro, {"name": "Nothing"})
    unknown = {"name": "Odd", "text": "{{customer.shoe}}"}
    assert "customer.name" in str(refused(client, 400, api.macros_create_macro, unknown))
    lead.macros_delete_macro(made["id"])
    refused(client, 404, api.writing_fill_macro, number, made["id"])


def test_lists_are_kept_and_read_page_by_page(
    apis: dict[str, Any], client: ModuleType, world: World
) -> None:
    lead, api = apis["ruth"], apis["amira"]
    wanted = {"name": "Billing", "wanted": {"team": "billing", "status": "any"}, "team": "billing"}
    made = lead.saved_views_save_view(wanted)
    assert lead.saved_views_save_view(wanted) == made, "one of the same name is replaced"
    assert [one["name"] for one in api.saved_views_list_saved_views()["items"]] == ["Billing"]
    seen = [one["number"] for one in api.each(api.saved_views_list_saved, made["id"], limit=1)]
    assert seen == sorted((world.made["maya"], world.made["lee"]), reverse=True)
    alive = lead.saved_views_save_view({"name": "Alive", "wanted": {"waits": "us"}})
    listed = [one["number"] for one in lead.each(lead.saved_views_list_saved, alive["id"], limit=1)]
    whole = lead.saved_views_list_saved(alive["id"])["items"]
    assert listed == [one["number"] for one in whole]
    assert len(listed) == len(set(listed)) > 1
    refused(client, 403, api.saved_views_save_view, wanted)
    refused(client, 422, api.saved_views_save_view, {"name": "All", "wanted": {}})
    refused(client, 422, api.saved_views_save_view, {"name": "All", "wanted": {"stauts": "open"}})
    assert lead.saved_views_delete_saved_view(made["id"]) is None
    refused(client, 404, api.saved_views_list_saved, made["id"])
    for number in range(20 - SavedView.objects.count()):
        lead.saved_views_save_view({"name": f"V{number}", "wanted": {"priority": 1}})
    full = {"name": "One more", "wanted": {"priority": 1}}
    assert "remove one" in str(refused(client, 409, lead.saved_views_save_view, full))


def test_a_saved_list_shows_each_person_their_own_tickets(
    apis: dict[str, Any], world: World
) -> None:
    everything = {"name": "All", "wanted": {"status": "any"}, "team": "billing"}
    made = apis["ruth"].saved_views_save_view(everything)["id"]
    numbers = {
        who: {one["number"] for one in apis[who].each(apis[who].saved_views_list_saved, made)}
        for who in ("amira", "ruth")
    }
    assert numbers["ruth"] - numbers["amira"] == {world.made["hub"]}


def test_what_came_of_a_suggestion_and_what_is_alike(
    apis: dict[str, Any], client: ModuleType, world: World
) -> None:
    api, number = apis["amira"], world.made["maya"]
    api.writing_judge_suggestion(number, {"article": "plans", "outcome": "edited"})
    assert SuggestedReply.objects.get().outcome == "edited"
    refused(client, 422, api.writing_judge_suggestion, number, {"article": "", "outcome": "eaten"})
    assert api.writing_list_similar(number)["items"] == []
    api.dossier_change_dossier(number, {"deed": "tag", "what": "vip"})
    assert api.writing_list_tags()["items"] == ["vip"]


def test_posts_are_listed_answered_and_let_be(
    apis: dict[str, Any], client: ModuleType, world: World
) -> None:
    rows = [things.post(world, mark) for mark in (1, 2, 3)]
    things.post(world, 4, "hub")
    api = apis["amira"]
    items = list(api.each(api.posts_list_posts, limit=1))
    assert {one["id"] for one in items} == {str(one.id) for one in rows}
    assert items[0]["text"].startswith("Why twice?")
    assert list(api.each(api.posts_list_posts, state="conversation")) == [], "a foreign ticket"
    ticket = api.posts_answer_post(items[0]["id"], idempotency_key="post")
    assert api.posts_answer_post(items[0]["id"], idempotency_key="post") == ticket
    assert Ticket.objects.get(number=ticket["number"]).reason == "public_post"
    refused(client, 409, api.posts_answer_post, items[0]["id"])
    assert api.posts_ignore_post(items[1]["id"])["state"] == "ignored"
    [ignored] = api.each(api.posts_list_posts, state="ignored")
    assert ignored["settled_by"]["name"] == "Amira Haddad"
    assert api.posts_notice_post(items[1]["id"])["state"] == "new"
    gone = PublicPost.objects.select_related("address").get(id=items[2]["id"])
    gone.address.key_wrapped = b""
    gone.address.save(update_fields=["key_wrapped"])
    assert next(one for one in api.each(api.posts_list_posts) if one["id"] == str(gone.id))[
        "is_erased"
    ]
    refused(client, 409, api.posts_answer_post, items[2]["id"])


def test_lessons_are_judged_and_taught(
    apis: dict[str, Any], client: ModuleType, world: World
) -> None:
    answer, route = things.lesson(world), things.lesson(world, "route")
    lead = apis["ruth"]
    items = {one["kind"]: one for one in lead.each(lead.lessons_list_lessons, limit=1)}
    assert items["answer"]["text"] == things.ASKED
    assert items["answer"]["teaches"] == {"article": "plans"}
    assert items["route"]["before"]["team"] == "technical"
    judged = {"lessons": [str(answer.id), str(route.id)], "verdict": "accept"}
    assert lead.lessons_judge_lessons(judged)["count"] == 2
    assert lead.lessons_judge_lessons(judged)["count"] == 0
    words = {"text": "Why was I charged twice?", "article": "plans"}
    lead.lessons_correct_lesson(str(answer.id), {"teaches": words})
    place = {"text": words["text"], "team": "billing", "category": "billing", "priority": 1}
    refused(client, 409, lead.lessons_correct_lesson, str(answer.id), {"teaches": place})
    lead.lessons_correct_lesson(str(route.id), {"teaches": place})
    route.refresh_from_db()
    assert route.target == {"team": "billing", "category": "billing", "priority": 1}
    nowhere = {"teaches": {**words, "article": "nowhere"}}
    refused(client, 400, lead.lessons_correct_lesson, str(answer.id), nowhere)
    assert {one["settled_by"]["name"] for one in lead.each(lead.lessons_list_lessons, state="accepted")} == {"Ruth Okafor"}  # fmt: skip
    assert Lesson.objects.filter(state="accepted").count() == 2
    refused(client, 403, apis["amira"].lessons_list_lessons)


def test_the_house_is_asked_to_teach_itself(apis: dict[str, Any], world: World) -> None:
    won = {"own": 0.9, "serving": None, "rows": 20, "lessons": 80, "won": True}
    for version in ("a", "b"):
        ModelVersion.objects.create(
            kind="asked", version=version, folder="x", is_active=version == "b",
            manifest={"challenge": won} if version == "b" else {}, created_at=world.clock() + timedelta(hours=version == "b"),
        )  # fmt: skip
    lead = apis["ruth"]
    assert lead.lessons_get_teaching()["every"] == "never"
    assert lead.lessons_set_rhythm({"every": "week"})["every"] == "week"
    assert lead.lessons_teach()["asked"] is True
    [model] = lead.lessons_go_back({"kind": "asked"})["models"]
    assert (model["lessons"], model["own"], model["serving"]) == (80, 0.9, None)
    assert model["can_go_back"] is True
    verbs = {job.payload["verb"] for job in Job.objects.filter(kind=JOB)}
    assert verbs == {"teach", "rollback"}
    assert AuditEntry.objects.filter(action="lesson.go_back").count() == 1


def test_it_says_when_the_sender_of_what_cannot_be_read_was_told(
    apis: dict[str, Any], world: World
) -> None:
    lead = apis["ruth"]
    row = something_unreadable(world.house, tells=True)
    [unread] = lead.each(lead.kept_list_unread)
    assert unread["told_at"] is None
    at = world.clock() + timedelta(minutes=1)
    OutboxRow.objects.filter(conversation=row.conversation_id).update(state="sent", settled_at=at)
    [unread] = lead.each(lead.kept_list_unread)
    assert unread["told_at"][:16] == at.isoformat()[:16]


def test_a_sender_is_decided_about_and_undone(
    apis: dict[str, Any], client: ModuleType, world: World
) -> None:
    lead = apis["ruth"]
    body = {"inbox": "mail", "sender": "News@Letters.example", "ruling": "never"}
    made = lead.kept_decide_sender(body, idempotency_key="never")
    assert lead.kept_decide_sender(body, idempotency_key="never") == made
    [one] = lead.each(lead.kept_list_rulings)
    assert (one["sender"], one["domain"], one["ruling"]) == ("news@letters.example", None, "never")
    assert (one["inbox"], one["by"]) == ("mail", "Ruth Okafor")
    again = lead.kept_decide_sender({**body, "ruling": "always"})
    assert again == made, "one decision about a sender"
    wide = lead.kept_decide_sender({**body, "sender": "letters.example"})
    newest, older = lead.each(lead.kept_list_rulings)
    found = {one["sender"] or one["domain"]: one["ruling"] for one in (newest, older)}
    assert found == {"letters.example": "never", "news@letters.example": "always"}
    refused(client, 404, lead.kept_decide_sender, {**body, "inbox": "website"})
    for wrong in ("gmail.com", "co.uk"):
        refused(client, 400, lead.kept_decide_sender, {**body, "sender": wrong})
    for wrong in ("nothing", "@", "*", "a b@letters.example", "a@b@letters.example"):
        refused(client, 422, lead.kept_decide_sender, {**body, "sender": wrong})
    refused(client, 422, lead.kept_decide_sender, {**body, "ruling": "sometimes"})
    assert lead.kept_undo_ruling(wide["id"]) is None
    refused(client, 404, lead.kept_undo_ruling, wide["id"])
    told = AuditEntry.objects.filter(action__startswith="sender.").order_by("id")
    assert list(told.values_list("action", flat=True)) == [
        "sender.never",
        "sender.always",
        "sender.never",
        "sender.undo",
    ]
    for odd in ("@Wide.Letters.example", "*.deep.letters.example", "o'b+x@m\u00fc.example"):
        assert lead.kept_decide_sender({**body, "sender": odd})["id"]

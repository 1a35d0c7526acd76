"""Lists page by page without gaps or doubles, threads by number, events by position, and what the knowledge base says."""

from __future__ import annotations

import json
from datetime import date

import pytest

from bot import desk
from core.knowledge import EVERYWHERE, Answer, Answering, Citation, Suggestion, Within
from store import desk_counts, many
from store.clocks import NEVER
from store.desk import rows
from store.desk_views import View
from store.models import Address, Event, Revision, Ticket
from tests.web.api.conftest import Answers, World, pages


@pytest.mark.parametrize(
    "path", ["/tickets", "/views/all/tickets", "/agents", "/satisfaction", "/articles", "/events"]
)
def test_pages_together_are_the_whole_list(world: World, path: str) -> None:
    whole = pages(world, "ada", path, 100)
    assert whole
    assert pages(world, "ada", path, 1) == whole


def test_views_are_in_the_order_of_the_desk(world: World) -> None:
    world.ask("ruth", "POST", world.path("jan", "/wait"))
    user, now = world.user("ruth"), world.clock()
    for view in View:
        shown = [
            row.number for row in rows(world.house.vault, Ticket.objects.all(), view, user, now)
        ]
        asked = [item["number"] for item in pages(world, "ruth", f"/views/{view}/tickets", 2)]
        assert asked == shown, view


def test_a_view_goes_on_past_tickets_that_are_never_due(world: World) -> None:
    Ticket.objects.update(response_due=None, next_due=None, resolution_due=None, urgent_at=NEVER)
    due = {"next_due": world.clock(), "urgent_at": world.clock()}
    Ticket.objects.filter(number=world.made["jan"]).update(**due)
    asked = [item["number"] for item in pages(world, "ruth", "/views/all/tickets", 1)]
    assert asked == [world.made["jan"], world.made["maya"], world.made["hub"]]


def test_counts_are_those_of_the_views(world: World) -> None:
    for item in world.ask("ruth", "GET", "/views").json()["items"]:
        held = pages(world, "ruth", f"/views/{item['view']}/tickets", 100)
        assert item["count"] in {None, len(held)}, item
        assert not item["is_more"]


def test_counting_ends_where_a_person_sees_very_many(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_counts, "EXACT", 2)
    monkeypatch.setattr(many, "MOST", 2)
    items = {item["view"]: item for item in world.ask("ruth", "GET", "/views").json()["items"]}
    assert items["all"] == {"view": "all", "count": 2, "is_more": True}
    assert not items["waiting"]["is_more"]


def test_tickets_by_every_filter(world: World) -> None:
    amira = world.user("amira").id
    expected = {
        "status=resolved": ["lee"],
        "priority=1": ["hub"],
        "team=triage": ["jan"],
        "category=billing": ["maya"],
        f"assignee={amira}": ["lee", "maya"],
        f"assignee={amira}&status=open": ["maya"],
        "team=nobody": [],
    }
    for query, names in expected.items():
        items = world.ask("ruth", "GET", f"/tickets?{query}").json()["items"]
        assert [item["number"] for item in items] == [world.made[name] for name in names], query


def test_a_filter_spelled_wrong_is_refused(world: World) -> None:
    answer = world.ask("ruth", "GET", "/tickets?assigne=nobody")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/query/assigne"


def test_a_thread_is_read_by_number_and_skips_nothing(world: World) -> None:
    conversation = world.conversation("maya")
    events = pages(world, "amira", f"/conversations/{conversation}/events", 2)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    messages = pages(world, "amira", f"/conversations/{conversation}/messages", 2)
    said = [event["message"] for event in events if event["message"]]
    assert [message["id"] for message in messages] == said
    assert {message["author"] for message in messages} == {"customer", "bot", "agent", "system"} & {
        message["author"] for message in messages
    }


def test_a_message_carries_its_files_sources_and_what_was_not_delivered(world: World) -> None:
    path = f"/conversations/{world.conversation('maya')}/messages"
    messages = world.ask("amira", "GET", path).json()["items"]
    first = messages[0]
    files = {file["name"]: file["url"] for file in first["files"]}
    assert set(files) == {"statement-november.pdf", "screenshot.png"}
    file = world.client.get(
        files["statement-november.pdf"],
        headers={"Authorization": f"Bearer {world.tokens['amira']}"},
    )
    assert file.content == b"%PDF-1.4 statement"
    assert file["Content-Disposition"].startswith("attachment")
    original = world.ask("amira", "GET", first["original_url"].removeprefix("/api/v1"))
    assert b"charged twice" in original.content
    assert b"<script" not in original.content
    assert b"tracker.example" not in original.content
    assert "sandbox" in original["Content-Security-Policy"]
    assert messages[1]["citations"][0]["article"] == "charged-twice"
    [lost] = [one for message in messages for one in message["undelivered"]]
    again = world.ask("amira", "POST", world.path("maya", f"/undelivered/{lost['id']}/send"))
    assert again.json() == {"count": 1}


def test_what_was_erased_is_empty_and_never_an_error(world: World) -> None:
    Address.objects.update(key_wrapped=None)
    conversation = world.conversation("maya")
    for path in (
        "/tickets",
        "/satisfaction",
        world.path("maya"),
        world.path("maya", "/packet"),
        world.path("maya", "/customer"),
        f"/conversations/{conversation}/messages",
        f"/conversations/{conversation}/events",
    ):
        answer = world.ask("amira", "GET", path)
        assert answer.status_code == 200, path
        assert b"charged" not in answer.content
    assert world.ask("amira", "GET", world.path("maya", "/customer")).json()["is_erased"] is True
    assert world.ask("amira", "GET", world.path("maya", "/decision")).status_code == 404


def test_events_go_on_from_where_a_page_ended(world: World) -> None:
    end = world.ask("amira", "GET", "/events?limit=100").json()
    assert end["is_end"] is True
    assert world.ask("amira", "GET", f"/events?cursor={end['next']}").json()["items"] == []
    desk.note(world.house, world.user("amira"), world.made["maya"], "A note.")
    [event] = world.ask("amira", "GET", f"/events?cursor={end['next']}").json()["items"]
    assert (event["type"], event["conversation"]) == ("note", str(world.conversation("maya")))
    assert "A note." not in str(event)


def test_one_request_passes_over_so_many_events_and_says_where_to_go_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.api.events.SCANNED", 3)
    page = world.ask("wei", "GET", "/events").json()
    assert page["is_end"] is False
    assert page["next"] == f"0.{Event.objects.order_by('id')[2].id}"
    found, cursor = list(page["items"]), page["next"]
    while not page["is_end"]:
        page = world.ask("wei", "GET", f"/events?cursor={cursor}").json()
        found, cursor = found + page["items"], page["next"]
    monkeypatch.undo()
    assert found == world.ask("wei", "GET", "/events?limit=100").json()["items"]


def test_articles_are_found_by_their_words_and_internal_ones_by_authors_alone(world: World) -> None:
    def slugs(who: str, query: str) -> set[str]:
        items = world.ask(who, "GET", f"/articles?{query}").json()["items"]
        return {item["slug"] for item in items}

    assert slugs("amira", "q=plans") == {"plans"}
    assert slugs("ines", "q=plans") == {"plans", "secret-plans"}
    assert slugs("amira", "q=plans+nowhere") == set()
    assert slugs("amira", "q=plans&language=de") == set()
    article = world.ask("amira", "GET", "/articles/plans").json()
    assert article["blocks"][0]["parts"] == ["Two of them."]


def test_links_of_an_article_are_told_beside_its_words(world: World) -> None:
    link = {"part": 0, "start": 0, "end": 3, "after": 3, "to": "prices#monthly"}
    block = {"kind": "sentence", "headings": [], "anchor": "", "parts": ["Two of them."]}
    body = json.dumps([{**block, "links": [link]}, block])
    Revision.objects.filter(article__slug="plans").update(body=body)
    article = world.ask("amira", "GET", "/articles/plans").json()
    assert [one["links"] for one in article["blocks"]] == [[link], []]


def test_a_question_is_answered_as_a_customer_would_be(world: World, brain: Answers) -> None:
    cited = Citation("plans", "Our plans", "/help/plans", "There are two plans.", "r1")
    brain.answer = Answer(
        Answering.ANSWER, 0.93, "There are two plans.", (cited,), (Suggestion("x", "X", "/help/x"),)
    )
    asked = {"question": "Which plans are there?", "language": "en"}
    answer = world.ask("amira", "POST", "/knowledge/ask", asked).json()
    assert (answer["decision"], answer["text"]) == ("answer", "There are two plans.")
    assert answer["citations"][0]["quote"] == "There are two plans."
    assert answer["suggestions"][0]["article"] == "x"
    assert answer["confidence"] == pytest.approx(0.93)


def test_only_articles_that_the_caller_chose_are_asked(world: World, brain: Answers) -> None:
    where = {"sections": ["billing"], "title": "plan", "updated_since": "2026-05-01"}
    asked = {"question": "Which plans are there?", **where}
    assert world.ask("amira", "POST", "/knowledge/ask", asked).status_code == 200
    chosen = Within(frozenset({"billing"}), "plan", date(2026, 5, 1))
    assert brain.asked[-1].within == chosen
    assert brain.asked[-1].audience == {"public"}
    world.ask("amira", "POST", "/knowledge/ask", {"question": "Which plans are there?"})
    assert brain.asked[-1].within == EVERYWHERE
    for wrong in ({"updated_since": "soon"}, {"sections": [""]}, {"title": "\0"}):
        answer = world.ask("amira", "POST", "/knowledge/ask", {**asked, **wrong})
        assert answer.status_code == 422


def test_without_a_brain_the_caller_is_told_to_come_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THREADLINE_BRAIN_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("THREADLINE_BRAIN_TOKEN", "x")
    answer = world.ask("amira", "POST", "/knowledge/ask", {"question": "Why?"})
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) >= 1

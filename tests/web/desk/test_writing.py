"""Answering: held back and undone, scheduled, with files and macros; drafts, suggestions, putting aside."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from bot import desk, desk_knowledge, handover, macros, replying
from bot.deliver import opened_files
from bot.dialogue import Understanding
from bot.permissions import tickets_of
from channels.webchat import Webchat
from core.errors import Conflict, IllegalTransition, MalformedPayload, NotAllowed, TemporaryFailure
from core.knowledge import Answer, Answering, Citation
from core.understanding import Act, Understood
from store import desk_ticket
from store.desk import rows
from store.desk_ticket import Opened, find_ticket
from store.desk_views import View
from store.held import Written, drafts_of, held_in
from store.models import (
    Article,
    Draft,
    HeldReply,
    Inbox,
    Job,
    Macro,
    Message,
    SuggestedReply,
    Ticket,
)
from tests.web.day import _last_mail
from tests.web.desk.conftest import Day
from tests.web.seed import _leased, article, delivers, mails, passage
from web.desk import views
from web.desk.later import later_times

HELLO = Written("It says FERNHILL REFUND.")


def _send(day: Day, written: Written = HELLO, **options: object) -> HeldReply | None:
    company = day.company
    return replying.send(
        company.house,
        company.users["amira"],
        day.made["maya"],
        written,
        **options,  # type: ignore[arg-type]
    )


def _said(day: Day) -> list[Message]:
    said = Message.objects.filter(conversation__ticket__number=day.made["maya"], author="agent")
    return list(said.exclude(kind="note"))


def _writes_again(day: Day) -> None:
    sender = held_sender(day)
    mails(day.company, sender, "Re: Card", "One more thing", follows=_last_mail(day.company))


def held_sender(day: Day):  # type: ignore[no-untyped-def]
    from store.bodies import sender_of

    ticket = Ticket.objects.get(number=day.made["maya"])
    return sender_of(day.company.house.vault, ticket.conversation.address)


def test_a_reply_waits_a_moment_and_is_said_once(day: Day) -> None:
    held = _send(day)
    assert held is not None
    assert len(_said(day)) == 1
    [job] = Job.objects.filter(kind="send_held")
    assert job.run_at == held.send_at == day.company.clock() + replying.UNDO
    assert not replying.release(day.company.house, held.id)  # not yet
    day.company.clock.advance(seconds=8)
    assert replying.release(day.company.house, held.id)
    assert not replying.release(day.company.house, held.id)
    assert len(_said(day)) == 2
    assert not HeldReply.objects.exists()


def test_what_is_undone_was_never_said_and_comes_back(day: Day) -> None:
    client = day.client("amira")
    client.post(day.path("maya", "reply"), {"text": "Too early", "seen": "999"})
    [held] = HeldReply.objects.all()
    page = client.get(day.path("maya")).content.decode()
    assert "Too early" in page
    done = client.post(f"{day.path('maya')}undo/{held.id}/")
    assert '"text": "Too early"' in done["HX-Trigger"]
    day.company.clock.advance(seconds=20)
    assert not replying.release(day.company.house, held.id)
    assert len(_said(day)) == 1
    with pytest.raises(Conflict, match="sent already"):
        replying.undo(day.company.house, day.company.users["amira"], day.made["maya"], held.id)


def test_nobody_takes_back_what_a_colleague_wrote(day: Day) -> None:
    held = _send(day)
    assert held is not None
    with pytest.raises(Conflict):
        replying.undo(day.company.house, day.company.users["ruth"], day.made["maya"], held.id)


def test_a_live_chat_is_answered_at_once(day: Day) -> None:
    company, wei = day.company, day.company.users["wei"]
    desk.take(company.house, wei, day.made["hub"])
    assert replying.send(company.house, wei, day.made["hub"], Written("On it.")) is None


def test_a_scheduled_reply_is_kept_back_when_the_customer_writes_first(day: Day) -> None:
    later = day.company.clock() + timedelta(hours=3)
    held = _send(day, send_at=later)
    assert held is not None
    _writes_again(day)
    day.company.clock.advance(hours=3)
    assert not replying.release(day.company.house, held.id)
    page = day.client("amira").get(day.path("maya")).content.decode()
    assert "Something was said meanwhile" in page
    assert "A reply of Amira Haddad was not sent" in page
    assert len(_said(day)) == 1


def test_what_was_kept_back_is_not_shown_before_what_was_said(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page is read in several looks, and the customer writes between them: it would say of a reply that something
    was said since, and then refuse the next one, because it never showed what."""
    later = day.company.clock() + timedelta(hours=3)
    held = _send(day, send_at=later)
    assert held is not None
    opens = views.open_ticket_page

    def and_then_they_write(*asked: Any) -> Opened:
        opened = opens(*asked)
        _writes_again(day)
        day.company.clock.now = later
        assert not replying.release(day.company.house, held.id)
        return opened

    with monkeypatch.context() as patch:
        patch.setattr(views, "open_ticket_page", and_then_they_write)
        page = day.client("amira").get(day.path("maya")).content.decode()
    assert "One more thing" not in page
    assert "kept-back" not in page
    page = day.client("amira").get(day.path("maya")).content.decode()
    assert "kept-back" in page
    assert _send(day, seen=_seen(page)) is not None


def test_what_the_page_shows_was_seen(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also what came after its first look."""
    reads = desk_ticket._thread

    def what_just_came(*asked: Any) -> Any:
        _writes_again(day)
        return reads(*asked)

    with monkeypatch.context() as patch:
        patch.setattr(desk_ticket, "_thread", what_just_came)
        page = day.client("amira").get(day.path("maya")).content.decode()
    assert "One more thing" in page
    assert _send(day, seen=_seen(page)) is not None


def _seen(page: str) -> int:
    found = re.search(r'data-seq="(\d+)"', page)
    assert found is not None
    return int(found[1])


def test_the_fence_decides_when_somebody_else_took_the_word(day: Day) -> None:
    held = _send(day)
    assert held is not None
    desk.take(day.company.house, day.company.users["ruth"], day.made["maya"])
    day.company.clock.advance(seconds=9)
    assert not replying.release(day.company.house, held.id)
    assert HeldReply.objects.get().problem.startswith("Take the ticket first")
    assert len(_said(day)) == 1


def _resolves(day: Day) -> None:
    desk.resolve(day.company.house, day.company.users["amira"], day.made["maya"])


def _releases(day: Day) -> None:
    desk.release(day.company.house, day.company.users["amira"], day.made["maya"])


def _hands_to_a_team(day: Day) -> None:
    users, number = day.company.users, day.made["maya"]
    handover.to_team(day.company.house, users["amira"], number, "technical", "It is the hub")


def _hands_to_a_colleague(day: Day) -> None:
    users, number = day.company.users, day.made["maya"]
    handover.to_colleague(day.company.house, users["amira"], number, users["ruth"].id, "Yours")


def _hands_back(day: Day) -> None:
    users, number = day.company.users, day.made["maya"]
    handover.to_assistant(day.company.house, users["amira"], number, "Only asks for the invoice")


@pytest.mark.parametrize(
    "gives_away", [_resolves, _releases, _hands_to_a_team, _hands_to_a_colleague, _hands_back]
)
def test_what_was_sent_goes_out_before_its_writer_gives_the_word_away(
    day: Day, gives_away: Callable[[Day], None]
) -> None:
    """It could not be said any more after that, and a customer was asked how it was before they had the answer."""
    held = _send(day)
    assert held is not None
    gives_away(day)
    assert len(_said(day)) == 2
    assert not HeldReply.objects.exists()
    said = Message.objects.filter(conversation__ticket__number=day.made["maya"])
    asked = said.filter(kind="survey").first()
    assert asked is None or asked.seq > _said(day)[-1].seq
    assert (asked is not None) is (gives_away is _resolves)
    day.company.clock.advance(seconds=9)
    assert not replying.release(day.company.house, held.id)
    assert len(_said(day)) == 2


def test_what_is_to_go_out_later_waits_for_its_time_all_the_same(day: Day) -> None:
    _send(day, send_at=day.company.clock() + timedelta(hours=3))
    _releases(day)
    assert len(_said(day)) == 1
    assert HeldReply.objects.get().problem == ""


def test_a_lead_who_resolves_says_nothing_that_is_a_colleagues(day: Day) -> None:
    _send(day)
    desk.resolve(day.company.house, day.company.users["ruth"], day.made["maya"])
    assert len(_said(day)) == 1
    assert HeldReply.objects.exists()


def test_what_was_said_meanwhile_must_be_seen_before_answering(day: Day) -> None:
    ticket = Ticket.objects.select_related("conversation").get(number=day.made["maya"])
    seen = ticket.conversation.last_seq
    _writes_again(day)
    answer = day.client("amira").post(day.path("maya", "reply"), {"text": "Hello", "seen": seen})
    assert answer.status_code == 409
    assert "Something was said meanwhile" in answer.content.decode()
    ticket.conversation.refresh_from_db()
    now_seen = {"text": "Hello", "seen": ticket.conversation.last_seq}
    assert day.client("amira").post(day.path("maya", "reply"), now_seen).status_code == 200


def test_times_that_cannot_be_are_refused(day: Day) -> None:
    now = day.company.clock()
    for at in (now, now - timedelta(hours=1), now + timedelta(days=100)):
        with pytest.raises(MalformedPayload):
            _send(day, send_at=at)
    with pytest.raises(IllegalTransition):
        replying.send(day.company.house, day.company.users["ruth"], day.made["maya"], HELLO)


def test_files_go_out_with_the_mail_and_stand_in_the_thread(day: Day) -> None:
    delivers(day.company)
    client = day.client("amira")
    file = SimpleUploadedFile("refund.pdf", b"%PDF-1.4 refund", "application/pdf")
    client.post(day.path("maya", "reply"), {"text": "Attached.", "files": [file]})
    [held] = HeldReply.objects.all()
    day.company.clock.advance(seconds=9)
    replying.release(day.company.house, held.id)
    [row] = _leased(day.company)
    channel = day.company.house.channel_of(Inbox.objects.get(id=row.inbox))
    [attached] = opened_files(day.company.house, channel, row.files)
    assert (attached.name, attached.content) == ("refund.pdf", b"%PDF-1.4 refund")
    assert "refund.pdf" in client.get(day.path("maya")).content.decode()


def test_a_channel_that_carries_no_files_says_so(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Webchat, "can", replace(Webchat.can, attachment_bytes=0))
    company, wei = day.company, day.company.users["wei"]
    desk.take(company.house, wei, day.made["hub"])
    file = SimpleUploadedFile("plan.pdf", b"%PDF", "application/pdf")
    answer = day.client("wei").post(day.path("hub", "reply"), {"text": "Here", "files": [file]})
    assert answer.status_code == 400
    assert "carries no files" in answer.content.decode()


def test_a_draft_is_on_the_server_sealed_and_gone_when_it_is_sent(day: Day) -> None:
    client: Client = day.client("amira")
    client.post(day.path("maya", "draft"), {"mode": "reply", "text": "Half a thought"})
    [draft] = Draft.objects.all()
    assert b"thought" not in bytes(draft.body_cipher)
    assert 'data-draft-reply="Half a thought"' in client.get(day.path("maya")).content.decode()
    assert "Half a thought" not in day.client("ruth").get(day.path("maya")).content.decode()
    client.post(day.path("maya", "reply"), {"text": "Half a thought, finished."})
    assert not Draft.objects.exists()
    client.post(day.path("maya", "draft"), {"mode": "note", "text": "x"})
    client.post(day.path("maya", "draft"), {"mode": "note", "text": " "})
    assert not Draft.objects.exists()


def test_a_macro_fills_in_what_is_known_and_asks_for_the_rest(day: Day) -> None:
    company, ruth = day.company, day.company.users["ruth"]
    text = "Hello {{customer.first_name}},\nthis is {{agent.first_name}} about {{ticket.number}}."
    made = macros.save(
        company.house, ruth, {"name": "Hello", "text": text, "for": "billing", "priority": "1", "then": "wait"}
    )  # fmt: skip
    known = day.client("amira").get(f"{day.path('maya')}macros/{made.id}/").json()
    assert known["text"] == f"Hello Maya,\nthis is Amira about {day.made['maya']}."
    assert known["does"] == ["Critical", "wait for the customer"]
    nameless = day.client("ruth").get(f"{day.path('hub')}macros/{made.id}/").json()
    assert nameless["missing"] == ["customer.first_name"]
    with pytest.raises(MalformedPayload, match=r"\{\{customer.first_name\}\}"):
        _send(day, Written(nameless["text"]))
    held = _send(day, Written(known["text"], then="wait", macro=made.id))
    assert held is not None
    company.clock.advance(seconds=9)
    replying.release(company.house, held.id)
    ticket = Ticket.objects.get(number=day.made["maya"])
    assert (ticket.priority, ticket.status) == (1, "pending")


def test_macros_are_checked_when_they_are_written_and_shared_by_leads(day: Day) -> None:
    company, users = day.company, day.company.users
    with pytest.raises(MalformedPayload, match=r"customer\.iban"):
        macros.save(company.house, users["ruth"], {"name": "X", "text": "{{customer.iban}}"})
    with pytest.raises(NotAllowed):
        macros.save(company.house, users["amira"], {"name": "X", "text": "x", "for": "billing"})
    macros.save(company.house, users["amira"], {"name": "Mine", "text": "x", "for": "me"})
    assert not macros.macros_for(users["ruth"]).exists()
    page = day.client("amira").get("/desk/macros/").content.decode()
    assert "Mine" in page
    refused = day.client("amira").post("/desk/macros/new/", {"name": "", "text": "x", "for": "me"})
    assert refused.status_code == 400
    assert Macro.objects.count() == 1


def test_a_suggestion_names_its_source_and_what_came_of_it_is_kept(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    cited = Citation("charged-twice", "Find out why", "/help/charged-twice", "quote", "r1")
    answer = Answer(
        Answering.ANSWER, 0.9, text="It is a reserved amount.", citations=(cited, cited)
    )
    asked: list[str] = []

    def ask(house: object, question: str, language: str = "") -> Understanding:
        asked.append(question)
        return Understanding(Understood(Act.ASK, 0.9), answer)

    monkeypatch.setattr(desk_knowledge, "ask", ask)
    client = day.client("amira")
    page = client.get(day.path("maya", "suggestion")).content.decode()
    assert "It is a reserved amount." in page
    assert page.count('href="/help/charged-twice"') == 1, "once, however many sentences are its"
    assert asked == ["Thank you. Which reference will I see on my statement?"]
    form = {"article": "charged-twice", "revision": "r1", "outcome": "edited"}
    client.post(day.path("maya", "judged"), form)
    [kept] = SuggestedReply.objects.all()
    assert (kept.article, kept.outcome, kept.user) == (
        "charged-twice",
        "edited",
        day.company.users["amira"],
    )


def test_an_article_that_is_near_is_named_once(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    cited = [
        Citation(slug, slug.title(), f"/help/{slug}", "quote", "r1") for slug in ("hub", "led")
    ]
    passages = tuple(passage(cited[at], "Words.") for at in (0, 0, 0, 1))
    near = Answer(Answering.HANDOFF, 0.3, passages=passages)
    understood = Understanding(Understood(Act.ASK, 0.9), near)
    monkeypatch.setattr(desk_knowledge, "ask", lambda *_: understood)
    page = day.client("amira").get(day.path("maya", "suggestion")).content.decode()
    assert (page.count("/help/hub"), page.count("/help/led")) == (1, 1)


def test_articles_are_offered_by_what_the_customer_asked(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    for slug in ("a-first", "m-middle", "z-last"):
        article(day.company, slug, f"{slug}, an article", "[]")
    titles = list(Article.objects.order_by("live_revision__title").values_list("slug", flat=True))
    last = Citation(titles[-1], "Last", f"/help/{titles[-1]}", "quote", "r1")
    found = Answer(Answering.HANDOFF, 0.3, passages=(passage(last, "Words."),))
    asked: list[str] = []

    def ask(house: object, question: str, language: str = "") -> Understanding:
        asked.append(question)
        return Understanding(Understood(Act.ASK, 0.9), found)

    monkeypatch.setattr(desk_knowledge, "ask", ask)
    client, address = day.client("amira"), day.path("maya", "inserts")
    assert "data-path" not in client.get(address).content.decode(), "macros do not wait for it"
    shown = client.get(f"{address}?near").content.decode()
    assert asked == ["Thank you. Which reference will I see on my statement?"]
    order = re.findall(r'data-path="/help/([^"]+)"', shown)
    assert order == [titles[-1], *titles[:-1]][: len(order)]
    assert len(order) > 1

    def away(*_: object) -> Understanding:
        raise TemporaryFailure("The brain is away.")

    monkeypatch.setattr(desk_knowledge, "ask", away)
    shown = client.get(f"{address}?near").content.decode()
    assert re.findall(r'data-path="/help/([^"]+)"', shown) == titles[: len(order)]


def test_times_to_choose_from_are_all_different() -> None:
    sunday = datetime(2026, 11, 29, 15, tzinfo=UTC)
    for days in range(7):
        times = [at for at, _name in later_times(sunday + timedelta(days=days))]
        assert len(set(times)) == len(times) >= 3


def test_without_a_brain_a_suggestion_says_so(day: Day) -> None:
    page = day.client("amira").get(day.path("maya", "suggestion")).content.decode()
    assert "the knowledge base is away" in page


def _numbers(day: Day, view: View) -> list[int]:
    company, amira = day.company, day.company.users["amira"]
    found = rows(company.house.vault, tickets_of(amira), view, amira, company.clock())
    return [row.number for row in found]


def test_what_is_put_aside_leaves_the_lists_until_its_time_or_until_the_customer_writes(
    day: Day,
) -> None:
    company, amira, number = day.company, day.company.users["amira"], day.made["maya"]

    def listed(view: View) -> list[int]:
        return _numbers(day, view)

    until = company.clock() + timedelta(hours=2)
    due = Ticket.objects.get(number=number).next_due
    desk.snooze(company.house, amira, number, until)
    assert listed(View.MINE) == []
    assert listed(View.WAITING) == [number]
    assert Ticket.objects.get(number=number).next_due == due, "its clocks run on"
    company.clock.advance(hours=2, seconds=1)
    assert listed(View.MINE) == [number]
    desk.snooze(company.house, amira, number, company.clock() + timedelta(hours=2))
    _writes_again(day)
    assert listed(View.MINE) == [number]
    with pytest.raises(Conflict):
        desk.snooze(company.house, amira, number, company.clock())
    assert number in listed(View.TEAM)
    desk.wait(company.house, amira, number)
    company.clock.advance(days=30)
    assert [view for view in View if number in listed(view)] == [View.WAITING, View.ALL]
    _writes_again(day)
    assert {View.MINE, View.TEAM, View.US} <= {view for view in View if number in listed(view)}


def test_what_nobody_has_and_waits_for_the_customer_is_offered_to_nobody(day: Day) -> None:
    company, amira, number = day.company, day.company.users["amira"], day.made["jan"]
    assert number in _numbers(day, View.UNASSIGNED)
    desk.wait(company.house, amira, number)
    assert number not in _numbers(day, View.UNASSIGNED)
    assert number in _numbers(day, View.WAITING)


def test_what_waits_for_the_customer_is_back_unless_the_assistant_has_it(day: Day) -> None:
    company, amira, number = day.company, day.company.users["amira"], day.made["maya"]
    desk.wait(company.house, amira, number)
    with pytest.raises(IllegalTransition):
        desk.snooze(company.house, amira, number, company.clock() + timedelta(hours=2))
    desk.snooze(company.house, amira, number, None)
    assert Ticket.objects.get(number=number).status == Ticket.Status.OPEN
    handover.to_assistant(company.house, amira, number, "Only asks for the invoice")
    with pytest.raises(IllegalTransition):
        desk.snooze(company.house, amira, number, None)


def test_a_note_offers_the_names_of_those_who_may_see_the_ticket(day: Day) -> None:
    names = day.client("amira").get(day.path("maya", "colleagues")).json()["names"]
    assert "Ruth Okafor" in names
    assert "Wei Zhang" not in names


def test_held_replies_and_drafts_fall_with_the_customers_key(day: Day) -> None:
    held = _send(day)
    assert held is not None
    day.client("amira").post(day.path("maya", "draft"), {"mode": "note", "text": "secret"})
    ticket = find_ticket(tickets_of(day.company.users["amira"]), day.made["maya"])
    address = ticket.conversation.address
    address.key_wrapped = None
    address.save()
    assert held_in(day.company.house.vault, ticket.conversation) == ()
    drafts = drafts_of(day.company.house.vault, ticket.conversation, day.company.users["amira"])
    assert drafts == {"note": ""}
    day.company.clock.advance(seconds=9)
    assert not replying.release(day.company.house, held.id)
    assert not HeldReply.objects.exists()

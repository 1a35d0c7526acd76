"""One ticket: what its page shows, what people do on it, and what is refused."""

from __future__ import annotations

import re
from dataclasses import asdict

from django.db import connection
from django.test.utils import CaptureQueriesContext

from bot import desk
from bot.handoff import packet_of
from core.decision import Neighbour, Priority, Routed
from core.message import AddressKind, Sender
from core.understanding import Scored
from store.addresses import address_of
from store.bodies import seal_json
from store.desk_ticket import last_asked
from store.events import public_after
from store.models import AuditEntry, Conversation, Decision, Message, OutboxRow, Ticket
from tests.web.desk.conftest import Day
from tests.web.seed import claimed, hands_over, says, visitor

QUERIES_OF_A_PANE = 28


def _conversation(day: Day, ticket: str) -> Conversation:
    return Conversation.objects.get(ticket__number=day.made[ticket])


def _version(day: Day, ticket: str) -> int:
    return Ticket.objects.get(number=day.made[ticket]).version


def test_the_page_shows_thread_packet_decision_clocks_and_customer(day: Day) -> None:
    page = day.client("amira").get(day.path("maya")).content.decode()
    for words in (
        "my card was charged twice for order FH-20418",
        "Finance sees two settled payments",
        "Note, for colleagues only",
        "Find out why you were charged twice",
        "statement-november.pdf",
        "High, because money was taken",
        "93%",
        "First reply",
        "Next reply",
        "maya.ruiz@example.org",
        "Not delivered: <bdi>550 5.1.1 mailbox full</bdi>",
        "Amira Haddad took the ticket",
        "Ticket 1001 opened for Customer care",
    ):
        assert words in page, words


def test_each_sentence_of_the_packet_leads_to_its_message(day: Day) -> None:
    page = day.client("amira").get(day.path("maya")).content.decode()
    context = page.split('id="context"')[1]
    leads = re.findall(r'class="from" dir="auto" href="#(m\d+)">([^<]+)<', context)
    assert {words for _, words in leads} >= {"FH-20418", "Find out why you were charged twice"}
    for anchor, _ in leads:
        assert f'id="{anchor}"' in page


def test_a_note_is_never_public_and_never_sent(day: Day) -> None:
    sent = OutboxRow.objects.count()
    client = day.client("amira")
    done = client.post(day.path("maya", "note"), {"text": "Between us: check the second card."})
    assert done.status_code == 200
    conversation = _conversation(day, "maya")
    note = Message.objects.get(conversation=conversation, seq=conversation.last_seq)
    assert note.kind == Message.Kind.NOTE
    public = public_after(day.company.house.vault, conversation.id, 0, 500)
    assert not any("Between us" in str(event.data) for event in public)
    assert not any("Finance sees" in str(event.data) for event in public)
    assert OutboxRow.objects.count() == sent


def test_a_reply_goes_out_and_leaves_an_audit_entry(day: Day) -> None:
    client = day.client("amira", fragment=True)
    done = client.post(day.path("maya", "reply"), {"text": "It says FERNHILL REFUND.", "then": ""})
    assert done.status_code == 200
    assert "It says FERNHILL REFUND." in done.content.decode()
    assert '"desk:queue"' in done["HX-Trigger"]
    day.goes_out()
    row = OutboxRow.objects.order_by("-id")[0]
    assert (row.state, row.message.user) == ("waiting", day.company.users["amira"])
    assert AuditEntry.objects.order_by("-id")[0].action == "ticket.reply"


def test_a_reply_may_wait_or_resolve_at_once(day: Day) -> None:
    client = day.client("amira")
    client.post(day.path("maya", "reply"), {"text": "Could you tell me the date?", "then": "wait"})
    day.goes_out()
    ticket = Ticket.objects.get(number=day.made["maya"])
    assert ticket.status == Ticket.Status.PENDING
    client.post(day.path("maya", "reply"), {"text": "Done. Goodbye.", "then": "resolve"})
    day.goes_out()
    ticket.refresh_from_db()
    assert ticket.status == Ticket.Status.RESOLVED
    assert (
        client.post(day.path("maya", "reply"), {"text": "x", "then": "nonsense"}).status_code == 400
    )


def test_who_does_not_speak_cannot_reply(day: Day) -> None:
    before = Message.objects.count()
    for login in ("amira", "ruth"):
        ticket = "jan" if login == "amira" else "maya"
        refused = day.client(login, fragment=True).post(
            day.path(ticket, "reply"), {"text": "Me too"}
        )
        assert refused.status_code == 409
        assert "Take the ticket first" in refused.content.decode()
    assert Message.objects.count() == before


def test_taking_twice_is_told_kindly_and_a_lead_may_take_over(day: Day) -> None:
    company = day.company
    desk.take(company.house, company.users["wei"], day.made["jan"])
    refused = day.client("amira", fragment=True).post(day.path("jan", "take"))
    assert refused.status_code == 409
    assert "Wei Zhang has taken this ticket." in refused.content.decode()
    assert day.client("ruth").post(day.path("jan", "take")).status_code == 200
    assert _conversation(day, "jan").speaker_user == company.users["ruth"]


def test_a_stale_screen_never_overwrites(day: Day) -> None:
    seen = _version(day, "maya")
    client = day.client("amira", fragment=True)
    first = client.post(day.path("maya", "classify"), {"priority": "1", "version": str(seen)})
    assert first.status_code == 200
    for deed in ("classify", "resolve", "wait", "release"):
        stale = client.post(day.path("maya", deed), {"priority": "4", "version": str(seen)})
        assert stale.status_code == 409, deed
        assert "changed by somebody else" in stale.content.decode()
    assert Ticket.objects.get(number=day.made["maya"]).priority == 1
    unsaid = client.post(day.path("maya", "resolve"), {})
    assert unsaid.status_code == 400


def test_reclassifying_moves_the_ticket_to_another_team(day: Day) -> None:
    form = {"team": "technical", "category": "device", "version": str(_version(day, "maya"))}
    page = day.client("amira").post(day.path("maya", "classify"), form).content.decode()
    assert "team: Customer care → Technical support" in page
    assert day.client("wei").get(day.path("maya")).status_code == 200
    wrong = {"priority": "9", "version": str(_version(day, "maya"))}
    assert day.client("amira").post(day.path("maya", "classify"), wrong).status_code == 400


def test_resolving_asks_the_customer_once_and_reopening_gives_the_word_back(day: Day) -> None:
    client = day.client("amira")
    page = client.post(day.path("maya", "resolve"), {"version": str(_version(day, "maya"))})
    assert "How did we do?" in page.content.decode()
    reopened = client.post(day.path("maya", "reopen"), {"version": str(_version(day, "maya"))})
    assert reopened.status_code == 200
    conversation = _conversation(day, "maya")
    assert (conversation.speaker, conversation.status) == ("person", "open")


def test_the_composer_says_what_the_customer_does_not_want(day: Day) -> None:
    client = day.client("amira")

    def composer(page: str) -> str:
        return page.split('id="ways"')[1].split('class="quiet inside"')[0]

    before = client.get(day.path("maya")).content.decode()
    ways = re.findall(r'type="hidden" name="way" value="([^"]+)"', before)
    assert ways
    assert "wants no messages there" not in composer(before)
    for way in ways:
        page = client.post(day.path("maya", "allow"), {"way": way, "wants": "no"})
    none = composer(page.content.decode())
    assert "maya.ruiz@example.org</bdi>: The customer wants no messages there." in none
    assert "goes out by" not in none


def test_a_way_that_is_left_can_be_chosen_where_the_last_one_is_refused(day: Day) -> None:
    client = day.client("amira")
    page = client.get(day.path("maya")).content.decode()
    own = re.findall(r'type="hidden" name="way" value="([^"]+)"', page)[0]
    conversation = _conversation(day, "maya")
    sender = Sender(AddressKind.EMAIL, "maya@work.example")
    other = address_of(day.company.house.vault, conversation.inbox, sender, day.company.clock())
    conversation.contact, conversation.contact_inbox = other, conversation.inbox
    conversation.save()
    page = client.post(day.path("maya", "allow"), {"way": own, "wants": "no"}).content.decode()
    composer = page.split('id="ways"')[1].split('class="quiet inside"')[0]
    assert "The customer wants no messages there." in composer
    assert f'<option value="{other.id}.{conversation.inbox_id}"' in composer


def test_a_lost_message_can_be_sent_again(day: Day) -> None:
    row = OutboxRow.objects.get(state=OutboxRow.State.DEAD)
    page = day.client("amira").post(f"{day.path('maya')}again/{row.id}/").content.decode()
    assert "Not delivered: 550" not in page
    row.refresh_from_db()
    assert row.state == OutboxRow.State.WAITING
    assert day.client("amira").post(f"{day.path('lee')}again/{row.id}/").status_code == 404


def test_a_pane_asks_a_bounded_number_of_queries(day: Day) -> None:
    client = day.client("amira", fragment=True)
    with CaptureQueriesContext(connection) as few:
        assert client.get(day.path("maya")).status_code == 200
    for number in range(10):
        desk.note(day.company.house, day.company.users["amira"], day.made["maya"], f"{number}")
    with CaptureQueriesContext(connection) as many:
        client.get(day.path("maya"))
    assert len(many) == len(few)
    assert len(many) <= QUERIES_OF_A_PANE


def test_erased_customers_leave_a_page_that_says_so(day: Day) -> None:
    address = _conversation(day, "maya").address
    address.key_wrapped = None
    address.save()
    client = day.client("amira")
    page = client.get(day.path("maya")).content.decode()
    assert "Erased at the customer" in page
    assert "charged twice for order" not in page
    assert client.get("/desk/view/mine/").status_code == 200


def test_an_address_does_not_stand_for_what_a_customer_wants(day: Day) -> None:
    """Asked what it is about, people say where to write to."""
    company = day.company
    chat = visitor(company)
    says(company, chat, "I want to talk to somebody about my November invoice")
    says(company, chat, "ana@ejemplo.example")
    known = {"summary": "Ana@ejemplo.example ", "contact": "ana@ejemplo.example"}
    held = claimed(company)
    wants = packet_of(held, None, None, known)["wants"]
    assert wants["text"] == "I want to talk to somebody about my November invoice"
    told = {**known, "summary": "The November invoice"}
    assert packet_of(held, None, None, told)["wants"]["text"] == "The November invoice"


def test_what_was_asked_last_is_no_address(day: Day) -> None:
    """So that an answer is suggested, and like tickets are found, to the question and not to where to write to."""
    company = day.company
    chat = visitor(company)
    says(company, chat, "Our hub has shown a red light since Monday")
    ticket = Ticket.objects.get(number=hands_over(company))
    for told, asked in (
        ("ana@ejemplo.example", "Our hub has shown a red light since Monday"),
        ("No.", "Our hub has shown a red light since Monday"),
        ("+34 600 000 000", "Our hub has shown a red light since Monday"),
        ("退款", "退款"),
        ("No, it is the other hub", "No, it is the other hub"),
        ("no", "No, it is the other hub"),
    ):
        says(company, chat, told)
        assert last_asked(company.house.vault, ticket) == asked


def test_who_may_not_open_a_page_is_told_the_truth_and_led_on(day: Day) -> None:
    page = day.client("amira").get("/desk/settings/roles/").content.decode()
    assert "This page is not in your role" in page
    assert "sees no tickets" not in page
    assert 'href="/desk/"' in page
    assert day.client("ines").get("/desk/")["Location"] == "/desk/settings/"
    read = day.client("otto").get(day.path("hub")).content.decode()
    assert "Nothing was noted on it yet." in read


def test_a_decision_shows_each_question_with_its_probability_and_examples(day: Day) -> None:
    number, hub = day.made["maya"], day.made["hub"]
    row = Decision.objects.select_related("conversation__address").get(ticket__number=number)
    routed = Routed(
        "billing",
        Priority.HIGH,
        "billing",
        categories=(Scored("billing", 0.9),),
        teams=(Scored("billing", 0.81),),
        needs=(Scored("de", 0.97),),
        languages=(Scored("de", 0.97),),
        urgencies=(Scored("now", 0.72), Scored("soon", 0.2)),
        sentiments=(Scored("upset", 0.66),),
        neighbours=(
            Neighbour("billing", "high", "billing", 0.83, ticket=number),
            Neighbour("device", "low", "technical", 0.6, ticket=hub),
            Neighbour("billing", "low", "billing", 0.5, source="zendesk 4711"),
        ),
    )
    vault, address = day.company.house.vault, row.conversation.address
    row.verdict_cipher = seal_json(vault, address, f"decision.verdict:{row.id}", asdict(routed))
    row.save()
    page = day.client("amira").get(day.path("maya")).content.decode()
    for said in ("Needs help at once", "72%", "Upset", "66%", "Skills that it needs", "97%", "81%"):
        assert said in page
    assert "zendesk 4711" in page
    assert f"#{number} " in page
    assert f"#{hub} " not in page, "of another team's ticket not even the number"

"""The page of what was kept without a ticket: who sees it, in words that cannot bite; one click makes a ticket and says nothing to anybody."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from bot.receive import receive
from core.ids import ExternalId, ThreadKey
from core.message import AddressKind, Inbound, Sender, Verified
from store.models import (
    Attachment,
    AuditEntry,
    Brand,
    Conversation,
    InboxRow,
    Message,
    OutboxRow,
    Role,
    SenderRuling,
    Team,
    Ticket,
)
from store.watching import forget_raw
from tests.web.desk.conftest import Day
from tests.web.desk.test_browser import (  # noqa: F401 - fixtures
    Served,
    browser,
    own_day,
    served,
)
from tests.web.desk.test_hostile import PAYLOADS
from tests.web.kept import BROKEN, WORDS, an_absence, mailbox, something_unreadable

LIST, UNREAD = "/desk/kept/", "/desk/kept/?what=unread"


def page_of(day: Day, who: str, address: str = LIST) -> str:
    return day.client(who).get(address).content.decode()


def test_what_machines_wrote_stands_there_with_the_reason(day: Day) -> None:
    an_absence(day.company.house)
    page = page_of(day, "ruth")
    assert WORDS in page
    assert "Nora Example" in page
    assert "nora-1@elsewhere.example" in page
    assert "Its subject is that of an automatic reply." in page
    assert 'href="/desk/kept/"' in page_of(day, "ruth", "/desk/view/all/")


def test_newest_first_in_pages(day: Day) -> None:
    for mark in range(31):
        day.company.clock.advance(seconds=1)
        an_absence(day.company.house, str(mark), subject=f"Absent number {mark}.")
    first, second = page_of(day, "ruth"), page_of(day, "ruth", f"{LIST}?page=2")
    assert first.index("Absent number 30.") < first.index("Absent number 1.")
    assert "Absent number 0." not in first
    assert "Absent number 0." in second


def test_without_any_it_says_so(day: Day) -> None:
    assert "Automatic replies, reports and newsletters stand here." in page_of(day, "ruth")
    assert "is set aside here whole" in page_of(day, "ruth", UNREAD)


def test_agents_have_no_such_page_and_no_way_to_it(day: Day) -> None:
    an_absence(day.company.house)
    assert day.client("amira").get(LIST).status_code == 403
    assert LIST not in page_of(day, "amira", "/desk/view/unassigned/")


def test_what_has_a_ticket_is_not_there(day: Day) -> None:
    mail = an_absence(day.company.house)
    day.client("ruth").post(f"/desk/kept/{mail.id}/ticket/")
    assert WORDS not in page_of(day, "ruth")


def test_one_click_makes_a_ticket_and_says_nothing(day: Day) -> None:
    mail, client = an_absence(day.company.house), day.client("ruth")
    sent = OutboxRow.objects.count()
    gone = client.post(f"/desk/kept/{mail.id}/ticket/")
    ticket = Ticket.objects.select_related("team", "conversation").get(reason="kept")
    assert gone["Location"] == f"/desk/tickets/{ticket.number}/"
    assert (ticket.conversation_id, ticket.team.is_triage) == (mail.conversation_id, True)
    assert ticket.conversation.speaker == Conversation.Speaker.QUEUE
    assert OutboxRow.objects.count() == sent
    thread = client.get(gone["Location"]).content.decode()
    assert WORDS in thread
    assert "It was kept without a ticket, and a colleague made one of it." in thread
    assert AuditEntry.objects.filter(action="kept.ticket").count() == 1


def test_twice_makes_one(day: Day) -> None:
    mail, client = an_absence(day.company.house), day.client("ruth")
    client.post(f"/desk/kept/{mail.id}/ticket/")
    again = client.post(f"/desk/kept/{mail.id}/ticket/")
    assert (again.status_code, Ticket.objects.filter(reason="kept").count()) == (409, 1)
    assert "it may be a ticket already" in again.content.decode()


def test_a_resolved_conversation_is_open_again_with_its_ticket(day: Day) -> None:
    mail = an_absence(day.company.house)
    Conversation.objects.filter(id=mail.conversation_id).update(
        status="resolved", resolved_at=day.company.clock()
    )
    day.client("ruth").post(f"/desk/kept/{mail.id}/ticket/")
    row = Conversation.objects.get(id=mail.conversation_id)
    assert (row.status, row.resolved_at) == (Conversation.Status.OPEN, None)


def test_erased_words_are_told_as_erased_and_make_no_ticket(day: Day) -> None:
    mail, client = an_absence(day.company.house), day.client("ruth")
    address = mail.address
    address.key_wrapped = None
    address.save()
    page = client.get(LIST).content.decode()
    assert WORDS not in page
    assert "Erased at the customer" in page
    assert client.post(f"/desk/kept/{mail.id}/ticket/").status_code == 409
    assert not Ticket.objects.filter(reason="kept").exists()


def test_the_bounds_of_a_role_bind_here_too(day: Day) -> None:
    """Ruth's role sees all tickets of one team: what belongs to no team is for those who see the triage of the brand."""
    mail, row = an_absence(day.company.house), something_unreadable(day.company.house)
    ruth, brand = day.company.users["ruth"], Brand.objects.get()
    billing, triage = Team.objects.get(slug="billing"), Team.objects.get(is_triage=True)
    powers = ["see_all_tickets", "work_tickets"]
    role = Role.objects.create(brand=brand, name="Bound", permissions=powers)
    role.teams = [str(billing.id)]
    role.save()
    ruth.custom_role = role
    ruth.save()
    client = day.client("ruth")
    assert WORDS not in client.get(LIST).content.decode()
    assert client.post(f"/desk/kept/{mail.id}/ticket/").status_code == 409
    assert client.post(f"/desk/unread/{row.id}/ticket/").status_code == 409
    assert client.get(f"/desk/unread/{row.id}/file/").status_code == 404
    assert not Ticket.objects.filter(reason="kept").exists()
    role.teams = [str(triage.id)]
    role.save()
    assert WORDS in day.client("ruth").get(LIST).content.decode()


def test_what_could_not_be_read_is_told_and_comes_as_a_file(day: Day) -> None:
    row, client = something_unreadable(day.company.house), day.client("ruth")
    page = client.get(UNREAD).content.decode()
    assert "Jörg Weber" in page
    assert "Wo bleibt mein Paket?" in page
    assert "we broke on it 3 times: RecursionError" in page
    file = client.get(f"/desk/unread/{row.id}/file/")
    assert file.content == BROKEN + b"1"
    assert file["Content-Disposition"].startswith("attachment")
    assert file["Content-Type"] == "application/octet-stream"
    assert "sandbox" in file["Content-Security-Policy"]


def test_of_what_could_not_be_read_a_ticket_has_the_original(day: Day) -> None:
    row, client = something_unreadable(day.company.house), day.client("ruth")
    gone = client.post(f"/desk/unread/{row.id}/ticket/")
    ticket = Ticket.objects.get(reason="kept")
    assert gone["Location"] == f"/desk/tickets/{ticket.number}/"
    assert "Wo bleibt mein Paket?" in client.get(gone["Location"]).content.decode()
    file = Attachment.objects.get(message__conversation=ticket.conversation_id)
    original = client.get(f"/desk/tickets/{ticket.number}/files/{file.id}/")
    assert original.content == BROKEN + b"1"
    assert "Jörg" not in client.get(UNREAD).content.decode()
    assert client.post(f"/desk/unread/{row.id}/ticket/").status_code == 409
    assert InboxRow.objects.get(id=row.id).message_id is not None


def test_it_says_whether_and_when_the_sender_was_told(day: Day) -> None:
    house = day.company.house
    row = something_unreadable(house, tells=True)
    page = page_of(day, "ruth", UNREAD)
    assert "Its sender is being told by mail that it could not be read." in page
    day.company.clock.advance(hours=3)
    sent = OutboxRow.objects.filter(conversation=row.conversation_id)
    sent.update(state="sent", settled_at=day.company.clock())
    page = page_of(day, "ruth", UNREAD)
    (told,) = re.findall(r"Its sender was told by mail that it could not be read: (.*)\.</p>", page)
    assert day.company.clock().strftime("%Y") in told
    sent.update(state="dead")
    assert "Its sender was not told that it could not be read." in page_of(day, "ruth", UNREAD)


def test_who_was_not_told_is_said_so(day: Day) -> None:
    something_unreadable(day.company.house)
    assert "Its sender was not told that it could not be read." in page_of(day, "ruth", UNREAD)
    assert "Its sender" not in page_of(day, "ruth")


def test_of_what_is_told_a_ticket_says_nothing_more_and_is_told_no_more(day: Day) -> None:
    house = day.company.house
    row, client = something_unreadable(house, tells=True), day.client("ruth")
    sent = OutboxRow.objects.count()
    assert client.post(f"/desk/unread/{row.id}/ticket/").status_code == 302
    assert OutboxRow.objects.count() == sent
    ticket = Ticket.objects.select_related("conversation").get(reason="kept")
    talk = ticket.conversation
    assert talk.id == row.conversation_id, "what they answer to it comes to this ticket"
    assert (talk.speaker, talk.wants_turn_at) == (Conversation.Speaker.QUEUE, None)
    thread = client.get(f"/desk/tickets/{ticket.number}/").content.decode()
    assert "Wo bleibt mein Paket?" in thread
    assert "could not be read" in thread
    assert something_unreadable(house, "2", tells=True).conversation is None, "once a day"
    assert OutboxRow.objects.count() == sent


def test_when_its_time_is_over_it_says_so_and_makes_no_ticket(day: Day) -> None:
    row, client = something_unreadable(day.company.house), day.client("ruth")
    assert forget_raw(day.company.clock.advance(days=90)) == 1
    page = client.get(UNREAD).content.decode()
    assert "The original is gone: its time is over." in page
    assert "we broke on it 3 times" in page
    assert f"/desk/unread/{row.id}/" not in page
    assert client.get(f"/desk/unread/{row.id}/file/").status_code == 404
    assert client.post(f"/desk/unread/{row.id}/ticket/").status_code == 409


def test_where_they_have_written_again_meanwhile_it_is_a_ticket_of_its_own(day: Day) -> None:
    house = day.company.house
    row = something_unreadable(house, tells=True)
    again = Inbound(
        external_id=ExternalId("again"),
        sender=Sender(AddressKind.EMAIL, "joerg@elsewhere.example", Verified.NO, "Jörg"),
        text="Where is my parcel?",
        at=house.clock(),
        thread_keys=(ThreadKey(f"conversation:{row.conversation_id}"),),
    )
    (accepted,) = receive(house, mailbox(house), [again])
    assert accepted.conversation == row.conversation_id
    day.client("ruth").post(f"/desk/unread/{row.id}/ticket/")
    assert Ticket.objects.get(reason="kept").conversation_id != row.conversation_id
    talk = Conversation.objects.get(id=row.conversation_id)
    assert talk.speaker == Conversation.Speaker.BOT
    assert talk.wants_turn_at is not None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00" * 50,
        b"From: =?x-nothing?q?=E4?=\r\nSubject: =?utf-8?b?!!!?=\r\n",
        b"Subject: " + b"=?utf-8?q?a?= " * 9000,
        b"From: \xe4\xf6 <x@y.example>\r\nSubject: \xff\r\n\r\n",
        b"{'no': 'mail'}",
    ],
    ids=range(6),
)
def test_first_lines_break_nothing(day: Day, raw: bytes) -> None:
    row = something_unreadable(day.company.house, raw=raw)
    client = day.client("ruth")
    assert client.get(UNREAD).status_code == 200
    assert client.post(f"/desk/unread/{row.id}/ticket/").status_code == 302


def test_a_large_one_is_told_by_its_size_alone(day: Day) -> None:
    row = something_unreadable(day.company.house, raw=BROKEN + b"x" * 1_100_000)
    page = page_of(day, "ruth", UNREAD)
    assert str(row.id) in page
    assert "Jörg" not in page


def test_markup_of_strangers_is_text(day: Day) -> None:
    for number, payload in enumerate(PAYLOADS):
        an_absence(day.company.house, str(number), payload, payload, payload)
    lines = "\r\n ".join(PAYLOADS).encode()
    something_unreadable(day.company.house, raw=b"Subject: " + lines + b"\r\n\r\n")
    for address in (LIST, UNREAD):
        answer = day.client("ruth").get(address)
        html = answer.content.decode()
        assert "alert(1)" in html
        assert not re.search(r"<(script|img|svg)[^>]*(alert|onerror|onload)", html)
        assert "onmouseover='alert" not in html
        assert "unsafe" not in answer["Content-Security-Policy"]


def test_who_only_reads_sees_nothing_to_press(day: Day) -> None:
    mail = an_absence(day.company.house)
    something_unreadable(day.company.house)
    for address in (LIST, UNREAD):
        page = page_of(day, "otto", address)
        assert "elsewhere.example" in page or "Jörg" in page
        assert "<form" not in page
    assert day.client("otto").post(f"/desk/kept/{mail.id}/ticket/").status_code == 403


def test_reactions_and_other_channels_are_not_mail(day: Day) -> None:
    mail = an_absence(day.company.house)
    mail.address.kind = "phone"
    mail.address.save()
    assert WORDS not in page_of(day, "ruth")
    assert mailbox(day.company.house).channel == "email"
    assert Message.objects.filter(id=mail.id).exists()


@pytest.mark.browser
@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
def test_kept_mail_in_a_browser(served: Served) -> None:  # noqa: F811
    house = served.day.company.house
    an_absence(house, words="w" * 300, subject="Automatic reply: " + "x" * 120)
    something_unreadable(house)
    for width, scheme in ((1280, "light"), (390, "dark")):
        page = served.page("ada", LIST, width)
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        expect(page.locator(".post")).to_have_count(1)
        page.locator(".post .quoted summary").click()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        if folder := os.environ.get("THREADLINE_PICTURES"):
            page.screenshot(path=Path(folder) / f"kept-{width}.png", full_page=True)
    page.get_by_role("link", name=re.compile("Not readable")).click()
    expect(page.locator(".post")).to_contain_text("Wo bleibt mein Paket?")
    page.get_by_role("button", name="Make a ticket of it").click()
    expect(page.locator("#thread")).to_contain_text("Wo bleibt mein Paket?")
    assert served.trouble == []


# ---- senders -------------------------------------------------------------------------------------

DECIDED = "/desk/kept/?what=decided"


def test_from_now_on_is_one_choice_and_is_undone(day: Day) -> None:
    mail, client = an_absence(day.company.house), day.client("ruth")
    assert "everybody at elsewhere.example" in client.get(LIST).content.decode()
    choice = {"whose": "domain", "ruling": "never"}
    gone = client.post(f"/desk/kept/{mail.id}/sender/", choice)
    assert gone["Location"] == DECIDED
    page = client.get(DECIDED).content.decode()
    assert "everybody at elsewhere.example" in page
    assert "Never a ticket" in page
    assert "Ruth Okafor" in page
    ruling = SenderRuling.objects.get()
    assert client.post(f"/desk/kept/senders/{ruling.id}/undo/")["Location"] == DECIDED
    assert not SenderRuling.objects.exists()
    again = client.post(f"/desk/kept/senders/{ruling.id}/undo/")
    assert again.status_code == 409
    assert "it may be undone already" in again.content.decode()


def test_an_address_is_typed_and_what_is_wrong_is_said(day: Day) -> None:
    client = day.client("ruth")
    form = {"inbox": mailbox(day.company.house).slug, "ruling": "always"}
    client.post("/desk/kept/senders/", {**form, "sender": "Alarms@machines.example"})
    page = client.get(DECIDED).content.decode()
    assert "alarms@machines.example" in page
    wrong = client.post("/desk/kept/senders/", {**form, "sender": "gmail.com"})
    assert wrong.status_code == 409
    assert "decide about one address" in wrong.content.decode()


def test_a_domain_that_everybody_shares_is_not_offered(day: Day) -> None:
    mail = an_absence(day.company.house, sender="nora@gmail.com")
    assert "everybody at" not in page_of(day, "ruth")
    whole = {"whose": "domain", "ruling": "never"}
    refused = day.client("ruth").post(f"/desk/kept/{mail.id}/sender/", whole)
    assert refused.status_code == 409
    assert not SenderRuling.objects.exists()


def test_who_only_reads_sees_what_is_decided_and_changes_nothing(day: Day) -> None:
    mail = an_absence(day.company.house)
    choice = {"whose": "address", "ruling": "never"}
    day.client("ruth").post(f"/desk/kept/{mail.id}/sender/", choice)
    page = page_of(day, "otto", DECIDED)
    assert "nora-1@elsewhere.example" in page
    assert "<form" not in page
    ruling = SenderRuling.objects.get()
    for path in (f"{ruling.id}/undo/", ""):
        assert day.client("otto").post(f"/desk/kept/senders/{path}").status_code == 403


def test_the_bounds_of_a_role_bind_decisions_too(day: Day) -> None:
    mail, brand = an_absence(day.company.house), Brand.objects.get()
    choice = {"whose": "address", "ruling": "never"}
    day.client("ruth").post(f"/desk/kept/{mail.id}/sender/", choice)
    ruth, ruling = day.company.users["ruth"], SenderRuling.objects.get()
    billing = Team.objects.get(slug="billing")
    role = Role.objects.create(
        brand=brand, name="Bound", permissions=["see_all_tickets", "work_tickets"]
    )
    role.teams = [str(billing.id)]
    role.save()
    ruth.custom_role = role
    ruth.save()
    client = day.client("ruth")
    assert "nora-1@elsewhere.example" not in client.get(DECIDED).content.decode()
    assert client.post(f"/desk/kept/senders/{ruling.id}/undo/").status_code == 409
    assert client.post(f"/desk/kept/{mail.id}/sender/", choice).status_code == 409
    typed = {"inbox": mailbox(day.company.house).slug, "sender": "x.example", "ruling": "never"}
    assert client.post("/desk/kept/senders/", typed).status_code == 409


def test_the_settings_lead_there(day: Day) -> None:
    page = day.client("ada").get("/desk/settings/?q=newsletter").content.decode()
    assert f'href="{DECIDED}"' in page

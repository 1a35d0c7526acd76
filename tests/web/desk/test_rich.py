"""Words with a form, from whoever types them to the customer and back onto the screen."""

from __future__ import annotations

import pytest

from bot import desk, macros, replying
from bot.deliver import outbound_of
from bot.rich import RICH
from bot.transcript import _html, lines_of
from channels.email import Email
from core.errors import MalformedPayload
from core.rich import Look, plain
from store.bodies import open_body
from store.events import public_after
from store.held import Written, held_in
from store.models import Conversation, HeldReply, Inbox, Message
from tests.web.desk.conftest import Day
from tests.web.desk.test_writing import _said
from tests.web.seed import _leased

TYPED = "Hello **Maya**,\n\n- it says `FERNHILL`\n- see [the guide](https://help.example/refund)\n\n<b>&amp;</b>"
SAID = "Hello Maya,\n\n- it says FERNHILL\n- see the guide (https://help.example/refund)\n\n<b>&amp;</b>"


def _reply(day: Day, typed: str = TYPED, form: str = RICH) -> Message:
    company = day.company
    said = desk.reply(company.house, company.users["amira"], day.made["maya"], typed, form=form)
    return Message.objects.select_related("address").get(id=said)


def test_everybody_who_reads_words_finds_plain_ones(day: Day) -> None:
    body = open_body(day.company.house.vault, _reply(day))
    assert body.text == SAID
    assert body.typed == TYPED
    assert plain(body.rich) == SAID


def test_it_goes_out_with_its_form_and_stands_so_in_the_thread(day: Day) -> None:
    _reply(day)
    row = _leased(day.company)[-1]
    channel = day.company.house.channel_of(Inbox.objects.get(id=row.inbox))
    outbound = outbound_of(row, channel, "https://desk.example")
    assert outbound.text == SAID
    assert plain(outbound.rich) == SAID
    page = day.client("amira").get(day.path("maya")).content.decode()
    assert "Hello <strong>Maya</strong>," in page
    assert (
        '<a href="https://help.example/refund" target="_blank" rel="noopener noreferrer">the guide</a>'
        in page
    )
    assert "&lt;b&gt;&amp;amp;&lt;/b&gt;" in page
    assert "<b>&amp;" not in page


def test_a_plain_reply_is_what_was_typed(day: Day) -> None:
    body = open_body(day.company.house.vault, _reply(day, form=""))
    assert (body.text, body.rich, body.extra) == (TYPED, (), {})
    with pytest.raises(MalformedPayload, match="plain or markdown"):
        _reply(day, form="html")


def test_what_waits_shows_its_form_and_comes_back_as_it_was_typed(day: Day) -> None:
    client = day.client("amira")
    client.post(day.path("maya", "reply"), {"text": TYPED, "form": RICH, "seen": "999"})
    [held] = HeldReply.objects.all()
    assert "Hello <strong>Maya</strong>," in client.get(day.path("maya")).content.decode()
    done = client.post(f"{day.path('maya')}undo/{held.id}/")
    assert '"form": "markdown"' in done["HX-Trigger"]
    assert "**Maya**" in done["HX-Trigger"]


def test_a_held_reply_is_said_with_its_form(day: Day) -> None:
    company = day.company
    held = replying.send(
        company.house, company.users["amira"], day.made["maya"], Written(TYPED, form=RICH)
    )
    assert held is not None
    [shown] = held_in(company.house.vault, held.conversation)
    assert (shown.text, shown.form) == (TYPED, RICH)
    company.clock.advance(seconds=9)
    assert replying.release(company.house, held.id)
    assert open_body(company.house.vault, _said(day)[-1]).text == SAID


def test_a_note_keeps_its_form_and_names_colleagues(day: Day) -> None:
    company = day.company
    said = desk.note(
        company.house, company.users["amira"], day.made["maya"], "**Look** @Ruth Okafor", RICH
    )
    body = open_body(company.house.vault, Message.objects.select_related("address").get(id=said))
    assert body.text == "Look @Ruth Okafor"
    assert body.rich


def test_a_visitor_reads_it_in_the_chat_and_in_its_transcript(day: Day) -> None:
    company, wei = day.company, day.company.users["wei"]
    desk.take(company.house, wei, day.made["hub"])
    assert replying.send(company.house, wei, day.made["hub"], Written(TYPED, form=RICH)) is None
    talk = Conversation.objects.get(ticket__number=day.made["hub"])
    told = public_after(company.house.vault, talk.id, 0)[-1].data
    assert told["text"] == SAID
    assert told["rich"][0] == {"p": [{"t": "Hello "}, {"t": "Maya", "b": 1}, {"t": ","}]}
    lines = list(lines_of(company.house, talk.id, talk.last_public_seq, "en"))
    assert lines[-1].text == SAID
    page = _html("intro", lines, "en")
    assert "Hello <strong>Maya</strong>," in page
    assert "&lt;b&gt;" in page


def test_a_preview_shows_what_the_channel_will(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    client, path = day.client("amira"), day.path("maya", "preview")
    page = client.post(path, {"text": TYPED, "mode": "reply"}).content.decode()
    assert "<strong>Maya</strong>" in page
    assert 'data-parts="1"' in page
    assert "&lt;b&gt;" in page
    monkeypatch.setattr(Email, "shows", frozenset({Look.BOLD}))
    page = client.post(path, {"text": TYPED, "mode": "reply"}).content.decode()
    assert "<strong>Maya</strong>" in page
    assert "- it says FERNHILL<br>- see the guide (https://help.example/refund)" in page
    assert (
        "<strong>Maya</strong>"
        in client.post(path, {"text": TYPED, "mode": "note"}).content.decode()
    )
    assert client.post(path, {"text": "x" * 50_001, "mode": "reply"}).status_code == 400


def test_a_draft_keeps_its_format(day: Day) -> None:
    client = day.client("amira")
    client.post(day.path("maya", "draft"), {"mode": "reply", "text": "**half**", "form": RICH})
    client.post(day.path("maya", "draft"), {"mode": "note", "text": "plain"})
    page = client.get(day.path("maya")).content.decode()
    assert 'data-draft-reply="**half**"' in page
    assert 'data-draft-reply-form="markdown"' in page
    assert 'data-draft-note-form=""' in page


def test_a_macro_fits_the_format_that_is_written_in(day: Day) -> None:
    house, ruth = day.company.house, day.company.users["ruth"]
    values = {"name": "Formed", "text": "Hello {{customer.name}}, **look** at 2*3", "form": RICH}
    formed = macros.save(house, ruth, values)
    plain_one = macros.save(house, ruth, {"name": "Plain", "text": "* {{customer.first_name}} *a*"})
    named = {"customer.name": "[Ann](https://evil.example) *x*"}
    assert macros.filled_in(formed, named, RICH).text == (
        "Hello \\[Ann\\](https://evil.example) \\*x\\*, **look** at 2*3"
    )
    assert macros.filled_in(formed, named, "").text == (
        "Hello [Ann](https://evil.example) *x*, look at 2*3"
    )
    assert macros.filled_in(plain_one, {}, RICH).text == "\\* {{customer.first_name}} \\*a\\*"
    assert macros.filled_in(plain_one, {}, "").text == "* {{customer.first_name}} *a*"
    page = day.client("ruth").get(f"/desk/macros/{formed.id}/").content.decode()
    assert "<strong>look</strong>" in page

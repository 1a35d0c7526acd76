"""On every page: what is said arrives at the product, what is answered is shown, what is pressed arrives."""

from __future__ import annotations

import json
import stat
import wave
from io import BytesIO
from typing import Any

import httpx2
import pytest
from django.test import Client

from bot import colleagues, desk, posts
from bot.deliver import deliver_some
from bot.playground import PORTS, address, make_playground
from bot.reply import Outcome
from core.decision import Priority, Routed
from demo.playground.parts import from_mrkdwn
from store.models import Attachment, Inbox, PublicPost, Ticket
from tests.fakes.twilio import HELPED, STARTED, STOPPED
from tests.playground.conftest import Play, until

WRITTEN = ("whatsapp", "messenger", "instagram", "slack", "teams", "telegram", "sms")


def said(view: dict[str, object], who: str) -> list[str]:
    lines = view["lines"]
    assert isinstance(lines, list)
    return [line["text"] for line in lines if line["who"] == who]


@pytest.mark.parametrize("slug", WRITTEN)
async def test_a_talk_on_each_page(play: Play, slug: str) -> None:
    await play.say(slug, "Where is my order?")
    assert await play.house.database.run(play.company.texts, "customer") == ["Where is my order?"]
    await play.answer("It comes tomorrow. Did that help?", "Yes", "No")
    view = await play.view(slug)
    assert said(view, "you") == ["Where is my order?"]
    (answer,) = [line for line in view["lines"] if line["who"] == "them"]
    assert answer["text"].startswith("It comes tomorrow.")
    if slug == "sms":
        assert "2. No" in answer["text"]
        return
    assert [one["title"] for one in answer["choices"]] == ["Yes", "No"]
    ref = answer["choices"][1]["ref"]
    assert await play.do(slug, "press", place=view["place"], ref=ref) == 204
    assert await play.house.database.run(play.company.texts, "customer") == [
        "Where is my order?",
        "no",
    ]
    assert said(await play.view(slug), "note") == [], "nothing was refused"


async def test_a_call_is_answered_and_ended(play: Play) -> None:
    assert (await play.view("voice"))["status"] == "no call"
    assert await play.do("voice", "call", deed="dial", value="") == 204
    view = await play.view("voice")
    assert view["status"] == "listening"
    assert any("Fernhill" in text for text in said(view, "them"))
    assert await play.do("voice", "call", deed="hang up", value="") == 204
    assert (await play.view("voice"))["status"] == "ended"


@pytest.mark.parametrize("speaks", [True, False])
async def test_a_voicemail_is_fetched_and_heard_at_the_desk(
    play: Play, monkeypatch: pytest.MonkeyPatch, speaks: bool
) -> None:
    if not speaks:
        monkeypatch.setattr("demo.playground.sound.shutil.which", lambda program: None)
    monkeypatch.setattr("web.house._current", [play.house])
    run, words = play.house.database.run, "Please call me about my lamp"
    assert await play.do("voice", "call", deed="dial", value="") == 204
    for _ in range(2):
        assert await play.do("voice", "call", deed="wait", value="") == 204
    assert (await play.view("voice"))["status"] == "recording"
    await play.say("voice", words)
    assert said(await play.view("voice"), "note") == ["silence", "silence"]
    routed = Routed("delivery", Priority.HIGH, "orders")
    await run(play.turn, Outcome(routed=routed, packet={"wants": {"text": "Voicemail"}}))
    voicemail, transcript = await run(play.company.texts, "customer")
    assert (voicemail.startswith("Voicemail, "), transcript) == (True, words)
    await play.run_jobs()
    number, (file,) = await run(_heard)
    assert (file.problem, file.media_type) == ("", "audio/mpeg")

    def at_the_desk() -> tuple[str, Any]:
        client = Client()
        client.force_login(play.company.other)
        page = client.get(f"/desk/tickets/{number}/")
        assert "media-src 'self'" in page["Content-Security-Policy"]
        return page.content.decode(), client.get(f"/desk/tickets/{number}/files/{file.id}/")

    page, got = await run(at_the_desk)
    assert f'<audio controls preload="none" aria-label="voicemail.mp3" src="/desk/tickets/{number}/files/{file.id}/">' in page  # fmt: skip
    assert words in page
    assert got["Content-Type"] == "audio/wav"
    with wave.open(BytesIO(got.content)) as sound:
        assert sound.getnframes() / sound.getframerate() > 0.5


def _heard() -> tuple[int, list[Attachment]]:
    return Ticket.objects.get().number, list(Attachment.objects.all())


async def test_in_a_channel_of_slack_the_answer_stands_in_the_thread(play: Play) -> None:
    await play.say("slack", "What is open?", "help")
    await play.answer("Nine to five.")
    view = await play.view("slack", "help")
    question, answer = view["lines"]
    assert (question["who"], answer["who"], answer["thread"]) == ("you", "them", question["id"])
    await play.say("slack", "And tomorrow?", "help", question["id"])
    texts = await play.house.database.run(play.company.texts, "customer")
    assert texts == ["What is open?", "And tomorrow?"]


@pytest.mark.parametrize("place", ["direct", "help"])
async def test_what_a_command_of_slack_was_stays_on_the_page(play: Play, place: str) -> None:
    await play.say("slack", "/support The lamp is broken", place)
    assert await play.house.database.run(play.company.texts, "customer") == ["The lamp is broken"]
    await play.answer("A colleague has it.")
    await play.say("slack", "Thank you", place)
    lines = (await play.view("slack", place))["lines"]
    assert lines[0]["text"] == "/support The lamp is broken"
    assert (lines[0]["who"], lines[0]["state"]) == ("you", "Only visible to you")
    assert lines[-1]["text"] == "Thank you"


async def test_what_slack_shows_to_one_alone_is_on_the_page(play: Play) -> None:
    await play.say("slack", "/support The lamp is broken", "help")
    typed, told = (await play.view("slack", "help"))["lines"]
    assert (typed["who"], told["who"], told["state"]) == ("you", "them", "Only visible to you")
    assert told["text"].startswith("Passed on.")
    assert said(await play.view("slack"), "them") == [], "it stands where the command was typed"


async def test_a_message_of_slack_is_brought_to_people_by_its_menu(play: Play) -> None:
    await play.say("slack", "The lamp is broken", "help")
    (line,) = (await play.view("slack", "help"))["lines"]
    assert await play.do("slack", "shortcut", place="help", line=line["id"]) == 204
    form = (await play.view("slack", "help"))["form"]
    (field,) = form["fields"]
    assert field["value"] == "The lamp is broken"
    await play.do("slack", "submit", values={field["id"]: " "})  # type: ignore[arg-type]
    form = (await play.view("slack", "help"))["form"]
    assert (form["text"], len(form["fields"])) == (field["label"], 1), "it stays, and says why"
    await play.do("slack", "submit", values={field["id"]: "My lamp"})  # type: ignore[arg-type]
    form = (await play.view("slack", "help"))["form"]
    assert form["text"].startswith("Passed on.")
    assert form["fields"] == []
    await play.do("slack", "submit", values={})  # type: ignore[arg-type]
    assert (await play.view("slack", "help"))["form"] is None
    texts = await play.house.database.run(play.company.texts, "customer")
    assert texts == ["The lamp is broken", "My lamp"]


async def test_the_assistant_view_of_slack_is_a_chat_of_its_own(play: Play) -> None:
    view = await play.view("slack", "assistant")
    offered = view["lines"][-1]["choices"]
    assert [one["title"] for one in offered] == ["How do I reset my password?", "Where is my parcel?"]  # fmt: skip
    assert await play.do("slack", "press", place="assistant", ref=offered[1]["ref"]) == 204
    texts = await play.house.database.run(play.company.texts, "customer")
    assert texts == ["Where is my parcel?"]
    view = await play.view("slack", "assistant")
    assert said(view, "note") == ["Support is looking for an answer…"]
    await play.answer("On its way.")
    view = await play.view("slack", "assistant")
    assert said(view, "you") == ["Where is my parcel?"]
    assert said(view, "them")[-1] == "On its way."
    assert said(view, "note") == []
    assert (await play.view("slack"))["lines"] == [], "the direct messages are another place"


async def test_teams_has_a_channel_and_a_group(play: Play) -> None:
    await play.say("teams", "What is open?", "channel")
    await play.answer("Nine to five.")
    question, answer = (await play.view("teams", "channel"))["lines"]
    assert (question["who"], question["thread"]) == ("you", "")
    assert (answer["who"], answer["thread"]) == ("them", question["id"])
    await play.say("teams", "And tomorrow?", "channel", question["id"])
    await play.say("teams", "@Ben do you know?", "group")
    await play.say("teams", "Anybody there?", "group")
    texts = await play.house.database.run(play.company.texts, "customer")
    assert texts == ["What is open?", "And tomorrow?", "Anybody there?"]
    assert said(await play.view("teams", "group"), "you") == ["@Ben do you know?", "Anybody there?"]
    assert (await play.view("teams"))["lines"] == []
    assert said(await play.view("teams", "channel"), "note") == [], "nothing was refused"


async def test_twilio_itself_answers_stop_start_and_help(play: Play) -> None:
    for word in ("STOP", "START", "HELP"):
        await play.say("sms", word)
    lines = (await play.view("sms"))["lines"]
    talk = [(line["who"], line["text"]) for line in lines]
    assert talk == [
        ("you", "STOP"),
        ("them", STOPPED),
        ("you", "START"),
        ("them", STARTED),
        ("you", "HELP"),
        ("them", HELPED),
    ]


async def test_a_colleague_takes_and_answers_from_slack(play: Play) -> None:
    run, house = play.house.database.run, play.house
    routed = Routed("delivery", Priority.HIGH, "orders")
    await play.say("slack", "I want a person")
    await run(play.turn, Outcome(routed=routed, packet={"wants": {"text": "I want a person"}}))
    await play.keep_boards()
    (card,) = (await play.view("slack", "team"))["lines"]
    assert [one["title"] for one in card["choices"]] == ["Take", "Resolve"]

    async def press(choice: dict[str, str]) -> None:
        assert await play.do("slack", "press", place="team", ref=choice["ref"]) == 204

    await press(card["choices"][0])
    told = (await play.view("slack", "team"))["lines"][-1]
    assert told["text"].startswith("I do not know who you are")
    await press(told["choices"][0])
    (field,) = (await play.view("slack", "team"))["form"]["fields"]
    code = await run(colleagues.new_code, house, play.company.other)
    await play.do("slack", "submit", values={field["id"]: code})  # type: ignore[arg-type]
    await press(card["choices"][0])
    await play.say("slack", "Here I am", "team", card["id"])

    async def delivered() -> list[str]:
        await deliver_some(house, "test", 10)
        return said(await play.view("slack"), "them")

    heard = await until(delivered, lambda texts: len(texts) == 2)
    assert heard[-1].endswith("Here I am")
    assert said(await play.view("slack", "team"), "note") == [], "nothing was refused"


@pytest.mark.parametrize("slug", ["messenger", "instagram"])
async def test_a_comment_is_typed_and_answered_under_it(play: Play, slug: str) -> None:
    run, house = play.house.database.run, play.house
    await play.say(slug, "Is it open?", "public")
    (line,) = (await play.view(slug, "public"))["lines"]
    assert line["who"] == "you"
    post = await run(PublicPost.objects.get)
    ticket = await run(posts.answer, house, play.company.agent, post.id)
    await run(desk.reply, house, play.company.agent, ticket.number, "From nine.")
    await deliver_some(house, "test", 10)
    view = await play.view(slug, "public")
    assert said(view, "them") == ["From nine."]
    assert view["lines"][-1]["thread"] == line["id"]
    await play.say(slug, "Thanks", "public", line["id"])
    texts = await run(play.company.texts, "customer")
    assert texts == ["Is it open?", "Thanks"]
    assert said(await play.view(slug, "public"), "note") == [], "nothing was refused"


async def test_what_the_product_refuses_is_told(play: Play) -> None:
    await play.house.database.run(
        lambda: Inbox.objects.filter(slug="telegram").update(is_active=False)
    )
    await play.say("telegram", "hello")
    assert said(await play.view("telegram"), "note") == ["The product answered 404"]


async def test_no_other_site_can_play(play: Play) -> None:
    async with httpx2.AsyncClient(base_url=play.url) as client:
        page = await client.get("/play/sms")
        assert "default-src 'none'" in page.headers["content-security-policy"]
        form = await client.post("/play/sms/say", data={"text": "x", "place": "", "thread": ""})
        assert form.status_code == 415
        for path in ("/play/sms/view", "/play/sms", "/"):
            other = await client.get(path, headers={"host": "evil.example"})
            assert other.status_code == 400
        assert (await client.post("/play/sms/__init__", json={})).status_code == 404
        assert (await client.get("/play/fax")).status_code == 404


def test_secrets_are_made_once_and_kept_private(play: Play) -> None:
    file = play.house.settings.state / "playground.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = json.loads(file.read_text())["words"]
    make_playground(play.house)
    after = json.loads(file.read_text())["words"]
    moved = {"url", "local", *PORTS}
    assert after.keys() == before.keys()
    assert all(after[name] == before[name] for name in after if name not in moved)
    assert len(set(after.values())) == len(after) >= 10
    assert Inbox.objects.filter(slug__in=WRITTEN).count() == len(WRITTEN)
    assert address(play.house.settings).startswith("http://127.0.0.1:")
    assert address(play.house.settings.model_copy(update={"demo": False})) == ""


def test_a_bare_address_in_slack_is_shown_once() -> None:
    said = from_mrkdwn("Say why: <https://x.example/s> or <https://x.example/h|read on>")
    assert said == ("Say why: https://x.example/s or read on", [("read on", "https://x.example/h")])
    assert from_mrkdwn("<https://x.example/s|https://x.example/s>")[1] == []

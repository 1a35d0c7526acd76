"""Files, names and hours over HTTP, as the widget sends and reads them."""

from __future__ import annotations

from uuid import uuid4

import httpx2
import pytest

from tests.web.live.conftest import Chat, Web


def sends(
    web: Web, chat: Chat, content: bytes, name: str = "crack.png", **about: str
) -> httpx2.Response:
    params = {"client_id": uuid4().hex, "name": name, **about}
    headers = {**chat.headers, "Content-Type": "image/png"}
    return web.http.post(f"{chat.path}/files", params=params, content=content, headers=headers)


async def test_a_file_is_a_message_once_however_often_it_is_sent(web: Web) -> None:
    chat = web.open()
    first = sends(web, chat, b"\x89PNG picture", client_id="one")
    again = sends(web, chat, b"\x89PNG picture", client_id="one")
    assert (first.status_code, first.json()["seq"]) == (202, again.json()["seq"])
    async with web.events(chat) as stream:
        shown = (await stream.next()).data
    assert shown["files"] == [{"name": "crack.png", "media_type": "image/png", "size": 12}]
    assert (shown["text"], shown["client_id"]) == ("", "one")


@pytest.mark.parametrize("name", ["../../etc/passwd", "..\\..\\boot.ini", "a/b\x00/passwd"])
async def test_a_name_is_only_a_name(web: Web, name: str) -> None:
    chat = web.open()
    assert sends(web, chat, b"x", name).status_code == 202
    async with web.events(chat) as stream:
        shown = (await stream.next()).data["files"][0]["name"]
    assert shown in {"passwd", "boot.ini"}


def test_files_have_limits_and_need_their_conversation(web: Web) -> None:
    chat, other = web.open(), web.open()
    assert sends(web, chat, bytes(10 * 1024 * 1024 + 1)).status_code == 413
    assert sends(web, chat, b"").status_code == 400
    assert sends(web, chat, b"x", "").status_code == 400
    assert sends(web, chat, b"x", "n" * 201).status_code == 400
    assert sends(web, Chat(chat.conversation, other.token), b"x").status_code == 404
    assert sends(web, Chat(chat.conversation, "no token"), b"x").status_code == 401


def test_what_a_stranger_says_of_themselves_is_taken_or_refused(web: Web) -> None:
    def opened(**body: str) -> int:
        return web.http.post("/chat/v1/conversations", json=body).status_code

    assert opened(name="Maya Ruiz", email="maya@example.org") == 201
    assert opened(name="Maya") == 201
    assert opened(email="no address") == 400
    assert opened(name="M\x00") == 400


def test_the_look_tells_what_is_asked_and_when_people_are_back(web: Web) -> None:
    greeting = {"text": {"en": "Shall we help you choose?"}, "page": "/prices", "seconds": 5}
    web.do("set_chat", asks_for=["email"], greetings=[greeting], office_hours="Never")
    look = web.http.get("/chat/v1/look").json()
    assert look["asks_for"] == ["email"]
    assert look["greetings"] == [greeting]
    assert look["back_at"] is None, "there is no such calendar"
    web.do("hours", name="Never", weekday=9)
    assert web.http.get("/chat/v1/look").json()["back_at"] is None, "and one without hours"
    web.do("hours", name="Tomorrow", weekday=1)
    web.do("set_chat", asks_for=[], greetings=[], office_hours="Tomorrow")
    assert web.http.get("/chat/v1/look").json()["back_at"] > ""
    web.do("set_chat", office_hours="")

"""Files, names and hours over HTTP, as the widget sends and reads them."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import httpx2
import pytest

from tests.web.live.conftest import Chat, Web


def sends(
    web: Web,
    chat: Chat,
    content: bytes,
    name: str = "crack.png",
    media: str = "image/png",
    **about: str,
) -> httpx2.Response:
    params = {"client_id": uuid4().hex, "name": name, **about}
    headers = {
        "Authorization": chat.headers["Authorization"].encode(),
        "Content-Type": media.encode("latin-1"),
    }
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
    assert sends(web, chat, b"x", media="image/p\xf1g").status_code == 400
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


async def handed(web: Web) -> tuple[Chat, int]:
    """A chat that an agent has taken, and its ticket."""
    chat = web.open()
    web.post(chat, "I need the form")
    (number,) = [one for one in web.do("answer", text="One moment.", team="orders") if one]
    web.do("deed", login="lucia", name="take", number=number)
    return chat, number


async def test_a_colleagues_file_is_for_who_holds_the_token_alone(
    own_web: Callable[[], Web],
) -> None:
    web = own_web()
    chat, number = await handed(web)
    web.do(
        "sends_file",
        login="lucia",
        number=number,
        name="form.html",
        content="3c62",
        media="text/html",
    )
    async with web.events(chat) as stream:
        shown = await stream.next()
        while not shown.data.get("files"):
            shown = await stream.next()
    (file,) = shown.data["files"]
    assert (file["name"], file["media_type"], file["size"]) == ("form.html", "text/html", 2)
    path = f"{chat.path}/files/{file['id']}"
    got = web.http.get(path, headers=chat.headers)
    assert (got.status_code, got.content) == (200, b"<b")
    assert got.headers["content-disposition"] == "attachment", "never shown as a page of ours"
    assert "sandbox" in got.headers["content-security-policy"]
    assert got.headers["content-type"] == "application/octet-stream"
    stranger = web.open()
    assert web.http.get(path).status_code == 401, "the address alone opens nothing"
    assert web.http.get(path, headers=stranger.headers).status_code == 404
    elsewhere = f"{stranger.path}/files/{file['id']}"
    assert web.http.get(elsewhere, headers=stranger.headers).status_code == 404
    assert web.http.get(f"{chat.path}/files/{uuid4()}", headers=chat.headers).status_code == 404


def test_what_was_read_never_goes_back_nor_beyond_what_there_is(web: Web) -> None:
    chat = web.open()
    web.post(chat, "Hello")

    def seen(seq: object) -> int:
        return web.http.post(
            f"{chat.path}/seen", json={"seq": seq}, headers=chat.headers
        ).status_code

    assert (seen(1), web.do("seen", conversation=chat.conversation)) == (204, 1)
    assert (seen(0), web.do("seen", conversation=chat.conversation)) == (204, 1)
    assert (seen(999), web.do("seen", conversation=chat.conversation)) == (204, 1)
    assert seen(-1) == seen("many") == 400
    assert web.http.post(f"{chat.path}/seen", json={"seq": 1}).status_code == 401
    other = web.open()
    assert (
        web.http.post(f"{chat.path}/seen", json={"seq": 1}, headers=other.headers).status_code
        == 404
    )

"""Asking for a chat by mail over HTTP: who may, and what is refused. What is sent is `tests.bot.test_transcript`'s."""

from __future__ import annotations

from collections.abc import Callable

import httpx2

from tests.web.live.conftest import Chat, Web


def asks(web: Web, chat: Chat, token: str, body: object) -> httpx2.Response:
    headers = {"authorization": f"Bearer {token}"}
    return web.http.post(f"{chat.path}/transcript", json=body, headers=headers)


def test_it_is_offered_where_there_is_a_mailbox(own_web: Callable[[], Web]) -> None:
    web = own_web()
    assert web.http.get("/chat/v1/look").json()["mails"] is False
    chat, to = web.open(), {"email": "maya@example.org"}
    web.post(chat, "hello", "m1")
    assert asks(web, chat, chat.token, to).status_code == 404
    web.do("mailbox")
    assert web.http.get("/chat/v1/look").json()["mails"] is True
    for _ in range(2):
        answer = asks(web, chat, chat.token, to)
        assert (answer.status_code, answer.json()) == (202, {"state": "asked"})
    assert asks(web, web.open(), chat.token, to).status_code == 404
    empty = web.open()
    assert asks(web, empty, empty.token, to).status_code == 409
    assert asks(web, empty, empty.token, {}).status_code == 409


def test_it_needs_the_conversations_token_and_an_address(web: Web) -> None:
    chat, other = web.open(), web.open()
    web.post(chat, "hello", "m1")
    to = {"email": "maya@example.org"}
    assert web.http.post(f"{chat.path}/transcript", json=to).status_code == 401
    assert asks(web, chat, "x", to).status_code == 401
    assert asks(web, chat, other.token, to).status_code == 404
    for wrong in ({"email": "no address"}, {"email": "a@b\nBcc: c@d"}, {"email": 1}, [1]):
        assert asks(web, chat, chat.token, wrong).status_code == 400
    assert asks(web, chat, chat.token, {}).status_code == 404, "nobody known, no address"
    assert web.http.get(f"{chat.path}/transcript", headers=chat.headers).status_code == 405

"""Being known over HTTP: who may say so, what it opens, and that the anonymous token opens nothing of it any more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
import jwt
import pytest

from tests.web.live.conftest import Chat, Web

SECRET = "the website's own secret, 32 bytes or more"


def word(account: str, **more: Any) -> str:
    """As a website signs it, with a library of its own."""
    expires = datetime.now(UTC) + timedelta(minutes=10)
    said = {"sub": account, "aud": "website", "exp": int(expires.timestamp()), **more}
    return jwt.encode(said, SECRET, algorithm="HS256")


@pytest.fixture(autouse=True)
def knowing(web: Web) -> None:
    web.do("set_chat", identity_secret=SECRET)


def says_who(web: Web, account: str, chat: Chat | None = None, **headers: str) -> httpx2.Response:
    sent = {**(chat.headers if chat else {}), **headers}
    return web.http.post("/chat/v1/identity", json={"identity": word(account)}, headers=sent)


def known(web: Web, account: str, chat: Chat | None = None) -> Chat:
    answer = says_who(web, account, chat)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return Chat(answer.json()["conversation"], answer.json()["token"])


def test_an_anonymous_chat_becomes_known_and_its_first_token_void(web: Web) -> None:
    account, chat = uuid4().hex, web.open()
    assert web.post(chat, "Where is my parcel?").status_code == 202
    mine = known(web, account, chat)
    assert mine.conversation == chat.conversation
    assert web.post(mine, "It is FH-1.").status_code == 202
    assert web.post(chat, "With the old token").status_code == 401
    assert web.http.get(f"{chat.path}/events", headers=chat.headers).status_code == 401
    assert known(web, account).conversation == chat.conversation, "from another device too"


def test_history_is_the_accounts_own_and_nobody_elses(web: Web) -> None:
    mine, other = known(web, uuid4().hex), known(web, uuid4().hex)
    web.post(mine, "My words")
    web.post(other, "Other words")
    items = web.http.get("/chat/v1/history", headers=mine.headers).json()["items"]
    assert [item["text"] for item in items] == ["My words"]
    again = Chat(items[0]["conversation"], items[0]["token"])
    assert web.post(again, "More").status_code == 202
    anonymous = web.open()
    assert web.http.get("/chat/v1/history", headers=anonymous.headers).json()["items"] == []
    assert web.http.get("/chat/v1/history").status_code == 401


def test_another_account_in_the_same_browser_goes_on_elsewhere(web: Web) -> None:
    mine = known(web, uuid4().hex, web.open())
    web.post(mine, "My words")
    other = known(web, uuid4().hex, mine)
    assert other.conversation != mine.conversation
    assert web.post(mine, "Still mine").status_code == 202


def test_who_may_say_it(web: Web) -> None:
    def refused(**more: Any) -> int:
        body = {"identity": word("42", **more)}
        return web.http.post("/chat/v1/identity", json=body).status_code

    assert refused(aud="another") == 401
    assert refused(exp=1) == 401
    assert refused(exp=4_000_000_000) == 401
    unsigned = jwt.encode({"sub": "42", "aud": "website"}, "", algorithm="none")
    answer = web.http.post("/chat/v1/identity", json={"identity": unsigned})
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert web.http.post("/chat/v1/identity", json={"identity": 5}).status_code == 400
    assert says_who(web, "42", Origin="https://evil.example").status_code == 403
    web.do("set_chat", identity_secret=None)
    assert refused() == 401, "where no secret is set nobody can be known"


def test_a_new_conversation_of_somebody_known_is_theirs(web: Web) -> None:
    account = uuid4().hex
    mine = known(web, account)
    web.post(mine, "The first matter")
    answer = web.http.post("/chat/v1/conversations", json={}, headers=mine.headers)
    second = Chat(**answer.json())
    assert web.post(second, "The second matter").status_code == 202
    items = web.http.get("/chat/v1/history", headers=second.headers).json()["items"]
    assert {item["text"] for item in items} == {"The first matter", "The second matter"}

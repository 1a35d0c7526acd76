"""The chat's HTTP contract and the webhooks' borders, against a running process."""

from __future__ import annotations

import gzip
import json
import time
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.web.live.conftest import Chat, Web

SHOP = "https://shop.example.com"


def problem(answer: httpx2.Response, status: int) -> dict[str, Any]:
    """The problem this answer is; never a page, never a traceback."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Traceback" not in answer.text
    told: dict[str, Any] = answer.json()
    assert told["status"] == status
    return told


def test_a_message_is_accepted_once_however_often_it_is_posted(web: Web) -> None:
    chat = web.open()
    first = web.post(chat, "hello", "m1")
    assert (first.status_code, first.json()) == (202, {"seq": 1})
    assert web.post(chat, "and more", "m2").json() == {"seq": 2}
    assert web.post(chat, " hello ", "m1").json() == {"seq": 1}
    told = problem(web.post(chat, "something else", "m1"), 409)
    assert "client_id" in told["detail"]


def test_the_same_client_id_in_two_conversations_is_two_messages(web: Web) -> None:
    one, other = web.open(), web.open()
    assert web.post(one, "mine", "m1").json() == {"seq": 1}
    assert web.post(other, "theirs", "m1").json() == {"seq": 1}


def test_another_conversation_is_not_found_and_a_bad_token_is_refused(web: Web) -> None:
    one, other = web.open(), web.open()
    problem(web.post(Chat(other.conversation, one.token), "hello"), 404)
    problem(web.post(Chat(str(uuid4()), one.token), "hello"), 404)
    bad = [problem(web.post(Chat(one.conversation, token), "x"), 401) for token in ("x", "A" * 119)]
    answer = web.http.post(f"{one.path}/messages", json={"client_id": "a", "text": "b"})
    assert answer.headers["www-authenticate"] == "Bearer"
    assert {json.dumps(told) for told in bad} == {json.dumps(answer.json())}


def test_a_token_in_the_address_is_no_token(web: Web) -> None:
    chat = web.open()
    body = {"client_id": "a", "text": "b"}
    for name in ("token", "access_token", "authorization"):
        problem(web.http.post(f"{chat.path}/messages?{name}={chat.token}", json=body), 401)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"\xff", b"[" * 60_000, b'{"client_id": "a"}', b'{"text": "a"}'],
)
def test_what_cannot_be_read_is_a_400(web: Web, body: bytes) -> None:
    chat = web.open()
    answer = web.http.post(f"{chat.path}/messages", content=body, headers=chat.headers)
    assert problem(answer, 400)["detail"]


def test_bodies_have_limits_declared_or_not(web: Web) -> None:
    chat = web.open()
    large = b"x" * 70_000
    problem(web.http.post(f"{chat.path}/messages", content=large, headers=chat.headers), 413)
    streamed = web.http.post(
        f"{chat.path}/messages", content=iter([large[:40_000]] * 3), headers=chat.headers
    )
    problem(streamed, 413)
    problem(web.http.post("/chat/v1/conversations", content=large), 413)


def test_opening_takes_nothing_or_a_little(web: Web) -> None:
    for body in (b"", b"{}", b'{"inbox": "website", "language": "es", "more": 1}'):
        assert web.http.post("/chat/v1/conversations", content=body).status_code == 201
    problem(web.http.post("/chat/v1/conversations", content=b"nonsense"), 400)
    problem(web.http.post("/chat/v1/conversations", json={"inbox": "nowhere"}), 404)
    problem(
        web.http.post("/chat/v1/conversations", json={}, headers={"Authorization": "Bearer x"}), 401
    )


def test_a_visitor_keeps_being_the_same_in_a_new_conversation(web: Web) -> None:
    first = web.open()
    answer = web.http.post("/chat/v1/conversations", json={}, headers=first.headers)
    second = Chat(**answer.json())
    assert second.conversation != first.conversation
    assert web.post(second, "hello").status_code == 202
    problem(web.post(Chat(first.conversation, second.token), "hello"), 404)


def test_too_much_of_one_conversation_waits(web: Web) -> None:
    chat = web.open()
    answers = [web.post(chat, "again", "m1") for _ in range(45)]
    assert [answer.status_code for answer in answers[:30]] == [202] * 30
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    problem(answers[-1], 429)
    assert web.post(web.open(), "another visitor").status_code == 202


def test_methods_and_addresses_that_are_not_there(web: Web) -> None:
    chat = web.open()
    problem(web.http.get(f"{chat.path}/messages"), 405)
    problem(web.http.put(f"{chat.path}/events", headers=chat.headers), 405)
    problem(web.http.get("/chat/v1/nothing"), 404)
    problem(web.http.post("/webhooks/nothing/here"), 404)
    problem(web.http.post("/webhooks/webchat/nowhere"), 404)


def test_a_foreign_page_can_neither_write_nor_read(web: Web) -> None:
    chat = web.open()
    body = {"client_id": "a", "text": "b"}
    for origin in ("https://evil.test", "null", "http://127.0.0.1.evil.test"):
        headers = {**chat.headers, "Origin": origin}
        answers = [
            web.http.post("/chat/v1/conversations", json={}, headers={"Origin": origin}),
            web.http.post(f"{chat.path}/messages", json=body, headers=headers),
            web.http.get(f"{chat.path}/events", headers=headers),
        ]
        for answer in answers:
            problem(answer, 403)
            assert "access-control-allow-origin" not in answer.headers
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        preflight = web.http.options(f"{chat.path}/messages", headers=asked)
        assert preflight.status_code == 403
        assert "access-control-allow-methods" not in preflight.headers


def test_an_allowed_page_can_write_and_read_errors_too(web: Web) -> None:
    web.do("allow", origin=SHOP)
    origin = {"Origin": SHOP}
    for _ in range(40):  # settings are read again after a few seconds
        if web.http.post("/chat/v1/conversations", json={}, headers=origin).status_code == 201:
            break
        time.sleep(0.25)
    asked = {**origin, "Access-Control-Request-Method": "POST"}
    for path in ("conversations", f"conversations/{uuid4()}/events"):
        preflight = web.http.options(f"/chat/v1/{path}", headers=asked)
        assert preflight.status_code == 204
        assert preflight.headers["access-control-allow-origin"] == SHOP
        assert "authorization" in preflight.headers["access-control-allow-headers"]
    refused = web.http.post(f"/chat/v1/conversations/{uuid4()}/messages", headers=origin)
    problem(refused, 401)
    assert refused.headers["access-control-allow-origin"] == SHOP
    assert refused.headers["vary"].lower() == "origin"


def test_the_widget_is_cached_compressed_and_open_to_every_page(web: Web) -> None:
    answer = web.http.get("/chat/widget.js")
    assert answer.status_code == 200
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["access-control-allow-origin"] == "*"
    etag = {"If-None-Match": answer.headers["etag"]}
    assert web.http.get("/chat/widget.js", headers=etag).status_code == 304
    plain = web.http.get("/chat/widget.js", headers={"Accept-Encoding": "identity"})
    assert plain.text == answer.text
    assert len(gzip.compress(plain.content)) < 30_000


def test_the_look_is_the_brands(web: Web) -> None:
    look = web.http.get("/chat/v1/look").json()
    assert look["title"] == "Fernhill"
    assert look["accent"].startswith("#")


def test_a_rating_needs_the_conversations_token_and_an_answer_of_it(web: Web) -> None:
    chat, other = web.open(), web.open()
    web.post(chat, "hello", "m1")
    web.do("answer", text="Good day")  # a message, no answer out of the knowledge base

    def rate(path: str, token: str, body: object) -> httpx2.Response:
        headers = {"authorization": f"Bearer {token}"}
        return web.http.post(f"{path}/ratings", json=body, headers=headers)

    rating = {"seq": 2, "helpful": True}
    problem(rate(chat.path, "x", rating), 401)
    problem(rate(chat.path, other.token, rating), 404)
    problem(rate(chat.path, chat.token, rating), 404)
    for wrong in ({"seq": 0, "helpful": True}, {"seq": 2}, {"helpful": False}, [1]):
        problem(rate(chat.path, chat.token, wrong), 400)
    web.post(chat, "and now?", "m2")
    web.do("answer", text="An answer", kind="answer")
    answer = rate(chat.path, chat.token, {"seq": 4, "helpful": True})
    assert answer.status_code == 204, answer.text

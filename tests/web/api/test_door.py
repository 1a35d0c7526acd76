"""The door: tokens, limits, sizes, and every error as a problem."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from bot import tokens
from bot.settings import Web as WebSettings
from bot.tokens import Scope
from core.errors import BadSignature
from store.models import ApiToken, User
from tests.web.api.conftest import World
from web import house as web_house
from web.api.events import staff_with


def _problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Cache-Control"] == "no-store"
    found: dict[str, Any] = answer.json()
    assert found["status"] == status
    assert set(found) >= {"type", "title", "status", "detail"}
    return found


def test_the_description_is_open_and_has_whole_paths(world: World) -> None:
    answer = world.ask("", "GET", "/openapi.json")
    assert answer.status_code == 200
    described = answer.json()
    assert described["openapi"].startswith("3.")
    assert all(path.startswith("/api/v1/") for path in described["paths"])
    assert described["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    for methods in described["paths"].values():
        for operation in methods.values():
            assert operation["security"][0].keys() == {"token"}
            assert {"401", "403", "422", "429", "500"} <= set(operation["responses"])
    _problem(world.ask("", "POST", "/openapi.json", {}), 405)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer x",
        "Basic {}",
        "Bearer {}x",
        "Bearer tl_" + "A" * 43,
        "{}",
        "Bearer {} {}",
    ],
)
def test_what_is_no_token_of_ours_opens_nothing(world: World, header: str) -> None:
    sent = header.replace("{}", world.tokens["ada"])
    answer = world.client.get("/api/v1/me", headers={"Authorization": sent})
    _problem(answer, 401)
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_session_is_no_token(world: World) -> None:
    client = Client()
    client.force_login(world.user("ada"))
    _problem(client.get("/api/v1/me"), 401)


def test_revoked_expired_and_left_are_strangers(world: World) -> None:
    name = world.token("amira")
    assert world.ask(name, "GET", "/me").status_code == 200
    row = ApiToken.objects.get(name=name)
    tokens.revoke(world.house, world.user("amira"), row.id)
    _problem(world.ask(name, "GET", "/me"), 401)
    short = tokens.make_personal(world.house, world.user("amira"), "short", [Scope.TICKETS_READ], 1)
    world.tokens["short"] = short.text
    assert world.ask("short", "GET", "/me").status_code == 200
    world.clock.advance(days=1)
    _problem(world.ask("short", "GET", "/me"), 401)
    User.objects.filter(email__startswith="amira").update(is_active=False)
    _problem(world.ask("amira", "GET", "/me"), 401)


def test_a_token_does_only_what_it_was_made_for(world: World) -> None:
    reads = world.token("ada", Scope.TICKETS_READ)
    assert world.ask(reads, "GET", "/tickets").status_code == 200
    refused = world.ask(reads, "POST", world.path("maya", "/take"))
    assert "tickets:write" in _problem(refused, 403)["detail"]
    _problem(world.ask(reads, "GET", "/articles"), 403)
    _problem(world.ask(reads, "GET", "/teams"), 403)
    assert world.ask(reads, "GET", "/me").json()["scopes"] == ["tickets:read"]


def test_every_operation_needs_its_scope(world: World) -> None:
    """From the description: a token with all other scopes is refused by each operation."""
    others = {
        scope: world.token("ada", *(one for one in Scope if one is not scope)) for scope in Scope
    }
    described = world.ask("", "GET", "/openapi.json").json()["paths"]
    for path, methods in described.items():
        for method, operation in methods.items():
            [scopes] = [named["token"] for named in operation["security"]]
            for scope in scopes:
                plain = path.removeprefix("/api/v1").replace("{", "").replace("}", "")
                answer = world.ask(others[Scope(scope)], method.upper(), plain)
                _problem(answer, 403)


def test_each_token_has_its_own_limit_and_is_told_of_it(world: World) -> None:
    settings = world.house.settings.model_copy(update={"web": WebSettings(api_per_minute=3)})
    web_house.use(replace(world.house, settings=settings))
    left = [world.ask("amira", "GET", "/me") for _ in range(3)]
    assert [answer["RateLimit-Remaining"] for answer in left] == ["2", "1", "0"]
    assert {answer["RateLimit-Limit"] for answer in left} == {"3"}
    refused = world.ask("amira", "GET", "/me")
    _problem(refused, 429)
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert refused["RateLimit-Remaining"] == "0"
    assert world.ask("ada", "GET", "/me").status_code == 200


@pytest.mark.parametrize("path", ["/", "/nothing", "/tickets/", "/tickets/1001/nothing", "/me/"])
def test_what_is_not_there_is_a_problem(world: World, path: str) -> None:
    _problem(world.ask("ada", "GET", path), 404)


def test_a_wrong_method_says_which_are_right(world: World) -> None:
    answer = world.ask("ada", "DELETE", world.path("maya"))
    _problem(answer, 405)
    assert answer["Allow"] == "GET"
    assert "RateLimit-Remaining" in answer


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b'{"text": ', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"text=hello", "application/x-www-form-urlencoded", 415),
        (b"hello", "text/plain", 415),
        (b"", "application/json", 422),
        (b"[]", "application/json", 422),
        (b'{"text": "\\ud800"}', "application/json", 422),
        (b'{"\\ud800": 1, "text": "a"}', "application/json", 422),
        (b'{"text": "a\\u0000b"}', "application/json", 422),
        (b'{"text": "' + b"x" * 60_000 + b'"}', "application/json", 422),
        (b'{"text": "' + b"x" * 3_000_000 + b'"}', "application/json", 413),
    ],
)
def test_a_body_that_cannot_be_used_is_refused(
    world: World, body: bytes, media_type: str, status: int
) -> None:
    headers = {"Authorization": f"Bearer {world.tokens['amira']}"}
    path = f"/api/v1{world.path('maya', '/notes')}"
    _problem(world.client.generic("POST", path, body, media_type, headers=headers), status)


@pytest.mark.parametrize("number", ["0", "-1", "x", "9" * 19, "9" * 400, "1.5", "%00", "１"])
def test_a_number_that_is_none_is_refused(world: World, number: str) -> None:
    answer = world.ask("ada", "GET", f"/tickets/{number}")
    assert answer.status_code in {404, 422}
    _problem(answer, answer.status_code)


def test_a_fault_of_ours_tells_nothing_of_itself(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object) -> None:
        raise LookupError("a secret detail")

    monkeypatch.setattr("web.api.tickets.counts", broken)
    answer = world.ask("ada", "GET", "/views")
    assert "secret" not in json.dumps(_problem(answer, 500))


def test_without_a_database_the_caller_is_told_to_come_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: object) -> None:
        raise OperationalError("gone")

    for place in ("web.api.tickets.counts", "web.api.door.caller_of"):
        monkeypatch.setattr(place, away)
        answer = world.ask("ada", "GET", "/views")
        _problem(answer, 503)
        assert answer["Retry-After"] == "2"


def test_a_host_that_is_not_ours_is_a_problem_too(world: World) -> None:
    headers = {"Authorization": f"Bearer {world.tokens['ada']}", "Host": "elsewhere.example"}
    _problem(world.client.get("/api/v1/me", headers=headers), 400)


def test_when_a_token_was_used_is_noted_to_the_minute(world: World) -> None:
    def used() -> Any:
        return ApiToken.objects.get(name="amira").last_used_at

    assert used() is None
    world.ask("amira", "GET", "/me")
    first = used()
    assert first == world.clock()
    world.clock.advance(seconds=30)
    world.ask("amira", "GET", "/me")
    assert used() == first
    world.clock.advance(seconds=30)
    world.ask("amira", "GET", "/me")
    assert used() == world.clock()


def test_a_read_does_not_fail_because_its_token_cannot_be_noted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*args: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr("web.api.door.note_use", locked)
    assert world.ask("amira", "GET", "/me").status_code == 200


def test_an_open_stream_asks_again_whose_token_it_is(world: World) -> None:
    header = f"Bearer {world.tokens['amira']}"
    assert staff_with(world.house, header).user == world.user("amira").id
    tokens.revoke(world.house, world.user("ada"), ApiToken.objects.get(name="amira").id)
    with pytest.raises(BadSignature):
        staff_with(world.house, header)


@pytest.mark.parametrize(
    ("path", "body", "place"),
    [
        ("/saved-views", {"name": "Mine", "wanted": {"priority": True}}, "/body/wanted/priority"),
        ("/saved-views", {"name": "Mine", "wanted": {"priority": "1"}}, "/body/wanted/priority"),
        ("/tickets/{number}/snooze", {"until": 1800000000}, "/body/until"),
        ("/webhooks/{hook}", {"is_active": "yes"}, "/body/is_active"),
        ("/webhooks/{hook}", {"is_active": 1}, "/body/is_active"),
    ],
)
def test_numbers_and_yes_or_no_are_not_read_out_of_something_else(
    world: World, path: str, body: dict[str, Any], place: str
) -> None:
    """As the description says: `true` is no number, a number no moment."""
    method = "PATCH" if "hook" in path else "POST"
    where = path.format(
        number=min(world.made.values()), hook="39271097-81e8-423c-87c3-31348ae8b3c7"
    )
    found = _problem(world.ask("ada", method, where, body), 422)
    assert [one["pointer"] for one in found["errors"]] == [place]


def test_a_name_of_nothing_but_a_next_line_is_refused_as_described(world: World) -> None:
    """Our regular expressions count U+0085 as a blank, those of a description do not: it is named."""
    described = world.ask("", "GET", "/openapi.json").json()["components"]["schemas"]
    for schema in ("NewView", "RoleIn", "MacroIn"):
        pattern = described[schema]["properties"]["name"]["pattern"]
        ours = pattern.replace(r"\s", r" \t\n\v\f\r\xa0\ufeff\u2028\u2029")
        assert re.search(pattern, "\x85") is None
        assert re.search(ours, "\x85") is None, f"{schema} describes more than it takes"

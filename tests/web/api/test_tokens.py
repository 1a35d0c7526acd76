"""Tokens: who may make them for whom, what is stored, and the page and the commands that do it."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from typer.testing import CliRunner

from bot import tokens
from bot.cli import app
from bot.tokens import Scope
from core.errors import MalformedPayload, NotAllowed, NotFound
from store.models import ApiToken, AuditEntry, User
from tests.web.api.conftest import World

PAGE = "/account/tokens/"


def test_a_token_is_stored_as_a_digest_and_nowhere_in_the_clear(world: World) -> None:
    made = tokens.make_personal(world.house, world.user("amira"), "mine", [Scope.TICKETS_READ], 30)
    assert re.fullmatch(r"tl_[A-Za-z0-9_-]{43}", made.text)
    assert bytes(made.row.digest) == hashlib.sha256(made.text.encode()).digest()
    assert made.text not in repr(made)
    for file in Path(world.house.settings.state).iterdir():
        if file.is_file():
            assert made.text.encode() not in file.read_bytes(), file.name


@pytest.mark.parametrize(
    ("name", "scopes", "days"),
    [("", [Scope.TICKETS_READ], 1), ("x" * 121, [Scope.TICKETS_READ], 1), ("x", [], 1),
     ("x", ["everything"], 1), ("x", [Scope.TICKETS_READ], 0), ("x", [Scope.TICKETS_READ], 4000)],
)  # fmt: skip
def test_what_makes_no_token(world: World, name: str, scopes: list[str], days: int) -> None:
    before = ApiToken.objects.count()
    with pytest.raises(MalformedPayload):
        tokens.make_personal(world.house, world.user("amira"), name, scopes, days)
    with pytest.raises(MalformedPayload):
        tokens.make_service(world.house, None, name, "agent", [], scopes, days)
    assert ApiToken.objects.count() == before
    assert not User.objects.filter(email__endswith="@service.invalid").exists()


def test_nobody_makes_a_personal_token_of_somebody_else(world: World) -> None:
    with pytest.raises(NotAllowed):
        tokens.make_personal(
            world.house, world.user("amira"), "x", list(Scope), 1, by=world.user("ada")
        )


def test_a_service_works_in_its_own_name_and_ends_with_its_token(world: World) -> None:
    ada = world.user("ada")
    made = tokens.make_service(
        world.house, ada, "CRM sync", "agent", ["technical"], list(Scope), None
    )
    world.tokens["crm"] = made.text
    assert world.ask("crm", "GET", world.path("hub")).status_code == 200
    assert world.ask("crm", "GET", world.path("maya")).status_code == 404
    taken = world.ask("crm", "POST", world.path("hub", "/take")).json()
    assert taken["assignee"]["name"] == "CRM sync"
    assert not made.row.user.has_usable_password()
    tokens.revoke(world.house, ada, made.row.id)
    assert world.ask("crm", "GET", "/me").status_code == 401
    assert not User.objects.get(id=made.row.user_id).is_active


def test_services_are_made_by_admins_with_teams_and_roles_that_exist(world: World) -> None:
    make: Any = lambda by, role="agent", teams=(): tokens.make_service(  # noqa: E731
        world.house, by, "x", role, list(teams), list(Scope), 1
    )
    for login in ("amira", "ruth", "otto", "ines"):
        with pytest.raises(NotAllowed):
            make(world.user(login))
    with pytest.raises(MalformedPayload):
        make(world.user("ada"), role="owner")
    with pytest.raises(NotFound):
        make(world.user("ada"), teams=["nobody"])


def test_people_revoke_their_own_and_admins_anybodys(world: World) -> None:
    mine = ApiToken.objects.get(name="amira")
    for login in ("wei", "ruth"):
        with pytest.raises(NotFound):
            tokens.revoke(world.house, world.user(login), mine.id)
    tokens.revoke(world.house, world.user("ada"), mine.id)
    assert world.ask("amira", "GET", "/me").status_code == 401
    entry = AuditEntry.objects.order_by("-id")[0]
    assert (entry.action, entry.subject) == ("token.revoke", f"token:{mine.id}")


@pytest.fixture(autouse=True)
def _cheap_passwords(settings: Any) -> None:
    """The real hasher takes half a second each time, as it should."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def _signed_in(world: World, login: str, *, says_again: bool = True) -> Client:
    user = world.user(login)
    user.set_password("a long enough password")
    user.save()
    client = Client()
    client.force_login(user)
    if says_again:
        again = client.post("/account/reauthenticate/", {"password": "a long enough password"})
        assert again.status_code == 302
    return client


def test_the_page_makes_a_token_and_shows_it_once(world: World) -> None:
    client = _signed_in(world, "amira")
    form = {"name": "My script", "scope": ["tickets:read"], "days": "30"}
    page = client.post(PAGE, form)
    assert "no-store" in page["Cache-Control"]
    [text] = re.findall(r'<code id="made" dir="ltr">(tl_[^<]+)</code>', page.content.decode())
    world.tokens["script"] = text
    assert world.ask("script", "GET", "/me").json()["token"] == "My script"
    row = ApiToken.objects.get(name="My script")
    assert (row.expires_at - world.clock()).days == 30  # type: ignore[operator]
    again = client.get(PAGE).content.decode()
    assert text not in again
    assert "My script" in again
    assert again.count("Read tickets, conversations and events") > 1, "of tokens, and to choose"
    assert ">tickets:read<" not in again
    client.post(f"{PAGE}{row.id}/revoke/")
    assert world.ask("script", "GET", "/me").status_code == 401
    assert "My script" not in client.get(PAGE).content.decode()


def test_before_the_page_people_say_again_who_they_are(world: World) -> None:
    client = _signed_in(world, "amira", says_again=False)
    form = {"name": "Stolen", "scope": ["tickets:read"], "days": "30"}
    for answer in (client.get(PAGE), client.post(PAGE, form)):
        assert answer.status_code == 302
        assert "reauthenticate" in answer["Location"]
    assert not ApiToken.objects.filter(name="Stolen").exists()


def test_the_page_shows_each_person_their_own_and_only_admins_make_services(world: World) -> None:
    amira, ada = _signed_in(world, "amira"), _signed_in(world, "ada")
    assert "Wei Zhang" not in amira.get(PAGE).content.decode()
    assert "Wei Zhang" in ada.get(PAGE).content.decode()
    form = {"name": "CRM", "role": "lead", "scope": ["tickets:read"], "days": "90"}
    assert amira.post(PAGE, form).status_code == 403
    assert ada.post(PAGE, form).status_code == 200
    assert ApiToken.objects.get(name="CRM").user.role == "lead"
    foreign = ApiToken.objects.get(name="wei")
    assert amira.post(f"{PAGE}{foreign.id}/revoke/").status_code == 404


def test_a_form_that_says_nothing_is_told_so_on_the_page(world: World) -> None:
    page = _signed_in(world, "amira").post(PAGE, {"name": "", "days": "x"})
    assert page.status_code == 200
    assert b'role="alert"' in page.content


def test_the_commands_make_list_and_revoke(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.cli.tokens.build_house", lambda: world.house)
    monkeypatch.setattr("bot.cli.tokens.set_up_django", lambda: None)

    def run(*words: str) -> dict[str, Any]:
        done = CliRunner().invoke(app, ["token", *words, "--json"])
        assert done.exit_code == 0, done.output
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found

    scope = ("--scope", "tickets:read")
    made = run("create", "Script", "--user", "amira@fernhill.example", *scope)
    world.tokens["script"] = made["token"]
    assert world.ask("script", "GET", "/me").json()["scopes"] == ["tickets:read"]
    service = run("create", "Sync", "--service", "agent", "--team", "billing", "--days", "0")
    world.tokens["sync"] = service["token"]
    assert world.ask("sync", "GET", world.path("maya")).status_code == 200
    listed = {row["id"]: row for row in run("list")["tokens"]}
    assert listed[made["id"]]["kind"] == "personal"
    assert listed[service["id"]]["expires_at"] is None
    assert made["token"] not in json.dumps(listed)
    run("revoke", made["id"])
    assert world.ask("script", "GET", "/me").status_code == 401
    for wrong in (["create", "x"], ["revoke", "nonsense"], ["create", "x", "--user", "no@body"]):
        assert CliRunner().invoke(app, ["token", *wrong]).exit_code == 1

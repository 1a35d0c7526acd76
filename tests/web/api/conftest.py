"""A working day behind the API: made once, copied for each test; a token for each person, and a way to ask."""

from __future__ import annotations

import importlib.util
import json
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any
from uuid import UUID, uuid4

import pytest
import uvicorn
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoDbBlocker

from bot import hooks
from bot.again import derived
from bot.bootstrap import build_house
from bot.brain import Brain, brain_app
from bot.hooks import Wanted
from bot.house import House
from bot.settings import Settings
from bot.settings import Web as WebSettings
from bot.tokens import Scope, make_personal
from channels.webchat import Webchat
from core.ids import ConversationId
from core.knowledge import Answer, Answering, Question
from store.models import Article, Conversation, Hook, HookCall, Inbox, Revision, Survey, User
from tests import databases
from tests.company import StandingClock
from tests.fakes.serving import serving
from tests.web.day import make_day
from tests.web.seed import make_company
from web import house as web_house
from web.api.api import openapi
from web.api.client import main
from web.asgi import Web

PEOPLE = ("amira", "wei", "ruth", "ada", "otto", "ines")
"""An agent whose ticket `maya` is, an agent of another team, lead, admin, auditor, author."""
BLOCKS = [
    {"kind": "paragraph", "headings": ["Plans"], "anchor": "plans", "parts": ["Two of them."]}
]


@dataclass
class World:
    """The house, its tickets by short name, and tokens by login; `customer` holds a chat's own token."""

    house: House
    clock: StandingClock
    made: dict[str, int]
    tokens: dict[str, str]
    client: Client = field(default_factory=Client)

    def user(self, login: str) -> User:
        return User.objects.get(email=f"{login}@fernhill.example")

    def ask(
        self, who: str, method: str, path: str, body: Any = None, **headers: str
    ) -> HttpResponse:
        """`who`: a login, or empty for a stranger. `body` is sent as JSON. `If_Match` is a header's name."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if who:
            sent["Authorization"] = f"Bearer {self.tokens[who]}"
        data = b"" if body is None else json.dumps(body).encode()
        return self.client.generic(method, f"/api/v1{path}", data, "application/json", headers=sent)  # type: ignore[return-value]

    def path(self, ticket: str, rest: str = "") -> str:
        return f"/tickets/{self.made[ticket]}{rest}"

    def token(self, login: str, *scopes: Scope) -> str:
        """The name of a new token of this person, for everything where no scope is given."""
        name = ":".join([login, *(scopes or ["everything"])])
        self.tokens[name] = make_personal(
            self.house, self.user(login), name, scopes or list(Scope), None
        ).text
        return name

    @property
    def hook(self) -> Hook:
        return Hook.objects.get(name="CRM")

    def conversation(self, ticket: str) -> UUID:
        return Conversation.objects.get(ticket__number=self.made[ticket]).id


@pytest.fixture(scope="session")
def built(
    tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> dict[str, Any]:
    """The state folder of the day, with what a test needs to know of it."""
    state = tmp_path_factory.mktemp("api") / "state"
    state.mkdir(mode=0o700)
    databases.fill_sqlite(state)
    settings = databases.settings_for("sqlite", state, None)
    clock = StandingClock()
    with django_db_blocker.unblock(), databases.using(settings):
        company = make_company(build_house(settings), clock)
        made = make_day(company)
        _article(company.brand, company.house, "plans", "public")
        _article(company.brand, company.house, "secret-plans", "internal")
        survey = Survey.objects.get(conversation__ticket__number=made["lee"])
        survey.rating, survey.answered_at = 5, clock()
        survey.save()
        wanted = Wanted("CRM", "https://crm.example/hook")
        made_hook = hooks.make(company.house, company.users["ada"], wanted)
        hooks.send_test(company.house, company.users["ada"], made_hook.row.id)
        HookCall.objects.update(state=HookCall.State.FAILED)
        tokens = {
            login: make_personal(company.house, company.users[login], login, list(Scope), None).text
            for login in PEOPLE
        }
        tokens["customer"] = _chat_token(company.house)
        company.house.database.close()
        company.house.doorbell.close()
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
    return {"state": state, "now": clock(), "made": made, "tokens": tokens}


@pytest.fixture
def world(
    built: dict[str, Any], tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> Iterator[World]:
    state = tmp_path / "state"
    shutil.copytree(built["state"], state)
    settings = databases.settings_for("sqlite", state, None)
    before = list(web_house._current)
    with django_db_blocker.unblock(), databases.using(settings):
        clock = StandingClock(built["now"])
        house = replace(build_house(settings), clock=clock)
        web_house.use(house)
        yield World(house, clock, dict(built["made"]), dict(built["tokens"]))
        house.database.close()
        house.doorbell.close()
        connection.close()
    web_house._current[:] = before


@dataclass
class Answers:
    """What the knowledge base of `brain` says, whatever is asked; a test may change it."""

    answer: Answer = field(default_factory=lambda: Answer(Answering.HANDOFF, 0.1))
    asked: list[Question] = field(default_factory=list)

    def __call__(self, question: Question, vector: tuple[float, ...]) -> Answer:
        self.asked.append(question)
        return self.answer


class _Answerer:
    def __init__(self, says: Answers) -> None:
        self.answer = says


@pytest.fixture
def brain(monkeypatch: pytest.MonkeyPatch) -> Iterator[Answers]:
    """The real brain process's app with one part, on a port of its own; it decides again too."""
    says, token = Answers(), "a token of this run"
    config = uvicorn.Config(
        brain_app(Brain(answerer=_Answerer(says), again=partial(derived, Settings())), token),
        log_level="error",
        lifespan="on",
    )
    server = uvicorn.Server(config)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()  # before anybody is told the port
        thread = Thread(target=server.run, args=([listener],))
        thread.start()
        monkeypatch.setenv("THREADLINE_BRAIN_URL", f"http://127.0.0.1:{listener.getsockname()[1]}")
        monkeypatch.setenv("THREADLINE_BRAIN_TOKEN", token)
        yield says
        server.should_exit = True
        thread.join()


def _article(brand: Any, house: House, slug: str, visibility: str) -> None:
    row = Article.objects.create(brand=brand, slug=slug, visibility=visibility, tags=["plans"])
    row.live_revision = Revision.objects.create(
        article=row,
        digest=uuid4().hex,
        title=f"Our {slug}",
        body=json.dumps(BLOCKS),
        created_at=house.clock(),
    )
    row.save()


def _chat_token(house: House) -> str:
    inbox = Inbox.objects.get(channel=Webchat.name)
    channel = house.channel_of(inbox)
    assert isinstance(channel, Webchat)
    conversation = Conversation.objects.filter(inbox=inbox)[0]
    return channel.issue_token(ConversationId(conversation.id), uuid4(), house.clock())


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("client")
    (folder / "openapi.json").write_text(json.dumps(openapi()))
    main(str(folder / "openapi.json"), str(folder / "threadline_api.py"))
    return folder / "threadline_api.py"


@pytest.fixture(scope="session")
def client(written: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("threadline_api", written)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def url(world: World) -> Iterator[str]:
    settings = world.house.settings.model_copy(update={"web": WebSettings(api_per_minute=10_000)})
    with serving(Web(replace(world.house, settings=settings))) as url:
        yield url


@pytest.fixture
def apis(client: ModuleType, world: World, url: str) -> dict[str, Any]:
    """A client for each person."""
    return {who: client.Client(url, token) for who, token in world.tokens.items()}


def refused(client: ModuleType, status: int, act: Any, *args: Any, **more: Any) -> Any:
    """The problem that a call of the generated client is answered with."""
    with pytest.raises(client.Problem) as told:
        act(*args, **more)
    assert told.value.status == status, told.value
    return told.value


def pages(world: World, who: str, path: str, limit: int) -> list[dict[str, Any]]:
    """Every item of a list, asked for page by page."""
    found: list[dict[str, Any]] = []
    mark = "&" if "?" in path else "?"
    cursor = ""
    while True:
        page = world.ask(who, "GET", f"{path}{mark}limit={limit}{cursor}").json()
        assert len(page["items"]) <= limit
        found += page["items"]
        if page["next"] is None or page.get("is_end"):
            return found
        cursor = f"&cursor={page['next']}"

"""The demo's inboxes at the fakes of all providers, which run beside the product. The fakes and their pages are `demo.playground`."""

from __future__ import annotations

import json
import os
import re
import secrets
import socket
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.db import transaction

from bot.company import make_inbox, set_inbox_settings
from bot.house import House
from bot.settings import Settings
from store.boards import follow_from_now
from store.models import Agent, Brand, Inbox, Team

ROOT = Path(__file__).resolve().parent.parent
MODULE = "demo.playground"
INBOXES = ROOT / "demo" / "playground" / "inboxes.json"
FAKES = ROOT / "tests" / "fakes"
PORTS = ("lmtp_port", "smtp_port")
"""Where the product is brought mail, and where it sends it."""
_NAME = re.compile(r"\{(\w+)\}")
Json = dict[str, Any]


def make_playground(house: House) -> str:
    """The playground's address, its inboxes made or brought up to date; empty without a source checkout."""
    if not (INBOXES.exists() and FAKES.exists()):
        return ""
    file = _file(house.settings)
    before = json.loads(file.read_text()) if file.exists() else {}
    port = _port(before.get("port"), house.settings.web.port)
    url, words = f"http://127.0.0.1:{port}", before.get("words", {})
    words |= {"url": url, "local": f"http://localhost:{port}"}
    for name, wanted in zip(PORTS, _ports(words), strict=True):
        words[name] = wanted
    brand = Brand.objects.get(slug="default")
    shown = {}
    for about in json.loads(INBOXES.read_text()):
        settings = {name: _filled(value, words) for name, value in about["settings"].items()}
        shown[about["slug"]] = settings
        inbox = _keep(house, brand, about, settings)
        if "board" in about:
            _give_board(brand, inbox, about["board"])
    _give_telephones(brand)
    told = {"port": port, "product": _listens(house.settings), "public": house.settings.public_url}
    _write(file, {**told, "words": words, "secrets": shown})
    return url


def address(settings: Settings) -> str:
    """Where the playground is; empty where there is none."""
    file = _file(settings)
    if not (settings.demo and file.exists()):
        return ""
    return f"http://127.0.0.1:{json.loads(file.read_text())['port']}/"


def _file(settings: Settings) -> Path:
    return settings.state / "playground.json"


def _listens(settings: Settings) -> str:
    return f"http://{settings.web.host}:{settings.web.port}"


def _filled(value: Any, words: Json) -> Any:
    """A setting with its blanks filled: the address, ports, and secrets that are made up once and kept."""
    if isinstance(value, list):
        return [_filled(one, words) for one in value]
    if not isinstance(value, str):
        return value
    if value[1:-1] in PORTS:
        return words[value[1:-1]]
    for name in _NAME.findall(value):
        words.setdefault(name, secrets.token_hex(20))
    return _NAME.sub(lambda found: str(words[found[1]]), value)


def _keep(house: House, brand: Brand, about: Json, settings: Json) -> Inbox:
    inbox = Inbox.objects.filter(brand=brand, slug=about["slug"]).first()
    if inbox is None:
        return make_inbox(house, brand, about["slug"], about["name"], about["channel"], settings)
    if inbox.channel == about["channel"]:
        set_inbox_settings(house, inbox, settings)
        inbox.save(update_fields=["settings_cipher"])
    return inbox


def _give_telephones(brand: Brand) -> None:
    """Who has none is called at the playground's other telephone."""
    agents = Agent.objects.filter(brand=brand, phone="").order_by("user__name")
    taken = Agent.objects.exclude(phone="").count()
    for number, agent in enumerate(agents, taken + 1):
        agent.phone = f"+1500555{100 + number:04d}"
        agent.save(update_fields=["phone"])


def _give_board(brand: Brand, inbox: Inbox, place: str) -> None:
    """Teams that work from nowhere yet see their tickets there, all in one place."""
    with transaction.atomic():
        follow_from_now()
        teams = Team.objects.filter(brand=brand, board_inbox=None)
        teams.update(board_inbox=inbox, board_place=place)


def _port(before: int | None, web: int) -> int:
    """The same port as last time, or the one beside the product's, or any that is free."""
    for port in (before, web + 1 if web else None, 0):
        if port is None:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise AssertionError("port 0 is always free")


def _ports(words: Json) -> list[int]:
    """Those of last time where they are free, all of them different."""
    with ExitStack() as held:
        found = []
        for name in PORTS:
            probe = held.enter_context(socket.socket())
            try:
                probe.bind(("127.0.0.1", words.get(name, 0)))
            except OSError:
                probe = held.enter_context(socket.socket())
                probe.bind(("127.0.0.1", 0))
            found.append(int(probe.getsockname()[1]))
        return found


def _write(file: Path, content: Json) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as out:
        json.dump(content, out, indent=1)

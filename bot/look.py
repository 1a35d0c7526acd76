"""How the chat looks and where it may stand: the part of a chat inbox's settings that people change with their eyes."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from bot.company import keep_inbox, shown_settings
from bot.house import House
from bot.permissions import May, require
from channels.webchat_settings import LANGUAGES, plain_origin
from core.errors import MalformedPayload, NotFound
from store.models import Inbox, User

FIELDS = ("title", "accent", "theme")


def look_of(house: House, inbox: Inbox) -> dict[str, Any]:
    """`title`, `accent`, `theme`, `greeting` by language, `asks_for`, `allowed_origins`, as they are set."""
    shown, _ = shown_settings(house, inbox)
    look = shown.get("look") or {}
    return {
        **{name: str(look.get(name, "")) for name in FIELDS},
        "greeting": dict(look.get("greeting") or {}),
        "asks_for": list(shown.get("asks_for") or ()),
        "allowed_origins": list(shown.get("allowed_origins") or ()),
    }


def chat_named(slug: str) -> Inbox:
    """The chat inbox of this name. Raises `NotFound`."""
    inbox = Inbox.objects.select_related("brand").filter(slug=slug, channel="webchat").first()
    if inbox is None:
        raise NotFound("There is no such chat.")
    return inbox


def set_look(house: House, by: User, inbox: Inbox, look: dict[str, Any]) -> dict[str, Any]:
    """Stores what `look_of` shows, changed; returns what it was, with which it can be undone.

    Raises `NotAllowed`, `MalformedPayload` with the field that does not fit.
    """
    require(by, May.CONFIGURE)
    before = look_of(house, inbox)
    wanted = {**before, **look}
    greeting = {code: text.strip() for code, text in wanted["greeting"].items() if text.strip()}
    if set(greeting) - set(LANGUAGES):
        raise MalformedPayload("First words are in %(languages)s.", languages=", ".join(LANGUAGES))
    shown, _ = shown_settings(house, inbox)
    kept = {name: value for name, value in (shown.get("look") or {}).items() if name not in FIELDS}
    new = {
        **shown,
        "look": {**kept, **{name: wanted[name] for name in FIELDS}, "greeting": greeting},
        "asks_for": wanted["asks_for"],
        "allowed_origins": _origins(wanted["allowed_origins"]),
    }
    try:
        keep_inbox(house, by, inbox, new)
    except ValidationError as problem:
        first = problem.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise MalformedPayload(
            "%(place)s: %(problem)s", place=place, problem=first["msg"]
        ) from problem
    return before


def add_origin(house: House, by: User, inbox: Inbox, origin: str) -> None:
    """One more website that may show this chat. Raises as `set_look`."""
    origins = look_of(house, inbox)["allowed_origins"]
    set_look(house, by, inbox, {"allowed_origins": [*origins, origin]})


def snippet(house: House, inbox: Inbox, *, is_only: bool) -> str:
    """What is pasted into a website's pages."""
    base = house.settings.public_url
    named = "" if is_only else f' inbox="{inbox.slug}"'
    return (
        f'<script src="{base}/chat/widget.js" async></script>\n'
        f"<threadline-chat{named}></threadline-chat>"
    )


def _origins(written: list[str]) -> list[str]:
    found = []
    for one in written:
        one = one.strip()
        try:
            found.append(plain_origin(one if "://" in one else f"https://{one}"))
        except ValueError as problem:
            raise MalformedPayload(str(problem)) from problem
    return list(dict.fromkeys(found))

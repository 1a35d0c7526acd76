"""What every page of the playground has: lines that were said, a door to the product, and what a person can do."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar
from urllib.parse import urlsplit

import httpx2

Json = dict[str, Any]

SECONDS = 15.0


@dataclass
class Choice:
    """A button. `ref` names it to its player."""

    title: str
    ref: str


@dataclass
class Line:
    """Something that was said. `who`: `you`, `them`, or `note` for what happened beside the talk."""

    id: str
    who: str
    text: str
    name: str = ""
    links: list[tuple[str, str]] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    files: list[tuple[str, str]] = field(default_factory=list)
    """Name and reference of each; the reference names it to its player."""
    state: str = ""
    thread: str = ""


@dataclass(frozen=True)
class File:
    """A file that was sent, as the fake has it."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


class Door:
    """The way to the product: signed for the address that it is known by, brought to where it listens."""

    def __init__(self, base: str, public: str) -> None:
        self._base, self._public = base.rstrip("/"), public.rstrip("/")
        self._client = httpx2.Client(timeout=SECONDS, trust_env=False)
        self.refusals: list[str] = []

    def url(self, channel: str, inbox: str) -> str:
        """The webhook as the provider knows it."""
        return f"{self._public}/webhooks/{channel}/{inbox}"

    def near(self, url: str) -> str:
        """The same address on this machine."""
        parts = urlsplit(url)
        return self._base + parts.path + (f"?{parts.query}" if parts.query else "")

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Status and body of the product's answer; 0 where it is away."""
        try:
            answer = self._client.post(self.near(url), content=body, headers=dict(headers))
        except httpx2.HTTPError as error:
            self.refusals.append(f"The product is away: {type(error).__name__}")
            return 0, b""
        if not answer.is_success:
            self.refusals.append(f"The product answered {answer.status_code}")
        return answer.status_code, answer.content


class Player:
    """One channel's page. What a channel cannot do, its player does not override."""

    slug: ClassVar[str]
    title: ClassVar[str]
    hint: ClassVar[str]
    places: ClassVar[dict[str, str]] = {}
    can: ClassVar[tuple[str, ...]] = ()
    """Of `edit`, `delete`, `thread`, `shortcut` and `call`."""
    page: ClassVar[str] = "page"
    """The file that it is shown by."""

    def __init__(self, door: Door) -> None:
        self.door = door

    def lines(self, place: str) -> list[Line]:
        """What was said, oldest first."""
        raise NotImplementedError

    def say(self, place: str, text: str, thread: str) -> None:
        """The customer writes."""
        raise NotImplementedError

    def write(self, place: str, thread: str, subject: str, text: str, files: list[Json]) -> None:
        """The customer writes a letter. A file: `name`, `media_type` and `base64`."""

    def press(self, place: str, ref: str) -> None:
        """The customer presses a button."""

    def edit(self, place: str, line: str, text: str) -> None:
        """The customer changes what they wrote."""

    def delete(self, place: str, line: str) -> None:
        """The customer takes back what they wrote."""

    def shortcut(self, place: str, line: str) -> None:
        """The customer chooses our entry in the menu of a message."""

    def submit(self, values: dict[str, str]) -> None:
        """The customer sends off a form."""

    def form(self) -> Json | None:
        """The form that is open."""
        return None

    def call(self, deed: str, value: str, place: str = "") -> None:
        """Whoever sits there lifts the receiver, presses keys, waits or hangs up."""

    def file(self, ref: str) -> File | None:
        """A file that stands in one of the lines."""
        return None

    def letter(self, ref: str) -> str:
        """The HTML of a letter, empty where it has none."""
        return ""

    def words(self) -> dict[str, str]:
        """More of what its file leaves blank."""
        return {}

    def status(self, place: str) -> str:
        """How the call stands, as it is seen there."""
        return ""

    def ringing(self) -> str:
        """The place at which a telephone rings; empty where none does."""
        return ""

    def view(self, place: str) -> Json:
        """Everything that the page shows."""
        place = place if place in self.places else next(iter(self.places), "")
        lines = [asdict(line) for line in self.lines(place)]
        refusals = [
            asdict(Line(f"r{n}", "note", text)) for n, text in enumerate(self.door.refusals[-3:])
        ]
        return {
            "place": place,
            "lines": lines + refusals,
            "form": self.form(),
            "status": self.status(place),
            "rings": self.ringing(),
        }


_LINK = re.compile(r"<(https?://[^|>]+)(?:\|([^>]*))?>")
_DATE = re.compile(r"<!date\^[^|>]*\|([^>]*)>")


def from_mrkdwn(text: str) -> tuple[str, list[tuple[str, str]]]:
    """Slack's markup as plain words, and the links that stood in it under other words than their address."""
    links = [
        (html.unescape(title), html.unescape(url))
        for url, title in _LINK.findall(text)
        if title and title != url
    ]
    words = _LINK.sub(lambda found: found[2] or found[1], _DATE.sub(r"\1", text))
    return html.unescape(re.sub(r"<[@#!]([^>|]*)[^>]*>", r"@\1", words)), links

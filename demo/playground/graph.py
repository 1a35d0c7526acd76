"""Three pages of Meta's: Ann on WhatsApp, Messenger and Instagram. Looking at a page is reading what stands there."""

from __future__ import annotations

from typing import ClassVar

from demo.playground.parts import Choice, Door, File, Json, Line, Player
from tests.fakes.graph import ACCOUNTS, PEOPLE, Brought, FakeGraph


class GraphPlayer(Player):
    """One person on one of the products; all three share one fake."""

    fake: FakeGraph

    def __init__(self, door: Door, fake: FakeGraph) -> None:
        super().__init__(door)
        self.fake = fake
        self.ann = next(iter(PEOPLE[self.slug]))
        self._told: set[str] = set()

    def lines(self, place: str) -> list[Line]:
        chat = self.fake.chats.get((self.slug, self.ann), [])
        self._tell([one for one in chat if one["from_us"] and one["id"] not in self._told])
        last = chat[-1]["id"] if chat else ""
        return [
            Line(
                one["id"],
                "them" if one["from_us"] else "you",
                one["text"],
                choices=_choices(one, one["id"] == last),
                state="template" if one.get("template") else "",
                files=[(one["file"]["name"] or "file", one["id"])] if "file" in one else [],
            )
            for one in chat
        ]

    def file(self, ref: str) -> File | None:
        chat = self.fake.chats.get((self.slug, self.ann), [])
        one = next((one["file"] for one in chat if one["id"] == ref and "file" in one), None)
        return File(one["name"] or "file", one["type"], one["content"]) if one else None

    def say(self, place: str, text: str, thread: str) -> None:
        self._bring(self.fake.say(self.slug, self.ann, text))

    def press(self, place: str, ref: str) -> None:
        self._bring(self.fake.choose(self.slug, self.ann, int(ref)))

    def _tell(self, ours: list[Json]) -> None:
        """What Meta says of our messages: arrived, and seen."""
        for one in ours:
            self._told.add(one["id"])
            if self.slug == "whatsapp":
                for status in ("sent", "delivered", "read"):
                    self._bring(self.fake.status(one["id"], status, key=one["key"]))
                continue
            call = self.fake.messaging_call
            self._bring(call(self.slug, self.ann, delivery={"mids": [one["id"]]}))
            self._bring(call(self.slug, self.ann, read={"mid": one["id"]}))

    def _bring(self, call: Brought) -> None:
        self.door.post(self.door.url("graph", self.slug), call.body, call.headers)


class WhatsAppPlayer(GraphPlayer):
    slug, title = "whatsapp", "WhatsApp"
    hint = "Up to three short choices are buttons, more of them a list."


class PublicPlayer(GraphPlayer):
    """Also writes where everybody reads: under our newest post, or under a comment."""

    can = ("thread",)

    def lines(self, place: str) -> list[Line]:
        if place != "public":
            return super().lines(place)
        return [
            Line(
                mark,
                "them" if one["by"] == ACCOUNTS[self.slug] else "you",
                one["text"],
                thread=one["parent"],
            )
            for mark, one in self.fake.square.posts.items()
            if one["product"] == self.slug
        ]

    def say(self, place: str, text: str, thread: str) -> None:
        if place != "public":
            super().say(place, text, "")
            return
        change = self.fake.square.comment(self.slug, self.ann, text, thread)
        self._bring(self.fake.public(self.slug, change))


class MessengerPlayer(PublicPlayer):
    slug, title = "messenger", "Messenger"
    hint = "Choices are quick replies, which go once something else is said. Comments stand under a post of the page."
    places: ClassVar[dict[str, str]] = {"chat": "Messages", "public": "Comments"}


class InstagramPlayer(PublicPlayer):
    slug, title = "instagram", "Instagram"
    hint = "Direct messages, an answer of at most 1,000 bytes, and comments under a picture."
    places: ClassVar[dict[str, str]] = {"chat": "Messages", "public": "Comments"}


def _choices(message: Json, is_last: bool) -> list[Choice]:
    """Only the last ones can be pressed, as on a telephone's screen they are the ones at hand."""
    found = message.get("choices") or []
    return (
        [Choice(title, str(place)) for place, (_, title) in enumerate(found, 1)] if is_last else []
    )

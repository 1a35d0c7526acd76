"""Microsoft Teams' page: Ann in a personal chat with the bot."""

from __future__ import annotations

import json
from mimetypes import guess_type

from demo.playground.parts import Choice, Door, File, Json, Line, Player
from tests.fakes.teams import ANN, PERSONAL, FakeTeams, Signed, consent_of


class TeamsPlayer(Player):
    """One person in an organisation."""

    slug, title = "teams", "Microsoft Teams"
    hint = "A personal chat with the bot, with Adaptive Cards."
    can = ("edit", "delete")

    def __init__(self, door: Door, secrets: Json, url: str) -> None:
        super().__init__(door)
        self.fake = FakeTeams(secret=secrets["app_secret"], url=url)
        self._said: dict[str, tuple[Signed, str]] = {}
        self._order: list[tuple[str, str]] = []

    def lines(self, place: str) -> list[Line]:
        ours = {one["id"]: one for one in self.fake.messages.get(PERSONAL, [])}
        known = {mark for who, mark in self._order if who == "them"}
        self._order += [("them", mark) for mark in ours if mark not in known]
        found = []
        for who, mark in self._order:
            if who == "them":
                found += [_line(ours[mark])] if mark in ours else []
            elif mark in self._said:
                found.append(Line(mark, "you", self._said[mark][1]))
        return found

    def say(self, place: str, text: str, thread: str) -> None:
        self.lines(place)
        call = self.fake.say(ANN, PERSONAL, text)
        self._keep(call, text)
        self._bring(call)

    def press(self, place: str, ref: str) -> None:
        mark, _, number = ref.partition("|")
        self.lines(place)
        if number in ("take", "leave"):
            self._bring(
                self.fake.answer_about_file(ANN, PERSONAL, takes=number == "take", asked=mark)
            )
            return
        said = next(one for one in self.fake.messages[PERSONAL] if one["id"] == mark)
        action = _actions(said, "Action.Submit")[int(number)]
        told = action["data"]["msteams"]
        call = self.fake.say(ANN, PERSONAL, told["text"], value=told["value"], replyToId="1")
        self._keep(call, told["displayText"])
        self._bring(call)

    def edit(self, place: str, line: str, text: str) -> None:
        before, _ = self._said[line]
        self._said[line] = (before, text)
        self._bring(self.fake.edit(before, text))

    def delete(self, place: str, line: str) -> None:
        before, _ = self._said.pop(line)
        self._bring(self.fake.delete(before))

    def file(self, ref: str) -> File | None:
        said = self.fake.messages.get(PERSONAL, [])
        items = [item for message in said for item in message.get("attachments", ())]
        name = next((one["name"] for one in items if one["content"].get("uniqueId") == ref), "")
        content = self.fake.drive.get(ref)
        kind = guess_type(name)[0] or "application/octet-stream"
        return File(name, kind, content) if content is not None else None

    def _keep(self, call: Signed, text: str) -> None:
        mark = json.loads(call.body)["id"]
        self._said[mark] = (call, text)
        self._order.append(("you", mark))

    def _bring(self, call: Signed) -> None:
        self.door.post(self.door.url("teams", self.slug), call.body, call.headers)


def _line(message: Json) -> Line:
    mark, words = message["id"], [message.get("text", "")]
    if asked := consent_of(message):
        offered = [Choice("Allow", f"{mark}|take"), Choice("Decline", f"{mark}|leave")]
        size = asked["content"]["sizeInBytes"]
        return Line(f"them-{mark}", "them", f"{asked['name']} · {size} bytes", choices=offered)
    brought = [one for one in message.get("attachments", ()) if ".file.info" in one["contentType"]]
    if brought:
        files = [(one["name"], one["content"]["uniqueId"]) for one in brought]
        return Line(f"them-{mark}", "them", "", files=files)
    for item in message.get("attachments", ()):
        for part in item["content"]["body"]:
            if part["type"] == "RichTextBlock":
                words.insert(0, "".join(run["text"] for run in part["inlines"]))
    links = [(one["title"], one["url"]) for one in _actions(message, "Action.OpenUrl")]
    choices = [
        Choice(one["title"], f"{mark}|{place}")
        for place, one in enumerate(_actions(message, "Action.Submit"))
    ]
    text = "\n".join(word for word in words if word)
    return Line(f"them-{mark}", "them", text, links=links, choices=choices)


def _actions(message: Json, kind: str) -> list[Json]:
    cards = [item["content"] for item in message.get("attachments", ())]
    sets = [part for card in cards for part in card["body"] if part["type"] == "ActionSet"]
    return [action for row in sets for action in row["actions"] if action["type"] == kind]

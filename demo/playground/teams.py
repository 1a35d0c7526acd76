"""Microsoft Teams' page: Ann in a personal chat with the bot, in a channel of a team and in a group's chat."""

from __future__ import annotations

import json
import time
from mimetypes import guess_type

from demo.playground.parts import Choice, Door, File, Json, Line, Player
from tests.fakes.teams import ANN, CHANNEL, GROUP, PERSONAL, FakeTeams, Signed, consent_of


class TeamsPlayer(Player):
    """One person in an organisation."""

    slug, title = "teams", "Microsoft Teams"
    hint = "A chat with the bot, with Adaptive Cards; a channel, where each question begins a thread; a group. In the last two each message calls the bot, unless it begins with @Ben."
    places = {
        "personal": "Chat with Support",
        "channel": "General",
        "group": "Ann, Ben and Support",
    }
    can = ("edit", "delete", "thread")

    def __init__(self, door: Door, secrets: Json, url: str) -> None:
        super().__init__(door)
        self.fake = FakeTeams(secret=secrets["app_secret"], url=url)
        self._said: dict[str, tuple[Signed, str]] = {}
        self._order: list[tuple[str, str, str]] = []
        """Place, whose it is, and the message, in the order in which they were seen."""

    def _messages(self, place: str) -> dict[str, tuple[str, Json]]:
        """What the bot said there: the conversation and the message of each."""
        stem = {"channel": CHANNEL, "group": GROUP}.get(place, PERSONAL)
        return {
            one["id"]: (where, one)
            for where, said in self.fake.messages.items()
            if where.partition(";")[0] == stem
            for one in said
        }

    def lines(self, place: str) -> list[Line]:
        ours = self._messages(place)
        known = {mark for _, who, mark in self._order if who == "them"}
        self._order += [(place, "them", mark) for mark in ours if mark not in known]
        found = []
        for at, who, mark in self._order:
            if at == place and who == "them" and mark in ours:
                where, message = ours[mark]
                line = _line(message)
                line.thread = where.partition("messageid=")[2]
                found.append(line)
            elif at == place and mark in self._said:
                call, text = self._said[mark]
                root = _conversation(call).partition("messageid=")[2]
                found.append(Line(mark, "you", text, thread="" if root == mark else root))
        return found

    def say(self, place: str, text: str, thread: str) -> None:
        place = place if place in self.places else "personal"
        self.lines(place)
        calls = place != "personal" and not text.startswith("@Ben")
        if place == "channel":
            mark = str(int(time.time() * 1000))
            where, more = f"{CHANNEL};messageid={thread or mark}", {"id": mark}
        else:
            where, more = GROUP if place == "group" else PERSONAL, {}
        call = self.fake.say(ANN, where, text, call=calls, **more)
        self._keep(place, call, text)
        self._bring(call)

    def press(self, place: str, ref: str) -> None:
        mark, _, number = ref.partition("|")
        self.lines(place)
        if number in ("take", "leave"):
            self._bring(
                self.fake.answer_about_file(ANN, PERSONAL, takes=number == "take", asked=mark)
            )
            return
        place = place if place in self.places else "personal"
        where, said = self._messages(place)[mark]
        action = _actions(said, "Action.Submit")[int(number)]
        told = action["data"]["msteams"]
        call = self.fake.say(ANN, where, told["text"], value=told["value"], replyToId="1")
        self._keep(place, call, told["displayText"])
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

    def _keep(self, place: str, call: Signed, text: str) -> None:
        mark = json.loads(call.body)["id"]
        self._said[mark] = (call, text)
        self._order.append((place, "you", mark))

    def _bring(self, call: Signed) -> None:
        self.door.post(self.door.url("teams", self.slug), call.body, call.headers)


def _conversation(call: Signed) -> str:
    return str(json.loads(call.body)["conversation"]["id"])


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

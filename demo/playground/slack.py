"""Slack's page: Ann in direct messages with the app, in a help channel, and on the app's home tab; and Maya, a colleague, in her team's channel."""

from __future__ import annotations

from mimetypes import guess_type
from typing import Any

from demo.playground.parts import Choice, Door, File, Json, Line, Player, from_mrkdwn
from tests.fakes.slack import ANN, BOT, BOT_USER, CARE, HELP, MAYA, FakeSlack


class SlackPlayer(Player):
    """One person in a workspace."""

    slug, title = "slack", "Slack"
    hint = "Write to the app, or in #help and its threads. /support TEXT asks people at once, /support alone opens the form, and so does a message's menu in #help; Home shows open requests, Assistant is Slack's own view for such apps. In #care you are Maya, who answers customers of all channels."
    places = {
        "direct": "Messages with Support",
        "assistant": "Assistant",
        "help": "#help",
        "home": "Home",
        "team": "#care, as an agent",
    }
    can = ("edit", "delete", "thread", "shortcut")

    def __init__(self, door: Door, secrets: Json, url: str) -> None:
        super().__init__(door)
        self.fake = FakeSlack(
            secret=secrets["signing_secret"],
            token=secrets["bot_token"],
            url=url,
            retry_after=(0.5,),
            paces=True,
            trigger_seconds=30.0,  # a machine that does much else is no slow product
        )
        hook = door.near(door.url("slack", self.slug))
        self.fake.events_url = self.fake.actions_url = hook
        self._sent_off = 0
        self._wrong: dict[str, str] = {}
        self._chat = ""
        """The thread that the assistant view made."""
        self._opens = ANN
        self._typed: dict[str, list[tuple[int, str]]] = {}
        """Commands by place, with how much had been said there before: Slack keeps them to who typed them."""

    def _channel(self, place: str) -> str:
        return {"help": HELP, "team": CARE}.get(place) or self.fake.direct(ANN)

    def lines(self, place: str) -> list[Line]:
        if place == "home":
            view = self.fake.homes.get(ANN)
            return [] if view is None else self._blocks("home", "them", view["blocks"])
        if place == "assistant" and not self._chat:
            self._open_assistant()
        found, me, typed = [], _person(place), self._commands(place)
        for number, message in enumerate(self._seen(place)):
            found += [line for before, line in typed if before == number]
            is_mine = message.get("user") == me
            who = "them" if _is_ours(message) else "you" if is_mine else "note"
            about: dict[str, Any] = {
                "id": message["ts"],
                "who": who,
                "thread": "" if place == "assistant" else message.get("thread_ts", ""),
                "state": "Only visible to you" if message.get("is_whisper") else "",
            }
            about["files"] = [(one["name"], one["id"]) for one in message.get("files", ())]
            if message.get("blocks"):
                parts = self._blocks(message["ts"], who, message["blocks"])
                text = "\n\n".join(part.text for part in parts if part.text)
                links = [link for part in parts for link in part.links]
                choices = [one for part in parts for one in part.choices]
                found.append(Line(**about, text=text, links=links, choices=choices))
            else:
                text, links = from_mrkdwn(message["text"])
                found.append(Line(**about, text=text, links=links))
        if place == "assistant":
            found += self._offered()
        return found + [line for before, line in typed if before >= len(self._seen(place))]

    def _open_assistant(self) -> None:
        """As if Ann had opened it: a thread of its own, for which the app may offer something to ask."""
        self.fake.open_assistant(ANN)
        self._chat = str(self.fake.messages[self.fake.direct(ANN)][-1]["ts"])

    def _offered(self) -> list[Line]:
        """What may be asked at the press of a button, until something was said; and that the app is at it."""
        prompts, writing = self.fake.prompts.get(self._chat, []), self.fake.writing.get(self._chat)
        if writing:
            return [Line("writing/0", "note", f"Support {writing}")]
        if len(self._seen("assistant")) > 1 or not prompts:
            return []
        offers = [Choice(one["title"], f"prompt|{place}") for place, one in enumerate(prompts, 1)]
        return [Line("prompts/0", "them", "", choices=offers)]

    def _commands(self, place: str) -> list[tuple[int, Line]]:
        """How much had been said before each, and the line of it."""
        return [
            (before, Line(f"command/{number}", "you", text, state="Only visible to you"))
            for number, (before, text) in enumerate(self._typed.get(place, ()))
        ]

    def file(self, ref: str) -> File | None:
        names = {
            one["id"]: one["name"]
            for said in self.fake.messages.values()
            for message in said
            for one in message.get("files", ())
        }
        if ref not in names or ref not in self.fake.files:
            return None
        kind = guess_type(names[ref])[0] or "application/octet-stream"
        return File(names[ref], kind, self.fake.files[ref])

    def _seen(self, place: str) -> list[Json]:
        """What was said there, and what the person whom the page plays there alone was told."""
        channel, me = self._channel(place), _person(place)
        said = list(self.fake.messages.get(channel, []))
        if place == "assistant":
            said = [one for one in said if self._chat in (one["ts"], one.get("thread_ts"))]
        elif place == "direct" and self._chat:
            said = [one for one in said if self._chat not in (one["ts"], one.get("thread_ts"))]
        if place != "assistant":
            about = {"bot_id": BOT, "is_whisper": True}
            said += [
                {**one, **about}
                for one in self.fake.whispers
                if (one["user"], one["channel"]) == (me, channel)
            ]
        return sorted(said, key=lambda one: float(one["ts"]))

    def _blocks(self, mark: str, who: str, blocks: list[Json]) -> list[Line]:
        lines = []
        for number, block in enumerate(blocks):
            line = Line(f"{mark}/{number}", who, "")
            if "text" in block:
                line.text, line.links = from_mrkdwn(block["text"]["text"])
            elif block["type"] == "context":
                told = [from_mrkdwn(item["text"]) for item in block["elements"]]
                line.links = [link for _, links in told for link in links]
                line.text = "\n".join(text for text, links in told if not links)
            elif block["type"] == "actions":
                line.choices = [
                    Choice(item["text"]["text"], f"{mark}|{place}")
                    for place, item in enumerate(block["elements"], 1)
                ]
            lines.append(line)
        return [line for line in lines if line.text or line.links or line.choices]

    def say(self, place: str, text: str, thread: str) -> None:
        channel = self._channel(place)
        if text.startswith("/support"):
            self._opens = ANN
            self._typed.setdefault(place, []).append((len(self._seen(place)), text))
            self.fake.command(ANN, channel, text.removeprefix("/support").strip())
        else:
            thread = self._chat if place == "assistant" else "" if place == "direct" else thread
            self.fake.say(_person(place), channel, text, thread)
        self._note_refusal()

    def shortcut(self, place: str, line: str) -> None:
        self._opens = ANN
        self.fake.shortcut(ANN, self._channel(place), line)
        self._note_refusal()

    def press(self, place: str, ref: str) -> None:
        mark, _, number = ref.rpartition("|")
        if mark == "prompt":
            said = self.fake.prompts[self._chat][int(number) - 1]["message"]
            self.say("assistant", said, "")
        elif mark == "home":
            view = self.fake.homes[ANN]
            block = next(one for one in view["blocks"] if one["type"] == "actions")
            action = {**block["elements"][int(number) - 1], "block_id": block["block_id"]}
            self._opens = ANN
            self.fake.press_in_view(ANN, view, action)
        elif any(one["ts"] == mark for one in self.fake.whispers):
            self._opens = MAYA
            self.fake.press_in_whisper(MAYA, int(number))
        else:
            self._opens = _person(place)
            self.fake.press(_person(place), self._channel(place), mark, int(number))
        self._note_refusal()

    def edit(self, place: str, line: str, text: str) -> None:
        self.fake.edit(self._channel(place), line, text)
        self._note_refusal()

    def delete(self, place: str, line: str) -> None:
        self.fake.delete(self._channel(place), line)
        self._note_refusal()

    def form(self) -> Json | None:
        if len(self.fake.views) <= self._sent_off:
            return None
        view = self.fake.views[-1]
        fields = [
            {
                "id": block["block_id"],
                "label": block["label"]["text"],
                "value": block["element"].get("initial_value", ""),
            }
            for block in view["blocks"]
            if block["type"] == "input"
        ]
        said = [block["text"]["text"] for block in view["blocks"] if block["type"] == "section"]
        said += self._wrong.values()
        return {"title": view["title"]["text"], "fields": fields, "text": "\n".join(said)}

    def submit(self, values: dict[str, str]) -> None:
        view, self._sent_off = self.fake.views[-1], len(self.fake.views)
        self._wrong = {}
        if values:
            told = len(self.fake.answers.told)
            self.fake.submit(self._opens, view, values)
            if len(self.fake.answers.told) > told:  # it stays, and says what is wrong
                self._wrong, self._sent_off = self.fake.answers.told[-1][1], self._sent_off - 1
            self._note_refusal()

    def view(self, place: str) -> Json:
        if place == "home":
            self.fake.open_home(ANN)
        return super().view(place)

    def _note_refusal(self) -> None:
        last = self.fake.deliveries[-1] if self.fake.deliveries else None
        if last is not None and not 200 <= last.status < 300:
            self.door.refusals.append(f"The product answered {last.status or 'nothing'}")


def _is_ours(message: Json) -> bool:
    """What the app shares stands there without the mark of an app."""
    return message.get("bot_id") == BOT or message.get("user") == BOT_USER


def _person(place: str) -> str:
    """Who the page plays there."""
    return MAYA if place == "team" else ANN

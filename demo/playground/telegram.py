"""Telegram's page: Ann in a private chat with the bot."""

from __future__ import annotations

from demo.playground.parts import Choice, Door, File, Json, Line, Player
from tests.fakes.telegram import ANN, BOT, Brought, FakeTelegram


class TelegramPlayer(Player):
    """One person and a bot."""

    slug, title = "telegram", "Telegram"
    hint = "A private chat with the bot. /start is how people begin there."
    can = ("edit",)

    def __init__(self, door: Door, secrets: Json, url: str) -> None:
        super().__init__(door)
        self.fake = FakeTelegram(
            token=secrets["bot_token"], secret=secrets["secret_token"], url=url
        )

    def lines(self, place: str) -> list[Line]:
        return [
            Line(
                str(message["message_id"]),
                "them" if message["from"]["id"] == BOT else "you",
                message["text"],
                choices=_choices(message),
                files=[(self.fake.files[mark][0], mark) for mark in _files(message)],
            )
            for message in self.fake.messages.get(ANN, [])
        ]

    def file(self, ref: str) -> File | None:
        return File(*self.fake.files[ref]) if ref in self.fake.files else None

    def say(self, place: str, text: str, thread: str) -> None:
        self._bring(self.fake.say(ANN, ANN, text))

    def press(self, place: str, ref: str) -> None:
        mark, _, number = ref.partition("|")
        self._bring(self.fake.press(ANN, ANN, int(mark), int(number)))

    def edit(self, place: str, line: str, text: str) -> None:
        self._bring(self.fake.edit(ANN, int(line), text))

    def _bring(self, call: Brought) -> None:
        self.door.post(self.door.url("telegram", self.slug), call.body, call.headers)


def _files(message: Json) -> list[str]:
    pictures = message.get("photo", [])[-1:]
    papers = [message["document"]] if "document" in message else []
    return [one["file_id"] for one in pictures + papers]


def _choices(message: Json) -> list[Choice]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    buttons = [button for row in rows for button in row]
    mark = message["message_id"]
    return [Choice(one["text"], f"{mark}|{place}") for place, one in enumerate(buttons, 1)]

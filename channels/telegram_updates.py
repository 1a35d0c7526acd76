"""Updates that Telegram brings, read as messages of customers; and the names under which their conversations are found."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import ConfigDict, Field, ValidationError

from channels.contract import Arrival
from channels.payload import Payload
from channels.telegram_settings import TelegramSettings
from channels.telegram_shared import KEPT, shared_words
from core.errors import MalformedPayload
from core.ids import ExternalId, ThreadKey
from core.message import AddressKind, Attached, Inbound, Sender, Verified

SHORT, LONG, DONE = "=", "#", "!"
"""How a button's data begins: with its value, without it for want of room, and after it was pressed."""

Number = Annotated[int, Field(ge=-(2**53), le=2**53)]
Seconds = Annotated[int, Field(ge=0, le=2**33)]
FILE_ID = re.compile(r"[A-Za-z0-9_-]{1,200}")
_FILES = ("document", "video", "audio", "voice", "video_note", "animation")


class _User(Payload):
    id: Number
    is_bot: bool = False
    first_name: str = ""
    last_name: str = ""
    language_code: str = ""

    @property
    def language(self) -> str:
        """Two letters, or none."""
        found = re.match(r"[a-z]{2}(?![a-z])", self.language_code.lower())
        return found[0] if found else ""


class _Chat(Payload):
    id: Number
    type: str = ""


class _Button(Payload):
    text: str = ""
    callback_data: str = ""


class _Keyboard(Payload):
    inline_keyboard: list[list[_Button]] = []


class _Sticker(Payload):
    emoji: str = ""


class Message(Payload):
    """A message, reduced to what is used of it. Its files are read from `model_extra`, by their kind."""

    model_config = ConfigDict(extra="allow", frozen=True)

    message_id: Number
    chat: _Chat
    date: Seconds = 0
    edit_date: Seconds = 0
    sender: _User | None = Field(default=None, alias="from")
    text: str = ""
    caption: str = ""
    sticker: _Sticker | None = None
    reply_to_message: Message | None = None
    reply_markup: _Keyboard | None = None


class Press(Payload):
    """A pressed button."""

    id: str = Field(min_length=1, max_length=100)
    sender: _User = Field(alias="from")
    message: Message | None = None
    data: str = ""

    @property
    def choice(self) -> _Button | None:
        """The button, with its value in `callback_data`; None where it is none of ours, or was pressed before."""
        if self.data.startswith(SHORT):
            return _Button(text=self._title(), callback_data=self.data[len(SHORT) :])
        title = self._title() if self.data.startswith(LONG) else ""
        return _Button(text=title, callback_data=title) if title else None

    def _title(self) -> str:
        keyboard = self.message.reply_markup if self.message else None
        rows = keyboard.inline_keyboard if keyboard else []
        return next(
            (item.text for row in rows for item in row if item.callback_data == self.data), ""
        )


class Update(Payload):
    """One thing that happened."""

    update_id: Number
    message: Message | None = None
    edited_message: Message | None = None
    callback_query: Press | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A chat and a message in it."""

    chat: int
    message: int


def chat_key(bot: int, chat: int) -> ThreadKey:
    """What one person and we say to each other."""
    return ThreadKey(f"{bot}/{chat}")


def message_key(bot: int, chat: int, message: int) -> ThreadKey:
    """One message: who replies to it belongs to its conversation."""
    return ThreadKey(f"{bot}/{chat}/{message}")


def last_place(bot: int, keys: Iterable[ThreadKey]) -> Place | None:
    """The last message of the conversation of these keys, oldest first; None if none is known."""
    for key in reversed(list(keys)):
        found = re.fullmatch(rf"{bot}/(-?[0-9]+)/([0-9]+)", key)
        if found:
            return Place(int(found[1]), int(found[2]))
    return None


def is_private(chat: int) -> bool:
    """People's chats have their own, positive ids; groups have negative ones."""
    return chat > 0


def update_in(body: bytes) -> Update:
    """The update. Raises `MalformedPayload`."""
    try:
        return Update.model_validate_json(body)
    except ValidationError as error:
        raise MalformedPayload("this is not an update of Telegram's") from error


def read_update(arrival: Arrival, settings: TelegramSettings) -> list[Inbound]:
    """What somebody wrote, wrote anew, or pressed; [] for all else. Raises `MalformedPayload`."""
    update = update_in(arrival.body)
    if update.callback_query is not None:
        return _pressed(update.callback_query, arrival, settings)
    message = update.message or update.edited_message
    if message is None or message.sender is None or message.sender.is_bot:
        return []
    is_edit = update.message is None
    opens = is_private(message.chat.id) or _is_called(message, settings)
    moves = is_edit and "location" in (message.model_extra or {})
    if moves or not (opens or is_edit):
        return []
    text, files = _words(message, settings), _files(message)
    if not text and not files:
        return []
    kind = f"edit:{update.update_id}" if is_edit else "message"
    return [
        Inbound(
            external_id=ExternalId(f"{kind}:{message.chat.id}:{message.message_id}"),
            sender=_sender(message.sender),
            text=text,
            at=_moment(update, message, is_edit) or arrival.received_at,
            thread_keys=_thread_keys(message, settings.bot, is_edit),
            own_keys=_own_keys(message, settings.bot),
            claims_conversation=True,
            # An edit counts like a message where its original is still on its way, or did not call us.
            opens=opens,
            revises=ExternalId(f"message:{message.chat.id}:{message.message_id}")
            if is_edit
            else None,
            language_hint=message.sender.language,
            attachments=files,
            raw=arrival.body,
        )
    ]


def _moment(update: Update, message: Message, is_edit: bool) -> datetime | None:
    """When it was written. Telegram tells edits by the second; among those of one second its count of updates says
    which is the later, in whatever order they arrive."""
    seconds = message.edit_date if is_edit else message.date
    if not seconds:
        return None
    at = datetime.fromtimestamp(seconds, UTC)
    return at + timedelta(microseconds=update.update_id % 1_000_000) if is_edit else at


def _pressed(press: Press, arrival: Arrival, settings: TelegramSettings) -> list[Inbound]:
    button, message = press.choice, press.message
    if button is None or not button.callback_data or message is None or press.sender.is_bot:
        return []
    return [
        Inbound(
            external_id=ExternalId(f"press:{press.id}"),
            sender=_sender(press.sender),
            text=button.callback_data,
            at=arrival.received_at,
            thread_keys=_own_keys(message, settings.bot),
            own_keys=_own_keys(message, settings.bot),
            claims_conversation=True,
            language_hint=press.sender.language,
            raw=arrival.body,
        )
    ]


def _own_keys(message: Message, bot: int) -> tuple[ThreadKey, ...]:
    key = message_key(bot, message.chat.id, message.message_id)
    return (chat_key(bot, message.chat.id), key) if is_private(message.chat.id) else (key,)


def _thread_keys(message: Message, bot: int, is_edit: bool) -> tuple[ThreadKey, ...]:
    """A private chat is one thread; in a group the replies to a message are, and an edit belongs to its original."""
    if is_private(message.chat.id):
        return (chat_key(bot, message.chat.id),)
    above = message.reply_to_message
    root = above.message_id if above is not None and not is_edit else message.message_id
    return (message_key(bot, message.chat.id, root),)


def _is_called(message: Message, settings: TelegramSettings) -> bool:
    """In a group: with our name, or in reply to us."""
    above = message.reply_to_message
    is_reply = above is not None and above.sender is not None and above.sender.id == settings.bot
    return is_reply or _name(settings).search(message.text or message.caption) is not None


def _name(settings: TelegramSettings) -> re.Pattern[str]:
    """Our name, alone or behind a command; not the end of a mail address."""
    name = rf"(?:(?<!\w)|(?<![\w/])(/\w{{1,32}}))@{settings.username}\b"
    return re.compile(name, re.IGNORECASE)


def _words(message: Message, settings: TelegramSettings) -> str:
    """What the person said, without our name; /start is how Telegram says that somebody begins."""
    text = message.text or message.caption or (message.sticker.emoji if message.sticker else "")
    text = text or shared_words(message.model_extra or {})
    text = _name(settings).sub(r"\1 ", text).replace("\x00", "")
    text = re.sub(r" {2,}", " ", text).strip()
    return settings.greeting if re.fullmatch(r"/start(\s.*)?", text, re.DOTALL) else text


def _sender(user: _User) -> Sender:
    """Telegram's user ids are the same for every bot."""
    name = f"{user.first_name} {user.last_name}".strip()[:200]
    return Sender(AddressKind.SOCIAL, f"telegram:{user.id}", Verified.CHANNEL, name)


def _files(message: Message) -> tuple[Attached, ...]:
    """Files are named, and fetched once the message is stored."""
    found = []
    extra: dict[str, Any] = message.model_extra or {}
    sizes = extra.get("photo")
    if isinstance(sizes, list) and sizes:
        largest = sizes[-1] if isinstance(sizes[-1], dict) else {}
        found.append(_named("photo.jpg", "image/jpeg", largest))
    for kind in _FILES:
        about = extra.get(kind)
        # An animation comes once more as a document, for older apps.
        if isinstance(about, dict) and not (kind == "document" and "animation" in extra):
            name, media_type = about.get("file_name"), about.get("mime_type")
            found.append(_named(str(name or kind), str(media_type or ""), about))
    if any(kind in extra for kind in KEPT):
        found.append(_named("message", "", {}))
    return tuple(found)


def _named(name: str, media_type: str, about: dict[str, Any]) -> Attached:
    """Telegram's id of the file is what it is asked for by; a file without a sound one stays there."""
    mark = about.get("file_id")
    is_mark = isinstance(mark, str) and FILE_ID.fullmatch(mark) is not None
    is_type = re.fullmatch(r"[\w.+-]{1,60}/[\w.+-]{1,60}", media_type, re.ASCII)
    kind = media_type if is_type else "application/octet-stream"
    problem, reference = ("not fetched yet", str(mark)) if is_mark else ("kept in Telegram", "")
    return Attached(name[:200], kind, b"", problem=problem, reference=reference)

"""The Telegram channel: one bot and its webhook. What arrives is read in `telegram_updates`."""

from __future__ import annotations

import contextlib
import hmac
from datetime import datetime
from typing import Any, ClassVar

from pydantic import BaseModel

from channels.contract import Answer, Arrival, Capabilities, InOrder
from channels.telegram_api import Json, PhotoRefused, TelegramApi
from channels.telegram_files import LIMIT, is_photo, objection_to
from channels.telegram_rich import SHOWS, said_with_form
from channels.telegram_settings import TelegramSettings
from channels.telegram_updates import (
    DONE,
    FILE_ID,
    LONG,
    SHORT,
    Place,
    Press,
    chat_key,
    is_private,
    last_place,
    message_key,
    read_update,
    update_in,
)
from core.errors import BadSignature, PermanentFailure, TemporaryFailure
from core.ids import InboxId
from core.message import AddressKind, Attached, Button, Inbound, Outbound, Receipt

BUTTONS = 10
_DATA = 64
"""Bytes that a button can bring back."""
_TITLE = 75


class Telegram:
    """One bot. Keeps no state."""

    name: ClassVar[str] = "telegram"
    Settings: ClassVar[type[BaseModel]] = TelegramSettings
    can: ClassVar[Capabilities] = Capabilities(
        # Telegram takes 4,096 UTF-16 units; signs beyond the basic plane count twice.
        text_length=2000,
        address=AddressKind.SOCIAL,
        buttons=BUTTONS,
        threads=True,
        typing=True,
        attachment_bytes=LIMIT,
        files_apart=True,
    )
    shows = SHOWS

    def __init__(self, inbox_id: InboxId, settings: TelegramSettings) -> None:
        self.inbox_id = inbox_id
        self.settings = settings
        self._api = TelegramApi(settings)

    def __repr__(self) -> str:
        return f"Telegram({self.settings.username})"

    def verify(self, arrival: Arrival) -> None:
        """The secret that was given to setWebhook stands in the header; else `BadSignature`."""
        told = arrival.headers.get("x-telegram-bot-api-secret-token", "").encode()
        good = False
        for secret in (self.settings.secret_token, self.settings.previous_secret_token):
            if secret is not None:
                good |= hmac.compare_digest(secret.get_secret_value().encode(), told)
        if not good or arrival.kind != "webhook" or arrival.method != "POST":
            raise BadSignature

    def parse(self, arrival: Arrival) -> list[Inbound]:
        """What somebody wrote to us, wrote anew, or pressed; [] for bots, channels, and what a group says among itself."""
        return read_update(arrival, self.settings)

    def acknowledge(self, arrival: Arrival) -> Answer:
        """An empty 200: what the bot says follows by itself."""
        return Answer()

    async def react(self, arrival: Arrival) -> None:
        """Marks the pressed button, or shows that we are writing."""
        update = update_in(arrival.body)
        if update.callback_query is not None:
            await self._mark(update.callback_query)
        elif update.message is not None and self.parse(arrival):
            about = {"chat_id": update.message.chat.id, "action": "typing"}
            await self._api.call("sendChatAction", about)

    def is_mere_sign(self, arrival: Arrival) -> bool:
        """All but what becomes of a pressed button."""
        return update_in(arrival.body).callback_query is None

    async def _mark(self, press: Press) -> None:
        """Ends the turning wheel on the button; the choice alone stays under the message."""
        await self._api.call("answerCallbackQuery", {"callback_query_id": press.id})
        button, message = press.choice, press.message
        if button is None or message is None or message.reply_markup is None:
            return
        chosen = [[{"text": f"\u2713 {button.text}", "callback_data": DONE}]]
        about = {"chat_id": message.chat.id, "message_id": message.message_id}
        markup = {"inline_keyboard": chosen}
        await self._api.call("editMessageReplyMarkup", {**about, "reply_markup": markup})

    async def fetch(self, reference: str) -> bytes:
        """A file that somebody sent, from where Telegram keeps it for an hour after it is asked for."""
        if not FILE_ID.fullmatch(reference):
            raise PermanentFailure("this is no file of Telegram's")
        return await self._api.download(reference)

    async def send(self, outbound: Outbound) -> Receipt:
        """One attempt: to the person, or in a group in reply to the last message of the conversation."""
        place = self._place(outbound)
        about: dict[str, Any] = {"chat_id": place.chat}
        if not is_private(place.chat):
            reply = {"message_id": place.message, "allow_sending_without_reply": True}
            about["reply_parameters"] = reply
        if outbound.attachments:
            made = await self._send_file(outbound.attachments[0], about)
        else:
            made = await self._api.call("sendMessage", about | _said(outbound))
        message = made.get("message_id")
        if not isinstance(message, int):
            raise TemporaryFailure("Telegram's answer names no message", certain=False)
        bot = self.settings.bot
        keys = (chat_key(bot, place.chat),) if is_private(place.chat) else ()
        return Receipt(
            provider_id=f"{place.chat}:{message}",
            own_keys=(*keys, message_key(bot, place.chat, message)),
        )

    async def _send_file(self, file: Attached, about: Json) -> Json:
        """A picture as one that is seen at once, everything else as a document; and so what Telegram does not take
        as a picture, of which it says only afterwards that its sides are too long or unequal."""
        if problem := objection_to(len(file.content)):
            raise PermanentFailure(problem)
        if is_photo(file):
            with contextlib.suppress(PhotoRefused):
                return await self._api.send_file("sendPhoto", "photo", file, about)
        return await self._api.send_file("sendDocument", "document", file, about)

    def objection(self, media_type: str, size: int) -> str:
        """Why such a file cannot go out here."""
        return objection_to(size)

    async def try_out(self, at: datetime) -> list[InOrder]:
        """The bot's own name, as Telegram knows it."""
        about = await self._api.call("getMe", {})
        return [InOrder("signed_in", f"@{about.get('username', '')}")]

    def _place(self, outbound: Outbound) -> Place:
        keys = outbound.in_reply_to or ((outbound.thread_key,) if outbound.thread_key else ())
        place = last_place(self.settings.bot, keys)
        if place is not None:
            return place
        person = outbound.to.value.removeprefix("telegram:")
        if not person.isdecimal():
            raise PermanentFailure("this is no address of Telegram's")
        return Place(int(person), 0)


def _said(outbound: Outbound) -> Json:
    words = said_with_form(outbound.rich) if outbound.rich else {"text": outbound.text}
    about: Json = {**words, "link_preview_options": {"is_disabled": True}}
    if outbound.buttons:
        rows = [[_button(item)] for item in outbound.buttons[:BUTTONS]]
        about["reply_markup"] = {"inline_keyboard": rows}
    return about


def _button(button: Button) -> dict[str, str]:
    """What a press brings back is the button's value; where it is too long, its title is found on the message."""
    data = SHORT + button.value
    if len(data.encode()) > _DATA:
        mark = f"{LONG}{button.title}".encode()[:_DATA]
        data = mark.decode(errors="ignore")
    return {"text": button.title[:_TITLE], "callback_data": data}

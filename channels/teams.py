"""The Microsoft Teams channel: one bot. What arrives is read in `teams_activities`, what goes out is built in `teams_cards`."""

from __future__ import annotations

import contextlib
from datetime import datetime
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from pydantic import BaseModel

from channels.contract import Answer, Arrival, Capabilities, InOrder
from channels.contract_files import Wanted
from channels.contract_forms import EVERY_LOOK
from channels.teams_activities import activity_in, is_welcome, place_of, read_activity
from channels.teams_api import TeamsApi
from channels.teams_cards import BUTTONS, message_of
from channels.teams_files import LIMIT, brought, declined, file_message, objection_to, wanted_file
from channels.teams_keys import SigningKeys
from channels.teams_places import Place, last_place, message_key, thread_key
from channels.teams_settings import TeamsSettings
from channels.teams_tokens import check_call
from core.errors import Failed, TemporaryFailure
from core.ids import InboxId
from core.message import AddressKind, Attached, Inbound, Outbound, Receipt, Report


class Teams:
    """One bot of one app. Keeps its client and the published keys, and no other state."""

    name: ClassVar[str] = "teams"
    Settings: ClassVar[type[BaseModel]] = TeamsSettings
    can: ClassVar[Capabilities] = Capabilities(
        # Teams takes about 28 KB with the card and all marks; four bytes a character stay below.
        text_length=4000,
        address=AddressKind.TEAMS,
        buttons=BUTTONS,
        citations=True,
        threads=True,
        typing=True,
        attachment_bytes=LIMIT,
        files_apart=True,
        file_links=True,
    )
    shows = EVERY_LOOK

    def __init__(self, inbox_id: InboxId, settings: TeamsSettings) -> None:
        self.inbox_id = inbox_id
        self.settings = settings
        self._keys = SigningKeys(settings.metadata_url)
        self._api = TeamsApi(settings)

    def remember_in(self, folder: Path) -> None:
        """Microsoft's public keys, with their age."""
        self._keys.remember_in(folder)

    def __repr__(self) -> str:
        return f"Teams({self.settings.app_id})"

    def verify(self, arrival: Arrival) -> None:
        """Microsoft's token for us and for this very activity; `TemporaryFailure` while nobody can tell, for
        their keys cannot be read. May fetch them: call it off the event loop."""
        check_call(arrival, self.settings, self._keys)

    def parse(self, arrival: Arrival) -> list[Inbound]:
        """What somebody wrote, edited or pressed; [] for installations, members, reactions, deletions, typing,
        what bots say, and what people say to each other."""
        return read_activity(arrival, self.settings.app_id)

    def acknowledge(self, arrival: Arrival) -> Answer:
        """An empty 200: what the bot says follows by itself."""
        return Answer()

    async def react(self, arrival: Arrival) -> None:
        """Shows that we are writing, where a message came from; greets who has just added the app."""
        activity = activity_in(arrival.body)
        place, greeting = place_of(activity), self.settings.greeting
        if place is not None and is_welcome(activity) and greeting:
            said = {"type": "message", "text": greeting, "textFormat": "plain"}
            await self._api.post(place.service_url, _messages_of(place), said)
        elif place is not None and any(item.opens for item in self.parse(arrival)):
            await self._api.post(place.service_url, _messages_of(place), {"type": "typing"})

    def is_mere_sign(self, arrival: Arrival) -> bool:
        """All but the greeting."""
        return not is_welcome(activity_in(arrival.body))

    async def fetch(self, reference: str) -> bytes:
        """A file that somebody sent, from their OneDrive or from Teams itself."""
        return await self._api.download(reference)

    async def send(self, outbound: Outbound) -> Receipt:
        """One attempt: where the conversation was last heard, else to the person directly."""
        keys = outbound.in_reply_to or ((outbound.thread_key,) if outbound.thread_key else ())
        place = last_place(keys) or await self._opened_with(outbound.to.value)
        said = await self._api.post(
            place.service_url,
            _messages_of(place),
            file_message(outbound, place) if outbound.attachments else message_of(outbound),
        )
        # A 2xx has taken it, also where it names no id; ours then stands for it.
        message = str(said.get("id") or outbound.key)
        return Receipt(
            provider_id=f"{place.conversation}:{message}",
            own_keys=(thread_key(place.conversation), message_key(place, message)),
        )

    def objection(self, media_type: str, size: int) -> str:
        """Why such a file cannot go out here."""
        return objection_to(size)

    def reports(self, arrival: Arrival) -> list[Report]:
        """Files that somebody did not want."""
        return declined(activity_in(arrival.body))

    def wanted(self, arrival: Arrival) -> Wanted | None:
        """The file that somebody has just agreed to take."""
        return wanted_file(activity_in(arrival.body))

    async def hand_over(self, wanted: Wanted, file: Attached) -> None:
        """Puts it where Teams said, shows it there, and takes the question away."""
        where = wanted.where
        place = Place(where["service"], where["conversation"])
        await self._api.upload(where["uploadUrl"], file.content)
        await self._api.post(place.service_url, _messages_of(place), brought(wanted))
        if where["question"]:
            path = f"{_messages_of(place)}/{quote(where['question'], safe='')}"
            with contextlib.suppress(Failed):
                await self._api.delete(place.service_url, path)

    async def try_out(self, at: datetime) -> list[InOrder]:
        """A token for the bot, fresh from Microsoft."""
        await self._api.sign_in()
        return [InOrder("signed_in", self.settings.app_id)]

    async def _opened_with(self, person: str) -> Place:
        """The personal conversation with somebody who has the app; the same one however often it is asked for,
        so that an answer that is lost here has said nothing twice."""
        tenant, _, user = person.partition("/")
        service_url = self.settings.service_url
        about = {
            "isGroup": False,
            "bot": {"id": f"28:{self.settings.app_id}"},
            "members": [{"id": user}],
            "tenantId": tenant,
            "channelData": {"tenant": {"id": tenant}},
        }
        try:
            made = await self._api.post(service_url, "v3/conversations", about)
        except TemporaryFailure as failure:
            raise TemporaryFailure(str(failure), retry_after=failure.retry_after) from None
        conversation = str(made.get("id") or "")
        if not conversation or " " in conversation:
            raise TemporaryFailure("Teams' answer names no conversation")
        return Place(service_url, conversation)


def _messages_of(place: Place) -> str:
    return f"v3/conversations/{quote(place.conversation, safe='')}/activities"

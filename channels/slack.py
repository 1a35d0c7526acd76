"""The Slack channel: one app in one workspace. What arrives is read in `slack_events`, what goes out is built in `slack_blocks`."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from pydantic import BaseModel

from channels import slack_install
from channels.bounded import LIMIT
from channels.contract import NOBODYS, Answer, Arrival, Capabilities, InOrder
from channels.contract_apps import Installed, Standing
from channels.contract_board import Board
from channels.contract_forms import EVERY_LOOK
from channels.contract_people import Profile
from channels.slack_accounts import accounts_in, removal_in
from channels.slack_actions import answer_to, read_action
from channels.slack_api import SlackApi
from channels.slack_arrivals import action_in, event_in
from channels.slack_assistant import WRITING
from channels.slack_blocks import BUTTONS, blocks_of, fallback, has_key, home, metadata_of
from channels.slack_board import SlackBoard
from channels.slack_events import Reading, challenge_in, home_opened, read_event
from channels.slack_files import download, has_file, objection_to, upload
from channels.slack_lookup import looked_up, place_in_histories
from channels.slack_manifest import manifest
from channels.slack_people import profile_of
from channels.slack_places import Place, last_place, receipt_at
from channels.slack_settings import SlackSettings
from channels.slack_showing import show, what_to_show
from channels.slack_signature import must_be_signed
from channels.slack_socket import NO_TIME, SlackSocket, frame_of
from core.errors import Failed, PermanentFailure
from core.ids import InboxId
from core.message import AddressKind, Attached, Inbound, Outbound, Receipt, Sender, Verified
from core.onlooker import OpenTicket


class Slack:
    """One app in one workspace. Keeps no state but its client."""

    name: ClassVar[str] = "slack"
    Settings: ClassVar[type[BaseModel]] = SlackSettings
    can: ClassVar[Capabilities] = Capabilities(
        text_length=3000,
        address=AddressKind.SLACK,
        buttons=BUTTONS,
        citations=True,
        threads=True,
        attachment_bytes=LIMIT,
        files_apart=True,
    )
    shows = EVERY_LOOK
    most_asked: ClassVar[int] = 1
    tells_names: ClassVar[bool] = True

    def __init__(self, inbox_id: InboxId, settings: SlackSettings) -> None:
        self.inbox_id = inbox_id
        self.settings = settings
        self._reading = Reading(settings.team, frozenset(settings.channels))
        self._api = SlackApi(settings)
        self._socket: SlackSocket | None = None

    def __repr__(self) -> str:
        return f"Slack({self.settings.team})"

    # ---- what arrives ---------------------------------------------------------------------------

    def verify(self, arrival: Arrival) -> None:
        """Signed by the app's secret, or come over the socket that we opened with the app's own token; else
        `BadSignature`."""
        is_own = self.is_polled and arrival.meta.get("inbox") == str(self.inbox_id)
        if not (arrival.kind == "frame" and is_own):
            must_be_signed(arrival, self.settings)

    def parse(self, arrival: Arrival) -> list[Inbound]:
        """The message in an event, a pressed button, a command or a form; [] for what apps wrote, ours
        too, and for news that is no message."""
        action = action_in(arrival)
        if action is not None:
            return read_action(action, arrival.received_at, arrival.body, self._reading)
        return read_event(event_in(arrival), arrival.body, self._reading)

    def acknowledge(self, arrival: Arrival) -> Answer:
        """What the person sees at once, the challenge where Slack checks the address, else an empty 200."""
        action = action_in(arrival)
        if action is None:
            return Answer(body=challenge_in(event_in(arrival)).encode())
        answer = answer_to(action, self.settings.said)
        if answer is None or NOBODYS in arrival.meta:
            return Answer()
        return Answer(body=json.dumps(answer).encode(), media_type="application/json")

    async def react(self, arrival: Arrival) -> None:
        """Opens the form, puts the choice in the place of pressed buttons, or shows in the assistant view what is
        offered and that we write. Slack's trigger lives 3 seconds."""
        if (showing := what_to_show(arrival, self.settings)) is not None:
            await show(self._api, showing, self.settings.said)

    def is_mere_sign(self, arrival: Arrival) -> bool:
        """Of all that is shown, that we write in the assistant view."""
        showing = what_to_show(arrival, self.settings)
        return showing is not None and showing.method == WRITING

    def onlooker(self, arrival: Arrival) -> Sender | None:
        """Who has just opened the app's home tab."""
        if action_in(arrival) is not None:
            return None
        return home_opened(event_in(arrival), self._reading)

    async def show_tickets(self, onlooker: Sender, tickets: Sequence[OpenTicket]) -> None:
        """The person's open tickets on the home tab, with the way to the form."""
        user, view = onlooker.value.rpartition(":")[2], home(self.settings.said, tickets)
        await self._api.call(
            "views.publish", lambda client: client.views_publish(user_id=user, view=view)
        )

    def asked(self, typed: str) -> Sender | None:
        """A person's or a channel's id; not a channel in which each message is a customer's."""
        place = typed.strip().lstrip("#@")
        is_person = re.fullmatch(r"[UW][A-Z0-9]{1,20}", place) is not None
        if not is_person and not self.board.is_place(place):
            return None
        return Sender(AddressKind.SLACK, f"{self.settings.team}:{place}", Verified.NO)

    @property
    def board(self) -> Board:
        """The channels of colleagues."""
        return SlackBoard(self._api, self._reading)

    # ---- an app that is installed by consent ----------------------------------------------------

    of_installation: ClassVar[frozenset[str]] = slack_install.OF_INSTALLATION
    of_account: ClassVar[frozenset[str]] = slack_install.OF_ACCOUNT
    told: ClassVar[frozenset[str]] = slack_install.OF_INSTALLATION - {"bot_token"}
    manifest = staticmethod(manifest)

    @property
    def standing(self) -> Standing:
        """Which app it is, and how it stands in its workspace."""
        return slack_install.standing_of(self.settings)

    def consent_page(self, state: str, back: str, *, elsewhere: bool) -> str:
        """Slack's page at which an administrator of the workspace agrees."""
        return slack_install.consent_page(self.settings, state, back, elsewhere=elsewhere)

    async def install(self, code: str, back: str, at: datetime) -> Installed:
        """The workspace's token for a consent's code."""
        return await slack_install.install(self.settings, code, back, at)

    async def renew(self, at: datetime) -> Mapping[str, Any]:
        """A new token for one that ends."""
        return await slack_install.renew(self.settings, at)

    def accounts(self, arrival: Arrival) -> tuple[str, ...]:
        """The workspaces and organisations that it names, the one where the app is installed first."""
        return accounts_in(arrival)

    def removed_at(self, arrival: Arrival) -> datetime | None:
        """When the app was taken out of the workspace, or its token taken back."""
        return removal_in(arrival, self.settings)

    # ---- what comes over a socket ---------------------------------------------------------------

    @property
    def is_polled(self) -> bool:
        """With an app-level token we open a socket; without one Slack calls the webhook."""
        return self.settings.app_token is not None

    async def arrivals(
        self, cursor: dict[str, Any]
    ) -> AsyncGenerator[tuple[Arrival, dict[str, Any]]]:
        """Each frame, for ever. There is no cursor: what is not acknowledged comes again."""
        self._socket = SlackSocket(self.settings)
        try:
            async with contextlib.aclosing(self._socket.frames()) as frames:
                async for body in frames:
                    meta = {"inbox": str(self.inbox_id)}
                    yield Arrival("frame", body, NO_TIME, method="", meta=meta), cursor
        finally:
            self._socket = None

    async def settled(self, arrival: Arrival) -> None:
        """Acknowledges the frame."""
        answer = self.acknowledge(arrival)
        if self._socket is not None:
            envelope = frame_of(arrival.body).envelope_id
            await self._socket.acknowledge(envelope, json.loads(answer.body or b"null"))

    @property
    def every(self) -> timedelta:
        """From one message to the next in one place."""
        return timedelta(seconds=self.settings.seconds_apart)

    def lane(self, outbound: Outbound) -> str:
        """The channel, or the direct messages with one person."""
        return self._place(outbound).channel

    # ---- what is sent ---------------------------------------------------------------------------

    async def send(self, outbound: Outbound) -> Receipt:
        """One attempt: into the thread or direct messages where the conversation stands, else directly to the person."""
        if outbound.attachments:
            return await self._send_file(outbound, outbound.attachments[0])
        place = self._place(outbound)
        answer = await self._api.call(
            "chat.postMessage",
            place=place.channel,
            call=lambda client: client.chat_postMessage(
                channel=place.channel,
                thread_ts=place.thread or None,
                text=fallback(outbound),
                blocks=blocks_of(outbound),
                metadata=metadata_of(outbound),
                unfurl_links=False,
                unfurl_media=False,
            ),
        )
        sent = Place(str(answer["channel"]), place.thread)
        return self._receipt(outbound, sent, str(answer["ts"]))

    async def _send_file(self, outbound: Outbound, file: Attached) -> Receipt:
        """A file is uploaded first and then stands in a message of its own, of which Slack does not tell the name."""
        if problem := objection_to(len(file.content)):
            raise PermanentFailure(problem)
        place = await self._looked_up(outbound)
        mark = await upload(file, self._api, self.settings)
        await self._api.call(
            "files.completeUploadExternal",
            place=place.channel,
            call=lambda client: client.files_completeUploadExternal(
                files=[{"id": mark, "title": file.name[:200]}],
                channel_id=place.channel,
                thread_ts=place.thread or None,
            ),
        )
        ts = ""
        if not place.thread:  # a thread may begin under the file; Slack tells its name nowhere else
            with contextlib.suppress(Failed):
                ts = await self._found(outbound, place)
        return self._receipt(outbound, place, ts, mark)

    def objection(self, media_type: str, size: int) -> str:
        """Why such a file cannot go out here."""
        return objection_to(size)

    async def try_out(self, at: datetime) -> list[InOrder]:
        """The workspace and the bot that the token is for."""
        about = await self._api.call("auth.test", lambda client: client.auth_test())
        return [InOrder("signed_in", f"{about.get('user', '')} · {about.get('team', '')}")]

    async def find(self, outbound: Outbound) -> Receipt | None:
        """Looks for an earlier attempt by its metadata, for a file by its name and size, in the thread or the direct
        messages where it would stand. Two files of the same name and size cannot be told apart.

        Raises `TemporaryFailure` when Slack cannot be asked, or the place has become too busy to tell.
        """
        try:
            place = await self._looked_up(outbound)
        except PermanentFailure:
            return None  # there is nobody to whom it could have gone
        ts = await self._found(outbound, place)
        return self._receipt(outbound, place, ts) if ts else None

    async def _found(self, outbound: Outbound, place: Place) -> str:
        def is_it(message: dict[str, Any]) -> bool:
            if not outbound.attachments:
                return has_key(message, outbound.key)
            return has_file(message, outbound.attachments[0], _user_of(outbound))

        return await looked_up(self._api, place, is_it, outbound.at)

    async def profile(self, sender: Sender) -> Profile:
        """Who that is: messages name nobody."""
        return await profile_of(self._api, sender)

    async def fetch(self, reference: str) -> bytes:
        """A file that a message named, from where Slack keeps it."""
        return await download(reference, self.settings)

    def _place(self, outbound: Outbound) -> Place:
        """Where to write. A user's id as channel stands for the direct messages with them."""
        keys = outbound.in_reply_to or ((outbound.thread_key,) if outbound.thread_key else ())
        return last_place(self.settings.team, keys) or Place(_user_of(outbound))

    async def _looked_up(self, outbound: Outbound) -> Place:
        return await place_in_histories(self._api, self._place(outbound), _user_of(outbound))

    def _receipt(self, outbound: Outbound, place: Place, ts: str, file: str = "") -> Receipt:
        return receipt_at(self.settings.team, _user_of(outbound), place, ts, file)


def _user_of(outbound: Outbound) -> str:
    """The user id of an address, which is home workspace and user."""
    return outbound.to.value.rpartition(":")[2]

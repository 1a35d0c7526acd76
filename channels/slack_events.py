"""What Slack's Events API brings, read as messages of customers. Buttons, commands and forms are `slack_actions`."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain, count
from typing import Annotated, Any

from pydantic import StringConstraints, ValidationError

from channels.payload import Payload
from channels.slack_places import Place, message_key, person_key, thread_key
from channels.slack_text import mentions, mentions_somebody, plain
from core.errors import MalformedPayload
from core.ids import ExternalId, ThreadKey
from core.message import AddressKind, Attached, Inbound, Sender, Verified

Ts = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,10}\.[0-9]{1,10}$")]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,30}$")]

_TYPED = frozenset({None, "file_share", "me_message", "thread_broadcast"})
"""Subtypes of what a person typed; all others are news of the channel or of machines."""
_SLACKBOT = "USLACKBOT"


class _Authorization(Payload):
    team_id: str | None = None
    enterprise_id: str | None = None
    user_id: str | None = None
    is_bot: bool = False


class _Envelope(Payload):
    type: str = ""
    challenge: str = ""
    team_id: str | None = None
    context_team_id: str | None = None
    enterprise_id: str | None = None
    authorizations: list[_Authorization] | None = None
    event: dict[str, Any] | None = None


class _Edited(Payload):
    ts: Ts


class _File(Payload):
    name: str | None = None
    title: str | None = None
    mimetype: str | None = None
    permalink: str | None = None
    url_private: str | None = None
    url_private_download: str | None = None


class _Shared(Payload):
    """A message of somebody's that is passed on; previews of links have no `is_share`."""

    is_share: bool = False
    author_name: str = ""
    text: str = ""


class _Profile(Payload):
    real_name: str | None = None
    display_name: str | None = None


class Written(Payload):
    """What a message consists of, also inside the news of its change."""

    subtype: str | None = None
    user: Id | None = None
    bot_id: str | None = None
    text: str | None = None
    ts: Ts | None = None
    thread_ts: Ts | None = None
    team: str | None = None
    user_team: str | None = None
    source_team: str | None = None
    user_profile: _Profile | None = None
    edited: _Edited | None = None
    files: list[_File] | None = None
    attachments: list[_Shared] | None = None

    @property
    def words(self) -> str:
        """What was typed, and below it what was passed on with it or instead of it, in Slack's marks."""
        passed = [one for one in self.attachments or () if one.is_share and one.text]
        below = [f"{one.author_name}: {one.text}".lstrip(": ") for one in passed]
        return "\n\n".join(part for part in (self.text, *below) if part)

    @property
    def is_typed(self) -> bool:
        """A person wrote it: not an app, ours included, and not Slack itself."""
        is_machine = self.bot_id or self.user in (None, _SLACKBOT)
        return not is_machine and self.subtype in _TYPED


class _Opened(Payload):
    """Somebody looks at a tab of the app."""

    user: Id
    tab: str = ""


class Event(Written):
    """A message, or the news of its change."""

    type: str
    channel: Id | None = None
    channel_type: str | None = None
    message: Written | None = None
    previous_message: Written | None = None
    deleted_ts: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one inbox knows for reading: its workspace, and the channels in which each message opens a conversation."""

    team: str
    channels: frozenset[str] = frozenset()


def challenge_in(body: bytes) -> str:
    """The word to give back where Slack checks an address, else an empty string."""
    try:
        envelope = _Envelope.model_validate_json(body)
    except ValidationError:
        return ""
    return envelope.challenge if envelope.type == "url_verification" else ""


def read_event(body: bytes, raw: bytes, reading: Reading) -> list[Inbound]:
    """The message in a call of the Events API, [] where there is none for us. Raises `MalformedPayload`.

    `raw` is what is kept of it: the whole arrival.
    """
    found = heard(body, raw, reading)
    if found is None:
        return []
    reader, event = found
    if event.subtype == "message_changed":
        return reader.changed(event)
    if event.subtype == "message_deleted":
        return reader.deleted(event)
    return reader.written(event)


def heard(body: bytes, raw: bytes, reading: Reading) -> tuple[Reader, Event] | None:
    """The news of a message, None where it is something else or not for this inbox. Raises `MalformedPayload`."""
    try:
        envelope = _Envelope.model_validate_json(body)
        if envelope.type != "event_callback" or not _is_installed_here(envelope, reading.team):
            return None
        if (envelope.event or {}).get("type") not in ("message", "app_mention"):
            return None
        event = Event.model_validate(envelope.event)
    except ValidationError as error:
        raise MalformedPayload("this is not an event of Slack's") from error
    return Reader(envelope, reading, raw), event


def home_opened(body: bytes, reading: Reading) -> Sender | None:
    """Who has just opened the app's home tab, if that is what happened. Raises `MalformedPayload`."""
    try:
        envelope = _Envelope.model_validate_json(body)
        if (envelope.event or {}).get("type") != "app_home_opened":
            return None
        event = _Opened.model_validate(envelope.event)
    except ValidationError as error:
        raise MalformedPayload("this is not an event of Slack's") from error
    if event.tab != "home" or not _is_installed_here(envelope, reading.team):
        return None
    return slack_sender(envelope.team_id or reading.team, event.user)


def _is_installed_here(envelope: _Envelope, team: str) -> bool:
    """An app can be installed in many workspaces and in channels that companies share; this inbox is one of them."""
    ids = {envelope.team_id, envelope.context_team_id, envelope.enterprise_id}
    for item in envelope.authorizations or ():
        ids |= {item.team_id, item.enterprise_id}
    return team in ids


class Reader:
    """One envelope's event as a message."""

    def __init__(self, envelope: _Envelope, reading: Reading, raw: bytes) -> None:
        self._team = reading.team
        self._channels = reading.channels
        self._raw = raw
        self._sent_from = envelope.team_id or reading.team
        bots = [item.user_id for item in envelope.authorizations or () if item.is_bot]
        self._own = next((user for user in bots if user), "")

    def written(self, event: Event) -> list[Inbound]:
        """What somebody typed, if it is for us: directly, by mention, in our channels or threads.

        A mention comes twice, as `message` and as `app_mention` with another event id; the channel and
        the time stamp are the same, so these name it.
        """
        if not event.is_typed or event.ts is None or event.channel is None:
            return []
        if event.user == self._own:
            return []  # a file of ours stands there without the mark of a bot
        place = _place_of(event.channel, event)
        is_direct = event.channel_type == "im" or place.is_direct
        opens = self._opens(event, place, is_direct) or event.type == "app_mention"
        if not opens and (not place.thread or mentions_somebody(event.text or "")):
            return []  # people among themselves
        name = ExternalId(f"message:{event.channel}:{event.ts}")
        return self._inbound(event, name, place, self._thread_keys(event, place, is_direct), opens)

    def _opens(self, written: Written, place: Place, is_direct: bool) -> bool:
        """Is it for us, wherever it belongs?"""
        is_called = mentions(written.text or "", self._own)
        return is_direct or is_called or (place.channel in self._channels and not place.thread)

    def changed(self, event: Event) -> list[Inbound]:
        """What somebody wrote anew, in the conversation of the original; where that is still on its way, or did not
        call us, it counts like a message. Previews and counted replies are no edits."""
        message, before = event.message, event.previous_message
        if message is None or message.edited is None or event.channel is None:
            return []
        is_same = before is not None and before.words == message.words
        if not message.is_typed or message.ts is None or is_same:
            return []
        place = _place_of(event.channel, message)
        is_direct = event.channel_type == "im" or place.is_direct
        opens = self._opens(message, place, is_direct)
        more = self._thread_keys(message, place, is_direct) if opens else ()
        keys = (message_key(self._team, place, message.ts), *more)
        name = ExternalId(f"edit:{event.channel}:{message.ts}:{message.edited.ts}")
        found = self._inbound(message, name, place, keys, opens)
        original = ExternalId(f"message:{event.channel}:{message.ts}")
        return [replace(inbound, revises=original) for inbound in found]

    def deleted(self, event: Event) -> list[Inbound]:
        """What somebody took back; it counts only where it was taken as a message before."""
        before, ts = event.previous_message, event.deleted_ts
        is_told = re.fullmatch(r"[0-9]{1,10}\.[0-9]{1,10}", ts) and event.channel is not None
        if before is None or not before.is_typed or not is_told:
            return []
        original = ExternalId(f"message:{event.channel}:{ts}")
        return [
            Inbound(
                external_id=ExternalId(f"deleted:{event.channel}:{ts}"),
                sender=self.sender(before),
                text="",
                at=moment(event.ts or ts),
                thread_keys=(),
                opens=False,
                revises=original,
                is_withdrawn=True,
                raw=self._raw,
            )
        ]

    def _thread_keys(
        self, written: Written, place: Place, is_direct: bool
    ) -> tuple[ThreadKey, ...]:
        if place.thread:
            return (thread_key(self._team, place.channel, place.thread),)
        if is_direct:
            return (person_key(self._team, written.user or ""),)
        return (thread_key(self._team, place.channel, written.ts or ""),)

    def _inbound(
        self,
        written: Written,
        name: ExternalId,
        place: Place,
        keys: tuple[ThreadKey, ...],
        opens: bool,
    ) -> list[Inbound]:
        text = plain(written.words, self._own)
        files = _left_there(written.files or [])
        if not text and not files and not written.text:
            return []
        ts = written.ts or ""
        sent = written.edited.ts if written.edited and name.startswith("edit:") else ts
        return [
            Inbound(
                external_id=name,
                sender=self.sender(written),
                text=text,
                at=moment(sent),
                thread_keys=keys,
                own_keys=(message_key(self._team, place, ts),),
                claims_conversation=True,
                opens=opens,
                attachments=files,
                extra={"channel": place.channel, "ts": ts},
                raw=self._raw,
            )
        ]

    def sender(self, written: Written) -> Sender:
        """In channels that companies share, users of several workspaces write; the home workspace tells them apart."""
        home = written.user_team or written.source_team or written.team or self._sent_from
        profile = written.user_profile or _Profile()
        name = profile.display_name or profile.real_name or ""
        return slack_sender(home, written.user or "", name)


def _place_of(channel: str, written: Written) -> Place:
    is_reply = written.thread_ts not in (None, written.ts)
    return Place(channel, written.thread_ts or "" if is_reply else "")


def slack_sender(home: str, user: str, name: str = "") -> Sender:
    """A person in Slack: home workspace and user id."""
    value = f"{re.sub(r'[^A-Z0-9]', '', home)[:30]}:{user}"
    return Sender(AddressKind.SLACK, value, Verified.CHANNEL, name[:200])


def moment(ts: str) -> datetime:
    """The time that a time stamp of Slack's tells; to the microsecond it is also the message's id."""
    return datetime.fromtimestamp(float(ts), UTC)


def _left_there(files: list[_File]) -> tuple[Attached, ...]:
    """Files are named and stay at Slack until they are fetched: that takes longer than Slack waits for
    an answer. Pasted pictures all have one name, so each gets its own."""
    found: dict[str, Attached] = {}
    for file in files:
        name = _unused(file.name or file.title or "file", found)
        found[name] = Attached(
            name=name,
            media_type=file.mimetype or "application/octet-stream",
            content=b"",
            problem=f"kept at Slack: {file.permalink}" if file.permalink else "kept at Slack",
            reference=file.url_private_download or file.url_private or "",
        )
    return tuple(found.values())


def _unused(name: str, used: Container[str]) -> str:
    stem, dot, ending = name.rpartition(".")
    if not stem:
        stem, dot, ending = name, "", ""
    names = (f"{stem} ({number}){dot}{ending}" for number in count(2))
    return next(other for other in chain([name], names) if other not in used)

"""Activities that Teams brings, read as messages of customers. Whether they are genuine is `teams_tokens`."""

from __future__ import annotations

import html
import re
from hashlib import sha256
from mimetypes import guess_extension
from typing import Annotated, Any

from pydantic import AwareDatetime, Field, StringConstraints, ValidationError

from channels.contract import Arrival
from channels.payload import Payload
from channels.teams_places import Place, message_key, thread_key
from core.errors import MalformedPayload
from core.ids import ExternalId
from core.message import AddressKind, Attached, Inbound, Sender, Verified

CHOICE = "threadline_choice"
"""The name under which a pressed button of ours brings its value."""

Id = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,500}$")]
"""An id of Teams': printable and without spaces."""
_TEAM_PLACES = ("channel", "groupChat")
_UPLOAD = "application/vnd.microsoft.teams.file.download.info"
_TYPE = re.compile(r"[\w.+-]{1,80}/[\w.*+-]{1,80}")
_AT = re.compile(r"<at(?:\s[^<>]{0,200})?>([^<>]{0,300})</at>", re.IGNORECASE)
_LANGUAGE = re.compile(r"([a-z]{2})(-[A-Za-z0-9-]{1,20})?")


class _Account(Payload):
    id: Id
    name: str | None = None
    aadObjectId: Id | None = None
    role: str | None = None


class _Conversation(Payload):
    id: Id
    conversationType: str | None = None
    tenantId: str | None = None


class _Entity(Payload):
    type: str | None = None
    mentioned: _Account | None = None
    text: str | None = None


class _File(Payload):
    contentType: str = ""
    contentUrl: str | None = None
    name: str | None = None
    content: Any = None


class _Tenant(Payload):
    id: str | None = None


class _ChannelData(Payload):
    tenant: _Tenant | None = None
    eventType: str | None = None


class Activity(Payload):
    """One activity, reduced to what is used of it. Names are the provider's own."""

    type: str
    serviceUrl: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    channelId: str
    id: Id | None = None
    timestamp: AwareDatetime | None = None
    sender: _Account | None = Field(default=None, alias="from")
    recipient: _Account | None = None
    conversation: _Conversation | None = None
    channelData: _ChannelData | None = None
    text: str | None = None
    locale: str | None = None
    entities: list[_Entity] | None = None
    attachments: list[_File] | None = None
    value: Any = None
    name: str | None = None
    action: str | None = None
    replyToId: Id | None = None

    @property
    def tenants(self) -> set[str]:
        """The organisations that it names; more than one means that it contradicts itself."""
        told = [self.conversation.tenantId if self.conversation else None]
        if self.channelData and self.channelData.tenant:
            told.append(self.channelData.tenant.id)
        return {tenant.lower() for tenant in told if tenant}

    @property
    def choice(self) -> str:
        """The value of the button of ours that was pressed, or an empty string."""
        value = self.value.get(CHOICE) if isinstance(self.value, dict) else None
        return value if isinstance(value, str) else ""


def activity_in(body: bytes) -> Activity:
    """The activity. Raises `MalformedPayload`."""
    try:
        return Activity.model_validate_json(body)
    except ValidationError as error:
        raise MalformedPayload("this is not an activity of Teams'") from error


def is_welcome(activity: Activity) -> bool:
    """Has one person just added the app for themselves?"""
    kind = activity.conversation.conversationType if activity.conversation else None
    is_new = activity.type == "installationUpdate" and activity.action == "add"
    return is_new and kind == "personal"


def place_of(activity: Activity) -> Place | None:
    """Where an answer to it belongs."""
    if activity.conversation is None:
        return None
    return Place(activity.serviceUrl.rstrip("/") + "/", activity.conversation.id)


def read_activity(arrival: Arrival, app_id: str) -> list[Inbound]:
    """The message in an activity: what somebody wrote, wrote anew, or pressed. [] for all other news, for what
    bots say, and for what people say to each other. Raises `MalformedPayload`."""
    activity = activity_in(arrival.body)
    if not _is_message(activity):
        return []
    place, sender = place_of(activity), activity.sender
    if place is None or sender is None or activity.id is None or _is_bot(sender):
        return []
    own = {f"28:{app_id}"} | ({activity.recipient.id} if activity.recipient else set())
    if activity.type == "messageDelete":
        return [_withdrawn(activity, place, sender, arrival)]
    is_edit = activity.type == "messageUpdate"
    # An edit that calls us counts like a message where its original did not, or is still on its way.
    opens = _is_called(activity, own)
    if not opens and not is_edit and not _may_follow(activity, own):
        return []
    text = activity.choice or plain(activity, own)
    files = _named([file for file in activity.attachments or () if _is_file(file)])
    if not text and not files and not activity.text:
        return []
    at = activity.timestamp or arrival.received_at
    return [
        Inbound(
            external_id=_name_of(activity, place),
            sender=_sender(activity, sender),
            text=text,
            at=at,
            thread_keys=(thread_key(place.conversation),),
            own_keys=(thread_key(place.conversation), message_key(place, activity.id)),
            claims_conversation=True,
            opens=opens,
            revises=_original(activity, place) if is_edit else None,
            language_hint=_language(activity.locale or ""),
            attachments=files,
            raw=arrival.body,
        )
    ]


def _original(activity: Activity, place: Place) -> ExternalId:
    return ExternalId(f"message:{place.conversation}:{activity.id}")


def _withdrawn(activity: Activity, place: Place, sender: _Account, arrival: Arrival) -> Inbound:
    """A message that its author took back; it counts only where it was taken as a message before."""
    return Inbound(
        external_id=ExternalId(f"deleted:{place.conversation}:{activity.id}"),
        sender=_sender(activity, sender),
        text="",
        at=activity.timestamp or arrival.received_at,
        thread_keys=(thread_key(place.conversation),),
        opens=False,
        revises=_original(activity, place),
        is_withdrawn=True,
        raw=arrival.body,
    )


def _is_message(activity: Activity) -> bool:
    """A message, or one that was edited; an undone deletion is no news."""
    if activity.type == "messageUpdate":
        data = activity.channelData
        return data is not None and data.eventType == "editMessage"
    if activity.type == "messageDelete":
        data = activity.channelData
        return data is not None and data.eventType == "softDeleteMessage"
    return activity.type == "message"


def _is_bot(sender: _Account) -> bool:
    return sender.id.startswith("28:") or sender.role in ("bot", "skill")


def _mentioned(activity: Activity) -> set[str]:
    entities = activity.entities or ()
    return {item.mentioned.id for item in entities if item.type == "mention" and item.mentioned}


def _is_called(activity: Activity, own: set[str]) -> bool:
    """For us: said to us alone, with our name, or with a button of ours."""
    kind = activity.conversation.conversationType if activity.conversation else None
    return kind not in _TEAM_PLACES or bool(_mentioned(activity) & own) or bool(activity.choice)


def _may_follow(activity: Activity, own: set[str]) -> bool:
    """In a known thread of a channel a remark belongs to the conversation, unless it calls a colleague. A group's
    chat has no threads: there everything else is theirs."""
    kind = activity.conversation.conversationType if activity.conversation else None
    return kind == "channel" and not _mentioned(activity) - own


def plain(activity: Activity, own: set[str]) -> str:
    """What the person sees, as plain text; mentions of us are left out."""
    text = activity.text or ""
    for entity in activity.entities or ():
        if entity.type == "mention" and entity.mentioned and entity.mentioned.id in own:
            text = text.replace(entity.text or "\x00", " ")
    text = html.unescape(_AT.sub(r"@\1", text)).replace("\x00", "").replace("\xa0", " ")
    return "\n".join(line.strip() for line in text.splitlines()).strip()


def _name_of(activity: Activity, place: Place) -> ExternalId:
    """An edit has the id of what it changes, so its time or words tell it apart; a retry has both."""
    if activity.type == "messageUpdate":
        return ExternalId(f"edit:{place.conversation}:{activity.id}:{_version(activity)}")
    return ExternalId(f"message:{place.conversation}:{activity.id}")


def _version(activity: Activity) -> str:
    if activity.timestamp is not None:
        return activity.timestamp.isoformat()
    return sha256((activity.text or "").encode()).hexdigest()


def _sender(activity: Activity, sender: _Account) -> Sender:
    """A person of an organisation. The directory's id is the same for every bot; guests of meetings have none."""
    tenant = next(iter(sorted(activity.tenants)), "")
    value = f"{tenant}/{sender.aadObjectId or sender.id}"
    return Sender(AddressKind.TEAMS, value, Verified.CHANNEL, (sender.name or "")[:200])


def _language(locale: str) -> str:
    found = _LANGUAGE.fullmatch(locale)
    return found[1] if found else ""


def _is_file(file: _File) -> bool:
    """The formatted twin of the text and quoted cards are no files."""
    is_card = file.contentType.startswith("application/vnd.microsoft.card")
    return file.contentType not in ("", "text/html", "messageReference") and not is_card


def _named(files: list[_File]) -> tuple[Attached, ...]:
    """Each under a name of its own, by which it is known until it is fetched."""
    found: dict[str, Attached] = {}
    for file in files[:20]:
        kind = file.contentType if _TYPE.fullmatch(file.contentType) else ""
        is_upload = kind == _UPLOAD
        plain = "" if is_upload or kind.endswith("*") else kind
        end = guess_extension(plain) or "" if plain.startswith("image/") else ""
        stem, dot, rest = (file.name or f"file{end}")[:200].rpartition(".")
        name, count = f"{stem}{dot}{rest}", 1
        while name in found:
            count += 1
            name = f"{stem} ({count}){dot}{rest}" if dot else f"{rest} ({count})"
        found[name] = Attached(
            name=name,
            media_type=plain or "application/octet-stream",
            content=b"",
            problem=f"kept in Teams: {file.contentUrl}" if file.contentUrl else "kept in Teams",
            reference=_address(file),
        )
    return tuple(found.values())


def _address(file: _File) -> str:
    """Where the content is: of an upload in OneDrive an address that is good for minutes, of a pasted picture one at the
    service that brought the message."""
    if file.contentType == _UPLOAD:
        told = file.content.get("downloadUrl") if isinstance(file.content, dict) else None
    else:
        told = file.contentUrl if file.contentType.startswith("image/") else None
    return told if isinstance(told, str) and re.fullmatch(r"https?://[!-~]{1,4000}", told) else ""

"""Messenger and Instagram: what their webhooks say, read as messages of customers. WhatsApp is `graph_whatsapp`."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import Field, ValidationError

from channels.graph_places import message_key, person_key, sender_of
from channels.graph_settings import GraphSettings
from channels.payload import Payload
from core.errors import MalformedPayload
from core.ids import ExternalId
from core.message import Attached, Delivery, Inbound, Report

Json = dict[str, Any]

_OBJECTS = {"messenger": "page", "instagram": "instagram"}
_KINDS = {
    "image": ("picture.jpg", "image/jpeg"),
    "video": ("video.mp4", "video/mp4"),
    "audio": ("voice message", "audio/mp4"),
    "file": ("file", "application/octet-stream"),
}
_SHARED = "shared in the app"
_KEPT = {
    "story_mention": "a story in which they name you",
    "share": "a post that they share",
    "ig_post": "a post that they share",
    "reel": "a reel that they share",
    "ig_reel": "a reel that they share",
}
"""What stays at Meta, where it is gone a day later or whenever its owner likes: what it is, for people."""

Id = Annotated[str, Field(min_length=1, max_length=300)]
Person = Annotated[str, Field(pattern=r"^[0-9]{0,40}$")]
Milliseconds = Annotated[int, Field(ge=0, le=2**43)]


class _Person(Payload):
    id: Person = ""


class _File(Payload):
    type: str = ""
    payload: Json | None = None


class _Choice(Payload):
    payload: str = ""


class _Message(Payload):
    mid: Id
    text: str = ""
    is_echo: bool = False
    is_deleted: bool = False
    is_unsupported: bool = False
    quick_reply: _Choice = _Choice()
    attachments: list[_File] = []


class _Edit(Payload):
    mid: Id
    text: str = ""
    num_edit: int = 0


class _Postback(Payload):
    mid: str = Field(default="", max_length=300)
    title: str = ""
    payload: str = ""


class _Reaction(Payload):
    mid: Id
    action: str = ""
    emoji: str = ""


class _Delivered(Payload):
    mids: list[str] = Field(default=[], max_length=500)


class _Read(Payload):
    mid: str = Field(default="", max_length=300)
    watermark: Milliseconds = 0


class _Item(Payload):
    sender: _Person = _Person()
    timestamp: Milliseconds = 0
    message: _Message | None = None
    message_edit: _Edit | None = None
    postback: _Postback | None = None
    reaction: _Reaction | None = None
    delivery: _Delivered | None = None
    read: _Read | None = None


class _Entry(Payload):
    id: str = ""
    messaging: list[_Item] = []


class _Call(Payload):
    object: str
    entry: list[_Entry] = []


def _items(body: bytes, settings: GraphSettings) -> list[_Item]:
    """What happened between people and this account. Raises `MalformedPayload`."""
    try:
        call = _Call.model_validate_json(body)
    except ValidationError as error:
        raise MalformedPayload("this is not a call of Meta's") from error
    if call.object != _OBJECTS[settings.product]:
        raise MalformedPayload("this is about another product of Meta's")
    return [
        item for entry in call.entry if entry.id == settings.account for item in entry.messaging
    ]


def read_messages(body: bytes, settings: GraphSettings) -> list[Inbound]:
    """What people wrote, changed, chose, sent or felt; [] for all else, our own words too."""
    found = [_inbound(item, body, settings) for item in _items(body, settings)]
    return [inbound for inbound in found if inbound is not None]


def read_reports(body: bytes, settings: GraphSettings) -> list[Report]:
    """What arrived and what was read. Messenger tells reading by a time: all until then, with one person."""
    found = []
    for item in _items(body, settings):
        if item.delivery is not None:
            found += [
                Report(Delivery.DELIVERED, provider_id=mid) for mid in item.delivery.mids if mid
            ]
        if item.read is not None and item.read.mid:
            found.append(Report(Delivery.READ, provider_id=item.read.mid))
        elif item.read is not None and item.read.watermark and item.sender.id:
            thread = person_key(settings, item.sender.id)
            found.append(Report(Delivery.READ, thread=thread, until=_time(item.read.watermark)))
    return found


def _inbound(item: _Item, raw: bytes, settings: GraphSettings) -> Inbound | None:
    person = item.sender.id
    said = _said(item)
    if said is None or person in ("", settings.account):
        return None
    external, message, text, files = said
    is_gone = item.message is not None and item.message.is_deleted
    if not text and not files and not is_gone:
        return None
    is_said = item.message is not None and not is_gone
    # An edit whose original is still on its way counts like a message.
    is_new = is_said or item.message_edit is not None or item.postback is not None
    key = person_key(settings, person)
    return Inbound(
        external_id=ExternalId(external),
        sender=sender_of(settings, person),
        text=text,
        at=_time(item.timestamp),
        thread_keys=(key,),
        own_keys=(key, message_key(settings, person, message)),
        claims_conversation=True,
        # A heart begins no conversation, and asks for nothing.
        opens=is_new,
        revises=_revised(item),
        is_withdrawn=is_gone,
        is_automatic=item.reaction is not None,
        attachments=files,
        raw=raw,
    )


def _said(item: _Item) -> tuple[str, str, str, tuple[Attached, ...]] | None:
    """External id, message id, words and files of what a person did; None for all else."""
    message, edit, back, reaction = item.message, item.message_edit, item.postback, item.reaction
    if message is not None and message.is_deleted and not message.is_echo:
        return f"deleted:{message.mid}", message.mid, "", ()
    if message is not None and not message.is_echo:
        text = message.quick_reply.payload or message.text or _where(message)
        return message.mid, message.mid, _clean(text), _files(message)
    if edit is not None:
        return f"edit:{edit.num_edit}:{edit.mid}", edit.mid, _clean(edit.text), ()
    if back is not None:
        known = back.mid or f"postback:{item.sender.id}:{item.timestamp}"
        return known, known, _clean(back.payload or back.title), ()
    if reaction is not None and reaction.action == "react":
        external = f"reaction:{reaction.mid}:{item.timestamp}"
        return external, reaction.mid, _clean(reaction.emoji), ()
    return None


def _revised(item: _Item) -> ExternalId | None:
    """The id of the message that is changed, or taken back."""
    if item.message_edit is not None:
        return ExternalId(item.message_edit.mid)
    is_gone = item.message is not None and item.message.is_deleted
    return ExternalId(item.message.mid) if item.message is not None and is_gone else None


def _files(message: _Message) -> tuple[Attached, ...]:
    """Files are named, and fetched once the message is stored. Shared posts stay where they are."""
    found = []
    if message.is_unsupported:
        found.append(_left("message"))
    for place, file in enumerate(message.attachments[:20], 1):
        name, kind = _KINDS.get(
            file.type, (_KEPT.get(file.type, _SHARED), "application/octet-stream")
        )
        url = str((file.payload or {}).get("url", ""))
        fetched = file.type in _KINDS and re.fullmatch(r"https?://[!-~]{1,2000}", url)
        stem, dot, end = name.partition(".")
        found.append(
            Attached(
                name if place == 1 else f"{stem} {place}{dot}{end}",
                kind,
                b"",
                problem="not fetched yet" if fetched else "kept at Meta",
                reference=url if fetched else "",
            )
        )
    return tuple(found)


def _left(name: str) -> Attached:
    return Attached(name, "application/octet-stream", b"", problem="kept at Meta")


def _where(message: _Message) -> str:
    """Where somebody is, if they share that."""
    for file in message.attachments:
        about = (file.payload or {}).get("coordinates")
        found = [about.get(name) for name in ("lat", "long")] if isinstance(about, dict) else []
        if file.type == "location" and all(isinstance(one, float | int) for one in found):
            return ", ".join(f"{one:.6f}" for one in found)
    return ""


def _clean(text: str) -> str:
    return text.replace("\x00", "").strip()


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)

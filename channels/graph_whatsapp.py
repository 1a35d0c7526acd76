"""WhatsApp: what its webhook says, read as messages of customers. Messenger and Instagram are `graph_messaging`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field, ValidationError

from channels.graph_errors import opts_out, reason_of
from channels.graph_places import message_key, person_key, sender_of
from channels.graph_settings import GraphSettings
from channels.payload import Payload
from core.errors import MalformedPayload
from core.ids import ExternalId
from core.message import Attached, Delivery, Inbound, Report

Json = dict[str, Any]

_FILES = {"image": "picture", "video": "video", "audio": "voice message", "document": "document"}
_SAID = frozenset(
    {
        "text",
        "interactive",
        "button",
        "reaction",
        "location",
        "contacts",
        "order",
        *_FILES,
        "sticker",
    }
)
_NEWS = frozenset({"", "system", "request_welcome"})
"""News of WhatsApp's own, which nobody said."""
_DELIVERIES = {
    "sent": Delivery.SENT,
    "delivered": Delivery.DELIVERED,
    "read": Delivery.READ,
    "played": Delivery.READ,
    "failed": Delivery.FAILED,
}

Id = Annotated[str, Field(min_length=1, max_length=300)]
Person = Annotated[str, Field(pattern=r"^[A-Za-z0-9.]{0,80}$")]
Seconds = Annotated[str, Field(pattern=r"^[0-9]{1,10}$")]


class _Text(Payload):
    body: str = ""


class _Choice(Payload):
    id: str = ""
    title: str = ""


class _Interactive(Payload):
    button_reply: _Choice | None = None
    list_reply: _Choice | None = None


class _Pressed(Payload):
    text: str = ""


class _Reaction(Payload):
    emoji: str = ""


class _Location(Payload):
    latitude: float = 0.0
    longitude: float = 0.0
    name: str = ""
    address: str = ""


class _Name(Payload):
    formatted_name: str = ""


class _Phone(Payload):
    phone: str = ""


class _Mail(Payload):
    email: str = ""


class _Card(Payload):
    """Somebody's entry in an address book."""

    name: _Name = _Name()
    phones: list[_Phone] = []
    emails: list[_Mail] = []


class _Item(Payload):
    product_retailer_id: str = ""
    quantity: int = 1


class _Order(Payload):
    text: str = ""
    product_items: list[_Item] = []


class _Message(Payload):
    """A message. Its files are read from `model_extra`, by their kind."""

    model_config = ConfigDict(extra="allow", frozen=True)

    id: Id
    sender: Person = Field(default="", alias="from")
    from_user_id: Person = ""
    timestamp: Seconds
    type: str = ""
    text: _Text = _Text()
    interactive: _Interactive = _Interactive()
    button: _Pressed = _Pressed()
    reaction: _Reaction = _Reaction()
    location: _Location = _Location()
    contacts: list[_Card] = []
    order: _Order = _Order()

    @property
    def person(self) -> str:
        """The phone number; of people who hide it, the id under which they write to this business."""
        return self.sender or self.from_user_id

    @property
    def marks(self) -> tuple[str, ...]:
        """Both, where both are told: a number may be hidden or shown from one message to the next."""
        return tuple(mark for mark in (self.sender, self.from_user_id) if mark)


class _Profile(Payload):
    name: str = ""


class _Contact(Payload):
    wa_id: str = ""
    user_id: str = ""
    profile: _Profile = _Profile()


class _Error(Payload):
    code: int = 0


class _Status(Payload):
    id: Id
    status: str = ""
    biz_opaque_callback_data: str = Field(default="", max_length=512)
    errors: list[_Error] = []


class _Account(Payload):
    phone_number_id: str = ""


class _Value(Payload):
    metadata: _Account = _Account()
    contacts: list[_Contact] = []
    messages: list[_Message] = []
    statuses: list[_Status] = []


class _Change(Payload):
    field: str = ""
    value: Json = {}


class _Entry(Payload):
    changes: list[_Change] = []


class _Call(Payload):
    object: str
    entry: list[_Entry] = []


def _values(body: bytes, settings: GraphSettings) -> list[_Value]:
    """What is said about this number; a call may carry news of others, too. Raises `MalformedPayload`."""
    try:
        call = _Call.model_validate_json(body)
        if call.object != "whatsapp_business_account":
            raise MalformedPayload("this is not about a WhatsApp account")
        values = [
            _Value.model_validate(change.value)
            for entry in call.entry
            for change in entry.changes
            if change.field == "messages"
        ]
    except ValidationError as error:
        raise MalformedPayload("this is not a call of WhatsApp's") from error
    return [value for value in values if value.metadata.phone_number_id == settings.account]


def read_messages(body: bytes, settings: GraphSettings) -> list[Inbound]:
    """What people wrote, chose, sent or felt; [] for all else."""
    found = []
    for value in _values(body, settings):
        names = {
            mark: contact.profile.name
            for contact in value.contacts
            for mark in (contact.wa_id, contact.user_id)
        }
        for message in value.messages:
            inbound = _inbound(message, names, body, settings)
            if inbound is not None:
                found.append(inbound)
    return found


def read_reports(body: bytes, settings: GraphSettings) -> list[Report]:
    """What became of messages of ours; each names the key that was given along."""
    return [
        Report(
            delivery=_DELIVERIES[status.status],
            key=status.biz_opaque_callback_data,
            provider_id=status.id,
            problem=reason_of(status.errors[0].code) if status.errors else "",
            has_opted_out=any(opts_out(error.code) for error in status.errors),
        )
        for value in _values(body, settings)
        for status in value.statuses
        if status.status in _DELIVERIES
    ]


def _inbound(
    message: _Message, names: Mapping[str, str], raw: bytes, settings: GraphSettings
) -> Inbound | None:
    person = message.person
    text, files = _words(message), _files(message)
    if not person or not (text or files):
        return None
    is_reaction = message.type == "reaction"
    keys = tuple(person_key(settings, mark) for mark in message.marks)
    return Inbound(
        external_id=ExternalId(message.id),
        sender=sender_of(settings, person, names.get(person, "")),
        text=text,
        at=datetime.fromtimestamp(int(message.timestamp), UTC),
        thread_keys=keys,
        own_keys=(*keys, message_key(settings, person, message.id)),
        claims_conversation=True,
        # A thumb under an answer asks for nothing: it is kept, opens nothing and is not answered.
        opens=not is_reaction,
        is_automatic=is_reaction,
        attachments=files,
        raw=raw,
    )


def _words(message: _Message) -> str:
    """What the person said, by the kind of message. Captions stand with their file."""
    match message.type:
        case "text":
            words = message.text.body
        case "interactive":
            choice = message.interactive.button_reply or message.interactive.list_reply
            words = (choice.id or choice.title) if choice else ""
        case "button":
            words = message.button.text
        case "reaction":
            words = message.reaction.emoji
        case "location":
            at = message.location
            parts = (at.name, at.address, f"{at.latitude:.6f}, {at.longitude:.6f}")
            words = "\n".join(part for part in parts if part)
        case "contacts":
            words = "\n\n".join(map(_card, message.contacts))
        case "order":
            items = [
                f"{one.quantity} × {one.product_retailer_id}" for one in message.order.product_items
            ]
            words = "\n".join([message.order.text, *items])
        case _:
            words = str(_extra(message).get("caption") or "")
    return words.replace("\x00", "").strip()


def _card(card: _Card) -> str:
    lines = (
        card.name.formatted_name,
        *(one.phone for one in card.phones),
        *(one.email for one in card.emails),
    )
    return "\n".join(line for line in lines if line)


def _files(message: _Message) -> tuple[Attached, ...]:
    """Files are named, and fetched once the message is stored."""
    about = _extra(message)
    if message.type not in _SAID | _NEWS or _is_form(message):
        return (Attached("message", "application/octet-stream", b"", problem="kept in WhatsApp"),)
    if message.type not in {*_FILES, "sticker"} or not about:
        return ()
    media = str(about.get("id", ""))
    kind = str(about.get("mime_type", "")).partition(";")[0].strip()
    if not re.fullmatch(r"[\w.+-]{1,60}/[\w.+-]{1,60}", kind, re.ASCII):
        kind = "application/octet-stream"
    name = str(about.get("filename") or _FILES.get(message.type, "sticker"))
    reference = f"media:{media}" if re.fullmatch(r"[0-9]{1,40}", media) else ""
    return (Attached(name[:200], kind, b"", problem="not fetched yet", reference=reference),)


def _is_form(message: _Message) -> bool:
    """A form that was filled in within WhatsApp."""
    choice = message.interactive.button_reply or message.interactive.list_reply
    return message.type == "interactive" and choice is None


def _extra(message: _Message) -> Json:
    about = (message.model_extra or {}).get(message.type)
    return about if isinstance(about, dict) else {}

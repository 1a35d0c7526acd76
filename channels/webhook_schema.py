"""What an attached system and we say to each other, as JSON. Described for its authors in docs/channels/webhook.md."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from core.errors import MalformedPayload
from core.message import Delivery, Outbound
from core.rich_html import html_of

Id = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,200}$")]
"""Printable ASCII without spaces."""


class _Strict(BaseModel):
    """Our own words: a field that we do not know is a slip of whoever writes it, and is told."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _storable(text: object) -> object:
    """Without the one sign that no database keeps."""
    return text.replace("\x00", "") if isinstance(text, str) else text


class Person(_Strict):
    """Who writes."""

    id: Id
    name: str = Field(default="", max_length=200)


class CustomerMessage(_Strict):
    """What a customer said."""

    type: Literal["message"]
    id: Id
    conversation: Id
    sender: Person
    text: Annotated[
        str,
        BeforeValidator(_storable),
        StringConstraints(strip_whitespace=True, min_length=1, max_length=50_000),
    ]
    at: AwareDatetime | None = None
    language: str = Field(default="", pattern=r"^([a-z]{2})?$")
    edits: Id | None = None
    """The id of the message that this one corrects."""
    automatic: bool = False

    @field_validator("edits")
    @classmethod
    def _is_another(cls, edits: str | None, told: ValidationInfo) -> str | None:
        if edits is not None and edits == told.data.get("id"):
            raise ValueError("an edit needs an id of its own")
        return edits


class DeliveryWord(_Strict):
    """What became of a reply of ours."""

    type: Literal["delivery"]
    message: Id
    state: Literal["sent", "delivered", "read", "failed"]
    problem: str = Field(default="", max_length=500)

    @property
    def delivery(self) -> Delivery:
        """The state in our terms."""
        return Delivery(self.state)


class _Kind(BaseModel):
    type: str


def read(body: bytes) -> CustomerMessage | DeliveryWord | None:
    """What is said, None for kinds that we do not know. Raises `MalformedPayload`, which names the fields."""
    try:
        kind = _Kind.model_validate_json(body).type
        if kind == "message":
            return CustomerMessage.model_validate_json(body)
        return DeliveryWord.model_validate_json(body) if kind == "delivery" else None
    except ValidationError as error:
        places = [".".join(map(str, item["loc"])) or "the body" for item in error.errors()]
        raise MalformedPayload(f"not as the page says: {', '.join(places)[:200]}") from error


def written(outbound: Outbound, conversation: str | None, person: str) -> bytes:
    """A reply."""
    reply: dict[str, Any] = {
        "type": "reply",
        "id": outbound.key,
        "conversation": conversation,
        "to": {"id": person},
        "text": outbound.text,
        "author": outbound.author or None,
        "automatic": outbound.is_automatic,
        "buttons": [{"title": item.title, "value": item.value} for item in outbound.buttons],
        "sources": [{"title": item.title, "url": item.url} for item in outbound.citations],
        "files": [
            {
                "name": file.name,
                "media_type": file.media_type,
                "size": len(file.content),
                "url": file.link,
            }
            for file in outbound.attachments
        ],
        "at": outbound.at.isoformat() if outbound.at else None,
    }
    if outbound.rich:
        reply["html"] = html_of(outbound.rich)
    return json.dumps(reply, ensure_ascii=False).encode()

"""The encrypted content of messages and addresses as plain values. Which rows hold them is `store.models`."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any
from uuid import UUID

from pydantic_core import from_json, to_json

from core.knowledge import Citation, Suggestion
from core.message import AddressKind, Button, Reply, Sender, Verified
from core.rich import Rich, as_json, rich_of
from store.models import Address, Message
from store.vault import Vault


@dataclass(frozen=True, slots=True)
class Body:
    """Everything of a message that could name a person. Citations and so on are plain JSON of `core` values."""

    text: str
    subject: str = ""
    html: str = ""
    quoted: str = ""
    client_id: str = ""
    citations: list[dict[str, Any]] = field(default_factory=list)
    suggestions: list[dict[str, Any]] = field(default_factory=list)
    buttons: list[dict[str, Any]] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of_reply(cls, reply: Reply) -> Body:
        """The body of something the bot or an agent says."""
        return cls(
            text=reply.text,
            citations=[_plain(item) for item in reply.citations],
            suggestions=[_plain(item) for item in reply.suggestions],
            buttons=[_plain(item) for item in reply.buttons],
            extra=_form_of(reply) | _answers_of(reply),
        )

    @property
    def rich(self) -> Rich:
        """The words with their form; empty where they have none."""
        return rich_of(self.extra.get(FORM, ()))

    @property
    def answers(self) -> list[tuple[str, list[str]]]:
        """Which of several questions of a message this answers, each with the revisions it cites; empty where there was one."""
        return [(str(one["asked"]), list(one["cites"])) for one in self.extra.get(_ANSWERS, ())]

    @property
    def typed(self) -> str:
        """The words as their author wrote them, signs included."""
        return str(self.extra.get(_TYPED, "")) or self.text


FORM, _TYPED, _ANSWERS = "rich", "typed", "answers"
"""Kept beside the plain words and not in fields of their own, so that code which knows no form reads these bodies too."""


def _form_of(reply: Reply) -> dict[str, Any]:
    return {FORM: as_json(reply.rich), _TYPED: reply.typed} if reply.rich else {}


def _answers_of(reply: Reply) -> dict[str, Any]:
    each = [one for one in reply.answers or (reply,) if one.asked]
    told = [
        {"asked": one.asked, "cites": sorted({item.revision for item in one.citations})}
        for one in each
    ]
    return {_ANSWERS: told} if told else {}


_PARTS = tuple(part.name for part in fields(Body))


_NAMES = {
    kind: tuple(part.name for part in fields(kind)) for kind in (Citation, Suggestion, Button)
}


def _plain(item: Citation | Suggestion | Button) -> dict[str, str]:
    """As JSON: these hold nothing but text, of which `asdict` would make copies."""
    return {name: getattr(item, name) for name in _NAMES[type(item)]}


def seal_body(vault: Vault, address: Address, message: Message, body: Body) -> bytes:
    """Ciphertext of a body for this row; empty fields are left out."""
    # Its lists hold plain JSON already: `asdict` would copy them whole.
    content = {name: value for name in _PARTS if (value := getattr(body, name))}
    text = to_json(content)
    return vault.seal(address.key_wrapped, address.id, f"message.body:{message.id}", text)


def open_body(vault: Vault, message: Message) -> Body:
    """The body of a message; `message.address` must be loaded. Raises `Erased` after erasure."""
    address = message.address
    sealed = bytes(message.body_cipher)
    content = open_content(vault, message.id, sealed, address.id, address.key_wrapped)
    return Body(**{"text": "", **content})


def open_content(
    vault: Vault, message: UUID, sealed: bytes, address: UUID, key: bytes | memoryview | None
) -> dict[str, Any]:
    """What of a body is not empty, by the names of `Body`, from columns alone. Raises `Erased` after erasure."""
    content: dict[str, Any] = from_json(
        vault.open(key, address, f"message.body:{message}", sealed) or b"{}"
    )
    return content


def seal_json(vault: Vault, address: Address, place: str, value: Any) -> bytes:
    """Ciphertext of a JSON value under an address's key."""
    text = to_json(value, fallback=str)
    return vault.seal(address.key_wrapped, address.id, place, text)


def open_json(vault: Vault, address: Address, place: str, sealed: bytes) -> Any:
    """What `seal_json` sealed; an empty ciphertext opens to {}."""
    return from_json(vault.open(address.key_wrapped, address.id, place, bytes(sealed)) or b"{}")


def sender_of(vault: Vault, address: Address) -> Sender:
    """The address in the clear, as adapters take it."""
    key, row = address.key_wrapped, address.id
    return Sender(
        kind=AddressKind(address.kind),
        value=vault.open(key, row, f"address.value:{row}", bytes(address.value_cipher)).decode(),
        verified=Verified(address.verified),
        display_name=vault.open(
            key, row, f"address.name:{row}", bytes(address.name_cipher)
        ).decode(),
    )

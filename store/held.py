"""Replies that are not said yet, and drafts: words of people that wait beside a conversation, sealed under its key."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from core.errors import Conflict, MalformedPayload
from store.bodies import open_json, seal_json
from store.models import Address, Conversation, Draft, HeldReply, Message, User
from store.receiving import Filed
from store.vault import Erased, Vault, VaultError

UPLOADED_FOR = timedelta(days=1)
"""How long a file waits for its reply."""


@dataclass(frozen=True, slots=True)
class Written:
    """What somebody wrote to the customer. `then`: nothing, `wait` or `resolve`; `macro`: the one it was made with;
    `way`: how it goes out (`store.ways.Reach.name`), where not as they wrote last; `form`: how it was typed
    (`bot.rich.FORMATS`), empty for plain; `also`: mail addresses that get a copy."""

    text: str = field(repr=False)
    then: str = ""
    files: tuple[Filed, ...] = ()
    macro: UUID | None = None
    way: str = ""
    form: str = ""
    also: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Held:
    """A reply that waits, as a page shows it. `problem`: why it did not go out when its time came."""

    id: UUID
    by: UUID
    name: str
    text: str = field(repr=False)
    files: tuple[str, ...] = field(repr=False)
    then: str
    send_at: datetime
    is_scheduled: bool
    problem: str
    form: str = ""


def hold(
    vault: Vault,
    conversation: Conversation,
    user: User,
    written: Written,
    send_at: datetime,
    now: datetime,
    *,
    is_scheduled: bool,
) -> HeldReply:
    """Keeps a reply until its time, in the caller's transaction."""
    row = HeldReply(
        conversation=conversation,
        user=user,
        then=written.then,
        send_at=send_at,
        is_scheduled=is_scheduled,
        seen=conversation.last_seq,
        made_at=now,
    )
    body = {
        "text": written.text,
        "macro": str(written.macro or ""),
        "way": written.way,
        "form": written.form,
        "also": list(written.also),
        "files": [_file_to_json(file) for file in written.files],
    }
    row.body_cipher = seal_json(vault, conversation.address, f"held:{row.id}", body)
    row.save(force_insert=True)
    return row


def written_in(vault: Vault, row: HeldReply) -> Written:
    """What a held reply says; `conversation__address` is loaded. Raises `Erased`."""
    body = open_json(vault, row.conversation.address, f"held:{row.id}", bytes(row.body_cipher))
    files = tuple(_file_from_json(value) for value in body.get("files", ()))
    macro = UUID(body["macro"]) if body.get("macro") else None
    said = {name: str(body.get(name, "")) for name in ("text", "way", "form")}
    also = tuple(map(str, body.get("also", ())))
    return Written(then=row.then, files=files, macro=macro, also=also, **said)


def held_rows(number: int) -> list[HeldReply]:
    """What waits on a ticket, in the order in which it will go out; read before the thread, so that nothing is shown
    as kept back for words that the thread beside it does not have yet."""
    rows = HeldReply.objects.filter(conversation__ticket__number=number).select_related("user")
    return list(rows.order_by("send_at"))


def held_in(
    vault: Vault, conversation: Conversation, rows: Sequence[HeldReply] | None = None
) -> tuple[Held, ...]:
    """What waits in a conversation, as pages show it; `rows`: of it, as they were read before."""
    found = []
    for row in held_rows(conversation.ticket.number) if rows is None else rows:
        row.conversation = conversation
        try:
            said = written_in(vault, row)
        except Erased:
            continue
        names = tuple(file.name for file in said.files)
        found.append(
            Held(
                row.id, row.user_id, row.user.name, said.text, names, row.then,
                row.send_at, row.is_scheduled, row.problem, said.form,
            )
        )  # fmt: skip
    return tuple(found)


def name_file(
    vault: Vault, conversation: Conversation, user: User, file: Filed, now: datetime
) -> str:
    """A word for a kept file, from which this person's reply here gets it back; nobody else can read it."""
    body = {"file": _file_to_json(file), "at": now.isoformat()}
    sealed = seal_json(vault, conversation.address, _upload(user, conversation.id), body)
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def file_named(
    vault: Vault, conversation: Conversation, user: User, name: str, now: datetime
) -> Filed:
    """The file that `name_file` named. Raises `MalformedPayload` for any other word, and after a day."""
    try:
        sealed = base64.b64decode(name + "=" * (-len(name) % 4), b"-_", validate=True)
        body = open_json(vault, conversation.address, _upload(user, conversation.id), sealed)
        at = datetime.fromisoformat(body["at"])
    except (ValueError, KeyError, VaultError) as error:
        raise MalformedPayload("This names no file that you uploaded for this ticket.") from error
    if now - at > UPLOADED_FOR:
        raise MalformedPayload("This file was uploaded more than a day ago: upload it again.")
    return _file_from_json(body["file"])


def must_have_seen(conversation: Conversation, seen: int) -> None:
    """Raises `Conflict` when the customer wrote, or a colleague answered, after number `seen`."""
    newer = Message.objects.filter(
        Q(author=Message.Author.CUSTOMER, is_automatic=False) | Q(author=Message.Author.AGENT),
        conversation=conversation,
        seq__gt=seen,
    ).exclude(kind=Message.Kind.NOTE)
    if newer.exists():
        raise Conflict("Something was said meanwhile. Read it, then send again.")


def keep_draft(
    vault: Vault,
    conversation: Conversation,
    user: User,
    mode: str,
    text: str,
    now: datetime,
    form: str = "",
) -> None:
    """What this person is writing, in which format; an empty text forgets it."""
    if not text.strip():
        forget_draft(conversation.id, user, mode)
        return
    address = conversation.address
    said = {"text": text, **({"form": form} if form else {})}
    sealed = seal_json(vault, address, _place(user, conversation.id, mode), said)
    Draft.objects.update_or_create(
        user=user, conversation=conversation, mode=mode, defaults={"body_cipher": sealed, "at": now}
    )


def forget_draft(conversation: UUID, user: User, mode: str) -> None:
    """It was sent, or thrown away."""
    Draft.objects.filter(user=user, conversation=conversation, mode=mode).delete()


def drafts_of(vault: Vault, conversation: Conversation, user: User) -> dict[str, str]:
    """What this person was writing here, by mode, and under `<mode>_form` its format where it is not plain."""
    found: dict[str, str] = {}
    for row in Draft.objects.filter(user=user, conversation=conversation):
        said = _opened(vault, conversation.address, row)
        found[row.mode] = str(said.get("text", ""))
        if form := str(said.get("form", "")):
            found[f"{row.mode}_form"] = form
    return found


def _opened(vault: Vault, address: Address, row: Draft) -> dict[str, Any]:
    place = f"draft:{row.user_id}:{row.conversation_id}:{row.mode}"
    try:
        return dict(open_json(vault, address, place, bytes(row.body_cipher)))
    except Erased:
        return {}


def _upload(user: User, conversation: UUID) -> str:
    return f"upload:{user.id}:{conversation}"


def _place(user: User, conversation: UUID, mode: str) -> str:
    return f"draft:{user.id}:{conversation}:{mode}"


def _file_to_json(file: Filed) -> dict[str, Any]:
    return {**asdict(file), "key": base64.b64encode(file.key).decode()}


def _file_from_json(value: dict[str, Any]) -> Filed:
    return Filed(**{**value, "key": base64.b64decode(value["key"])})


def total_size(files: Sequence[Filed]) -> int:
    """Bytes of all these files."""
    return sum(file.size for file in files)

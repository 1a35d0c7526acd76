"""What others write about us in public: kept once, judged, ignored, or made a conversation when somebody must answer. The verbs are `bot.posts`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from core.decision import Case
from core.errors import IllegalTransition, NotFound
from core.ids import ExternalId
from core.message import Inbound
from core.post import Judged, Looked, PostChange, Posted
from store.addresses import address_of
from store.bodies import open_json, seal_json, sender_of
from store.models import (
    Address,
    Conversation,
    ConversationKey,
    Inbox,
    InboxRow,
    PublicPost,
)
from store.vault import Erased, Vault

State = PublicPost.State
_KEPT = 5
"""Earlier wordings that are kept."""


@dataclass(frozen=True, slots=True)
class PostBody:
    """Everything of a post that could name a person. `private`: value and name of the author's private address;
    `routed`, `case`: the router's verdict and what it saw, as JSON."""

    key: str
    text: str = ""
    link: str = ""
    was: list[str] = field(default_factory=list)
    private: list[str] = field(default_factory=list)
    routed: dict[str, Any] = field(default_factory=dict)
    case: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A post that is to be judged. `is_known`: its author and words are here."""

    inbox: UUID
    brand: str
    channel: str
    text: str = field(repr=False)
    language: str
    is_known: bool
    is_new: bool


@dataclass(frozen=True, slots=True)
class ShownPost:
    """A post for those who look at it. `ticket`: what it became; `is_erased`: its words are gone."""

    row: PublicPost
    author: str = field(repr=False)
    body: PostBody = field(repr=False)
    ticket: int | None
    is_erased: bool = False


# ---- arriving -----------------------------------------------------------------------------------


def goes_on(vault: Vault, inbox: Inbox, posted: Posted) -> bool:
    """True for what belongs to a conversation of its author's: said under it, or changed in it."""
    keys = posted.parents if posted.change is PostChange.NEW else (posted.key,)
    lookups = [vault.lookup("thread", key) for key in keys]
    known = ConversationKey.objects.filter(inbox=inbox, lookup__in=lookups)
    theirs = known.exclude(conversation__status=Conversation.Status.CLOSED)
    if posted.change is PostChange.NEW:
        theirs = theirs.filter(conversation__address=_known_author(vault, inbox, posted))
    return theirs.exists()


def _known_author(vault: Vault, inbox: Inbox, posted: Posted) -> Address | None:
    if posted.author is None:
        return None
    lookup = vault.lookup("address", posted.author.kind, posted.author.value)
    rows = Address.objects.filter(brand=inbox.brand_id, kind=posted.author.kind, lookup=lookup)
    return rows.first()


def inbound_of(posted: Posted) -> Inbound:
    """The post as a message of a conversation that is there already."""
    assert posted.author is not None
    is_new = posted.change is PostChange.NEW
    return Inbound(
        external_id=ExternalId(posted.key) if is_new else posted.external_id,
        sender=posted.author,
        text=posted.text,
        at=posted.at,
        thread_keys=(posted.key, *posted.parents),
        own_keys=(posted.key,),
        opens=False,
        extra=extra_of(posted.link),
        revises=None if is_new else ExternalId(posted.key),
        is_withdrawn=posted.change is PostChange.REMOVED,
    )


def extra_of(link: str) -> dict[str, Any]:
    """What its message says beside its words."""
    return {"marks": ["public"], **({"link": link} if link else {})}


def arrive(vault: Vault, inbox: Inbox, posted: Posted, now: datetime) -> UUID | None:
    """Keeps a post, or what happened to one, in the caller's transaction; the post that is to be judged, None where
    there is nothing new to judge."""
    lookup = vault.lookup("post", posted.key)
    row = (
        PublicPost.objects.select_for_update(of=("self",))
        .select_related("address")
        .filter(inbox=inbox, lookup=lookup)
        .first()
    )
    if posted.change is not PostChange.NEW:
        return _change(vault, row, posted) if row is not None else None
    # What was said in a conversation is known there: the provider has come again.
    said = InboxRow.objects.filter(inbox=inbox, lookup=vault.lookup("arrival", posted.key))
    if row is not None or said.exists():
        return None
    row = PublicPost(
        brand_id=inbox.brand_id,
        inbox=inbox,
        lookup=lookup,
        kind=posted.kind,
        posted_at=posted.at,
        arrived_at=now,
        private_until=posted.private_until,
    )
    if posted.author is not None:
        row.address = address_of(vault, inbox, posted.author, now)
        private = [posted.private.value, posted.private.display_name] if posted.private else []
        seal_post(vault, row, PostBody(posted.key, posted.text, posted.link, private=private))
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return None
    return row.id


def _change(vault: Vault, row: PublicPost, posted: Posted) -> UUID | None:
    """Words that nobody has answered: the new ones count, and those that were taken back are gone."""
    try:
        body = open_post(vault, row)
    except Erased:
        return None
    if posted.change is PostChange.REMOVED:
        row.is_withdrawn = True
        seal_post(vault, row, replace(body, text="", was=[], case={}))
    elif posted.text != body.text:
        seal_post(vault, row, replace(body, text=posted.text, was=[*body.was, body.text][-_KEPT:]))
        row.asks = None
    row.save(update_fields=["is_withdrawn", "body_cipher", "asks"])
    return row.id if row.asks is None and not row.is_withdrawn else None


def complete(vault: Vault, post: UUID, key: str, looked: Looked, now: datetime) -> None:
    """Adds what the provider told when it was asked."""
    with transaction.atomic():
        row = locked(PublicPost.objects.all(), post)
        if row.address is None and looked.author is not None:
            row.address = address_of(vault, row.inbox, looked.author, now)
            seal_post(vault, row, PostBody(key))
        if row.address is None:
            return
        try:
            body = open_post(vault, row)
        except Erased:
            return
        seal_post(
            vault,
            row,
            replace(body, text=body.text or looked.text, link=body.link or looked.link),
        )
        row.posted_at = looked.at or row.posted_at
        row.save(update_fields=["address", "body_cipher", "posted_at"])


def never_came(post: UUID) -> None:
    """The provider does not show it (any more)."""
    PublicPost.objects.filter(id=post, address=None).update(is_withdrawn=True)


# ---- judging ------------------------------------------------------------------------------------


def waiting(vault: Vault, post: UUID) -> Waiting | None:
    """What is to be judged; None where it is erased or was taken back."""
    rows = PublicPost.objects.select_related("address", "inbox__brand")
    row = rows.filter(id=post, is_withdrawn=False).first()
    if row is None:
        return None
    try:
        text = open_post(vault, row).text if row.address is not None else ""
    except Erased:
        return None
    brand, inbox = row.inbox.brand, row.inbox
    known, is_new = row.address is not None, row.state == State.NEW
    return Waiting(inbox.id, brand.slug, inbox.channel, text, row.language, known, is_new)


def note_judged(
    vault: Vault, post: UUID, text: str, judged: Judged, routed: dict[str, Any], case: Case | None
) -> bool:
    """Keeps what these words were understood as; False where they have changed or gone meanwhile."""
    with transaction.atomic():
        row = locked(PublicPost.objects.all(), post)
        try:
            body = open_post(vault, row)
        except Erased:
            return False
        if body.text != text or row.is_withdrawn:
            return False
        seen = asdict(case) if case is not None else {}
        seal_post(vault, row, replace(body, routed=routed, case=seen))
        row.act, row.asks = judged.act, judged.asks
        row.category, row.language = judged.category[:48], judged.language[:8]
        row.save(update_fields=["body_cipher", "act", "asks", "category", "language"])
    return True


# ---- looking ------------------------------------------------------------------------------------


def shown_posts(vault: Vault, rows: Sequence[PublicPost]) -> list[ShownPost]:
    """With their words; `address`, `inbox` and `conversation__ticket` are loaded."""
    return [_shown(vault, row) for row in rows]


def _shown(vault: Vault, row: PublicPost) -> ShownPost:
    ticket = getattr(row.conversation, "ticket", None) if row.conversation_id else None
    number = ticket.number if ticket else None
    if row.address is None:
        return ShownPost(row, "", PostBody(""), number)
    try:
        author = sender_of(vault, row.address).display_name
        return ShownPost(row, author, open_post(vault, row), number)
    except Erased:
        return ShownPost(row, "", PostBody(""), number, is_erased=True)


def verdict_of(vault: Vault, visible: QuerySet[PublicPost], post: UUID) -> PostBody:
    """The body of a post with what the router said of it. Raises `NotFound`, `IllegalTransition` for an erased one."""
    row = visible.select_related("address").filter(id=post).first()
    if row is None or row.address is None:
        raise NotFound("There is no such post.")
    try:
        return open_post(vault, row)
    except Erased as gone:
        raise IllegalTransition("The words of this customer were erased.") from gone


# ---- rows ---------------------------------------------------------------------------------------


def locked(visible: QuerySet[PublicPost], post: UUID) -> PublicPost:
    """A post of those `visible`, locked. Raises `NotFound`."""
    rows = PublicPost.objects.select_for_update(of=("self",)).select_related("address", "inbox")
    row = rows.filter(id__in=visible.filter(id=post).values("id")).first()
    if row is None:
        raise NotFound("There is no such post.")
    return row


def seal_post(vault: Vault, row: PublicPost, body: PostBody) -> None:
    """Seals a body under its author's key; the caller saves the row."""
    assert row.address is not None
    row.body_cipher = seal_json(vault, row.address, f"public_post:{row.id}", asdict(body))


def open_post(vault: Vault, row: PublicPost) -> PostBody:
    """What `seal_post` sealed. Raises `Erased`."""
    assert row.address is not None
    told = open_json(vault, row.address, f"public_post:{row.id}", bytes(row.body_cipher))
    return PostBody(**{"key": "", **told})

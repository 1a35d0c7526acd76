"""Facebook's and Instagram's comments, posts and mentions: what the webhooks say, read as public posts. Messages are `graph_messaging`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import Field, ValidationError

from channels.graph_places import author_of, named_author, ours_key, public_key, sender_of
from channels.graph_settings import GraphSettings
from channels.payload import Payload
from core.errors import MalformedPayload
from core.ids import ExternalId
from core.post import Looked, PostChange, Posted, PostKind

Json = dict[str, Any]

PRIVATE_FOR = timedelta(days=7)
"""So long after a comment or a visitor's post Meta takes one private answer to it."""
LIVE_FOR = timedelta(hours=4)
"""So long a broadcast of Instagram lasts at most; those who write in it are answered in private while it does."""
_OBJECTS = {"messenger": "page", "instagram": "instagram"}
_CHANGES = {"add": PostChange.NEW, "edited": PostChange.EDITED, "remove": PostChange.REMOVED}
_ITEMS = {
    "comment": PostKind.COMMENT,
    "post": PostKind.POST,
    "status": PostKind.POST,
    "photo": PostKind.POST,
    "video": PostKind.POST,
}

Id = Annotated[str, Field(pattern=r"^[0-9_]{0,80}$")]
Seconds = Annotated[int, Field(ge=0, le=2**33)]


class _Author(Payload):
    id: Id = ""
    name: str = ""
    username: str = ""


class _Post(Payload):
    permalink_url: str = ""


class _Feed(Payload):
    """Something on the page, or a mention of it."""

    author: _Author = Field(default=_Author(), alias="from")
    sender_id: Id = ""
    sender_name: str = ""
    item: str = ""
    verb: str = ""
    comment_id: Id = ""
    post_id: Id = ""
    parent_id: Id = ""
    message: str = ""
    created_time: Seconds = 0
    post: _Post = _Post()


class _Comment(Payload):
    """A comment under something of ours on Instagram."""

    author: _Author = Field(default=_Author(), alias="from")
    id: Id
    parent_id: Id = ""
    text: str = ""


class _Mention(Payload):
    """Instagram says where, and nothing else."""

    media_id: Id
    comment_id: Id = ""


class _Change(Payload):
    field: str = ""
    value: Json = {}


class _Entry(Payload):
    id: str = ""
    time: int = Field(default=0, ge=0, le=2**43)
    changes: list[_Change] = []


class _Call(Payload):
    object: str
    entry: list[_Entry] = []


def read_posts(body: bytes, settings: GraphSettings) -> list[Posted]:
    """What others wrote in public; [] for all else, our own words too. Raises `MalformedPayload`."""
    try:
        call = _Call.model_validate_json(body)
        if call.object != _OBJECTS.get(settings.product):
            return []
        found = [
            _posted(change, entry, settings)
            for entry in call.entry
            if entry.id == settings.account
            for change in entry.changes
        ]
    except ValidationError as error:
        raise MalformedPayload("this is not a call of Meta's") from error
    return [one for one in found if one is not None]


def _posted(change: _Change, entry: _Entry, settings: GraphSettings) -> Posted | None:
    match settings.product, change.field:
        case "messenger", "feed":
            return _on_page(_Feed.model_validate(change.value), settings)
        case "messenger", "mention":
            return _of_page(_Feed.model_validate(change.value), settings)
        case "instagram", "comments" | "live_comments" as field:
            private_for = LIVE_FOR if field == "live_comments" else PRIVATE_FOR
            comment = _Comment.model_validate(change.value)
            return _comment(comment, entry, settings, private_for)
        case "instagram", "mentions":
            return _mention(_Mention.model_validate(change.value), entry, settings)
    return None


def _on_page(feed: _Feed, settings: GraphSettings) -> Posted | None:
    """A comment, or what a visitor wrote on the page."""
    kind, change = _ITEMS.get(feed.item), _CHANGES.get(feed.verb)
    mark = feed.comment_id if kind is PostKind.COMMENT else feed.post_id
    person = feed.author.id
    if kind is None or change is None or not mark or person in ("", settings.account):
        return None
    at = datetime.fromtimestamp(feed.created_time, UTC)
    parent = feed.parent_id if feed.parent_id != feed.post_id else ""
    return Posted(
        external_id=_external(change, mark, feed),
        kind=kind,
        key=public_key(settings, str(kind), mark),
        at=at,
        author=author_of(settings, person, feed.author.name),
        private=sender_of(settings, person, feed.author.name),
        private_until=at + PRIVATE_FOR,
        text=_clean(feed.message),
        link=_link(feed.post.permalink_url) or f"https://www.facebook.com/{quote(mark)}",
        parents=_parents(settings, parent),
        change=change,
    )


def _of_page(feed: _Feed, settings: GraphSettings) -> Posted | None:
    """Somebody named the page elsewhere. It can be answered there, never in private."""
    change = _CHANGES.get(feed.verb)
    mark = feed.comment_id or feed.post_id
    person = feed.sender_id or feed.author.id
    if change is None or not mark or person in ("", settings.account):
        return None
    return Posted(
        external_id=_external(change, mark, feed),
        kind=PostKind.MENTION,
        key=public_key(settings, "comment" if feed.comment_id else "post", mark),
        at=datetime.fromtimestamp(feed.created_time, UTC),
        author=author_of(settings, person, feed.sender_name or feed.author.name),
        text=_clean(feed.message),
        link=_link(feed.post.permalink_url) or f"https://www.facebook.com/{quote(mark)}",
        change=change,
    )


def _comment(
    comment: _Comment, entry: _Entry, settings: GraphSettings, private_for: timedelta
) -> Posted | None:
    person = comment.author.id
    if not comment.id or person in ("", settings.account):
        return None
    at = datetime.fromtimestamp(entry.time, UTC)
    return Posted(
        external_id=ExternalId(comment.id),
        kind=PostKind.COMMENT,
        key=public_key(settings, "comment", comment.id),
        at=at,
        author=author_of(settings, person, comment.author.username),
        private=sender_of(settings, person, comment.author.username),
        private_until=at + private_for,
        text=_clean(comment.text),
        parents=_parents(settings, comment.parent_id),
        look_up=f"comment:{comment.id}",
    )


def _mention(mention: _Mention, entry: _Entry, settings: GraphSettings) -> Posted | None:
    if not mention.media_id:
        return None
    place = f"{mention.media_id}/{mention.comment_id}" if mention.comment_id else mention.media_id
    return Posted(
        external_id=ExternalId(f"mention:{place}"),
        kind=PostKind.MENTION,
        key=public_key(settings, "mention", place),
        at=datetime.fromtimestamp(entry.time, UTC),
        look_up=f"mention:{place}",
    )


def lookup_of(reference: str, settings: GraphSettings) -> tuple[str, str] | None:
    """The node and the fields that tell what is missing; None for a reference that is none of ours."""
    if found := re.fullmatch(r"comment:([0-9]{1,80})", reference):
        return found[1], "media{permalink},timestamp"
    if found := re.fullmatch(r"mention:([0-9]{1,80})/([0-9]{1,80})", reference):
        wanted = "id,text,username,timestamp,media{permalink}"
        return settings.account, f"mentioned_comment.comment_id({found[2]}){{{wanted}}}"
    if found := re.fullmatch(r"mention:([0-9]{1,80})", reference):
        wanted = "id,caption,username,timestamp,permalink"
        return settings.account, f"mentioned_media.media_id({found[1]}){{{wanted}}}"
    return None


def read_lookup(told: Json, settings: GraphSettings) -> Looked:
    """What the answer to such a question says."""
    about = told.get("mentioned_comment") or told.get("mentioned_media") or told
    about = about if isinstance(about, dict) else {}
    media = about.get("media")
    link = about.get("permalink") or (media.get("permalink") if isinstance(media, dict) else "")
    name = about.get("username") if about is not told else ""
    return Looked(
        author=named_author(settings, str(name)) if name else None,
        text=_clean(str(about.get("text") or about.get("caption") or "")),
        link=_link(str(link or "")),
        at=_moment(str(about.get("timestamp") or "")),
    )


def _external(change: PostChange, mark: str, feed: _Feed) -> ExternalId:
    """Each change counts once, however often it is brought. An edit may tell when the post was made, not when it was
    changed: its words tell it apart."""
    if change is PostChange.NEW:
        return ExternalId(mark)
    words = sha256(feed.message.encode()).hexdigest()[:16]
    return ExternalId(f"{change}:{mark}:{feed.created_time}:{words}")


def _parents(settings: GraphSettings, parent: str) -> tuple[Any, ...]:
    """A comment of theirs or an answer of ours: Meta names either alike."""
    return (public_key(settings, "comment", parent), ours_key(settings, parent)) if parent else ()


def _link(url: str) -> str:
    """An address that a person may follow: Meta's own pages alone."""
    is_metas = re.fullmatch(r"https://(?:www\.|m\.)?(?:facebook|instagram)\.com/[!-~]{0,1000}", url)
    return url if is_metas else ""


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else None


def _clean(text: str) -> str:
    return text.replace("\x00", "").strip()

"""What somebody wrote where everybody reads it: a comment, a post or a mention, seen before anybody answers. Storing is `store.posts`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.ids import ExternalId, ThreadKey
from core.message import Sender
from core.understanding import Act, Understood


class PostKind(StrEnum):
    """Where it stands."""

    COMMENT = "comment"
    """Under something of ours."""
    POST = "post"
    """On our own page."""
    MENTION = "mention"
    """Somewhere else, with our name in it."""


class PostChange(StrEnum):
    """What happened."""

    NEW = "new"
    EDITED = "edited"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Posted:
    """One thing that happened to one post. `author`: kind `public`; None where only the provider can tell yet.

    `private`: where the author may be written to in private, until `private_until`. `key`: under which it is answered;
    `parents`: keys of what it stands under. `look_up`: the adapter's own words for what is still missing of it.
    """

    external_id: ExternalId
    kind: PostKind
    key: ThreadKey
    at: datetime
    author: Sender | None = None
    private: Sender | None = None
    private_until: datetime | None = None
    text: str = field(default="", repr=False)
    link: str = ""
    parents: tuple[ThreadKey, ...] = ()
    look_up: str = ""
    change: PostChange = PostChange.NEW


@dataclass(frozen=True, slots=True)
class Looked:
    """What the provider told of a post when it was asked. Empty fields: nothing new."""

    author: Sender | None = None
    text: str = field(default="", repr=False)
    link: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """What a post was understood as. `asks`: the probability that somebody must answer, 0..1."""

    act: str
    asks: float
    language: str
    category: str = ""


ASKING = frozenset({Act.ASK, Act.URGENT_COMPLAINT, Act.REQUEST_PERSON, Act.TICKET_STATUS})
"""A question, a complaint, and what only we can do."""


def asks(understood: Understood) -> float:
    """The probability that somebody must answer: of all acts that ask for it, together."""
    if not understood.acts:
        return understood.confidence if understood.act in ASKING else 0.0
    wanted = {str(act) for act in ASKING}
    return min(1.0, sum(one.confidence for one in understood.acts if one.name in wanted))

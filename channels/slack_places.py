"""Where a Slack message stands, and the names under which its conversation is found again. No payloads here.

T1/C1/1700.1          a message of a channel or direct message, and the thread under it
T1/C1/1700.1/1700.2   a message in that thread
T1/@U1                what a person writes directly to us, outside threads
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from core.ids import ThreadKey
from core.message import Receipt


@dataclass(frozen=True, slots=True)
class Place:
    """A channel and the root of a thread in it; without a thread: its main line."""

    channel: str
    thread: str = ""

    @property
    def is_direct(self) -> bool:
        """True in the direct messages between one person and us."""
        return self.channel.startswith("D")


def person_key(team: str, user: str) -> ThreadKey:
    """What `user` writes directly to us."""
    return ThreadKey(f"{team}/@{user}")


def thread_key(team: str, channel: str, root: str) -> ThreadKey:
    """The thread under a message, and the message itself."""
    return ThreadKey(f"{team}/{channel}/{root}")


def message_key(team: str, place: Place, ts: str) -> ThreadKey:
    """One message. On the main line it is the root of whatever thread may begin under it."""
    if place.thread and place.thread != ts:
        return ThreadKey(f"{team}/{place.channel}/{place.thread}/{ts}")
    return thread_key(team, place.channel, ts)


def last_place(team: str, keys: Iterable[ThreadKey]) -> Place | None:
    """Where the conversation of these keys, oldest first, was last heard; None if it never was in Slack.

    Direct messages go on where they are; in a channel the reply to a message stands in its thread.
    """
    for key in reversed(list(keys)):
        parts = key.split("/")
        if parts[0] != team or len(parts) not in (3, 4):
            continue
        place = Place(parts[1], parts[2])
        is_main_line = len(parts) == 3 and place.is_direct
        return Place(place.channel) if is_main_line else place
    return None


def post_name(channel: str, ts: str) -> str:
    """One message as a board names it."""
    return f"{channel}/{ts}"


def place_of_post(post: str) -> Place:
    """Its channel and the thread under it."""
    channel, _, ts = post.partition("/")
    return Place(channel, ts)


def receipt_at(team: str, user: str, place: Place, ts: str, file: str) -> Receipt:
    """What we said there to `user`. Replies come in the thread of the message, or of its thread, or directly from the
    person."""
    keys = [message_key(team, place, ts)] if ts else []
    if place.thread:
        keys.append(thread_key(team, place.channel, place.thread))
    elif place.is_direct:
        keys.append(person_key(team, user))
    return Receipt(provider_id=f"{place.channel}:{ts or file}", own_keys=tuple(keys))

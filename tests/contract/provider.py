"""What a channel's `provider()` must offer to the suite: the other side of the wire. See README.md beside this file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from channels.contract import Arrival, Channel
from core.errors import Failed, PermanentFailure, TemporaryFailure
from core.message import Outbound, Receipt


@dataclass(frozen=True, slots=True)
class Outcome:
    """What `send` must do when the provider behaves in a certain way. `error` None: a receipt."""

    error: type[Failed] | None
    certain: bool = True


OUTCOMES: Mapping[str, Outcome] = {
    "taken": Outcome(None),
    "busy": Outcome(TemporaryFailure),  # 429, SMTP 450
    "broken": Outcome(TemporaryFailure),  # 500, SMTP 451
    "silent": Outcome(TemporaryFailure, certain=False),  # took it and never answered
    "away": Outcome(TemporaryFailure),  # nobody listens
    "unauthorised": Outcome(
        TemporaryFailure
    ),  # our credentials are refused: the message is not at fault
    "unknown recipient": Outcome(PermanentFailure),  # 404, SMTP 550
}


@dataclass(frozen=True, slots=True)
class Delivered:
    """What reached the provider, in its own terms reduced to these. `looks`: what its apps would show of a form, as
    (look, words) pairs, a link's with its address behind a space; read here and not by anything of the adapter's."""

    text: str
    buttons: int = 0
    attachments: int = 0
    looks: frozenset[tuple[str, str]] = frozenset()


class Provider(Protocol):
    """One running provider and an adapter that is wired to it."""

    channel: Channel
    secrets: tuple[str, ...]
    """Every secret in the adapter's settings, in clear."""

    def start(self) -> None:
        """Starts what must listen. Raises `tests.fakes.mail.NotHere` where the machine lacks it."""

    def stop(self) -> None:
        """Stops it; nothing is left running."""

    def arrival(self, text: str) -> Arrival:
        """A genuine arrival in which a customer says `text`, in one conversation always."""

    def retried(self, arrival: Arrival) -> Arrival:
        """The same message, brought once more by the provider."""

    def forgeries(self) -> Mapping[str, Arrival]:
        """Arrivals that `verify` must refuse, by what is wrong with them."""

    def with_body(self, body: bytes) -> Arrival:
        """An arrival with this body and everything else in order, for `parse`."""

    def echoes(self) -> list[Arrival]:
        """What the provider brings that we said ourselves."""

    def outbound(self, text: str) -> Outbound:
        """A reply in the conversation of `arrival`, to its customer."""

    def behave(self, outcome: str) -> None:
        """The next sending meets this behaviour, a key of `OUTCOMES`. Not called for channels that stream."""

    def sent(self) -> list[Delivered]:
        """What has reached the provider, in order."""

    def answer(self, receipt: Receipt) -> Arrival:
        """The customer's answer to what was sent under this receipt."""


class PostsProvider(Provider, Protocol):
    """A provider on which people also write in public, for a channel that `SeesPosts`."""

    def posted(self, text: str) -> Arrival:
        """A genuine arrival: somebody says this where everybody reads it."""

    def own_words(self) -> list[Arrival]:
        """What the provider tells of what we wrote there ourselves."""

    def vanished(self) -> str:
        """A `look_up` of something that the provider does not show any more."""

    def read_by_all(self) -> list[str]:
        """What stands in public by our hand."""

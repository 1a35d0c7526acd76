"""What a channel is for colleagues who work from its provider: boards, beside `contract`, which is for customers."""

from __future__ import annotations

from typing import ClassVar, Protocol, runtime_checkable

from channels.contract import Arrival
from channels.traits import Remembering
from core.board import BoardStep, Card, Posting, Told
from core.message import Sender


class Board(Protocol):
    """Places at a provider where colleagues work: what they do there, and what is put up for them."""

    def is_place(self, place: str) -> bool:
        """Pure: can a board be there? Not where customers write."""
        ...

    def step_in(self, arrival: Arrival) -> BoardStep | None:
        """Pure: what somebody did at what may be a board; None in all other arrivals. Raises `MalformedPayload`."""
        ...

    async def put_up(self, posting: Posting) -> str:
        """One attempt; the provider's name of the post. Raises `TemporaryFailure` and `PermanentFailure`, as `send`."""
        ...

    async def find(self, posting: Posting) -> str:
        """The post of an earlier attempt with this key, empty where there surely is none. Raises `Failed`."""
        ...

    async def change(self, post: str, card: Card) -> None:
        """Shows a card as it is now; may be repeated. Raises `Failed`."""
        ...

    async def tell(self, step: BoardStep, told: Told, code_words: tuple[str, str]) -> None:
        """Tells somebody what came of a step, for their eyes alone; `code_words`: button and label of the way to
        enter a code. Raises `Failed`; it is not tried again."""
        ...


@runtime_checkable
class HasBoard(Protocol, metaclass=Remembering):
    """Colleagues can work from a place at its provider."""

    @property
    def board(self) -> Board:
        """The boards of this inbox."""
        ...


@runtime_checkable
class Asks(Protocol, metaclass=Remembering):
    """Colleagues and third parties can be asked there beside a ticket. Their answers name the thread: by a signed
    address, by the id of our message, or by the provider's own thread."""

    most_asked: ClassVar[int]
    """How many one message can go to."""

    def asked(self, typed: str) -> Sender | None:
        """Pure: whom or where a colleague means; None where nobody can be asked, or where customers write."""
        ...

"""Apps that a provider's customers install: one app in several accounts, each an inbox of its own, all called at one address.
The contract itself is `contract`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Protocol, runtime_checkable

from channels.contract import Arrival
from channels.traits import Remembering


@dataclass(frozen=True, slots=True)
class Installed:
    """What the provider gave for one account. `settings`: what the inbox keeps of it, secrets among them; `missing`:
    permissions that were asked for and not granted."""

    account: str
    name: str
    settings: Mapping[str, Any] = field(repr=False)
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """An inbox as an installation. `app`: the provider's public name of the app, empty for one made by hand; `account`:
    where it is installed, or was, empty before the first time; `name`: the account's, for people; `is_installed`: do we
    hold a token; `missing`: as in `Installed`; `renews_at`: when its token has to be renewed, None where it does not end;
    `renewal`: what is new after each renewal, and no secret."""

    app: str
    account: str
    name: str
    is_installed: bool
    missing: tuple[str, ...] = ()
    renews_at: datetime | None = None
    renewal: str = ""

    @property
    def is_gone(self) -> bool:
        """It was installed once and is no more."""
        return bool(self.account) and not self.is_installed


@dataclass(frozen=True, slots=True)
class AppWish:
    """What an app shall be like. `hook`: the address that the provider calls, `back`: where consent leads back to;
    `socket`: nothing is called, we open the line; `assistant`: with the provider's view for assistants."""

    name: str
    hook: str
    back: str
    socket: bool = False
    assistant: bool = False


@runtime_checkable
class Installs(Protocol, metaclass=Remembering):
    """Its inboxes may be installations of one app; one that was made by hand stands for itself."""

    of_installation: ClassVar[frozenset[str]]
    """Settings that an installation brings, and that end with it."""
    told: ClassVar[frozenset[str]]
    """Those of them that no form asks for."""
    of_account: ClassVar[frozenset[str]]
    """Settings that mean something in one account alone."""

    @staticmethod
    def manifest(wish: AppWish) -> dict[str, Any]:
        """The description from which the provider makes such an app."""

    @property
    def standing(self) -> Standing:
        """Which app it is, and how it stands in its account."""
        ...

    def consent_page(self, state: str, back: str, *, elsewhere: bool) -> str:
        """The address at which an administrator of the account agrees. `elsewhere`: to another account than this
        inbox's. `state` comes back with the answer."""
        ...

    async def install(self, code: str, back: str, at: datetime) -> Installed:
        """What a consent's code is good for. Raises `PermanentFailure` with a sentence, `TemporaryFailure`."""
        ...

    async def renew(self, at: datetime) -> Mapping[str, Any]:
        """What an inbox keeps of a new token. Raises `PermanentFailure` where none will be given any more,
        `TemporaryFailure`."""
        ...

    def accounts(self, arrival: Arrival) -> tuple[str, ...]:
        """Pure: the accounts that it may be for, the likeliest first; () where it names none. Raises `MalformedPayload`."""
        ...

    def removed_at(self, arrival: Arrival) -> datetime | None:
        """Pure: when the app, or its token, was taken from the account of this inbox, if that is what is told.
        Raises `MalformedPayload`."""
        ...

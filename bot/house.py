"""What every verb needs, in one value; built by `bot.bootstrap`, handed to each function as its first argument."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.doorbell import Doorbell
from bot.files import Files
from bot.settings import Settings
from channels.contract import Channel
from core.clock import Clock
from store.database import Database
from store.models import Inbox
from store.vault import Vault


@dataclass(frozen=True, slots=True)
class House:
    """One process's standing parts. `channel_of` gives the adapter of an inbox, built once."""

    settings: Settings
    clock: Clock
    vault: Vault
    database: Database
    doorbell: Doorbell
    files: Files
    channel_of: Callable[[Inbox], Channel]

"""The only place where concrete objects are built; one lazy builder for each kind of process.

Nothing heavy is imported at the top: `web` and `work` never load numpy, FAISS, onnxruntime or scikit-learn.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import django

from bot.clock import system_clock
from bot.settings import Settings
from core.errors import DialogueFailed

if TYPE_CHECKING:
    from bot.brain import Brain
    from bot.dialogue import Dialogue
    from bot.far_bell import FarBell
    from bot.house import House
    from channels.contract import Channel
    from core.ports import Encodes
    from store.models import Inbox
    from store.vault import Vault


def set_up_django(module: str = "bot.django_settings") -> None:
    """Makes the tables usable; `web.django_settings` where pages are served."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", module)
    django.setup()


def build_house(settings: Settings | None = None) -> House:
    """What every verb needs. `set_up_django` must have been called."""
    from bot.doorbell import Doorbell
    from bot.files import Files
    from bot.house import House
    from store.database import Database
    from store.vault import open_vault

    settings = settings or Settings()
    vault = open_vault(settings.state / "secrets.json")
    threads = 1 if settings.is_sqlite else settings.database.pool
    return House(
        settings=settings,
        clock=system_clock,
        vault=vault,
        database=Database(threads, readers=1 if settings.is_sqlite else 2),
        doorbell=Doorbell(settings.state / "bells", _far_bell(settings, vault)),
        files=Files(settings.state / "files"),
        channel_of=_channels(vault, settings.state / "published"),
    )


def _far_bell(settings: Settings, vault: Vault) -> FarBell | None:
    """The doorbell between machines, known to whoever has the installation's keys; None without Redis."""
    url = settings.redis.url.get_secret_value()
    if not url:
        return None
    from bot.far_bell import FarBell

    prefix = f"threadline:{vault.lookup('bells').hex()[:16]}:"
    return FarBell(url, prefix, settings.state / "bells")


def _channels(vault: Any, published: Path) -> Callable[[Inbox], Channel]:
    """Adapters by inbox, built again only when the inbox's settings change. `published`: what providers publish for all
    is kept there over a restart."""
    from channels.contract_files import Remembers
    from channels.registry import channel_class
    from core.ids import InboxId

    built: dict[UUID, tuple[bytes, Channel]] = {}

    def channel_of(inbox: Inbox) -> Channel:
        sealed = bytes(inbox.settings_cipher)
        known = built.get(inbox.id)
        if known is not None and known[0] == sealed:
            return known[1]
        cls = channel_class(inbox.channel)
        plain = json.loads(vault.open_own(f"inbox.settings:{inbox.id}", sealed) or b"{}")
        channel: Channel = cls(InboxId(inbox.id), cls.Settings.model_validate(plain))
        if isinstance(channel, Remembers):
            channel.remember_in(published)
        built[inbox.id] = (sealed, channel)
        return channel

    return channel_of


def encoder_of(settings: Settings) -> Encodes:
    """The text encoder, loaded once per process."""
    return _encoder(settings.brain.encoder, settings.state / "encoders", settings.brain.threads)


@cache
def _encoder(name: str, folder: Path, threads: int) -> Encodes:
    from bot.timed import Timed
    from nlu.batched import Batched
    from nlu.encoder import load_encoder
    from nlu.remembered import Remembered

    return Remembered(Batched(Timed(load_encoder(name, cache=folder, threads=threads))))


def build_dialogue(settings: Settings) -> Dialogue:
    """The client of `brain` and `rasa`; where they listen comes from the supervisor's environment.

    Raises DialogueFailed where nobody has said where `brain` is. Without Rasa the client is given a closed port: its
    circuit opens, and answers come without it.
    """
    from bot.dialogue import Dialogue
    from bot.neighbour import Neighbour

    url, token = os.environ.get("THREADLINE_BRAIN_URL"), os.environ.get("THREADLINE_BRAIN_TOKEN")
    if not url or not token:
        raise DialogueFailed(
            "THREADLINE_BRAIN_URL and THREADLINE_BRAIN_TOKEN say where `brain` is: `threadline up` sets them."
        )
    brain = Neighbour(url, token)
    rasa = Neighbour(
        os.environ.get("THREADLINE_RASA_URL") or "http://127.0.0.1:9",
        os.environ.get("THREADLINE_TURN_TOKEN", ""),
    )
    return Dialogue(brain, rasa, deadline=settings.rasa.deadline_seconds)


def build_brain(settings: Settings) -> Brain:
    """The brain with whatever parts are there; a missing one degrades it, and `/health` names it."""
    from functools import partial

    from bot.again import derived
    from bot.artefacts import load_parts
    from bot.brain import Brain

    brain = Brain(again=partial(derived, settings))
    load_parts(settings, encoder_of, brain)
    return brain

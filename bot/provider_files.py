"""Files that a provider keeps are brought here after their message was stored; until then the desk shows their names."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from bot.house import House
from bot.receive import file_without_cards
from channels.contract import Fetches
from core.errors import PermanentFailure, TemporaryFailure
from core.message import Attached
from store.faults import reached
from store.models import Inbox
from store.provider_files import fill, missing_files, never_comes


async def fetch_files(house: House, about: dict[str, Any]) -> None:
    """One message's files, `about` = {inbox, message, files: name to reference}. Raises `TemporaryFailure` where
    one should be tried again later; what has come by then stays."""
    database = house.database
    inbox = await database.read(Inbox.objects.get, id=UUID(about["inbox"]))
    channel = house.channel_of(inbox)
    if not isinstance(channel, Fetches):
        return
    later: TemporaryFailure | None = None
    for file in await database.read(missing_files, house.vault, UUID(about["message"])):
        reference = about["files"].get(file.name)
        if reference is None:
            continue
        try:
            content = await channel.fetch(reference)
            reached("file_fetched")
        except TemporaryFailure as failure:
            later = failure
            continue
        except PermanentFailure as failure:
            await database.run(never_comes, file.id, str(failure))
            continue
        clean = file_without_cards(Attached(file.name, file.media_type, content))
        await database.run(_keep_file, house, file.id, clean)
    house.doorbell.ring("events")
    if later is not None:
        raise later


def _keep_file(house: House, attachment: UUID, file: Attached) -> None:
    fill(house.vault, attachment, house.files.keep(file))

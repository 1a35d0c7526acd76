"""The address at which a colleague's file can be had for a while by whom it was sent to, or by the provider that takes it along.

Some networks take no files but fetch them, others carry only words. The address is signed, names one file, and ends;
it opens nothing that was not sent to a customer, and nothing once that customer was erased.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from bot.house import House
from bot.links import named_in, token_of
from channels.contract_files import HandsOver, Wanted
from core.errors import NotFound, PermanentFailure
from core.message import Attached
from store.jobs import enqueue
from store.models import Inbox
from store.provider_files import said_file
from store.receiving import Filed

log = structlog.get_logger()

HAND_OVER = "hand_over"
OPEN_FOR = timedelta(days=30)
_PURPOSE = "file"


def link_to(house: House, file: Filed) -> str:
    """Where this file can be had; the same in each attempt to send it."""
    token = token_of(house.vault, _PURPOSE, UUID(file.row))
    return f"{house.settings.public_url}/files/{token}"


def hand_over_later(house: House, inbox: Inbox, wanted: Wanted) -> None:
    """A customer agreed to a file: a worker brings it, once."""
    about = {
        "inbox": str(inbox.id),
        "name": wanted.name,
        "link": wanted.link,
        "where": dict(wanted.where),
    }
    enqueue(HAND_OVER, about, house.clock(), wanted.name)
    house.doorbell.ring("jobs")


async def hand_over(house: House, about: dict[str, Any]) -> None:
    """Brings it. Raises `TemporaryFailure` where that should be tried again; what can no longer be brought is logged,
    for the customer sees that it has not come."""
    inbox = await house.database.read(Inbox.objects.get, id=UUID(about["inbox"]))
    channel = house.channel_of(inbox)
    if not isinstance(channel, HandsOver):
        return
    wanted = Wanted(about["name"], about["link"], about["where"])
    try:
        file = await house.database.read(opened, house, wanted.link.rpartition("/")[2])
        await channel.hand_over(wanted, file)
    except (NotFound, PermanentFailure) as problem:
        log.warning("file_not_handed_over", inbox=inbox.slug, problem=str(problem))


def opened(house: House, token: str) -> Attached:
    """The file. Raises `NotFound`, also `OPEN_FOR` after it was sent."""
    file = said_file(house.vault, named_in(house.vault, _PURPOSE, token), house.clock() - OPEN_FOR)
    try:
        content = house.files.read(file.stored_as, file.key)
    except OSError as error:
        raise NotFound("This file is no longer stored.") from error
    return Attached(file.name, file.media_type, content)

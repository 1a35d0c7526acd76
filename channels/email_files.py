"""The files of a mail as they are kept: those inside a winmail.dat in its place, and what was left in the mailbox by its name."""

from __future__ import annotations

from collections.abc import Iterable

from channels.contract import Arrival
from channels.email_tnef import FILES, is_winmail, unpack
from core.message import Attached

_FORK = "application/applefile"
"""What a Mac notes of a file beside it, which no other system can open."""


def files_of(attachments: Iterable[Attached], arrival: Arrival) -> tuple[Attached, ...]:
    """What came as files, and that there was more than is accepted."""
    files = tuple(one for file in attachments if file.media_type != _FORK for one in _opened(file))
    size = arrival.meta.get("size", 0)
    if not isinstance(size, int) or size <= len(arrival.body):
        return files
    cut = Attached(
        name="rest-of-the-mail",
        media_type="application/octet-stream",
        content=b"",
        problem=f"the mail has {size} bytes, more than is accepted; the rest was left in the mailbox",
    )
    return (*files, cut)


def _opened(file: Attached) -> tuple[Attached, ...]:
    """The files inside a winmail.dat; itself where there are none, so that nothing is lost."""
    inside = unpack(file.content).files if is_winmail(file) else ()
    return inside[:FILES] or (file,)

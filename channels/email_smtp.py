"""What a mail server's answers mean while a mail is handed to it. The conversation itself is `email`."""

from __future__ import annotations

from typing import Any

import aiosmtplib

from core.errors import PermanentFailure, TemporaryFailure


async def step(answer: Any, what: str) -> None:
    """One command before the mail itself: nothing was taken when it fails."""
    try:
        await answer
    except aiosmtplib.SMTPResponseException as error:
        raise refused(error, what) from None
    except (aiosmtplib.SMTPException, OSError) as error:
        raise TemporaryFailure(f"the mail server went away: {type(error).__name__}") from None


def refused(
    error: aiosmtplib.SMTPResponseException, what: str
) -> TemporaryFailure | PermanentFailure:
    """4xx may pass later, 5xx never. The server's words may repeat addresses, so only its code is told."""
    message = f"the mail server refused the {what}: {error.code}"
    return PermanentFailure(message) if 500 <= error.code < 600 else TemporaryFailure(message)

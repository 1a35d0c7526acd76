"""A mailbox's blocking connection, used from async code. What is done with it is the adapter's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from channels.email_imap import TROUBLE, Account, Mailbox
from core.errors import TemporaryFailure

_T = TypeVar("_T")


class Reader:
    """A mailbox in its own thread: the library blocks, and its connection likes one thread."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="imap")
        self._box: Mailbox | None = None

    async def call(self, work: Callable[[Mailbox], _T]) -> _T:
        """Runs `work` on the open mailbox; whatever goes wrong there is a `TemporaryFailure` without details."""
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._thread, self._with_box, work
            )
        except TROUBLE as error:
            raise TemporaryFailure(f"the mailbox is away: {type(error).__name__}") from None

    def _with_box(self, work: Callable[[Mailbox], _T]) -> _T:
        if self._box is None:
            self._box = Mailbox(self._account)
        return work(self._box)

    async def close(self) -> None:
        """Ends a waiting call, then the connection and the thread."""
        if self._box is not None:
            self._box.stop()
            await asyncio.get_running_loop().run_in_executor(self._thread, self._box.close)
        self._thread.shutdown(wait=False)

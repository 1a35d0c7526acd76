"""A mailbox over IMAP, in blocking calls: open, list, fetch, wait, flag, find. What a mail says does not belong here."""

from __future__ import annotations

import imaplib
import re
import ssl
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from imap_tools import ImapToolsError, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.mailbox import BaseMailBox

TROUBLE = (ImapToolsError, imaplib.IMAP4.error, OSError)
"""What the library raises when the other side is away, refuses or talks nonsense."""

_SLICE_SECONDS = 1.0
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_INTERNAL_DATE = re.compile(rb'INTERNALDATE "([^"]+)"')
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Account:
    """Where and as whom to read. `security`: tls, starttls or none. Of password and token one is set."""

    host: str
    port: int
    security: str
    user: str
    password: str = ""
    token: str = ""
    folder: str = "INBOX"
    timeout_seconds: float = 30.0

    def __repr__(self) -> str:
        return f"Account({self.user}@{self.host}:{self.port} {self.folder})"


@dataclass(frozen=True, slots=True)
class Fetched:
    """One message. `size`: bytes it has on the server, which may be more than `raw`."""

    uid: int
    raw: bytes
    size: int
    received_at: datetime


class Mailbox:
    """One connection with one selected folder. All methods block and may raise one of `TROUBLE`.

    Not for use by several threads at once; `stop` alone may be called from another one.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._stopping = threading.Event()
        self._box = _connect(account)
        try:
            _log_in(self._box, account)
            self.uidvalidity, self.uidnext = self._numbers()
            # Asked anew: before the login many servers do not tell.
            told = self._box.client.capability()[1]
            self._can_idle = b"IDLE" in (told[-1] or b"").upper().split()
        except BaseException:
            self._box.client.shutdown()
            raise

    def _numbers(self) -> tuple[int, int]:
        found = []
        for name in ("UIDVALIDITY", "UIDNEXT"):
            data = self._box.client.response(name)[1]
            if not data or data[-1] is None:
                raise imaplib.IMAP4.error(f"the server gives no {name}")
            found.append(int(data[-1]))
        return found[0], found[1]

    def resumed(self, cursor: dict[str, Any]) -> dict[str, Any]:
        """The cursor to go on from: the given one, or a new one where the mailbox is new or renumbered.

        `uid`: all up to it are done. Up to `old_until` only `old` ones are fetched: UNSEEN the first
        time, so that an inbox with a past is not answered all over again, and after a change of
        UIDVALIDITY everything since the first mail we ever took; what was taken is known by content.
        """
        if cursor.get("uidvalidity") == self.uidvalidity:
            return cursor
        fresh = {
            "uidvalidity": self.uidvalidity,
            "uid": 0,
            "old_until": self.uidnext - 1,
            "old": "UNSEEN",
        }
        if since := cursor.get("since"):
            day = datetime.fromisoformat(since) - timedelta(days=1)
            fresh |= {
                "since": since,
                "old": f"SINCE {day.day:02}-{_MONTHS[day.month - 1]}-{day.year}",
            }
        return fresh

    def waiting(self, cursor: dict[str, Any]) -> list[int]:
        """UIDs to fetch after this cursor, ascending."""
        done, old_until = int(cursor["uid"]), int(cursor.get("old_until", 0))
        found: set[int] = set()
        if done < old_until:
            found.update(self._search(f"UID {done + 1}:{old_until} {cursor['old']}"))
        start = max(done, old_until) + 1
        # "n:*" always includes the last message, even when its UID is lower than n.
        found.update(uid for uid in self._search(f"UID {start}:*") if uid >= start)
        return sorted(found)

    def _search(self, criteria: str) -> list[int]:
        return [int(uid) for uid in self._box.uids(criteria, charset=None)]

    def fetch(self, uid: int, limit: int) -> Fetched | None:
        """One message without flagging it, at most `limit` bytes; None when it is gone."""
        parts = f"(INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.{limit}>)"
        status, data = self._box.client.uid("FETCH", str(uid), parts)
        if status != "OK":
            raise imaplib.IMAP4.error("FETCH was refused")
        pieces = [piece for piece in data if isinstance(piece, tuple)]
        if not pieces:
            return None
        told = b" ".join(piece[0] if isinstance(piece, tuple) else piece or b"" for piece in data)
        raw = bytes(pieces[0][1])
        size, date = _SIZE.search(told), _INTERNAL_DATE.search(told)
        received = _date(date[1].decode("ascii", "replace")) if date else _EPOCH
        return Fetched(uid, raw, int(size[1]) if size else len(raw), received)

    def wait(self, seconds: float) -> None:
        """Returns when something happened in the folder, after `seconds`, or soon after `stop`."""
        if not self._can_idle:
            self._stopping.wait(seconds)
            self._box.client.noop()
            return
        end = time.monotonic() + min(seconds, 25 * 60)  # RFC 2177: renew before 29 minutes
        self._box.idle.start()  # type: ignore[no-untyped-call]
        while not self._stopping.is_set() and (now := time.monotonic()) < end:
            told = self._box.idle.poll(timeout=_SLICE_SECONDS)
            # A closed connection is readable at once and says nothing; `stop` will raise then.
            if told or time.monotonic() - now < _SLICE_SECONDS / 2:
                break
        self._box.idle.stop()  # type: ignore[no-untyped-call]

    def flag_seen(self, uid: int, uidvalidity: int) -> None:
        """Sets \\Seen, unless the mailbox was renumbered since."""
        if uidvalidity == self.uidvalidity:
            self._box.client.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Seen)")

    def has_message(self, message_id: str, folder: str) -> bool:
        """True when the folder holds a mail with this Message-ID. Leaves that folder selected."""
        self._box.folder.set(folder, readonly=True)
        name = message_id.replace("\\", "").replace('"', "")
        return bool(self._search(f'HEADER Message-ID "{name}"'))

    def stop(self) -> None:
        """Ends a `wait` within a second. Safe from any thread."""
        self._stopping.set()

    def close(self) -> None:
        """Ends the connection; an answer is not waited for when the other side is away."""
        try:
            self._box.client.logout()
        except TROUBLE:
            self._box.client.shutdown()


_MONTHS = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
)


def _connect(account: Account) -> BaseMailBox:
    where = (account.host, account.port)
    # Named explicitly: without a context imaplib would not check the server's certificate.
    context = ssl.create_default_context()
    match account.security:
        case "tls":
            return MailBox(*where, timeout=account.timeout_seconds, ssl_context=context)
        case "starttls":
            return MailBoxStartTls(*where, timeout=account.timeout_seconds, ssl_context=context)
    return MailBoxUnencrypted(*where, timeout=account.timeout_seconds)


def _log_in(box: BaseMailBox, account: Account) -> None:
    if account.token:
        box.xoauth2(account.user, account.token, initial_folder=account.folder)
    elif account.user.isascii() and account.password.isascii():
        box.login(account.user, account.password, initial_folder=account.folder)
    else:
        box.login_utf8(account.user, account.password, initial_folder=account.folder)


def _date(text: str) -> datetime:
    """`17-Jul-1996 02:44:25 -0700` as aware UTC."""
    try:
        return parsedate_to_datetime(text.strip().replace("-", " ", 2)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return _EPOCH

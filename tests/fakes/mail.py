"""Real mail servers for tests and the demo: a Dovecot and an SMTP server on loopback, started and stopped in seconds.

Mail that is sent reaches the mailbox of its recipient when there is one here, and a copy stays in the
sender's `Sent`, as at a hosted provider. The SMTP side can be told to refuse, to lie silent, or to hang up.
"""

from __future__ import annotations

import asyncio
import imaplib
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.fakes.serving import fetched

DOVECOT = shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin:/usr/bin") or ""
PASSWORD = "correct-horse-battery"
_START_SECONDS = 15.0


class NotHere(RuntimeError):
    """A server that this machine lacks. In CI a failure, elsewhere a reason to skip."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One mail the SMTP server took."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        """The mail as the standard library reads it."""
        message = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(message, EmailMessage)
        return message


@dataclass
class Script:
    """What the SMTP server does next, used up in order. `stage`: mail, rcpt or data.

    `answer`: an SMTP line such as "451 try later"; "silence" takes the mail and never answers,
    "hang up" takes it and closes the connection.
    """

    stage: str
    answer: str


@dataclass
class MailServers:
    """Both servers. Users are whole addresses; a mailbox appears with its first mail or login."""

    domains: tuple[str, ...] = ("acme.example", "customers.example")
    folder: Path = Path()
    imap_port: int = 0
    smtp_port: int = 0
    scripts: list[Script] = field(default_factory=list)
    requires_login: bool = False
    has_idle: bool = True
    authority: str = ""
    """Where a token is looked up by its name behind this address; with one, XOAUTH2 is offered beside the password."""
    password: str = PASSWORD
    _taken: list[Sent] = field(default_factory=list)
    _dovecot: subprocess.Popen[bytes] | None = None
    _smtp: Controller | None = None

    def start(self) -> None:
        """Raises `NotHere` without Dovecot."""
        if not DOVECOT:
            raise NotHere("skipped: dovecot is not installed")
        self.folder = Path(tempfile.mkdtemp(prefix="threadline-mail-"))
        self.start_dovecot()
        self.smtp_port = _free_port()
        self._smtp = Controller(
            _Handler(self),
            hostname="127.0.0.1",
            port=self.smtp_port,
            auth_require_tls=False,
            authenticator=self._log_in,
            ident="fake",
        )
        self._smtp.start()

    def stop(self) -> None:
        """Ends both and removes their files. May be called twice."""
        if self._smtp is not None:
            self._smtp.stop(no_assert=True)
            self._smtp = None
        self.stop_dovecot()
        if self.folder != Path():
            shutil.rmtree(self.folder, ignore_errors=True)

    # ---- Dovecot --------------------------------------------------------------------------------

    def start_dovecot(self) -> None:
        """Starts it, on the port of before if it ran already."""
        self.imap_port = self.imap_port or _free_port()
        self.folder.chmod(0o755)
        owner = _mail_owner()
        (self.folder / "mail").mkdir(exist_ok=True)
        (self.folder / "run").mkdir(exist_ok=True)
        if os.getuid() == 0:
            os.chown(self.folder / "mail", owner.pw_uid, owner.pw_gid)
        config = self.folder / "dovecot.conf"
        text = _CONFIG.format(at=self.folder, port=self.imap_port, **_owners(owner))
        if not self.has_idle:
            text += "imap_capability = IMAP4rev1 LITERAL+ UIDPLUS\n"
        if self.authority:
            (self.folder / "oauth2.conf").write_text(_OAUTH.format(authority=self.authority))
            text += _OAUTH_CONFIG.format(at=self.folder)
        config.write_text(text)
        with (self.folder / "start.log").open("ab") as log:
            self._dovecot = subprocess.Popen(
                [DOVECOT, "-F", "-c", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )
        end = time.monotonic() + _START_SECONDS
        while not _answers(self.imap_port):
            if self._dovecot.poll() is not None or time.monotonic() > end:
                logs = [path.read_text() for path in self.folder.glob("*.log")]
                self.stop_dovecot()
                raise RuntimeError("dovecot does not start: " + "\n".join(logs)[-2000:])
            time.sleep(0.05)

    def stop_dovecot(self) -> None:
        """Ends the master and every child, also those that still talk to a client."""
        if self._dovecot is None:
            return
        self._dovecot.send_signal(signal.SIGTERM)
        try:
            self._dovecot.wait(10)
        except subprocess.TimeoutExpired:
            self._dovecot.kill()
            self._dovecot.wait(10)
        with suppress(ProcessLookupError):
            os.killpg(self._dovecot.pid, signal.SIGKILL)
        self._dovecot = None

    @contextmanager
    def imap(self, user: str) -> Iterator[imaplib.IMAP4]:
        """A plain IMAP connection, logged in, for looking and for tampering."""
        client = imaplib.IMAP4("127.0.0.1", self.imap_port, timeout=10)
        try:
            client.login(user, self.password)
            yield client
        finally:
            client.logout()

    def deliver(self, raw: bytes | EmailMessage, to: str, folder: str = "INBOX") -> None:
        """Puts a mail into a mailbox, as the last server of its way would."""
        data = raw if isinstance(raw, bytes) else raw.as_bytes(policy=policy.SMTP)
        flags = "\\Seen" if folder != "INBOX" else ""
        with self.imap(to) as client:
            client.create(folder)
            answer, told = client.append(folder, flags, "", data)
            assert answer == "OK", told

    def mails(self, user: str, folder: str = "INBOX") -> list[EmailMessage]:
        """What lies in a mailbox, oldest first."""
        with self.imap(user) as client:
            if client.select(folder, readonly=True)[0] != "OK":
                return []
            numbers = client.search(None, "ALL")[1][0].split()
            found = []
            for number in numbers:
                data = client.fetch(number.decode(), "(BODY.PEEK[])")[1]
                assert isinstance(data[0], tuple)
                message = message_from_bytes(data[0][1], policy=policy.default)
                assert isinstance(message, EmailMessage)
                found.append(message)
            return found

    def seen(self, user: str) -> int:
        """How many mails of the inbox are marked as read."""
        with self.imap(user) as client:
            client.select("INBOX", readonly=True)
            return len(client.search(None, "SEEN")[1][0].split())

    def renumber(self, user: str) -> None:
        """Gives the mailbox a new UIDVALIDITY, as a restored or moved mailbox has. Dovecot restarts."""
        with self.imap(user) as client:
            client.select("INBOX", readonly=True)
            before = client.response("UIDVALIDITY")[1][0]
        self.stop_dovecot()
        root = self.folder / "mail" / user
        for path in (root / "dovecot-uidlist", *root.glob("dovecot*index*")):
            path.unlink(missing_ok=True)
        while int(before) >= int(time.time()):  # Dovecot numbers by the second
            time.sleep(0.1)
        self.start_dovecot()

    # ---- SMTP -----------------------------------------------------------------------------------

    def sent(self) -> list[Sent]:
        """Every mail that was taken, in order."""
        return list(self._taken)

    def script(self, *steps: tuple[str, str]) -> None:
        """Queues (stage, answer) pairs; see `Script`."""
        self.scripts.extend(Script(stage, answer) for stage, answer in steps)

    def next_answer(self, stage: str) -> str:
        """The scripted answer for this stage, or an empty string."""
        if self.scripts and self.scripts[0].stage == stage:
            return self.scripts.pop(0).answer
        return ""

    def take(self, envelope: Envelope) -> None:
        """Keeps a mail, its copy in the sender's Sent, and brings it to recipients who live here."""
        assert isinstance(envelope.content, bytes)
        raw = envelope.content
        sender = envelope.mail_from or ""
        if self._is_here(sender):
            self.deliver(raw, sender, "Sent")
        for recipient in envelope.rcpt_tos:
            if self._is_here(recipient):
                self.deliver(raw, _without_tag(recipient))
        self._taken.append(Sent(sender, tuple(envelope.rcpt_tos), raw))

    def _is_here(self, address: str) -> bool:
        return address.rpartition("@")[2].lower() in self.domains

    def _log_in(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        good = isinstance(data, LoginPassword) and data.password == self.password.encode()
        return AuthResult(success=good, handled=False)

    def knows(self, user: str, token: str) -> bool:
        """Whether the authority says that this token is the user's."""
        status, _, about = fetched(self.authority + quote(token))
        return status == 200 and json.loads(about).get("email") == user


class _Handler:
    """The SMTP dialogue, by script where there is one."""

    def __init__(self, servers: MailServers) -> None:
        self._servers = servers
        if servers.authority:
            self.auth_XOAUTH2 = self._by_token

    async def _by_token(self, server: SMTP, args: list[str]) -> AuthResult:
        """As Google and Microsoft do: what is refused is told in a challenge, which the client answers with nothing."""
        user, _, rest = b64decode(args[1]).decode().partition("\x01")
        token = rest.removeprefix("auth=Bearer ").strip("\x01")
        loop = asyncio.get_running_loop()
        name = user.removeprefix("user=")
        if await loop.run_in_executor(None, self._servers.knows, name, token):
            return AuthResult(success=True, handled=False)
        await server.challenge_auth('{"status":"401","schemes":"bearer"}')
        return AuthResult(success=False, handled=False)

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._servers.requires_login and not session.authenticated:
            return "530 5.7.0 authentication required"
        if answer := self._servers.next_answer("mail"):
            return answer
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := self._servers.next_answer("rcpt"):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self._servers.next_answer("data")
        if answer[:1] in ("4", "5"):
            return answer
        await asyncio.get_running_loop().run_in_executor(None, self._servers.take, envelope)
        if answer == "silence":
            await asyncio.sleep(3)
        if answer == "hang up":
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return "250 OK"


def _without_tag(address: str) -> str:
    """support+anything@x is delivered to support@x."""
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}".lower()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        assert isinstance(port, int)
        return port


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            return connection.recv(20).startswith(b"* OK")
    except OSError:
        return False


def _mail_owner() -> pwd.struct_passwd:
    """Dovecot reads mail as a common user; root may not own mailboxes."""
    return pwd.getpwnam("mail") if os.getuid() == 0 else pwd.getpwuid(os.getuid())


def _owners(owner: pwd.struct_passwd) -> dict[str, object]:
    internal, login = ("dovecot", "dovenull") if os.getuid() == 0 else (owner.pw_name,) * 2
    return {"uid": owner.pw_uid, "gid": owner.pw_gid, "internal": internal, "login": login}


_CONFIG = """
base_dir = {at}/run
state_dir = {at}/run
log_path = {at}/dovecot.log
protocols = imap
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
default_internal_user = {internal}
default_login_user = {login}
mail_location = maildir:{at}/mail/%u
first_valid_uid = 1
first_valid_gid = 1
mail_max_userip_connections = 100
namespace inbox {{
  inbox = yes
  mailbox Sent {{
    auto = create
    special_use = \\Sent
  }}
}}
passdb {{
  driver = static
  args = password=correct-horse-battery
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={at}/mail/%u
}}
service imap-login {{
  chroot =
  process_min_avail = 1
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
"""

_OAUTH_CONFIG = """
auth_mechanisms = plain login xoauth2
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {at}/oauth2.conf
}}
"""
_OAUTH = """
tokeninfo_url = {authority}
introspection_mode = get
username_attribute = email
"""

"""Mail addresses as people write them, and the signed address that a reply comes back to. No message bodies here."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

from channels.email_charset import decode_header

MAX_ADDRESSES = 500
MAX_LIST_BYTES = 65_536
_TOKEN = re.compile(r"\\.|.", re.DOTALL)
_ROUTE = re.compile(r"<\s{0,3}@[^\s<>:@,]{1,253}(?:,\s{0,3}@[^\s<>:@,]{1,253}){0,20}:")
"""By which hosts a mail was to go (RFC 822), in front of the address."""
_MAC_BYTES = (
    10  # 80 bits: a guess succeeds once in 10^24, and the local part stays under 64 characters
)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name and an address as a header gives them; either may be empty. `address` keeps its case."""

    name: str
    address: str


def mailboxes(value: bytes) -> list[Mailbox]:
    """The mailboxes of one address header (RFC 5322, 3.4), groups flattened, wrong ones kept as they can be.

    Reads each byte once; encoded words are decoded after the commas are found, since they may hold commas.
    """
    found: list[Mailbox] = []
    for entry in _entries(_ROUTE.sub("<", value[:MAX_LIST_BYTES].decode("latin-1"))):
        if len(found) == MAX_ADDRESSES:
            break
        if any(entry):
            found.append(_mailbox(*entry))
    return found


def _entries(text: str) -> list[tuple[str, str, str]]:
    """(words, address in angle brackets, comment) per comma-separated entry."""
    entries: list[tuple[str, str, str]] = []
    words: list[str] = []
    angle: list[str] = []
    comment: list[str] = []

    def close() -> None:
        entries.append(("".join(words).strip(), "".join(angle).strip(), "".join(comment).strip()))
        for part in (words, angle, comment):
            part.clear()

    target, depth, in_quotes, has_at = words, 0, False, False
    for piece in _TOKEN.findall(text):
        if in_quotes:
            in_quotes = piece != '"'
            target.extend(piece[-1:] if in_quotes else ())
        elif depth:
            depth += {"(": 1, ")": -1}.get(piece, 0)
            comment.append(piece[-1] if depth else " ")
        elif piece == '"':
            in_quotes = True
        elif piece == "(" and target is not angle:
            depth = 1
        elif piece == "<":
            target = angle
            angle.clear()
        elif piece == ">" and target is angle:
            target = words
        elif piece == ":" and target is words and not has_at:
            words.clear()  # what stood there was the name of a group
        elif piece in ",;":
            close()
            target, has_at = words, False
        else:
            target.append(piece)
            has_at = has_at or piece == "@"
    close()
    return entries


def _mailbox(words: str, angle: str, comment: str) -> Mailbox:
    if angle:
        name, address = words or comment, angle
    else:
        piece = next((word for word in words.split() if "@" in word), "")
        name, address = (comment, piece) if piece else (words or comment, "")
    address = address.removeprefix("mailto:").strip("<>'\" ").replace(" ", "")
    return Mailbox(_text(name).strip("'\" "), _text(address))


def _text(latin: str) -> str:
    return decode_header(latin.encode("latin-1"))


def normalised(address: str) -> str:
    """The address under which a sender is known: lower case, no surrounding space."""
    return address.strip().lower()


def domain_of(address: str) -> str:
    """The part after the last @, lower case."""
    return address.rpartition("@")[2].strip().lower()


def is_plausible(address: str) -> bool:
    """True for something that can be an envelope address: one @, a domain, no spaces or controls."""
    return bool(re.fullmatch(r"[^\s@<>,;:\x00-\x1f]{1,64}@[^\s@<>,;:\x00-\x1f]{1,253}", address))


def signed_address(base: str, conversation: str, secret: str) -> str:
    """`support@x` as `support+<conversation>.<mac>@x`: whoever writes there belongs to the conversation.

    `conversation`: letters and digits (dashes are dropped: a UUID is written in 32). The mac is 80 bits of HMAC-SHA256 in base32, since
    mail systems on the way may change the case of an address.
    """
    local, _, domain = base.rpartition("@")
    name = conversation.replace("-", "").lower()
    return f"{local}+{name}.{_mac(name, secret)}@{domain}"


def conversation_of(address: str, base: str, secrets: tuple[str, ...]) -> str:
    """The conversation (without dashes) that a signed address names, or "" when it is not ours or no secret fits."""
    local, _, domain = normalised(address).rpartition("@")
    our_local, _, our_domain = normalised(base).rpartition("@")
    match = re.fullmatch(re.escape(our_local) + r"\+([a-z0-9]{1,48})\.([a-z2-7]{16})", local)
    if match is None or domain != our_domain:
        return ""
    fits = [hmac.compare_digest(_mac(match[1], secret), match[2]) for secret in secrets if secret]
    return match[1] if any(fits) else ""


def _mac(conversation: str, secret: str) -> str:
    message = b"reply:" + conversation.encode()
    digest = hmac.digest(secret.encode(), message, hashlib.sha256)[:_MAC_BYTES]
    return base64.b32encode(digest).decode().lower()

"""A reply as the mail that goes out. How it is sent does not belong here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape

from channels.email_address import is_plausible, signed_address
from core.errors import PermanentFailure
from core.message import Outbound
from core.rich import Rich
from core.rich_html import html_of

# The library would fold long References into encoded words, which no program reads as references:
# with wide lines it only ever breaks between ids. RFC 5322 allows 998 characters. Seven bits, since
# a server on the way need not know 8BITMIME.
_POLICY = SMTP.clone(max_line_length=900, cte_type="7bit")
_MAX_REFERENCES = 20
# A Message-ID comes from a stranger. The library decodes encoded words even in there, and a line end
# hidden in one would start a header of the stranger's choice: ids with "=?" are not repeated.
_ID = re.compile(r"<(?!.*=\?)[!-;=?A-~]{1,120}@[!-;=?A-~]{1,120}>")
_PREFIXES = re.compile(
    r"\s*(?:(?:re|aw|sv|vs|antw|odp|ynt|rif|res|atb|отв|ответ|回复|回覆|答复|返信|회신|رد|תשובה)(?:\[\d+\])?\s*[:：]\s*)+",
    re.IGNORECASE,
)
_UNSAFE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+"
)


def one_line(text: str, limit: int = 250) -> str:
    """Text that can stand in a header: one line, no controls, no overrides of direction, and no
    encoded word, which the library would decode and with it whatever line ends hide in there."""
    return " ".join(_UNSAFE.sub(" ", text).replace("=?", "= ?").split())[:limit].strip()


def message_id(key: str, domain: str) -> str:
    """The same Message-ID for each attempt of one outbox row, so that a resent mail is the same mail."""
    return f"<{re.sub(r'[^A-Za-z0-9-]', '-', key)[:100] or '-'}@{domain}>"


def subject(outbound: Outbound, fallback: str) -> str:
    """`Re: ...`, with [#ticket] once the conversation has one."""
    words = one_line(outbound.subject)
    bare = _PREFIXES.sub("", words, count=1) if _PREFIXES.match(words) else words
    bare = bare or fallback
    ticket = one_line(str(outbound.extra.get("ticket") or ""), 20).lstrip("#")
    if ticket and f"[#{ticket}]" not in bare:
        bare = f"{bare} [#{ticket}]"
    return f"Re: {bare}" if references(outbound) else bare


def references(outbound: Outbound) -> list[str]:
    """The Message-IDs among the earlier keys, oldest first; of a long thread the first and the last ones."""
    ids = list(dict.fromkeys(str(key) for key in outbound.in_reply_to if _ID.fullmatch(key)))
    return ids if len(ids) <= _MAX_REFERENCES else [ids[0], *ids[1 - _MAX_REFERENCES :]]


def compose(
    outbound: Outbound,
    *,
    address: str,
    name: str,
    reply_address: str,
    reply_secret: str,
    message_domain: str,
    fallback_subject: str,
    signature: Sequence[str] = (),
) -> EmailMessage:
    """The whole mail. Raises `PermanentFailure` when the recipient cannot be an address."""
    if not all(is_plausible(one.value) for one in (outbound.to, *outbound.also)):
        raise PermanentFailure("The recipient is not a mail address.")
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = _address(outbound.author or name, address)
    mail["To"] = _address(outbound.to.display_name, outbound.to.value)
    if outbound.also:
        mail["Cc"] = tuple(_address(one.display_name, one.value) for one in outbound.also)
    mail["Subject"] = subject(outbound, fallback_subject)
    if outbound.at is not None:
        mail["Date"] = format_datetime(outbound.at)
    mail["Message-ID"] = message_id(outbound.key, message_domain)
    conversation = str(outbound.extra.get("conversation") or "")
    if conversation and reply_secret:
        mail["Reply-To"] = _address(name, signed_address(reply_address, conversation, reply_secret))
    if earlier := references(outbound):
        mail["In-Reply-To"] = earlier[-1]
        mail["References"] = " ".join(earlier)
    if outbound.is_automatic:
        mail["Auto-Submitted"] = "auto-replied"
        mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(_words(outbound.text + _signed(signature)), cte=None)
    if page := outbound.html or _page(outbound.rich, signature):
        mail.add_alternative(_words(page), subtype="html", cte=None)
    for file in outbound.attachments:
        # A mail or multipart inside may not be encoded, so it travels as bytes.
        kind = re.fullmatch(
            r"(?!multipart|message)([\w.+-]{1,60})/([\w.+-]{1,80})", file.media_type, re.ASCII
        )
        mail.add_attachment(
            file.content,
            maintype=kind[1] if kind else "application",
            subtype=kind[2] if kind else "octet-stream",
            filename=one_line(file.name, 150) or "attachment",
        )
    return mail


def _address(name: str, address: str) -> Address:
    local, _, domain = address.rpartition("@")
    if not local.isascii():
        raise PermanentFailure("The address needs SMTPUTF8, which is not supported.")
    try:
        return Address(one_line(name, 100), local, domain.encode("idna").decode("ascii"))
    except (UnicodeError, ValueError) as error:
        raise PermanentFailure("The address cannot be written in a mail header.") from error


def _signed(signature: Sequence[str]) -> str:
    """Beneath a line that mail programs know (RFC 3676, 4.3), so that quotations leave it out."""
    lines = [one_line(line) for line in signature]
    return "\n\n-- \n" + "\n".join(lines) if any(lines) else ""


def _page(rich: Rich, signature: Sequence[str]) -> str:
    """The words as a page without style, script or picture, so that nothing is asked for when it is opened."""
    if not rich:
        return ""
    lines = _signed(signature).strip().split("\n")
    foot = f"\n<p>{'<br>'.join(map(escape, lines))}</p>" if any(lines) else ""
    return f'<!doctype html>\n<html><meta charset="utf-8">\n<body>\n{html_of(rich)}{foot}\n</body></html>'


def _words(text: str) -> str:
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]", "", text) + "\n"

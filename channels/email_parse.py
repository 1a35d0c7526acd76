"""One fetched mail to the Inbound that every later step sees. Fetching and sending do not belong here."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import UUID

from channels.contract import Arrival
from channels.email_address import (
    Mailbox,
    conversation_of,
    domain_of,
    mailboxes,
    normalised,
)
from channels.email_alias import written_to
from channels.email_automatic import (
    REPORTS,
    Bounce,
    fails_dmarc,
    is_automatic,
    passes_dmarc,
    read_bounce,
    sign_of_machine,
)
from channels.email_circle import in_circle
from channels.email_files import files_of
from channels.email_forms import writer_in_form
from channels.email_lists import people_may_have_typed, writer_behind
from channels.email_mime import (
    DEFAULT_LIMITS,
    Body,
    Headers,
    Limits,
    Part,
    read_body,
    read_part,
)
from channels.email_quotes import Split, split_html, split_text
from channels.email_sealed import (
    ENCRYPTED,
    SIGNED,
    open_signed,
    seals,
    without_armor,
    without_clear_signature,
)
from channels.email_signature import without_signature
from channels.email_text import html_to_text
from channels.email_titles import is_forward_subject
from channels.email_tnef import is_winmail, unpack
from core.errors import MalformedPayload
from core.ids import ExternalId, ThreadKey
from core.message import (
    AddressKind,
    Delivery,
    Inbound,
    Kept,
    Report,
    Sender,
    Verified,
)

NOBODY = "unknown@sender.invalid"
"""Stands for the sender of a mail without one (RFC 2606: never a real domain)."""
_BELIEVED_DELAY = timedelta(days=7)
_MESSAGE_ID = re.compile(r"<([^<>]{1,400})>")
_BARE_ID = re.compile(r"[^<>\s@]{1,200}@[^<>\s@]{1,200}")
_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d")
_TICKET = re.compile(r"\[#(\d{1,12})\]")


@dataclass(frozen=True, slots=True)
class Reading:
    """What an inbox knows that its mails are read with. `addresses`: our own ones, normalised."""

    addresses: frozenset[str]
    message_domain: str
    reply_address: str
    reply_secrets: tuple[str, ...]
    authserv_id: str = ""
    limits: Limits = DEFAULT_LIMITS
    named: frozenset[str] = frozenset()
    """What it may be written to, where that is more than one address."""
    forms: frozenset[str] = frozenset()
    """Addresses from which only forms of ours write."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail's own account of itself, everything decoded, nothing believed."""

    root: Part
    body: Body
    subject: str
    sender: Mailbox
    to: tuple[Mailbox, ...]
    message_id: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    date: datetime | None

    @property
    def headers(self) -> Headers:
        """The header lines of the mail itself."""
        return self.root.headers


def read_mail(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> Mail:
    """Reads any bytes as a mail; what is missing is empty. Message-IDs are without brackets."""
    root = read_part(raw, limits)
    headers = root.headers
    ids = message_ids(headers.text("message-id"))
    return Mail(
        root=root,
        body=read_body(root),
        subject=headers.text("subject"),
        sender=_sender(headers),
        to=tuple(box for value in headers.all("to") for box in mailboxes(value)),
        message_id=ids[0] if ids else "",
        in_reply_to=message_ids(headers.text("in-reply-to")),
        references=message_ids(headers.text("references")),
        date=_date(headers.text("date")),
    )


def message_ids(value: str) -> tuple[str, ...]:
    """The Message-IDs of a header, without brackets, also where a sender forgot the brackets."""
    # Long ones come folded: what is left of that inside is no part of them.
    framed = ("".join(found.split()) for found in _MESSAGE_ID.findall(value))
    return tuple(filter(None, framed))[:100] or tuple(_BARE_ID.findall(value))[:100]


def _sender(headers: Headers) -> Mailbox:
    """From, else the next best header that names somebody."""
    for name in ("from", "x-original-from", "sender", "reply-to", "return-path"):
        for box in mailboxes(headers.raw(name)):
            if "@" in box.address:
                return box
    return Mailbox("", "")


def _date(value: str) -> datetime | None:
    try:
        date = datetime.fromisoformat(value) if _ISO.match(value) else parsedate_to_datetime(value)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def read_inbound(arrival: Arrival, reading: Reading) -> list[Inbound]:
    """The message a fetched mail is for us; [] for our own mails that come back.

    Raises `MalformedPayload` for an empty body alone: whatever else arrived can be shown to a person.
    No language is hinted: Content-Language tells the language of the sender's program.
    """
    if not arrival.body.strip():
        raise MalformedPayload("an empty mail")
    came = read_mail(arrival.body, reading.limits)
    mail, is_relayed = _by_its_writer(came, reading)
    is_form = is_relayed and normalised(came.sender.address) in reading.forms
    if _is_own(mail, reading):
        return []
    mail, marks = _unsealed(mail, reading.limits)
    newly = new_text(mail)
    split = newly if newly.new else _packed_text(mail)
    words, armored = without_armor(split.new)
    text, signature = without_signature(words, mail.sender.name)
    marks |= {ENCRYPTED} if armored else set()
    bounce = read_bounce(mail.root, mail.sender, split.new)
    keys, is_claim = _thread_keys(mail, reading)
    if not is_claim and (is_relayed or fails_dmarc(mail.headers, reading.authserv_id)):
        keys = ()  # whoever it is, nobody says that they are the customer whose thread they name
    is_silent, for_people, kept = _judged(mail, bounce, reading, marks, is_form=is_form)
    circle, own_keys = in_circle(mail, _sender(mail.headers), reading.authserv_id, is_relayed)
    return [
        Inbound(
            external_id=_external_id(mail, arrival.body),
            sender=_believed(mail, reading, is_relayed),
            text=text,
            at=_moment(mail.date, arrival.received_at),
            thread_keys=keys,
            own_keys=own_keys,
            claims_conversation=is_claim,
            is_automatic=is_silent,
            for_people=for_people,
            circle=circle,
            subject=mail.subject[:500],
            html="\n".join(mail.body.htmls),
            quoted=split.quoted,
            attachments=(*files_of(mail.body.attachments, arrival), *armored),
            extra=_extra(mail, signature, bounce, reading, marks) | kept,
            raw=arrival.body,
            reports=_reports(bounce, keys if is_claim else (), arrival.received_at),
        )
    ]


def _reports(
    bounce: Bounce | None, claimed: tuple[ThreadKey, ...], at: datetime
) -> tuple[Report, ...]:
    """What a bounce says of a mail of ours: named by its Message-ID, which only its recipient knows, or by the
    signed address that it came back to. Without either it could be anybody's word."""
    if bounce is None or bounce.is_delay or not (bounce.message_id or claimed):
        return ()
    status = f" ({bounce.status})" if bounce.status else ""
    return (
        Report(
            Delivery.FAILED,
            provider_id=bounce.message_id,
            problem=f"the mail came back{status}: {bounce.reason}"[:300].rstrip(": "),
            is_gone=bounce.is_gone,
            thread=None if bounce.message_id else claimed[0],
            until=None if bounce.message_id else at,
            recipient=normalised(bounce.recipient),
        ),
    )


def new_text(mail: Mail) -> Split:
    """What was written newly, from the plain text if it says anything, else from the HTML."""
    plain = "\n\n".join(text for text in mail.body.texts if text.strip())
    html = "\n".join(mail.body.htmls)
    if is_forward_subject(mail.subject):
        return Split(plain or html_to_text(html), "")
    return split_text(plain) if plain.strip() else split_html(html) if html else Split("", "")


def _packed_text(mail: Mail) -> Split:
    """What a mail says whose whole content Outlook has packed into a winmail.dat."""
    for file in mail.body.attachments:
        if is_winmail(file):
            inside = unpack(file.content)
            return split_text(inside.text) if inside.text else split_html(inside.html)
    return Split("", "")


def _by_its_writer(mail: Mail, reading: Reading) -> tuple[Mail, bool]:
    """The mail with who wrote it as sender, and whether that is only said by the list or the form that it came through."""
    writer = writer_behind(mail.headers, mail.sender, reading.addresses) or writer_in_form(
        mail.headers, mail.sender, reading
    )
    return (replace(mail, sender=writer), True) if writer else (mail, False)


def _unsealed(mail: Mail, limits: Limits) -> tuple[Mail, set[str]]:
    """The mail without the signatures around its words, and what must be said of it: signed, encrypted."""
    body = read_body(mail.root) if open_signed(mail.root, limits) else mail.body
    marks = set(seals(mail.root))
    texts = tuple(without_clear_signature(text) for text in body.texts)
    if any(is_signed for _, is_signed in texts):
        marks.add(SIGNED)
    return replace(mail, body=replace(body, texts=tuple(text for text, _ in texts))), marks


def _judged(
    mail: Mail, bounce: Bounce | None, reading: Reading, marks: set[str], *, is_form: bool
) -> tuple[bool, str, dict[str, str]]:
    """Whether no machine may answer it, why people get it at once, and where neither people get it, by what a machine
    was seen. What somebody wrote into a form of ours is theirs, whatever the form says of itself."""
    if is_form and bounce is None and mail.root.media_type not in REPORTS:
        return False, _for_people(mail.headers, marks) if ENCRYPTED in marks else "", {}
    about = (mail.headers, mail.root.media_type, mail.sender, reading.addresses)
    sign = Kept.REPORT if bounce is not None else sign_of_machine(*about)
    is_silent = bool(sign) or is_automatic(*about)
    for_people = "" if sign else _for_people(mail.headers, marks)
    return (
        is_silent,
        for_people,
        {"kept": sign or Kept.BULK} if is_silent and not for_people else {},
    )


def _for_people(headers: Headers, marks: set[str]) -> str:
    """Why people get it at once: nobody may answer it by machine, or no machine can read it."""
    return people_may_have_typed(headers) or (ENCRYPTED if ENCRYPTED in marks else "")


def _is_own(mail: Mail, reading: Reading) -> bool:
    if domain_of(mail.message_id) != reading.message_domain:
        return False
    address = mail.sender.address
    return normalised(address) in reading.addresses or bool(
        conversation_of(address, reading.reply_address, reading.reply_secrets)
    )


def _thread_keys(mail: Mail, reading: Reading) -> tuple[tuple[ThreadKey, ...], bool]:
    """Best evidence first, and whether the first alone proves that the sender belongs there.

    A signed address stands alone: were forged references to follow it, an erased conversation
    would hand its proof to another one.
    """
    for name in ("to", "cc", "delivered-to", "x-original-to", "envelope-to"):
        for value in mail.headers.all(name):
            for box in mailboxes(value):
                found = conversation_of(box.address, reading.reply_address, reading.reply_secrets)
                if found:
                    return (conversation_key(found),), True
    names = [f"<{name}>" for name in (*mail.in_reply_to, *reversed(mail.references))]
    ticket = _TICKET.search(mail.subject)
    names += [f"ticket:{ticket[1]}"] if ticket else []
    return tuple(ThreadKey(name) for name in dict.fromkeys(names)), False


def conversation_key(conversation: str) -> ThreadKey:
    """The key under which the store knows a conversation by its id, whichever way that is written."""
    try:
        return ThreadKey(f"conversation:{UUID(conversation)}")
    except ValueError:
        return ThreadKey(f"conversation:{conversation}")


def _external_id(mail: Mail, raw: bytes) -> ExternalId:
    """Message-ID and a digest of what the sender wrote.

    Trace headers are left out: one mail to two of our addresses arrives twice in one mailbox, with
    different Received lines. A stranger who copies a Message-ID does not suppress its mail.
    """
    digest = hashlib.sha256()
    for name in (
        "from",
        "date",
        "subject",
        "message-id",
        "in-reply-to",
        "content-type",
    ):
        digest.update(mail.headers.raw(name) + b"\n")
    digest.update(mail.root.body if mail.headers.lines else raw)
    return ExternalId(f"{mail.message_id[:200]}:{digest.hexdigest()}")


def _believed(mail: Mail, reading: Reading, is_relayed: bool) -> Sender:
    proven = not is_relayed and passes_dmarc(mail.headers, reading.authserv_id, mail.sender)
    return Sender(
        kind=AddressKind.EMAIL,
        value=normalised(mail.sender.address)[:320] or NOBODY,
        verified=Verified.PROVEN if proven else Verified.NO,
        display_name=mail.sender.name[:200],
    )


def _moment(date: datetime | None, received: datetime) -> datetime:
    """The sender's date where it is believable, else when our server got it."""
    if date is None or not received - _BELIEVED_DELAY <= date <= received:
        return received
    return date


def _extra(
    mail: Mail, signature: str, bounce: Bounce | None, reading: Reading, seals: set[str]
) -> dict[str, Any]:
    extra: dict[str, Any] = {
        "subject": mail.subject[:500],
        "message_id": mail.message_id,
    }
    if signature:
        extra["signature"] = signature[:2000]
    marks = sorted(seals)
    if "text/calendar" in mail.body.media_types:
        marks.append("calendar")
    if fails_dmarc(mail.headers, reading.authserv_id):
        marks.append("forged")
    if marks:
        extra["marks"] = marks
    reply_to = [box.address for box in mailboxes(mail.headers.raw("reply-to"))]
    if reply_to and normalised(reply_to[0]) != normalised(mail.sender.address):
        extra["reply_to"] = reply_to[0][:320]
    if to := written_to(mail.headers, reading.named):
        extra["written_to"] = to
    if mail.in_reply_to and domain_of(mail.in_reply_to[0]) == reading.message_domain:
        extra["replies_to"] = f"<{mail.in_reply_to[0]}>"[:300]
    others = [box.address for name in ("to", "cc") for box in mailboxes(mail.headers.raw(name))]
    extra["copies"] = [
        address[:320] for address in others if normalised(address) not in reading.addresses
    ][:20]
    if unsubscribe := mail.headers.text("list-unsubscribe"):
        extra["list_unsubscribe"] = unsubscribe[:1000]
    if bounce is not None:
        extra["bounce"] = {
            "recipient": bounce.recipient,
            "status": bounce.status,
            "is_hard": bounce.is_hard,
            "message_id": bounce.message_id,
            "reason": bounce.reason,
        }
    return extra

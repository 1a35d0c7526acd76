"""Text messages over Twilio: SMS and MMS of one number. What a text costs on the air is in `sms_segments`, keywords in `sms_keywords`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from mimetypes import guess_extension
from typing import Any, ClassVar
from urllib.parse import parse_qs, quote

from pydantic import BaseModel
from twilio.twiml.messaging_response import MessagingResponse

from channels.contract import Answer, Arrival, Capabilities, InOrder
from channels.sms_files import LIMIT, content_of, objection_to
from channels.sms_keywords import wish_of
from channels.sms_quiet import quiet_until
from channels.sms_segments import fitted
from channels.sms_settings import SmsSettings
from channels.twilio_api import OPTED_OUT, TwilioApi
from channels.twilio_signature import fields_of, has_all, verify_call
from core.errors import MalformedPayload, TemporaryFailure
from core.ids import ExternalId, InboxId, ThreadKey
from core.message import (
    AddressKind,
    Attached,
    Delivery,
    Inbound,
    Outbound,
    Receipt,
    Report,
    Sender,
    Verified,
    Wish,
)

MEDIA = 10
"""Files that one MMS may have."""
PAGE = 50
NOT_FETCHED = "kept by Twilio, not fetched"

_SID = re.compile(r"(?:SM|MM)[0-9a-fA-F]{32}")
_PHONE = re.compile(r"\+?[0-9]{3,15}")
_SENDER = re.compile(rf"{_PHONE.pattern}|[A-Za-z0-9 ]{{1,11}}")
_MESSAGE = {"MessageSid": _SID, "From": _SENDER, "To": _PHONE, "Body": re.compile(r"(?s).*")}
_OPTIONAL = frozenset({"NumMedia", "OptOutType", "MessageStatus", "ErrorCode"})
_STATUS = {"MessageSid": _SID, "MessageStatus": re.compile(r"[a-z_]{2,20}")}
_DELIVERIES = {
    "accepted": Delivery.ACCEPTED,
    "scheduled": Delivery.ACCEPTED,
    "queued": Delivery.ACCEPTED,
    "sending": Delivery.ACCEPTED,
    "sent": Delivery.SENT,
    "partially_delivered": Delivery.SENT,
    "delivered": Delivery.DELIVERED,
    "read": Delivery.READ,
    "failed": Delivery.FAILED,
    "undelivered": Delivery.FAILED,
    "canceled": Delivery.FAILED,
}


class Sms:
    """One number. Twilio calls one address for messages and for what became of ours."""

    name: ClassVar[str] = "sms"
    Settings: ClassVar[type[BaseModel]] = SmsSettings
    can: ClassVar[Capabilities] = Capabilities(
        # Twilio takes 1,600; a character beyond the basic plane may count twice.
        text_length=1_500,
        address=AddressKind.PHONE,
        citations=True,
        cuts_answers=True,
        starts=True,
        attachment_bytes=LIMIT,
        files_apart=True,
        file_links=True,
    )

    def __init__(self, inbox_id: InboxId, settings: SmsSettings) -> None:
        self.inbox_id = inbox_id
        self.settings = settings
        self._api = TwilioApi(settings)

    def __repr__(self) -> str:
        return f"Sms({self.settings.number})"

    def verify(self, arrival: Arrival) -> None:
        """Twilio's signature over our public URL, our account, and every name that `parse` relies on."""
        settings = self.settings
        try:
            is_status = _is_status(fields_of(arrival))
        except MalformedPayload:
            is_status = False
        names = _STATUS if is_status else _MESSAGE
        tokens = settings.verifying_tokens
        verify_call(arrival, settings.account_sid, tokens, names, _OPTIONAL)

    def parse(self, arrival: Arrival) -> list[Inbound]:
        """The message in a call; [] for a status of one of ours, and for our own number's echo."""
        fields = fields_of(arrival)
        if _is_status(fields):
            return []
        if not has_all(fields, _MESSAGE):
            raise MalformedPayload("This is not a text message.")
        sender, text = fields["From"], fields["Body"].replace("\x00", "").strip()
        files = _media(fields, self._api.places)
        if sender in {self.settings.number, fields["To"]} or not (text or files):
            return []
        key = _thread(fields["To"], sender)
        can_be_answered = _PHONE.fullmatch(sender) is not None
        return [
            Inbound(
                external_id=ExternalId(fields["MessageSid"]),
                sender=Sender(AddressKind.PHONE, sender, Verified.CHANNEL),
                text=text,
                at=arrival.received_at,
                thread_keys=(key,),
                own_keys=(key,),
                is_automatic=not can_be_answered,
                attachments=tuple(
                    Attached(name, kind, b"", problem=NOT_FETCHED, reference=url)
                    for name, kind, url in files
                ),
                extra={"to": fields["To"]},
                raw=arrival.body,
                wish=self._wish(fields),
            )
        ]

    def _wish(self, fields: Mapping[str, str]) -> Wish | None:
        return wish_of(fields["Body"], fields.get("OptOutType", ""), self.settings.more_stop_words)

    def acknowledge(self, arrival: Arrival) -> Answer:
        """An empty document: what the bot says follows by itself. Keywords are answered here where Twilio does
        not: in the response to the very message, so once, however often it is brought."""
        document = MessagingResponse()
        if self.settings.keywords_by == "us":
            for inbound in self.parse(arrival):
                if inbound.wish is not None:
                    document.message(self._said_to(inbound.wish))
        return Answer(200, str(document).encode(), "text/xml; charset=utf-8")

    def _said_to(self, wish: Wish) -> str:
        settings = self.settings
        texts = {
            Wish.STOP: settings.stop_text,
            Wish.START: settings.start_text,
            Wish.HELP: settings.help_text,
        }
        return texts[wish]

    def reports(self, arrival: Arrival) -> list[Report]:
        """What became of a message of ours; its outbox key stands in the address that Twilio calls."""
        fields = fields_of(arrival)
        delivery = _DELIVERIES.get(fields.get("MessageStatus", ""))
        if delivery is None:
            return []
        code = fields.get("ErrorCode", "")
        known = parse_qs(arrival.query).get("outbox", [""])
        return [
            Report(
                delivery=delivery,
                key=known[0],
                provider_id=fields.get("MessageSid", ""),
                problem=f"Twilio could not deliver it: error {code}" if code.isdecimal() else "",
                has_opted_out=code == str(OPTED_OUT),
            )
        ]

    def quiet_until(self, to: Sender, at: datetime) -> datetime | None:
        """After the quiet hours of the place that the number belongs to."""
        return quiet_until(self.settings.quiet_hours, to.value, self.settings.number, at)

    @property
    def lets_replies_through(self) -> bool:
        """As the settings say."""
        return self.settings.urgent_replies

    async def try_out(self, at: datetime) -> list[InOrder]:
        """The number, as the Twilio account knows it."""
        return [InOrder("number", await self._api.own_number(self.settings.number))]

    async def send(self, outbound: Outbound) -> Receipt:
        """One attempt: 201 from Twilio is a receipt, its fate comes as status calls."""
        settings = self.settings
        fields = {"To": outbound.to.value, **self._content(outbound)}
        if settings.messaging_service_sid:
            fields["MessagingServiceSid"] = settings.messaging_service_sid
        else:
            fields["From"] = settings.number
        if webhook := outbound.extra.get("webhook"):
            fields["StatusCallback"] = f"{webhook}?outbox={quote(outbound.key, safe='')}"
        made = await self._api.post("Messages", fields)
        sid = str(made.get("sid") or "")
        if not _SID.fullmatch(sid):
            raise TemporaryFailure("Twilio's answer names no message", certain=False)
        return self._receipt(sid, outbound)

    def objection(self, media_type: str, size: int) -> str:
        """Why such a file cannot go out here."""
        return objection_to(size)

    def _content(self, outbound: Outbound) -> dict[str, str]:
        if outbound.attachments:
            return content_of(outbound.attachments[0], outbound.to.value, self.settings)
        link = next((item.url for item in outbound.citations if item.url), "")
        return {"Body": fitted(outbound.text, link, self.settings.answer_segments)}

    def _receipt(self, sid: str, outbound: Outbound) -> Receipt:
        return Receipt(sid, (_thread(self.settings.number, outbound.to.value),))

    async def fetch(self, reference: str) -> bytes:
        """A file of an MMS, from where Twilio keeps it."""
        return await self._api.download(reference)

    async def find(self, outbound: Outbound) -> Receipt | None:
        """Looks among the newest messages to this recipient for one with these words, made since the reply was
        written. Two replies of the same words written within one second cannot be told apart.

        Raises `TemporaryFailure`, not certain, where more were made since then than one page holds.
        """
        query = {"To": outbound.to.value, "PageSize": str(PAGE)}
        page = (await self._api.get("Messages", query)).get("messages")
        if not isinstance(page, list) or outbound.at is None:
            raise TemporaryFailure("Twilio's list cannot be read", certain=False)
        since = outbound.at.replace(microsecond=0)
        recent = [item for item in page if _made_at(item, since) >= since]
        words = _folded(self._content(outbound)["Body"])
        for item in recent:
            if str(item.get("direction", "")).startswith("outbound") and _folded(
                str(item.get("body", ""))
            ).endswith(words):
                return self._receipt(str(item["sid"]), outbound)
        if len(recent) >= PAGE:
            raise TemporaryFailure("too many messages to look through", certain=False)
        return None


def _is_status(fields: Mapping[str, str]) -> bool:
    """A word on a message of ours: messages that come in carry no MessageStatus, or `received`."""
    return fields.get("MessageStatus", "received") != "received"


def _media(fields: Mapping[str, str], places: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """Name, type and address of each file of an MMS; without an address where it is not within `places`."""
    count = fields.get("NumMedia", "0")
    files = []
    for place in range(min(int(count), MEDIA) if re.fullmatch(r"[0-9]{1,3}", count) else 0):
        url = fields.get(f"MediaUrl{place}", "")
        kind = fields.get(f"MediaContentType{place}", "")
        if not re.fullmatch(r"[\w.+-]{1,60}/[\w.+-]{1,60}", kind, re.ASCII):
            kind = "application/octet-stream"
        is_ours = url.startswith(places) and re.fullmatch(r"[!-~]{1,500}", url)
        name = f"media-{place + 1}{guess_extension(kind) or ''}"
        files.append((name, kind, url if is_ours else ""))
    return files


def _thread(ours: str, theirs: str) -> ThreadKey:
    return ThreadKey(f"sms:{ours}:{theirs}")


def _made_at(item: dict[str, Any], unknown: datetime) -> datetime:
    """When Twilio made a message; one that does not say is looked at all the same."""
    try:
        made = parsedate_to_datetime(str(item["date_created"]))
    except (KeyError, ValueError):
        return unknown
    return made if made.tzinfo else unknown


def _folded(text: str) -> str:
    return " ".join(text.split())

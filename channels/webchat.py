"""Our own chat: signed conversation tokens, origin rules, and posted messages as Inbound.

HTTP (routes, CORS headers, statuses) is `web.arrivals`; what visitors read is `web.streams`.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Annotated, ClassVar
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    ValidationError,
)

from channels.contract import Answer, Arrival, Capabilities, InOrder
from channels.contract_forms import EVERY_LOOK
from channels.webchat_identity import LONGEST, Identity, read_identity
from channels.webchat_settings import WebchatSettings, plain_origin
from channels.webchat_tokens import Claims, bearer, is_signed, packed, read_claims
from core.errors import BadSignature, MalformedPayload, NotAllowed, NotFound, PermanentFailure
from core.ids import ConversationId, ExternalId, InboxId, ThreadKey
from core.message import (
    AddressKind,
    Attached,
    Inbound,
    Outbound,
    Receipt,
    Sender,
    Verified,
    unturned,
)

TEXT_LIMIT = 4_000
BODY_LIMIT = 64 * 1024
FILE_LIMIT = 10 * 1024 * 1024

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


def _same_loopback(origin: str, own: str) -> bool:
    """localhost, 127.0.0.1 and [::1] of one port are one machine to the person who types them."""
    here, there = urlsplit(origin), urlsplit(own)
    hosts = {here.netloc.removesuffix(f":{here.port}"), there.netloc.removesuffix(f":{there.port}")}
    return hosts <= _LOOPBACK and (here.scheme, here.port) == (there.scheme, there.port)


def _trimmed(text: object) -> object:
    return _CONTROLS.sub("", text).strip() if isinstance(text, str) else text


class _Posted(BaseModel):
    """The body of a posted message. Unknown keys are ignored, so that old servers take new widgets."""

    model_config = ConfigDict(strict=True)

    client_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._~-]{1,64}$")]
    text: Annotated[
        str, BeforeValidator(_trimmed), StringConstraints(min_length=1, max_length=TEXT_LIMIT)
    ]
    language: Annotated[str, StringConstraints(pattern=r"^([a-z]{2})?$")] = ""
    page: Annotated[str, StringConstraints(pattern=r"^(https?://\S*)?$", max_length=2_000)] = ""


class _PostedFile(BaseModel):
    """What stands beside a posted file: its name as the browser has it, and what sort of thing it says it is."""

    client_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._~-]{1,64}$")]
    name: Annotated[str, BeforeValidator(_trimmed), StringConstraints(min_length=1, max_length=200)]
    media_type: Annotated[
        # Letters of ASCII alone, as every media type has: for `\w` pydantic's engine keeps megabytes.
        str,
        StringConstraints(pattern=r"^[A-Za-z0-9_.+-]{1,60}/[A-Za-z0-9_.+-]{1,60}$", max_length=120),
    ] = "application/octet-stream"


_COMPLAINTS = {
    "name": "name must be the file's name, of at most 200 characters",
    "media_type": "content-type must be a plain type such as image/png",
    "client_id": "client_id must be 1 to 64 characters out of A-Z a-z 0-9 . _ ~ -",
    "text": f"text must be 1 to {TEXT_LIMIT} characters after trimming",
    "language": "language must be a two-letter code or empty",
    "page": "page must be an http(s) address of at most 2000 characters or empty",
}


class Webchat:
    """The chat on our own pages and on allowed foreign ones."""

    name: ClassVar[str] = "webchat"
    Settings: ClassVar[type[BaseModel]] = WebchatSettings
    can: ClassVar[Capabilities] = Capabilities(
        text_length=16_000,
        address=AddressKind.VISITOR,
        buttons=10,
        citations=True,
        threads=True,
        typing=True,
        attachment_bytes=FILE_LIMIT,
    )
    shows = EVERY_LOOK

    def __init__(self, inbox_id: InboxId, settings: WebchatSettings) -> None:
        self.inbox_id = inbox_id
        self.settings = settings

    def issue_token(
        self, conversation: ConversationId, visitor: UUID, now: datetime, *, is_known: bool = False
    ) -> str:
        """A bearer token for one conversation, good for `token_days` days, or for a day where it shows what
        was said by somebody known.

        It travels in a header alone: addresses end in logs, histories and Referer.
        """
        expires = now + (LONGEST if is_known else timedelta(days=self.settings.token_days))
        claims = Claims(self.inbox_id, conversation, visitor, expires, is_known)
        return packed(claims, self.settings.signing_secret)

    def check_token(self, token: str, now: datetime) -> Claims:
        """The claims of a genuine, unexpired token of this inbox; else raises `BadSignature`."""
        secrets = (self.settings.signing_secret, self.settings.previous_secret)
        good, claims = is_signed(token, secrets), read_claims(token)
        if not good or claims.inbox != self.inbox_id or claims.expires <= now:
            raise BadSignature
        return claims

    def renewed_token(self, claims: Claims, now: datetime) -> str | None:
        """A fresh token once half of the old one's life is over, else None. Who is known is asked anew instead."""
        if claims.is_known or claims.expires - now > timedelta(days=self.settings.token_days) / 2:
            return None
        return self.issue_token(ConversationId(claims.conversation), claims.visitor, now)

    @property
    def knows_people(self) -> bool:
        """Can visitors say who they are here?"""
        return self.settings.identity_secret is not None

    def check_identity(self, token: str, inbox: str, now: datetime) -> Identity:
        """Who somebody is, in the website's signed word for the inbox of this name. Raises `BadSignature`."""
        secrets = (self.settings.identity_secret, self.settings.previous_identity_secret)
        return read_identity(token, secrets, inbox, now)

    def allows_origin(self, origin: str | None, own: str) -> bool:
        """May a page of `origin` use this chat? None: a server, which sends no Origin header.

        `own`: an address of this installation, from its settings, never from the request.
        """
        if origin is None:
            return True
        try:
            here, home = plain_origin(origin), plain_origin("://".join(urlsplit(own)[:2]))
        except ValueError:
            return False
        return here == home or here in self.settings.allowed_origins or _same_loopback(here, home)

    def verify_origin(self, arrival: Arrival) -> None:
        """Raises `NotAllowed` for a page of a foreign origin."""
        if not self.allows_origin(arrival.headers.get("origin"), arrival.url):
            raise NotAllowed("This website may not use this chat.")

    def verify(self, arrival: Arrival) -> None:
        """Origin first, then the token; opening a conversation needs none but takes a valid one.

        Raises `NotAllowed` for a foreign origin, `BadSignature` for a bad token, `NotFound` for
        another conversation's, so that nobody learns which conversations exist.
        """
        self.verify_origin(arrival)
        wanted, token = str(arrival.meta.get("conversation", "")), bearer(arrival)
        if not wanted and not token:
            return
        claims = self.check_token(token, arrival.received_at)
        if wanted and wanted != str(claims.conversation):
            raise NotFound

    def parse(self, arrival: Arrival) -> list[Inbound]:
        """One posted message. Call `verify` first: who wrote it is read from the token."""
        try:
            claims = read_claims(bearer(arrival))
        except BadSignature as error:
            raise MalformedPayload("a message needs a conversation's token") from error
        if "name" in arrival.meta:
            return [_with_file(arrival, claims)]
        if len(arrival.body) > BODY_LIMIT:
            raise MalformedPayload(f"the body must be at most {BODY_LIMIT} bytes")
        try:
            posted = _Posted.model_validate_json(arrival.body)
        except ValidationError as error:
            raise MalformedPayload(_complaint(error)) from error
        key = ThreadKey(str(claims.conversation))
        return [
            Inbound(
                external_id=ExternalId(f"{key}:{posted.client_id}"),
                sender=Sender(AddressKind.VISITOR, str(claims.visitor), Verified.NO),
                text=posted.text,
                at=arrival.received_at,
                thread_keys=(key,),
                own_keys=(key,),
                claims_conversation=True,
                language_hint=posted.language,
                client_id=posted.client_id,
                extra={"page": posted.page} if posted.page else {},
                raw=arrival.body,
            )
        ]

    def acknowledge(self, arrival: Arrival) -> Answer:
        """202: it is stored. `web.arrivals` adds the sequence number, which only the store knows."""
        return Answer(202)

    async def try_out(self, at: datetime) -> list[InOrder]:
        """There is nobody else to ask: a token of ours must pass our own check."""
        conversation, visitor = ConversationId(UUID(int=1)), UUID(int=2)
        try:
            self.check_token(self.issue_token(conversation, visitor, at), at)
        except BadSignature:
            raise PermanentFailure("the signing secret does not fit its own tokens") from None
        return [InOrder("our_own", ", ".join(self.settings.allowed_origins))]

    async def send(self, outbound: Outbound) -> Receipt:
        """Never right here: a chat reply is delivered by its commit (see `streamed`)."""
        raise PermanentFailure("Web chat replies are read from the event stream, never sent.")

    def streamed(self, public_seq: int) -> Receipt:
        """The receipt of a reply that stands in the stream under `public_seq`."""
        return Receipt(f"stream:{public_seq}")


def _with_file(arrival: Arrival, claims: Claims) -> Inbound:
    """A file is a message of its own. What colleagues get of it is a download, whatever it says it is."""
    try:
        posted = _PostedFile.model_validate(
            {name: arrival.meta[name] for name in ("client_id", "name", "media_type")}
        )
    except ValidationError as error:
        raise MalformedPayload(_complaint(error)) from error
    if not arrival.body:
        raise MalformedPayload("the file is empty")
    name = re.split(r"[/\\]", unturned(posted.name))[-1] or "file"
    key = ThreadKey(str(claims.conversation))
    shown = {"name": name, "media_type": posted.media_type, "size": len(arrival.body)}
    return Inbound(
        external_id=ExternalId(f"{key}:{posted.client_id}"),
        sender=Sender(AddressKind.VISITOR, str(claims.visitor), Verified.NO),
        text="",
        at=arrival.received_at,
        thread_keys=(key,),
        own_keys=(key,),
        claims_conversation=True,
        client_id=posted.client_id,
        attachments=(Attached(name, posted.media_type, arrival.body),),
        extra={"files": [shown]},
    )


def _complaint(error: ValidationError) -> str:
    """Names the field, never repeats what was typed."""
    where = error.errors(include_input=False, include_url=False)[0]["loc"]
    field = str(where[0]) if where else ""
    return _COMPLAINTS.get(field, "the body must be a JSON object with client_id and text")

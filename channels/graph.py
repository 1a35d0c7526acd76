"""WhatsApp, Messenger and Instagram over Meta's Graph API: one account of one of them. What arrives is read in `graph_whatsapp` and `graph_messaging`."""

from __future__ import annotations

import hmac
import re
from datetime import datetime, timedelta
from hashlib import sha256
from typing import ClassVar
from urllib.parse import parse_qs

from pydantic import BaseModel

from channels import graph_messaging, graph_public, graph_whatsapp
from channels.contract import Answer, Arrival, Capabilities, InOrder
from channels.contract_people import Profile
from channels.graph_answers import private_answer, public_answer
from channels.graph_api import GraphApi, Json
from channels.graph_bodies import messaging_message, whatsapp_message
from channels.graph_errors import OUTSIDE
from channels.graph_files import LIMIT, instagram_file, messenger_file, objection_to, whatsapp_file
from channels.graph_people import ASKED, read_profile
from channels.graph_places import message_key, ours_key, person_key, person_of
from channels.graph_rich import SHOWS
from channels.graph_settings import GraphSettings
from core.errors import BadSignature, PermanentFailure, TemporaryFailure
from core.ids import InboxId
from core.message import AddressKind, Inbound, Outbound, Receipt, Report, Sender
from core.post import Looked, Posted
from core.rich import Look

WINDOW = timedelta(hours=24)
"""After a customer's last message anything may be said for so long."""
HUMAN_WINDOW = timedelta(days=7)
"""Messenger and Instagram: people, not machines, may answer for so long."""
_MARGIN = timedelta(minutes=2)
_PREFIX = "sha256="


class Graph:
    """One phone number, page or Instagram account. Keeps no state but its client."""

    name: ClassVar[str] = "graph"
    Settings: ClassVar[type[BaseModel]] = GraphSettings
    can: ClassVar[Capabilities] = Capabilities(
        # WhatsApp takes 4,096 characters and Messenger 2,000, Instagram 1,000 bytes: one length for all.
        text_length=1000,
        text_in_bytes=True,
        address=AddressKind.SOCIAL,
        buttons=10,
        typing=True,
        attachment_bytes=LIMIT,
        files_apart=True,
        file_links=True,
    )

    def __init__(self, inbox_id: InboxId, settings: GraphSettings) -> None:
        self.inbox_id = inbox_id
        self.settings = settings
        self._api = GraphApi(settings)

    @property
    def shows(self) -> frozenset[Look]:
        """WhatsApp alone has signs for it."""
        return SHOWS if self.settings.product == "whatsapp" else frozenset()

    @property
    def service(self) -> str:
        """Which of Meta's three."""
        return self.settings.product

    def __repr__(self) -> str:
        return f"Graph({self.settings.product} {self.settings.account})"

    # ---- what arrives ---------------------------------------------------------------------------

    def verify(self, arrival: Arrival) -> None:
        """Signed by the app's secret over the raw body; a question for the challenge carries our own word."""
        if arrival.kind != "webhook":
            raise BadSignature
        if arrival.method == "GET":
            self._verify_question(arrival)
            return
        told = arrival.headers.get("x-hub-signature-256", "")
        given = told[len(_PREFIX) :].encode() if told.startswith(_PREFIX) else b""
        good = False
        for secret in self.settings.signing_secrets:
            mac = hmac.new(secret, arrival.body, sha256).hexdigest().encode()
            good |= hmac.compare_digest(mac, given)
        if not good or arrival.method != "POST":
            raise BadSignature

    def _verify_question(self, arrival: Arrival) -> None:
        is_long = len(arrival.query) >= 5000 or arrival.query.count("&") >= 50
        asked = {} if is_long else parse_qs(arrival.query)
        word = self.settings.verify_token.get_secret_value().encode()
        told = asked.get("hub.verify_token", [""])[0].encode(errors="replace")
        is_ours = hmac.compare_digest(word, told)
        if not is_ours or asked.get("hub.mode") != ["subscribe"] or not _challenge(arrival):
            raise BadSignature

    def parse(self, arrival: Arrival) -> list[Inbound]:
        """What people said; [] for what became of our messages, for our own words, and for all else."""
        if arrival.method == "GET":
            return []
        if self.settings.product == "whatsapp":
            return graph_whatsapp.read_messages(arrival.body, self.settings)
        return graph_messaging.read_messages(arrival.body, self.settings)

    def reports(self, arrival: Arrival) -> list[Report]:
        """What became of messages of ours."""
        if arrival.method == "GET":
            return []
        if self.settings.product == "whatsapp":
            return graph_whatsapp.read_reports(arrival.body, self.settings)
        return graph_messaging.read_reports(arrival.body, self.settings)

    def posts(self, arrival: Arrival) -> list[Posted]:
        """What people wrote in public, on Facebook and Instagram."""
        if arrival.method == "GET":
            return []
        return graph_public.read_posts(arrival.body, self.settings)

    async def look_up(self, reference: str) -> Looked:
        """What Meta leaves out of its calls about public posts."""
        asked = graph_public.lookup_of(reference, self.settings)
        if asked is None:
            raise PermanentFailure("this is no reference of Meta's")
        return graph_public.read_lookup(await self._api.about(*asked), self.settings)

    def acknowledge(self, arrival: Arrival) -> Answer:
        """The challenge where Meta asks for it, else an empty 200: what the bot says follows by itself."""
        return Answer(body=_challenge(arrival).encode())

    async def react(self, arrival: Arrival) -> None:
        """Shows that it was read and that we are writing."""
        for inbound in self.parse(arrival)[-1:]:
            if inbound.is_automatic:
                continue
            person = person_of(self.settings, inbound.sender.value)
            if self.settings.product == "whatsapp":
                about = {"messaging_product": "whatsapp", "status": "read"}
                await self._api.post(
                    {
                        **about,
                        "message_id": inbound.external_id,
                        "typing_indicator": {"type": "text"},
                    }
                )
                return
            for action in ("mark_seen", "typing_on"):
                await self._api.post({"recipient": {"id": person}, "sender_action": action})

    def is_mere_sign(self, arrival: Arrival) -> bool:
        """Always."""
        return True

    async def fetch(self, reference: str) -> bytes:
        """A file that a message named, from where Meta keeps it."""
        return await self._api.download(reference)

    @property
    def tells_names(self) -> bool:
        """WhatsApp brings the name with each message."""
        return self.settings.product in ASKED

    async def profile(self, sender: Sender) -> Profile:
        """Who wrote, by Meta's profile API. Raises `TemporaryFailure`; `PermanentFailure` where Meta does not tell."""
        person = person_of(self.settings, sender.value)
        refusal = PermanentFailure("this is no address of this account's people")
        for fields in ASKED[self.settings.product] if person and self.tells_names else ():
            try:
                return read_profile(await self._api.person(person, fields))
            except PermanentFailure as untold:
                refusal = untold
        raise refusal

    # ---- what is sent ---------------------------------------------------------------------------

    async def try_out(self, at: datetime) -> list[InOrder]:
        """The number, page or account, by the name that Meta has for it."""
        about = await self._api.account()
        names = ("display_phone_number", "verified_name", "name", "id")
        return [InOrder("signed_in", next((str(about[n]) for n in names if about.get(n)), ""))]

    async def send(self, outbound: Outbound) -> Receipt:
        """One attempt. After 24 hours of the customer's silence WhatsApp takes the template alone, the others
        the late answer of a person; where there is neither, `PermanentFailure`. What goes to an author in public
        stands under their post."""
        if outbound.to.kind is AddressKind.PUBLIC:
            return await self._answer_in_public(outbound)
        person = person_of(self.settings, outbound.to.value)
        if not person:
            raise PermanentFailure("this is no address of this account's people")
        if (private := private_answer(outbound, self.settings)) is not None:
            return self._receipt(await self._api.post(private), person)
        is_late = self._is_late(outbound)
        if outbound.attachments:
            return self._receipt(await self._send_file(person, outbound, is_late), person)
        if self.settings.product == "whatsapp":
            body = whatsapp_message(person, outbound, self.settings, is_late)
        else:
            body = messaging_message(person, outbound, is_late)
        return self._receipt(await self._api.post(body), person)

    async def _send_file(self, person: str, outbound: Outbound, is_late: bool) -> Json:
        """A file is a message of its own. Raises `PermanentFailure` for one that Meta does not take."""
        (file,) = outbound.attachments
        if problem := objection_to(file.media_type, len(file.content), self.settings):
            raise PermanentFailure(problem)
        if self.settings.product == "messenger":
            return await self._api.post_file(messenger_file(person, file, is_late), file)
        if self.settings.product == "instagram":
            return await self._api.post(instagram_file(person, file, is_late))
        if is_late:
            raise PermanentFailure(f"{OUTSIDE}, and a template carries no files")
        media = await self._api.upload(file)
        return await self._api.post(whatsapp_file(person, file, media, outbound.key))

    def objection(self, media_type: str, size: int) -> str:
        """Why such a file cannot go out here."""
        return objection_to(media_type, size, self.settings)

    def _receipt(self, made: Json, person: str) -> Receipt:
        """Meta names the person to whom a private answer went: from there they write back."""
        message = _message_in(made)
        told = made.get("recipient_id")
        person = told if isinstance(told, str) and told.isdecimal() else person
        keys = (person_key(self.settings, person), message_key(self.settings, person, message))
        return Receipt(provider_id=message, own_keys=keys)

    async def _answer_in_public(self, outbound: Outbound) -> Receipt:
        path, body = public_answer(outbound, self.settings)
        made = await self._api.post(body, path)
        mark = made.get("id")
        if not isinstance(mark, str) or not re.fullmatch(r"[0-9_]{1,80}", mark):
            raise TemporaryFailure("Meta's answer names no comment", certain=False)
        return Receipt(provider_id=mark, own_keys=(ours_key(self.settings, mark),))

    def _is_late(self, outbound: Outbound) -> bool:
        """True where only the form for late answers is allowed now. Raises `PermanentFailure` where not even that."""
        if outbound.heard_at is None or outbound.sent_at is None:
            return False
        silence = outbound.sent_at - outbound.heard_at + _MARGIN
        if silence <= WINDOW:
            return False
        if self.settings.product == "whatsapp":
            if not self.settings.template:
                raise PermanentFailure(f"{OUTSIDE}, and no template is set")
        elif outbound.is_automatic:
            raise PermanentFailure(OUTSIDE)
        elif silence > HUMAN_WINDOW:
            raise PermanentFailure("the customer has been silent for more than 7 days")
        return True


def _challenge(arrival: Arrival) -> str:
    """What Meta wants to hear, if it asks: a number, and nothing that a browser could run."""
    if arrival.method != "GET":
        return ""
    told = parse_qs(arrival.query[:5000]).get("hub.challenge", [""])[0]
    return told if re.fullmatch(r"[0-9A-Za-z_.-]{1,200}", told) else ""


def _message_in(made: Json) -> str:
    """Meta's id of the message that it took."""
    messages = made.get("messages")
    if isinstance(messages, list) and messages and isinstance(messages[0], dict):
        made = {"message_id": messages[0].get("id")}
    message = made.get("message_id")
    if not isinstance(message, str) or not message:
        raise TemporaryFailure("Meta's answer names no message", certain=False)
    return message

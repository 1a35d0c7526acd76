"""A chat by mail, for the visitor who asks: at once to an address that is proven to be theirs, to any other only after
its owner said yes by a signed link. Until then that address gets fixed words of ours and nothing of the chat."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import urljoin
from uuid import UUID, uuid5

from django.db import transaction

from bot.house import House
from bot.links import named_in, token_of
from bot.transcript_words import say
from core.errors import Conflict, NotFound
from core.message import AddressKind, Outbound, Sender
from core.rich import Rich, plain, rich_of
from core.rich_html import html_of
from store import transcripts
from store.addresses import address_of
from store.bodies import Body, open_body
from store.customers import are_one
from store.events import Log, public_after
from store.models import Address, Brand, Conversation
from store.notices import mailbox
from store.outbox import Leased
from store.turns import Finish, lock, write
from store.vault import Erased

MOST = 1000
MOST_TEXT = 100_000
"""Public events of a chat, and characters of them, that one mail holds: the latest."""
_PURPOSE = "transcript"
_ASKS, _SENT = "asks", "sent"


@dataclass(frozen=True, slots=True)
class Line:
    """Something said, as a mail shows it."""

    who: str = field(repr=False)
    at: str
    text: str = field(repr=False)
    rich: Rich = field(default=(), repr=False)


def ask(house: House, conversation: UUID, email: str) -> bool:
    """True when the transcript is on its way, False when the address is asked first. Asked for again before anything
    new was said, it is the same mail. `email`: empty for the address that is known.

    Raises `NotFound` without a mailbox or an address, `Conflict` for an empty chat and for more than is allowed a day.
    """
    now = house.clock()
    with transaction.atomic():
        row = lock(conversation)
        inbox = mailbox(row.brand_id)
        if inbox is None:
            raise NotFound("There is no mailbox to send from.")
        if not row.last_public_seq:
            raise Conflict("Nothing has been said yet.")
        sender = Sender(AddressKind.EMAIL, email.lower())
        to = address_of(house.vault, inbox, sender, now) if email else transcripts.known_mail(row)
        is_sent = is_theirs(row, to)
        stage = _SENT if is_sent else _ASKS
        key = uuid5(row.id, f"{stage}:{to.id}:{row.last_public_seq}")
        if transcripts.is_queued(key):
            return is_sent
        most = transcripts.A_DAY if is_sent else transcripts.TO_STRANGERS
        if not transcripts.has_room(row, to, most, now):
            raise Conflict("This was asked for often enough today.")
        finish = Finish(house.vault, row, now, Log(row, now))
        transcripts.queue(finish, key, to, inbox, _body(row, stage, row.last_public_seq))
        write(finish)
    house.doorbell.ring("outbox")
    return is_sent


def is_theirs(row: Conversation, to: Address) -> bool:
    """Is it proven that this address belongs to whoever chats here?"""
    return are_one(row.address_id, to.id)


@dataclass(frozen=True, slots=True)
class Asked:
    """The question to the owner of an address, as its page shows it."""

    language: str
    brand: str


def asked(house: House, token: str) -> Asked:
    """What the page shows. Raises `NotFound`, also a day after it was asked."""
    row = _asking(house, token, house.clock()).conversation
    return Asked(row.language, row.brand.name)


def confirm(house: House, token: str) -> None:
    """The owner of the address wants it: what had been said when it was asked for goes out, once. Raises `NotFound`."""
    now = house.clock()
    with transaction.atomic():
        asking = _asking(house, token, now)
        key = uuid5(asking.key, _SENT)
        row = lock(asking.conversation_id)
        if transcripts.is_queued(key):
            return
        finish = Finish(house.vault, row, now, Log(row, now))
        try:
            until = int(open_body(house.vault, asking.message).extra["until"])
            body = _body(row, _SENT, until)
            transcripts.queue(finish, key, asking.address, asking.inbox, body)
        except Erased as error:
            raise NotFound("This chat was erased.") from error
        write(finish)
    house.doorbell.ring("outbox")


def as_mail(house: House, row: Leased, said: Outbound) -> Outbound:
    """A row of ours as it goes out; everything else stays as it is. Runs in a database thread."""
    stage = row.body.extra.get("transcript")
    if stage is None:
        return said
    brand = Brand.objects.get(conversation=row.conversation).name
    if stage == _ASKS:
        token = token_of(house.vault, _PURPOSE, row.key)
        url = f"{house.settings.public_url}/transcript/{token}"
        text = f"{say('ask', row.language, brand=brand, url=url)}\n\n{say('ask_not', row.language)}"
        # Nothing of the chat, and no way into it: neither its threads nor the address that leads there.
        bare = {**said.extra, "conversation": "", "ticket": None}
        subject = say("ask_subject", row.language, brand=brand)
        return replace(
            said, text=text, subject=subject, thread_key=None, in_reply_to=(), extra=bare
        )
    intro = say("intro", row.language, brand=brand)
    until = int(row.body.extra["until"])
    lines = _latest(list(lines_of(house, row.conversation, until, row.language)))
    return replace(
        said,
        text="\n\n".join([intro, *(f"{one.who}, {one.at}\n{one.text}" for one in lines)]),
        html=_html(intro, lines, row.language),
        subject=say("subject", row.language, brand=brand),
    )


def lines_of(house: House, conversation: UUID, until: int, language: str) -> Iterable[Line]:
    """What its visitor can read in the chat up to this public number, the latest of it; notes are not among that."""
    for event in public_after(house.vault, conversation, max(0, until - MOST), MOST):
        if event.seq > until:
            return
        if event.data["type"] == "message":
            at = datetime.fromisoformat(event.data["at"])
            words = _words(event.data, house.settings.public_url, language)
            rich = rich_of(event.data.get("rich", ()))
            yield Line(_who(event.data, language), f"{at:%Y-%m-%d %H:%M}", words, rich)


def _latest(lines: list[Line]) -> list[Line]:
    kept: list[Line] = []
    room = MOST_TEXT
    while lines and len(lines[-1].text) <= room:
        kept.append(lines.pop())
        room -= len(kept[-1].text)
    return kept[::-1]


def _who(data: dict[str, Any], language: str) -> str:
    if data["from"] == "customer":
        return say("you", language)
    if data["from"] == "agent":
        return str(data.get("author") or say("colleague", language))
    return say("assistant", language)


def _words(data: dict[str, Any], public_url: str, language: str) -> str:
    if data.get("erased"):
        return say("erased", language)
    sources = {(item["title"], item["url"]) for item in data.get("citations", ())}
    lines = [str(data.get("text", ""))]
    lines += [f"[{file['name']}]" for file in data.get("files", ())]
    lines += [f"- {title}: {urljoin(f'{public_url}/', url)}" for title, url in sorted(sources)]
    return "\n".join(line for line in lines if line)


def _html(intro: str, lines: Iterable[Line], language: str) -> str:
    """The same as a page without style, script or picture: everything that anybody said is escaped."""
    said = "".join(
        f'<p dir="auto"><b>{escape(one.who)}</b>, {one.at}<br>\n{_said(one)}\n' for one in lines
    )
    side = "rtl" if language[:2] == "ar" else "ltr"
    head = f'<!doctype html>\n<html lang="{escape(language[:2] or "en")}" dir="{side}"><meta charset="utf-8">\n'
    return f"{head}<body>\n<p>{escape(intro)}</p>\n{said}</body></html>\n"


def _said(line: Line) -> str:
    """The rest of its paragraph; what has a form stands beneath, and under it what belongs to it."""
    if line.rich:
        rest = line.text.removeprefix(plain(line.rich)).strip()
        return f"</p>\n{html_of(line.rich)}" + (f"\n<p>{_lines(rest)}</p>" if rest else "")
    return f"{_lines(line.text)}</p>"


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>\n")


def _body(row: Conversation, stage: str, until: int) -> Body:
    """As colleagues see it in the thread; the words of the mail are made when it goes out."""
    named = {"brand": row.brand.name}
    title = say("subject" if stage == _SENT else "ask_subject", row.language, **named)
    return Body(text=title, extra={"transcript": stage, "until": until})


def _asking(house: House, token: str, now: datetime) -> Any:
    row = transcripts.asked_by(named_in(house.vault, _PURPOSE, token), now - transcripts.DAY)
    try:
        if open_body(house.vault, row.message).extra.get("transcript") == _ASKS:
            return row
    except Erased as error:
        raise NotFound("This chat was erased.") from error
    raise NotFound("There is no such page.")

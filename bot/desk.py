"""What people do at the desk: each deed checks who may, runs one transaction, leaves an audit entry and rings the bell."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from bot import redeliver, survey
from bot.copies import offered
from bot.house import House
from bot.macros import macro
from bot.permissions import May, may, require, tickets_of
from bot.reply import parts_of
from bot.rich import FORMATS, Words, words_of
from bot.ways import chosen, is_in_public, reaches, takes_words_alone
from core.customer import Evidence
from core.errors import Conflict, MalformedPayload, NotFound
from core.message import Reply
from core.redaction import redact
from store import tickets
from store.addresses import remember_keys
from store.audit import record
from store.consent import note_wish
from store.copies import note_copies
from store.customers import Seen, are_one, person_of, tie, untie
from store.dossier import must_be_complete
from store.held import Written, written_in
from store.mentions import mention, named_in
from store.models import Address, Conversation, HeldReply, Message, OutboxRow, Team, Ticket, User
from store.post_talk import mark_public
from store.provider_files import name_files
from store.receiving import attach
from store.snooze import snooze as put_aside
from store.tickets import Change
from store.undelivered import Which
from store.vault import Erased

TEXT_LIMIT = 50_000
LONGEST_SNOOZE = timedelta(days=366)


@contextmanager
def deed(
    house: House, user: User, number: int, action: str, version: int | None = None, **details: Any
) -> Iterator[Change]:
    """One audited change of a ticket that the user may see; a foreign one is as if it did not exist."""
    require(user, May.WORK_TICKETS)
    if not tickets_of(user).filter(number=number).exists():
        raise NotFound("There is no ticket %(number)s.", number=number)
    with transaction.atomic():
        with tickets.changing(house.vault, number, user, house.clock(), version) as change:
            yield change
        record(
            house.vault,
            at=house.clock(),
            actor=f"user:{user.id}",
            action=f"ticket.{action}",
            subject=f"ticket:{number}",
            details=details,
        )
    house.doorbell.ring("events", "outbox")


def take(house: House, user: User, number: int, version: int | None = None) -> None:
    """The user speaks from now on. A lead may take over from somebody else; an agent gets `Conflict`."""
    with deed(house, user, number, "take", version) as change:
        take_in(change)


def take_in(change: Change) -> None:
    """`take`, inside a deed."""
    row, user = change.finish.conversation, change.user
    is_anothers = row.speaker == Conversation.Speaker.PERSON and row.speaker_user_id != user.id
    if is_anothers and may(user, May.TAKE_OVER):
        row.speaker, row.speaker_user = Conversation.Speaker.QUEUE, None
    tickets.take(change)


def release(house: House, user: User, number: int, version: int | None = None) -> None:
    """Back to the team's queue."""
    with deed(house, user, number, "release", version) as change:
        say_what_waits(house, change)
        tickets.release(change)


def reply(
    house: House,
    user: User,
    number: int,
    text: str,
    *,
    waits: bool = False,
    resolves: bool = False,
    way: str = "",
    form: str = "",
    version: int | None = None,
) -> UUID:
    """Says something to the customer where they wrote last, or `way` (`store.ways.Reach.name`). `form`: how it was
    typed, one of `bot.rich.FORMATS`.

    `waits`: then the clocks rest. `resolves`: then it is done, in the same transaction.
    """
    words = words_in(text, form)
    with deed(house, user, number, "reply", version, **({"way": way} if way else {})) as change:
        said = say_it(house, change, words, way)
        if resolves:
            resolve_it(house, change)
        elif waits and change.ticket.status == Ticket.Status.OPEN:
            tickets.wait_for_customer(change)
    return said.id


def say_it(house: House, change: Change, words: Words, way: str = "", files: int = 0) -> Message:
    """Inside a deed: says it where they wrote last, or `way`; so many files come with it."""
    row = change.finish.conversation
    change.finish.way = chosen(house, row, way)
    if change.finish.way is not None:
        # Who answers there, by our signed address, comes back here.
        keys = (f"conversation:{row.id}",)
        remember_keys(house.vault, row, keys, change.finish.way.inbox)
    channel = house.channel_of(change.finish.inbox)
    reply = reply_of(words)
    parts = parts_of(reply, channel, row.language, files)
    if parts > 1 and takes_words_alone(house, row, change.finish.way):
        limit = channel.can.text_length
        raise MalformedPayload(
            "Only one private answer is taken until they write back, of at most %(most)s bytes: shorten it.",
            most=limit,
        )
    said = tickets.reply(change, reply, parts=parts)
    if is_in_public(row, change.finish.way):
        mark_public(house.vault, said)
    return said


def say_written(house: House, change: Change, written: Written) -> Message:
    """Inside a deed: says it with its files, then does what its macro and its writer wanted done."""
    words = words_of(written.text, written.form)
    said = say_it(house, change, words, written.way, len(written.files))
    attach(house.vault, said.address, said, written.files)
    name_files(house.vault, said)
    if also := set(written.also) & set(offered(house, said.conversation, change.finish.way)):
        note_copies(house.vault, said, tuple(one for one in written.also if one in also))
    if written.macro is not None:
        _act(house, change, written.macro)
    if written.then == "resolve":
        resolve_it(house, change)
    elif written.then == "wait" and change.ticket.status == Ticket.Status.OPEN:
        tickets.wait_for_customer(change)
    return said


def say_what_waits(house: House, change: Change) -> None:
    """Inside a deed that gives the word away: what its doer sent in these seconds, and could still undo, goes out first.
    After it nobody might say it any more."""
    row = change.finish.conversation
    if row.speaker != Conversation.Speaker.PERSON or row.speaker_user_id != change.user.id:
        return
    waiting = HeldReply.objects.select_for_update(of=("self",)).filter(
        conversation=row, user=change.user, is_scheduled=False, problem=""
    )
    for held in waiting.order_by("send_at"):
        held.conversation = row
        with suppress(Erased):
            say_written(house, change, replace(written_in(house.vault, held), then=""))
        held.delete()


def _act(house: House, change: Change, used: UUID) -> None:
    """What a macro does beside its words."""
    try:
        actions = macro(change.user, used).actions
    except NotFound:
        return  # taken out of use since
    team = Team.objects.filter(slug=actions["team"]).first() if actions.get("team") else None
    tickets.reclassify(
        change, category=actions.get("category"), priority=actions.get("priority"), team=team
    )


def note(house: House, user: User, number: int, text: str, form: str = "") -> UUID:
    """Something for colleagues only; who is named with an @ finds it among their mentions."""
    words = words_in(text, form)
    named = named_in(words.text)
    for one in named:
        if not tickets_of(one).filter(number=number).exists():
            raise MalformedPayload(
                "%(name)s may not see this ticket: leave out the @, or give it to their team.",
                name=one.name,
            )
    with deed(house, user, number, "note") as change:
        said = tickets.note(change, reply_of(words))
        mention(change, said, named)
        return said.id


def reclassify(
    house: House,
    user: User,
    number: int,
    *,
    category: str | None = None,
    priority: int | None = None,
    team: str | None = None,
    version: int | None = None,
) -> None:
    """Corrects what the router guessed. `team` is a slug; the user need not be in it."""
    target = Team.objects.filter(slug=team).first() if team else None
    if team and target is None:
        raise NotFound("There is no team '%(team)s'.", team=team)
    if priority is not None and priority not in {1, 2, 3, 4}:
        raise MalformedPayload("A priority is 1 (critical) to 4 (low).")
    details = {"category": category, "priority": priority, "team": team}
    with deed(house, user, number, "reclassify", version, **details) as change:
        tickets.reclassify(change, category=category, priority=priority, team=target)


def resolve(house: House, user: User, number: int, version: int | None = None) -> None:
    """Done; the customer is asked once how it was."""
    with deed(house, user, number, "resolve", version) as change:
        say_what_waits(house, change)
        resolve_it(house, change)


def resolve_it(house: House, change: Change) -> None:
    """Inside a deed: done, and the customer is asked once how it was. Raises `Conflict` while a required field is empty."""
    must_be_complete(change.ticket)
    row = change.finish.conversation
    change.finish.way = change.finish.way or chosen(house, row, "")
    channel = house.channel_of(change.finish.inbox)
    # Nobody is asked how it was where everybody reads the answer.
    in_public = is_in_public(row, change.finish.way)
    asks = None if in_public else survey.question(house, row, channel)
    parts = parts_of(asks, channel, row.language) if asks else 0
    tickets.resolve(change, asks, parts=parts)


def wait(house: House, user: User, number: int, version: int | None = None) -> None:
    """The clocks rest until the customer writes."""
    with deed(house, user, number, "wait", version) as change:
        tickets.wait_for_customer(change)


def snooze(
    house: House, user: User, number: int, until: datetime | None, version: int | None = None
) -> None:
    """Puts the ticket aside until a time; None brings it back. Its clocks run on. Raises `Conflict` for a time that
    has passed, or is too far away."""
    now = house.clock()
    if until is not None and not now < until <= now + LONGEST_SNOOZE:
        raise Conflict("Choose a time to come, within a year.")
    with deed(house, user, number, "snooze", version) as change:
        put_aside(change, until)


def reopen(house: House, user: User, number: int, version: int | None = None) -> None:
    """A resolved ticket is worked on again, by the user."""
    with deed(house, user, number, "reopen", version) as change:
        tickets.reopen(change)


def send_again(house: House, user: User, number: int, row_id: int) -> int:
    """Puts a dead or unknown message of this ticket back in line."""
    require(user, May.WORK_TICKETS)
    mine = OutboxRow.objects.filter(
        id=row_id, conversation__ticket__in=tickets_of(user).filter(number=number)
    )
    if not mine.exists():
        raise NotFound("There is no such message.")
    which = Which(ids=(row_id,), unknown=True)
    actor = f"user:{user.id}"
    return len(redeliver.send_again(house, which, actor, looks_first=False))


def link(house: House, user: User, number: int, other: int, version: int | None = None) -> None:
    """The user's word that two tickets come from one person. Raises `TwoAccounts`."""
    require(user, May.WORK_TICKETS)
    seen = tickets_of(user).select_related("conversation__address").filter(number=other).first()
    if seen is None:
        raise NotFound(
            "There is no ticket %(number)s, or it belongs to a team that you are not in.",
            number=other,
        )
    with deed(house, user, number, "link", version, other=other) as change:
        own, theirs = change.finish.conversation.address, seen.conversation.address
        if are_one(own.id, theirs.id):
            raise Conflict("These are one customer already.")
        tie(house.vault, own, theirs, Evidence.AGENT, change.finish.now, user)
        data = {"ticket": number, "other": other}
        change.finish.log.add("customer_linked", change.actor, data=data)


def confirm(
    house: House, user: User, number: int, tie_id: UUID, version: int | None = None
) -> None:
    """The user's word that evidence which is not enough alone is right. Raises `NotFound`, `TwoAccounts`."""
    with deed(house, user, number, "confirm", version, tie=tie_id) as change:
        seen = _evidence(house, change, tie_id)
        one, other = (Address.objects.get(id=end.id) for end in (seen.one, seen.other))
        tie(house.vault, one, other, Evidence.AGENT, change.finish.now, user)
        change.finish.log.add("customer_linked", change.actor, data={"ticket": number})


def unlink(house: House, user: User, number: int, tie_id: UUID, version: int | None = None) -> None:
    """Takes back a piece of evidence about this ticket's customer; everything is then as it was without it."""
    with deed(house, user, number, "unlink", version, tie=tie_id) as change:
        _evidence(house, change, tie_id)
        untie(tie_id, change.finish.now, user)
        change.finish.log.add("customer_unlinked", change.actor, data={"ticket": number})


def _evidence(house: House, change: Change, tie_id: UUID) -> Seen:
    """Evidence about this ticket's customer, and about nobody else's."""
    person = person_of(house.vault, change.finish.conversation.address)
    for seen in person.evidence:
        if seen.id == tie_id:
            return seen
    raise NotFound("There is no such evidence about this customer.")


def allow(
    house: House, user: User, number: int, way: str, wants: bool, version: int | None = None
) -> None:
    """Notes whether the customer wants to be written to there; from then on nothing else is sent.

    Raises `NotFound`, and `NotAllowed` where only the customer themselves can take a STOP back.
    """
    with deed(house, user, number, "allow", version, way=way, wants=wants) as change:
        for reach in reaches(house, change.finish.conversation):
            if reach.name == way:
                log = change.finish.log
                note_wish(reach.address.id, reach.inbox.id, wants, log, change.actor)
                return
        raise NotFound("There is no such way to this customer.")


def reply_of(words: Words) -> Reply:
    """What a person says, as it goes out."""
    return Reply(words.text, rich=words.rich, typed=words.typed)


def words_in(text: str, form: str = "") -> Words:
    """What may be stored and sent of what was typed, plain unless `form` says otherwise. Raises `MalformedPayload`
    where that is nothing, or too much."""
    if form and form not in FORMATS:
        raise MalformedPayload("A text is plain or markdown.")
    return words_of(typed_in(text), form)


def typed_in(text: str) -> str:
    """What may be kept of what was typed. Raises as `words_in` does."""
    words = redact(text).strip()
    if not words:
        raise MalformedPayload("Write something first.")
    if len(words) > TEXT_LIMIT:
        raise MalformedPayload("A message has at most %(most)s characters.", most=TEXT_LIMIT)
    return words

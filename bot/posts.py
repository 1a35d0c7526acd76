"""Public posts: kept when they arrive, understood like any message, made a conversation by rule or by hand, or ignored.

Nobody but people answers where everybody reads. An answer goes out like any other; reading posts is the channels'.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import structlog
from django.db import transaction

from bot import wire
from bot.dialogue import Dialogue
from bot.handoff import to_triage
from bot.house import House
from bot.options import options_of
from bot.permissions import May, posts_of, require, teams_of
from bot.receive import receive
from channels.contract_posts import SeesPosts
from channels.registry import work_kinds
from core.decision import Case, Routed
from core.errors import Conflict, DialogueFailed, PermanentFailure
from core.post import Judged, Posted, asks
from core.redaction import redact
from core.understanding import Act, Understood
from store import post_talk, posts
from store.assignment import people_seen
from store.audit import record
from store.jobs import enqueue
from store.models import Brand, Inbox, PublicPost, Ticket, User
from store.posts import Waiting

log = structlog.get_logger()

JOB = "judge_post"


def take_posts(house: House, inbox: Inbox, arrived: Sequence[Posted]) -> int:
    """Keeps what was written in public; when this returns, it may be acknowledged. How many wait to be judged.

    Runs in a database thread. What belongs to a conversation that is there goes on in it.
    """
    kept = 0
    for posted in arrived:
        clean = replace(posted, text=redact(posted.text))
        if posts.goes_on(house.vault, inbox, clean):
            receive(house, inbox, [posts.inbound_of(clean)])
            continue
        now = house.clock()
        with transaction.atomic():
            post = posts.arrive(house.vault, inbox, clean, now)
            if post is not None:
                about = {"post": str(post), "key": clean.key, "look_up": clean.look_up}
                enqueue(JOB, about, now, key=str(post))
                kept += 1
    return kept


async def judge(house: House, dialogue: Dialogue, payload: dict[str, object]) -> None:
    """Understands a post, after asking the provider for what is missing, and follows the company's rule. Raises
    `TemporaryFailure` and `DialogueFailed`: the job is tried again."""
    post, database = UUID(str(payload["post"])), house.database
    if payload.get("look_up"):
        await _look_up(house, post, str(payload["key"]), str(payload["look_up"]))
    seen = await database.read(posts.waiting, house.vault, post)
    if seen is None or not seen.is_known:
        return
    case, routed, judged = await _understood(house, dialogue, seen)
    told = wire.routed_to_json(routed) if routed else {}
    fits = await database.run(posts.note_judged, house.vault, post, seen.text, judged, told, case)
    if fits and seen.is_new and routed is not None:
        await database.run(_by_rule, house, post, judged.asks, routed, case)


async def _look_up(house: House, post: UUID, key: str, reference: str) -> None:
    seen = await house.database.read(posts.waiting, house.vault, post)
    if seen is None:
        return
    inbox = await house.database.read(Inbox.objects.get, id=seen.inbox)
    channel = house.channel_of(inbox)
    if not isinstance(channel, SeesPosts):
        return
    try:
        looked = await channel.look_up(reference)
    except PermanentFailure:
        await house.database.run(posts.never_came, post)
        return
    clean = replace(looked, text=redact(looked.text))
    await house.database.run(posts.complete, house.vault, post, key, clean, house.clock())


async def _understood(
    house: House, dialogue: Dialogue, seen: Waiting
) -> tuple[Case | None, Routed | None, Judged]:
    """A picture without words asks for nothing that we could read."""
    if not seen.text.strip():
        return None, None, Judged("", 0.0, seen.language)
    understanding = await dialogue.understand(
        seen.text,
        (),
        language_hint=seen.language,
        brand=seen.brand,
        audience=frozenset({"public"}),
    )
    understood = understanding.understood
    people = await house.database.read(people_seen, house.clock(), work_kinds())
    case = _case(seen, understood, people)
    try:
        routed = await dialogue.route(case)
    except DialogueFailed:
        routed = to_triage("The classifier could not be asked, so the triage team decides.")
    language = understood.language or seen.language
    judged = Judged(str(understood.act), asks(understood), language, routed.category)
    return case, routed, judged


def _case(seen: Waiting, understood: Understood, people: Sequence[dict[str, object]]) -> Case:
    facts: dict[str, object] = {"agents": list(people), "is_public": True}
    if understood.intents:
        facts["intent"], facts["intents"] = understood.named[0], list(understood.named)
    return Case(
        text=seen.text,
        language=understood.language or "en",
        channel=seen.channel,
        is_urgent=understood.act is Act.URGENT_COMPLAINT,
        facts=facts,
        languages=understood.languages,
    )


def _by_rule(
    house: House, post: UUID, probability: float, routed: Routed, case: Case | None
) -> None:
    row = PublicPost.objects.get(id=post)
    if not options_of(Brand.objects.get(id=row.brand_id)).posts.wants(probability):
        return
    try:
        with transaction.atomic():
            post_talk.begin(
                house.vault, PublicPost.objects.all(), post, routed, case, house.clock()
            )
    except Conflict:
        log.info("post_settled_meanwhile")
        return
    house.doorbell.ring("events")


def answer(house: House, user: User, post: UUID) -> Ticket:
    """Makes a post a conversation by a person's word; who is in the team that it belongs to has it at once. Raises
    `NotAllowed`, `NotFound`, `Conflict` where it is one already or was taken back, `IllegalTransition` for an erased
    one."""
    require(user, May.WORK_TICKETS)
    visible, now = posts_of(user), house.clock()
    body = posts.verdict_of(house.vault, visible, post)
    routed = (
        wire.routed_from_json(body.routed)
        if body.routed
        else to_triage("Nobody has read this post yet, so the triage team decides.")
    )
    case = wire.case_from_json(body.case) if body.case else None
    with transaction.atomic():
        ticket = post_talk.begin(house.vault, visible, post, routed, case, now, user)
        if teams_of(user).filter(id=ticket.team_id).exists():
            post_talk.give(house.vault, ticket, user, now)
        _record(house, user, "answer", post, ticket=ticket.number)
    house.doorbell.ring("events")
    return ticket


def ignore(house: House, user: User, post: UUID) -> None:
    """Nobody must answer. Raises `NotAllowed`, `NotFound`, `IllegalTransition`."""
    require(user, May.WORK_TICKETS)
    with transaction.atomic():
        post_talk.ignore(posts_of(user), post, user, house.clock())
        _record(house, user, "ignore", post)


def notice(house: House, user: User, post: UUID) -> None:
    """It waits for a decision again. Raises as `ignore`."""
    require(user, May.WORK_TICKETS)
    with transaction.atomic():
        post_talk.notice(posts_of(user), post, user, house.clock())
        _record(house, user, "notice", post)


def _record(house: House, user: User, deed: str, post: UUID, **details: object) -> None:
    record(
        house.vault,
        at=house.clock(),
        actor=f"user:{user.id}",
        action=f"post.{deed}",
        subject=f"post:{post}",
        details=details,
    )

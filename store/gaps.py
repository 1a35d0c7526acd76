"""Gaps that questions form which nobody could answer. Finding them is `bot.gaps`; showing them `web.admin`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import DateTimeField, Value
from django.db.models.functions import Coalesce

from core.errors import IllegalTransition
from store.article_ratings import said_by
from store.audit import record
from store.bodies import open_body
from store.models import AnswerRating, Article, Brand, Event, Gap, Job, Message, Revision, Ticket
from store.vault import Erased, Vault

SHOWN = 30
"""Questions of a gap that its page shows."""


@dataclass(frozen=True, slots=True)
class Found:
    """A gap as it was found. `title`, `text`: the draft of its article."""

    name: str
    questions: tuple[UUID, ...]
    conversations: int
    seconds: int
    language: str
    title: str = field(repr=False)
    text: str = field(repr=False)


def keep_gaps(vault: Vault, brand: str, found: Sequence[Found], now: datetime) -> int:
    """Puts these in place of the open ones; what was published, is being written or was put aside stays away."""
    with transaction.atomic():
        owner = Brand.objects.get(slug=brand)
        settled = [
            set(questions)
            for questions in Gap.objects.filter(brand=owner)
            .exclude(state=Gap.State.OPEN)
            .values_list("questions", flat=True)
        ]
        Gap.objects.filter(brand=owner, state=Gap.State.OPEN).delete()
        kept = 0
        for one in found:
            asked = [str(id_) for id_ in one.questions]
            if any(2 * len(before & set(asked)) >= len(asked) for before in settled):
                continue
            gap = Gap(
                brand=owner, name=one.name[:160], questions=asked, conversations=one.conversations,
                handling_seconds=one.seconds, language=one.language, found_at=now,
            )  # fmt: skip
            gap.draft_cipher = _sealed(vault, gap, one.title, one.text)
            gap.save(force_insert=True)
            kept += 1
        return kept


def _sealed(vault: Vault, gap: Gap, title: str, text: str) -> bytes:
    draft = json.dumps({"title": title, "text": text}, ensure_ascii=False).encode()
    return vault.seal_own(f"gap.draft:{gap.id}", draft)


def draft_of(vault: Vault, gap: Gap) -> tuple[str, str]:
    """Title and text of its article to be."""
    draft = json.loads(vault.open_own(f"gap.draft:{gap.id}", bytes(gap.draft_cipher)) or b"{}")
    return str(draft.get("title", "")), str(draft.get("text", ""))


@dataclass(frozen=True, slots=True)
class GapQuestion:
    """A question of a gap. `article`: the slug of the article that answers it, as far as was looked; `chance`: that what
    was found is right, None where nobody has looked yet. `under`: the title of the help page under which it was written instead
    of in a conversation; then `message` and `conversation` are that rating."""

    message: UUID
    conversation: UUID
    text: str = field(repr=False)
    language: str
    article: str = ""
    chance: float | None = None
    under: str = ""


def questions_of(vault: Vault, gap: Gap, most: int = SHOWN) -> list[GapQuestion]:
    """Those that no article answers first, else as they were asked; what was erased is not there any more."""
    checked: dict[str, tuple[str, float]] = gap.checked
    wanted = sorted(gap.questions, key=lambda id_: bool(checked.get(id_, ("", 0.0))[0]))
    rows = Message.objects.filter(id__in=wanted[: 4 * most]).select_related(
        "address", "conversation"
    )
    by_id = {str(row.id): row for row in rows}
    by_readers = said_by(vault, set(wanted[: 4 * most]) - by_id.keys())
    found: list[GapQuestion] = []
    for id_ in wanted:
        if len(found) == most:
            break
        article, chance = checked.get(id_, ("", None))
        if (row := by_id.get(id_)) is not None:
            try:
                text = open_body(vault, row).text
            except Erased:
                continue
            language = row.conversation.language or gap.language
            found.append(GapQuestion(row.id, row.conversation_id, text, language, article, chance))
        elif (said := by_readers.get(id_)) is not None:
            rating = UUID(id_)
            asked = (rating, rating, said.text, said.language, article, chance, said.title)
            found.append(GapQuestion(*asked))
    return found


def titles_of(brand: Brand, slugs: Iterable[str]) -> dict[str, str]:
    """What articles that are there are called now."""
    live = Article.objects.filter(
        brand=brand, slug__in=set(slugs), removed_at=None, live_revision__isnull=False
    )
    return dict(live.values_list("slug", "live_revision__title"))


def settle_gap(
    vault: Vault,
    gap: UUID,
    state: str,
    now: datetime,
    actor: str,
    draft: tuple[str, str] = ("", ""),
) -> Gap:
    """To `writing` (with the article as somebody edited it, once more where it is published) or `dismissed`; one audit entry.
    Raises `IllegalTransition`."""
    with transaction.atomic():
        row = Gap.objects.select_for_update().select_related("brand").get(id=gap)
        again = {Gap.State.PUBLISHED} if state == Gap.State.WRITING else set()
        if row.state not in {Gap.State.OPEN, Gap.State.WRITING} | again:
            raise IllegalTransition("This gap is settled already.")
        row.state = state
        if any(draft):
            row.draft_cipher = _sealed(vault, row, *draft)
        row.save(update_fields=["state", "draft_cipher"])
        record(vault, at=now, actor=actor, action=f"gap.{state}", subject=f"gap:{row.id}")
        return row


def publishing_problem(gap: Gap) -> str:
    """Why its article is not there yet, in the last words of the job; empty where nothing went wrong."""
    asked = Job.objects.filter(kind="learn", payload__verb="publish", payload__gap=str(gap.id))
    last = asked.order_by("-run_at").first()
    return "" if last is None or last.state == Job.State.DONE else last.last_error


@dataclass(frozen=True, slots=True)
class Checked:
    """How a question of a gap fares now. `article`: slug of what answers it, empty where nothing does; `chance`: that what
    was found is right."""

    message: UUID
    article: str
    chance: float


def gap_published(gap: UUID, article: str, checked: Sequence[Checked], now: datetime) -> int:
    """Its article is there; what it gained counts from the first time on. How many questions it answers."""
    Gap.objects.filter(id=gap).update(
        state=Gap.State.PUBLISHED,
        article=article,
        published_at=Coalesce("published_at", Value(now, output_field=DateTimeField())),
    )
    return gap_checked(gap, article, checked, now)


def gap_checked(gap: UUID, article: str, checked: Sequence[Checked], now: datetime) -> int:
    """Its questions were asked again. How many the gap's own `article` answers, if it has one."""
    gained = sum(one.article == article for one in checked if article)
    kept = {str(one.message): (one.article, round(one.chance, 4)) for one in checked}
    Gap.objects.filter(id=gap).update(gained=gained, checked=kept, checked_at=now)
    return gained


def deflected(gap: Gap) -> int:
    """Conversations since then in which its article was the answer and nobody was needed after it."""
    if gap.published_at is None:
        return 0
    rows = Event.objects.filter(
        brand=gap.brand_id, kind="message", at__gte=gap.published_at, data__has_key="cites"
    ).values_list("conversation_id", "message_id", "data")
    texts = Revision.objects.filter(article__brand=gap.brand_id, article__slug=gap.article)
    own = set(texts.values_list("digest", flat=True))
    answered = {
        conversation: message
        for conversation, message, data in rows.iterator(chunk_size=500)
        if not own.isdisjoint(data["cites"])
    }
    helped = set(answered)
    helped -= set(
        Ticket.objects.filter(conversation__in=helped).values_list("conversation_id", flat=True)
    )
    bad = AnswerRating.objects.filter(message__in=answered.values(), helpful=False)
    return len(helped - set(bad.values_list("message__conversation_id", flat=True)))

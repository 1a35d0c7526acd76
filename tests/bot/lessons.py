"""Customers who confirm, and some who lie; an index of many small articles, and an encoder that needs no model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from bot import ingest as indexing
from bot import teach
from bot.ingest import ingest
from core.knowledge import Citation
from store.events import last_public_seqs
from store.learning import rate_answer
from store.lessons import _sealed
from store.models import Article, Conversation, Lesson, Message
from tests.kb_index.conftest import WordEncoder
from tests.web.seed import Company, answers, says, visitor

THINGS = (
    *(
        "hub",
        "sensor",
        "vent",
        "filter",
        "battery",
        "antenna",
        "display",
        "bracket",
        "cable",
        "fan",
    ),
    *("invoice", "receipt", "voucher", "refund", "subscription", "parcel", "courier", "warranty"),
)
DEEDS = ("replace", "clean")


def knows_things(company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WordEncoder:
    """An article for each deed with each thing; every process reads them with the encoder of words."""
    encoder = WordEncoder()
    for place in (indexing, teach):
        monkeypatch.setattr(place, "indexing_encoder", lambda house: encoder)
    monkeypatch.setattr("bot.canary.encoder_of", lambda settings: encoder)
    folder = tmp_path / "things"
    folder.mkdir()
    for thing in THINGS:
        for deed in DEEDS:
            text = f"---\ntitle: {deed.title()} the {thing}\nlanguage: en\n---\n"
            text += (
                f"To {deed} the {thing}, open its {thing} menu. Then {deed} the {thing} gently.\n"
            )
            (folder / f"{deed}-{thing}.md").write_text(text)
    ingest(company.house, folder)
    return encoder


def cited(slug: str) -> Citation:
    row = Article.objects.select_related("live_revision").get(slug=slug)
    assert row.live_revision is not None
    title, digest = row.live_revision.title, row.live_revision.digest
    return Citation(slug, title, f"/help/{slug}", "So.", digest)


def confirms(company: Company, chat: tuple[UUID, Any], question: str, slug: str) -> None:
    """Somebody asks, is answered from that article and says that it helped."""
    says(company, chat, question)
    answers(company, "So.", cited(slug))
    rate_answer(chat[0], last_public_seqs([chat[0]])[chat[0]], True, "chat", company.clock())


def lesson(
    company: Company,
    text: str,
    target: dict[str, Any],
    state: str = "waiting",
    kind: str = "answer",
) -> Lesson:
    """One as `collect` would have found it, of a customer of its own."""
    chat = visitor(company)
    says(company, chat, text)
    Conversation.objects.filter(id=chat[0]).update(wants_turn_at=None)
    message = Message.objects.select_related("address").get(conversation=chat[0])
    row = Lesson(
        brand=company.brand, kind=kind, source="rated", message=message, customer=uuid4(),
        language="en", target=target, state=state, found_at=company.clock(),
    )  # fmt: skip
    row.text_cipher = _sealed(company.house.vault, row, text)
    row.save(force_insert=True)
    return row


def lessons(company: Company, said: Sequence[tuple[str, str]], state: str = "accepted") -> None:
    """Questions and the slugs of their articles, each from another customer."""
    for text, slug in said:
        lesson(company, text, {"article": slug}, state)

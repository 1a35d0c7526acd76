"""Finds the questions that nobody can answer yet, and closes such a gap with an article. The pages are `web.admin`'s.

Questions are clustered by meaning, named by terms that several customers used, costed by what colleagues worked at them, and
given an outline out of what colleagues replied to several of them: nothing that one customer alone said gets in.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from statistics import median
from typing import Any
from uuid import UUID

from bot.artefacts import answerer_of
from bot.house import House
from bot.ingest import indexing_encoder, renew, stored_article
from core.anchor import anchor_of
from core.errors import MalformedPayload
from core.knowledge import Answering, Question
from core.redaction import is_personal, without_personal
from store.article_ratings import missed
from store.gaps import Checked, Found, draft_of, gap_checked, gap_published, keep_gaps, questions_of
from store.knowledge import StoredArticle, store_articles
from store.learning import Unanswered, replies_of, unanswered
from store.models import Gap

LEAST = 3
"""Conversations that make a gap."""
DAYS = 90
SOURCE = "desk"
"""Of articles that are written here; no ingest of another source takes them away."""
NEAR = 0.8
"""Distance (a cosine of .68) below which questions are not parted into two gaps ..."""
OF_IT = 0.6
"""... and cosine to a gap's middle from which a question is one of it."""
ALIKE = 0.62
"""Cosine from which two sentences of colleagues say the same."""
MOST_SENTENCES = 12
UNKNOWN_SECONDS = 600
"""Handling time of a question where no ticket says any."""

_GREETING = re.compile(
    r"^(hi|hello|dear|hallo|hola|liebe|sehr geehrte|estimad|best regards|kind regards|regards|saludos|"
    r"viele grüße|mit freundlichen|thank you for|thanks for|danke für|gracias por)\b",
    re.IGNORECASE,
)


def find_gaps(house: House, brand: str = "default", days: int = DAYS) -> dict[str, Any]:
    """Looks at the questions of the last days and keeps what it finds in place of the open gaps."""
    from kb_index.words import is_stop, term, tokens

    now = house.clock()
    since = now - timedelta(days=days)
    asked = [*unanswered(house.vault, brand, since), *missed(house.vault, brand, since)]
    encoder = indexing_encoder(house)
    groups = _clustered(asked, encoder) if len(asked) >= LEAST else []

    def words(text: str, language: str) -> dict[str, str]:
        plain = without_personal(text)
        return {
            term(token, language): token.lower()
            for token in tokens(plain)
            if not is_stop(token, language) and not token.isdigit()
        }

    everywhere = Counter(t for one in asked for t in words(one.text, one.language))
    found = [_gap(house, group, encoder, words, everywhere, len(asked)) for group in groups]
    found.sort(key=lambda gap: -gap.seconds)
    kept = keep_gaps(house.vault, brand, found, now)
    return {
        "questions": len(asked),
        "gaps": kept,
        "hours": round(sum(g.seconds for g in found) / 3600, 1),
    }


def _clustered(asked: Sequence[Unanswered], encoder: Any) -> list[list[Unanswered]]:
    """HDBSCAN over the questions' embeddings. Who stands apart from a cluster's middle is not of it, who stands near is."""
    import numpy as np
    from sklearn.cluster import HDBSCAN

    vectors = np.asarray(encoder.encode([one.text for one in asked]), dtype=np.float64)
    labels = HDBSCAN(
        min_cluster_size=LEAST, min_samples=2, cluster_selection_epsilon=NEAR,
        allow_single_cluster=True, copy=True,
    ).fit_predict(vectors)  # fmt: skip
    middles = np.array([vectors[labels == n].mean(axis=0) for n in range(labels.max() + 1)])
    if not len(middles):
        return []
    middles /= np.linalg.norm(middles, axis=1, keepdims=True)
    cosines = vectors @ middles.T
    nearest = cosines.argmax(axis=1)
    groups: dict[int, list[Unanswered]] = {}
    for one, group, cosine in zip(asked, nearest.tolist(), cosines.max(axis=1), strict=True):
        if cosine >= OF_IT:
            groups.setdefault(group, []).append(one)
    return [group for group in groups.values() if len(group) >= LEAST]


def _gap(
    house: House,
    group: Sequence[Unanswered],
    encoder: Any,
    words: Callable[[str, str], dict[str, str]],
    everywhere: Counter[str],
    total: int,
) -> Found:
    inside: Counter[str] = Counter()
    spelled: dict[str, Counter[str]] = {}
    for one in group:
        for key, written in words(one.text, one.language).items():
            inside[key] += 1
            spelled.setdefault(key, Counter())[written] += 1
    weight = {
        key: count * math.log(1 + total / everywhere[key])
        for key, count in inside.items()
        if count >= min(LEAST, max(2, len(group) // 3))
    }
    best = sorted(weight, key=lambda key: (-weight[key], key))[:4]
    name = ", ".join(spelled[key].most_common(1)[0][0] for key in best) or "?"
    known = [one.seconds for one in group if one.seconds]
    usual = int(median(known)) if known else UNKNOWN_SECONDS
    languages = Counter(one.language for one in group if one.language)
    language = languages.most_common(1)[0][0] if languages else ""
    replies = replies_of(house.vault, [one.conversation for one in group])
    return Found(
        name=name,
        questions=tuple(one.message for one in group),
        conversations=len(group),
        seconds=sum(one.seconds or usual for one in group),
        language=language,
        title=name.capitalize(),
        text=outline(replies, language, encoder),
    )


def outline(replies: dict[UUID, list[str]], language: str, encoder: Any) -> str:
    """Sentences that colleagues wrote to at least two customers, in their usual order; empty when there are none."""
    import numpy as np

    from kb_index.sentences import split

    said: list[tuple[UUID, float, str]] = []
    for conversation, texts in replies.items():
        lines = [
            line.strip(" -*•\t") for text in texts for line in text.splitlines() if line.strip()
        ]
        pieces = [line[a:b].strip() for line in lines for a, b in split(line, language)]
        pieces = [p for p in pieces if len(p.split()) >= 4 and not _GREETING.match(p)]
        said += [(conversation, n / len(pieces), piece) for n, piece in enumerate(pieces)]
    if not said:
        return ""
    vectors = np.asarray(encoder.encode([piece for _, _, piece in said]), dtype=np.float32)
    alike = vectors @ vectors.T >= ALIKE
    owners = [conversation for conversation, _, _ in said]
    support = [len({owners[m] for m in np.flatnonzero(alike[n])}) for n in range(len(said))]
    chosen: list[int] = []
    for n in sorted(range(len(said)), key=lambda n: (-support[n], len(said[n][2]))):
        if support[n] < 2 or len(chosen) >= MOST_SENTENCES:
            break
        if is_personal(said[n][2]) or any(alike[n, m] for m in chosen):
            continue
        chosen.append(n)
    return "\n\n".join(said[n][2] for n in sorted(chosen, key=lambda n: said[n][1]))


def publish_gap(house: House, gap: UUID) -> dict[str, Any]:
    """Makes the gap's article live, and asks its questions again: how many are answered by it now."""
    row = Gap.objects.select_related("brand").get(id=gap)
    brand = row.brand.slug
    title, text = draft_of(house.vault, row)
    encoder = indexing_encoder(house)
    article = _article(row, title, text, encoder)
    store_articles(brand, SOURCE, [article], (), encoder.name, house.clock())
    renew(house, brand, [article], (), encoder)
    checked = _asked_again(house, row, encoder)
    gained = gap_published(row.id, article.slug, checked, house.clock())
    return {"article": article.slug, "questions": len(checked), "answered_now": gained}


def check_gap(house: House, gap: UUID) -> dict[str, Any]:
    """Asks the gap's questions again, whatever was published since: which are answered now, and by which article."""
    row = Gap.objects.select_related("brand").get(id=gap)
    checked = _asked_again(house, row, indexing_encoder(house))
    own = gap_checked(row.id, row.article, checked, house.clock())
    answered = sum(bool(one.article) for one in checked)
    return {"questions": len(checked), "answered_now": answered, "by_its_article": own}


def _asked_again(house: House, row: Gap, encoder: Any) -> list[Checked]:
    """Each question alone, as a customer would be answered now."""
    answerer = answerer_of(house, encoder, row.brand.slug)
    checked = []
    for one in questions_of(house.vault, row, most=len(row.questions)):
        question = Question(one.text, language=one.language, brand=row.brand.slug)
        answer = answerer.answer(question)
        is_answered = answer.decision is Answering.ANSWER
        cited = answer.citations[0].article if is_answered else ""
        checked.append(Checked(one.message, cited, answer.confidence))
    return checked


def _article(row: Gap, title: str, text: str, encoder: Any) -> StoredArticle:
    from kb_index.document import document_of
    from kb_index.markup import from_markdown

    _, blocks = from_markdown(text)
    # Changed later, it stays where it is: links and answers given lead there.
    slug = row.article or f"desk/{anchor_of(title) or 'article'}-{str(row.id)[:6]}"
    try:
        document = document_of(slug, title, blocks, {"language": row.language, "section": "desk"})
    except ValueError as problem:
        raise MalformedPayload(
            "The article cannot be published: %(problem)s.", problem=problem
        ) from problem
    return stored_article(document, encoder)

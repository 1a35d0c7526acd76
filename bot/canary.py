"""The canary set of a model: rows it has not learned from, and the accuracy below which it is not activated. Activating is `bot.versions`.

Shipped models have the held-back examples beside their training data. A model trained from a company's own data has
rows that were set aside before training, sealed beside the artefact, because they are customers' words. Confirmed questions
must spoil no answer: the titles of the articles are asked with them and without.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.artefacts import BRAND, answerer_of
from bot.bootstrap import encoder_of
from bot.glossary import load_glossary
from bot.house import House
from core.errors import Failed, ModelUnavailable, NotFound
from core.knowledge import Answer, Answering, Question
from core.ports import Encodes
from store.knowledge import live_titles

if TYPE_CHECKING:
    from kb_index.asked import Asked
    from kb_index.passage import Array

ROOT = Path(__file__).resolve().parent.parent
FILE = "canary.sealed"
LEAST = {"acts": 0.7, "router": 0.6}
"""Accuracy (of the act, of the team) that a model of the shipped examples has to reach; measured: .81 and .74."""
MOST_TITLES = 300
"""Articles whose titles are asked."""
OF_GUESSING = 0.2
"""The share of the errors of always saying the commonest label that a model has to avoid."""


class CanaryFailed(Failed):
    """The model does worse on its canary set than it may, so it is not activated."""


@dataclass(frozen=True, slots=True)
class Canary:
    """`rows`: text, language and label (`team` for the router). `floor`: least accuracy, 0..1."""

    rows: tuple[dict[str, str], ...]
    floor: float


@dataclass(frozen=True, slots=True)
class Checked:
    """What a model did on its canary set."""

    accuracy: float
    floor: float
    rows: int

    def as_data(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self)


def check(house: House, kind: str, folder: Path, manifest: dict[str, Any]) -> Checked:
    """Loads the artefact as a brain would and asks it about its canary set.

    Raises `CanaryFailed` with the figures; `ModelUnavailable` when it cannot be loaded or has no canary set.
    """
    if kind == "policy":
        return _of_policy(folder)
    if kind == "asked":
        return _of_asked(house, folder)
    if kind == "glossary":  # has nothing to be right about, but has to be readable
        return Checked(1.0, 1.0, len(load_glossary(folder)))
    canary = canary_of(house, kind, folder, manifest)
    accuracy = measure(house, kind, folder, canary.rows)
    checked = Checked(round(accuracy, 4), round(canary.floor, 4), len(canary.rows))
    if accuracy < canary.floor:
        raise CanaryFailed(
            f"This version of {kind} is right about {accuracy:.1%} of its canary set ({len(canary.rows)} rows), "
            f"less than the {canary.floor:.1%} it must be: it is not activated."
        )
    return checked


def canary_of(house: House, kind: str, folder: Path, manifest: dict[str, Any]) -> Canary:
    """The set that came with the artefact, or the shipped one of its kind. Raises `ModelUnavailable`."""
    described = manifest.get("canary")
    if described is None:
        return _shipped(kind)
    try:
        sealed = (folder / FILE).read_bytes()
    except OSError as problem:
        raise ModelUnavailable(f"The canary set of this version of {kind} is gone.") from problem
    if hashlib.sha256(sealed).hexdigest() != described["sha256"]:
        raise ModelUnavailable(f"The canary set of this version of {kind} was altered.")
    rows = json.loads(house.vault.open_own(_place(kind), sealed))
    return Canary(tuple(rows), float(described["floor"]))


def keep_canary(house: House, kind: str, folder: Path, canary: Canary) -> dict[str, Any]:
    """Seals the set beside the artefact; returns what its manifest says of it."""
    plain = json.dumps(list(canary.rows), ensure_ascii=False).encode()
    sealed = house.vault.seal_own(_place(kind), plain)
    (folder / FILE).write_bytes(sealed)
    return {
        "rows": len(canary.rows),
        "floor": round(canary.floor, 4),
        "sha256": hashlib.sha256(sealed).hexdigest(),
    }


def margin(rows: int) -> float:
    """How far below another figure an accuracy on so many rows may be by chance: about two standard errors."""
    return max(0.03, rows**-0.5) if rows else 1.0


def baseline(rows: Sequence[dict[str, str]]) -> float:
    """What saying the commonest label alone would reach, and a little more."""
    commonest = Counter(row["label"] for row in rows).most_common(1)[0][1] / len(rows)
    return commonest + OF_GUESSING * (1 - commonest)


def measure(house: House, kind: str, folder: Path, rows: Sequence[dict[str, str]]) -> float:
    """Share of `rows` that the artefact in `folder` is right about. Raises `ModelUnavailable`."""
    match kind:
        case "acts":
            said = _acts(house, folder, rows)
        case "router":
            said = _teams(house, folder, rows)
        case "intents":
            said = _intents(house, folder, rows)
        case _:
            raise ModelUnavailable(f"There is no canary set for models of the kind {kind!r}.")
    return sum(one == row["label"] for one, row in zip(said, rows, strict=True)) / len(rows)


def _of_policy(folder: Path) -> Checked:
    """A policy has nothing to be right about, but it has to be readable, and to survive the shipped tickets."""
    from router.plans import read_policy
    from router.policy import policy_from
    from router.rules_file import effect_of

    rows = _shipped("router").rows
    effect_of(policy_from(read_policy(folder / "policy.toml")), rows)
    return Checked(1.0, 1.0, len(rows))


def _of_asked(house: House, folder: Path) -> Checked:
    from kb_index.asked import load_asked

    encoder = encoder_of(house.settings)
    asked = load_asked(folder, encoder.name)
    count, worse = _spoiled_titles(house, encoder, asked)
    if worse:
        raise CanaryFailed(
            f"These confirmed questions spoil {len(worse)} of {count} answers of the canary set: they are not activated."
        )
    return Checked(1.0, 1.0, count)


def spoiled(house: House, encoder: Encodes, asked: Asked) -> list[int]:
    """The confirmed questions (rows) that spoil an answer of the canary set."""
    _, worse = _spoiled_titles(house, encoder, asked)
    return sorted({row for vector, slug in worse for row in asked.near(vector, slug)})


def _spoiled_titles(
    house: House, encoder: Encodes, asked: Asked
) -> tuple[int, list[tuple[Array, str]]]:
    """How many titles were asked, and (vector, article) of those that are answered worse with `asked` than without."""
    from kb_index.asked import Asked

    titles = live_titles(BRAND, MOST_TITLES)
    try:
        nothing = Asked(encoder.name, asked.vectors[:0], ())
        plain = answerer_of(house, encoder, asked=nothing)
        taught = answerer_of(house, encoder, asked=asked)
    except NotFound:
        return 0, []
    vectors = encoder.encode([title for title, _, _ in titles]) if titles else []
    worse = []
    for (title, language, slug), vector in zip(titles, vectors, strict=True):
        question = Question(title, language=language)
        known = plain.answer(question, vector), taught.answer(question, vector)
        was, now = (_verdict(answer, slug) for answer in known)
        if any(after < before for before, after in zip(was, now, strict=True)):
            worse.append((vector, slug))
    return len(titles), worse


def _verdict(answer: Answer, slug: str) -> tuple[int, bool]:
    """1 answered rightly, -1 wrongly, 0 not answered; and whether the right article came first."""
    is_first = bool(answer.passages) and answer.passages[0].article == slug
    if answer.decision is not Answering.ANSWER:
        return 0, is_first
    return (1 if answer.citations[0].article == slug else -1), is_first


def _shipped(kind: str) -> Canary:
    if kind == "acts":
        from nlu.corpus import read_rasa

        examples = read_rasa(ROOT / "nlu" / "data" / "heldback.yml")
        rows = [{"text": row.text, "language": "", "label": row.label} for row in examples]
    elif kind == "router":
        with (ROOT / "router" / "data" / "heldback.csv").open(encoding="utf-8", newline="") as file:
            rows = [{**row, "label": row["team"]} for row in csv.DictReader(file)]
    else:
        raise ModelUnavailable(f"This version of {kind} has no canary set.")
    return Canary(tuple(rows), LEAST[kind])


def _acts(house: House, folder: Path, rows: Sequence[dict[str, str]]) -> list[str]:
    from nlu.acts import encode_all, load_acts
    from nlu.encoder import load_encoder
    from nlu.entities import EntityFinder

    model, _ = load_acts(folder)
    texts = [row["text"] for row in rows]
    seen = encode_all(
        texts, encoder_of(house.settings), load_encoder("multilingual"), EntityFinder()
    )
    return [model.labels[at].value for at in model.probabilities(seen).argmax(axis=1)]


def _teams(house: House, folder: Path, rows: Sequence[dict[str, str]]) -> list[str]:
    from core.decision import Case
    from router.model import load_model
    from router.route import Router

    model = load_model(folder)
    router = Router(model)
    encoder = encoder_of(house.settings) if model.encoder else None
    is_its_own = encoder is not None and encoder.name == model.encoder
    said = []
    for row in rows:
        vector = encoder.encode([row["text"]])[0].tolist() if encoder and is_its_own else ()
        found = router.route(Case(row["text"], "", "", tuple(vector)))
        said.append(found.teams[0].name if found.teams else "")
    return said


def _intents(house: House, folder: Path, rows: Sequence[dict[str, str]]) -> list[str]:
    from nlu.encoder import load_encoder
    from nlu.intents_store import load_intents

    model = load_intents(folder, encoder_of(house.settings), load_encoder("multilingual"))
    found = model.predict([row["text"] for row in rows])
    return [model.labels[at] for at in found.probabilities.argmax(axis=1)]


def _place(kind: str) -> str:
    return f"canary:{kind}"

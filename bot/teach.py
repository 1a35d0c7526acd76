"""Learns from what people have accepted: which article a question belongs to, where a request belongs. Reviewing is `bot.lessons`.

Champion against challenger on questions that neither has learned; the loser is kept in the list of versions. What
contradicts its own kind, or would spoil an answer of the canary set, is not learned even where somebody accepted it.
"""

from __future__ import annotations

import csv
import hashlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from bot.artefacts import BRAND, answerer_of, asked_now
from bot.canary import spoiled
from bot.house import House
from bot.ingest import indexing_encoder
from bot.past import past_rows
from bot.training import challenge, retrain_router, skills_cell
from bot.versions import admit
from core.decision import Priority
from core.errors import NotFound
from core.knowledge import Question
from core.ports import Encodes
from store.assignment import who_knows
from store.knowledge import active_models
from store.lessons import Taught, fits, taught
from store.models import Lesson
from store.versions import add_version, versions

if TYPE_CHECKING:
    from kb_index.asked import Asked

KIND = "asked"
ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 3
"""Looks at the canary set, each of which may take lessons out."""
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Learned:
    """`asked`: what is left of the lessons after those that contradict others or the canary set, `dropped` of them."""

    asked: Asked
    dropped: int


def quiet(line: str) -> None:
    """No progress shown."""


def teach(house: House, progress: Progress = quiet) -> dict[str, Any]:
    """Both kinds of lessons; each tells what became of it. Raises as `bot.training` and `bot.versions`; what served serves."""
    return {"answers": teach_answers(house, progress), "router": teach_router(house, progress)}


def teach_answers(house: House, progress: Progress = quiet) -> dict[str, Any]:
    """A challenger of all accepted questions whose article is live, against what serves."""
    from router.train import is_frozen

    found = [
        one for one in taught(house.vault, BRAND, Lesson.Kind.ANSWER) if fits("answer", one.target)
    ]
    if not found:
        return {"lessons": 0, "activated": False}
    encoder = indexing_encoder(house)
    _begin(house, encoder)
    learned = [one for one in found if not is_frozen(one.text)]
    aside = [one for one in found if is_frozen(one.text)]
    progress(f"answers: learning from {len(learned)} questions, {len(aside)} set aside")
    made = learn(house, learned, encoder)
    own = _right(house, encoder, aside, made.asked)
    serving = _right(house, encoder, aside, asked_now(house, encoder))
    wins = own >= serving
    version, folder, manifest = _save(house, made.asked)
    active = active_models().get(KIND)
    if active is not None and active.version == version:
        return {"lessons": len(found), "dropped": made.dropped, "activated": False, "new": False}
    manifest["challenge"] = challenge(own, serving, len(aside), len(learned), wins)
    told = {"lessons": len(found), "dropped": made.dropped, "activated": wins, "new": True}
    if not wins:
        add_version(KIND, version, folder, manifest, house.clock())
        progress("answers: what serves is better on the questions set aside: it goes on serving")
        return {**told, **manifest["challenge"]}
    checked = admit(house, KIND, folder, manifest)
    return {**told, **manifest["challenge"], "canary": checked.as_data()}


def teach_router(house: House, progress: Progress = quiet) -> dict[str, Any]:
    """A challenger of the imported tickets, or the shipped ones where there are none, and all accepted corrections."""
    found = taught(house.vault, BRAND, Lesson.Kind.ROUTE)
    if not found:
        return {"lessons": 0, "activated": False}
    base = past_rows(house) or _shipped()
    skills = {one.user: skills_cell(one.skills) for one in who_knows(house.clock())}
    told = retrain_router(house, base, progress, [_ticket(one, skills) for one in found])
    return {"lessons": len(found), **told}


def learn(house: House, lessons: Sequence[Taught], encoder: Encodes) -> Learned:
    """Vectors of the newest lessons; without those that most like them contradict, and those that spoil the canary set."""
    import numpy as np

    from kb_index.asked import MOST, Asked

    newest = lessons[-MOST:]
    texts = [one.text for one in newest]
    vectors = np.asarray(encoder.encode(texts), dtype=np.float32) if texts else _nothing(encoder)
    asked = Asked(encoder.name, vectors, tuple(one.target["article"] for one in newest))
    asked = asked.without(asked.contradicted())
    for _ in range(ROUNDS):
        culprits = spoiled(house, encoder, asked)
        if not culprits:
            break
        asked = asked.without(culprits)
    return Learned(asked, len(lessons) - len(asked.articles))


def _nothing(encoder: Encodes) -> Any:
    import numpy as np

    return np.empty((0, encoder.dimension), dtype=np.float32)


def _begin(house: House, encoder: Encodes) -> None:
    """The first version knows nothing, so that there is something to roll back to."""
    from kb_index.asked import Asked

    if not versions(KIND):
        _, folder, manifest = _save(house, Asked(encoder.name, _nothing(encoder), ()))
        admit(house, KIND, folder, manifest)


def _save(house: House, asked: Asked) -> tuple[str, str, dict[str, Any]]:
    """Version, folder in the state folder, manifest."""
    digest = hashlib.sha256(asked.vectors.tobytes())
    digest.update(repr((asked.encoder, asked.articles)).encode())
    version = digest.hexdigest()
    folder = f"models/{KIND}/{uuid4().hex}"
    out = house.settings.state / folder
    out.mkdir(parents=True)
    try:
        asked.save(out)
    except BaseException:
        shutil.rmtree(out, ignore_errors=True)
        raise
    return version, folder, {"version": version, "rows": len(asked.articles), "scores": {}}


def _right(house: House, encoder: Encodes, aside: Sequence[Taught], asked: Asked | None) -> float:
    """Share of these questions whose first article is the accepted one; 1 where there are none."""
    if not aside:
        return 1.0
    try:
        answerer = answerer_of(house, encoder, asked=asked)
    except NotFound:
        return 0.0
    right = 0
    for one in aside:
        found = answerer.search(Question(one.text, language=one.language))
        right += bool(found) and found[0].article == one.target["article"]
    return right / len(aside)


def _ticket(one: Taught, skills: Mapping[UUID, str]) -> dict[str, str]:
    return {
        "text": one.text,
        "category": str(one.target["category"]),
        "priority": Priority(one.target["priority"]).label,
        "team": str(one.target["team"]),
        "language": one.language,
        "channel": one.channel,
        "created": one.at.isoformat(timespec="minutes"),
        "example": f"#{one.ticket}" if one.ticket else "",
        "solver": skills.get(one.solver, "") if one.solver else "",
    }


def _shipped() -> list[dict[str, str]]:
    from router.neighbours import SHIPPED

    with (ROOT / "router" / "data" / "tickets.csv").open(encoding="utf-8", newline="") as file:
        return [{**row, "example": SHIPPED} for row in csv.DictReader(file)]

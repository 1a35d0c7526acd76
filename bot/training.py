"""Training what serves from a company's own data: examples of intents, tickets, an imported history. Shipped examples are `bot.workshop`.

Rows are set aside before anything is learned: the new model is measured on them beside the one that serves, and they
stay its canary set. Nothing changes until everything is trained and has passed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from bot.bootstrap import encoder_of
from bot.canary import Canary, baseline, keep_canary, margin, measure
from bot.house import House
from bot.own_files import Row, read_own
from bot.versions import admit_all
from core.errors import ModelUnavailable, NotFound
from core.ports import Encodes
from store.assignment import who_knows
from store.knowledge import active_models
from store.models import Skill, Team
from store.versions import add_version

if TYPE_CHECKING:
    from nlu.intents_train import Tunes

FEW = 50
"""Rows below which none are set aside: every one is needed, and the canary set is of what was learned."""
MOST_SET_ASIDE = 1000
EMBEDDED = 50_000
"""Tickets up to which the router learns from embeddings too: beyond, encoding alone takes many minutes (as `eval routing`)."""
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Trained:
    """An artefact that does not serve yet. `own`: its accuracy on the rows set aside; `serving`: of the model
    that serves, None where there is none or it knows other labels; `rows`: set aside."""

    kind: str
    folder: str
    manifest: dict[str, Any]
    own: float
    serving: float | None
    rows: int


def train_own(
    house: House,
    data: Path,
    progress: Progress,
    tune: bool = False,
    columns: tuple[str, str] = ("text", "intent"),
) -> dict[str, Any]:
    """Trains intents and the router from the files in `data`, and lets them serve if all pass their canary sets.

    Rasa `nlu:` files and tables with text and intent (`columns`: what they are called) teach intents; tables with text, category,
    priority and team teach the router. `tune`: an encoder is fine-tuned to these intents too (minutes; needs the `train` extra).
    Raises `MalformedPayload` with every problem by file and line, `CanaryFailed`, `ModelUnavailable`; then nothing
    has changed.
    """
    examples, tickets, passed = read_own(data, columns)
    for name in passed:
        progress(f"{name}: holds no examples, passed over")
    progress(f"{len(examples)} examples of intents and {len(tickets)} tickets read")
    trained: list[Trained] = []
    try:
        if examples:
            trained.append(train_intents(house, examples, progress, tune))
        if tickets:
            trained.append(train_router(house, tickets, progress))
        checked = admit_all(house, [(one.kind, one.folder, one.manifest) for one in trained])
    except BaseException:
        for one in trained:
            shutil.rmtree(house.settings.state / one.folder, ignore_errors=True)
        raise
    found: dict[str, Any] = {
        one.kind: {**_told(one), "activated": True, "canary": checked[one.kind]} for one in trained
    }
    if tickets:
        found["router"]["unknown_teams"] = unknown_teams(tickets)
    return found


def retrain_router(
    house: House, tickets: Sequence[Row], progress: Progress, lessons: Sequence[Row] = ()
) -> dict[str, Any]:
    """A challenger from these tickets, against the router that serves, on the rows set aside; the better one serves.

    `lessons`: further rows to learn from; they are never part of the canary set. The loser stays in the list of
    versions. Raises as `train_own`.
    """
    if not tickets:
        raise NotFound("There are no imported tickets: `threadline import tickets FILE` first.")
    one = train_router(house, tickets, progress, lessons)
    wins = one.serving is None or one.own >= one.serving
    told = {
        **_told(one),
        "activated": wins,
        "unknown_teams": unknown_teams(tickets),
        "skills": _learned_skills(one.manifest),
    }
    one.manifest["challenge"] = challenge(one.own, one.serving, one.rows, len(lessons), wins)
    if wins:
        try:
            checked = admit_all(house, [(one.kind, one.folder, one.manifest)])
        except BaseException:
            shutil.rmtree(house.settings.state / one.folder, ignore_errors=True)
            raise
        return {**told, "canary": checked["router"]}
    add_version(one.kind, str(one.manifest["version"]), one.folder, one.manifest, house.clock())
    progress("the router that serves is better on the rows set aside: it goes on serving")
    return told


def challenge(
    own: float, serving: float | None, rows: int, lessons: int, wins: bool
) -> dict[str, Any]:
    """What a manifest says of the comparison with the version that served; shares of `rows` set aside."""
    known = None if serving is None else round(serving, 4)
    return {"own": round(own, 4), "serving": known, "rows": rows, "lessons": lessons, "won": wins}


def unknown_teams(tickets: Sequence[Mapping[str, str]]) -> list[str]:
    """Teams of these tickets that this installation does not have: what is sent there goes to triage instead."""
    known = set(Team.objects.values_list("slug", flat=True))
    return sorted({row["team"] for row in tickets} - known)


def unknown_skills(tickets: Sequence[Mapping[str, str]]) -> list[str]:
    """Skills of these tickets that this installation does not have: nobody can be asked for them."""
    from router.skills import slugs_in

    known = set(Skill.objects.values_list("slug", flat=True))
    named = {skill for row in tickets for skill in slugs_in(row.get("skills", "")) or ()}
    return sorted(named - known)


def skills_cell(skills: Collection[str]) -> str:
    """As a training row keeps the skills of who solved it."""
    from router.skills import NONE

    return ";".join(sorted(skills)) or NONE


def _learned_skills(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What the new version learned of skills: from what, and how often it was right about held-back rows."""
    return {
        name: {
            "from": one["source"],
            "accuracy": manifest["scores"][f"cross_skill:{name}_accuracy"],
            "ece": manifest["scores"][f"cross_skill:{name}_ece"],
        }
        for name, one in manifest["settings"].get("skills", {}).items()
    }


def _with_solvers(house: House, tickets: Sequence[Row]) -> list[Row]:
    """Rows that name who solved them get that colleague's skills. A name that two have says nothing."""
    people = who_knows(house.clock())
    names = Counter(one.name.casefold() for one in people)
    skills = {one.email.casefold(): skills_cell(one.skills) for one in people}
    skills |= {
        one.name.casefold(): skills_cell(one.skills)
        for one in people
        if names[one.name.casefold()] == 1
    }
    skills.pop("", None)
    return [
        {**row, "solver": skills.get(row.get("agent", "").casefold(), row.get("solver", ""))}
        for row in tickets
    ]


def train_intents(
    house: House, examples: Sequence[Row], progress: Progress, tune: bool = False
) -> Trained:
    """From texts and labels; `oos` teaches what belongs to none of them."""
    from nlu.corpus import OUT_OF_SCOPE_LABELS, Example, data_hash
    from nlu.encoder import load_encoder
    from nlu.intents_store import save_intents
    from nlu.intents_train import fit_intents

    outside = [row["text"] for row in examples if row["label"] in OUT_OF_SCOPE_LABELS]
    inside = [row for row in examples if row["label"] not in OUT_OF_SCOPE_LABELS]
    learned, aside = _set_aside(inside)
    told = [Example(row["text"], row["label"]) for row in learned]
    progress(f"intents: learning from {len(told)} examples, {len(aside)} set aside")

    def told_of(step: str, share: float) -> None:
        progress(f"intents: {share:4.0%} {step}")

    with TemporaryDirectory() as place:
        fitted = fit_intents(
            told,
            _encoder(house),
            load_encoder("multilingual"),
            out_of_scope=outside,
            tune=_tuner(Path(place) / "encoder", told_of) if tune else None,
            progress=told_of,
        )

        def save(out: Path) -> dict[str, Any]:
            return asdict(save_intents(fitted, out, data=data_hash(told), rows=len(told)))

        return _kept(house, "intents", save, aside or learned)


def _tuner(folder: Path, progress: Callable[[str, float], None]) -> Tunes:
    from nlu.intents_train import SEED
    from nlu.tune import tuner

    return tuner(folder, SEED, threads=os.cpu_count() or 1, progress=progress)


def train_router(
    house: House, tickets: Sequence[Row], progress: Progress, lessons: Sequence[Row] = ()
) -> Trained:
    """From rows with the columns of `router.history.COLUMNS`; every fifth text, by its hash, is set aside.

    Every fifth of `lessons` is measured on too, but the canary set that is kept holds none of them.
    """
    from router.history import write_history
    from router.train import is_frozen
    from router.train import train_router as run

    rows = _with_solvers(house, tickets)
    learned, aside = _set_aside([{**row, "label": row["team"]} for row in rows])
    known = {row["text"] for row in aside}
    more = [{**row, "label": row["team"]} for row in lessons if row["text"] not in known]
    learned += [row for row in more if not is_frozen(row["text"])]
    judged = aside + [row for row in more if is_frozen(row["text"])] if aside else []
    progress(f"router: learning from {len(learned)} tickets, {len(judged)} set aside")
    encoder = _encoder(house) if len(learned) <= EMBEDDED else None

    def save(out: Path) -> dict[str, Any]:
        data = out / "tickets.csv"
        write_history(learned, data)
        try:
            return run(data, encoder, out, lambda line: progress(f"router: {line}"))
        finally:
            data.unlink()

    return _kept(house, "router", save, aside or learned, judged)


def _set_aside(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Learned and set aside: every fifth text by its hash, so that no later model learns it either; none where rows
    are few, and none of a label that would be left without examples."""
    from router.train import is_frozen

    if len(rows) < FEW:
        return list(rows), []
    taught = {row["label"] for row in rows if not is_frozen(row["text"])}
    aside = [row for row in rows if is_frozen(row["text"]) and row["label"] in taught]
    learned = [row for row in rows if not is_frozen(row["text"]) or row["label"] not in taught]
    return learned, sorted(aside, key=_digest)[:MOST_SET_ASIDE]


def _kept(
    house: House,
    kind: str,
    save: Callable[[Path], dict[str, Any]],
    aside: Sequence[Row],
    judged: Sequence[Row] = (),
) -> Trained:
    """Saves the artefact with its canary set, measured beside the one that serves; `judged`: on these instead."""
    folder = f"models/{kind}/{uuid4().hex}"
    out = house.settings.state / folder
    out.mkdir(parents=True)
    try:
        manifest = save(out)
        own = measure(house, kind, out, aside)
        serving = _serving(house, kind, aside)
        room = margin(len(aside))
        floor = max(baseline(aside), own - room, 0.0 if serving is None else serving - room)
        canary = keep_canary(house, kind, out, Canary(tuple(aside), floor))
        if judged and len(judged) > len(aside):
            own, serving = measure(house, kind, out, judged), _serving(house, kind, judged)
    except BaseException:
        shutil.rmtree(out, ignore_errors=True)
        raise
    count = max(len(aside), len(judged))
    return Trained(kind, folder, {**manifest, "canary": canary, "own": True}, own, serving, count)


def _serving(house: House, kind: str, aside: Sequence[Row]) -> float | None:
    active = active_models().get(kind)
    if active is None:
        return None
    try:
        return measure(house, kind, house.settings.state / active.folder, aside)
    except (ModelUnavailable, OSError):
        return None


def _told(one: Trained) -> dict[str, Any]:
    """What a person wants to know. `difference`: with its 95 % interval, as of two independent shares."""
    seen = one.rows == one.manifest["rows"] < FEW
    told: dict[str, Any] = {
        "version": one.manifest["version"],
        "rows": one.manifest["rows"],
        "scores": one.manifest["scores"],
        "set_aside": 0 if seen else one.rows,
        "accuracy_on": "what was learned" if seen else "rows set aside",
        "accuracy": round(one.own, 4),
        "serving_accuracy": None if one.serving is None else round(one.serving, 4),
    }
    if one.serving is not None:
        spread = 1.96 * (sum(p * (1 - p) for p in (one.own, one.serving)) / one.rows) ** 0.5
        gap = one.own - one.serving
        told["difference"] = {
            "mean": round(gap, 4), "low": round(gap - spread, 4), "high": round(gap + spread, 4),
        }  # fmt: skip
    return told


def _encoder(house: House) -> Encodes:
    """With a thread for each core."""
    brain = house.settings.brain.model_copy(update={"threads": os.cpu_count() or 1})
    return encoder_of(house.settings.model_copy(update={"brain": brain}))


def _digest(row: Mapping[str, str]) -> bytes:
    return hashlib.sha256(row["text"].encode()).digest()

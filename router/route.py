"""The verdict on a case: what it is, how fast, whose it is, and why, in plain words. Nothing here raises.

The classifiers say what is likely, the cost matrix whether that is sure enough for a queue, the policy what
the company wants regardless. Where something is missing or broken the case goes to triage at medium
priority, and the reason stands in `why`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.decision import Case, Guess, Neighbour, Priority, Routed
from core.errors import ModelUnavailable, ThreadlineError
from core.holdout import Arm, Holdout
from core.ports import Encodes
from core.understanding import Scored
from router.asked import asked_alone
from router.assign import candidates
from router.circumstances import known_of_case
from router.classify import Seen
from router.embedding import packed, unpacked
from router.model import Array, Model, load_model
from router.needs import needs
from router.policy import Costs, RoutingPolicy, default_policy, verdict_of
from router.skills import Proposal, known_to, proposals

TRIAGE = "triage"
UNKNOWN_CATEGORY = "other"
SAID = ("urgency", "sentiment")
"""Questions about the words alone, which some models answer."""


def load_router(
    folder: Path, policy: RoutingPolicy | None = None, encoder: Encodes | None = None
) -> Router:
    """The router of a model folder; where that cannot be read, one that sends everything to triage and says why.

    `encoder`: reads cases that come without an embedding, where it is the one that the model learned with.
    """
    try:
        return Router(load_model(folder), policy or default_policy(), encoder=encoder)
    except ModelUnavailable as problem:
        return Router(None, policy or default_policy(), problem=str(problem))


@dataclass(frozen=True, slots=True)
class _Guess:
    """What the classifiers make of a case. `doubt`: why no queue was chosen, empty when one was. The others as in `Routed`."""

    category: str
    priority: Priority
    team: str
    confidence: float
    categories: tuple[Scored, ...] = ()
    priorities: tuple[Scored, ...] = ()
    teams: tuple[Scored, ...] = ()
    terms: tuple[Scored, ...] = ()
    why: tuple[str, ...] = ()
    doubt: str = ""
    urgencies: tuple[Scored, ...] = ()
    sentiments: tuple[Scored, ...] = ()
    circumstances: tuple[Scored, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    learned: tuple[Scored, ...] = ()
    proposed: tuple[str, ...] = ()

    def short(self) -> Guess:
        """What the rules see of it."""
        nothing = Scored("", 0.0)
        sure = self.categories[0].confidence if self.categories else 0.0
        urgency = self.urgencies[0] if self.urgencies else nothing
        sentiment = self.sentiments[0] if self.sentiments else nothing
        return Guess(
            self.category,
            self.priority,
            self.team,
            self.confidence,
            sure,
            urgency.name,
            urgency.confidence,
            sentiment.name,
            sentiment.confidence,
            self.proposed,
        )


class Router:
    """Implements `core.ports.Routes`. `problem`: why there is no model, where there is none."""

    def __init__(
        self,
        model: Model | None,
        policy: RoutingPolicy | None = None,
        *,
        problem: str = "",
        trial: tuple[Holdout, RoutingPolicy] | None = None,
        encoder: Encodes | None = None,
    ) -> None:
        self._encoder = encoder
        self._model = model
        self._policy = policy or default_policy()
        self._problem = problem or "No routing model has been trained yet."
        self._trial = trial

    @property
    def policy(self) -> RoutingPolicy:
        """The rules that it applies."""
        return self._policy

    @property
    def trial(self) -> tuple[Holdout, RoutingPolicy] | None:
        """The trial that it takes part in."""
        return self._trial

    def under(self, policy: RoutingPolicy) -> Router:
        """The same model under other rules."""
        return self._with(policy, self._trial)

    def trying(self, trial: tuple[Holdout, RoutingPolicy] | None) -> Router:
        """The same, with a share of the cases decided by other rules; None: by none."""
        return self._with(self._policy, trial)

    def _with(self, policy: RoutingPolicy, trial: tuple[Holdout, RoutingPolicy] | None) -> Router:
        encoder, problem = self._encoder, self._problem
        return Router(self._model, policy, problem=problem, trial=trial, encoder=encoder)

    def route(self, case: Case) -> Routed:
        """The decision on a case, always with a team and a priority; deterministic."""
        policy, tried = self._policy_for(case)
        made = "" if case.vector or case.embedding else self._embedding(case)
        guess = self._guessed(replace(case, embedding=case.embedding or made), policy)
        first = verdict_of(case, guess.short())
        verdict, rules, because = policy.applied(first)
        return Routed(
            category=verdict.category,
            priority=verdict.priority,
            team=verdict.team,
            skills=verdict.skills,
            categories=guess.categories,
            priorities=guess.priorities,
            teams=guess.teams,
            confidence=guess.confidence,
            abstained=bool(guess.doubt),
            rules=rules,
            candidates=candidates(case.facts.get("agents"), verdict.team, verdict.skills),
            terms=guess.terms,
            why=(*guess.why, *because, *asked_alone(verdict.targets, case.facts)),
            versions=self._versions(policy, tried),
            guess=guess.short(),
            targets=verdict.targets,
            needs=needs(policy, first, guess.categories, case.languages, guess.learned),
            languages=case.languages,
            urgencies=guess.urgencies,
            sentiments=guess.sentiments,
            circumstances=guess.circumstances,
            neighbours=guess.neighbours,
            embedding=made,
            learned_skills=guess.learned,
        )

    def _guessed(self, case: Case, policy: RoutingPolicy) -> _Guess:
        if self._model is None:
            return _nothing(self._problem)
        try:
            return _guess(self._model, case, policy.costs)
        except (ValueError, TypeError, IndexError, KeyError, ArithmeticError) as problem:
            return _nothing(f"The classifiers failed on this text ({type(problem).__name__}).")

    def _embedding(self, case: Case) -> str:
        """Of the case's text, where the encoder is there that the model learned with."""
        model, encoder = self._model, self._encoder
        if model is None or encoder is None or model.encoder != encoder.name:
            return ""
        try:
            return packed(encoder.encode([text_of(case)])[0])
        except (ThreadlineError, ValueError, RuntimeError):
            # The words alone are enough for a decision; a second one would find out what is wrong with the encoder.
            return ""

    def _policy_for(self, case: Case) -> tuple[RoutingPolicy, tuple[tuple[str, str], ...]]:
        """The rules for this case, and what of a trial is written down: whose the case is."""
        need = case.facts.get("need")
        if self._trial is None or not need or self._trial[0].present != self._policy.version:
            return self._policy, ()
        holdout, other = self._trial
        arm = holdout.arm(str(need))
        tried = (("experiment", holdout.id), ("arm", arm.value))
        return (other if arm is Arm.OTHER else self._policy), tried

    def _versions(
        self, policy: RoutingPolicy, tried: tuple[tuple[str, str], ...]
    ) -> tuple[tuple[str, str], ...]:
        model = self._model.version[:16] if self._model else "none"
        return (("router", model), ("policy", policy.version[:16]), *tried)


def _nothing(reason: str) -> _Guess:
    said = f"{reason} So the triage team decides."
    return _Guess(UNKNOWN_CATEGORY, Priority.MEDIUM, TRIAGE, 0.0, why=(said,), doubt=said)


def _guess(model: Model, case: Case, costs: Costs) -> _Guess:
    vector = np.asarray(case.vector, dtype=np.float32) if case.vector else unpacked(case.embedding)
    seen = model.reader.read(text_of(case), vector, known_of_case(case))
    if seen.is_blank:
        return _nothing("Nothing in the text is known.")
    chances = {name: one.probabilities(seen) for name, one in model.classifiers.items()}
    if not all(np.isfinite(found).all() for found in chances.values()):
        return _nothing("The classifiers gave no usable number.")
    categories = _scored(model, "category", chances)
    priorities = _scored(model, "priority", chances)
    teams = _scored(model, "team", chances)
    priority = _priority(priorities, costs)
    terms = _terms(model, seen, categories[0].name)
    around = _circumstances(model, seen, categories[0].name)
    said = {name: _scored(model, name, chances) for name in SAID if name in chances}
    team = min(teams, key=lambda one: _cost(one.name, teams, costs)).name
    confidence = next(one.confidence for one in teams if one.name == team)
    doubt = _doubt(case, model, team, teams, costs)
    why = [_why_category(categories, terms), _why_priority(priority, priorities)]
    why.append(doubt or f"Sent to {team}: {confidence:.0%} sure.")
    why += _why_around(around)
    why += _why_said(said)
    guess = _Guess(
        categories[0].name,
        priority,
        TRIAGE if doubt else team,
        confidence,
        categories,
        priorities,
        teams,
        terms,
        tuple(why),
        doubt,
        said.get("urgency", ()),
        said.get("sentiment", ()),
        around,
        model.examples.nearest(seen) if model.examples else (),
    )
    return _skilled(
        guess, proposals(model.skills, model.classifiers, model.reader, seen), case, costs
    )


def _skilled(guess: _Guess, likely: Sequence[Proposal], case: Case, costs: Costs) -> _Guess:
    """With the skills that tickets like it needed, and those of them that are likely enough to be asked for."""
    agents = case.facts.get("agents")
    wanted = [one for one in likely if costs.asks_for(one.chance)]
    lacking = " Nobody here has that skill."
    said = (one.said() + ("" if known_to(agents, one.skill) else lacking) for one in wanted)
    return replace(
        guess,
        why=(*guess.why, *said),
        learned=tuple(one.scored for one in likely),
        proposed=tuple(one.skill for one in wanted if known_to(agents, one.skill)),
    )


def text_of(case: Case) -> str:
    """What the classifiers read: the subject, unless the text repeats it, and the text."""
    return case.text if case.subject in case.text else f"{case.subject}\n{case.text}"


def _scored(model: Model, question: str, chances: dict[str, Array]) -> tuple[Scored, ...]:
    labels, found = model.classifiers[question].labels, chances[question]
    order = np.argsort(-found, kind="stable")
    return tuple(Scored(labels[at], round(float(found[at]), 6)) for at in order)


def _priority(priorities: tuple[Scored, ...], costs: Costs) -> Priority:
    """The least expected cost, not the likeliest: 45 % critical and 55 % low is no low ticket."""
    by_step = {int(Priority[one.name.upper()]): one.confidence for one in priorities}
    return Priority(min(Priority, key=lambda step: costs.of_rating(int(step), by_step)))


def _terms(model: Model, seen: Seen, category: str) -> tuple[Scored, ...]:
    classifier = model.classifiers["category"]
    return classifier.weighed(model.reader.features, seen, classifier.labels.index(category))


def _circumstances(model: Model, seen: Seen, category: str) -> tuple[Scored, ...]:
    classifier = model.classifiers["category"]
    label = classifier.labels.index(category)
    return classifier.circumstances(model.reader, seen, label)


def _cost(team: str, teams: tuple[Scored, ...], costs: Costs) -> float:
    return costs.of_sending(team, [one.name for one in teams], [one.confidence for one in teams])


def _doubt(case: Case, model: Model, team: str, teams: tuple[Scored, ...], costs: Costs) -> str:
    if case.language and model.languages and case.language not in model.languages:
        return f"The router has learned from no ticket in this language ({case.language})."
    expected = _cost(team, teams, costs)
    if expected <= costs.triage:
        return ""
    likely = " or ".join(f"{one.name} ({one.confidence:.0%})" for one in teams[:2])
    return (
        f"Not sure enough of the team: {likely}. Sending it there would cost {expected:.1f}, "
        f"a look by the triage team {costs.triage:.1f}."
    )


def _why_category(categories: tuple[Scored, ...], terms: tuple[Scored, ...]) -> str:
    said = f"Looks like {categories[0].name} ({categories[0].confidence:.0%})"
    quoted = ", ".join(f'"{term.name}"' for term in terms[:3])
    return f"{said}, most of all for {quoted}." if quoted else f"{said}."


def _why_priority(priority: Priority, priorities: tuple[Scored, ...]) -> str:
    listed = ", ".join(f"{one.name} {one.confidence:.0%}" for one in priorities[:2])
    return f"Rated {priority.label} (likely: {listed})."


def _why_around(around: tuple[Scored, ...]) -> list[str]:
    return (
        [f"That it came so speaks for it too: {', '.join(one.name for one in around)}."]
        if around
        else []
    )


_SAYS = {
    "now": "asks for help at once",
    "soon": "cannot wait long",
    "whenever": "is in no hurry",
    "upset": "sounds upset",
    "calm": "sounds calm",
    "pleased": "sounds pleased",
}


def _why_said(said: Mapping[str, tuple[Scored, ...]]) -> list[str]:
    told = [
        f"{_SAYS.get(found[0].name, found[0].name)} ({found[0].confidence:.0%})"
        for found in said.values()
    ]
    return [f"The customer {' and '.join(told)}."] if told else []

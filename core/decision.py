"""Who should help, how fast, and why: the router's input and its verdict. Models do not belong here."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from core.understanding import Scored


class Priority(IntEnum):
    """Ordinal: a larger number waits longer."""

    CRITICAL = 1
    HIGH = 2
    MEDIUM = 3
    LOW = 4

    @property
    def label(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Case:
    """What the router sees of a need. `vector` as in `Understood`; `facts` plain JSON, stored as it is.

    `languages`: what it may be written in, with calibrated probabilities, best first; empty where nobody looked.
    `embedding`: of the text, as `router.embedding` packs it; empty: the router makes it where it can.
    """

    text: str
    language: str
    channel: str
    vector: tuple[float, ...] = ()
    subject: str = ""
    wants_person: bool = False
    is_urgent: bool = False
    customer_tier: str = "standard"
    tried_answers: int = 0
    facts: dict[str, Any] = field(default_factory=dict)
    languages: tuple[Scored, ...] = ()
    embedding: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person the work could go to. `excluded`: why not, empty when eligible."""

    agent: str
    score: float
    excluded: str = ""


@dataclass(frozen=True, slots=True)
class Guess:
    """What the classifiers and the costs chose, before any rule. Confidences are 0..1. `urgency`, `sentiment`: empty
    where no classifier tells them. `proposed_skills`: learned ones that are likely enough, and that somebody has."""

    category: str
    priority: Priority
    team: str
    confidence: float = 0.0
    category_confidence: float = 0.0
    urgency: str = ""
    urgency_confidence: float = 0.0
    sentiment: str = ""
    sentiment_confidence: float = 0.0
    proposed_skills: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An example that the router learned from and that is like this case. `likeness`: 0..1.

    `ticket`: its number where it is one of ours, else 0; `source`: whose it was (`zendesk 4711`); `text`: its
    beginning, of shipped examples alone: nobody's words travel with a model.
    """

    category: str
    priority: str
    team: str
    likeness: float
    ticket: int = 0
    source: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a waiting ticket is for from so many minutes on, until the next target's minutes.

    `team`: slug, empty: as it is; `skills`: what is needed then; `agent`: only one is asked: `last`: who helped this
    customer last, `preferred`: the customer's own agent, or a colleague's mail address; `skip_if`: `nobody_online` or `closed` (the team's hours): then the next target comes at once; `priority`: a label, this or
    more urgent from then on; empty: as it is.
    """

    minutes: float = 0.0
    team: str = ""
    skills: tuple[str, ...] = ()
    agent: str = ""
    skip_if: str = ""
    priority: str = ""


@dataclass(frozen=True, slots=True)
class Routed:
    """The verdict. `team` is `triage` when the classifier was not sure enough.

    `why`: plain sentences for the agent. `rules`: names of policy rules that fired, in order.
    `terms`: words that weighed most, with weight. `versions`: model and policy versions. `guess`: before the rules;
    `targets`: whom it is for as it waits, where a rule says so.

    `needs`: for each skill the chance that the case needs it; `urgencies`, `sentiments`: what its words say of time and
    mood, `languages` as the case's, all best first. `circumstances`: channel, tier, time and the like that weighed,
    with weight. `neighbours`: the most similar examples. `embedding`: what was read, if not the case's own.
    `learned_skills`: what tickets like it needed, with the chance, likeliest first.
    """

    category: str
    priority: Priority
    team: str
    skills: tuple[str, ...] = ()
    categories: tuple[Scored, ...] = ()
    priorities: tuple[Scored, ...] = ()
    teams: tuple[Scored, ...] = ()
    confidence: float = 0.0
    abstained: bool = False
    rules: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    terms: tuple[Scored, ...] = ()
    why: tuple[str, ...] = ()
    versions: tuple[tuple[str, str], ...] = ()
    guess: Guess | None = None
    targets: tuple[Target, ...] = ()
    needs: tuple[Scored, ...] = ()
    languages: tuple[Scored, ...] = ()
    urgencies: tuple[Scored, ...] = ()
    sentiments: tuple[Scored, ...] = ()
    circumstances: tuple[Scored, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    embedding: str = ""
    learned_skills: tuple[Scored, ...] = ()

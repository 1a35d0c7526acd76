"""Answer, ask which of several articles is meant, or hand off: the cheapest expected outcome under one cost matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.knowledge import Answering
from kb_index.mentions import mentioned, title_terms
from kb_index.passage import PassageText

RIVAL = 0.4
"""An article believed in at least this much of what the best one is may be what was meant."""
TWIN = 0.005
"""Belief, relative to the best, from which an article of nearly the same title is looked at."""
SAME_TITLE = 0.3
"""Share of title terms that twins have in common ("in Europe", "in the Americas")."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What each outcome costs, in units of one handoff. The cheapest expected outcome is chosen.

    `clarify` is the price of asking back; when none of the choices is right, a handoff follows.
    """

    wrong_answer: float = 2.0
    handoff: float = 1.0
    clarify: float = 0.45


@dataclass(frozen=True, slots=True)
class Said:
    """The customer's terms in this message, and those with the earlier messages that it leans on."""

    now: frozenset[str]
    before: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rival:
    """Another article that may be meant. `share`: its belief relative to the best one's; 1 for a twin.

    A twin is an article of nearly the same title, between which no word of the question decides.
    """

    place: int
    share: float
    is_twin: bool


def rivals_of(
    beliefs: Sequence[float], best: Sequence[PassageText], said: Said, most: int = 2
) -> list[Rival]:
    """The articles that compete with the first.

    `beliefs` and `best` (passages): of the articles, best first.
    """
    rivals = []
    for place in range(1, min(len(beliefs), 4)):
        share = beliefs[place] / beliefs[0]
        if share > TWIN and _are_twins(best[0], best[place], said):
            rivals.append(Rival(place, 1.0, True))
        elif share > RIVAL and place < 3:
            rivals.append(Rival(place, share, False))
    return sorted(rivals, key=lambda rival: -rival.share)[:most]


def _are_twins(first: PassageText, second: PassageText, said: Said) -> bool:
    if not has_like_title(first, second):
        return False
    one, other = title_terms(first), title_terms(second)
    here, there = mentioned(first), mentioned(second)
    return (one - other).isdisjoint(said.before) and (here - there).isdisjoint(said.now)


def has_like_title(first: PassageText, second: PassageText) -> bool:
    """Whether they are of two articles of nearly the same title, in one language."""
    one, other = title_terms(first), title_terms(second)
    is_like = len(one & other) >= SAME_TITLE * len(one | other)
    return first.language == second.language and is_like and not (one <= other or other <= one)


def decide(chance: float, rivals: Sequence[Rival], costs: Costs) -> Answering:
    """`chance`: calibrated probability that the best article answers; twins share it evenly."""
    twins = sum(rival.is_twin for rival in rivals)
    right = chance / (1 + twins)
    any_of = min(1.0, right * (1 + sum(rival.share for rival in rivals)))
    options = [
        ((1 - right) * costs.wrong_answer, Answering.ANSWER),
        (costs.handoff, Answering.HANDOFF),
    ]
    if rivals:
        asking = costs.clarify + (1 - any_of) * costs.handoff
        options.append((asking, Answering.CLARIFY))
    return min(options, key=lambda option: option[0])[1]

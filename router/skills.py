"""Which skills a ticket may need, by what tickets like it needed. What rules ask for is `router.needs`; learning is `router.learn_skills`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.understanding import Scored
from router.classify import Classifier, Reader, Seen
from router.needs import FAINTEST

QUESTION = "skill:"
"""Before a skill's name, what its classifier is called in a model; its labels are `NO` and `YES`."""
NO, YES = "no", "yes"
NONE = "-"
"""In a training row: it is known that no skill was needed, or that who solved it has none."""


class Source(StrEnum):
    """What taught it: tickets that say what they needed, or who solved them."""

    SAID = "said"
    SOLVED = "solved"


@dataclass(frozen=True, slots=True)
class Ground:
    """How a skill was learned. `base`: the share of all tickets solved by somebody who has it, 0 where tickets said what
    they needed."""

    source: Source
    base: float = 0.0

    def chance(self, found: float) -> float:
        """That the ticket needs the skill, when `found` is the chance of a yes.

        Of who solved it a yes proves little: somebody who has the skill solves what needs it, and also `base` of what does
        not. So found = need + (1 - need) * base at most, and this is the least need that explains it.
        """
        return max(0.0, (found - self.base) / (1 - self.base)) if self.base < 1 else 0.0


@dataclass(frozen=True, slots=True)
class Proposal:
    """A skill with the chance that the ticket needs it, and the words that spoke most for it."""

    skill: str
    chance: float
    source: Source
    terms: tuple[Scored, ...] = ()

    @property
    def scored(self) -> Scored:
        return Scored(self.skill, self.chance)

    def said(self) -> str:
        """In plain words, for the Decision."""
        quoted = ", ".join(f'"{term.name}"' for term in self.terms[:3])
        why = f", most of all for {quoted}" if quoted else ""
        if self.source is Source.SAID:
            return f"Tickets like it needed {self.skill} ({self.chance:.0%}){why}."
        return (
            f"Tickets like it were solved by people who know {self.skill}, more often than by chance "
            f"({self.chance:.0%}){why}."
        )


def proposals(
    grounds: Mapping[str, Ground],
    classifiers: Mapping[str, Classifier],
    reader: Reader,
    seen: Seen,
) -> tuple[Proposal, ...]:
    """All skills that are not next to impossible, likeliest first."""
    found = []
    for skill, ground in grounds.items():
        classifier = classifiers[QUESTION + skill]
        yes = classifier.labels.index(YES)
        chance = round(ground.chance(float(classifier.probabilities(seen)[yes])), 6)
        if chance >= FAINTEST:
            terms = classifier.weighed(reader.features, seen, yes)
            found.append(Proposal(skill, chance, ground.source, terms))
    return tuple(sorted(found, key=lambda one: (-one.chance, one.skill)))


def known_to(agents: Any, skill: str) -> bool:
    """Whether anybody of `agents`, as `router.assign` reads them, has the skill, at work now or not."""
    people: Sequence[Any] = agents if isinstance(agents, (list, tuple)) else ()
    return any(
        isinstance(levels := one.get("skills"), Mapping) and bool(levels.get(skill))
        for one in people
        if isinstance(one, Mapping)
    )


def slugs_of(cell: str) -> str:
    """Skills as a help desk wrote them in one cell, as a training row keeps them: names as addresses are made of them,
    `;` between them, `NONE` for an empty cell: the column is there, and nobody wrote that it needs any."""
    plain = cell
    for separator in (",", "|", "\n"):
        plain = plain.replace(separator, ";")
    names = ("-".join(part.casefold().split()) for part in plain.split(";"))
    return ";".join(dict.fromkeys(name for name in names if name not in {"", "none"})) or NONE


def slugs_in(kept: str) -> frozenset[str] | None:
    """The skills of a training row's cell; None where nothing is known of them."""
    return frozenset(kept.split(";")) - {NONE, ""} if kept else None

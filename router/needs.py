"""How likely it is that a case needs a skill: the rules are asked for each category and language that it may have. The rules are `router.policy`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.understanding import Scored
from router.policy import RoutingPolicy, Verdict

FAINTEST = 0.02
"""Probability below which a category or a language is not tried out."""
MOST_TRIED = 8
"""Of either: rules are asked at most 64 times."""


def needs(
    policy: RoutingPolicy,
    verdict: Verdict,
    categories: Sequence[Scored],
    languages: Sequence[Scored],
    learned: Sequence[Scored] = (),
) -> tuple[Scored, ...]:
    """Each skill with the probability of all those categories and languages for which the rules ask for it.

    `verdict`: before the rules. Category and language are taken as independent: whoever writes German writes about all
    things. As calibrated as the two are. `learned`: by what tickets like it needed (`router.skills`); of a skill that rules ask
    for too the larger chance counts.
    """
    chances = {one.name: one.confidence for one in learned}
    for skill, chance in _asked(policy, verdict, categories, languages).items():
        chances[skill] = max(chances.get(skill, 0.0), chance)
    best = sorted(chances.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Scored(name, round(min(chance, 1.0), 6)) for name, chance in best)


def _asked(
    policy: RoutingPolicy,
    verdict: Verdict,
    categories: Sequence[Scored],
    languages: Sequence[Scored],
) -> dict[str, float]:
    chances: dict[str, float] = {}
    if not any(rule.skills or rule.targets for rule in policy.rules):
        return chances
    # What was learned has its own chance, whether or not a rule passes it on.
    verdict = replace(verdict, proposed_skills=())
    spoken = languages or (Scored(verdict.case.language, 1.0),)
    for language in _likely(spoken):
        case = replace(verdict.case, language=language.name)
        for category in _likely(categories):
            # In that world the category is known.
            world = replace(verdict, case=case, category=category.name, category_confidence=1.0)
            decided, _, _ = policy.applied(world)
            asked = decided.targets[0].skills if decided.targets else ()
            for skill in {*decided.skills, *asked}:
                chance = category.confidence * language.confidence
                chances[skill] = chances.get(skill, 0.0) + chance
    return chances


def _likely(scored: Sequence[Scored]) -> Sequence[Scored]:
    return [one for one in scored[:MOST_TRIED] if one.confidence >= FAINTEST]

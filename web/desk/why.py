"""The router's decision in plain words, each question with its probabilities. What was decided is `router`'s."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext, gettext_lazy

from store.desk_ticket import Opened
from store.neighbours import Near
from web.desk import words
from web.desk.why_words import in_words, priority

_SHOWN = 4
"""Answers of a question that are shown: the likeliest."""

_SAID: dict[str, words.Text] = {
    "now": gettext_lazy("Needs help at once"),
    "soon": gettext_lazy("Cannot wait long"),
    "whenever": gettext_lazy("No hurry"),
    "upset": gettext_lazy("Upset"),
    "calm": gettext_lazy("Calm"),
    "pleased": gettext_lazy("Pleased"),
}


@dataclass(frozen=True, slots=True)
class Bar:
    """A label with its probability, for a bar and for words."""

    label: str
    share: float
    percent: int


@dataclass(frozen=True, slots=True)
class Example:
    """What the router learned from and took this ticket for the like of. `number`: of a ticket that the reader may see,
    else 0; `label`: where it belonged."""

    number: int
    said: str = field(repr=False)
    label: str
    percent: int


@dataclass(frozen=True, slots=True)
class Why:
    """A decision. `questions`: each with its title and its likeliest answers."""

    sentences: tuple[str, ...]
    category: Bar | None
    others: tuple[Bar, ...]
    questions: tuple[tuple[str, tuple[Bar, ...]], ...]
    team: str
    abstained: bool
    rules: tuple[str, ...]
    terms: tuple[str, ...]
    examples: tuple[Example, ...]
    versions: tuple[tuple[str, str], ...]


def why_of(opened: Opened) -> Why | None:
    """None where a person opened the ticket, or the customer's words are erased."""
    verdict = opened.verdict
    if not verdict:
        return None
    names = {team.slug: team.name for team in opened.teams}
    categories = _bars(verdict, "categories", words.category)
    return Why(
        sentences=tuple(in_words(str(one), names) for one in verdict.get("why", ())),
        category=categories[0] if categories else None,
        others=tuple(bar for bar in categories[1:] if bar.percent),
        questions=_questions(verdict, names),
        team=names.get(verdict.get("team", ""), str(verdict.get("team", ""))),
        abstained=bool(verdict.get("abstained")),
        rules=tuple(verdict.get("rules", ())),
        terms=tuple(str(one["name"]) for one in verdict.get("terms", ())[:8]),
        examples=tuple(_example(one, names) for one in opened.neighbours),
        versions=tuple((str(name), str(value)) for name, value in verdict.get("versions", ())),
    )


def _questions(
    verdict: dict[str, Any], teams: dict[str, str]
) -> tuple[tuple[str, tuple[Bar, ...]], ...]:
    asked: tuple[tuple[str, str, Callable[[str], str]], ...] = (
        (gettext("Priority"), "priorities", priority),
        (gettext("Team"), "teams", lambda name: teams.get(name, name)),
        (gettext("Skills that it needs"), "needs", words.category),
        (gettext("Language"), "languages", str),
        (gettext("Urgency"), "urgencies", _said),
        (gettext("Mood"), "sentiments", _said),
    )
    found = ((title, _bars(verdict, name, label)) for title, name, label in asked)
    return tuple((title, bars) for title, bars in found if bars)


def _bars(verdict: dict[str, Any], name: str, label: Callable[[str], str]) -> tuple[Bar, ...]:
    return tuple(_bar(label(str(one["name"])), one) for one in verdict.get(name, ())[:_SHOWN])


def _bar(label: str, scored: dict[str, Any]) -> Bar:
    share = float(scored["confidence"])
    return Bar(label, share, round(share * 100))


def _said(name: str) -> str:
    return str(_SAID.get(name, name))


def _example(one: Near, teams: dict[str, str]) -> Example:
    label = ", ".join(
        (words.category(one.category), priority(one.priority), teams.get(one.team, one.team))
    )
    imported = "" if one.text else one.source
    said = one.subject or one.text or imported or gettext("A ticket that it learned from")
    return Example(one.ticket, said, label, round(one.likeness * 100))

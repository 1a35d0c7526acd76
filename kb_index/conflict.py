"""Finds another article that gives another figure for what was asked, so that both can be shown; which one answers is `answer`'s.

Figures alone are compared: how long, how much, by when. That two texts contradict each other in other words cannot be told
without understanding them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kb_index import words
from kb_index.features import Words
from kb_index.passage import Kind, PassageText, Span

NEARLY = 0.9
"""Share of the question that the other statement must be about, of what the first one is about."""
LEAST = 2
"""Words of the question that both must be about."""

_UNITS = {
    "minute": "minute minutes min minuto minutos minuten دقيقة دقائق",
    "hour": "hour hours h hora horas stunde stunden heure heures ساعة ساعات",
    "day": "day days día días dia dias tag tage tagen werktage werktagen jour jours يوم أيام يوما",
    "week": "week weeks semana semanas woche wochen semaine semaines أسبوع أسابيع",
    "month": "month months mes meses monat monate monaten mois mês شهر أشهر",
    "year": "year years año años jahr jahre jahren an ans ano anos سنة سنوات",
    "%": "% percent prozent",
    "eur": "eur € euro euros",
    "usd": "usd $ dollar dollars dólares",
    "gb": "gb gigabyte gigabytes",
    "mb": "mb megabyte megabytes",
    "km": "km kilometers kilometres kilómetros kilometer",
    "m": "meters metres metros meter",
}
_UNIT_OF = {word: unit for unit, said in _UNITS.items() for word in said.split()}
_NUMBER = r"\d+(?:[.,]\d+)*"
_BETWEEN = r"(?:(?:working|business|calendar|full|more|further)\s+)?"
_AFTER = re.compile(rf"({_NUMBER})\s*{_BETWEEN}(%|€|\$|[^\W\d_]+)", re.IGNORECASE)
_BEFORE = re.compile(rf"(€|\$|EUR|USD)\s*({_NUMBER})")


@dataclass(frozen=True, slots=True)
class Statement:
    """A span of a passage that says how much something is."""

    passage: PassageText
    span: Span

    @property
    def text(self) -> str:
        return self.passage.text[self.span.start : self.span.end]


def quantities(text: str) -> dict[str, frozenset[str]]:
    """Unit to the figures given in it: "5 working days or EUR 3,50" -> {"day": {"5"}, "eur": {"3.5"}}."""
    found: dict[str, set[str]] = {}
    for match in _AFTER.finditer(text):
        unit = _UNIT_OF.get(match[2].lower())
        if unit:
            found.setdefault(unit, set()).add(_plain(match[1]))
    for match in _BEFORE.finditer(text):
        found.setdefault(_UNIT_OF[match[1].lower()], set()).add(_plain(match[2]))
    return {unit: frozenset(figures) for unit, figures in found.items()}


def _plain(figure: str) -> str:
    plain = figure.replace(",", ".")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def other_figure(
    said: Sequence[Statement], others: Sequence[PassageText], asked: Words
) -> Statement | None:
    """The first statement of another article, in the same language, that is about as much of the question as what is
    `said` and gives other figures in the same unit."""
    for one in said:
        own, about = quantities(one.text), _about(one, asked)
        if not own or len(about) < LEAST or one.span.kind is Kind.ROW:
            continue
        for passage in others:
            if passage.language == one.passage.language and passage.article != one.passage.article:
                for span in passage.spans:
                    other = Statement(passage, span)
                    if _differs(own, quantities(other.text)) and _covers(
                        _about(other, asked), about, asked
                    ):
                        return other
    return None


def _differs(own: dict[str, frozenset[str]], other: dict[str, frozenset[str]]) -> bool:
    shared = own.keys() & other.keys()
    return bool(shared) and all(own[unit].isdisjoint(other[unit]) for unit in shared)


def _about(statement: Statement, asked: Words) -> set[str]:
    """The terms of the question that the sentence itself or its headings name."""
    passage = statement.passage
    context = passage.context_of(passage.spans.index(statement.span))
    here = set(words.terms(f"{context}\n{statement.text}", passage.language))
    return {term for term, spellings in asked.spellings.items() if not here.isdisjoint(spellings)}


def _covers(other: set[str], one: set[str], asked: Words) -> bool:
    """Whether `other` names nearly all, by weight, of what `one` does."""
    weight = asked.weight
    return sum(weight[t] for t in one & other) >= NEARLY * sum(weight[t] for t in one)

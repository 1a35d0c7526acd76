"""Which sentences, steps or rows of a passage carry the answer; whether there is one is `answer`'s to decide."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from kb_index import words
from kb_index.features import Words
from kb_index.passage import PASSAGES_KEPT, Array, Kind, PassageText, Span, windows
from kb_index.query import question_language

NAMES = (
    "window_cosine",
    "cosine_gap",
    "coverage",
    "coverage_gap",
    "best_coverage",
    "first",
    "early",
    "length",
    "step",
    "procedure_for_how",
    "number_for_how_many",
    "date_for_when",
    "name_for_who",
    "introduces",
    "refers_back",
)

_HOW = {
    "en": r"\bhow (do|can|to|would|should|could)\b|\bsteps?\b|\bset ?up\b|\bwhere (do|can) i\b|\bway to\b",
    "es": r"\b(cómo|como)\b|\bd[oó]nde (puedo|pido|encuentro|veo)\b|\bpasos\b",
    "de": r"\bwie (?!viel|lange|oft|hoch|teuer|schnell|weit|gro)|\bwo (finde|kann|bekomme)\b|\bschritte\b",
    "fr": r"\bcomment\b|\bo[uù] (puis-je|trouver|peut-on|est-ce que je)\b|\bétapes?\b",
    "pt": r"\bcomo\b|\bonde (posso|encontro|vejo|fica)\b|\bpassos?\b",
    "ar": r"كيف|خطوات|أين (أجد|يمكنني)",
}
_HOW_MANY = {
    "en": r"\bhow (many|much|long|often|old|far|big|large|soon|fast|late)\b|\bcosts?\b|\bprice\b|\bfees?\b|\blimit\b|\bpopulation\b",
    "es": r"\b(cuánt[oa]s?|cuanto|cuesta|precio|plazo)\b",
    "de": r"\bwie (viel|viele|lange|oft|hoch|teuer|schnell)\b|\bkostet\b|\bpreis\b|\bfrist\b",
    "fr": r"\bcombien\b|\b(coûte|prix|délai|tarif)\b",
    "pt": r"\bquant[oa]s?\b|\b(custa|preço|prazo)\b",
    "ar": r"كم|(سعر|تكلفة|مدة)",
}
_WHEN = {
    "en": r"\bwhen\b|\bwhat (year|date|time|day)\b|\bhow (long|soon)\b",
    "es": r"\bcu[aá]ndo\b|\bfecha\b",
    "de": r"\bwann\b|\bdatum\b",
    "fr": r"\bquand\b|\bdate\b",
    "pt": r"\bquando\b|\bdata\b",
    "ar": r"متى|تاريخ",
}
_COST = {
    "en": r"\bcosts?\b|\bprices?\b|\bfees?\b|\bexpensive\b|\bhow much (is|are|for|to|do i pay)\b",
    "es": r"\b(cuestan?|precios?|cost[oe]s?|tarifas?|vale)\b",
    "de": r"\bkoste[nt]?\b|\bpreise?\b|\bteuer\b|\b\w*kosten\b|\bgebühr(en)?\b",
    "fr": r"\b(coûte(nt)?|prix|tarifs?|frais)\b",
    "pt": r"\b(custam?|custos?|preços?|tarifas?|taxas?)\b",
    "ar": r"سعر|تكلفة|تكلف|ثمن|رسوم",
}
_LASTS = {
    "en": r"\bhow (long|soon|fast|quickly)\b",
    "es": r"\b(tardan?|dura|demora|plazo|cu[aá]nto tiempo|cu[aá]ntos d[ií]as)\b",
    "de": r"\bwie (lange|schnell|bald|viele tage)\b|\bfrist\b",
    "fr": r"\bcombien de (temps|jours)\b|\bdélai\b",
    "pt": r"\b(quanto tempo|quantos dias|demora|prazo)\b",
    "ar": r"مدة|كم (يوم|من الوقت|تستغرق)",
}
_WHO = {"en": r"\bwho(se|m)?\b", "es": r"\bqui[eé]n(es)?\b", "de": r"\bwe[rnm]\b",
        "fr": r"\bqui\b", "pt": r"\bquem\b", "ar": r"\bمن (هو|هي)\b"}  # fmt: skip

NUMBER = re.compile(
    r"\d|\b(one|two|three|four|five|six|seven|eight|nine|ten|dozen|hundred|thousand|million|billion)\b",
    re.I,
)
DATE = re.compile(
    r"\b(1[0-9]|20)\d\d\b|\b(january|february|march|april|may|june|july|august|september|october|november|december"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday|day|days|week|weeks|month|months|hour|hours|century"
    r"|d[ií]as?|semanas?|mes|meses|horas?|tag|tage|tagen|woche|wochen|monat|monate|stunden?|uhr"
    r"|jours?|semaines?|mois|heures?|mês|meses|يوم|أيام|أسبوع|أسابيع|شهر|أشهر|ساعة|ساعات)\b",
    re.I,
)
_COINS = r"(?:[€$£¥]|\b(?:EUR|USD|CAD|MXN|BRL|GBP|CHF|euros?|dollars?|d[oó]lares|dólares|pesos|reais)\b|يورو|دولار)"
PRICE = re.compile(
    rf"{_COINS}\s?\d|\d\s?{_COINS}|\b(free|gratis|kostenlos|kostenfrei|gratuit[eo]?|grátis)\b|مجان",
    re.I,
)
_COUNT = (
    r"(?:\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn"
    r"|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|deux|trois|quatre|cinq|sept|huit|neuf|dix|dois|duas|quatro|sete|oito|dez)\b)"
)
_EACH = r"(?:an?|per|each|every|im|pro|je|al|por|par|au|ao)\b"
"""Before the unit of a rate: EUR 4.90 a month lasts no month."""
DURATION = re.compile(
    rf"{_COUNT}[\s\-–]*(?:(?!{_EACH})[^\W\d]+\s+){{0,2}}"
    r"(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|segundos?|minutos?|horas?|d[ií]as?|semanas?|mes(?:es)?"
    r"|años?|anos?|mês|\w*sekunden?|\w*minuten?|\w*stunden?|\w*tage?n?|\w*wochen?|\w*monate?n?|\w*jahre?n?|heures?|jours?"
    r"|semaines?|mois|ans|années?|دقيقة|دقائق|ساعة|ساعات|يوم\w*|أيام|أسبوع\w*|أسابيع|شهر\w*|أشهر|سنوات|سنة)\b",
    re.I,
)
NAME = re.compile(r"(?<=[a-z,;]\s)[A-Z][a-z]+|[A-Z][a-z]+ [A-Z][a-z]+")
_BACK = re.compile(
    r"^(it|they|this|that|these|those|he|she|its|their|his|her|then|also|however|but)\b", re.I
)


_IS_SO = {
    "en": r"do|does|did|can|could|will|would|should|may|is|are|am|was|were|has|have|had",
    "es": r"puedo|puede|pueden|hay|es|son|está|están|tengo|tiene|se puede",
    "de": r"kann|können|ist|sind|darf|gibt|muss|hat|habe|bekomme|bekommt|gilt",
    "fr": r"est-ce|puis-je|peut-on|y a-t-il|faut-il|ai-je",
    "pt": r"posso|pode|podem|há|tem|tenho|é|são",
    "ar": r"هل",
}
"""How a question begins that wants a yes or a no, whatever figures it speaks of."""

_ASKS = {
    "en": r"^\W*(what|who|whose|whom|where|when|why|which|how|is|are|am|was|were|do|does|did|can|could|will|would|should"
    r"|may|has|have|had)\b|\?\s*$",
    "es": r"^\W*(qué|que|quién|dónde|donde|cuándo|cuando|por qué|cuál|cómo|como|cuánt|puedo|puede|hay|es|está)\b|\?\s*$",
    "de": r"^\W*(was|wer|wen|wem|wo|wann|warum|wieso|welche[rsn]?|wie|ist|sind|kann|darf|gibt|muss|hat|habe)\b|\?\s*$",
    "fr": r"^\W*(qu[ei]|quoi|quel(le)?s?|où|quand|pourquoi|comment|combien|est-ce|puis-je|peut-on|y a-t-il|faut-il)\b|\?\s*$",
    "pt": r"^\W*(o que|que|quem|onde|quando|por que|porque|qual|quais|como|quant[oa]s?|posso|pode|há|tem|é)\b|\?\s*$",
    "ar": r"^\W*(ما|ماذا|من|أين|متى|لماذا|كيف|كم|هل|أي)\b|[؟?]\s*$",
}


def asks(text: str, language: str) -> bool:
    """Whether it is worded as a question, not as a title, a remark or a fragment."""
    return bool(re.search(_ASKS.get(question_language(language), _ASKS["en"]), text, re.I))


@dataclass(frozen=True, slots=True)
class Asked:
    """What kind of thing a question wants to hear. `task`: something to be done or put right; not a question of fact.
    `cost`, `lasts`: the figure that is wanted is a price, a duration."""

    how: bool
    how_many: bool
    when: bool
    who: bool
    task: bool = False
    cost: bool = False
    lasts: bool = False


def asked_for(text: str, language: str) -> Asked:
    """From the question's wording alone; a language that is not known is read as English."""
    code = question_language(language)

    def says(patterns: dict[str, str]) -> bool:
        return bool(re.search(patterns.get(code, patterns["en"]), text, re.IGNORECASE))

    how_many = says(_HOW_MANY)
    how = says(_HOW) and not how_many
    when, who = says(_WHEN), says(_WHO)
    task = how or not (how_many or when or who or asks(text, language))
    is_so = re.match(rf"\W*({_IS_SO.get(code, _IS_SO['en'])})\b", text, re.IGNORECASE)
    cost, lasts = (how_many and not is_so and says(kind) for kind in (_COST, _LASTS))
    return Asked(how, how_many, when, who, task, cost=cost, lasts=lasts)


def figure_of(asked: Asked) -> re.Pattern[str] | None:
    """How a figure of the kind that is asked for is written; None where none of a certain kind is."""
    if asked.lasts == asked.cost:
        return None
    return DURATION if asked.lasts else PRICE


def span_values(asked: Asked, terms: Words, passage: PassageText, cosines: Array | None) -> Array:
    """Features of each span, shape (len(passage.spans), len(NAMES)). `cosines`: of its windows, or None."""
    form = _form(passage)
    cosine = _per_span(form, cosines)
    coverage = _coverage(terms, form.terms)
    table = form.table.copy()
    table[:, NEEDS_ASKING] *= (asked.how, asked.how_many, asked.when, asked.who)
    table[:, 0] = cosine
    table[:, 1] = cosine - cosine.max(initial=0)
    table[:, 2] = coverage
    table[:, 3] = coverage - coverage.max(initial=0)
    table[:, 4] = coverage >= coverage.max(initial=0) - 1e-6
    return table


NEEDS_ASKING = slice(NAMES.index("procedure_for_how"), NAMES.index("name_for_who") + 1)
"""Columns that count only where the question wants such a thing."""


@dataclass(frozen=True, slots=True)
class _Form:
    """A passage's spans whatever is asked. `table`: what is known of the features; `terms`: of each span."""

    table: Array
    terms: tuple[frozenset[str], ...]
    windows: tuple[tuple[int, int], ...]


@lru_cache(PASSAGES_KEPT)
def _form(passage: PassageText) -> _Form:
    spans = passage.spans
    texts = [passage.text[span.start : span.end] for span in spans]
    table = np.zeros((len(spans), len(NAMES)), dtype=np.float32)
    table[0, 5] = 1.0
    table[:, 6] = 1.0 / np.arange(1, len(spans) + 1)
    table[:, 7] = [min(3.0, len(text.split()) / 20) for text in texts]
    for number, (span, text) in enumerate(zip(spans, texts, strict=True)):
        is_step = span.kind is Kind.STEP
        table[number, 8:] = (
            is_step,
            is_step,
            bool(NUMBER.search(text)),
            bool(DATE.search(text)),
            bool(NAME.search(text)),
            text.rstrip().endswith(":"),
            bool(_BACK.match(text)),
        )
    language = passage.language
    terms = tuple(frozenset(words.terms(text, language)) for text in texts)
    return _Form(table, terms, tuple(windows(passage)))


def span_terms(passage: PassageText) -> tuple[frozenset[str], ...]:
    """The terms of each span."""
    return _form(passage).terms


def _per_span(form: _Form, cosines: Array | None) -> Array:
    values = np.zeros(len(form.terms), dtype=np.float32)
    if cosines is not None:
        for (first, last), cosine in zip(form.windows, cosines, strict=False):
            values[first:last] = cosine
    return values


def _coverage(terms: Words, spans: Sequence[frozenset[str]]) -> Array:
    """The share of the question's weight that stands in each span."""
    total = terms.total
    anywhere = frozenset().union(*spans)
    asked = [
        (near, terms.weight[term])
        for term, near in terms.spellings.items()
        if not anywhere.isdisjoint(near)
    ]
    return np.array(
        [
            sum(weight for near, weight in asked if not here.isdisjoint(near)) / total
            for here in spans
        ]
    )


MOST_SENTENCES = 6
WHOLE_TABLE = 5
"""Rows up to which a table is told whole."""
BEST_ROWS = 3
_LISTS = (Kind.STEP, Kind.ITEM, Kind.ROW, Kind.CODE)


def choose(
    asked: Asked, passage: PassageText, chances: Sequence[float], *, least: float = 0.45
) -> list[Span]:
    """The spans to answer with, in reading order: at least the best one, lists and tables whole.

    `chances`: probability of each span to carry the answer. Spans above `least` join the best one if they
    stand in the same passage; a procedure that is asked for is told whole, with the sentence that leads to it.
    """
    spans = passage.spans
    best = int(np.argmax(chances))
    chosen = {best} | {n for n, chance in enumerate(chances) if chance >= least}
    if asked.task:
        chosen |= _procedure(spans, best)
    whole = _whole_lists(spans, chosen, chances)
    prose = sorted(chosen - whole, key=lambda n: -chances[n])[: MOST_SENTENCES - bool(whole)]
    chosen = whole | set(prose)
    chosen -= {n for n in chosen if spans[n].kind in _LISTS} - whole
    for n in sorted(chosen):
        leads = n > 0 and passage.text[spans[n - 1].start : spans[n - 1].end].endswith(":")
        if leads or (n > 0 and n == min(chosen) and _BACK.match(passage.text[spans[n].start :])):
            chosen.add(n - 1)
    return [spans[n] for n in sorted(chosen)]


def _whole_lists(spans: Sequence[Span], chosen: set[int], chances: Sequence[float]) -> set[int]:
    """Every list of which a part is chosen, whole; of a long table its head and its best rows."""
    whole: set[int] = set()
    for group in {spans[n].group for n in chosen if spans[n].kind in _LISTS}:
        members = [n for n, span in enumerate(spans) if span.group == group]
        if spans[members[0]].kind is Kind.ROW and len(members) > WHOLE_TABLE:
            rows = sorted(members[1:], key=lambda n: -chances[n])[:BEST_ROWS]
            members = [members[0], *rows]
        whole |= {n for n in members if spans[n].kind in _LISTS}
    return whole


def _procedure(spans: Sequence[Span], best: int) -> set[int]:
    """The step list of the passage, when the best span stands beside it or there is only one."""
    groups = sorted({span.group for span in spans if span.kind is Kind.STEP})
    if not groups:
        return set()
    nearest = min(groups, key=lambda group: abs(group - spans[best].group))
    if len(groups) > 1 and abs(nearest - spans[best].group) > 1:
        return set()
    return {n for n, span in enumerate(spans) if span.group == nearest}

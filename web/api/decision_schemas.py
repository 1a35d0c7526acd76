"""The router's Decision as the API gives it. What was decided is `router`'s, the shape of everything else `web.api.schemas`'."""

from __future__ import annotations

from datetime import datetime

from web.api.schemas import Out, Scored


class Considered(Out):
    """A person the work could go to. `excluded`: why not, empty for those who could take it."""

    name: str
    score: float
    excluded: str


class Near(Out):
    """An example that the router learned from and that is like this ticket: `ticket` is one that the reader may see, or 0;
    `source` whose it was otherwise; `text` stands only in examples that came with the product."""

    ticket: int
    subject: str
    source: str
    text: str
    category: str
    priority: str
    team: str
    likeness: float


class Decision(Out):
    """What the router decided and why. Of each question the possible answers with calibrated probabilities, best first;
    `needs`: for each skill the chance that the ticket needs it, `learned_skills`: by what tickets like it needed alone."""

    category: str
    priority: int
    team: str
    confidence: float
    abstained: bool
    why: list[str]
    rules: list[str]
    categories: list[Scored]
    priorities: list[Scored]
    teams: list[Scored]
    needs: list[Scored]
    learned_skills: list[Scored]
    languages: list[Scored]
    urgencies: list[Scored]
    sentiments: list[Scored]
    terms: list[Scored]
    circumstances: list[Scored]
    neighbours: list[Near]
    candidates: list[Considered]
    versions: dict[str, str]
    at: datetime

"""Whether what a customer writes behind a rating is the reason for it, or a need of its own. When it is looked at does not belong here."""

from __future__ import annotations

import re

from core.understanding import Act, Understood

LONGEST = 300
"""Characters above which nobody only says why."""
_QUESTION = re.compile("[?？؟\u037e՞]")
_WANTED = (Act.ASK, Act.REQUEST_PERSON, Act.TICKET_STATUS, Act.LANGUAGE_SWITCH, Act.STOP)
_SURE = 0.6
"""Together: of two kinds of wish each may be half as probable."""
_LOUD = (Act.URGENT_COMPLAINT, Act.GREET)
_VERY_SURE = 0.95
"""Who says why they were not content complains, and who is greeted was content: neither is a new need by that alone."""


def may_be_reason(text: str) -> bool:
    """By its form: something is said, in a few words, and nothing is asked."""
    return bool(text.strip()) and len(text) <= LONGEST and not _QUESTION.search(text)


def wants_something(understood: Understood) -> bool:
    """By its meaning: a question, a task or a wish for a person, alarm, the start of another talk, or what the company
    has a name for."""
    if any(one.confidence >= _SURE for one in understood.intents[:1]):
        return True
    if {*understood.also} & {*_WANTED, Act.URGENT_COMPLAINT}:
        return True
    sure = {one.name: one.confidence for one in understood.acts}
    sure[understood.act] = max(understood.confidence, sure.get(understood.act, 0.0))
    is_wish = sum(sure.get(act, 0.0) for act in _WANTED) >= _SURE
    return is_wish or any(sure.get(act, 0.0) >= _VERY_SURE for act in _LOUD)

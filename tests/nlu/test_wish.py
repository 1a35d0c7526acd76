"""Where a message is cut to find the wish for a person and the matter beside it; the readings are scripted."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from core.understanding import Act, Scored
from nlu.acts import Reading
from nlu.wish import says_something, with_its_matter

WISH = "I want a human"


class Reads:
    """The act of every text that is asked for; what is not scripted is half a wish, half small talk."""

    def __init__(self, **acts: tuple[str, Act, float]) -> None:
        self.acts = {text: (act, sure) for text, act, sure in acts.values()}
        self.asked: list[str] = []

    def __call__(self, texts: Sequence[str]) -> list[tuple[Scored, ...]]:
        self.asked += texts
        return [self._of(text) for text in texts]

    def _of(self, text: str) -> tuple[Scored, ...]:
        act, sure = self.acts.get(text, (Act.CHIT_CHAT, 0.49))
        rest = [Scored(other.value, (1 - sure) / (len(Act) - 1)) for other in Act if other != act]
        return (Scored(act.value, sure), *rest)


def reading(act: Act, *also: Act, sure: float = 0.7) -> Reading:
    return Reading(act, sure, (Scored(act.value, sure),), also)


def test_the_wish_and_the_matter_are_both_told() -> None:
    reads = Reads(a=(WISH, Act.REQUEST_PERSON, 0.99), b=("I was charged twice", Act.ASK, 0.9))
    for text in (f"I was charged twice and {WISH}", f"{WISH} because I was charged twice"):
        found = with_its_matter(text, reading(Act.REQUEST_PERSON), reads)
        assert (found.act, found.also) == (Act.REQUEST_PERSON, (Act.ASK,))


def test_a_wish_inside_a_question_is_still_a_wish() -> None:
    reads = Reads(a=(WISH, Act.REQUEST_PERSON, 0.95), b=("my parcel is lost", Act.ASK, 0.9))
    found = with_its_matter(f"my parcel is lost so {WISH}", reading(Act.ASK), reads)
    assert (found.act, found.confidence) == (Act.REQUEST_PERSON, 0.95)
    assert found.also == (Act.ASK,)
    assert [one.name for one in found.acts] == ["request_person", "ask"]
    unsure = Reads(a=(WISH, Act.REQUEST_PERSON, 0.85), b=("my parcel is lost", Act.ASK, 0.9))
    asked = reading(Act.ASK)
    assert with_its_matter(f"my parcel is lost so {WISH}", asked, unsure) is asked


def test_who_names_people_without_wishing_for_one_asks() -> None:
    asked = reading(Act.ASK)
    reads = Reads(
        a=("who sees my invoices", Act.REQUEST_PERSON, 0.95),
        b=("how does someone get access", Act.ASK, 0.95),
    )
    text = "who sees my invoices and how does someone get access"
    assert with_its_matter(text, asked, reads) is asked


@pytest.mark.parametrize(
    "text",
    [
        WISH,
        f"{WISH}, please",
        f"I have a question and {WISH}",
        f"{WISH} and not a bot",
        "quiero hablar con una persona y no con un robot",
        "Ich habe eine Frage und möchte mit jemandem sprechen",
        "j'ai une question et je voudrais parler à quelqu'un",
        "tenho uma dúvida e quero falar com alguém",
        "عندي سؤال وأريد التحدث مع شخص",
    ],
)
def test_where_nothing_is_said_beside_it_nothing_is_read(text: str) -> None:
    wish, reads = reading(Act.REQUEST_PERSON), Reads()
    assert with_its_matter(text, wish, reads) is wish
    assert reads.asked == []


def test_what_was_told_already_is_not_looked_for() -> None:
    reads = Reads()
    for told in (
        reading(Act.REQUEST_PERSON, Act.ASK),
        reading(Act.URGENT_COMPLAINT),
        reading(Act.ASK),
    ):
        assert with_its_matter("my parcel is lost, and my hub is too", told, reads) is told
    assert reads.asked == []


def test_politeness_and_a_stop_are_no_matter() -> None:
    wish = reading(Act.REQUEST_PERSON)
    for act in (Act.STOP, Act.THANK, Act.LANGUAGE_SWITCH, Act.REQUEST_PERSON):
        reads = Reads(a=(WISH, Act.REQUEST_PERSON, 0.99), b=("forget Alexa", act, 0.6))
        assert with_its_matter(f"forget Alexa and {WISH}", wish, reads) is wish


def test_after_because_less_is_asked_of_the_matter() -> None:
    wish, doubtful = reading(Act.REQUEST_PERSON), ("Alexa is gone", Act.STOP, 0.49)
    reads = Reads(a=(WISH, Act.REQUEST_PERSON, 0.99), b=doubtful)
    assert with_its_matter(f"{WISH}, Alexa is gone", wish, reads) is wish
    assert with_its_matter(f"{WISH} because Alexa is gone", wish, reads).also


def test_the_german_verb_at_the_end_belongs_to_the_wish() -> None:
    reads = Reads(
        a=("Kann ich mit jemandem sprechen?", Act.REQUEST_PERSON, 0.98),
        b=("meine Rechnung", Act.ASK, 0.8),
    )
    text = "Kann ich mit jemandem über meine Rechnung sprechen?"
    assert with_its_matter(text, reading(Act.ASK), reads).act is Act.REQUEST_PERSON


def test_few_cuts_of_a_long_message_are_read_those_beside_the_people() -> None:
    reads = Reads()
    text = ", ".join([f"word{n}" for n in range(40)] + [WISH] + [f"word{n}" for n in range(40)])
    with_its_matter(text, reading(Act.REQUEST_PERSON), reads)
    assert 0 < len(reads.asked) <= 20
    assert any(side.startswith(WISH) for side in reads.asked)


def test_numbers_and_names_say_something() -> None:
    assert says_something("FH-200123")
    assert says_something("my thermostat")
    assert not says_something("this, please!")
    assert not says_something("وأريد")

"""What the router is asked: the customer's need in their words, and in which language it may be."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.brain import Brain
from bot.handoff import case_of
from bot.receive import receive
from core.decision import Case
from core.errors import ModelUnavailable
from core.understanding import Act, Scored, Understood
from router.route import Router
from store.claims import Earlier
from store.turns import claim
from tests.company import Company, Writer

GERMAN = (Scored("de", 0.97), Scored("en", 0.03))


class Hears:
    """Knows German, and nothing of an address."""

    def prepare(self, texts: Any) -> None:
        """Nothing is kept."""

    def understand(self, text: str, *, language_hint: str = "") -> Understood:
        if "?" in text:
            return Understood(Act.ASK, 0.9, language="de", languages=GERMAN)
        if not text:
            raise ModelUnavailable("nothing to read")
        return Understood(Act.GIVE_DETAILS, 0.9, language=language_hint or "en")


def test_an_address_that_was_asked_for_is_no_part_of_the_need(company: Company) -> None:
    house, writer = company.house, Writer("maya@customers.example")
    receive(house, company.mail, [writer.mail("maya@customers.example", subject="")])
    (got,) = claim(house.vault, "w", timedelta(seconds=30), 5, house.clock())
    before = [
        Earlier(1, "customer", "message", "Where is my parcel @ all?"),
        Earlier(2, "bot", "message", "Where can we reach you?"),
    ]
    case = case_of(replace(got, earlier=tuple(before)), None, {}, (), house.clock())
    assert case.text == "Where is my parcel @ all?"
    assert case_of(got, None, {"summary": "A parcel."}, (), house.clock()).text == "A parcel."


def test_the_whole_need_is_asked_for_its_language_where_the_last_words_told_none() -> None:
    brain = Brain(understander=Hears(), router=Router(None))
    case = Case("Wo bleibt mein Paket?", "de", "webchat")
    assert brain.route(case).languages == GERMAN
    known = (Scored("es", 1.0),)
    assert brain.route(replace(case, languages=known)).languages == known
    assert brain.route(replace(case, text="")).languages == (), "and a failure stops no decision"
    assert Brain(router=Router(None)).route(case).languages == ()

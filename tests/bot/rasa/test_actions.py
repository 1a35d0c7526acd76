"""The actions by themselves: what they say, set and ask for, from what a turn carries."""

from __future__ import annotations

import importlib.util
import re
import sys
from dataclasses import fields
from typing import Any

import pytest
import yaml

from bot import wire
from bot.rasa_project import PROJECT
from core.knowledge import Answer, Answering, Citation, Passage, Suggestion
from core.understanding import Act, EffectKind, Entity, Understood

# It runs inside Rasa, whose folder is no package; it needs nothing of Rasa.
spec = importlib.util.spec_from_file_location("turn_actions", PROJECT / "turn_actions.py")
assert spec is not None
assert spec.loader is not None
actions = sys.modules["turn_actions"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(actions)

ASKED = "How do I cancel?"
LACKING = Answer(Answering.HANDOFF, 0.1)


def call(
    action: str,
    *,
    act: Act = Act.ASK,
    text: str = ASKED,
    answer: Answer = LACKING,
    slots: dict[str, Any] | None = None,
    facts: dict[str, Any] | None = None,
    also: tuple[Act, ...] = (),
    entities: tuple[Entity, ...] = (),
) -> dict[str, Any]:
    understood = Understood(act, 0.9, also=also, entities=entities)
    moment = actions.Moment(
        text=text,
        act=act.value,
        slots=slots or {},
        understood=wire.understood_to_json(understood),
        answer=wire.answer_to_json(answer),
        facts=facts or {},
    )
    outcome = actions.run(action, moment)
    return {"slots": outcome.changed(moment.slots), "responses": outcome.responses}


def slots_of(result: dict[str, Any]) -> dict[str, Any]:
    return dict(result["slots"])


def effects_of(result: dict[str, Any]) -> list[dict[str, Any]]:
    customs = [response.get("custom") or {} for response in result["responses"]]
    return [custom["effect"] for custom in customs if "effect" in custom]


def said(result: dict[str, Any]) -> list[str]:
    return [r["response"] for r in result["responses"] if "response" in r]


def passage(article: str, score: float, text: str = "It is so.") -> Passage:
    return Passage("p", article, f"{article}@1", article, "", f"/{article}", "", text, "en", score)


def test_an_unknown_action_is_not_found() -> None:
    with pytest.raises(KeyError):
        call("action_transfer_money")


def test_nonsense_in_the_turn_is_an_error_and_not_an_answer() -> None:
    nonsense = {**wire.answer_to_json(LACKING), "decision": "nonsense"}
    for answer, error in (({}, KeyError), (nonsense, ValueError)):
        with pytest.raises(error):
            actions.run("action_answer", actions.Moment("x", "ask", {}, {"also": []}, answer, {}))


def test_an_answer_is_quoted_with_its_citations() -> None:
    cited = Citation("a", "A", "/a", "So.", "a@3")
    result = call("action_answer", answer=Answer(Answering.ANSWER, 0.9, "So.", (cited,)))
    (response,) = result["responses"]
    assert response["text"] == "So."
    assert response["custom"]["citations"][0]["revision"] == "a@3"
    assert slots_of(result)["decision"] == "answer"
    assert slots_of(result)["shown"] == ["a"]


def test_slots_that_are_so_already_are_not_sent() -> None:
    result = call("action_answer", slots={"decision": "handoff", "misses": 0, "shown": []})
    assert not {"decision", "misses", "shown"} & set(slots_of(result))


def test_choices_are_at_most_three() -> None:
    many = tuple(Suggestion(f"a{i}", f"Title {i}", f"/{i}") for i in range(5))
    result = call("action_answer", answer=Answer(Answering.CLARIFY, 0.5, alternatives=many))
    assert [b["payload"] for b in result["responses"][0]["buttons"]] == [
        "Title 0",
        "Title 1",
        "Title 2",
    ]


def test_to_ask_back_without_choices_is_to_give_up() -> None:
    result = call("action_answer", answer=Answer(Answering.CLARIFY, 0.5))
    assert slots_of(result)["decision"] == "handoff"


@pytest.mark.parametrize(
    ("text", "decision"),
    [("🙃", "unclear"), ("asdf", "unclear"), ("", "unclear"), ("where is it", "handoff")],
)
def test_what_has_no_words_is_unclear(text: str, decision: str) -> None:
    assert slots_of(call("action_answer", text=text))["decision"] == decision


def test_the_next_best_is_the_best_passage_of_another_article() -> None:
    found = Answer(
        Answering.ANSWER, 0.9, passages=(passage("a", 0.9), passage("b", 0.4), passage("c", 0.6))
    )
    result = call("action_next_best", act=Act.DENY, answer=found, slots={"shown": ["a"]})
    assert result["responses"][-1]["custom"]["citations"][0]["article"] == "c"
    assert slots_of(result) == {"misses": 1, "decision": "answer", "shown": ["a", "c"]}
    assert effects_of(result) == [{"kind": "rate", "arguments": {"helpful": False}}]


@pytest.mark.parametrize(("score", "decision"), [(0.2, "answer"), (0.19, "handoff")])
def test_a_hopeless_passage_is_not_offered(score: float, decision: str) -> None:
    found = Answer(Answering.ANSWER, 0.9, passages=(passage("b", score),))
    result = call("action_next_best", act=Act.DENY, answer=found, slots={"shown": ["a"]})
    assert slots_of(result)["decision"] == decision


def test_the_second_miss_is_the_last() -> None:
    found = Answer(Answering.ANSWER, 0.9, passages=(passage("c", 0.9),))
    slots = {"shown": ["a", "b"], "misses": 1, "topic": ASKED}
    result = call("action_next_best", act=Act.DENY, answer=found, slots=slots)
    assert slots_of(result)["decision"] == "handoff"
    assert slots_of(result)["summary"] == ASKED


def test_nothing_shown_means_nothing_to_improve() -> None:
    with pytest.raises(actions.NothingToDo):
        call("action_next_best", act=Act.DENY)


def test_a_long_passage_is_cut_at_a_sentence_and_stays_a_span() -> None:
    text = "One sentence of some length. " * 60
    found = Answer(Answering.ANSWER, 0.9, passages=(passage("b", 0.9, text),))
    result = call("action_next_best", act=Act.DENY, answer=found, slots={"shown": ["a"]})
    quote = result["responses"][-1]["text"]
    assert text.startswith(quote)
    assert quote.endswith(".")
    assert len(quote) <= actions.QUOTE_LENGTH


def test_a_request_with_content_needs_no_summary() -> None:
    text = "Let me talk to a human, my invoice is wrong"
    result = call("action_prepare_handoff", act=Act.REQUEST_PERSON, text=text, also=(Act.ASK,))
    assert slots_of(result)["summary"] == text


def test_a_bare_request_leaves_the_summary_to_the_form() -> None:
    result = call("action_prepare_handoff", act=Act.REQUEST_PERSON, text="human please")
    assert "summary" not in slots_of(result)


def test_a_request_with_content_in_the_middle_of_the_form_is_the_summary_unless_there_is_one() -> (
    None
):
    text = "get me a person, my invoice is wrong"
    asked = {"act": Act.REQUEST_PERSON, "text": text, "also": (Act.TICKET_STATUS,)}
    for known, summary in (({"topic": "t"}, text), ({"topic": "t", "summary": "s"}, "s")):
        (handoff,) = effects_of(call("action_handoff", slots=known, **asked))
        assert handoff["arguments"]["summary"] == summary


def test_a_handoff_carries_everything_and_forgets() -> None:
    slots = {"summary": "s", "contact": "x@example.org", "reason": "unanswered", "shown": ["a"]}
    result = call("action_handoff", act=Act.GIVE_DETAILS, slots=slots)
    contact, handoff = effects_of(result)
    assert contact == {
        "kind": "set_contact",
        "arguments": {"kind": "email", "contact": "x@example.org"},
    }
    assert handoff["arguments"] == {
        "reason": "unanswered",
        "urgent": False,
        "wants_person": False,
        "summary": "s",
        "contact": "x@example.org",
        "tried_answers": 1,
    }
    assert set(slots_of(result).values()) == {None}


def test_a_contact_we_have_is_not_set_again() -> None:
    facts = {"contact": "x@example.org"}
    result = call("action_handoff", slots={"contact": "x@example.org"}, facts=facts)
    assert [effect["kind"] for effect in effects_of(result)] == ["handoff"]


TICKET = {"number": 12, "category": "billing", "status": "open", "team": "Billing"}


def number(value: str) -> tuple[Entity, ...]:
    return (Entity("ticket_number", value, 0, 1),)


@pytest.mark.parametrize(
    ("tickets", "named", "texts"),
    [
        ([TICKET], (), ["utter_ticket_open"]),
        ([TICKET], number("12"), ["utter_ticket_open"]),
        ([TICKET], number("TL-0012"), ["utter_ticket_open"]),
        ([TICKET], number("13"), ["utter_ticket_not_yours"]),
        ([TICKET], number("112"), ["utter_ticket_not_yours"]),
        ([], number("12"), ["utter_ticket_not_yours"]),
        ([], (), ["utter_no_tickets"]),
        ([{**TICKET, "status": "closed"}], (), ["utter_ticket_closed"]),
        ([{**TICKET, "status": "invented"}], (), ["utter_ticket_open"]),
        (
            [{**TICKET, "next_step_due": "2026-11-24T10:30:00+01:00"}],
            (),
            ["utter_ticket_open", "utter_ticket_due"],
        ),
        ([{**TICKET, "number": n} for n in range(9)], (), ["utter_ticket_open"] * 3),
    ],
)
def test_tickets(
    tickets: list[dict[str, Any]], named: tuple[Entity, ...], texts: list[str]
) -> None:
    result = call(
        "action_ticket_status", act=Act.TICKET_STATUS, facts={"tickets": tickets}, entities=named
    )
    assert said(result) == texts


def test_every_text_named_here_is_in_the_catalogue() -> None:
    catalogue = yaml.safe_load((PROJECT / "domain" / "responses.yml").read_text())["responses"]
    sources = [PROJECT / "turn_actions.py", *(PROJECT / "rules").glob("*.yml")]
    named = {
        name for path in sources for name in re.findall(r"\butter_[a-z_]*[a-z]\b", path.read_text())
    }
    named -= {"utter_ticket", "utter_language_switched"}
    assert named <= set(catalogue)
    for name, variations in catalogue.items():
        languages = [v["condition"][0]["value"] for v in variations if "condition" in v]
        assert languages == ["es", "de", "fr", "pt", "ar"] or name.startswith(
            "utter_language_switched_"
        ), name


def test_its_words_are_those_of_core() -> None:
    assert {decision.value for decision in Answering} == actions.DECISIONS
    assert set(actions.CLAIMS_MEANING) <= {act.value for act in Act}
    assert {"handoff", "set_contact", "set_language"} <= {kind.value for kind in EffectKind}
    assert set(actions.QUOTED) | {"quote"} == {field.name for field in fields(Citation)}


def test_every_action_of_the_domain_is_here_and_no_other() -> None:
    domain = yaml.safe_load((PROJECT / "domain" / "domain.yml").read_text())
    assert set(domain["actions"]) == set(actions.ACTIONS)
    assert [next(iter(intent)) for intent in domain["intents"]] == [act.value for act in Act]

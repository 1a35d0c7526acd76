"""Which addresses of an article get into an answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from core.knowledge import Answering, Question
from kb_index.answer import Answerer
from kb_index.decide import Costs
from kb_index.generation import Generation
from kb_index.ingest import read_source
from kb_index.links import without_foreign_links
from tests.kb_index.conftest import WordEncoder

ALLOWED = frozenset({"app.example"})


@pytest.mark.parametrize(
    "text",
    [
        "Open https://app.example.",
        "Open https://app.example/plan, then save.",
        "Open HTTPS://App.Example/plan (the page).",
        "Open https://app.example:8443/plan!",
    ],
)
def test_what_leads_to_an_allowed_host_stays_as_it_is(text: str) -> None:
    assert without_foreign_links(text, ALLOWED) == text


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/x",
        "HTTPS://EVIL.example/x",
        "www.evil.example/x",
        "https://app.example@evil.example/x",
        "https://evil.example\\@app.example/x",
        "https://app.example.evil.example/x",
        "http://[evil",
    ],
)
def test_what_leads_elsewhere_is_left_out(address: str) -> None:
    assert without_foreign_links(f"Open {address} and log in.", ALLOWED) == "Open and log in."
    assert without_foreign_links(f"Open {address}. Log in.", ALLOWED) == "Open. Log in."


def test_an_address_that_is_none_costs_no_answer(
    tmp_path: Path, build: Callable[..., Generation], encoder: WordEncoder
) -> None:
    """As handbooks write them: `http://[address of your hub]/setup`."""
    (tmp_path / "hub.md").write_text(
        "# Set up the hub\n\nTo set up the hub open http://[address-of-the-hub]/setup in a browser.\n"
    )
    costs = Costs(wrong_answer=0.0)
    answerer = Answerer(build(list(read_source(tmp_path / "hub.md"))), encoder, costs=costs)
    answer = answerer.answer(Question("How do I set up the hub?"))
    assert answer.decision is Answering.ANSWER
    assert "//" not in answer.text

"""A list within a list is told as one, by every channel that shows lines, and read aloud without its signs."""

from __future__ import annotations

from collections.abc import Callable

from channels.slack_blocks import blocks_of
from channels.teams_cards import message_of
from channels.voice_speech import spoken
from core.knowledge import Question
from core.message import AddressKind, Outbound, Sender
from kb_index.answer import Answerer
from kb_index.decide import Costs
from kb_index.document import document_of
from kb_index.generation import Generation
from kb_index.markup import from_html
from tests.kb_index.conftest import WordEncoder

Build = Callable[..., Generation]
PAGE = (
    "<h1>Reset the hub</h1><ol><li>Open Settings<ul><li>on the web<ol><li>by the menu</li></ol></li><li>in the app</li></ul></li>"
    "<li>Press Reset the hub</li></ol>"
)
TOLD = "1. Open Settings\n   - on the web\n      1. by the menu\n   - in the app\n2. Press Reset the hub"


def test_an_answer_keeps_the_lists_within_its_steps(build: Build, encoder: WordEncoder) -> None:
    title, blocks = from_html(PAGE)
    generation = build([document_of("reset", title, blocks, {"language": "en"})])
    answerer = Answerer(generation, encoder, costs=Costs(wrong_answer=0.0))
    assert answerer.answer(Question("How do I reset the hub?", language="en")).text == TOLD


def test_channels_show_its_lines_and_a_voice_reads_no_signs() -> None:
    outbound = Outbound("k", Sender(AddressKind.EMAIL, "maya@example.org"), TOLD)
    (block,) = blocks_of(outbound)
    assert block["text"]["text"] == TOLD
    assert message_of(outbound)["text"] == TOLD
    assert "-" not in spoken(TOLD.replace("1. by", "- by"), "en")

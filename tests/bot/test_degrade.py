"""Shaping for channels: nothing is lost, nothing is too long, and a number finds its choice."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.degrade import chosen, links_of, pieces_of, shaped, split
from bot.reply import parts_of
from channels.contract import Capabilities
from core.knowledge import Citation
from core.message import AddressKind, Button, Reply

texts = st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=400)
titles = st.text(alphabet="abcdefgh ", min_size=1, max_size=20).map(str.strip).filter(bool)


def plain(**more: object) -> Capabilities:
    values: dict[str, object] = {"text_length": 500, "address": AddressKind.PHONE, **more}
    return Capabilities(**values)  # type: ignore[arg-type]


@given(texts, st.integers(1, 60))
def test_every_piece_fits_and_only_white_space_goes(words: str, length: int) -> None:
    pieces = split(words, length)
    assert pieces
    assert all(len(piece) <= length for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(words.split())


@given(texts)
def test_what_fits_stays_whole(words: str) -> None:
    assert split(words, 400) == [words.strip()]


def test_a_long_text_is_cut_between_sentences() -> None:
    assert split("One sentence. Another one. A third.", 28) == [
        "One sentence. Another one.",
        "A third.",
    ]


@given(st.lists(titles, min_size=1, max_size=6, unique_by=str.casefold))
def test_the_number_of_a_choice_is_the_choice(names: list[str]) -> None:
    buttons = [Button(name, f"value {place}") for place, name in enumerate(names)]
    for place, button in enumerate(buttons, 1):
        for answer in (f"{place}", f" {place}. ", f"{place})"):
            assert chosen(answer, buttons) == button.value
        assert chosen(button.title.upper(), buttons) == button.value
    for answer in ("0", str(len(buttons) + 1), "I want something else 1"):
        assert chosen(answer, buttons) == answer


def test_choices_become_numbered_text_where_there_are_too_few_buttons() -> None:
    buttons = [Button("Monthly", "m"), Button("Annual", "a")]
    (text,) = shaped("Which plan?", [], buttons, plain(buttons=1), "en")
    assert text.splitlines()[-2:] == ["1. Monthly", "2. Annual"]
    assert shaped("Which plan?", [], buttons, plain(buttons=2), "en") == ["Which plan?"]


def cited(url: str, anchor: str = "", title: str = "Plans") -> Citation:
    return Citation("plans", title, url, "Quoted.", "r", anchor)


def test_sources_become_lines_once_each_where_the_channel_shows_none() -> None:
    sources = links_of([cited("/plans"), cited("/plans", "prices")], "https://a.example")
    (text,) = shaped("Yes.", sources, [], plain(), "de")
    assert text.count("https://a.example/plans") == 1
    assert "Quellen" in text
    assert shaped("Yes.", sources, [], plain(citations=True), "en") == ["Yes."]


def test_a_source_leads_to_the_section_that_was_cited_first() -> None:
    cites = [cited("/plans", "prices"), cited("/plans", "end"), cited("/pair#t=95", title="Pair")]
    assert [(one.title, one.url) for one in links_of(cites, "https://a.example")] == [
        ("Plans", "https://a.example/plans#prices"),
        ("Pair", "https://a.example/pair#t=95"),
    ]
    (other,) = links_of([cited("https://b.example/x", "y")], "https://a.example")
    assert other.url == "https://b.example/x#y"


def test_as_many_messages_are_counted_as_are_sent_with_the_whole_address() -> None:
    class Short:
        can = plain(text_length=120)

    channel, far = Short(), "https://a-very-long-name.of-a-company.example"
    reply = Reply("word " * 16, citations=(cited("/plans", "prices"),))
    pieces = pieces_of(reply.text, (), links_of(reply.citations, far), (), channel, "en")  # type: ignore[arg-type]
    assert len(pieces) == 2
    assert parts_of(reply, channel, "en", public_url=far) == 2  # type: ignore[arg-type]

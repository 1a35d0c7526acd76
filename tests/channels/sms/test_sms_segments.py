"""What a text takes on the air, against a second implementation that cuts it piece by piece; and saying less."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms_segments import Alphabet, alphabet_of, fitted, plainer, segments

LINK = "https://help.acme.example/a/returns-and-refunds"
GSM = st.text(alphabet="abc XYZ.,!?\n@£$¥èéùìòÇΔΦ[]{}~|^€\\", max_size=700)
ANY = st.text(max_size=400)


def cut(text: str) -> list[str]:
    """The segments themselves: what a phone puts on the air, one after the other."""
    is_gsm = alphabet_of(text) is Alphabet.GSM
    alone, joined = (160, 153) if is_gsm else (70, 67)

    def width(character: str) -> int:
        if is_gsm:
            return 2 if character in "\f^{}\\[~]|€" else 1
        return len(character.encode("utf-16-le", "surrogatepass")) // 2

    if sum(map(width, text)) <= alone:
        return [text]
    pieces = [""]
    for character in text:
        if sum(map(width, pieces[-1])) + width(character) > joined:
            pieces.append("")
        pieces[-1] += character
    return pieces


@given(st.one_of(GSM, ANY))
def test_as_many_as_there_are_pieces(text: str) -> None:
    assert segments(text) == len(cut(text))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" * 9, 2),  # the pair does not fit behind 152 of 153
        ("é" * 160, 1),
        ("é" * 70 + "ń", 2),
        ("ñ" * 160, 1),
        ("ń" * 70, 1),
        ("ń" * 71, 2),
        ("📦" * 35, 1),
        ("📦" * 36, 2),
        ("📦" * 66, 2),  # 33 pairs fit into 67 units, one unit stays empty
        ("📦" * 67, 3),
    ],
)
def test_known_lengths(text: str, count: int) -> None:
    assert segments(text) == count


@given(ANY, st.integers(1, 10))
def test_with_a_link_it_never_takes_more_than_the_budget(text: str, budget: int) -> None:
    assert segments(fitted(text, LINK, budget)) <= budget
    assert fitted(text, LINK, budget).endswith(LINK)


@given(st.one_of(GSM, ANY))
def test_without_a_link_nothing_is_left_out(text: str) -> None:
    assert fitted(text, "", 1) == plainer(text.strip())


@given(
    st.lists(
        st.sampled_from(["One sentence.", "Is it so?", "Longer words follow here!"]), max_size=60
    )
)
def test_what_is_kept_are_whole_sentences_from_the_beginning(sentences: list[str]) -> None:
    whole = " ".join(sentences)
    said = fitted(whole, LINK, 2)
    words = said.removesuffix(LINK).rstrip().removesuffix(" ...").strip()
    assert whole.startswith(words)
    assert not words or words[-1] in ".!?"


def test_a_short_answer_is_sent_whole() -> None:
    assert fitted("Within 30 days.", LINK, 3) == f"Within 30 days.\n{LINK}"


def test_a_single_endless_word_leaves_the_link() -> None:
    assert fitted("x" * 2000, LINK, 1) == LINK


def test_typographic_characters_do_not_cost_half_the_room() -> None:
    text = "\u201cIt\u2019s fine\u201d \u2013 we\u2019ll refund it\u2026"
    assert plainer(text) == "\"It's fine\" - we'll refund it..."
    assert alphabet_of(plainer(text)) is Alphabet.GSM
    assert plainer("\u201cда\u201d") == "\u201cда\u201d", (
        "where it must be UCS-2 anyway, nothing changes"
    )

"""What the classifiers see: stable, bounded, and the same in training and in serving."""

from __future__ import annotations

import numpy as np
import pytest

from router import features as seen
from router.features import VIEWS, TextFeatures, learn_features, piece_terms
from router.words import LONGEST, clipped, words

TEXTS = ["Printer jam again", "printer out of toner", "VPN down, VPN slow", "reset my password"]


def test_words_ignore_case_width_and_digits_and_keep_urgency() -> None:
    assert words("Straße ＶＰＮ order 4711!") == ["strasse", "vpn", "order", "0000", "!"]
    assert words("don't re-send it_now") == ["don't", "re-send", "it", "now"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("मुझे हिन्दी में जवाब दें", ["मुझे", "हिन्दी", "में", "जवाब", "दें"]),
        ("ที่นี่ พัง!", ["ที่นี่", "พัง", "!"]),
        ("முகவரி தமிழ்", ["முகவரி", "தமிழ்"]),
        ("مُحَمَّد هنا", ["مُحَمَّد", "هنا"]),
        ("İstanbul", ["i̇stanbul"]),
        ("क्\u200dष", ["क्\u200dष"]),
        ("می\u200cخواهم", ["می", "خواهم"]),
        ("ok\ufe0f 1\ufe0f\u20e3 \u0301", ["ok", "0"]),
    ],
)
def test_marks_belong_to_their_word(text: str, found: list[str]) -> None:
    assert words(text) == found


def test_writing_without_spaces_is_read_to_its_end_and_a_blob_is_not() -> None:
    thai = "ที่อยู่จัดส่งของฉันเปลี่ยนแล้วกรุณาแก้ไขให้ด้วยนะคะ"
    assert words(thai) == [thai]
    assert thai[-4:] + " " in piece_terms(thai)
    assert "zqj" not in piece_terms("x" * 60 + "zqj")


def test_no_long_word_is_remembered() -> None:
    seen._remembered.cache_clear()
    pieces = piece_terms(f"{'y' * 16_000} {'é' * 80} {'z' * 21} short short")
    assert pieces.count("short") == 2
    assert seen._remembered.cache_info().currsize == 1


def test_a_row_is_what_the_matrix_holds() -> None:
    features = learn_features(TEXTS)
    matrix = features.matrix(TEXTS).toarray()
    assert matrix.shape == (4, features.width)
    for at, text in enumerate(TEXTS):
        columns, values = features.row(text)
        assert (np.diff(columns) > 0).all()
        dense = np.zeros(features.width, dtype=np.float32)
        dense[columns] = values
        assert (dense == matrix[at]).all()
        assert np.isclose(np.sqrt((values**2).sum()), np.sqrt(len(VIEWS)))


def weights(features: TextFeatures, text: str) -> dict[str, float]:
    columns, values = features.row(text)
    terms = features.views[0].terms
    return {terms[c]: float(v) for c, v in zip(columns.tolist(), values, strict=True)}


def test_repetition_and_rarity_weigh_as_they_should() -> None:
    features = learn_features(TEXTS, views=("words",))
    vpn = weights(features, TEXTS[2])
    assert vpn["vpn"] > vpn["down"]
    jam = weights(features, TEXTS[0])
    assert jam["jam"] > jam["printer"]


def test_only_telling_words_are_quoted_and_unknown_text_is_empty() -> None:
    features = learn_features([*TEXTS * 3, "zebra crossing of the printer"])
    quoted = {features.telling_term(column) for column in range(features.width)}
    assert {"zebra", "zebra crossing"} <= quoted
    assert not {"printer", "of", "vpn", "zebr"} & quoted
    columns, values = features.row("日本語")
    assert len(columns) == len(values) == 0


def test_the_vocabulary_is_bounded_and_does_not_depend_on_order() -> None:
    small = learn_features(TEXTS, views=("words",), most_columns=3)
    assert small.width == 3
    assert "printer" in small.views[0].terms
    assert learn_features(TEXTS[::-1]).views[0].terms == learn_features(TEXTS).views[0].terms


def test_a_long_text_is_read_at_both_ends() -> None:
    text = "begin " + "x" * 100_000 + " end"
    short = clipped(text)
    assert len(short) <= LONGEST + 1
    assert short.startswith("begin") and short.endswith("end")  # noqa: PT018

"""What was encoded lately is not encoded again, and comes out the same."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nlu.remembered import BULK, Array, Remembered


class Counting:
    """Encodes a text as a vector of its own and counts how often."""

    name = "counting"
    dimension = 4

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> Array:
        self.encoded += texts
        rows = [[len(text), sum(map(ord, text)) % 97, len(set(text)), 1] for text in texts]
        return np.array(rows, dtype=np.float32).reshape(len(texts), 4)


def test_each_text_is_encoded_once_and_rows_keep_their_order() -> None:
    plain = Counting()
    encoder = Remembered(plain)
    first = encoder.encode(["one", "two", "one"])
    second = encoder.encode(["three", "one", "two"])
    assert plain.encoded == ["one", "two", "three"]
    assert (first == Counting().encode(["one", "two", "one"])).all()
    assert (second == Counting().encode(["three", "one", "two"])).all()


def test_what_was_not_used_for_long_is_forgotten_first() -> None:
    plain = Counting()
    encoder = Remembered(plain, kept=2)
    encoder.encode(["a"])
    encoder.encode(["b"])
    encoder.encode(["a"])
    encoder.encode(["c"])
    assert plain.encoded == ["a", "b", "c"]
    encoder.encode(["a"])
    encoder.encode(["b"])
    assert plain.encoded == ["a", "b", "c", "b"]


def test_a_caller_cannot_change_what_is_remembered() -> None:
    encoder = Remembered(Counting())
    encoder.encode(["a"])[0] = 0
    assert encoder.encode(["a"])[0, 3] == 1


def test_bulk_passes_through() -> None:
    plain = Counting()
    encoder = Remembered(plain)
    texts = [str(number) for number in range(BULK)]
    encoder.encode(texts)
    encoder.encode(["1"])
    assert plain.encoded == [*texts, "1"]


def test_nothing_is_nothing() -> None:
    assert Remembered(Counting()).encode([]).shape == (0, 4)

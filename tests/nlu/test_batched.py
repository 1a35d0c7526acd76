"""Who asks while the encoder is busy is served with the others, and everybody gets their own."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from nlu.batched import LARGEST, Array, Batched


class Slow:
    """Holds its first call until it is let go; notes what it is asked for."""

    name = "slow"
    dimension = 2

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.entered = threading.Event()
        self.go_on = threading.Event()

    def encode(self, texts: Sequence[str]) -> Array:
        self.calls.append(list(texts))
        self.entered.set()
        assert self.go_on.wait(10)
        if "bad" in texts:
            raise ValueError("bad")
        return np.array([[len(text), ord(text[0])] for text in texts], dtype=np.float32)


def test_those_who_wait_are_encoded_together_and_get_their_own() -> None:
    slow = Slow()
    encoder = Batched(slow)
    with ThreadPoolExecutor(6) as pool:
        first = pool.submit(encoder.encode, ["a"])
        assert slow.entered.wait(10)
        others = [pool.submit(encoder.encode, ["b" * n, "c" * n]) for n in range(1, 5)]
        while sum(len(texts) for texts, _ in encoder._waiting) < 8:
            threading.Event().wait(0.001)
        slow.go_on.set()
        assert first.result(10).tolist() == [[1, ord("a")]]
        for n, other in enumerate(others, 1):
            assert other.result(10).tolist() == [[n, ord("b")], [n, ord("c")]]
    assert [len(call) for call in slow.calls] == [1, 8]


def test_a_failure_reaches_everybody_in_its_batch_and_nobody_after() -> None:
    slow = Slow()
    slow.go_on.set()
    encoder = Batched(slow)
    with pytest.raises(ValueError, match="bad"):
        encoder.encode(["bad"])
    assert encoder.encode(["good"]).tolist() == [[4, ord("g")]]


def test_many_texts_go_alone_and_none_is_none() -> None:
    slow = Slow()
    slow.go_on.set()
    encoder = Batched(slow)
    assert encoder.encode(["x"] * (LARGEST + 1)).shape == (LARGEST + 1, 2)
    assert slow.calls == [["x"] * (LARGEST + 1)]

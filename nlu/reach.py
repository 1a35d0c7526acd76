"""How far the inputs of an encoder's linear layers reach, channel by channel: what 8 bits need one scale for. Writing graphs is `nlu.graph`'s."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper
from tokenizers import Tokenizer

from nlu.graph import Shape, build, inputs_of_layers
from nlu.session import session_of

Array = np.ndarray[Any, np.dtype[Any]]

TEXTS = Path(__file__).parent / "data" / "reach.txt"
"""A text a line: of our own examples, long and odd ones beside them. Not to be changed alone: the vectors depend on them
(raise `nlu.graph.FORMAT`)."""
DIGITS = 3
"""Of what was found so many are kept: processors differ in the last ones."""


def reach_of(
    weights: Mapping[str, Array], shape: Shape, tokenizer: Path, *, most: int
) -> dict[str, Array]:
    """For each of `inputs_of_layers(weights)` the largest absolute value of each channel, float32, shape (channels,), over
    `TEXTS` in full precision. `most`: tokens of a text that are read."""
    names = inputs_of_layers(weights)
    model = build(weights, shape)
    model.graph.output.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names
    )
    session = session_of(model.SerializeToString(), threads=1)
    reader = Tokenizer.from_file(str(tokenizer))
    reader.no_padding()
    reader.enable_truncation(most)
    found: list[Array] = [np.zeros(0, dtype=np.float32)] * len(names)
    for text in TEXTS.read_text(encoding="utf-8").splitlines():
        ids = np.array([reader.encode(text).ids], dtype=np.int32)
        values: Sequence[Array] = session.run(names, {"ids": ids, "mask": np.ones_like(ids)})
        reached = [np.abs(value[0]).max(axis=0) for value in values]
        found = [
            np.maximum(now, so_far) if so_far.size else now
            for now, so_far in zip(reached, found, strict=True)
        ]
    return {name: _rounded(value) for name, value in zip(names, found, strict=True)}


def _rounded(value: Array) -> Array:
    unit = 10.0 ** (np.floor(np.log10(np.maximum(value, 1e-6))) - DIGITS + 1)
    return (np.rint(value / unit) * unit).astype(np.float32)

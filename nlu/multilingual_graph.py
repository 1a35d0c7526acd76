"""The multilingual encoder as one ONNX graph, from the weights of its package; reading words does not belong here.

The package runs the same sums in numpy, which lays out each layer's weights anew in each call: for ten words that takes
longer than the sums. onnxruntime does it once.

Universal Sentence Encoder v3, multilingual: each token with its neighbours in windows of two, three and five (two
layers each), then a sum over the tokens and three layers. The texts of a run stand one behind another in one matrix.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from nlu.graph import Draft

Array = np.ndarray[Any, np.dtype[Any]]

WINDOWS = ((2, 0), (3, 1), (5, 2))
"""Tokens of a window, and how many of them stand before the token itself."""
BEFORE = max(before for _, before in WINDOWS)
BEHIND = max(width - 1 - before for width, before in WINDOWS)
TOKEN = 512
"""Numbers of a token, and of a text."""
_WIDTH = 256
"""Numbers of a token in one of the windows."""


def build(weights: Mapping[str, Array], *, is_small: bool = False) -> onnx.ModelProto:
    """Vectors of tokens in, unit vectors of texts out. `is_small`: the layers of tokens in 8 bits, which read a quarter as much. Those of whole
    texts are never: what they are given differs in its last digit by who else is read in the same run, and 8 bits would make a thousandth of it.

    `weights`: the arrays of the package's `weights.npz`. Inputs of the graph: `tokens`, float32, shape (tokens, 512);
    `near`, int64, shape (tokens, BEFORE + 1 + BEHIND): the rows of a token's neighbours and of itself, `tokens` where
    its text has none; `sums`, float32, shape (texts, tokens): 1 / sqrt(tokens of the text) for a text's own tokens, else
    0. Output: `vectors`, float32, shape (texts, 512).
    """
    draft = Draft(weights, is_small)
    parts = [
        _window(draft, seen, *window) for seen, window in zip(_seen(draft), WINDOWS, strict=True)
    ]
    joined = draft.add("Concat", ["tokens", *parts], "joined", axis=-1)
    normal = _normal(draft, joined, "normal", draft.weight("ln_g"), draft.weight("ln_b"))
    draft.is_small = False
    _text(draft, draft.add("MatMul", ["sums", normal], "summed"))
    inputs = [
        helper.make_tensor_value_info("tokens", TensorProto.FLOAT, ["tokens", TOKEN]),
        helper.make_tensor_value_info("near", TensorProto.INT64, ["tokens", BEFORE + 1 + BEHIND]),
        helper.make_tensor_value_info("sums", TensorProto.FLOAT, ["texts", "tokens"]),
    ]
    output = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["texts", TOKEN])
    return draft.model(inputs, output)


def _seen(draft: Draft) -> list[str]:
    """The tokens as each window sees them."""
    widths = [width for width, _ in WINDOWS]

    def all_of(name: str) -> Array:
        return np.concatenate([draft.weights[f"{name}{width}"] for width in widths], axis=-1)

    seen = _linear(draft, "tokens", all_of("proj"), "projected")
    seen = draft.add("Add", [seen, draft.constant("seen.bias", all_of("proj_b"))], "shifted")
    scale = draft.constant("seen.scale", all_of("ln_g"))
    shift = draft.constant("seen.shift", all_of("ln_b"))
    seen = _normal(draft, seen, "seen", scale, shift)
    parts = [f"seen.{width}" for width in widths]
    draft.nodes.append(helper.make_node("Split", [seen], parts, "split", axis=-1))
    return parts


def _window(draft: Draft, seen: str, width: int, before: int) -> str:
    """Two layers, each of which adds to a token what it makes of its neighbours."""
    name = f"window{width}"
    first = BEFORE - before
    bounds = [
        draft.constant(f"{name}.{part}", np.array([value]))
        for part, value in (("first", first), ("end", first + width), ("axis", 1))
    ]
    near = draft.add("Slice", ["near", *bounds], f"{name}.near")
    flat = draft.constant(f"{name}.flat", np.array([-1, width * _WIDTH]))
    for layer in ("1", "2"):
        out = f"{name}.{layer}"
        ended = draft.add("Concat", [seen, _nobody(draft)], f"{out}.ended", axis=0)
        found = draft.add("Gather", [ended, near], f"{out}.found", axis=0)
        beside = draft.add("Reshape", [found, flat], f"{out}.beside")
        made = _linear(draft, beside, draft.weights[f"w{layer}_{width}"], f"{out}.made")
        made = draft.add("Add", [made, draft.weight(f"b{layer}_{width}")], f"{out}.shifted")
        made = draft.add("Relu", [made], f"{out}.kept")
        seen = draft.add("Add", [made, seen], out)
    return seen


def _text(draft: Draft, summed: str) -> str:
    """From the sums of the tokens to the vectors."""
    text = _linear(draft, summed, draft.weights["cnn_W"], "text.made")
    roots = draft.add("ReduceSum", ["sums", draft.constant("last", np.array([1]))], "roots")
    shift = draft.add("Mul", [roots, draft.weight("cnn_b")], "text.shift")
    text = draft.add("Add", [text, shift], "text")

    def layer(value: str, weight: str) -> str:
        return _linear(draft, value, draft.weights[weight], f"text.{weight}")

    first = draft.add("Relu", [layer(text, "d0")], "first")
    second = draft.add("Add", [layer(text, "p1"), layer(first, "d1")], "second.sum")
    second = draft.add("Relu", [second], "second")
    third = draft.add("Relu", [layer(second, "d2")], "third")
    last = draft.add("Add", [layer(second, "p3"), layer(third, "d3")], "last.sum")
    last = draft.add("Tanh", [last], "last.bent")
    return draft.add("LpNormalization", [last], "vectors", axis=-1, p=2)


def _linear(draft: Draft, value: str, weight: Array, output: str) -> str:
    return draft.linear(value, weight.T, output)


def _normal(draft: Draft, value: str, output: str, scale: str, shift: str) -> str:
    epsilon = float(draft.weights["eps"])
    inputs = [value, scale, shift]
    return draft.add("LayerNormalization", inputs, output, axis=-1, epsilon=epsilon)


def _nobody(draft: Draft) -> str:
    """The row of neighbours that a text does not have."""
    return draft.constant("nobody", np.zeros((1, _WIDTH), dtype=np.float32))

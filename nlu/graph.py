"""A BERT sentence encoder as one ONNX graph of fused operators, from plain weight arrays; loading and running it do not belong here.

The same function serves the packaged model and models that we tuned, so that no torch exporter is needed
(torch's exporter splits each layer into some forty small operators, which onnxruntime has to find again).
Operators of the `com.microsoft` domain are documented in onnxruntime's docs/ContribOperators.md.

In 8 bits there are two kinds of linear layer. Where it is known how far each channel of the input reaches (`nlu.reach`), whole
numbers are multiplied by whole numbers with one scale for the input: twice as fast, but for the few channels that reach
furthest, which are multiplied as they are. Elsewhere each run of 32 weights has a scale of its own, and so has each run of
inputs. How little either moves the vectors: docs/decisions/0002-encoder.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

Array = np.ndarray[Any, np.dtype[Any]]

FORMAT = 3
"""Raise it when the graph changes: it is part of the name of every cached file."""

_OPSET = 17
_IR = 8
_CONTRIB = "com.microsoft"
_BLOCK = 32
"""Weights that share a scale."""
_BY_8_BITS = 4
"""onnxruntime's accuracy level that multiplies 8 bits by 8 bits; the sums stay exact."""
_MIDDLE = 128
"""The level that means 0."""
_APART = 4
"""Channels that reach furthest and are multiplied as they are: one scale for them and all others would leave these few levels."""
_TO_INPUT = 0.7
"""How much of what channels differ by is taken from the input and given to the weights (SmoothQuant's alpha, arXiv 2211.10438)."""
_SPARE = 1.25
"""So much further than was ever seen a channel may reach before it is cut off."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The numbers of a BERT model that its weights do not tell."""

    heads: int
    epsilon: float


@dataclass(slots=True)
class Draft:
    """Nodes and constants of a graph, collected in order. `is_small`: linear layers in 8 bits. `reach`: by the name of a
    linear layer's input, how far each of its channels reaches, shape (channels,). `is_signed`: weights of such a layer as
    signed numbers, for processors of `nlu.session.sums_whole`; what is computed is the same."""

    weights: Mapping[str, Array]
    is_small: bool = False
    reach: Mapping[str, Array] = field(default_factory=dict)
    is_signed: bool = False
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[str, onnx.TensorProto] = field(default_factory=dict)

    def add(
        self,
        op: str,
        inputs: list[str],
        output: str,
        domain: str = "",
        **attributes: Any,
    ) -> str:
        self.nodes.append(
            helper.make_node(op, inputs, [output], output, domain=domain, **attributes)
        )
        return output

    def constant(self, name: str, value: Array) -> str:
        self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def weight(self, name: str) -> str:
        return self.constant(name, self.weights[name])

    def linear(self, value: str, weight: Array, output: str) -> str:
        """`value` times a linear layer's weight, which torch stores as (out, in); without its bias."""
        name = f"{output}.weight"
        if not self.is_small:
            return self.add("MatMul", [value, self.constant(name, weight.T)], output)
        if value in self.reach:
            return self._whole(value, weight, output, self.reach[value])
        levels, scales = _in_8_bits(weight)
        constants = [self.constant(name, levels), self.constant(f"{name}.scales", scales)]
        return self.add(
            "MatMulNBits",
            [value, *constants],
            output,
            _CONTRIB,
            N=weight.shape[0],
            K=weight.shape[1],
            bits=8,
            block_size=_BLOCK,
            accuracy_level=_BY_8_BITS,
        )

    def _whole(self, value: str, weight: Array, output: str, reach: Array) -> str:
        """By one scale for all of the input and one for each column: what a text gives does not depend on what is beside it."""
        name = f"{output}.weight"
        apart = np.sort(np.argsort(reach)[-_APART:])
        spread = _spread(weight, reach)
        to_level = 1 / spread
        to_level[apart] = 0
        levels, scales = _in_columns(weight * spread, apart)
        zeros = np.zeros_like(levels[0])
        if not self.is_signed:
            levels, zeros = (
                (part + np.int16(_MIDDLE)).astype(np.uint8) for part in (levels, zeros)
            )
        reached = np.array((reach * to_level).max() * _SPARE / 127, dtype=np.float32)
        step = self.constant(f"{output}.step", reached)
        middle = self.constant(f"{output}.middle", np.array(_MIDDLE, dtype=np.uint8))
        even = self.constant(f"{output}.even", to_level.astype(np.float32))
        evened = self.add("Mul", [value, even], f"{output}.evened")
        whole = self.add("QuantizeLinear", [evened, step, middle], f"{output}.levels")
        factors = [whole, self.constant(name, levels)]
        steps = [step, self.constant(f"{name}.scales", scales)]
        middles = [middle, self.constant(f"{name}.zeros", zeros)]
        near = self.add(
            "MatMulIntegerToFloat", [*factors, *steps, *middles], f"{output}.near", _CONTRIB
        )
        places = self.constant(f"{output}.apart", apart)
        taken = self.add("Gather", [value, places], f"{output}.taken", axis=2)
        rest = self.constant(f"{name}.apart", weight[:, apart].T)
        far = self.add("MatMul", [taken, rest], f"{output}.far")
        return self.add("Add", [near, far], output)

    def model(self, inputs: list[Any], output: Any) -> onnx.ModelProto:
        """The whole graph; `inputs` and `output` as `onnx.helper.make_tensor_value_info` gives them."""
        constants = list(self.constants.values())
        graph = helper.make_graph(self.nodes, "sentence_encoder", inputs, [output], constants)
        opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_CONTRIB, 1)]
        model = helper.make_model(graph, opset_imports=opsets, producer_name="threadline")
        model.ir_version = _IR
        return model


def _in_8_bits(weight: Array) -> tuple[Array, Array]:
    """(levels, scales) of a (out, in) weight: uint8 around 128, shape (out, blocks, block), and float32, flat."""
    blocks = weight.reshape(len(weight), -1, _BLOCK)
    scales = np.abs(blocks).max(axis=2, keepdims=True) / 127
    scales[scales == 0] = 1
    levels = np.clip(np.rint(blocks / scales) + _MIDDLE, 0, 255).astype(np.uint8)
    return levels, scales.astype(np.float32).reshape(-1)


def _spread(weight: Array, reach: Array) -> Array:
    """What each channel of the input is divided by, and its weights multiplied by, so that all reach about as far."""
    most = np.maximum(np.abs(weight).max(axis=0), 1e-5)
    spread = np.maximum(reach, 1e-3) ** _TO_INPUT / most ** (1 - _TO_INPUT)
    even: Array = spread / np.exp(np.log(spread).mean())
    return even


def _in_columns(weight: Array, apart: Array) -> tuple[Array, Array]:
    """(levels, scales) of a (out, in) weight without these channels: int8, shape (in, out), and float32, shape (out,)."""
    kept = weight.copy()
    kept[:, apart] = 0
    scales = np.abs(kept).max(axis=1) / 127
    scales[scales == 0] = 1
    levels = np.clip(np.rint(kept / scales[:, None]), -127, 127).astype(np.int8).T
    return levels, scales.astype(np.float32)


def build(
    weights: Mapping[str, Array],
    shape: Shape,
    *,
    is_small: bool = False,
    reach: Mapping[str, Array] | None = None,
    is_signed: bool = False,
) -> onnx.ModelProto:
    """The encoder: token ids in, unit sentence vectors out.

    `weights`: the arrays of a Hugging Face BertModel, by their usual names. `is_small`: in 8 bits, whose sizes
    must be multiples of 32. `reach`: of the inputs of linear layers, as `nlu.reach` finds it; `is_signed`: see `Draft`. Inputs of the graph: `ids` and
    `mask`, int32, shape (batch, tokens), mask 1 for tokens and 0 for padding, at the right. Output: `vectors`,
    float32, shape (batch, hidden): mean over tokens, scaled to unit length. KeyError: not a BERT model.
    """
    floats = {name: array.astype(np.float32) for name, array in weights.items()}
    draft = Draft(floats, is_small, reach or {}, is_signed)
    hidden = _embed(draft, shape)
    for number in range(_layers(weights)):
        hidden = _layer(draft, shape, f"encoder.layer.{number}", hidden)
    _pool(draft, hidden)
    grid = ["batch", "tokens"]
    size = weights["embeddings.LayerNorm.weight"].shape[0]
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT32, grid) for name in ("ids", "mask")
    ]
    return draft.model(
        inputs, helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["batch", size])
    )


def inputs_of_layers(weights: Mapping[str, Array]) -> list[str]:
    """Names of what linear layers of such a graph read, but for what a feed-forward layer has within it: there so many
    channels reach far that one scale for all would move the vectors."""
    named: list[str] = []
    hidden = "embedded"
    for number in range(_layers(weights)):
        name = f"encoder.layer.{number}"
        named += [hidden, f"{name}.attention.context", f"{name}.attention.output.out"]
        hidden = f"{name}.output.out"
    return named


def _layers(weights: Mapping[str, Array]) -> int:
    return 1 + max(int(name.split(".")[2]) for name in weights if name.startswith("encoder.layer."))


def _embed(draft: Draft, shape: Shape) -> str:
    """Word and position embeddings, normalised. We have one segment only, so it is folded into positions."""
    prefix = "embeddings."
    segment = draft.weights[prefix + "token_type_embeddings.weight"][:1]
    positions = draft.weights[prefix + "position_embeddings.weight"] + segment
    # The operator wants position ids when there are no segment ids: it counts them itself.
    node = helper.make_node(
        "EmbedLayerNormalization",
        [
            "ids",
            "",
            draft.weight(prefix + "word_embeddings.weight"),
            draft.constant("positions", positions),
            "",
            draft.weight(prefix + "LayerNorm.weight"),
            draft.weight(prefix + "LayerNorm.bias"),
        ],
        ["embedded", "unused_mask_index"],
        "embedded",
        domain=_CONTRIB,
        epsilon=shape.epsilon,
    )
    draft.nodes.append(node)
    return "embedded"


def _layer(draft: Draft, shape: Shape, name: str, hidden: str) -> str:
    attended = _attention(draft, shape, f"{name}.attention", hidden)
    wide = draft.weights[f"{name}.intermediate.dense.weight"]
    inner = draft.linear(attended, wide, f"{name}.wide")
    bias = draft.weight(f"{name}.intermediate.dense.bias")
    active = draft.add("BiasGelu", [inner, bias], f"{name}.active", _CONTRIB)
    back = draft.linear(active, draft.weights[f"{name}.output.dense.weight"], f"{name}.back")
    return _residual(draft, shape, f"{name}.output", back, attended)


def _attention(draft: Draft, shape: Shape, name: str, hidden: str) -> str:
    parts = ("query", "key", "value")
    joined = np.concatenate([draft.weights[f"{name}.self.{part}.weight"] for part in parts])
    biases = np.concatenate([draft.weights[f"{name}.self.{part}.bias"] for part in parts])
    bias = draft.constant(f"{name}.qkv_bias", biases)
    if draft.is_small:
        context = _attention_of_parts(
            draft, shape, name, draft.linear(hidden, joined, f"{name}.qkv"), bias
        )
    else:
        weight = draft.constant(f"{name}.qkv", joined.T)
        context = draft.add(
            "Attention",
            [hidden, weight, bias, "mask"],
            f"{name}.context",
            _CONTRIB,
            num_heads=shape.heads,
        )
    mixed = draft.linear(context, draft.weights[f"{name}.output.dense.weight"], f"{name}.mixed")
    return _residual(draft, shape, f"{name}.output", mixed, hidden)


def _attention_of_parts(draft: Draft, shape: Shape, name: str, joined: str, bias: str) -> str:
    """The operator that multiplies by itself takes no 8 bits, so queries, keys and values are made before it."""
    parts = [f"{name}.{part}" for part in ("query", "key", "value")]
    draft.nodes.append(helper.make_node("Split", [joined], parts, f"{name}.split", axis=-1))
    return draft.add(
        "MultiHeadAttention",
        [*parts, bias, "mask"],
        f"{name}.context",
        _CONTRIB,
        num_heads=shape.heads,
    )


def _residual(draft: Draft, shape: Shape, name: str, value: str, skip: str) -> str:
    """Layer normalisation of value + bias + skip. The operator that does it all at once takes twice as long as these three."""
    both = draft.add("Add", [value, skip], f"{name}.both")
    biased = draft.add("Add", [both, draft.weight(f"{name}.dense.bias")], f"{name}.biased")
    parts = [draft.weight(f"{name}.LayerNorm.{part}") for part in ("weight", "bias")]
    return draft.add(
        "LayerNormalization", [biased, *parts], f"{name}.out", axis=-1, epsilon=shape.epsilon
    )


def _pool(draft: Draft, hidden: str) -> str:
    """Mean over the tokens of the mask, then unit length: the row (1, tokens) x (tokens, hidden).

    Dividing by the number of tokens is left out, because scaling to unit length undoes it.
    """
    kept = draft.add("Cast", ["mask"], "kept", to=TensorProto.FLOAT)
    row = draft.add("Unsqueeze", [kept, draft.constant("one", np.array([1]))], "row")
    summed = draft.add("MatMul", [row, hidden], "summed")
    flat = draft.add("Squeeze", [summed, "one"], "flat")
    return draft.add("LpNormalization", [flat], "vectors", axis=-1, p=2)

"""A linear layer in 8 bits gives nearly what it gives in full precision, whatever reaches far and whatever else is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper
from safetensors.numpy import load_file

from nlu import packages
from nlu.encoder import MAX_TOKENS, load_encoder
from nlu.graph import Draft, Shape, build
from nlu.reach import reach_of
from nlu.session import session_of, sums_whole

Array = np.ndarray[Any, np.dtype[Any]]
CHANNELS, OUT, TOKENS = 64, 96, 40
FAR = (3, 50)
"""Channels that reach a hundred times as far as the others."""


def _inputs(seed: int) -> Array:
    values = np.random.default_rng(seed).normal(size=(1, TOKENS, CHANNELS)).astype(np.float32)
    values[..., FAR] *= 100
    return values


def _weight() -> Array:
    return np.random.default_rng(7).normal(size=(OUT, CHANNELS)).astype(np.float32)


def _given(values: Array, reach: Mapping[str, Array], *, is_signed: bool = False) -> Array:
    """What a graph of one linear layer gives."""
    draft = Draft({}, is_small=True, reach=reach, is_signed=is_signed)
    draft.linear("values", _weight(), "result")
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, None, size])
        for name, size in (("values", CHANNELS), ("result", OUT))
    ]
    session = session_of(draft.model(ends[:1], ends[1]).SerializeToString(), threads=1)
    result: Array = session.run(None, {"values": values})[0]
    return result


def _error(given: Array, values: Array) -> float:
    """Of the result, to what most of the channels give, which the far ones would hide."""
    near = values.copy()
    near[..., FAR] = 0
    difference = given - values @ _weight().T
    return float(np.sqrt((difference**2).mean() / ((near @ _weight().T) ** 2).mean()))


def test_few_channels_that_reach_far_do_not_cost_the_others_their_levels() -> None:
    values = _inputs(1)
    reach = {"values": np.abs(values[0]).max(axis=0)}
    assert _error(_given(values, reach), values) < 0.03


@pytest.mark.skipif(not sums_whole(), reason="this processor cuts such sums off")
def test_weights_give_the_same_signed_and_unsigned() -> None:
    values = _inputs(1)
    reach = {"values": np.abs(values[0]).max(axis=0)}
    signed, unsigned = (_given(values, reach, is_signed=is_signed) for is_signed in (True, False))
    assert np.array_equal(signed, unsigned)


def test_without_being_told_a_reach_it_finds_one_for_each_run_of_32() -> None:
    """As the second half of a feed-forward layer does."""
    values = _inputs(1)
    values[..., FAR] /= 100
    assert _error(_given(values, {}), values) < 0.03


def test_what_reaches_further_than_was_ever_seen_is_cut_off_and_spoils_nothing_else() -> None:
    values = _inputs(1)
    reach = {"values": np.abs(values[0]).max(axis=0)}
    wild = values.copy()
    wild[0, 5, 20] = 1e6
    calm, excited = _given(values, reach), _given(wild, reach)
    others = np.arange(TOKENS) != 5
    assert np.array_equal(calm[0, others], excited[0, others])
    assert np.isfinite(excited).all()
    assert np.abs(excited[0, 5] - calm[0, 5]).max() < 100


def test_the_served_encoder_multiplies_by_one_scale_what_it_knows_the_reach_of() -> None:
    weights = load_file(packages.locate(packages.MINILM_WEIGHTS))
    shape = Shape(heads=12, epsilon=1e-12)
    tokenizer = packages.locate(packages.MINILM_TOKENIZER)
    reach = reach_of(weights, shape, tokenizer, most=MAX_TOKENS)
    nodes = [node.op_type for node in build(weights, shape, is_small=True, reach=reach).graph.node]
    assert nodes.count("MatMulIntegerToFloat") == 18
    assert nodes.count("MatMulNBits") == 6
    plain = [node.op_type for node in build(weights, shape, is_small=True).graph.node]
    assert plain.count("MatMulNBits") == 24


def test_who_else_is_read_moves_no_vector() -> None:
    encoder = load_encoder()
    deeds = ("reset", "cancel", "track", "return", "move", "find", "update", "open", "share")
    things = ("hub", "parcel", "password", "invoices", "plan", "sensor", "filter", "code")
    said = [f"how do I {deed} my {thing}?" for deed in deeds for thing in things]
    said += ["", "word " * 300, "Straße 📦 " * 9, "a" * 400, "0 1 2 3 4 5 6 7 8 9"]
    alone = np.vstack([encoder.encode([text]) for text in said])
    together = np.vstack([encoder.encode(said[at : at + 5]) for at in range(0, len(said), 5)])
    assert np.abs(alone - together).max() < 2e-6

"""Fine-tunes the upper layers of the packaged MiniLM on labelled rows; needs the `train` extra, serving does not.

The loss is a cosine softmax against one direction for each intent, started at the mean of its rows, with label smoothing. The word
embeddings and lower layers stay as they are: their output is computed once and kept, which makes a pass over
the data some four times cheaper, and a few rows cannot unlearn the language. The result is written by
`nlu.graph`, like the packaged model, and checked against torch.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.errors import ModelUnavailable
from core.ports import Encodes
from nlu import packages
from nlu.corpus import Example, labels_of, texts_of
from nlu.encoder import MAX_TOKENS, OnnxEncoder, load_encoder, save_encoder
from nlu.graph import Shape, build
from nlu.manifest import Progress, silent
from nlu.reach import reach_of

Array = np.ndarray[Any, np.dtype[Any]]

PASSES: Final = 2
"""Over the rows: four gave no more than two (docs/measured.md)."""

SCALE: Final = 20.0
SMOOTHING: Final = 0.05
_FROZEN_LAYERS: Final = 3
_BATCH: Final = 32
_RATE: Final = 5e-5
_CENTRE_RATE: Final = 1e-3
_WARM_UP: Final = 0.1
_BUCKET: Final = 16 * _BATCH
_TOLERANCE: Final = 1e-5
_LEAST_COSINE: Final = 0.995


@dataclass(frozen=True, slots=True)
class Tuned:
    """`encoder`: of the tuned weights; `seconds`: what the tuning took; `passes`: completed passes over the rows."""

    encoder: OnnxEncoder
    seconds: float
    passes: int


def tuner(
    folder: Path, seed: int, *, threads: int = 2, progress: Progress = silent
) -> Callable[[Sequence[Example]], tuple[Encodes, Path]]:
    """What `nlu.intents_train.fit_intents` calls with the rows to learn from; raises as `tune`."""

    def run(examples: Sequence[Example]) -> tuple[Encodes, Path]:
        texts, labels = texts_of(examples), labels_of(examples)
        tuned = tune(
            texts, labels, folder, passes=PASSES, seed=seed, threads=threads, progress=progress
        )
        return tuned.encoder, folder

    return run


def tune(
    texts: Sequence[str],
    labels: Sequence[str],
    folder: Path,
    *,
    passes: int,
    seed: int,
    threads: int = 2,
    progress: Progress = silent,
) -> Tuned:
    """Writes the tuned encoder to `folder`. Raises ModelUnavailable without torch or the packaged model."""
    try:
        import torch
        from transformers import BertModel
    except ImportError as problem:
        raise ModelUnavailable(
            "Fine-tuning needs torch: install the `train` extra, or use --no-tune."
        ) from problem
    started = time.perf_counter()
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    source = packages.locate(packages.MINILM_WEIGHTS).parent
    model = BertModel.from_pretrained(str(source), add_pooling_layer=False)
    tokens = _tokens(texts)
    progress("reading rows through the frozen layers", 0.0)
    lower = _lower_outputs(model, tokens)
    names, truth = np.unique(np.array(labels), return_inverse=True)
    centres = torch.nn.Parameter(_start(texts, truth, len(names)))
    _train(model, lower, truth, centres, passes, seed, progress)
    name = f"minilm-l6-tuned-{seed}"
    weights = {key: value.numpy() for key, value in model.state_dict().items()}
    shape = Shape(heads=12, epsilon=1e-12)
    tokenizer = packages.locate(packages.MINILM_TOKENIZER)
    exact = OnnxEncoder(name, build(weights, shape).SerializeToString(), tokenizer)
    reach = reach_of(weights, shape, tokenizer, most=MAX_TOKENS)
    graph = build(weights, shape, is_small=True, reach=reach).SerializeToString()
    save_encoder(folder, name, graph, tokenizer.read_bytes())
    encoder = load_encoder(str(folder))
    assert isinstance(encoder, OnnxEncoder)
    _check(model, exact, encoder, texts[:8])
    return Tuned(encoder, time.perf_counter() - started, passes)


def _tokens(texts: Sequence[str]) -> list[list[int]]:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(packages.locate(packages.MINILM_TOKENIZER)))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]


def _start(texts: Sequence[str], truth: Array, classes: int) -> Any:
    """The mean direction of each intent's rows before tuning, shape (classes, hidden)."""
    import torch

    vectors = load_encoder().encode(texts)
    means = np.stack([vectors[truth == number].mean(axis=0) for number in range(classes)])
    return torch.from_numpy(means / np.linalg.norm(means, axis=1, keepdims=True))


def _lower_outputs(model: Any, tokens: list[list[int]]) -> list[Any]:
    """For each row the hidden states after the frozen layers, shape (tokens, hidden)."""
    import torch

    model.eval()
    states: list[Any] = [None] * len(tokens)
    order = sorted(range(len(tokens)), key=lambda row: len(tokens[row]))
    with torch.no_grad():
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            ids, mask = _padded([tokens[row] for row in rows])
            hidden = model.embeddings(input_ids=ids)
            for layer in model.encoder.layer[:_FROZEN_LAYERS]:
                hidden = _through(layer, hidden, mask)
            for row, state in zip(rows, hidden, strict=True):
                states[row] = state[: len(tokens[row])].clone()
    return states


def _padded(batch: list[list[int]]) -> tuple[Any, Any]:
    import torch

    width = max(len(row) for row in batch)
    ids = torch.zeros(len(batch), width, dtype=torch.long)
    mask = torch.zeros(len(batch), width)
    for number, row in enumerate(batch):
        ids[number, : len(row)] = torch.tensor(row)
        mask[number, : len(row)] = 1
    return ids, mask


def _through(layer: Any, hidden: Any, mask: Any) -> Any:
    """One BERT layer; padding is hidden by a large negative addition to the attention scores."""
    blocked = (1.0 - mask)[:, None, None, :] * -1e9
    found = layer(hidden, attention_mask=blocked)
    return found[0] if isinstance(found, tuple) else found


def _train(
    model: Any,
    lower: list[Any],
    truth: Array,
    centres: Any,
    passes: int,
    seed: int,
    progress: Progress,
) -> None:
    import torch
    from torch.nn import functional

    upper = model.encoder.layer[_FROZEN_LAYERS:]
    upper.train()
    groups = [
        {"params": list(upper.parameters()), "lr": _RATE},
        {"params": [centres], "lr": _CENTRE_RATE},
    ]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
    total = passes * -(-len(lower) // _BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / (_WARM_UP * total), max(0.0, 1 - step / total))
    )
    batches = _batches([len(state) for state in lower], passes, seed)
    for step, rows in enumerate(batches, start=1):
        vectors = _embed(upper, [lower[row] for row in rows])
        scores = SCALE * vectors @ functional.normalize(centres, dim=-1).T
        wanted = torch.from_numpy(truth[rows])
        loss = functional.cross_entropy(scores, wanted, label_smoothing=SMOOTHING)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
        if step % 10 == 0:
            progress("fine-tuning", min(1.0, step / total))
    model.eval()


def _batches(lengths: Sequence[int], passes: int, seed: int) -> Iterator[list[int]]:
    """Rows at random, but of like length within a batch, so that little of it is padding."""
    generator = np.random.default_rng(seed)
    for _ in range(passes):
        order = generator.permutation(len(lengths))
        batches = []
        for start in range(0, len(order), _BUCKET):
            bucket = sorted(order[start : start + _BUCKET], key=lambda row: lengths[row])
            batches += [bucket[at : at + _BATCH] for at in range(0, len(bucket), _BATCH)]
        for number in generator.permutation(len(batches)):
            yield [int(row) for row in batches[number]]


def _embed(upper: Any, states: list[Any]) -> Any:
    """Unit sentence vectors from the hidden states below, shape (rows, hidden)."""
    import torch
    from torch.nn import functional

    hidden = torch.nn.utils.rnn.pad_sequence(states, batch_first=True)
    lengths = torch.tensor([len(state) for state in states])
    mask = (torch.arange(hidden.shape[1])[None, :] < lengths[:, None]).float()
    for layer in upper:
        hidden = _through(layer, hidden, mask)
    summed = (hidden * mask[:, :, None]).sum(dim=1)
    return functional.normalize(summed, dim=-1)


def _check(model: Any, exact: OnnxEncoder, served: OnnxEncoder, texts: Sequence[str]) -> None:
    """The graph must give what torch gives, and in 8 bits nearly that."""
    import torch

    with torch.no_grad():
        lower = _lower_outputs(model, _tokens(texts))
        expected = _embed(model.encoder.layer[_FROZEN_LAYERS:], lower).numpy()
    difference = float(np.abs(exact.encode(texts) - expected).max())
    if difference > _TOLERANCE:
        raise ModelUnavailable(f"The exported encoder differs from torch by {difference:.1e}.")
    cosine = float((served.encode(texts) * expected).sum(axis=1).min())
    if cosine < _LEAST_COSINE:
        raise ModelUnavailable(f"In 8 bits the encoder is only {cosine:.4f} like itself.")

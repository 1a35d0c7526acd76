"""Texts to unit vectors by onnxruntime, without torch; training encoders does not belong here.

The default encoder is all-MiniLM-L6-v2, built once from the packaged weights by `nlu.graph`, its linear layers in 8 bits.
Why so and why not the int8 file of another package: docs/decisions/0002-encoder.md.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from core.errors import ModelUnavailable
from core.ports import Encodes
from nlu import multilingual, packages
from nlu.session import session_of, sums_whole

Array = np.ndarray[Any, np.dtype[Any]]

DEFAULT = "minilm-l6-8bit"
EXACT = "minilm-l6"
"""The same in full precision: three times slower, and the reference."""
MAX_TOKENS = 256
"""As all-MiniLM-L6-v2 was trained to read; the rest of a longer text is not read."""

_BATCH_CELLS = 4096
"""Tokens with padding in one run: large enough for throughput, small enough to stay in the CPU's caches."""
_RUN = 8
"""What beginning another run costs, in tokens of padding."""


class OnnxEncoder:
    """An encoder with the graph of `nlu.graph`. Satisfies `core.ports.Encodes`; safe to call from several threads."""

    def __init__(
        self,
        name: str,
        model: bytes | Path,
        tokenizer: Path,
        *,
        threads: int = 1,
        max_tokens: int = MAX_TOKENS,
    ) -> None:
        """`model`: the graph itself or the path of its file. `threads`: of one encode call."""
        self._session = session_of(model, threads)
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_tokens)
        self.name = name
        self.dimension = int(self._session.get_outputs()[0].shape[1])

    def encode(self, texts: Sequence[str]) -> Array:
        """float32, shape (len(texts), dimension), rows of unit length, in the order of `texts`."""
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        # One by one: a batch of messages would wake the tokenizer's own threads, which costs more than reading it.
        tokens = [self._tokenizer.encode(text).ids for text in texts]
        for rows in _batches([len(ids) for ids in tokens]):
            vectors[rows] = self._run([tokens[row] for row in rows])
        return vectors

    def _run(self, batch: list[list[int]]) -> Array:
        shape = (len(batch), max(len(ids) for ids in batch))
        ids = np.zeros(shape, dtype=np.int32)
        mask = np.zeros(shape, dtype=np.int32)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        result: Array = self._session.run(None, {"ids": ids, "mask": mask})[0]
        return result


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Rows grouped by similar length: one long text must not make all others as long as it is."""
    batch: list[int] = []
    longest = 0
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        padding = len(batch) * (lengths[row] - longest)
        if batch and (padding > _RUN or (len(batch) + 1) * lengths[row] > _BATCH_CELLS):
            yield batch
            batch = []
        batch.append(row)
        longest = lengths[row]
    if batch:
        yield batch


def load_encoder(name: str = "default", cache: Path | None = None, *, threads: int = 1) -> Encodes:
    """The encoder of that name: `default` (`minilm-l6-8bit`), `minilm-l6`, `multilingual` (`use-multilingual`), or a folder.

    A folder is the path of one that `save_encoder` wrote.

    `cache`: a folder for the built graph (60 MB, exact 90), so that the next start reads it instead of building it
    (0.2 s against 1 s); without it the graph is built in memory. Raises ModelUnavailable when the package or
    a file is missing or altered, or the name is unknown.
    """
    if name in ("default", DEFAULT, EXACT):
        return _packaged_minilm(EXACT if name == EXACT else DEFAULT, cache, threads)
    if name in ("multilingual", multilingual.NAME):
        return multilingual.UniversalEncoder(threads=threads)
    folder = Path(name)
    if (folder / "encoder.json").is_file():
        return _saved_encoder(folder, threads)
    raise ModelUnavailable(
        f"There is no encoder {name!r}: use `default`, `multilingual`, or the folder of a tuned encoder."
    )


def _packaged_minilm(name: str, cache: Path | None, threads: int) -> OnnxEncoder:
    tokenizer = packages.locate(packages.MINILM_TOKENIZER)
    if cache is None:
        return OnnxEncoder(name, _build_minilm(name), tokenizer, threads=threads)
    from nlu.graph import FORMAT

    # The same vectors on every processor, but a graph for this one.
    kind = "s" if sums_whole() and name != EXACT else ""
    folder = cache / f"{name}-{packages.MINILM_WEIGHTS.sha256[:12]}-{FORMAT}{kind}"
    if not (folder / "encoder.json").is_file():
        save_encoder(folder, name, _build_minilm(name), tokenizer.read_bytes())
    return _saved_encoder(folder, threads)


def _build_minilm(name: str) -> bytes:
    # Only building needs onnx and safetensors; a start from the cache imports neither.
    from safetensors.numpy import load_file

    from nlu.graph import Shape, build
    from nlu.reach import reach_of

    weights = load_file(packages.locate(packages.MINILM_WEIGHTS))
    shape = Shape(heads=12, epsilon=1e-12)
    if name == EXACT:
        return bytes(build(weights, shape).SerializeToString())
    tokenizer = packages.locate(packages.MINILM_TOKENIZER)
    reach = reach_of(weights, shape, tokenizer, most=MAX_TOKENS)
    graph = build(weights, shape, is_small=True, reach=reach, is_signed=sums_whole())
    return bytes(graph.SerializeToString())


def save_encoder(folder: Path, name: str, model: bytes, tokenizer: bytes) -> None:
    """Writes an encoder for `load_encoder(str(folder))`; `encoder.json`, written last, makes it whole."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "model.onnx", model)
    _write(folder / "tokenizer.json", tokenizer)
    described = {
        "name": name,
        "max_tokens": MAX_TOKENS,
        "sha256": {
            file: packages.digest(folder / file) for file in ("model.onnx", "tokenizer.json")
        },
    }
    _write(folder / "encoder.json", json.dumps(described, indent=2).encode())


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, also when two processes build the same file."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_bytes(content)
    part.replace(path)


def _saved_encoder(folder: Path, threads: int) -> OnnxEncoder:
    described = json.loads((folder / "encoder.json").read_text())
    for file, expected in described["sha256"].items():
        path = folder / file
        if not path.is_file() or packages.digest(path) != expected:
            raise ModelUnavailable(
                f"{path} is missing or altered: delete its folder; it is built anew at the next start."
            )
    return OnnxEncoder(
        described["name"],
        folder / "model.onnx",
        folder / "tokenizer.json",
        threads=threads,
        max_tokens=described["max_tokens"],
    )

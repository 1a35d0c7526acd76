"""Large indexes in small: builds that are killed go on, files that are read instead of mapped, words found by pruning."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from kb_index import postings, segment_writer, stored
from kb_index.generation import (
    Filters,
    build_generation,
    change_generation,
    open_generation,
    verify_generation,
)
from kb_index.passage import Array, PassageRecord, PassageText
from kb_index.segment import Segment

ROOT = Path(__file__).parents[2]
WORDS = [f"word{n}" for n in range(400)]


def made(count: int, seed: int = 3) -> Iterator[PassageRecord]:
    """Passages of words that are common or rare as in a language, two to an article."""
    rng = np.random.default_rng(seed)
    share = 1 / np.arange(1, len(WORDS) + 1)
    share /= share.sum()
    for number in range(count):
        text = " ".join(rng.choice(WORDS, size=int(rng.integers(5, 40)), p=share))
        vectors = rng.standard_normal((4, 16)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        slug = f"a{number // 2}"
        passage = PassageText(
            f"{slug}:{number}", slug, "r1", f"Title {number // 2}", text, (),
            visibility="internal" if number % 5 == 0 else "public",
        )  # fmt: skip
        yield PassageRecord(passage, vectors)


def files(folder: Path) -> dict[str, str]:
    described = json.loads((folder / "base" / "segment.json").read_text())
    found: dict[str, str] = described["sha256"]
    return found


def test_a_killed_build_goes_on_and_ends_with_the_same_files(tmp_path: Path) -> None:
    """A process of its own is killed in the middle of writing, as by the operating system."""
    build_generation(tmp_path / "whole", made(700), encoder="e")
    code = f"""
        import os, signal, sys
        sys.path.insert(0, {str(ROOT)!r})
        from kb_index import segment_writer
        from kb_index.generation import build_generation
        from pathlib import Path
        from tests.kb_index.test_scale import made
        segment_writer.EVERY = 100
        def dying():
            for number, record in enumerate(made(700)):
                if number == 455:
                    os.kill(os.getpid(), signal.SIGKILL)
                yield record
        build_generation(Path({str(tmp_path / "killed")!r}), dying(), encoder="e", stamp="s")
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    said: list[str] = []
    build_generation(
        tmp_path / "killed", made(700), encoder="e", stamp="s", progress=said.append
    ).close()
    assert said[0] == "going on after 400 passages"
    assert files(tmp_path / "killed") == files(tmp_path / "whole")
    assert verify_generation(tmp_path / "killed") == []


def test_a_build_of_other_records_does_not_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segment_writer, "EVERY", 10)

    def dying() -> Iterator[PassageRecord]:
        yield from made(35)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_generation(tmp_path / "index", dying(), encoder="e", stamp="one")
    said: list[str] = []
    build_generation(tmp_path / "index", made(20), encoder="e", stamp="two", progress=said.append)
    assert not any(line.startswith("going on") for line in said)
    assert open_generation(tmp_path / "index").size == 20


def test_what_is_read_is_what_would_be_mapped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = build_generation(tmp_path / "index", made(300), encoder="e").folder / "base"
    mapped = Segment(folder)
    monkeypatch.setattr(stored, "MAPPED_UP_TO", 0)
    read = Segment(folder)
    rows = np.array([0, 1, 2, 17, 299, 298, 5, 6])
    for name in ("vectors", "contexts", "spans"):
        one, other = getattr(mapped, name), getattr(read, name)
        assert len(one) == len(other)
        assert np.array_equal(one[rows[:5] % len(one)], other[rows[:5] % len(one)])
        assert np.array_equal(one[3:9], other[3:9])
        assert np.array_equal(one[7], other[7])
        assert np.array_equal(one[len(one) - 1 :], other[len(one) - 1 :])
    for one, other in zip(mapped.body.of(rows), read.body.of(rows), strict=True):
        assert np.array_equal(one, other)
    weights = dict.fromkeys(range(5), 1.0)
    assert np.array_equal(mapped.matching(weights, 20, None), read.matching(weights, 20, None))


def by_hand(segment: Segment, weights: dict[int, float], allowed: Array | None) -> Array:
    """BM25 of every passage, from the terms that it holds."""
    total = np.zeros(segment.size)
    ids, counts, owner = segment.body.of(np.arange(segment.size))
    mean = segment.words / segment.size
    idf = np.log(1 + (segment.size - segment.df + 0.5) / (segment.df + 0.5))
    norm = postings.K1 * (1 - postings.B + postings.B * segment.lengths[owner] / mean)
    parts = idf[ids] * counts / (counts + norm)
    for term, weight in weights.items():
        np.add.at(total, owner[ids == term], weight * parts[ids == term])
    if allowed is not None:
        total[~allowed] = 0
    return total


@pytest.mark.parametrize("is_filtered", [False, True])
def test_pruning_finds_the_best_by_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_filtered: bool
) -> None:
    monkeypatch.setattr(postings, "BLOCK", 700)  # several blocks
    monkeypatch.setattr(postings, "ADDED_AT_ONCE", 0)
    generation = build_generation(tmp_path / "index", made(3000), encoder="e")
    part = generation.parts[0]
    segment = part.segment
    allowed = part.allowed(Filters()) if is_filtered else None
    looked_up = 0
    kept = postings.Postings._kept

    def counted(rows: Array, total: Array, least: float) -> Array:
        nonlocal looked_up
        looked_up += 1
        return kept(rows, total, least)

    monkeypatch.setattr(postings.Postings, "_kept", staticmethod(counted))
    rng = np.random.default_rng(5)
    for _ in range(60):
        picked = rng.choice(len(segment.vocabulary), size=6, replace=False)
        weights = {int(t): float(rng.choice([0.4, 0.7, 1.0])) for t in picked}
        truth = by_hand(segment, weights, allowed)
        found = segment.matching(weights, 10, allowed)
        assert len(found) == min(10, int((truth > 0).sum()))
        # parts are kept in 255 steps: what is found may be worse than the best by that much
        step = sum(weights[t] * float(segment._lexical._best[t]) for t in weights) / 255
        best = np.sort(truth)[::-1][: len(found)]
        assert np.all(truth[found] >= best - step)
        if allowed is not None:
            assert allowed[found].all()
    assert looked_up > 20
    assert not segment._lexical._sums().any()


@pytest.mark.parametrize("is_filtered", [False, True])
def test_words_added_at_once_find_what_pruning_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_filtered: bool
) -> None:
    part = build_generation(tmp_path / "index", made(900), encoder="e").parts[0]
    allowed = part.allowed(Filters()) if is_filtered else None
    rng = np.random.default_rng(6)
    for size in (1, 3, 12, 60):
        picked = rng.choice(len(part.segment.vocabulary), size=size, replace=False)
        weights = {int(t): float(rng.choice([0.12, 0.4, 1.0])) for t in picked}
        at_once = part.segment.matching(weights, 30, allowed)
        with monkeypatch.context() as slow:
            slow.setattr(postings, "ADDED_AT_ONCE", 0)
            pruned = part.segment.matching(weights, 30, allowed)
        assert len(at_once)
        assert np.array_equal(at_once, pruned)


def test_small_vectors_are_kept_as_floats_and_large_ones_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = build_generation(tmp_path / "index", made(60), encoder="e").folder / "base"
    kept = Segment(folder)
    monkeypatch.setattr(stored, "WIDENED_UP_TO", 0)
    mapped = Segment(folder)
    for name in ("vectors", "contexts", "spans"):
        one, other = getattr(kept, name)[:], getattr(mapped, name)[:]
        assert (one.dtype, other.dtype) == (np.float32, np.float16)
        assert np.array_equal(one, other)


def test_versions_share_what_they_have_in_common(tmp_path: Path) -> None:
    first = build_generation(tmp_path / "index", made(50), encoder="e")
    second = change_generation(first.folder, removed={"a3"})
    assert second.parts[0].segment is first.parts[0].segment
    handles = len(os.listdir("/proc/self/fd"))
    third = change_generation(first.folder, added=list(made(2, seed=9)))
    first.close()
    second.close()
    assert third.parts[0].segment.passages([0])[0].article == "a0"
    third.close()
    del first, second, third
    assert len(os.listdir("/proc/self/fd")) < handles


def test_a_change_can_start_from_an_older_version(tmp_path: Path) -> None:
    folder = build_generation(tmp_path / "index", made(20), encoder="e").folder
    change_generation(folder, removed={"a1"})
    again = change_generation(folder, removed={"a2"}, version=1)
    assert again.version == 3
    assert {"a1"} <= again.articles()
    assert "a2" not in again.articles()

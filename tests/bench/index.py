"""`python -m tests.bench.index`: builds indexes of many passages, kills a build, searches, and compares; one JSON object.

Each measurement of memory is of a process of its own (`build`, `search`, `other` are its parts).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from kb_index.generation import (
    Filters,
    Generation,
    build_generation,
    change_generation,
    open_generation,
)
from kb_index.query import Query, View
from kb_index.search import BY_MEANING, BY_WORDS, find, ids_of, words_in
from kb_index.words import terms
from nlu.encoder import load_encoder
from tests.bench.mixtures import Array, Mixtures, base_records

ROOT = Path(__file__).resolve().parents[2]
QUESTIONS = 1000
Times = list[tuple[float, float]]
"""Milliseconds of the wall clock and of the processor, one pair a question."""
SLOW = 50
"""Questions put to what searches exhaustively."""


def main() -> None:
    """Runs and prints; with `--part`, one part in this process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--kb", type=Path, nargs="+", default=[ROOT / "demo" / "knowledge"])
    parser.add_argument("--state", type=Path, default=ROOT / "var" / "bench-index")
    parser.add_argument("--keep", action="store_true", help="do not delete the indexes")
    parser.add_argument("--part", choices=["build", "search", "other"])
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.part:
        parts = {"build": build, "search": search, "other": other}
        print(json.dumps(parts[options.part](options)))
        return
    report = {
        "machine": platform.processor() or platform.machine(),
        "python": platform.python_version(),
        "versions": {
            name: metadata.version(name) for name in ("faiss-cpu", "numpy", "usearch", "sqlite-vec")
        },
        "questions": QUESTIONS,
        "sizes": [measure(options, passages) for passages in options.passages],
    }
    print(json.dumps(report) if options.json else json.dumps(report, indent=2))


def measure(options: argparse.Namespace, passages: int) -> dict[str, Any]:
    """One size, each part in its own process."""
    folder = folder_of(options, passages)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(folder.with_name(folder.name + ".building"), ignore_errors=True)
    mixtures_of(options, passages)  # encodes what is not encoded yet
    found = {"passages": passages, "build": killed_and_built(options, passages)}
    for part in ("search", "other"):
        found[part] = json.loads(run(options, passages, part).splitlines()[-1])
    if not options.keep:
        shutil.rmtree(folder)
    return found


def command(options: argparse.Namespace, passages: int, part: str) -> list[str]:
    kb = [str(path) for path in options.kb]
    own = ["--part", part, "--passages", str(passages), "--state", str(options.state)]
    return [sys.executable, "-m", "tests.bench.index", *own, "--kb", *kb]


def run(options: argparse.Namespace, passages: int, part: str) -> str:
    print(f"{passages:,}: {part}", file=sys.stderr, flush=True)
    done = subprocess.run(
        command(options, passages, part), cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def killed_and_built(options: argparse.Namespace, passages: int) -> dict[str, Any]:
    """Kills the build when about half is written, starts it again, and says what was not done twice."""
    process = subprocess.Popen(
        command(options, passages, "build"),
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    started, at = time.perf_counter(), 0
    for line in process.stderr:
        print(line, end="", file=sys.stderr, flush=True)
        written = re.match(r"([\d,]+) passages written$", line)
        at = int(written[1].replace(",", "")) if written else at
        if at >= passages / 2:
            process.send_signal(signal.SIGKILL)
            break
    first = time.perf_counter() - started
    said, _ = process.communicate()
    if process.returncode == 0:  # it was done before it could be killed
        return dict(json.loads(said.splitlines()[-1]))
    found: dict[str, Any] = json.loads(run(options, passages, "build").splitlines()[-1])
    return {**found, "killed_after_seconds": round(first, 1), "written_when_killed": at}


def folder_of(options: argparse.Namespace, passages: int) -> Path:
    return Path(options.state) / f"index-{passages}"


def mixtures_of(options: argparse.Namespace, passages: int) -> Mixtures:
    base = base_records(options.kb, load_encoder("default"), Path(options.state) / "base.npz")
    return Mixtures(base, passages)


def build(options: argparse.Namespace) -> dict[str, Any]:
    """Builds, going on where an earlier build was killed."""
    passages = options.passages[0]
    mixtures = mixtures_of(options, passages)
    folder = folder_of(options, passages)
    started, cpu = time.perf_counter(), time.process_time()
    said: list[str] = []

    def progress(line: str) -> None:
        said.append(line)
        print(line, file=sys.stderr, flush=True)

    generation = build_generation(
        folder, mixtures, encoder="bench", progress=progress, stamp=f"mixtures-{passages}"
    )
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return {
        "seconds": round(time.perf_counter() - started, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "went_on": next((line for line in said if line.startswith("going on")), ""),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "disk_mb": round(size / 1e6),
        "spans": len(generation.parts[0].segment.spans),
    }


def search(options: argparse.Namespace) -> dict[str, Any]:
    """Searches as the product does, on one thread."""
    faiss.omp_set_num_threads(1)
    passages = options.passages[0]
    mixtures = mixtures_of(options, passages)
    asked = mixtures.questions(QUESTIONS)
    new = list(mixtures.article(10**9))
    del mixtures
    before = pss()
    started = time.perf_counter()
    generation = open_generation(folder_of(options, passages))
    opened = time.perf_counter() - started
    filters = Filters(brands=frozenset({"default"}))
    queries = [query_of(text, vector) for text, vector in asked]
    times: dict[str, Times] = defaultdict(list)
    found = []
    segment = generation.parts[0].segment
    for query in queries:
        words = ids_of(words_in(query, generation)[0], 0)
        found.append(
            timed(times["vectors"], lambda q=query: segment.near(q.own.vector, BY_MEANING, None))
        )  # type: ignore[misc]
        timed(times["words"], lambda w=words: segment.matching(w, BY_WORDS, None))  # type: ignore[misc]
    for query in queries:
        timed(times["whole"], lambda q=query: find(q, generation, filters, words_in(q, generation)))  # type: ignore[misc]
    memory = pss()
    truth = exact(folder_of(options, passages), np.stack([vector for _, vector in asked]))
    return {
        "open_ms": round(opened * 1000),
        "recall_at_10": recall(found, truth),
        "milliseconds": {name: percentiles(values) for name, values in times.items()},
        "pss_mb": {**memory, "before_opening": before["all"]},
        "bytes_a_passage": round(1e6 * (memory["all"] - before["all"]) / passages),
        **changed(generation, new, filters),
    }


def query_of(text: str, vector: Array) -> Query:
    view = View(dict.fromkeys(terms(text, "en"), 1.0), vector)
    return Query(text, "en", view, view, 0.0)


def timed(times: Times, act: Callable[[], Any]) -> Any:
    wall, cpu = time.perf_counter(), time.process_time()
    found = act()
    times.append(((time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000))
    return found


def percentiles(values: Times) -> dict[str, float]:
    """Of the wall clock, which on a shared machine counts the others' work too, and of the processor's time."""
    table = np.array(values)
    return {
        f"{name}p{p}": round(float(np.percentile(table[:, column], p)), 2)
        for column, name in enumerate(("", "cpu_"))
        for p in (50, 99)
    }


def recall(found: Sequence[Array], truth: Array) -> float:
    hits = [
        len({*rows[:10].tolist()} & {*right.tolist()}) / 10
        for rows, right in zip(found, truth, strict=True)
    ]
    return round(float(np.mean(hits)), 4)


def exact(folder: Path, queries: Array) -> Array:
    """The ten nearest rows of each query by comparing with all."""
    vectors = np.memmap(folder / "base" / "passages.f16", np.float16, mode="r")
    vectors = vectors.reshape(-1, queries.shape[1])
    scores = np.full((len(queries), 10), -2.0, np.float32)
    rows = np.zeros((len(queries), 10), np.int64)
    for start in range(0, len(vectors), 20_000):
        block = queries @ vectors[start : start + 20_000].astype(np.float32).T
        both = np.hstack([scores, block])
        best = np.argpartition(-both, 10, axis=1)[:, :10]
        known = np.hstack(
            [rows, np.broadcast_to(np.arange(start, start + block.shape[1]), block.shape)]
        )
        scores = np.take_along_axis(both, best, axis=1)
        rows = np.take_along_axis(known, best, axis=1)
    return rows


def changed(generation: Generation, new: list[Any], filters: Filters) -> dict[str, Any]:
    """From the call to the search that finds an article, and to the one that finds it no more."""
    query = query_of(new[0].passage.text, new[0].vectors[0])
    article = new[0].passage.article

    def is_found(opened: Generation) -> bool:
        return article in find(query, opened, filters, words_in(query, opened)).articles

    assert not is_found(generation)
    started = time.perf_counter()
    with_it = change_generation(generation.folder, added=new)
    assert is_found(with_it)
    added = time.perf_counter() - started
    started = time.perf_counter()
    assert not is_found(change_generation(generation.folder, removed={article}))
    deleted = time.perf_counter() - started
    return {"add_visible_ms": round(added * 1000), "delete_visible_ms": round(deleted * 1000)}


_VECTORS = ("index.faiss", "passages.f16", "contexts.f16", "spans.f16", "context_of", "span_start")


def pss() -> dict[str, float]:
    """Megabytes of this process, shared pages by their share: vectors, words and labels (files), and the rest."""
    found: dict[str, float] = defaultdict(float)
    name = ""
    for line in Path("/proc/self/smaps").read_text().splitlines():
        header = re.match(r"[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \d+\s*(.*)", line)
        if header:
            name = header[1].rsplit("/", 1)[-1]
        elif line.startswith("Pss:"):
            kind = (
                "vectors" if name.startswith(_VECTORS)
                else "words_and_labels" if name.endswith((".i32", ".i64", ".u8", ".f32"))
                else "rest"
            )  # fmt: skip
            found[kind] += int(line.split()[1]) / 1024
    found["all"] = sum(found.values())
    return {kind: round(value, 1) for kind, value in found.items()}


def other(options: argparse.Namespace) -> dict[str, Any]:
    """The same vectors and questions through usearch (HNSW, f16) and sqlite-vec (exhaustive)."""
    from usearch.index import Index

    passages = options.passages[0]
    queries = np.stack(
        [vector for _, vector in mixtures_of(options, passages).questions(QUESTIONS)]
    )
    folder = folder_of(options, passages)
    vectors = np.memmap(folder / "base" / "passages.f16", np.float16, mode="r").reshape(
        -1, queries.shape[1]
    )
    truth = exact(folder, queries)
    before = pss()["all"]
    started = time.perf_counter()
    index = Index(ndim=queries.shape[1], metric="ip", dtype="f16")
    for start in range(0, len(vectors), 50_000):
        block = np.asarray(vectors[start : start + 50_000])
        index.add(np.arange(start, start + len(block)), block, threads=os.cpu_count() or 1)
    seconds = time.perf_counter() - started
    times: Times = []
    found = [timed(times, lambda q=query: index.search(q, 10, threads=1)).keys for query in queries]  # type: ignore[misc]
    usearch = {
        "build_seconds": round(seconds, 1),
        "recall_at_10": recall(found, truth),
        "milliseconds": percentiles(times),
        "pss_mb": round(pss()["all"] - before, 1),
    }
    index.reset()
    return {
        "usearch": usearch,
        "sqlite_vec": exhaustive(folder, vectors, queries, truth),
    }


def exhaustive(folder: Path, vectors: Array, queries: Array, truth: Array) -> dict[str, Any]:
    """Through apsw, for the interpreter's own sqlite3 is often built without extensions."""
    import apsw
    import sqlite_vec

    path = folder / "other.sqlite"
    path.unlink(missing_ok=True)
    database = apsw.Connection(str(path))
    database.enable_load_extension(True)
    database.load_extension(sqlite_vec.loadable_path())
    made = f"CREATE VIRTUAL TABLE v USING vec0(e float[{queries.shape[1]}] distance_metric=cosine)"
    database.execute(made)
    started = time.perf_counter()
    with database:
        for start in range(0, len(vectors), 10_000):
            rows = vectors[start : start + 10_000].astype(np.float32)
            database.executemany(
                "INSERT INTO v(rowid, e) VALUES (?, ?)",
                ((start + n + 1, row.tobytes()) for n, row in enumerate(rows)),
            )
    seconds = time.perf_counter() - started
    times: Times = []
    asked = "SELECT rowid FROM v WHERE e MATCH ? AND k = 10 ORDER BY distance"
    found = []
    for query in queries[:SLOW]:
        rows = timed(times, lambda q=query: list(database.execute(asked, (q.tobytes(),))))  # type: ignore[misc]
        found.append(np.array(rows).reshape(-1) - 1)
    database.close()
    path.unlink()
    return {
        "build_seconds": round(seconds, 1),
        "recall_at_10": recall(found, truth[:SLOW]),
        "milliseconds": percentiles(times),
    }


if __name__ == "__main__":
    main()

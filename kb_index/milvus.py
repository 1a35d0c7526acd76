"""Candidates from Milvus: a generation is a collection, what is dead in it is deleted, and an alias names the one that serves.

The files of a generation stay the truth: a collection is filled from them and can be dropped. What is found is measured
from the files, as ever. The port is `finder`'s.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
from grpc import RpcError
from pymilvus import DataType, MilvusClient, MilvusException

from core.errors import IndexStale
from kb_index.generation import Filters, Generation, Part
from kb_index.passage import Array
from kb_index.postings import parts_of_rows

MEANING, WORDS = "meaning", "words"
FILTERED = ("visibility", "brand", "language", "section", "article")
BATCH = 500
EXACT_UP_TO = 100_000
"""Passages up to which every vector is looked at; beyond, lists are (and what they give is scored again exactly)."""
WIDER = 4
SPARE = 32
"""Rows more than wanted: the engine may order equals otherwise than we do."""
MOST = 16_384
"""Rows that the engine gives at once."""
SECONDS = 3.0
Row = dict[str, Any]


class Milvus:
    """One server and the collections of one installation (`prefix`) on it."""

    def __init__(
        self, uri: str, token: str = "", prefix: str = "threadline", seconds: float = SECONDS
    ) -> None:
        """`seconds`: what one search may take. Raises `IndexStale` when it cannot be reached."""
        self._seconds = seconds
        self._prefix = re.sub(r"\W", "_", prefix)
        with _asking():
            self._client = MilvusClient(uri=uri, token=token)

    def attach(self, generation: Generation) -> Generation:
        """The same generation, whose candidates come from here. Raises `IndexStale` when it was never published."""
        name = self._name(generation)
        with _asking():
            if not self._client.has_collection(name):
                raise IndexStale(f"Milvus has no collection {name}.")
            self._client.load_collection(name)
        finder = InMilvus(self._client, name, self._seconds)
        for part in generation.parts:
            part.finder = finder
        return generation

    def publish(self, generation: Generation) -> None:
        """Makes the collection hold exactly the passages that count in this version: what is missing is inserted,
        what is dead is deleted. Again, after a death or for an older version, it does what is left to do."""
        name = self._name(generation)
        with _asking():
            if not self._client.has_collection(name):
                self._create(name, generation)
            for part in generation.parts:
                self._fill(name, part)

    def serve(self, generation: Generation, brand: str) -> None:
        """The brand's alias names this generation from now on, at once; collections that nothing names are dropped."""
        name, alias = self._name(generation), self._alias(brand)
        with _asking():
            known = self._aliases()
            if alias in known:
                self._client.alter_alias(name, alias)
            else:
                self._client.create_alias(name, alias)

    def serving(self, brand: str) -> str:
        """The collection that the brand's alias names; empty: none."""
        with _asking():
            return self._aliases().get(self._alias(brand), "")

    def drop(self, keep: Sequence[Generation]) -> list[str]:
        """Drops the collections of all other generations of this installation that no alias names; their names."""
        with _asking():
            wanted = {self._name(generation) for generation in keep} | set(self._aliases().values())
            ours = [
                name
                for name in self._client.list_collections()
                if name.startswith(f"{self._prefix}_g_") and name not in wanted
            ]
            for name in ours:
                self._client.drop_collection(name)
            return ours

    def close(self) -> None:
        """Ends the connection."""
        self._client.close()

    def _name(self, generation: Generation) -> str:
        return f"{self._prefix}_g_{re.sub(r'[^0-9A-Za-z]', '_', generation.folder.name)}"

    def _alias(self, brand: str) -> str:
        return f"{self._prefix}_live_{re.sub(r'[^0-9A-Za-z]', '_', brand)}"

    def _aliases(self) -> dict[str, str]:
        """Alias to collection, of this installation."""
        found = {}
        for name in self._client.list_collections():
            if name.startswith(f"{self._prefix}_g_"):
                for alias in self._client.list_aliases(name).get("aliases", ()):
                    found[alias] = name
        return found

    def _create(self, name: str, generation: Generation) -> None:
        schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("id", DataType.VARCHAR, is_primary=True, max_length=80)
        schema.add_field("segment", DataType.VARCHAR, max_length=40)
        schema.add_field("row", DataType.INT64)
        for label in FILTERED:
            schema.add_field(label, DataType.VARCHAR, max_length=1024)
        dimension = max((part.segment.dimension for part in generation.parts), default=0)
        schema.add_field(MEANING, DataType.FLOAT_VECTOR, dim=max(2, dimension))
        schema.add_field(WORDS, DataType.SPARSE_FLOAT_VECTOR)
        index = MilvusClient.prepare_index_params()
        if generation.size > EXACT_UP_TO:
            lists = {"nlist": int(4 * generation.size**0.5)}
            index.add_index(MEANING, index_type="IVF_SQ8", metric_type="IP", params=lists)
        else:
            index.add_index(MEANING, index_type="FLAT", metric_type="IP")
        index.add_index(WORDS, index_type="SPARSE_INVERTED_INDEX", metric_type="IP")
        self._client.create_collection(
            name, schema=schema, index_params=index, consistency_level="Strong"
        )

    def _fill(self, name: str, part: Part) -> None:
        segment = part.segment.folder.name
        present = self._present(name, segment, part.segment.size)
        wanted = set(np.flatnonzero(part.alive).tolist())
        gone = sorted(present - wanted)
        for start in range(0, len(gone), BATCH):
            ids = [f"{segment}:{row}" for row in gone[start : start + BATCH]]
            self._client.delete(name, ids=ids)
        missing = _rows_of(part, wanted - present)
        while batch := list(islice(missing, BATCH)):
            self._client.upsert(name, batch)

    def _present(self, name: str, segment: str, size: int) -> set[int]:
        """Rows of this segment that are there."""
        found: set[int] = set()
        for start in range(0, size, MOST):
            page = self._client.query(
                name,
                filter=f"segment == {_quoted(segment)} and row >= {start} and row < {start + MOST}",
                output_fields=["row"],
                limit=MOST,
            )
            found.update(int(item["row"]) for item in page)
        return found


class InMilvus:
    """One collection, searched part by part."""

    def __init__(self, client: MilvusClient, collection: str, seconds: float) -> None:
        self._client = client
        self._collection = collection
        self._seconds = seconds

    def near(self, part: Part, vector: Array, limit: int, filters: Filters) -> Array:
        segment = part.segment
        if not segment.dimension or limit <= 0:
            return np.empty(0, np.int64)
        if vector.ndim > 1:
            return np.concatenate([self.near(part, one, limit, filters) for one in vector])
        query = np.ascontiguousarray(vector, np.float32)
        rows = np.sort(self._search(part, MEANING, query.tolist(), WIDER * limit, filters)[0])
        exact = segment.vectors[rows].astype(np.float32, copy=False) @ query
        best: Array = rows[np.argsort(-exact, kind="stable")[:limit]]
        return best

    def matching(
        self, part: Part, weights: Mapping[int, float], limit: int, filters: Filters
    ) -> Array:
        asked = {int(term): float(weight) for term, weight in weights.items() if weight > 0}
        if not asked or limit <= 0:
            return np.empty(0, np.int64)
        rows, sums = self._search(part, WORDS, asked, limit + SPARE, filters)
        # Sums that only rounding tells apart are equal: then the first row comes first, as in our own postings.
        order = np.lexsort((rows, -np.round(sums / max(1e-9, sums.max(initial=0.0)), 6)))
        return rows[order][:limit]

    def _search(
        self, part: Part, field: str, query: Any, limit: int, filters: Filters
    ) -> tuple[Array, Array]:
        """Rows and scores of what counts and is allowed, also where a deletion has not arrived there yet."""
        with _asking():
            hits = self._client.search(
                self._collection,
                data=[query],
                anns_field=field,
                limit=min(limit, MOST),
                filter=_condition(part, filters),
                output_fields=["row"],
                search_params={"metric_type": "IP"},
                timeout=self._seconds,
            )[0]
        rows = np.array([hit["entity"]["row"] for hit in hits], np.int64)
        scores = np.array([hit["distance"] for hit in hits], np.float32)
        allowed = part.allowed(filters)
        kept = np.ones(len(rows), bool) if allowed is None else allowed[rows]
        return rows[kept], scores[kept]


class _asking:
    """What the engine refuses is an index that cannot be used now: the answer is left to people."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, problem: BaseException | None, trace: Any) -> None:
        # Its client lets what the wire says through as it is: a deadline, a server that is gone.
        if isinstance(problem, MilvusException | RpcError):
            raise IndexStale(f"Milvus: {problem}") from problem


def _condition(part: Part, filters: Filters) -> str:
    """The filters in the engine's own words; every value quoted. Titles and dates are ours to compare: it is told the articles."""
    segment = _quoted(part.segment.folder.name)
    said = [f"segment == {segment}", f"visibility in {_list(filters.audience)}"]
    for label, values in (
        ("brand", filters.brands),
        ("language", filters.languages),
        ("section", filters.sections),
    ):
        if values:
            said.append(f"{label} in {_list(values)}")
    articles, alone = part.articles_out(filters)
    if articles or alone:
        said.append(f"article {'in' if alone else 'not in'} {_list(articles)}")
    return " and ".join(said)


def _list(values: frozenset[str]) -> str:
    return f"[{', '.join(_quoted(value) for value in sorted(values))}]"


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _rows_of(part: Part, rows: set[int]) -> Iterator[Row]:
    """Those passages as the collection takes them."""
    segment = part.segment
    labels = {name: (segment.names[name], segment.codes[name]) for name in FILTERED}
    for row, terms, parts in parts_of_rows(segment.folder):
        if row not in rows:
            continue
        vector = segment.vectors[np.array([row])][0] if segment.dimension else np.zeros(2)
        # Milvus takes no empty sparse vector; a term that no passage has stands for none.
        words = dict(zip(terms.tolist(), parts.tolist(), strict=True)) or {2**31: 1e-9}
        yield {
            "id": f"{segment.folder.name}:{row}",
            "segment": segment.folder.name,
            "row": row,
            **{name: names[codes[row]] for name, (names, codes) in labels.items()},
            MEANING: np.asarray(vector, np.float32).tolist(),
            WORDS: words,
        }

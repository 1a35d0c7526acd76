"""Index generations: an immutable base, small immutable additions, and what is dead in each. Ranking is `search`'s.

A generation is a folder: `base/`, then `delta-0002/`, `delta-0003/` ... (segments), and one `manifest-0001.json`,
`manifest-0002.json` ... per change. A manifest names the segments and, for each, the articles that no longer
count in it. Files are only ever added, so a reader keeps what it has opened, any version can be opened again,
and going back is opening an older one.
"""

from __future__ import annotations

import json
import math
import os
import re
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from core.errors import IndexStale
from core.ports import Encodes
from kb_index.finder import IN_FILES, Finds
from kb_index.passage import Array, PassageRecord, PassageText, windows
from kb_index.query import nearest_terms
from kb_index.segment import About, Segment, open_segment, sync
from kb_index.segment_writer import write_segment
from kb_index.words import fold

_MANIFEST = re.compile(r"manifest-(\d{4,})\.json")


@dataclass(frozen=True, slots=True)
class Filters:
    """What may be found: articles of these visibilities, and of these brands, languages and sections (empty: any)."""

    audience: frozenset[str] = frozenset({"public"})
    brands: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    sections: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    """Articles (slugs) that must not be found."""
    title: frozenset[str] = frozenset()
    """Folded words that each stand in the article's title."""
    since: str = ""
    """ISO date: only articles that were updated on it or later."""


class Spelled(NamedTuple):
    """A term as the index knows it: itself, or where it stands nowhere the known spellings one edit away. `idf`: the least of theirs;
    `places`: (part, number in its vocabulary) of each spelling wherever it stands."""

    spellings: tuple[str, ...]
    idf: float
    places: tuple[tuple[int, int], ...]


COMPARED = 1000
"""Passages, at most, of each part whose titles are compared with them."""
TERMS_KEPT = 20_000
"""Terms whose spellings are remembered."""
SHORTEST_MISSPELT, LONGEST_MISSPELT = 4, 24
"""Letters of a word that is looked for one edit away: a word of a thousand has fifty thousand neighbours as long as itself."""


class Part:
    """One open segment of a generation with the passages of it that still count."""

    KEPT = 32
    """Sets of filters whose rows are remembered: over a million passages finding them costs milliseconds."""

    def __init__(self, segment: Segment, alive: Array) -> None:
        """`alive`: bool, shape (segment.size,)."""
        self.segment = segment
        self.alive = alive
        self.finder: Finds = IN_FILES
        self._known: dict[Filters, Array | None] = {}

    def allowed(self, filters: Filters) -> Array | None:
        """Rows that may be found under these filters; None when that is every row."""
        if filters not in self._known:
            if len(self._known) >= self.KEPT:
                self._known.clear()
            self._known[filters] = self._allowed(filters)
        return self._known[filters]

    def _allowed(self, filters: Filters) -> Array | None:
        mask: Array = self.alive.copy()
        wanted: tuple[tuple[str, Collection[str]], ...] = (
            ("visibility", filters.audience),
            ("brand", filters.brands),
            ("language", filters.languages),
            ("section", filters.sections),
        )
        for label, values in wanted:
            if values or label == "visibility":
                names = self.segment.names[label]
                mask &= np.array([name in values for name in names], bool)[
                    self.segment.codes[label]
                ]
        chosen = self._articles(filters)
        if chosen is not None:
            mask &= chosen[self.segment.codes["article"]]
        return None if mask.all() else mask

    def _articles(self, filters: Filters) -> Array | None:
        """Bool for each article of `names["article"]`: may it be found by what is known of it as a whole? None: all may."""
        if not (filters.hidden or filters.title or filters.since):
            return None
        names = self.segment.names["article"]
        chosen = np.array([name not in filters.hidden for name in names], bool)
        if filters.title or filters.since:
            chosen &= [_is_of(about, filters) for about in self.segment.articles]
        return chosen

    def titled(self) -> Array:
        """Cosines of passages with their title and headings, of some that stand evenly in it."""
        rows = np.flatnonzero(self.alive)
        if not (len(rows) and self.segment.dimension):
            return np.empty(0)
        rows = rows[:: math.ceil(len(rows) / COMPARED)]
        passages = self.segment.vectors[rows].astype(np.float32, copy=False)
        contexts = self.segment.contexts[self.segment.context_of[rows]]
        cosines: Array = (passages * contexts.astype(np.float32, copy=False)).sum(axis=1)
        # What has no title stands for it itself.
        return cosines[cosines < 0.995]

    def articles_out(self, filters: Filters) -> tuple[frozenset[str], bool]:
        """For an engine that holds no titles and dates: names of articles, and whether they alone may be found or they may
        not; whichever are fewer."""
        chosen = self._articles(filters)
        if chosen is None:
            return frozenset(), False
        alone = bool(chosen.sum() < len(chosen) / 2)
        names = self.segment.names["article"]
        return frozenset(names[at] for at in np.flatnonzero(chosen == alone)), alone


class Generation:
    """One version of the index, opened for reading; it never changes."""

    def __init__(self, folder: Path, version: int, parts: Sequence[Part], encoder: str) -> None:
        self.folder = folder
        self.version = version
        self.parts = tuple(parts)
        self.encoder = encoder
        self.name = f"{folder.name}.{version}"
        self.size = int(sum(part.alive.sum() for part in parts))
        rows = sum(part.segment.size for part in parts)
        words = sum(part.segment.words for part in parts)
        self._rows = max(1, rows)
        self.mean_length = words / self._rows if words else 1.0
        self._spelled: dict[str, Spelled] = {}

    def idf(self, word: str) -> float:
        """How much a term says (BM25's, never negative); a term that stands nowhere says the most."""
        df = 0
        for part in self.parts:
            number = part.segment.vocabulary.get(word)
            if number is not None:
                df += int(part.segment.df[number])
        return math.log(1 + (self._rows - df + 0.5) / (df + 0.5))

    def spelled(self, term: str) -> Spelled:
        """How a term stands in the index, and how much it says; looked up once, for it never changes."""
        known = self._spelled.get(term)
        if known is None:
            near: tuple[str, ...] = (term,)
            has_near = SHORTEST_MISSPELT <= len(term) <= LONGEST_MISSPELT and not term.isdigit()
            if has_near and not self.knows(term):
                near = tuple(nearest_terms(term, self.knows)) or (term,)
            known = Spelled(near, min(map(self.idf, near)), self._places(near))
            if len(self._spelled) >= TERMS_KEPT:
                self._spelled.clear()
            self._spelled[term] = known
        return known

    def _places(self, spellings: Sequence[str]) -> tuple[tuple[int, int], ...]:
        found = (
            (number, part.segment.vocabulary.get(word))
            for number, part in enumerate(self.parts)
            for word in spellings
        )
        return tuple((number, place) for number, place in found if place is not None)

    def knows(self, word: str) -> bool:
        """Whether a term stands anywhere in it."""
        return any(word in part.segment.vocabulary for part in self.parts)

    @cached_property
    def titled(self) -> float | None:
        """Mean cosine of a passage with its title and headings: how much they say of what stands under them. None where no passage
        has a title and a vector."""
        cosines = np.concatenate([part.titled() for part in self.parts] or [np.empty(0)])
        return float(cosines.mean()) if len(cosines) else None

    def articles(self) -> set[str]:
        """Slugs of the articles that can be found."""
        return {
            part.segment.names["article"][code]
            for part in self.parts
            for code in np.unique(part.segment.codes["article"][part.alive])
        }

    def products(self) -> tuple[str, ...]:
        """Names of products that the articles that can be found name in their tags, in order of the alphabet."""
        named = {
            product
            for part in self.parts
            for code in np.unique(part.segment.codes["article"][part.alive])
            for product in part.segment.articles[code].products
        }
        return tuple(sorted(named))

    def revisions(self) -> dict[str, str]:
        """Slug to the revision of the text that can be found."""
        found = {}
        for part in self.parts:
            rows = np.flatnonzero(part.alive)
            _, first = np.unique(part.segment.codes["article"][rows], return_index=True)
            for passage in part.segment.passages(rows[first].tolist()):
                found[passage.article] = passage.revision
        return found

    def is_newest(self) -> bool:
        """False when a later version has been added beside this one."""
        return _versions(self.folder)[-1] == self.version

    def close(self) -> None:
        """Ends its use; a segment's files are closed when no version uses it any more."""
        self.parts = ()


def encode_passages(
    passages: Iterable[PassageText], encoder: Encodes, *, batch: int = 64
) -> Iterator[PassageRecord]:
    """Passages with the vectors that search and answers use: text in context, context, and each window in context.

    Texts are encoded `batch` passages at a time; contexts that several passages share are encoded once.
    """
    waiting: list[PassageText] = []
    for passage in passages:
        waiting.append(passage)
        if len(waiting) == batch:
            yield from _encode(waiting, encoder)
            waiting = []
    if waiting:
        yield from _encode(waiting, encoder)


def _encode(passages: Sequence[PassageText], encoder: Encodes) -> Iterator[PassageRecord]:
    texts: dict[str, int] = {}

    def place(text: str) -> int:
        return texts.setdefault(text, len(texts))

    places = []
    for passage in passages:
        context, spans = passage.context, passage.spans
        pieces = (
            (passage.context_of(first), passage.text[spans[first].start : spans[last - 1].end])
            for first, last in windows(passage)
        )
        places.append(
            [
                place(passage.read()),
                place(context or passage.text),
                *(place(f"{under}: {piece}" if under else piece) for under, piece in pieces),
            ]
        )
    vectors = np.asarray(encoder.encode(list(texts)), dtype=np.float32)
    for passage, rows in zip(passages, places, strict=True):
        yield PassageRecord(passage, vectors[rows])


def build_generation(
    folder: Path,
    records: Iterable[PassageRecord],
    *,
    encoder: str,
    progress: Callable[[str], None] = lambda line: None,
    stamp: str = "",
) -> Generation:
    """Builds a new generation beside and renames it to `folder`; returns it opened.

    `encoder`: the name of the encoder the vectors came from. `stamp`: as at `write_segment`, so that a build that
    was killed goes on. Raises FileExistsError when `folder` exists.
    """
    if folder.exists():
        raise FileExistsError(f"{folder} exists, and generations never change.")
    part = folder.with_name(folder.name + ".building")
    base = part / "base"
    if base.exists():  # killed after the last segment file and before the manifest
        shutil.rmtree(base)
    write_segment(base, records, encoder=encoder, progress=progress, stamp=stamp)
    _write_manifest(part, 1, encoder, [{"segment": "base", "dead": []}])
    part.rename(folder)
    sync(folder.parent)
    return open_generation(folder)


def change_generation(
    folder: Path,
    *,
    added: Iterable[PassageRecord] = (),
    removed: Collection[str] = (),
    version: int | None = None,
) -> Generation:
    """The next version: `removed` articles (slugs) are gone, `added` are there, older texts of them are gone.

    It starts from the newest version or from `version`. Takes milliseconds, for it writes only what is new; one
    process at a time may do it (the indexer).
    """
    newest = _versions(folder)[-1]
    manifest = json.loads(_manifest(folder, version or newest).read_text())
    records = list(added)
    gone = set(removed) | {record.passage.article for record in records}
    segments = [
        {"segment": entry["segment"], "dead": sorted({*entry["dead"], *gone})}
        for entry in manifest["segments"]
    ]
    if records:
        name = f"delta-{newest + 1:04}"
        shutil.rmtree(folder / name, ignore_errors=True)  # of a change that was killed
        write_segment(folder / name, records, encoder=manifest["encoder"])
        segments.append({"segment": name, "dead": []})
    _write_manifest(folder, newest + 1, manifest["encoder"], segments)
    return open_generation(folder)


def open_generation(folder: Path, version: int | None = None) -> Generation:
    """Opens the newest version, or that one. Raises IndexStale when there is none or it is not whole."""
    try:
        chosen = _versions(folder)[-1] if version is None else version
        manifest = json.loads(_manifest(folder, chosen).read_text())
        parts = [
            _part(open_segment(folder / entry["segment"]), frozenset(entry["dead"]))
            for entry in manifest["segments"]
        ]
    except (FileNotFoundError, NotADirectoryError, IndexError, ValueError) as error:
        raise IndexStale(f"There is no whole index generation in {folder.name}.") from error
    return Generation(folder, chosen, parts, manifest["encoder"])


def open_named(path: Path) -> Generation:
    """Opens what `folder@3` names: version 3 of that folder, or the newest where no version is said. Raises IndexStale."""
    name, _, version = path.name.partition("@")
    return open_generation(path.with_name(name), int(version) if version else None)


def verify_generation(folder: Path) -> list[str]:
    """Files of the newest version whose content is not what was written; empty when all is well."""
    generation = open_generation(folder)
    wrong = [
        f"{part.segment.folder.name}/{name}"
        for part in generation.parts
        for name in part.segment.wrong_files()
    ]
    generation.close()
    return wrong


def _is_of(about: About, filters: Filters) -> bool:
    title = fold(about.title)
    return about.updated >= filters.since and all(word in title for word in filters.title)


def _part(segment: Segment, dead: frozenset[str]) -> Part:
    alive_article = np.array([name not in dead for name in segment.names["article"]], bool)
    codes = segment.codes["article"]
    return Part(segment, alive_article[codes] if len(codes) else np.empty(0, bool))


def _versions(folder: Path) -> list[int]:
    found = (_MANIFEST.fullmatch(entry.name) for entry in folder.iterdir())
    return sorted(int(match.group(1)) for match in found if match)


def _manifest(folder: Path, version: int) -> Path:
    return folder / f"manifest-{version:04}.json"


def _write_manifest(
    folder: Path, version: int, encoder: str, segments: list[dict[str, object]]
) -> None:
    path = _manifest(folder, version)
    part = path.with_suffix(".part")
    part.write_text(json.dumps({"version": version, "encoder": encoder, "segments": segments}))
    sync(part)
    os.link(part, path)  # unlike a rename, fails when another indexer wrote this version first
    part.unlink()
    sync(folder)

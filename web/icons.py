"""The icons of the settings: django-unfold's typeface of thousands, cut down to those that its pages and ours can name."""

from __future__ import annotations

import os
import re
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

FONT = "unfold/fonts/material-symbols/Material-Symbols-Outlined.woff2"
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789_"
"""An icon stands where its name is written: the letters stay, and what they join to."""
_WORD = re.compile(r"\b[a-z][a-z0-9_]+\b")
_DRAWN = re.compile(r"content:\s*[\"']([a-z0-9_]+)[\"']")


@cache
def words() -> frozenset[str]:
    """Whatever may name an icon: the words of unfold's templates and classes, what its styles write, and our own settings."""
    spec = find_spec("unfold")
    theirs = Path(spec.origin).parent if spec is not None and spec.origin else None
    folders = [Path(__file__).with_name("admin"), *([theirs] if theirs else [])]
    named = {".html": _WORD, ".py": _WORD, ".css": _DRAWN}
    return frozenset(
        word
        for folder in folders
        for file in folder.rglob("*")
        if file.suffix in named
        for word in named[file.suffix].findall(file.read_text(encoding="utf-8"))
    )


def cut(font: Path, folder: Path) -> Path:
    """The typeface with those icons alone, made once in this folder; the whole one where that cannot be written."""
    content = font.read_bytes()
    named = sha256(content + "\n".join(sorted(words())).encode()).hexdigest()[:32]
    copy = folder / f"{named}.woff2"
    if copy.exists():
        return copy
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial = copy.with_name(f"{copy.name}.{os.getpid()}")
        _write(font, partial)
        partial.replace(copy)
    except OSError:
        return font
    return copy


def spelled(font: Any) -> dict[str, str]:
    """The icons of a typeface: the glyph of each word that becomes one. `font`: a `fontTools.ttLib.TTFont`."""
    letters = {glyph: chr(code) for code, glyph in font.getBestCmap().items()}
    found = {}
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            for first, joined in table.ligatures.items():
                for one in joined:
                    word = "".join(letters.get(glyph, " ") for glyph in (first, *one.Component))
                    found[word] = one.LigGlyph
    return found


def _write(font: Path, to: Path) -> None:
    from fontTools import subset  # half a second, of the first start alone
    from fontTools.ttLib import TTFont

    with TTFont(font) as whole:
        options = subset.Options(
            layout_closure=False, layout_features=["*"], drop_tables=["FFTM"], hinting=False
        )
        cutting = subset.Subsetter(options)
        shapes = [shape for word, shape in spelled(whole).items() if word in words()]
        cutting.populate(glyphs=shapes, text=LETTERS)
        cutting.subset(whole)
        whole.flavor = "woff2"
        whole.save(to)

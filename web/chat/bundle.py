"""One classic script out of the widget's modules, words and style; no JavaScript toolchain is needed for it.

Modules are concatenated inside one function in the order in which they need one another, so their
top-level names must differ: a test says so if two collide.
"""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).parent
MODULES = (
    "texts",
    "memory",
    "wire",
    "tabs",
    "talk",
    "dom",
    "thread",
    "log",
    "tray",
    "welcome",
    "panel",
    "element",
)

_EXPORT = re.compile(r"^export (?=async function|function|class|const)", re.MULTILINE)
_COMMENT_LINE = re.compile(r"^[ \t]*//.*\n", re.MULTILINE)
_DOC = re.compile(r"^[ \t]*/\*\*.*?\*/[ \t]*\n", re.MULTILINE | re.DOTALL)
_MARGIN = re.compile(r"^[ \t]+|\n(?=\n)", re.MULTILINE)
"""No text of ours goes over lines, so none of this is part of one; a test sees to that."""
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Bundle:
    """`etag` is quoted and changes with the content; `gzipped` is `script` compressed."""

    script: bytes
    gzipped: bytes
    etag: str


@cache
def bundle() -> Bundle:
    """The widget as it is served at /chat/widget.js; read from disk once per process."""
    parts = [f"const LOCALES = {_json(_locales())};", f"const STYLE = {_json(_style())};"]
    for module in MODULES:
        source = (HERE / "widget" / f"{module}.js").read_text(encoding="utf-8")
        parts.append(
            _MARGIN.sub("", _EXPORT.sub("", _DOC.sub("", _COMMENT_LINE.sub("", source)))).strip()
        )
    script = ('(() => {\n"use strict";\n' + "\n".join(parts) + "\n})();\n").encode()
    return Bundle(script, gzip.compress(script, 9, mtime=0), f'"{sha256(script).hexdigest()[:20]}"')


def _locales() -> dict[str, dict[str, str]]:
    files = sorted((HERE / "locales").glob("*.json"))
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}


def _style() -> str:
    text = (HERE / "widget" / "widget.css").read_text(encoding="utf-8")
    return re.sub(r"\s+", " ", _CSS_COMMENT.sub("", text)).strip()


def _json(value: object) -> str:
    """JSON that is also JavaScript wherever it stands (also inside a <script> element)."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")

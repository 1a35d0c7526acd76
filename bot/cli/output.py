"""How every command speaks: progress to standard error, results to standard output, one JSON object last with --json."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer

Text = Annotated[str, typer.Option(help="Name of the text column.")]
Label = Annotated[str, typer.Option(help="Name of the label column.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on the last line.")]


def progress(line: str) -> None:
    """Tells a person how far long work is."""
    print(line, file=sys.stderr, flush=True)


def result(values: Mapping[str, Any], as_json: bool) -> None:
    """The outcome: one JSON object, or a line a value."""
    if as_json:
        print(json.dumps(dict(values), ensure_ascii=False, default=str), flush=True)
        return
    width = max((len(str(name)) for name in values), default=0)
    for name, value in values.items():
        shown = f"{value:.4f}" if isinstance(value, float) else value
        print(f"{name:<{width}}  {shown}")

"""The table of a report as a Parquet file, for programs that analyse it; needs the `parquet` extra. What is in it is `bot.figures`'."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from io import BytesIO

from core.errors import NotFound

COLUMNS = (
    ("measure", "string"),
    ("key", "string"),
    ("count", "int64"),
    ("hits", "int64"),
    ("value", "float64"),
    ("p90", "float64"),
    ("mean", "float64"),
    ("unit", "string"),
)


def is_there() -> bool:
    """Whether this installation can write it."""
    return find_spec("pyarrow") is not None


def written(rows: Iterable[Sequence[object]], by: str) -> bytes:
    """The file; rows as COLUMNS say. `by`: what the keys are, kept in the file's own description. Raises `NotFound`."""
    if not is_there():
        raise NotFound(
            "Parquet files need another package here: pip install 'threadline[parquet]'."
        )
    # Imported by who asks for such a file: it is larger than the rest of this process.
    import pyarrow
    from pyarrow import parquet

    schema = pyarrow.schema(COLUMNS, metadata={"parted_by": by})
    names = [name for name, _ in COLUMNS]
    table = pyarrow.Table.from_pylist(
        [dict(zip(names, row, strict=True)) for row in rows], schema=schema
    )
    out = BytesIO()
    parquet.write_table(table, out, compression="zstd")
    return out.getvalue()

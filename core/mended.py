"""Text out of JSON or YAML as it can be written: these can name half of a character, which nothing can encode. Reading files does not belong here."""

from __future__ import annotations

from typing import Any


def mended(value: Any) -> Any:
    """The value as JSON gives it, halves of one character put together where both are there, and else replaced."""
    match value:
        case str() if value.isascii():
            return value
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case dict():
            return {mended(name): mended(one) for name, one in value.items()}
        case list() | tuple():
            return [mended(one) for one in value]
        case _:
            return value

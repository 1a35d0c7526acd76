"""Where passages are found, as the settings choose: in the files of a generation, or in Milvus. Finding itself is `kb_index`'s."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from bot.settings import Settings
from core.errors import PermanentFailure

if TYPE_CHECKING:
    from kb_index.generation import Generation
    from kb_index.milvus import Milvus


def opened(settings: Settings, folder: Path) -> Generation:
    """The generation that `folder@3` names, searched where the settings say. Raises `IndexStale`."""
    from kb_index.generation import open_named

    generation = open_named(folder)
    engine = _engine_of(settings)
    return generation if engine is None else engine.attach(generation)


def publish(settings: Settings, generation: Generation, brand: str) -> None:
    """Brings a generation that is about to serve to where it is searched; nothing where that is its own files.
    Raises `IndexStale`: then what served before goes on."""
    engine = _engine_of(settings)
    if engine is not None:
        engine.publish(generation)
        engine.serve(generation, brand)


def _engine_of(settings: Settings) -> Milvus | None:
    chosen = settings.index
    if not chosen.milvus:
        return None
    return _milvus(chosen.milvus, chosen.milvus_token.get_secret_value(), chosen.milvus_prefix)


@cache
def _milvus(uri: str, token: str, prefix: str) -> Milvus:
    try:
        from kb_index.milvus import Milvus
    except ImportError as problem:
        raise PermanentFailure(
            "Milvus needs another package: pip install 'threadline[milvus]'"
        ) from problem
    return Milvus(uri, token, prefix)

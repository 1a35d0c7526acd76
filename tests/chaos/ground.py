"""What a run stands on: a database of its own and a copy of the prepared state (`tests.prepared`). No Django before it is set up here."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.bootstrap import set_up_django
from tests.fakes.postgresql import Server, running_postgresql
from tests.fakes.redis_server import RedisServer, running_redis
from tests.prepared import prepared_state

KINDS = ("sqlite", "postgresql")


@dataclass(frozen=True, slots=True)
class Ground:
    """`url`: of the PostgreSQL database, empty on SQLite, as `server` is None there. `redis`: where it is wanted."""

    state: Path
    url: str
    server: Server | None
    redis: RedisServer | None = None


@contextmanager
def ground(kind: str, *, has_redis: bool = False) -> Iterator[Ground]:
    """A state folder with everything trained, on that database; the models are made first where they are missing
    (minutes, once). Everything is gone afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="threadline-chaos-") as folder,
        _database(kind) as (url, server),
        _redis(Path(folder) / "redis", has_redis) as redis,
    ):
        state = prepared_state(Path(folder) / "state", url)
        os.environ["THREADLINE_STATE"] = str(state)
        if url:
            os.environ["THREADLINE_DATABASE__URL"] = url
        if redis is not None:
            os.environ["THREADLINE_REDIS__URL"] = redis.url
        set_up_django()
        yield Ground(state, url, server, redis)


@contextmanager
def _redis(folder: Path, is_wanted: bool) -> Iterator[RedisServer | None]:
    if not is_wanted:
        yield None
        return
    folder.mkdir()
    with running_redis(folder) as server:
        yield server


@contextmanager
def _database(kind: str) -> Iterator[tuple[str, Server | None]]:
    if kind == "sqlite":
        yield "", None
        return
    with running_postgresql() as server:
        server.run("createdb", "chaos")
        yield server.url("chaos"), server

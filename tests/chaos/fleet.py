"""Several of each process over one database, as on several machines: a second `web`, `brain` and `rasa`, three more `work`.

`python -m tests.chaos.fleet`, with the second web's port in FLEET_PORT. They know nothing of one another.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace

from bot.bootstrap import set_up_django
from bot.logs import set_up_logs
from bot.settings import Settings, Web

set_up_django("web.django_settings")

from bot.cli.output import progress  # noqa: E402 - the settings come first
from bot.setup import prepare  # noqa: E402
from bot.supervisor import Child, Ready, children_of, supervise  # noqa: E402

EACH = {"web": 2, "work": 4, "brain": 2, "rasa": 2}


def second(settings: Settings, ready: Ready) -> list[Child]:
    """The processes of the second machine, and another worker of each."""
    port = int(os.environ["FLEET_PORT"])
    there = settings.model_copy(
        update={"web": Web.model_validate({**settings.web.model_dump(), "port": port})}
    )
    children = [
        replace(
            child,
            env={**child.env, "THREADLINE_WEB__PORT": str(port)},
            log=child.log.with_stem(f"{child.name}-2"),
        )
        for child in children_of(there, ready)
    ]
    worker = next(child for child in children if child.name == "work")
    more = [replace(worker, log=worker.log.with_stem(f"work-{n}")) for n in (3, 4)]
    return [*children, *more]


def main() -> int:
    """Runs until SIGTERM, as `threadline up` does."""
    settings = Settings()
    set_up_logs(settings.log_level, "up")
    ready = prepare(settings, progress)
    return asyncio.run(supervise(settings, ready, progress, second(settings, ready)))


if __name__ == "__main__":
    raise SystemExit(main())

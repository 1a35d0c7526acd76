"""Several of each process over one database, as on several machines: a second `web`, `brain` and `rasa`, three more `work`.

`python -m tests.chaos.fleet`, with the second web's port in FLEET_PORT. They know nothing of one another.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path

from bot.bootstrap import set_up_django
from bot.logs import set_up_logs
from bot.settings import Settings, Web

set_up_django("web.django_settings")

from bot.cli.output import progress  # noqa: E402 - the settings come first
from bot.setup import prepare  # noqa: E402
from bot.supervisor import Child, Ready, children_of, supervise  # noqa: E402

SHARED = ("files", "history", "index", "knowledge", "learning", "models", "static")
"""What may not be there yet when the second machine starts."""
EACH = {"web": 2, "work": 4, "brain": 2, "rasa": 2}


def second(settings: Settings, ready: Ready) -> list[Child]:
    """The processes of the second machine, and another worker of each."""
    port, state = os.environ["FLEET_PORT"], str(twin(settings.state))
    there = settings.model_copy(
        update={"web": Web.model_validate({**settings.web.model_dump(), "port": int(port)})}
    )
    children = [
        replace(
            child,
            env={**child.env, "THREADLINE_WEB__PORT": port, "THREADLINE_STATE": state},
            log=child.log.with_stem(f"{child.name}-2"),
        )
        for child in children_of(there, ready)
    ]
    worker = next(child for child in children if child.name == "work")
    more = [replace(worker, log=worker.log.with_stem(f"work-{n}")) for n in (3, 4)]
    return [*children, *more]


def twin(state: Path) -> Path:
    """The state folder as another machine sees it: shared, but for the bells, which no machine hears of another."""
    there = state.with_name(f"{state.name}-there")
    there.mkdir(mode=0o700)
    for name in SHARED:
        (state / name).mkdir(exist_ok=True)
    for entry in state.iterdir():
        if entry.name != "bells":
            (there / entry.name).symlink_to(entry)
    return there


def main() -> int:
    """Runs until SIGTERM, as `threadline up` does."""
    settings = Settings()
    set_up_logs(settings.log_level, "up")
    ready = prepare(settings, progress)
    return asyncio.run(supervise(settings, ready, progress, second(settings, ready)))


if __name__ == "__main__":
    raise SystemExit(main())

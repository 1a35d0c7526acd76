"""Commands that run the product: `up` and its four processes, and `doctor`."""

from __future__ import annotations

import asyncio
import os
from typing import Annotated

import typer
import uvloop

from bot.bootstrap import build_brain, build_dialogue, build_house, encoder_of, set_up_django
from bot.cli.output import Json, progress, result
from bot.logs import set_up_logs
from bot.settings import Settings
from bot.tracing import set_up_tracing


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the program."""
    for command in (up, setup, web, work, brain, rasa, migrate, doctor):
        app.command()(command)


def up(
    demo: Annotated[bool, typer.Option(help="Make and use the demo workspace.")] = False,
) -> None:
    """Set up what is missing, then start web, work, brain and rasa together; Ctrl-C stops all."""
    if demo:
        os.environ["THREADLINE_DEMO"] = "1"
    settings = Settings()
    set_up_logs(settings.log_level, "up")
    set_up_django("web.django_settings")
    from bot.setup import prepare
    from bot.supervisor import supervise

    ready = prepare(settings, progress)
    raise typer.Exit(asyncio.run(supervise(settings, ready, progress)))


def setup(
    part: Annotated[str, typer.Argument(help="`all`, or `rasa` for its environment and rules.")],
) -> None:
    """Make what `up` would make, and stop."""
    settings = Settings()
    set_up_logs(settings.log_level, "setup")
    set_up_django("web.django_settings")
    from bot.setup import prepare, prepare_rasa

    ready = prepare_rasa(settings, progress) if part == "rasa" else prepare(settings, progress)
    for line in ready.notices:
        progress(line)


def web() -> None:
    """Serve pages, chat, webhooks and event streams."""
    settings = Settings()
    set_up_logs(settings.log_level, "web")
    set_up_tracing(settings.tracing, "web")
    set_up_django("web.django_settings")
    from web.serve import serve

    serve(build_house(settings))


def work() -> None:
    """Think, deliver, fetch mail and watch clocks."""
    settings = Settings()
    set_up_logs(settings.log_level, "work")
    set_up_tracing(settings.tracing, "work")
    set_up_django()
    from bot.metrics import Circuits
    from bot.metrics_server import serve_metrics
    from bot.work import Worker, worker_name

    async def run() -> None:
        name = os.environ.get("THREADLINE_WORKER") or worker_name()
        async with build_dialogue(settings) as dialogue:
            circuits = Circuits(dialogue.brain_breaker, dialogue.rasa_breaker)
            stop = serve_metrics(settings.metrics, "work", [circuits])
            await Worker(build_house(settings), dialogue, name).run()
            stop()

    uvloop.run(run())


def brain() -> None:
    """Hold the models: understanding, search and routing, on loopback only."""
    settings = Settings()
    set_up_logs(settings.log_level, "brain")
    set_up_tracing(settings.tracing, "brain")
    set_up_django()
    # Before numpy and FAISS are loaded: their own threads wake up for vectors so small that it costs more than it saves.
    for library in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(library, str(settings.brain.threads))
    from bot.serve_brain import serve_brain

    serve_brain(settings, build_brain, encoder_of)


def rasa() -> None:
    """Run Rasa in its own environment, as `up` would."""
    set_up_django()
    from bot.supervisor import rasa_process

    settings = Settings()
    command = rasa_process(settings, os.environ)
    os.chdir(command.cwd)
    os.execve(command.argv[0], list(command.argv), command.env)  # noqa: S606 - our own command line


def migrate() -> None:
    """Bring the database to the present schema."""
    set_up_django("web.django_settings")
    from bot.setup import migrate_database

    migrate_database(Settings())


def doctor(json: Json = False) -> None:
    """Show the effective configuration, versions, and the state of each part with its remedy."""
    set_up_django("web.django_settings")
    from bot.doctor import examine

    report = examine(Settings())
    result(report, json)
    raise typer.Exit(0 if report["status"] != "down" else 1)

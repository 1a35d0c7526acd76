"""Commands over what is learned: `learn gaps|publish|check|trust|teach|read|drift|simulate|measure`. What they do is in `bot`, in the module of that subject."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from bot.bootstrap import build_house, set_up_django
from bot.cli.output import Json, progress, result

learn = typer.Typer(no_args_is_help=True, help="Gaps, lessons, and what ratings say.")


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the program."""
    app.add_typer(learn, name="learn")


@learn.command()
def gaps(
    days: Annotated[int, typer.Option(help="How far to look back.")] = 90, json: Json = False
) -> None:
    """Cluster the questions that nobody could answer; the gaps stand in the settings, dearest first."""
    set_up_django()
    from bot.gaps import find_gaps

    result(find_gaps(build_house(), days=days), json)


@learn.command()
def publish(gap: Annotated[UUID, typer.Argument(help="Its id.")], json: Json = False) -> None:
    """Make the article of a gap live, as it was drafted or edited, and ask the gap's questions again."""
    set_up_django()
    from bot.gaps import publish_gap

    result(publish_gap(build_house(), gap), json)


@learn.command()
def check(gap: Annotated[UUID, typer.Argument(help="Its id.")], json: Json = False) -> None:
    """Ask the questions of a gap again: which are answered now, by which article, which are still not."""
    set_up_django()
    from bot.gaps import check_gap

    result(check_gap(build_house(), gap), json)


@learn.command()
def trust(json: Json = False) -> None:
    """Ask every rated question again: how far can the confidence of answers be trusted?"""
    set_up_django()
    from bot.trust import measure_trust

    result(measure_trust(build_house()), json)


@learn.command()
def teach(json: Json = False) -> None:
    """Learn from all accepted lessons; what is worse than what serves on questions set aside does not serve."""
    set_up_django()
    from bot.teach import teach as run

    result(run(build_house(), progress), json)


@learn.command()
def read(
    address: Annotated[str, typer.Argument(help="A page, `uploads` or `sample`.")],
    json: Json = False,
) -> None:
    """Read a source of knowledge that somebody named in the settings; how it went stands there."""
    set_up_django()
    from bot.sources import read_now

    result(read_now(build_house(), address), json)


@learn.command()
def drift(json: Json = False) -> None:
    """Compare the tickets of the last 28 days with those that the router learned from; the signs stand in the settings."""
    set_up_django()
    from bot.drifting import measure_drift

    result(measure_drift(build_house()), json)


@learn.command()
def simulate(
    of: Annotated[UUID, typer.Argument(help="The simulation's id.")], json: Json = False
) -> None:
    """Play what somebody asked for on the simulator's page in the settings; what came out stands there."""
    set_up_django()
    from bot.compared import play_simulation

    result(play_simulation(build_house(), of), json)


@learn.command()
def measure(
    of: Annotated[UUID, typer.Argument(help="The trial's id.")], json: Json = False
) -> None:
    """Count what a trial of another policy has achieved so far; the report stands in the settings."""
    set_up_django()
    from bot.compared import measure_trial

    result(measure_trial(build_house(), of), json)

"""Commands over routing: `simulate`, `import tickets`, `policy`. The deeds are verbs of `bot`; measuring is `threadline eval routing`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.bootstrap import build_house, set_up_django
from bot.cli.output import Json, progress, result
from bot.settings import Settings

imports = typer.Typer(no_args_is_help=True, help="Bring in what other help desks know.")

policies = typer.Typer(no_args_is_help=True, help="The rules around the router.")


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the program."""
    app.command()(simulate)
    app.add_typer(imports, name="import")
    app.add_typer(policies, name="policy")


@imports.command("tickets")
def tickets_(
    file: Annotated[
        Path, typer.Argument(help="CSV or JSONL, .gz too: an export or your own table.")
    ],
    columns: Annotated[
        str, typer.Option("--map", help="text=Subject+Body,category=...,team=...,priority=...")
    ] = "",
    teams: Annotated[str, typer.Option(help="theirs=ours,...: names of teams.")] = "",
    skills: Annotated[str, typer.Option(help="theirs=ours,...: names of skills.")] = "",
    source: Annotated[str, typer.Option(help="Where they come from; a later import updates.")] = "",
    json: Json = False,
) -> None:
    """Bring past tickets in, as Zendesk, Freshdesk or ServiceNow export them; twice is once."""
    set_up_django()
    from bot.past import import_tickets, past_rows
    from bot.training import unknown_skills, unknown_teams

    house = build_house()
    found = import_tickets(house, file, columns, teams, source, progress, skills)
    for one in found["unreadable"]:
        progress(f"{file}, line {one['line']}: {one['reason']}")
    rows = past_rows(house)
    unknown = {"unknown_teams": unknown_teams(rows), "unknown_skills": unknown_skills(rows)}
    result(found | unknown, json)


@imports.command()
def forget(
    source: Annotated[str, typer.Argument(help="As `import tickets` named it.")],
    json: Json = False,
) -> None:
    """Erase all imported tickets of a source."""
    set_up_django()
    from bot.past import forget_tickets

    result(forget_tickets(build_house(), source), json)


@policies.command()
def check(
    file: Annotated[Path, typer.Argument(help="TOML, as docs/router.md says.")],
    history: Annotated[
        str, typer.Option(help="`examples`, `imported`, or a file of past tickets.")
    ] = "examples",
    json: Json = False,
) -> None:
    """Say what is wrong with a policy, and what each rule would have changed in past tickets. Status 1: hardly meant."""
    set_up_django()
    from bot.policies import checked, known_teams
    from bot.rehearse import rows_of

    settings = Settings()
    found = checked(file, rows_of(settings, history), known_teams(settings))
    if json:
        result(found, True)
    else:
        print(f"{found['name']}  {found['version'][:16]}  of {found['effect']['tickets']} tickets:")
        for rule in found["rules"]:
            print(
                f"  {rule['rule']:<28} fired {rule['fired']:>6}  moved {rule['moved']:>6}  "
                f"reprioritised {rule['reprioritised']:>6}"
            )
    for problem in found["problems"]:
        progress(problem)
    raise typer.Exit(1 if found["problems"] else 0)


@policies.command()
def use(
    file: Annotated[Path, typer.Argument(help="TOML, as docs/router.md says.")],
    json: Json = False,
) -> None:
    """Put a policy into service at once; `models rollback policy` goes back."""
    set_up_django()
    from bot.policies import use_policy

    result(use_policy(build_house(), file), json)


@policies.command()
def again(ticket: Annotated[int, typer.Argument(help="Its number.")], json: Json = False) -> None:
    """Decide a ticket once more from what is stored of it. Status 1: not byte for byte the same."""
    set_up_django()
    from bot.again import decided_again

    found = decided_again(build_house(), ticket)
    result(found, json)
    raise typer.Exit(0 if found["is_same"] else 1)


@policies.command()
def escalation(
    priority: Annotated[str, typer.Option(help="critical, high, medium or low.")] = "medium",
    category: Annotated[str, typer.Option(help="Of the ticket.")] = "",
    tier: Annotated[str, typer.Option(help="Of the customer.")] = "standard",
    sla: Annotated[str, typer.Option(help="Name of the promise; the usual one.")] = "",
    at: Annotated[datetime | None, typer.Option(help="When it is opened, in UTC; now.")] = None,
    days: Annotated[int, typer.Option(min=1, max=60, help="How long nobody touches it.")] = 14,
    json: Json = False,
) -> None:
    """What the escalation matrix would do, and when, to a ticket that nobody touches."""
    set_up_django()
    from bot.escalation import rehearse
    from core.decision import Priority
    from core.errors import MalformedPayload

    if priority.upper() not in Priority.__members__:
        raise MalformedPayload("A priority is critical, high, medium or low.")
    opened = at.replace(tzinfo=UTC) if at else build_house().clock()
    found = rehearse(opened, Priority[priority.upper()], category, tier, sla, days)
    for one in found["steps"]:
        progress(f"{one['at']}  {one['action']}, as {one['because']}; then {one['priority']}")
    result(found if json else found | {"steps": len(found["steps"])}, json)


@policies.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A TaskRouter workflow, JSON.")],
    out: Annotated[Path, typer.Option(help="Where the policy goes, TOML.")],
    queues: Annotated[str, typer.Option(help="theirs=ours,...: queues to teams.")] = "",
    priorities: Annotated[str, typer.Option(help="50=high,...: what their numbers mean.")] = "",
    json: Json = False,
) -> None:
    """Write a Twilio TaskRouter workflow as a policy, and say what has no place in one."""
    set_up_django()
    from bot.policies import imported

    text, left_out = imported(file, queues, priorities)
    out.write_text(text, encoding="utf-8")
    _tell(left_out)
    result({"policy": str(out), "left_out": left_out}, json)


@policies.command()
def export(
    out: Annotated[Path, typer.Option(help="Where the workflow goes, JSON.")],
    file: Annotated[Path | None, typer.Option(help="TOML; else the policy in service.")] = None,
    queues: Annotated[str, typer.Option(help="ours=theirs,...: teams to queues.")] = "",
    json: Json = False,
) -> None:
    """Write a policy as a Twilio TaskRouter workflow, and say what has no place in one."""
    from json import dumps

    set_up_django()
    from bot.policies import exported, policy_in_service

    workflow, left_out = exported(file or policy_in_service(Settings()), queues)
    out.write_text(dumps(workflow, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    _tell(left_out)
    result({"workflow": str(out), "left_out": left_out}, json)


def _tell(left_out: list[dict[str, str]]) -> None:
    for one in left_out:
        progress(f"left out of {one['in']}: {one['what']}")


def simulate(
    history: Annotated[
        str, typer.Option(help="`generated`, `imported`, or a file of past tickets.")
    ] = "generated",
    policy: Annotated[
        list[str] | None,
        typer.Option(
            help="round_robin, by_priority, routed, full, or a TOML file (its targets are followed); twice or more."
        ),
    ] = None,
    tickets: Annotated[int, typer.Option(min=0, help="How many; 0: 10,000, or all.")] = 0,
    agents: Annotated[int, typer.Option(min=0, help="How many people; 0: enough.")] = 0,
    days: Annotated[int, typer.Option(min=0, max=3660, help="How long; 0: 30, or all.")] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Of everything that is drawn.")] = 7,
    staff: Annotated[
        str,
        typer.Option(help="A TOML roster (docs/router.md), or `installation`: your own people."),
    ] = "",
    columns: Annotated[str, typer.Option("--map", help="text=...,team=...: columns.")] = "",
    model: Annotated[Path | None, typer.Option(help="Folder of a trained router.")] = None,
    json: Json = False,
) -> None:
    """Play a month of tickets under several policies and compare: promises kept, waiting, transfers, cost."""
    set_up_django()
    from bot.rehearse import Rehearsal, policy_names, rehearse

    asked = Rehearsal(
        history,
        policy_names(policy or ()),
        columns,
        tickets,
        agents,
        days,
        seed,
        staff,
        model,
    )
    found = rehearse(Settings(), asked, progress)
    if json:
        result(found, True)
        return
    for line in _table(found):
        print(line)


def _table(found: dict[str, Any]) -> list[str]:
    """The comparison for people to read."""
    names = ("all", "critical", "high", "medium", "low")
    titles = "".join(f"{name:>10}" for name in (*names, "p50 min", "p90 min", "passed on", "busy"))
    lines = [f"{found['tickets']} tickets, {found['days']} days, {found['people']} people", ""]
    lines.append(f"{'in time':<20}{titles}{'cost':>12}")
    for plan in found["plans"]:
        kept = "".join(f"{_share(plan['attainment'][name]):>10}" for name in names)
        waits = "".join(f"{plan[f'waiting_p{p}'] / 60:>10.0f}" for p in (50, 90))
        rest = f"{plan['transfers']:>10}{_share(plan['utilisation']):>10}{plan['cost']:>12.0f}"
        lines.append(f"{plan['plan']:<20}{kept}{waits}{rest}")
    for plan in found["plans"]:
        if reached := plan["by_target"]:
            counts = ", ".join(f"{place}: {count}" for place, count in enumerate(reached, 1))
            lines += ["", f"{plan['plan']}, begun at which target of a rule: {counts}"]
    for gap in found["differences"]:
        lines += ["", f"{gap['of']} minus {gap['from']} (95 % interval)"]
        lines += [
            f"  {name:<22}{value['mean']:>12.4f}  [{value['low']:.4f}, {value['high']:.4f}]"
            for name, value in gap.items()
            if isinstance(value, dict)
        ]
    return [*lines, "", "Assumed:", *(f"- {line}" for line in found["assumptions"])]


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"

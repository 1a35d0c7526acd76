"""Commands over what the company knows: `kb ingest|versions|rollback|doubtful`, `ask`."""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from bot.bootstrap import build_brain, build_house, set_up_django
from bot.brain import reconciled
from bot.cli.output import Json, progress, result
from bot.dialogue import capped
from bot.logs import set_up_logs
from bot.settings import Settings
from core.knowledge import Answer, Answering, Question, Within
from core.understanding import Act

kb = typer.Typer(no_args_is_help=True, help="The knowledge base.")


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the program."""
    app.add_typer(kb, name="kb")
    app.command()(ask)


@kb.command()
def ingest(
    source: Annotated[str, typer.Argument(help="Folder, file, or address of a page or sitemap.")],
    brand: str = "default",
    json: Json = False,
) -> None:
    """Bring the knowledge base to what SOURCE says now and switch the index at once."""
    set_up_django()
    from bot.ingest import ingest as run

    report = run(build_house(), source, brand, progress)
    for item in report.unreadable:
        progress(f"not read: {item['path']}: {item['reason']}")
    told = asdict(report)
    result(told if json else {**told, "unreadable": len(report.unreadable)}, json)


@kb.command()
def versions(json: Json = False) -> None:
    """Which index served from when on, newest first."""
    set_up_django()
    from bot.ingest import index_versions

    found = index_versions()
    if json:
        result({"versions": found}, True)
        return
    for one in found:
        mark = "*" if one["is_active"] else " "
        print(f"{mark} {one['activated_at']}  {one['passages']:>9,} passages  {one['generation']}")


@kb.command()
def rollback(json: Json = False) -> None:
    """Back to the index that served before, with the texts it holds; a running product follows within a second."""
    set_up_django()
    from bot.ingest import rollback_index

    result(rollback_index(build_house()), json)


@kb.command()
def doubtful(
    since: Annotated[datetime | None, typer.Option(help="Only answers given since then.")] = None,
    json: Json = False,
) -> None:
    """Past answers whose source has changed or gone since."""
    set_up_django()
    from store.generations import doubtful_answers

    found = doubtful_answers("default", since=_aware(since))
    if json:
        result({"answers": [asdict(one) for one in found]}, True)
        return
    for one in found:
        print(f"{one.at:%Y-%m-%d %H:%M}  {one.conversation}  {', '.join(one.changed)}")


def _aware(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=moment.tzinfo or UTC)


def ask(
    question: Annotated[str, typer.Argument(help="What a customer would ask.")],
    language: str = "",
    on: Annotated[
        datetime | None, typer.Option(help="As the index stood then; a day means its end.")
    ] = None,
    section: Annotated[
        list[str] | None, typer.Option(help="Only articles of this section; may be repeated.")
    ] = None,
    title: Annotated[str, typer.Option(help="Only articles with these words in the title.")] = "",
    since: Annotated[
        datetime | None, typer.Option(help="Only articles that were updated on this day or later.")
    ] = None,
    json: Json = False,
) -> None:
    """Answer one question from the knowledge base; needs no running product."""
    set_up_logs("warning", "ask")
    set_up_django()
    settings = Settings()
    brain = build_brain(settings)
    if on is not None:
        from bot.artefacts import answer_from
        from bot.ingest import served_on

        is_day = (on.hour, on.minute, on.second) == (0, 0, 0)
        moment = _aware(on + timedelta(days=1) if is_day else on)
        assert moment is not None
        answer_from(brain, served_on(build_house(settings), moment), settings.answers)
    # As a channel would bring it: what no encoding can write is replaced, and the rest has an end.
    question = capped(question.encode(errors="replace").decode())
    start = time.perf_counter()
    understood = brain.understand(question, language)
    within = Within(frozenset(section or ()), title, since.date() if since else None)
    asked = Question(question, language=understood.language, within=within)
    answer = brain.answer(asked, understood)
    understood = reconciled(understood, answer)
    total_ms = (time.perf_counter() - start) * 1000
    values: dict[str, Any] = {
        "decision": answer.decision.value,
        "answer": answer.known.text,
        "citations": [asdict(item) for item in answer.known.citations],
        "unanswered": [part.asked for part in answer.unanswered],
        "suggestions": [asdict(item) for item in answer.suggestions],
        "confidence": answer.confidence,
        "alternatives": [asdict(item) for item in answer.alternatives],
        "act": understood.act.value,
        "generation": answer.generation,
        "total_ms": round(total_ms, 2),
    }
    if json:
        result(values, True)
        return
    _print(answer)
    if answer.decision is not Answering.ANSWER and understood.act is not Act.ASK:
        print(f"  understood as: {understood.act.value}")


def _print(answer: Answer) -> None:
    from bot.degrade import links_of

    print(answer.known.text or f"({answer.decision.value})")
    for source in links_of(answer.known.citations, ""):
        print(f"  from: {source.title} {source.url}")
    for part in answer.unanswered:
        print(f"{part.asked}\n({part.decision.value})")

"""Commands over what the company knows: `kb ingest`, `ask`."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Annotated, Any

import typer

from bot.bootstrap import build_brain, build_house, set_up_django
from bot.brain import reconciled
from bot.cli.output import Json, progress, result
from bot.logs import set_up_logs
from bot.settings import Settings
from core.knowledge import Answering, Question
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
    from bot.workshop import ingest as run

    report = run(build_house(), source, brand, progress)
    for item in report.unreadable:
        progress(f"not read: {item['path']}: {item['reason']}")
    result(asdict(report), json)


def ask(
    question: Annotated[str, typer.Argument(help="What a customer would ask.")],
    language: str = "",
    json: Json = False,
) -> None:
    """Answer one question from the knowledge base; needs no running product."""
    set_up_logs("warning", "ask")
    set_up_django()
    brain = build_brain(Settings())
    start = time.perf_counter()
    understood = brain.understand(question, language)
    asked = Question(question, language=understood.language)
    answer = brain.answer(asked, understood)
    understood = reconciled(understood, answer)
    total_ms = (time.perf_counter() - start) * 1000
    values: dict[str, Any] = {
        "decision": answer.decision.value,
        "answer": answer.text,
        "citations": [asdict(item) for item in answer.citations],
        "suggestions": [asdict(item) for item in answer.suggestions],
        "confidence": answer.confidence,
        "alternatives": [asdict(item) for item in answer.alternatives],
        "act": understood.act.value,
        "total_ms": round(total_ms, 2),
    }
    if json:
        result(values, True)
        return
    print(answer.text or f"({answer.decision.value})")
    for title, url in dict.fromkeys((c.title, c.url) for c in answer.citations):
        print(f"  from: {title} {url}")
    if answer.decision is not Answering.ANSWER and understood.act is not Act.ASK:
        print(f"  understood as: {understood.act.value}")

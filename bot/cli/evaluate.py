"""`threadline eval`: measures what serves, on anybody's data; needs no database, settings or running product."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.output import Json, Label, Text, progress, result

app = typer.Typer(no_args_is_help=True, help="Measure on your own data.")


@app.command()
def intents(
    train: Annotated[Path, typer.Option(help="CSV with text and intent.")],
    test: Annotated[Path, typer.Option(help="CSV with text and intent.")],
    oos_train: Annotated[Path | None, typer.Option(help="Out-of-scope examples.")] = None,
    oos_test: Annotated[Path | None, typer.Option(help="Out-of-scope test rows.")] = None,
    encoder: Annotated[str, typer.Option(help="Name of the encoder.")] = "default",
    tune: Annotated[
        bool | None, typer.Option("--tune/--no-tune", help="Fine-tune the encoder.")
    ] = None,
    text_column: Text = "text",
    label_column: Label = "intent",
    json: Json = False,
) -> None:
    """Intents and scope: accuracy, calibration, and what is out of scope."""
    from nlu.evaluate import evaluate_intents

    values = evaluate_intents(
        train,
        test,
        oos_train,
        oos_test,
        encoder=encoder,
        tune=tune,
        text_column=text_column,
        label_column=label_column,
        progress=lambda step, share: progress(f"{share:4.0%} {step}"),
    )
    result(values, json)


@app.command()
def answers(
    kb: Annotated[Path, typer.Option(help="JSONL of passages or question-answer pairs.")],
    questions: Annotated[Path, typer.Option(help="JSONL of questions.")],
    encoder: Annotated[str, typer.Option(help="Name of the encoder.")] = "default",
    text_column: Text = "text",
    label_column: Annotated[
        str, typer.Option(help="Name of the column with the articles that answer.")
    ] = "",
    plot: Annotated[
        Path | None, typer.Option(help="SVG file for reliability and risk against coverage.")
    ] = None,
    json: Json = False,
) -> None:
    """Answers: retrieval, answerability, coverage at a risk, support of what is said."""
    from kb_index.evaluate import evaluate_answers
    from nlu.encoder import load_encoder
    from nlu.ordinary import real_words

    values = evaluate_answers(
        kb,
        questions,
        load_encoder(encoder),
        text_column=text_column,
        label_column=label_column,
        progress=progress,
        plot=plot,
        words=real_words(),
    )
    result(values, json)


@app.command()
def routing(
    train: Annotated[Path, typer.Option(help="CSV or JSONL, .gz too.")],
    test: Annotated[Path, typer.Option(help="CSV or JSONL, .gz too.")],
    label: Annotated[str, typer.Option(help="Column to predict.")],
    text: Annotated[str, typer.Option(help="Text columns, joined by commas.")] = "text",
    priority: Annotated[str | None, typer.Option(help="Ordinal column to predict too.")] = None,
    encoder: Annotated[str, typer.Option(help="Name of the encoder.")] = "default",
    json: Json = False,
) -> None:
    """Routing: the right queue and priority, and how much can be decided alone."""
    from nlu.encoder import load_encoder
    from router.evaluate import evaluate_routing

    values = evaluate_routing(
        train,
        test,
        label,
        text=text,
        priority=priority,
        encoder=load_encoder(encoder, threads=min(2, os.cpu_count() or 1)),
        progress=progress,
    )
    result(values, json)


@app.command("email-parse")
def email_parse(
    file: Annotated[Path, typer.Argument(help="JSONL with raw_base64 and expected.")],
    verbose: Annotated[bool, typer.Option(help="List every difference.")] = False,
    json: Json = False,
) -> None:
    """Mail parsing against expected fields."""
    from channels.evaluate import evaluate_email_parse

    result(evaluate_email_parse(file, verbose), json)


@app.command("email-replies")
def email_replies(
    file: Annotated[Path, typer.Argument(help="JSONL with input, format and expected.")],
    verbose: Annotated[bool, typer.Option(help="List every difference.")] = False,
    json: Json = False,
) -> None:
    """New text of replies: exact, dropped, quotes left."""
    from channels.evaluate import evaluate_email_replies

    result(evaluate_email_replies(file, verbose), json)


@app.command("email-signatures")
def email_signatures(
    file: Annotated[Path, typer.Argument(help="JSONL with lines and their tags.")],
    verbose: Annotated[bool, typer.Option(help="List every difference.")] = False,
    json: Json = False,
) -> None:
    """Signature lines of mails: precision, recall and F1."""
    from channels.evaluate import evaluate_email_signatures

    result(evaluate_email_signatures(file, verbose), json)

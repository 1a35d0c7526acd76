"""`python -m tests.bench.quality`: the two eval commands over every shared set that they fit, as the tables of docs/measured.md."""

from __future__ import annotations

import argparse
import csv
import json
import platform
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ANSWERS = {
    "StackFAQ dev": ("stackfaq/faq.jsonl", "stackfaq/queries_dev.jsonl"),
    "ClapNQ dev": ("clapnq/kb.jsonl.gz", "clapnq/questions_dev.jsonl"),
    "MTRAG-UN": ("mtrag-un/kb.jsonl.gz", "mtrag-un/questions.jsonl"),
}
BANKING = "banking77/dev_from_train.csv"
CLINC = ("--oos-train", "clinc150/oos_train.csv", "--oos-test", "clinc150/oos_dev.csv")
INTENTS: dict[str, tuple[str, ...]] = {
    "BANKING77, 5 a label": ("banking77/fewshot_train_5.csv", BANKING),
    "BANKING77, 10 a label": ("banking77/fewshot_train_10.csv", BANKING),
    "BANKING77, all rows": ("banking77/train_without_dev.csv", BANKING),
    "CLINC150": ("clinc150/train.csv", "clinc150/dev.csv", *CLINC),
    "HINT3 SOFMattress v1": ("hint3/sofmattress_v1_train.csv", "hint3/sofmattress_v1_test.csv"),
    "HINT3 SOFMattress v2": ("hint3/sofmattress_v2_train.csv", "hint3/sofmattress_v2_test.csv"),
}
ENGLISH = "banking77/train_without_dev.csv"
IN_OTHER_WORDS = ("--encoder", "multilingual")
"""What serves where questions and training rows are in different languages."""
OWN = Path(__file__).with_name("banking_es_de.csv")
"""A hundred banking questions in Spanish and German, written for this."""
OF_ANSWERS = (
    "recall_at_1", "recall_at_5", "mrr", "answerability_auroc", "coverage_at_risk_5", "ms_per_query_p50",
)  # fmt: skip
OF_INTENTS = (
    "accuracy", "ece", "in_scope_accuracy", "oos_recall", "mcc", "oos_auroc", "fpr95", "train_seconds",
)  # fmt: skip


def main() -> None:
    """Runs one command after the other and prints the tables; what is not there is passed over, and said."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--only", default="", help="only sets whose name begins so")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found: dict[str, dict[str, Any]] = {"answers": {}, "intents": {}}
    for name, (kb, questions) in ANSWERS.items():
        arguments = ["answers", "--kb", kb, "--questions", questions]
        _measure(options, name, arguments, found["answers"])
    for name, (train, test, *rest) in INTENTS.items():
        arguments = ["intents", "--train", train, "--test", test, *rest]
        _measure(options, name, arguments, found["intents"])
    foreign = {"BANKING77 in Spanish and German": OWN}
    with tempfile.TemporaryDirectory() as folder:
        foreign |= _arabic(options.data / "arbanking77", Path(folder))
        for name, test in foreign.items():
            arguments = ["intents", "--train", ENGLISH, "--test", str(test), *IN_OTHER_WORDS]
            _measure(options, name, arguments, found["intents"])
    if options.json:
        print(json.dumps(found))
        return
    versions = (
        f"{name} {metadata.version(name)}"
        for name in ("numpy", "scikit-learn", "faiss-cpu", "onnxruntime")
    )
    print(f"Python {platform.python_version()}, {', '.join(versions)}\n")
    print(table(found["answers"], OF_ANSWERS))
    print(table(found["intents"], OF_INTENTS))


def _arabic(source: Path, folder: Path) -> dict[str, Path]:
    """The Arabic questions with the English names of their intents, as BANKING77 spells them; nothing where they are not."""
    names, asked = source / "intents.csv", source / "dev_msa_pal.csv"
    english = source.parent / ENGLISH
    if not (names.is_file() and asked.is_file() and english.is_file()):
        return {}
    spelled = {_plain(row["intent"]): row["intent"] for row in _rows(english)}
    meant = {row["label_ar"]: spelled[_plain(row["label_en"])] for row in _rows(names)}
    out = folder / "arabic.csv"
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "intent"])
        writer.writerows([row["text"], meant[row["label"]]] for row in _rows(asked))
    return {"ArBanking77, trained in English": out}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def _measure(
    options: argparse.Namespace, name: str, arguments: list[str], into: dict[str, Any]
) -> None:
    """Through the command itself: its interface is what others measure by."""
    if not name.startswith(options.only):
        return
    files = [options.data / one for one in arguments if "/" in one]
    if missing := [file for file in files if not file.is_file()]:
        print(f"{name}: there is no {missing[0]}", file=sys.stderr)
        return
    paths = [str(options.data / one) if "/" in one else one for one in arguments]
    command = [sys.executable, "-m", "bot", "eval", *paths, "--json"]
    print(f"{name} ...", file=sys.stderr, flush=True)
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    into[name] = json.loads(done.stdout.splitlines()[-1])


def table(rows: dict[str, Any], columns: tuple[str, ...]) -> str:
    """Markdown; `-` where a figure cannot be known."""
    lines = [f"| set | {' | '.join(columns)} |", f"|---|{'---|' * len(columns)}"]
    for name, values in rows.items():
        shown = ("-" if values.get(c) is None else f"{values[c]:.3f}" for c in columns)
        lines.append(f"| {name} | {' | '.join(shown)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()

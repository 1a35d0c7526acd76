"""Rules that every file keeps: who reads the clock, who touches tables, what each process loads."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, files, functions, name_of

CLOCKS = re.compile(
    r"\b(datetime\.now|datetime\.utcnow|datetime\.today|date\.today|timezone\.now|time\.time|auto_now)\b"
)
HEAVY = ("numpy", "sklearn", "faiss", "onnxruntime", "torch", "scipy")


def _code(file: Path) -> str:
    """The source without strings and comments."""
    tree = ast.parse(file.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.unparse(tree)


def test_the_time_of_day_is_read_in_one_place() -> None:
    readers = {name_of(file) for file in files() if CLOCKS.search(_code(file))}
    assert readers == {"bot/clock.py"}


def _touches_tables(node: ast.AST) -> bool:
    """`.objects`, a queryset's own verbs on one, `.save()` and `atomic` as calls; not as values handed on."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call):
            text = ast.unparse(inner.func)
            if ".objects." in text or text.endswith((".atomic", ".refresh_from_db", ".save")):
                return True
    return False


def test_async_code_never_touches_the_tables() -> None:
    offenders = []
    for file in files():
        for node in functions(ast.parse(file.read_text())):
            if not isinstance(node, ast.AsyncFunctionDef):
                continue
            # What an inner plain function does runs where it is called: in a pool.
            body = [item for item in node.body if not isinstance(item, ast.FunctionDef)]
            if any(_touches_tables(item) for item in body):
                offenders.append(f"{name_of(file)}:{node.lineno} {node.name}")
    assert offenders == []


def test_the_rule_on_async_code_would_notice() -> None:
    bad = ast.parse("async def f():\n    Ticket.objects.get(id=1)")
    good = ast.parse("async def f():\n    await run(Ticket.objects.get, id=1)")
    assert _touches_tables(bad)
    assert not _touches_tables(good)


def test_rasa_finds_its_own_package_and_not_ours() -> None:
    assert not list((ROOT / "bot" / "rasa").rglob("__init__.py"))


@pytest.mark.parametrize(
    ("process", "module"), [("work", "bot.work"), ("web", "web.asgi"), ("up", "bot.supervisor")]
)
def test_thinking_is_left_to_the_brain(process: str, module: str, tmp_path: Path) -> None:
    settings = "web.django_settings" if process == "web" else "bot.django_settings"
    code = (
        "import sys, django; django.setup();"
        f"import {module};"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": settings,
        "THREADLINE_STATE": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_a_wide_table_of_the_admin_can_be_scrolled_by_keyboard() -> None:
    """What scrolls sideways on a telephone takes the focus and says what it is."""
    boxes = [
        (page.name, box)
        for page in (ROOT / "web/admin/templates").rglob("*.html")
        for box in re.findall(r"<div[^>]*overflow-x-auto[^>]*>\s*<table", page.read_text())
    ]
    assert boxes
    for page, box in boxes:
        assert 'tabindex="0" role="region" aria-label' in box, page


def test_no_machine_is_named_in_the_repository() -> None:
    patterns = re.compile(r"(?<![\w.])/(?:root|work|home|tmp)/[\w.]")
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    named = [
        name
        for name in tracked
        if name.endswith((".py", ".md", ".toml", ".yml", ".txt", ".ts", ".js"))
        and (ROOT / name).is_file()
        and patterns.search((ROOT / name).read_text(errors="replace"))
    ]
    assert named == []

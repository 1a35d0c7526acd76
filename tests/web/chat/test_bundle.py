"""The one script the widget is: small, safe under a strict policy, and complete in each language."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from channels.webchat_settings import LANGUAGES
from web.chat import bundle as module
from web.chat.bundle import MODULES, bundle

WIDGET = Path(module.__file__).parent / "widget"
LOCALES = Path(module.__file__).parent / "locales"


def words(language: str) -> dict[str, str]:
    loaded: dict[str, str] = json.loads((LOCALES / f"{language}.json").read_text("utf-8"))
    return loaded


def test_it_is_under_thirty_kilobytes() -> None:
    assert len(bundle().gzipped) < 30_000
    assert gzip.decompress(bundle().gzipped) == bundle().script


def test_every_module_is_in_it_once() -> None:
    assert {path.stem for path in WIDGET.glob("*.js")} == set(MODULES)
    assert "export " not in bundle().script.decode()


def test_no_text_goes_over_lines() -> None:
    for path in WIDGET.glob("*.js"):
        source = re.sub(r"^\s*//.*$", "", path.read_text("utf-8"), flags=re.MULTILINE)
        assert not [text for text in re.findall(r"`[^`]*`", source) if "\n" in text], path.name


def test_no_two_modules_declare_the_same_name() -> None:
    declared = re.compile(
        r"^(?:export )?(?:async )?(?:const|let|class|function\*?) (\w+)", re.MULTILINE
    )
    names = [
        name for path in WIDGET.glob("*.js") for name in declared.findall(path.read_text("utf-8"))
    ]
    assert [name for name, count in Counter(names).items() if count > 1] == []


@pytest.mark.parametrize(
    "danger",
    ["innerHTML", "outerHTML", "insertAdjacentHTML", "eval(", "new Function", "document.write"],
)
def test_nothing_turns_text_into_code(danger: str) -> None:
    assert danger not in bundle().script.decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_says_everything_with_the_same_blanks(language: str) -> None:
    english, other = words("en"), words(language)
    assert other.keys() == english.keys()
    for key, text in other.items():
        assert text.strip(), key
        blanks = re.compile(r"\{(\w+)\}")
        assert set(blanks.findall(text)) == set(blanks.findall(english[key])), key


def test_no_word_is_left_over_or_missing() -> None:
    source = "".join(path.read_text("utf-8") for path in WIDGET.glob("*.js"))
    for key in words("en"):
        assert re.search(rf'"{key}"|\b{key}\b', source), f"{key} is never said"
    for key in re.findall(r'\.say\("(\w+)"', source):
        assert key in words("en"), f"{key} has no words"


def test_the_voice_has_no_exclamation_marks() -> None:
    for language in LANGUAGES:
        assert not [text for text in words(language).values() if "!" in text or "¡" in text]

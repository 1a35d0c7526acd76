"""Every phrase of our pages is in every language's catalogue, and the catalogues fit what they were compiled from."""

from __future__ import annotations

import gettext
import re
from pathlib import Path

import pytest

from channels.registry import names
from tests.web.desk.conftest import Day

WEB = Path(__file__).resolve().parents[3] / "web"
LANGUAGES = ("es", "de")
"""Of every page of ours; the desk speaks DESK too."""
DESK = ("fr", "pt", "ar")
_TEMPLATE = re.compile(r"""{%\s*translate\s+(?:"([^"]+)"|'([^']+)')(?:\s+context\s+"([^"]+)")?""")
_PYTHON = re.compile(r"""\bgettext(?:_lazy)?\(\s*"((?:[^"\\]|\\.)+)"\s*,?\s*\)""")


def _phrases(*folders: str) -> set[str]:
    """As a catalogue names them: with the context before a separator."""
    found = set()
    templates = [file for folder in folders or ("",) for file in (WEB / folder).rglob("*.html")]
    for file in templates:
        for double, single, context in _TEMPLATE.findall(file.read_text()):
            phrase = double or single
            found.add(f"{context}\x04{phrase}" if context else phrase)
    for folder in folders or ("desk", "admin", "leads"):
        for file in (WEB / folder).rglob("*.py"):
            found.update(_PYTHON.findall(file.read_text()))
    return found


def _catalogue(language: str) -> dict[object, str]:
    with (WEB / "locale" / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        return gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phrase_is_translated(language: str) -> None:
    phrases = _phrases()
    assert len(phrases) > 200
    known = _catalogue(language)
    assert {phrase for phrase in phrases if not known.get(phrase)} == set()


@pytest.mark.parametrize("language", DESK)
def test_nearly_every_phrase_of_the_desk_is_translated(language: str) -> None:
    phrases = _phrases("desk")
    assert len(phrases) > 200
    known = _catalogue(language)
    # What is new speaks English for a while rather than nothing.
    assert len([phrase for phrase in phrases if not known.get(phrase)]) <= len(phrases) * 0.05


@pytest.mark.parametrize("language", [*LANGUAGES, *DESK])
def test_the_compiled_catalogue_is_that_of_its_source(language: str) -> None:
    source = (WEB / "locale" / language / "LC_MESSAGES" / "django.po").read_text()
    for text in re.findall(r'^msgstr(?:\[0\])? "(.+)"$', source, re.MULTILINE):
        plain = text.replace('\\"', '"').replace("\\\\", "\\")
        assert plain in _catalogue(language).values(), plain


@pytest.mark.parametrize("language", [*LANGUAGES, *DESK])
def test_placeholders_survive_translation(language: str) -> None:
    for phrase, translated in _catalogue(language).items():
        wanted = re.findall(r"%\(\w+\)s", phrase[0] if isinstance(phrase, tuple) else str(phrase))
        assert sorted(re.findall(r"%\(\w+\)s", translated)) == sorted(wanted), phrase


SPOKEN = (
    ("es", "Sin asignar"),
    ("de", "Nicht zugewiesen"),
    ("fr", "Non attribués"),
    ("pt", "Por atribuir"),
    ("ar", "غير مسندة"),
    ("xx", "Unassigned"),
)


def test_the_desk_speaks_the_language_of_the_person(day: Day) -> None:
    amira = day.company.users["amira"]
    for language, word in SPOKEN:
        amira.language = language
        amira.save()
        page = day.client("amira").get(day.path("maya")).content.decode()
        assert word in page
        if language != "xx":
            assert f'<html lang="{language}"' in page
        assert ('dir="rtl"' in page.split(">")[1]) == (language == "ar")


def test_every_channel_has_its_icon() -> None:
    drawn = (WEB / "desk/static/desk/icons.svg").read_text()
    assert [name for name in names() if f'id="{name}"' not in drawn] == []

"""Every phrase of our pages is in every language's catalogue, and the catalogues fit what they were compiled from."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.utils import translation

from bot.board_words import category
from channels.registry import names
from tests.web.desk.conftest import Day
from web.desk.words import categories

WEB = Path(__file__).resolve().parents[3] / "web"
LANGUAGES = ("es", "de", "fr", "pt", "ar")
"""Beside English, in which the phrases are written."""
_TEMPLATE = re.compile(r"""{%\s*translate\s+(?:"([^"]+)"|'([^']+)')(?:\s+context\s+"([^"]+)")?""")
_UNDERLINED = re.compile(r"""[:=]_\("([^"]+)"\)""")
_BLOCK = re.compile(
    r"{%\s*blocktranslate\b[^%]*%}(.*?)(?:{%\s*plural|{%\s*endblocktranslate)", re.S
)
_CALLS = {"gettext", "gettext_lazy", "_", "gettext_noop", "ngettext", "ngettext_lazy"}


def _phrases() -> set[str]:
    """Of all pages, as a catalogue names them: with the context before a separator."""
    found: set[str] = set()
    for file in WEB.rglob("*.html"):
        text = file.read_text()
        for double, single, context in _TEMPLATE.findall(text):
            phrase = double or single
            found.add(f"{context}\x04{phrase}" if context else phrase)
        for block in _BLOCK.findall(text):
            found.add(re.sub(r"{{\s*(\w+)\s*}}", r"%(\1)s", block.replace("%", "%%")))
        found.update(_UNDERLINED.findall(text))
    for file in WEB.rglob("*.py"):
        found.update(_in_python(ast.parse(file.read_text())))
    return found


def _in_python(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        words = [one.value for one in node.args if isinstance(one, ast.Constant)]
        if node.func.id in _CALLS and words:
            yield words[0]
        elif node.func.id.startswith("pgettext") and len(words) > 1:
            yield f"{words[0]}\x04{words[1]}"


def _entries(language: str) -> list[str]:
    """The entries of a catalogue's source, without its head and without those that are out of use."""
    source = (WEB / "locale" / language / "LC_MESSAGES" / "django.po").read_text()
    found = [one.strip() for one in re.split(r"\n\s*\n", source)[1:]]
    return [one for one in found if one and not one.startswith("#~")]


def _catalogue(language: str) -> dict[object, str]:
    with (WEB / "locale" / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        return gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phrase_is_translated(language: str) -> None:
    phrases = _phrases()
    assert len(phrases) > 1_200
    known = {key[0] if isinstance(key, tuple) else key for key in _catalogue(language)}
    assert phrases - known == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_in_a_catalogue_is_empty_or_doubtful(language: str) -> None:
    entries = _entries(language)
    assert len(entries) > 1_200
    assert [one for one in entries if re.search(r"^#,.*fuzzy", one, re.M)] == []
    empty = [
        entry
        for entry in entries
        for said in re.findall(r'^msgstr(?:\[\d\])? ((?:".*"\n?)+)', entry, re.M)
        if not "".join(re.findall(r'"(.*)"', said))
    ]
    assert empty == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_that_of_its_source(language: str) -> None:
    source = (WEB / "locale" / language / "LC_MESSAGES" / "django.po").read_text()
    for text in re.findall(r'^msgstr(?:\[0\])? "(.+)"$', source, re.MULTILINE):
        plain = text.replace('\\"', '"').replace("\\\\", "\\")
        assert plain in _catalogue(language).values(), plain


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_survive_translation(language: str) -> None:
    for phrase, translated in _catalogue(language).items():
        wanted = re.findall(r"%\(\w+\)s", phrase[0] if isinstance(phrase, tuple) else str(phrase))
        assert sorted(re.findall(r"%\(\w+\)s", translated)) == sorted(wanted), phrase


def test_what_the_settings_call_a_channel_is_called_so_everywhere() -> None:
    """The code, the API and the commands name it an inbox; people read channel, or workspace of Slack."""
    known = {str(key[0] if isinstance(key, tuple) else key) for key in _catalogue("de")}
    assert (
        {one for one in known if re.search(r"\binbox", one, re.I)}
        <= {
            "Inbox",
            "inbox email slack teams sms whatsapp telegram voice test",  # words that somebody searches for
        }
    )


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


def test_settings_and_ones_own_account_speak_it_too(day: Day) -> None:
    ada = day.company.users["ada"]
    ada.language = "fr"
    ada.save()
    client = day.client("ada")
    rules = client.get("/admin/store/simulation/").content.decode()
    assert "Tous les réglages" in rules
    assert "La jouer" in rules
    own = client.get("/account/2fa/", headers={"Accept-Language": "de"})
    assert '<html lang="fr"' in own.content.decode()
    assert own["Content-Language"] == "fr"
    stranger = Client(headers={"Accept-Language": "de"}).get("/account/login/")
    assert '<html lang="de"' in stranger.content.decode()


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_a_teams_board_calls_categories_as_the_desk_does(language: str) -> None:
    with translation.override(language):
        desks = {slug: str(words) for slug, words in categories()}
    assert {slug: category(slug, language) for slug in desks} == desks
    assert category("large_orders", language) == "Large orders"

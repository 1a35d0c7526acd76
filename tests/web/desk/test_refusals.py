"""What is refused is said in the reader's language: each sentence that our code raises, and what stands on the page."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
from django.utils import translation

import core.errors
from bot import desk
from core.errors import Conflict, MalformedPayload, Rejected, ThreadlineError
from tests.architecture.source import files, name_of
from tests.web.desk.conftest import Day
from tests.web.desk.test_languages import LANGUAGES, _catalogue
from web.errors import sentence_of

ROOMS = ("core/", "bot/", "store/", "web/", "channels/outside.py")
ELSEWHERE = {
    "bot/cli/": "read on a command line",
    "bot/again.py": "one sentence comes from the brain as it is",
    "bot/artefacts.py": "read on a command line and in the log",
    "bot/glossary.py": "read on a command line",
    "bot/ingest.py": "read on a command line",
    "bot/own_files.py": "read on a command line",
    "bot/past.py": "read on a command line",
    "bot/policies.py": "read on a command line",
    "bot/rehearse.py": "read on a command line",
    "bot/training.py": "read on a command line",
    "store/generations.py": "read on a command line",
    "store/versions.py": "read on a command line",
    "web/arrivals.py": "told to programs: the chat's window has words of its own by status",
    "web/messages.py": "the same",
    "web/bodies.py": "told to programs",
    "web/chats.py": "told to programs: the chat's window has words of its own by status",
    "web/desk_stream.py": "told to programs",
    "web/doors.py": "told to programs",
    "web/streams.py": "told to programs",
}
"""Where a refusal meets no page, and why."""
CARRIED = {
    "bot/guide.py": "what is wrong with a website's address",
    "bot/installing.py": "what the channel says of the provider's refusal",
    "bot/look.py": "what is wrong with a website's address",
    "web/admin/comparing.py": "translated where it is raised",
    "web/company/roles.py": "translated where it is raised",
}
"""Where a sentence is taken from elsewhere as it is."""
KINDS = {
    name: kind
    for name, kind in vars(core.errors).items()
    if isinstance(kind, type) and issubclass(kind, Rejected)
}


def _raised(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS:
            yield node


def _sentence(call: ast.Call) -> str | None:
    """None where it is put together, so that no catalogue can know it."""
    if not call.args:
        assert isinstance(call.func, ast.Name)
        return str(KINDS[call.func.id]().sentence)
    first = call.args[0]
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        return first.value
    return None


def _calls() -> list[tuple[str, ast.Call]]:
    return [
        (name_of(file), call)
        for file in files()
        if name_of(file).startswith(ROOMS) and not name_of(file).startswith(tuple(ELSEWHERE))
        for call in _raised(ast.parse(file.read_text()))
    ]


def _holds(call: ast.Call) -> bool:
    """Whether the values are those that stand in the sentence; one that is carried whole brings its own."""
    wanted = set(re.findall(r"%\((\w+)\)s", _sentence(call) or ""))
    given = {keyword.arg for keyword in call.keywords}
    return given == wanted or (_sentence(call) is None and given == {None})


def test_a_refusal_is_one_sentence_with_values_beside_it() -> None:
    calls = _calls()
    assert len(calls) > 300
    built = {f"{name}:{call.lineno}" for name, call in calls if _sentence(call) is None}
    assert {place for place in built if place.partition(":")[0] not in CARRIED} == set()
    assert [f"{name}:{call.lineno}" for name, call in calls if not _holds(call)] == []


def test_the_rule_would_notice() -> None:
    built, lost = _raised(ast.parse('Conflict(f"{a} is gone.")\nConflict("%(a)s is gone.", b=a)'))
    assert _sentence(built) is None
    assert not _holds(lost)


def test_the_exceptions_are_still_needed() -> None:
    texts = {name_of(file): file.read_text() for file in files()}
    for place in ELSEWHERE:
        inside = [text for name, text in texts.items() if name.startswith(place)]
        assert any(next(_raised(ast.parse(text)), None) for text in inside), place
    for place in CARRIED:
        assert any(_sentence(call) is None for call in _raised(ast.parse(texts[place]))), place


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_is_translated(language: str) -> None:
    raised = {sentence for _, call in _calls() if (sentence := _sentence(call))}
    said = raised | {kind().sentence for kind in KINDS.values()}
    catalogue = _catalogue(language)
    assert [sentence for sentence in sorted(said) if sentence not in catalogue] == []


def test_values_and_the_error_within_one_stand_in_the_readers_language() -> None:
    within = MalformedPayload("There is no team '%(team)s'.", team="50% more")
    error = Conflict("This step cannot be carried out: %(problem)s", problem=within)
    assert str(error) == "This step cannot be carried out: There is no team '50% more'."
    with translation.override("de"):
        assert sentence_of(error) == (
            "Dieser Schritt ist nicht ausführbar: Es gibt kein Team „50% more“."
        )
        assert sentence_of(ValueError("not ours")) == "not ours"
        assert sentence_of(Conflict("100% unknown to the catalogue")) == (
            "100% unknown to the catalogue"
        )
        assert sentence_of(Conflict()) == "Das widerspricht dem, was schon gespeichert ist."
    with translation.override("en"):
        assert sentence_of(error) == str(error)
    assert ThreadlineError().sentence == ThreadlineError.__doc__


def _speaks(day: Day, login: str, language: str) -> None:
    user = day.company.users[login]
    user.language = language
    user.save()


def test_a_conflict_at_the_desk_is_told_in_german(day: Day) -> None:
    _speaks(day, "amira", "de")
    desk.take(day.company.house, day.company.users["wei"], day.made["jan"])
    told = "Wei Zhang hat dieses Ticket übernommen."
    # The person's own language, whatever the browser asks for.
    english = {"Accept-Language": "en"}
    fragment = day.client("amira", fragment=True).post(day.path("jan", "take"), headers=english)
    assert (fragment.status_code, told in fragment.content.decode()) == (409, True)
    page = day.client("amira").post(day.path("jan", "take"), headers=english)
    assert (page.status_code, told in page.content.decode()) == (409, True)
    assert '<html lang="de" dir="ltr">' in page.content.decode()
    _speaks(day, "amira", "ar")
    arabic = day.client("amira").post(day.path("jan", "take"), headers=english)
    assert '<html lang="ar" dir="rtl">' in arabic.content.decode()
    assert "استلم Wei Zhang هذه التذكرة." in arabic.content.decode()


def test_one_deed_on_many_tells_why_not_in_german(day: Day) -> None:
    _speaks(day, "amira", "de")
    desk.take(day.company.house, day.company.users["wei"], day.made["jan"])
    sent = {"numbers": [day.made["jan"]], "deed": "take"}
    answer = day.client("amira", fragment=True).post("/desk/many/", sent)
    trigger = answer.headers["HX-Trigger"].encode().decode("unicode-escape")
    assert "Wei Zhang hat dieses Ticket übernommen." in trigger


def test_settings_refuse_in_german(day: Day) -> None:
    _speaks(day, "ada", "de")
    form = {"name": " ", "time_zone": "Europe/Madrid"}
    page = day.client("ada").post("/desk/settings/company/", form, follow=True)
    assert "Ein Unternehmen braucht einen Namen." in page.content.decode()


def test_a_stranger_is_refused_in_the_browsers_language(day: Day) -> None:
    missing = day.client().get("/nothing-here/", headers={"Accept-Language": "fr"})
    assert missing.status_code == 404
    assert "Cette page n’existe pas." in missing.content.decode()

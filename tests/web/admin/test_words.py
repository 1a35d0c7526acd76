"""The settings speak all languages down to their columns, fields and choices: a new one has to be named in `web/admin/words.py`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, override

from bot import company
from core.happenings import HAPPENINGS
from store.models import AuditEntry, Event, Team, Ticket
from tests.architecture.source import ROOT
from tests.web.desk.conftest import Day, day, desk_company
from web.admin.audit_words import done
from web.admin.look import UNFOLD
from web.admin.words import MODELS
from web.company.places import PLACES

__all__ = ["day", "desk_company"]


def _pages() -> Iterator[Any]:
    for model, page in admin.site._registry.items():
        yield page
        yield from (inline(model, admin.site) for inline in page.inlines)


def _shown(page: Any) -> Iterator[Any]:
    """The model's fields that a page shows under the model's own name for them."""
    said = {name for name, field in page.form.base_fields.items() if field.label}
    labels = getattr(getattr(page.form, "_meta", None), "labels", None) or {}
    ours = {*page.form.declared_fields, *labels}
    names = {
        *(page.fields or ()),
        *getattr(page, "list_display", ()),
        *getattr(page, "list_filter", ()),
    }
    for name in names - (said & ours):
        try:
            yield page.model._meta.get_field(name)
        except FieldDoesNotExist:
            continue


def test_every_column_and_field_has_a_word_of_the_catalogues() -> None:
    nameless = {
        f"{page.model.__name__}.{field.name}"
        for page in _pages()
        for field in _shown(page)
        if not isinstance(field.verbose_name, Promise)
    }
    assert nameless == set(), "name it in web/admin/words.py"
    assert {page.model.__name__ for page in _pages()} <= set(MODELS)


def test_every_choice_in_a_list_has_one_too() -> None:
    silent = {
        f"{page.model.__name__}.{field.name}: {said}"
        for page in _pages()
        for field in _shown(page)
        for _, said in getattr(field, "flatchoices", ())
        if not isinstance(said, Promise)
    }
    assert silent == set(), "name it in web/admin/words.py"


def test_a_word_within_a_sentence_has_no_capital_but_where_it_belongs() -> None:
    words = {}
    for language in ("en", "de", "es"):
        with override(language):
            words[language] = [str(one) for one in _names("Team", "SlaPolicy")]
    assert words == {
        "en": ["team", "promises"],
        "de": ["Team", "Zusagen"],
        "es": ["equipo", "compromisos"],
    }


def _names(team: str, policy: str) -> tuple[Any, Any]:
    tables = {page.model.__name__: page.model._meta for page in _pages()}
    return tables[team].verbose_name, tables[policy].verbose_name_plural


def test_one_page_has_one_name_in_the_settings_in_the_side_bar_and_at_its_head() -> None:
    inboxes = reverse("admin:store_inbox_changelist")
    for language in ("en", "de", "ar"):
        with override(language):
            side = {
                str(item["link"]): str(item["title"])
                for group in UNFOLD["SIDEBAR"]["navigation"]
                for item in group["items"]
            }
            heads = {
                reverse(f"admin:store_{model._meta.model_name}_changelist"): str(
                    model._meta.verbose_name_plural
                )
                for model in admin.site._registry
            }
            places = {
                inboxes if place.address == "company:channels" else place.href: str(place.title)
                for _, group in PLACES
                for place in group
            }
            both = side.keys() & places.keys()
            assert len(both) > 15
            assert {page: side[page] for page in both} == {page: places[page] for page in both}
            named = side.keys() & heads.keys()
            assert {side[page].lower() for page in named} == {heads[page].lower() for page in named}


def test_records_are_read_in_ones_own_language(day: Day) -> None:
    ada = day.company.users["ada"]
    ada.language = "ar"
    ada.save()
    page = day.client("ada").get("/admin/store/ticket/").content.decode()
    assert "المكلَّف" in page
    assert "محلولة" in page
    assert "حرجة" in page
    for english in (
        "Assignee",
        "Opened at",
        ">Resolved<",
        "Filters",
        "Type to search",
        ">billing<",
    ):
        assert english not in page
    steps = day.client("ada").get("/admin/store/escalationstep/").content.decode()
    for english in (">next_response<", ">notify<", "Run", 'title="True"'):
        assert english not in steps
    ticket = Ticket.objects.get(number=day.made["maya"])
    opened = day.client("ada").get(f"/admin/store/ticket/{ticket.pk}/").content.decode()
    assert "asked_for_person" not in opened
    events = day.client("ada").get("/admin/store/event/").content.decode()
    assert ">ticket_taken<" not in events
    assert "Conversation id" not in events
    with override("ar"):
        assert gettext(HAPPENINGS["ticket_taken"]) in events


def test_records_say_who_by_name(day: Day) -> None:
    client = day.client("otto")
    AuditEntry.objects.filter(action="ticket.note").update(actor="user:of another system")
    for page in ("auditentry", "event"):
        shown = client.get(f"/admin/store/{page}/").content.decode()
        assert "Amira Haddad" in shown
        assert str(day.company.users["amira"].id) not in shown
    assert ">customer<" not in client.get("/admin/store/event/").content.decode()
    assert "user:of another system" in client.get("/admin/store/auditentry/").content.decode()
    theirs = f"user:{day.company.users['amira'].id}"
    for model in (AuditEntry, Event):
        row = model.objects.filter(actor=theirs).first()
        assert row is not None
        address = f"/admin/store/{model._meta.model_name}/{row.pk}/change/"
        assert f"Amira Haddad ({theirs})" in client.get(address).content.decode()


def _recorded() -> Iterator[str]:
    """The actions that our code names to the audit, as far as they stand there as words."""
    for file in (
        *ROOT.glob("bot/**/*.py"),
        *ROOT.glob("store/*.py"),
        *ROOT.glob("web/account/*.py"),
    ):
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            for word in node.keywords:
                if name == "record" and word.arg == "action":
                    yield from _words_in(word.value)
            if name in {"_note", "_record"}:
                yield from (one for part in node.args for one in _words_in(part) if "." in one)
            if name in {"deed", "_deed"}:
                yield from (f"ticket.{one}" for part in node.args for one in _words_in(part))


def _words_in(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and re.fullmatch(r"[a-z_.]+", str(node.value)):
        yield str(node.value)
    if isinstance(node, ast.IfExp):
        yield from (*_words_in(node.body), *_words_in(node.orelse))


def test_every_deed_that_is_recorded_has_words() -> None:
    recorded = set(_recorded())
    assert {"ticket.take", "webhook.secret", "ticket.aside_reopen", "model.rollback"} <= recorded
    assert sorted(one for one in recorded if done(one) == one) == []


def test_the_audit_is_read_in_words(day: Day) -> None:
    ada = day.company.users["ada"]
    ada.language = "de"
    ada.save()
    team = Team.objects.get(slug="technical")
    company.keep(day.company.house, ada, team, ["name"])
    client = day.client("ada")
    listed = client.get("/admin/store/auditentry/").content.decode()
    for words in (
        "Ticket übernommen",
        "Ticket: \u2068#1001\u2069",
        "Geändert: Team",
        f"Team: \u2068{team.name}\u2069",
    ):
        assert words in listed
    assert ">ticket.take<" not in listed
    entry = AuditEntry.objects.filter(action="ticket.take").first()
    assert entry is not None
    one = client.get(f"/admin/store/auditentry/{entry.pk}/change/").content.decode()
    assert "Ticket übernommen (ticket.take)" in one
    assert ">technical<" not in client.get("/admin/store/decision/").content.decode()

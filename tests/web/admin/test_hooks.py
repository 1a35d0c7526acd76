"""Webhooks in the settings: the secret once, a test by button, the log, and refusals in words."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from core.happenings import HAPPENINGS
from store.hooks import secrets_of
from store.models import AuditEntry, Hook, HookCall
from tests.web.desk.test_languages import LANGUAGES
from tests.web.seed import Company

FORM = {"name": "CRM", "url": "https://crm.example/events", "is_active": "on", "kinds": ["message"]}


def _ada(company: Company, **more: Any) -> Client:
    client = Client(**more)
    client.force_login(company.users["ada"])
    return client


def test_the_secret_is_shown_once_and_never_again(desk_company: Company) -> None:
    client = _ada(desk_company)
    made = client.post("/admin/store/hook/add/", FORM)
    assert made.status_code == 200
    assert "no-store" in made["Cache-Control"]
    [secret] = re.findall(r"whsec_[A-Za-z0-9+/=]+", made.content.decode())
    hook = Hook.objects.get()
    assert hook.kinds == ["message"]
    vault, now = desk_company.house.vault, desk_company.clock()
    assert secrets_of(vault, hook, now) == (secret,)
    page = client.get(f"/admin/store/hook/{hook.id}/change/").content.decode()
    assert secret not in page
    changed = client.post(f"/admin/store/hook/{hook.id}/secret/").content.decode()
    [new] = re.findall(r"whsec_[A-Za-z0-9+/=]+", changed)
    assert secrets_of(vault, hook.__class__.objects.get(), now) == (new, secret)


def test_a_test_is_sent_by_a_button_and_stands_in_the_log(desk_company: Company) -> None:
    client = _ada(desk_company)
    client.post("/admin/store/hook/add/", FORM)
    hook = Hook.objects.get()
    path = f"/admin/store/hook/{hook.id}/"
    assert client.get(f"{path}test/").status_code == 405, "a link must not act"
    assert client.post(f"{path}test/").status_code == 302
    call = HookCall.objects.get()
    assert "test" in client.get(f"{path}change/").content.decode()
    assert client.post(f"{path}calls/{call.id}/", follow=True).content.decode().count("waiting")
    HookCall.objects.update(state=HookCall.State.FAILED, problem="status 500")
    assert "status 500" in client.get(f"{path}change/").content.decode()
    client.post(f"{path}calls/{call.id}/")
    assert HookCall.objects.get().state == HookCall.State.WAITING


def test_the_deeds_ask_for_the_form_of_the_page(desk_company: Company) -> None:
    _ada(desk_company).post("/admin/store/hook/add/", FORM)
    hook = Hook.objects.get()
    forged = _ada(desk_company, enforce_csrf_checks=True)
    for deed in ("test", "secret"):
        assert forged.post(f"/admin/store/hook/{hook.id}/{deed}/").status_code == 403
    assert not HookCall.objects.exists()


def test_saving_is_the_verb_and_refusals_are_told_at_the_field(desk_company: Company) -> None:
    client = _ada(desk_company)
    refused = client.post("/admin/store/hook/add/", {**FORM, "url": "http://crm.example/"})
    assert "https" in refused.content.decode()
    assert not Hook.objects.exists()
    client.post("/admin/store/hook/add/", FORM)
    hook = Hook.objects.get()
    client.post(f"/admin/store/hook/{hook.id}/change/", {**FORM, "name": "Other", "kinds": []})
    assert (Hook.objects.get().name, Hook.objects.get().kinds) == ("Other", [])
    client.post(f"/admin/store/hook/{hook.id}/delete/", {"post": "yes"})
    assert not Hook.objects.exists()
    actions = list(AuditEntry.objects.order_by("id").values_list("action", flat=True))
    assert actions == ["webhook.create", "webhook.change", "webhook.remove"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_can_be_told_is_said_in_the_readers_language(
    desk_company: Company, language: str
) -> None:
    ada = desk_company.users["ada"]
    ada.language = language
    ada.save()
    page = html.unescape(_ada(desk_company).get("/admin/store/hook/add/").content.decode())
    with translation.override(language):
        words = {kind: translation.gettext(about) for kind, about in HAPPENINGS.items()}
    assert [kind for kind, about in HAPPENINGS.items() if words[kind] == about] == []
    assert [kind for kind, said in words.items() if f"{said} ({kind})" not in page] == []

"""Rows within a page of the settings: each field says what it is, also to those who only hear the page."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from django.contrib import admin
from django.test import Client

from store.models import Agent, Calendar, Holiday, Team
from tests.web.seed import Company


class Fields(HTMLParser):
    """Which fields of own rows are without a name."""

    def __init__(self, page: str, prefixes: tuple[str, ...]) -> None:
        super().__init__()
        self.prefixes, self.seen, self.nameless = prefixes, 0, list[str]()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        name = said.get("name") or ""
        if tag not in ("input", "select", "textarea") or said.get("type") == "hidden":
            return
        if name.startswith(self.prefixes) and not name.endswith(("-DELETE", "_FORMS")):
            self.seen += 1
            if not said.get("aria-label"):
                self.nameless.append(name)


@pytest.mark.parametrize("kind", [Agent, Team, Calendar])
def test_fields_of_own_rows_have_names(desk_company: Company, kind: type) -> None:
    if kind is Calendar:
        brand = desk_company.brand
        calendar = Calendar.objects.create(brand=brand, name="Office", time_zone="UTC", spans={})
        Holiday.objects.create(calendar=calendar, on="2027-05-01", name="May day")
    row = kind._default_manager.first()  # type: ignore[attr-defined]
    assert row is not None
    client = Client()
    client.force_login(desk_company.users["ada"])
    page = client.get(f"/admin/store/{kind.__name__.lower()}/{row.pk}/change/").content.decode()
    inlines = admin.site._registry[kind].inlines
    prefixes = tuple(f"{one.model.__name__.lower()}_set-" for one in inlines)
    found = Fields(page, prefixes)
    assert found.seen >= len(prefixes)
    assert found.nameless == []
    assert " object (" not in page

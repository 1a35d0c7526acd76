"""What the settings call a record says something of it, in its own title and wherever another record points at it."""

from __future__ import annotations

from django.contrib.admin.sites import all_sites
from django.db.models import Model
from django.urls import get_resolver


def test_every_record_of_the_settings_has_a_name() -> None:
    assert get_resolver().url_patterns  # every page is registered by now
    served = {model: shown for site in all_sites for model, shown in site._registry.items()}
    assert len(served) > 20
    named = set(served)
    for model, shown in served.items():
        fields = {*(shown.fields or ()), *shown.list_display}
        named |= {
            field.related_model
            for field in model._meta.fields
            if field.related_model and (not shown.fields or field.name in fields)
        }
    assert sorted(model.__name__ for model in named if model.__str__ is Model.__str__) == []

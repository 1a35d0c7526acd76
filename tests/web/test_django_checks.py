"""What Django itself finds wrong with the tables, the administration and the addresses."""

from __future__ import annotations

from django.apps import apps
from django.core.checks import Error, run_checks
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState


def test_django_finds_no_error() -> None:
    assert [found for found in run_checks() if found.level >= Error("").level] == []


def test_the_migrations_lead_to_the_models() -> None:
    loader = MigrationLoader(None)
    wanted = ProjectState.from_apps(apps)
    changes = MigrationAutodetector(loader.project_state(), wanted).changes(loader.graph)
    assert [str(one) for one in changes.get("store", [])] == []

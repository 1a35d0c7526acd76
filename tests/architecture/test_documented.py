"""What can be typed or set is written down."""

from __future__ import annotations

from bot.settings import Settings
from channels import registry
from tests.architecture.reference import PAGE, comments, render, settings
from tests.architecture.source import ROOT


def test_the_reference_lists_every_verb_setting_and_channel() -> None:
    assert PAGE.read_text() == render(), "run: python -m tests.architecture.reference"


def test_the_example_file_has_every_setting_and_no_other() -> None:
    assert set(comments()) == {name for name, _ in settings(Settings)}


def test_every_channel_has_its_page() -> None:
    for name in registry.names():
        assert (ROOT / "docs" / "channels" / f"{name}.md").is_file(), name

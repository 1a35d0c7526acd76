"""Dates and times say the same to every reader: no month that could be a day, no hour that could be another."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.utils import formats, translation

AT = datetime(2027, 3, 4, 17, 5)  # noqa: DTZ001 - as it is written


@pytest.mark.parametrize(
    ("language", "short"),
    [
        ("en", "4 Mar 2027, 17:05"),
        ("es", "04/03/2027 17:05"),
        ("de", "04.03.2027 17:05"),
        ("fr", "04/03/2027 17:05"),
        ("pt", "04/03/2027 17:05"),
        ("ar", "4 مارس 2027، 17:05"),
    ],
)
def test_the_day_comes_first_and_hours_are_24(language: str, short: str) -> None:
    with translation.override(language):
        assert formats.date_format(AT, "SHORT_DATETIME_FORMAT") == short
        assert "17:05" in formats.date_format(AT, "DATETIME_FORMAT")
        assert formats.date_format(AT, "TIME_FORMAT") == "17:05"
        day = formats.date_format(AT, "SHORT_DATE_FORMAT")
        assert day.lstrip("0").startswith("4")

"""What the tests of understanding share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.errors import ModelUnavailable
from core.ports import Encodes
from nlu.encoder import load_encoder


@pytest.fixture(scope="session")
def encoder() -> Encodes:
    """The default encoder; the test is skipped where its package is not installed."""
    try:
        return load_encoder()
    except ModelUnavailable as problem:
        pytest.skip(f"skipped: {problem}")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public data sets, which are never in the repository."""
    here = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    folder = Path(os.environ.get("THREADLINE_DATA", here))
    if not folder.is_dir():
        pytest.skip("skipped: data absent")
    return folder


@pytest.fixture(scope="session")
def multilingual() -> Encodes:
    """The multilingual encoder, likewise."""
    try:
        return load_encoder("multilingual")
    except ModelUnavailable as problem:
        pytest.skip(f"skipped: {problem}")

"""The one sign that no database takes is refused by every form and every JSON body, in words, before anything reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from core.errors import MalformedPayload
from store.models import Message
from tests.web.desk.conftest import Day
from web.chats import _Transcript, read
from web.storable import refuse_nul_in_json

SAMPLES = {"uuid": "11111111-1111-4111-8111-111111111111", "int": "1001"}


def _addresses(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        here = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _addresses(entry, here)
        elif isinstance(entry, URLPattern):
            plain = re.sub(r"[\^$]|\(\?P<\w+>.*?\)", "", here.replace(".*", "x"))
            yield re.sub(r"<(?:(\w+):)?\w+>", lambda found: SAMPLES.get(found[1], "1001"), plain)


def test_every_form_of_the_house_refuses_it(day: Day) -> None:
    client = day.client("ada")
    addresses = [one for one in _addresses(get_resolver()) if not one.startswith("api/")]
    assert len(addresses) > 150
    for said in ({"text": "a\x00b"}, {"a\x00b": "text"}):
        told = {one: client.post(f"/{one}", said).status_code for one in addresses}
        # Two addresses have keys in them that this table of samples cannot make.
        assert {one: status for one, status in told.items() if status not in {400, 404}} == {}
        assert list(told.values()).count(404) <= 2


def test_it_is_said_in_the_readers_language_and_nothing_was_kept(day: Day) -> None:
    amira = day.company.users["amira"]
    amira.language = "de"
    amira.save()
    before = Message.objects.count()
    for is_fragment in (False, True):
        client = day.client("amira", fragment=is_fragment)
        answer = client.post(day.path("maya", "note"), {"text": "Ann\x00a", "version": "1"})
        assert answer.status_code == 400
        assert "lässt sich nicht aufbewahren (NUL)" in answer.content.decode()
    assert Message.objects.count() == before


def test_where_a_form_comes_from_is_asked_first(day: Day) -> None:
    client = day.client("amira", checks_csrf=True)
    assert client.post(day.path("maya", "note"), {"text": "\x00"}).status_code == 403


@pytest.mark.parametrize(
    "body", [b'{"a": "\\u0000"}', b'{"\\u0000": 1}', b'[[[{"a": [1, "b\\u0000"]}]]]', b'"\\u0000"']
)
def test_json_with_it_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedPayload, match="NUL"):
        refuse_nul_in_json(body)
    with pytest.raises(MalformedPayload, match="NUL"):
        read(_Transcript, body)


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b'{"a": "\\\\u0000"}', b'{"a": "\\u0000', b"\\u0000", b"[" * 99_999 + b"\\u0000"],
    ids=["nothing", "empty", "its name", "cut", "bare", "deep"],
)
def test_what_only_looks_like_it_is_not(body: bytes) -> None:
    refuse_nul_in_json(body)

"""Compiled statements say what the querysets say that they were made from, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection, models
from django.test.utils import CaptureQueriesContext

from bot.receive import receive
from store.models import Address, Conversation, Event, InboxRow, Message
from store.statements import Given, Select, insert, update
from tests.company import Company, Writer

OF = Select(
    lambda: (
        Message.objects.filter(
            conversation=Given("conversation", models.UUIDField()),
            seq__gt=Given("after", models.BigIntegerField()),
            user=None,
        )
        .select_related("address", "conversation__contact")
        .order_by("-seq")
    )
)


def _said(company: Company, count: int = 3) -> Conversation:
    writer = Writer("a@customers.example")
    for number in range(count):
        receive(company.house, company.mail, [writer.mail(f"m{number}")])
    return Conversation.objects.get()


def _values(row: models.Model) -> dict[str, Any]:
    return {
        field.attname: bytes(value) if isinstance(value, memoryview) else value
        for field in row._meta.concrete_fields
        for value in [getattr(row, field.attname)]
    }


def test_rows_are_those_of_the_queryset_with_what_is_related(company: Company) -> None:
    talk = _said(company)
    plain = list(Message.objects.filter(conversation=talk, seq__gt=1).order_by("-seq"))
    for _ in range(2):  # the second time nothing is compiled
        with CaptureQueriesContext(connection) as queries:
            rows = OF.rows(conversation=talk.id, after=1)
            assert [row.address for row in rows] == [Address.objects.get()] * 2 != []
            assert [row.conversation.contact for row in rows] == [None, None]
        assert len(queries) == 2, "what is related came with the rows"
        assert [_values(row) for row in rows] == [_values(row) for row in plain]
        assert not rows[0]._state.adding


def test_values_are_given_anew_each_time(company: Company) -> None:
    talk = _said(company)
    assert [row.seq for row in OF.rows(conversation=talk.id, after=0)] == [3, 2, 1]
    assert [row.seq for row in OF.rows(conversation=talk.id, after=2)] == [3]
    assert OF.rows(conversation=company.mail.id, after=0) == []
    assert [row.seq for row in OF.rows(conversation=talk.id, after=0, limit=2)] == [3, 2]
    assert OF.get(conversation=talk.id, after=0).seq == 3
    assert OF.first(conversation=talk.id, after=3) is None
    with pytest.raises(ObjectDoesNotExist):
        OF.get(conversation=talk.id, after=3)


def test_what_is_inserted_is_what_a_save_would_insert(company: Company) -> None:
    talk = _said(company, 1)
    one = Message.objects.get()
    ours, theirs = ({**_values(one), "id": None, "seq": seq} for seq in (10, 11))
    for values in (ours, theirs):
        values["id"] = Message._meta.pk.get_default() if Message._meta.pk else None
    assert insert([Message(**ours)]) == 1
    Message(**theirs).save(force_insert=True)
    stored = [_values(Message.objects.get(seq=seq)) for seq in (10, 11)]
    assert [{**values, "id": 0, "seq": 0} for values in stored] == [
        {**_values(one), "id": 0, "seq": 0}
    ] * 2
    before = Event.objects.count()
    event = Event(
        brand_id=talk.brand_id,
        conversation=talk,
        seq=50,
        kind="note",
        at=company.house.clock(),
        actor="system",
        data={"k": ["ü", 1]},
    )
    insert([event])
    found = Event.objects.get(seq=50)
    assert Event.objects.count() == before + 1
    assert found.data == {"k": ["ü", 1]}
    assert (found.xid > 0) == (connection.vendor == "postgresql"), "the database's own default"


def test_once_leaves_out_what_is_there(company: Company) -> None:
    _said(company, 1)
    there = InboxRow.objects.get()
    again = InboxRow(
        inbox=there.inbox,
        lookup=bytes(there.lookup),
        content=b"other",
        received_at=there.received_at,
    )
    assert insert([again], once=True) == 0
    assert bytes(InboxRow.objects.get().content) == bytes(there.content)


def test_an_update_writes_these_fields_of_this_row(company: Company) -> None:
    talk = _said(company, 1)
    later = company.house.clock() + timedelta(hours=1)
    talk.claim, talk.lease_until, talk.language = 7, later, "xx"
    update(talk, ("claim", "lease_until"))
    found = Conversation.objects.get()
    assert (found.claim, found.lease_until) == (7, later)
    assert found.language != "xx"

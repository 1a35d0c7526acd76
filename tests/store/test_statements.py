"""Compiled statements say what the querysets say that they were made from, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, connection, models, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from bot.receive import receive
from store.columns import Writer as Written
from store.models import Address, Conversation, Event, InboxRow, Message, OutboxRow, Ticket
from store.statements import Columns, Given, Select, _Compiled, insert, is_inserted, new, update
from tests.company import Company, Writer

NAMES = (
    "id",
    "seq",
    "author",
    "is_automatic",
    "sent_at",
    "user_id",
    "address_id",
    "address__key_wrapped",
    "inbox__settings_cipher",
    "inbox__cursor",
    "conversation__contact__kind",
)
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


LITTLE = Columns(
    lambda: (
        Message.objects.filter(
            conversation=Given("conversation", models.UUIDField()),
            seq__gt=Given("after", models.BigIntegerField()),
        )
        .order_by("-seq")
        .values_list(*NAMES)
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


def test_columns_are_those_of_the_queryset(company: Company) -> None:
    talk = _said(company)
    plain = Message.objects.filter(conversation=talk, seq__gt=1).order_by("-seq")

    def plainly(row: tuple[Any, ...]) -> list[Any]:
        return [bytes(value) if isinstance(value, memoryview) else value for value in row]

    for _ in range(2):  # the second time nothing is compiled
        with CaptureQueriesContext(connection) as queries:
            rows = LITTLE.rows(conversation=talk.id, after=1)
            (newest,) = LITTLE.rows(conversation=talk.id, after=1, limit=1)
        assert len(queries) == 2
        assert list(map(plainly, rows)) == [plainly(row) for row in plain.values_list(*NAMES)]
        assert len(rows) == 2
        assert plainly(newest) == plainly(rows[0])


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
    insert([Message(**ours)])
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
    assert not is_inserted(again)
    assert bytes(InboxRow.objects.get().content) == bytes(there.content)


def test_an_update_writes_these_fields_of_this_row(company: Company) -> None:
    talk = _said(company, 1)
    later = company.house.clock() + timedelta(hours=1)
    talk.claim, talk.lease_until, talk.language = 7, later, "xx"
    update(talk, ("claim", "lease_until"))
    found = Conversation.objects.get()
    assert (found.claim, found.lease_until) == (7, later)
    assert found.language != "xx"


def test_what_the_database_refuses_is_djangos_error_and_spoils_the_block(company: Company) -> None:
    talk = _said(company, 1)
    there = InboxRow.objects.get()
    again = InboxRow(
        inbox=there.inbox, lookup=there.lookup, content=b"x", received_at=there.received_at
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        insert([again])
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(TransactionManagementError):
            update(talk, ("language",))


@pytest.mark.parametrize("model", [Address, Conversation, Event, InboxRow, Message, OutboxRow])
def test_a_new_row_is_what_its_model_makes(company: Company, model: type[models.Model]) -> None:
    talk = _said(company, 1)
    given: dict[str, Any] = {"id": 7} if model is Event else {}
    if "conversation" in {field.name for field in model._meta.concrete_fields}:
        given["conversation"] = talk
    ours, theirs = new(model, **given), model(**given)
    key = model._meta.pk
    assert key is not None
    for field in model._meta.concrete_fields:
        if field is not key and not field.has_db_default():
            assert getattr(ours, field.attname) == getattr(theirs, field.attname), field.name
    assert type(ours.pk) is type(theirs.pk)
    assert ours._state.adding
    if "conversation" in given:
        assert vars(ours)["_state"].fields_cache["conversation"] is talk
    assert new(model, **given)._state.fields_cache is not ours._state.fields_cache


EAST = timezone(timedelta(hours=3))


@pytest.mark.parametrize("model", [Address, Conversation, Event, InboxRow, Message, Ticket])
def test_values_are_written_as_django_writes_them(
    company: Company, model: type[models.Model]
) -> None:
    samples: dict[type, list[Any]] = {
        models.UUIDField: [uuid4(), str(uuid4())],
        models.ForeignKey: [uuid4()],
        models.DateTimeField: [
            datetime(2026, 3, 1, 9, 30, 0, 5, UTC),
            datetime(2026, 3, 1, 9, 30, tzinfo=EAST),
        ],
        models.BooleanField: [True, False, 1],
        models.CharField: ["ü", "", Message.Author.BOT, 5],
        models.BinaryField: [b"", b"\x00"],
        models.JSONField: [{"k": ["ü", 1]}, "text", [], 5],
        models.BigIntegerField: [2**40, True],
        models.PositiveIntegerField: [3],
    }
    for field in model._meta.concrete_fields:
        for value in [None, *samples.get(type(field), [])]:
            if isinstance(field, models.ForeignKey) and not isinstance(
                field.target_field, models.UUIDField
            ):
                value = 3
            row = new(model)
            vars(row)[field.attname] = value
            (ours,) = Written([field], connection.vendor).values(row, connection)
            theirs = field.get_db_prep_save(value, connection)
            assert _plain(ours) == _plain(theirs), (field.name, value)
            assert type(_plain(ours)) is type(_plain(theirs)), (field.name, value)


def _plain(value: Any) -> Any:
    """What the driver sees of it."""
    if isinstance(value, memoryview):
        return bytes(value)
    if isinstance(value, str):
        return str(value)
    return getattr(value, "obj", value)


def test_constants_are_told_to_the_database(company: Company) -> None:
    waiting = Message.objects.filter(
        conversation=Given("conversation", models.UUIDField()),
        author=Message.Author.CUSTOMER,
        kind="it's 100 %s",
        is_automatic=False,
        turn=None,
    )
    compiled = _Compiled(waiting, connection)
    assert len(compiled._parameters) == 1
    assert compiled.rows(connection, {"conversation": uuid4()}, 5) == []
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + compiled._sql[5].text, [uuid4().hex])
            assert "message_waiting" in str(cursor.fetchall())


def test_half_a_surrogate_pair_is_read_as_it_was_written(company: Company) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL refuses it")
    talk = _said(company, 1)
    values = {"brand_id": talk.brand_id, "conversation": talk, "at": company.house.clock()}
    insert([new(Event, **values, seq=51, kind="note", actor="system", data={"k": "\ud83d"})])
    found = Select(lambda: Event.objects.filter(seq=Given("seq", models.BigIntegerField())))
    assert found.get(seq=51).data == {"k": "\ud83d"} == Event.objects.get(seq=51).data


def test_the_server_plans_a_statement_once(company: Company) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite's driver keeps its own")
    prepared = "SELECT statement, generic_plans + custom_plans FROM pg_prepared_statements"
    talk = _said(company, 1)
    for _ in range(6):
        OF.rows(conversation=talk.id, after=0)
    with connection.cursor() as cursor:
        cursor.execute(prepared)
        kept = [(text, times) for text, times in cursor.fetchall() if "store_message" in text]
    assert [times for text, times in kept if "ORDER BY" in text] == [3]
    connection.close()
    unprepared = {**connection.settings_dict["OPTIONS"], "prepare_threshold": None}
    connection.settings_dict["OPTIONS"], before = unprepared, connection.settings_dict["OPTIONS"]
    try:
        for _ in range(6):
            assert len(OF.rows(conversation=talk.id, after=0)) == 1
        with connection.cursor() as cursor:
            cursor.execute(prepared)
            assert cursor.fetchall() == [], "behind a pooler"
    finally:
        connection.close()
        connection.settings_dict["OPTIONS"] = before

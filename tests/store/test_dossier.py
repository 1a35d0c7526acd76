"""What colleagues hang on tickets: each deed is told, sealed where it holds words, and can be taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import desk
from bot.annotate import annotate, dossier_for
from bot.bulk import do, undo
from bot.handoff import packet_of, to_triage
from bot.receive import receive
from bot.reply import Outcome, finish_turn
from core.dossier import Deed, Dossier, FieldKind, Relation, Step, tag_in, value_in
from core.errors import Conflict, MalformedPayload, NotFound, ThreadlineError
from store.desk_filter import Criteria
from store.indexing import index_next
from store.models import (
    Address,
    AuditEntry,
    Checklist,
    CustomField,
    Event,
    FieldValue,
    Task,
    Team,
    Ticket,
    User,
)
from store.turns import claim
from tests.company import Company, Writer


def opened(company: Company, words: str = "My parcel is lost", writer: Writer | None = None) -> int:
    writer = writer or Writer(f"{words.split()[-1].casefold()}@customers.example")
    receive(company.house, company.mail, [writer.mail(words, subject=words)])
    (got,) = claim(company.house.vault, "w", timedelta(seconds=30), 5, company.house.clock())
    packet = packet_of(got, None, None, {"reason": "bot_failed"})
    number = finish_turn(company.house, got, Outcome(routed=to_triage("a test"), packet=packet))
    assert number is not None
    return number


@pytest.fixture
def number(company: Company) -> int:
    return opened(company)


def does(company: Company, number: int, deed: Deed, what: str = "", value: str = "") -> Step | None:
    return annotate(company.house, company.agent, number, Step(deed, what, value))


def seen(company: Company, number: int) -> Dossier:
    return dossier_for(company.house, company.agent, number)


def field(company: Company, slug: str, kind: FieldKind, **more: object) -> CustomField:
    label = slug.replace("_", " ").capitalize()
    return CustomField.objects.create(
        brand=company.brand, slug=slug, label=label, kind=kind, **more
    )


def found(company: Company, user: User, **narrowed: str) -> set[int]:
    condition = Criteria(**narrowed).condition(company.house.vault, user)
    return set(Ticket.objects.filter(condition).values_list("number", flat=True))


def _company_with_everything(company: Company) -> Checklist:
    field(company, "order", FieldKind.TEXT)
    field(company, "region", FieldKind.CHOICE, options=["north", "south"])
    return Checklist.objects.create(
        brand=company.brand, name="Lost parcel", tasks=["Ask the carrier", "Send another"]
    )


def test_every_deed_can_be_taken_back(company: Company, number: int) -> None:
    checklist = _company_with_everything(company)
    other = opened(company, "Where is mine")
    does(company, number, Deed.ADD_TASK, value="Ring the customer")
    [task] = seen(company, number).tasks
    before = seen(company, number)
    steps = [
        (Deed.TAG, "Big customer", ""),
        (Deed.LINK, "caused_by", str(other)),
        (Deed.FOLLOW, "", ""),
        (Deed.FILL, "order", "A-1001"),
        (Deed.FILL, "region", "north"),
        (Deed.ADD_TASK, "", "Write to the carrier"),
        (Deed.ADD_CHECKLIST, str(checklist.id), ""),
        (Deed.TICK, str(task.id), ""),
        (Deed.DROP_TASKS, str(task.id), ""),
    ]
    backs = []
    for deed, what, value in steps:
        back = does(company, number, deed, what, value)
        assert back is not None, deed
        assert seen(company, number) != before, deed
        backs.append(back)
    for back in reversed(backs):
        forth = annotate(company.house, company.agent, number, back)
        assert forth is not None
    assert seen(company, number) == before
    told = Event.objects.filter(kind="ticket_annotated", conversation__ticket__number=number)
    assert told.count() == 1 + 2 * len(steps)
    assert AuditEntry.objects.filter(action="ticket.annotate").count() == told.count()


def test_what_is_so_already_is_no_deed(company: Company, number: int) -> None:
    _company_with_everything(company)
    other = opened(company, "Where is mine")
    for deed, what, value in (
        (Deed.TAG, "vip", ""),
        (Deed.LINK, "related", str(other)),
        (Deed.FOLLOW, "", ""),
        (Deed.FILL, "region", "north"),
    ):
        assert does(company, number, deed, what, value) is not None
        told = Event.objects.count()
        assert does(company, number, deed, what, value) is None
        assert Event.objects.count() == told
    assert does(company, other, Deed.LINK, "related", str(number)) is None, "one link, both ends"


def test_a_link_stands_and_is_told_at_both_ends(company: Company, number: int) -> None:
    other = opened(company, "Where is mine")
    does(company, other, Deed.LINK, "has_duplicate", str(number))
    assert [(one.relation, one.number) for one in seen(company, number).links] == [
        (Relation.DUPLICATE_OF, other)
    ]
    assert [(one.relation, one.number) for one in seen(company, other).links] == [
        (Relation.HAS_DUPLICATE, number)
    ]
    told = Event.objects.filter(kind="ticket_annotated").order_by("data__ticket")
    assert [(row.data["ticket"], row.data["what"]) for row in told] == [
        (number, "duplicate_of"),
        (other, "has_duplicate"),
    ]
    with pytest.raises(Conflict):
        does(company, number, Deed.LINK, "related", str(number))
    with pytest.raises(MalformedPayload):
        does(company, number, Deed.LINK, "married_to", str(other))


def test_what_the_reader_may_not_see_is_neither_linked_nor_shown(
    company: Company, number: int
) -> None:
    hidden = opened(company, "Where is mine")
    Ticket.objects.filter(number=hidden).update(team=Team.objects.get(slug="orders"))
    with pytest.raises(NotFound):
        does(company, number, Deed.LINK, "related", str(hidden))
    annotate(company.house, company.lead, number, Step(Deed.LINK, "related", str(hidden)))
    assert seen(company, number).links == ()
    assert len(dossier_for(company.house, company.lead, number).links) == 1
    with pytest.raises(NotFound):
        dossier_for(company.house, company.agent, hidden)


def test_no_person_resolves_a_ticket_without_its_required_fields(
    company: Company, number: int
) -> None:
    field(company, "cause", FieldKind.CHOICE, options=["carrier", "us"], is_required=True)
    field(company, "old", FieldKind.TEXT, is_required=True, is_active=False)
    desk.take(company.house, company.agent, number)
    with pytest.raises(Conflict, match="fill in: Cause"):
        desk.resolve(company.house, company.agent, number)
    with pytest.raises(Conflict, match="fill in: Cause"):
        desk.reply(company.house, company.agent, number, "It is on its way", resolves=True)
    assert Ticket.objects.get().status == "open"
    does(company, number, Deed.FILL, "cause", "us")
    desk.resolve(company.house, company.agent, number)
    assert Ticket.objects.get().status == "resolved"


@pytest.mark.parametrize(
    ("kind", "written", "kept"),
    [
        (FieldKind.TEXT, "  two  words ", "two words"),
        (FieldKind.NUMBER, "12,50", "12.5"),
        (FieldKind.NUMBER, "1200", "1200"),
        (FieldKind.NUMBER, "-0.0", "0"),
        (FieldKind.DATE, "2027-03-31", "2027-03-31"),
        (FieldKind.YES_NO, "yes", "yes"),
        (FieldKind.CHOICE, "north", "north"),
        (FieldKind.NUMBER, "", ""),
    ],
)
def test_a_value_is_kept_in_one_way(kind: FieldKind, written: str, kept: str) -> None:
    assert value_in(kind, ["north"], written) == kept


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        (FieldKind.NUMBER, "many"),
        (FieldKind.NUMBER, "1e99"),
        (FieldKind.NUMBER, "NaN"),
        (FieldKind.DATE, "31.3."),
        (FieldKind.YES_NO, "perhaps"),
        (FieldKind.CHOICE, "west"),
        (FieldKind.TEXT, "x" * 201),
    ],
)
def test_what_a_kind_does_not_hold_is_refused(kind: FieldKind, written: str) -> None:
    with pytest.raises(MalformedPayload):
        value_in(kind, ["north"], written)


def test_tags_are_written_in_one_way() -> None:
    assert tag_in(" #Big  Customer! ") == "big-customer"
    assert tag_in("Überfällig") == "überfällig"
    for nothing in ("", "#", "!!", "x" * 41):
        with pytest.raises(MalformedPayload):
            tag_in(nothing)


def test_lists_are_narrowed_and_searches_find_it(company: Company, number: int) -> None:
    _company_with_everything(company)
    other = opened(company, "Where is mine")
    does(company, number, Deed.TAG, "Big customer")
    does(company, number, Deed.FILL, "region", "north")
    does(company, number, Deed.FILL, "order", "Quetzal-77")
    does(company, number, Deed.ADD_TASK, value="Phone the haulier")
    does(company, other, Deed.FILL, "region", "south")
    does(company, other, Deed.FOLLOW)
    while index_next(company.house.vault):
        pass
    assert found(company, company.agent, tag="big-customer") == {number}
    assert found(company, company.agent, field="region:north") == {number}
    assert found(company, company.agent, field="region:") == set()
    assert found(company, company.agent, follows="me") == {other}
    assert found(company, company.lead, follows="me") == set()
    for words in ("quetzal", "haulier", "big-customer"):
        assert found(company, company.agent, q=words) == {number}, words
    with pytest.raises(MalformedPayload):
        Criteria(follows="everybody")


def test_free_words_are_sealed_and_go_with_the_customer(company: Company, number: int) -> None:
    _company_with_everything(company)
    does(company, number, Deed.FILL, "order", "Quetzal-77")
    does(company, number, Deed.ADD_TASK, value="Phone Mrs Quetzal")
    stored = [*FieldValue.objects.values_list("value", "value_cipher")]
    stored += [*Task.objects.values_list("words_cipher")]
    stored += [*Event.objects.filter(kind="ticket_annotated").values_list("data")]
    told = [bytes(one) if isinstance(one, memoryview) else one for row in stored for one in row]
    assert "quetzal" not in str(told).casefold()
    Address.objects.update(key_wrapped=None)
    after = seen(company, number)
    assert [one.value for one in after.fields] == ["", ""]
    assert [one.words for one in after.tasks] == [""]


def test_a_tag_on_many_is_taken_back_where_it_was_new(company: Company, number: int) -> None:
    other = opened(company, "Where is mine")
    does(company, number, Deed.TAG, "vip")
    done = do(company.house, company.agent, [number, other], "tag", "VIP")
    assert found(company, company.agent, tag="vip") == {number, other}
    undo(company.house, company.agent, done)
    assert found(company, company.agent, tag="vip") == {number}


def test_nonsense_is_refused(company: Company, number: int) -> None:
    for deed, what, value in (
        (Deed.FILL, "gone", "x"),
        (Deed.ADD_CHECKLIST, "gone", ""),
        (Deed.TICK, "gone", ""),
        (Deed.TICK, "11111111-1111-4111-8111-111111111111", ""),
        (Deed.ADD_TASK, "", " "),
        (Deed.LINK, "related", "x"),
        (Deed.LINK, "related", "99999"),
    ):
        with pytest.raises(ThreadlineError):
            does(company, number, deed, what, value)
    for at in range(20):
        does(company, number, Deed.TAG, f"t{at}")
    with pytest.raises(Conflict):
        does(company, number, Deed.TAG, "one too many")

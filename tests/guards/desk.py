"""The guards of the desk: whose tickets a search and a list show, and what the index may hold. How guards are tried is `run`."""

from __future__ import annotations

from tests.guards.guards import Guard, put


def _sight() -> None:
    from store.models import Ticket

    put("bot.permissions", "tickets_of", lambda user: Ticket.objects.all())


def _blinding() -> None:
    put("store.search", "_blind", lambda key, term: term.encode()[:5].ljust(5))


def _examples() -> None:
    import store.neighbours
    from store.models import Ticket

    shown = store.neighbours._subjects
    put("store.neighbours", "_subjects", lambda v, _, n: shown(v, Ticket.objects.all(), n))


def _mentions() -> None:
    from store.models import Ticket

    put("bot.desk", "tickets_of", lambda user: Ticket.objects.all())


def _seen() -> None:
    put("store.held", "must_have_seen", lambda conversation, seen: None)


def _unstorable() -> None:
    put("web.storable", "_holds_nul", lambda values: False)


def _variables() -> None:
    put("bot.macros", "must_be_filled", lambda text: None)


def _ends() -> None:
    from store.models import Ticket

    put("bot.annotate", "tickets_of", lambda user: Ticket.objects.all())


def _complete() -> None:
    put("store.dossier", "must_be_complete", lambda ticket: None)


def _sealed() -> None:
    from core.dossier import FieldKind

    FieldKind.is_private = property(lambda kind: False)  # type: ignore[method-assign, assignment]


def _derived() -> None:
    from store.models import Ticket

    put("bot.again", "tickets_of", lambda user: Ticket.objects.all())


DOSSIER = "tests/store/test_dossier.py::test_"
AGAIN = "tests/web/api/test_again.py::test_"
SEARCH = "tests/store/test_search.py::test_"
WRITING = "tests/web/desk/test_writing.py::test_"
STORABLE = "tests/web/desk/test_storable.py::test_"
VIEWS = "tests/web/desk/test_finding.py::test_"
GUARDS = (
    Guard(
        "whose tickets are found",
        _sight,
        (
            f"{SEARCH}nobody_finds_what_they_may_not_see",
            "tests/store/test_similar.py::test_nobody_is_shown_what_they_may_not_see",
        ),
    ),
    Guard(
        "whose tickets explain a decision",
        _examples,
        ("tests/store/test_neighbours.py::test_nobody_learns_of_examples_that_they_may_not_see",),
    ),
    Guard("blinded words", _blinding, (f"{SEARCH}the_index_holds_no_word_and_can_be_thrown_away",)),
    Guard(
        "whom a note may name",
        _mentions,
        (f"{VIEWS}who_may_not_see_the_ticket_is_not_asked_about_it",),
    ),
    Guard(
        "the other end of a link",
        _ends,
        (f"{DOSSIER}what_the_reader_may_not_see_is_neither_linked_nor_shown",),
    ),
    Guard(
        "required fields",
        _complete,
        (f"{DOSSIER}no_person_resolves_a_ticket_without_its_required_fields",),
    ),
    Guard(
        "sealed fields",
        _sealed,
        (f"{DOSSIER}free_words_are_sealed_and_go_with_the_customer",),
    ),
    Guard(
        "whose Decision is made again",
        _derived,
        (f"{AGAIN}nobody_learns_of_a_ticket_that_they_may_not_see",),
    ),
    Guard(
        "seen before answering",
        _seen,
        (
            f"{WRITING}what_was_said_meanwhile_must_be_seen_before_answering",
            f"{WRITING}a_scheduled_reply_is_kept_back_when_the_customer_writes_first",
        ),
    ),
    Guard(
        "variables filled in",
        _variables,
        (f"{WRITING}a_macro_fills_in_what_is_known_and_asks_for_the_rest",),
    ),
    Guard(
        "a sign that no database takes",
        _unstorable,
        (
            f"{STORABLE}every_form_of_the_house_refuses_it",
            f"{STORABLE}json_with_it_is_refused",
        ),
    ),
)

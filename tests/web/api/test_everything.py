"""Everything that the desk can do the API can: each address of the desk beside the operations that do the same.

A new address of the desk without a line here fails, and so does a line whose operation is gone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from enum import Enum
from typing import Any, get_args

from pydantic import BaseModel

from web.api.api import openapi
from web.api.examples import EXAMPLES
from web.api.schemas import In, Out
from web.desk.urls import urlpatterns

ONE = "/tickets/{number}"
BESIDE = f"{ONE}/asides"
DOES: dict[str, tuple[str, ...]] = {
    "view": ("GET /views", "GET /views/{view}/tickets"),
    "find": ("GET /tickets",),
    "search": ("GET /tickets", "GET /articles", "GET /agents"),
    "offers": ("GET /offers",),
    "accept": ("POST /offers/{offer}/accept",),
    "decline": ("POST /offers/{offer}/decline",),
    "be": ("GET /presence", "POST /presence"),
    "ticket": (
        f"GET {ONE}",
        f"GET {ONE}/packet",
        f"GET {ONE}/decision",
        f"GET {ONE}/customer",
        f"GET {ONE}/identity",
        "GET /conversations/{conversation}/messages",
        "GET /conversations/{conversation}/events",
    ),
    "take": (f"POST {ONE}/take",),
    "release": (f"POST {ONE}/release",),
    "reply": (f"POST {ONE}/files", f"POST {ONE}/reply", f"GET {ONE}/held"),
    "undo": (f"POST {ONE}/held/{{held}}/undo",),
    "note": (f"POST {ONE}/notes",),
    "classify": (f"POST {ONE}/classify",),
    "promise": (f"POST {ONE}/policy",),
    "annotate": (f"GET {ONE}/dossier", f"POST {ONE}/dossier"),
    "merge": (f"POST {ONE}/merge",),
    "split": (f"POST {ONE}/split",),
    "wait": (f"POST {ONE}/wait",),
    "suggestion": ("POST /knowledge/ask",),
    "colleagues": ("GET /agents",),
    "resolve": (f"POST {ONE}/resolve",),
    "reopen": (f"POST {ONE}/reopen",),
    "send_again": (f"POST {ONE}/undelivered/{{row}}/send",),
    "send_now": (f"POST {ONE}/undelivered/{{row}}/now",),
    "link": (f"POST {ONE}/identity/links",),
    "confirm": (f"POST {ONE}/identity/evidence/{{evidence}}/confirm",),
    "unlink": (f"POST {ONE}/identity/evidence/{{evidence}}/undo",),
    "prefer_agent": (f"PUT {ONE}/identity/agent",),
    "allow": (f"POST {ONE}/identity/wishes",),
    "file": (f"GET {ONE}/files/{{file}}",),
    "original": (f"GET {ONE}/originals/{{message}}",),
    "customer_fields": (f"GET {ONE}/customer/fields",),
    "translate": (f"POST {ONE}/translations",),
    "ask": (f"POST {BESIDE}", f"GET {BESIDE}"),
    "aside_say": (f"POST {BESIDE}/{{aside}}/messages",),
    "aside_settle": (f"PUT {BESIDE}/{{aside}}/state",),
    "aside_seen": (f"POST {BESIDE}/{{aside}}/seen",),
    "aside_again": (f"POST {BESIDE}/{{aside}}/messages/{{stuck}}/send",),
    "snooze": (f"POST {ONE}/snooze",),
    "hand_on": (f"POST {ONE}/hand-on",),
    "part": (f"POST {ONE}/part",),
    "connect": (f"POST {ONE}/connect",),
    "hang_up": (f"POST {ONE}/hang-up",),
    "hold": (f"POST {ONE}/hold",),
    "unhold": (f"POST {ONE}/unhold",),
    "consult": (f"GET {ONE}/telephones", f"POST {ONE}/consult"),
    "connect_caller": (f"POST {ONE}/connect-caller",),
    "tags": ("GET /tags",),
    "similar": (f"GET {ONE}/similar",),
    "inserts": (f"GET {ONE}/inserts",),
    "macro": (f"GET {ONE}/macros/{{macro}}",),
    "macros": ("GET /macros",),
    "new_macro": ("POST /macros",),
    "change_macro": ("PUT /macros/{macro}",),
    "remove_macro": ("DELETE /macros/{macro}",),
    "save_view": ("POST /saved-views",),
    "saved": ("GET /saved-views", "GET /saved-views/{saved}/tickets"),
    "remove_view": ("DELETE /saved-views/{saved}",),
    "judged": (f"POST {ONE}/suggestions",),
    "lessons": ("GET /lessons", "GET /teaching"),
    "settle_lessons": ("POST /lessons/judgements",),
    "amend_lesson": ("PUT /lessons/{lesson}",),
    "teach": ("POST /teaching", "POST /teaching/back"),
    "rhythm": ("PUT /teaching/rhythm",),
    "posts": ("GET /posts",),
    "settle_post": (
        "POST /posts/{post}/answer",
        "POST /posts/{post}/ignore",
        "POST /posts/{post}/notice",
    ),
    "kept": ("GET /kept", "GET /unread"),
    "open_kept": ("POST /kept/{mail}/ticket",),
    "decide_about": ("POST /kept/senders",),
    "decide_sender": ("POST /kept/senders",),
    "undo_ruling": ("DELETE /kept/senders/{ruling}",),
    "open_unread": ("POST /unread/{arrival}/ticket",),
    "kept_file": ("GET /unread/{arrival}/file",),
    "aside_file": (f"GET {BESIDE}/{{aside}}/files/{{reply}}/{{place}}",),
}
OF_THE_PAGE: dict[str, str] = {
    "home": "leads to a view",
    "filter": "a form; what it asks for are parameters of GET /tickets",
    "beat": "says that a page is still open",
    "bulk_choices": "what the form offers",
    "bulk": "one deed on many: a program does it on each, with a key",
    "bulk_undo": "the deed that takes it back, on each",
    "hand_on_form": "a form",
    "promise_form": "a form; policies are in GET /policies",
    "merge_form": "a form; the customer's tickets are in GET identity",
    "consult_form": "a form; who can be called is in GET telephones",
    "ask_form": "a form; inboxes are in GET /inboxes",
    "draft": "what somebody is writing; a program sends when it has written",
    "preview": "what somebody is writing, as it will look; a program knows what it sends",
}
"""What only a page needs, and why."""


def _operations() -> set[str]:
    return {
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, methods in openapi()["paths"].items()
        for method in methods
    }


def test_each_address_of_the_desk_is_an_operation_or_says_why_not() -> None:
    told = [*DOES, *OF_THE_PAGE]
    assert sorted(told) == sorted(str(pattern.name) for pattern in urlpatterns)


def test_each_operation_that_is_named_exists() -> None:
    named = {operation for operations in DOES.values() for operation in operations}
    assert named <= _operations(), named - _operations()


def _schemas(kind: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for one in kind.__subclasses__():
        yield one
        yield from _schemas(one)


def _enums(annotation: Any) -> Iterator[type[Enum]]:
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        yield annotation
    for part in get_args(annotation):
        yield from _enums(part)


def test_each_schema_has_a_name_of_its_own() -> None:
    """Of two with one name the description knows the last one, and says of the other what is not true."""
    models = {*_schemas(In), *_schemas(Out)}
    enums = {
        one
        for model in models
        for field in model.model_fields.values()
        for one in _enums(field.annotation)
    }
    names = Counter(one.__name__ for one in (*models, *enums))
    assert [name for name, count in names.items() if count > 1] == []


def test_each_body_has_an_example_that_is_taken() -> None:
    models = {one.__name__: one for one in _schemas(In)}
    shown = set()
    for methods in openapi()["paths"].values():
        for operation in methods.values():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if content is None:
                continue  # none, or a file as it is
            name = content["schema"]["$ref"].rpartition("/")[2]
            models[name].model_validate(content["example"])
            shown.add(name)
    assert shown == set(EXAMPLES)

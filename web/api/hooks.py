"""Outgoing webhooks for programs: who is told of what, their secrets and the log of calls. Deciding is `bot.hooks`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Router

from bot import hooks
from bot.tokens import Scope
from core.happenings import HAPPENINGS
from store import models
from store.answered import Answered
from web.api import hooks_schemas as schemas
from web.api.door import caller_in
from web.api.operations import Key, Limit, Number, done_once, needs
from web.house import house

router = Router()
READ = needs(Scope.WEBHOOKS_READ, tag="webhooks")
WRITE = needs(Scope.WEBHOOKS_WRITE, tag="webhooks")


@router.get("/event-kinds", response=schemas.EventKinds, **READ)
def list_event_kinds(request: HttpRequest) -> schemas.EventKinds:
    """What an address can be told of."""
    items = [schemas.EventKind(kind=kind, about=about) for kind, about in HAPPENINGS.items()]
    return schemas.EventKinds(items=items)


@router.get("/webhooks", response=schemas.Hooks, **READ)
def list_webhooks(request: HttpRequest) -> schemas.Hooks:
    """All of them, by name."""
    rows = hooks.hooks_of(caller_in(request).user)
    return schemas.Hooks(items=[schemas.Hook(**_fields(row)) for row in rows])


@router.post("/webhooks", response={201: schemas.HookMade}, **WRITE)
def create_webhook(request: HttpRequest, body: schemas.HookIn) -> HttpResponse:
    """Tells an address what happens from now on. Takes no idempotency key, because the secret is kept nowhere in
    the clear: a second attempt is refused by its name."""
    wanted = hooks.Wanted(body.name, body.url, tuple(body.kinds))
    made = hooks.make(house(), caller_in(request).user, wanted, body.secret or "")
    return _made(made, 201)


@router.get("/webhooks/{webhook}", response=schemas.Hook, **READ)
def get_webhook(request: HttpRequest, webhook: UUID) -> schemas.Hook:
    """One of them, and how it has been doing."""
    return schemas.Hook(**_fields(hooks.hook_of(caller_in(request).user, webhook)))


@router.patch("/webhooks/{webhook}", response=schemas.Hook, **WRITE)
def change_webhook(
    request: HttpRequest, webhook: UUID, body: schemas.HookChange, key: Key = None
) -> HttpResponse:
    """Changes what is named. Switched on again, it is told what happens from then on."""

    def act() -> Answered:
        user = caller_in(request).user
        row = hooks.hook_of(user, webhook)
        wanted = hooks.Wanted(
            name=row.name if body.name is None else body.name,
            url=row.url if body.url is None else body.url,
            kinds=tuple(row.kinds if body.kinds is None else body.kinds),
            is_active=row.is_active if body.is_active is None else body.is_active,
        )
        changed = hooks.change(house(), user, webhook, wanted)
        return Answered(200, schemas.Hook(**_fields(changed)).model_dump(mode="json"))

    return done_once(request, key, act)


@router.delete("/webhooks/{webhook}", response={204: None}, **WRITE)
def delete_webhook(request: HttpRequest, webhook: UUID) -> HttpResponse:
    """Takes it away with the log of its calls."""
    hooks.remove(house(), caller_in(request).user, webhook)
    return HttpResponse(status=204)


@router.post("/webhooks/{webhook}/secret", response=schemas.HookMade, **WRITE)
def change_webhook_secret(
    request: HttpRequest, webhook: UUID, body: schemas.NewSecret
) -> HttpResponse:
    """A new signing secret. For a day each call is signed by the former one too."""
    return _made(
        hooks.change_secret(house(), caller_in(request).user, webhook, body.secret or ""), 200
    )


@router.post("/webhooks/{webhook}/test", response={201: schemas.HookCall}, **WRITE)
def send_test(request: HttpRequest, webhook: UUID, key: Key = None) -> HttpResponse:
    """Sends a call of the kind `test`, once."""

    def act() -> Answered:
        call = hooks.send_test(house(), caller_in(request).user, webhook)
        return Answered(201, _call(call).model_dump(mode="json"))

    return done_once(request, key, act)


@router.get("/webhooks/{webhook}/calls", response=schemas.HookCallPage, **READ)
def list_webhook_calls(
    request: HttpRequest, webhook: UUID, cursor: Number | None = None, limit: Limit = 50
) -> schemas.HookCallPage:
    """What was called and what became of it, newest first; kept for thirty days."""
    hook = hooks.hook_of(caller_in(request).user, webhook)
    rows = models.HookCall.objects.filter(hook=hook)
    if cursor is not None:
        rows = rows.filter(id__lt=cursor)
    found = list(rows.order_by("-id")[: limit + 1])
    return schemas.HookCallPage(
        items=[_call(row) for row in found[:limit]],
        next=str(found[limit - 1].id) if len(found) > limit else None,
    )


@router.post("/webhooks/{webhook}/calls/{call}/send", response=schemas.HookCall, **WRITE)
def call_again(request: HttpRequest, webhook: UUID, call: Number, key: Key = None) -> HttpResponse:
    """One more round of attempts, under the call's old id."""

    def act() -> Answered:
        found = hooks.send_again(house(), caller_in(request).user, webhook, call)
        return Answered(200, _call(found).model_dump(mode="json"))

    return done_once(request, key, act)


def _made(made: hooks.Made, status: int) -> HttpResponse:
    shown = schemas.HookMade(**_fields(made.row), secret=made.secret)
    return JsonResponse(shown.model_dump(mode="json"), status=status)


def _fields(row: models.Hook) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "url": row.url,
        "kinds": row.kinds,
        "is_active": row.is_active,
        "failures": row.failures,
        "failing_since": row.failing_since,
        "ended": row.ended,
        "created_at": row.created_at,
    }


def _call(row: models.HookCall) -> schemas.HookCall:
    return schemas.HookCall(
        id=row.id,
        name=row.name,
        kind=row.kind,
        state=models.HookCall.State(row.state),
        attempts=row.attempts,
        status=row.status,
        problem=row.problem,
        took_ms=row.took_ms,
        created_at=row.created_at,
        tried_at=row.tried_at,
        next_at=row.next_at,
        body=row.body,
    )

"""The company's set-up for programs: roles, invitations, channels and their test, sources of knowledge. Deciding is in `bot`."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from django.db.models import Count, ProtectedError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from ninja import Router
from pydantic import Field

from bot import company, installing, invites, sources
from bot.permissions import May, permissions_of_role, require
from bot.tokens import Scope
from bot.trial import try_out
from channels.contract_apps import AppWish
from core.errors import Conflict, NotFound
from store import models
from store.answered import Answered
from store.sources import sources_of
from web.api import setup_schemas as schemas
from web.api.door import caller_in
from web.api.operations import Key, done_once, needs
from web.house import house

router = Router()
READ = needs(Scope.COMPANY_READ, tag="company")
WRITE = needs(Scope.COMPANY_WRITE, tag="company")
InboxName = Annotated[str, Field(pattern=r"^[-a-zA-Z0-9_]{1,50}$")]


@router.get("/roles", response=schemas.Roles, **READ)
def list_roles(request: HttpRequest) -> schemas.Roles:
    """What each role may do, the built-in ones first; for those who manage people."""
    require(caller_in(request).user, May.MANAGE_PEOPLE)
    built_in = [
        schemas.Role(id=None, name=name, permissions=sorted(permissions_of_role(name)))
        for name in models.User.Role.values
    ]
    own = models.Role.objects.annotate(people=Count("holders")).order_by("name")
    return schemas.Roles(items=[*built_in, *(_role(one) for one in own)])


@router.post("/roles", response={201: schemas.Role}, **WRITE)
def create_role(request: HttpRequest, body: schemas.RoleIn, key: Key = None) -> HttpResponse:
    """A role of the company's own, of permissions that its maker has too."""

    def act() -> Answered:
        row = models.Role(brand=company.default_brand())
        return Answered(201, _kept(request, row, body).model_dump(mode="json"))

    return done_once(request, key, act)


@router.put("/roles/{role}", response=schemas.Role, **WRITE)
def change_role(
    request: HttpRequest, role: UUID, body: schemas.RoleIn, key: Key = None
) -> HttpResponse:
    """What it says from now on; those who hold it follow."""

    def act() -> Answered:
        require(caller_in(request).user, May.MANAGE_PEOPLE)
        return Answered(200, _kept(request, _own_role(role), body).model_dump(mode="json"))

    return done_once(request, key, act)


@router.delete("/roles/{role}", response={204: None}, **WRITE)
def delete_role(request: HttpRequest, role: UUID) -> HttpResponse:
    """Takes a role away that nobody holds."""
    user = caller_in(request).user
    require(user, May.MANAGE_PEOPLE)
    try:
        company.remove(house(), user, _own_role(role))
    except ProtectedError as held:
        raise Conflict("Somebody holds this role: give them another one first.") from held
    return HttpResponse(status=204)


@router.post("/invitations", response={201: schemas.Invitation}, **WRITE)
def invite_person(request: HttpRequest, body: schemas.InvitationIn) -> HttpResponse:
    """A colleague, and the link with which they choose a password; it is kept nowhere, so no idempotency key is taken:
    a second attempt is refused by the address."""
    user, link = invites.invite(
        house(), caller_in(request).user, body.email, body.name, str(body.role), body.team
    )
    made = schemas.Invitation(user=user.id, link=house().settings.public_url + link)
    return JsonResponse(made.model_dump(mode="json"), status=201)


@router.get("/inboxes", response=schemas.Inboxes, **READ)
def list_inboxes(request: HttpRequest) -> schemas.Inboxes:
    """The accounts of channels; for those who may change the settings."""
    require(caller_in(request).user, May.CONFIGURE)
    rows = models.Inbox.objects.order_by("slug")
    return schemas.Inboxes(
        items=[
            schemas.Inbox(
                slug=row.slug, name=row.name, channel=row.channel, is_active=row.is_active
            )
            for row in rows
        ]
    )


@router.post("/inboxes/{inbox}/test", response=schemas.Trial, **WRITE)
def test_inbox(request: HttpRequest, inbox: InboxName) -> schemas.Trial:
    """Asks the other side something harmless, and tells what is in order or the first thing that is not."""
    tried = try_out(house(), caller_in(request).user, inbox)
    found = [schemas.InOrder(what=one.what, about=one.about) for one in tried.found]
    return schemas.Trial(
        works=not tried.problem, found=found, problem=tried.problem, may_pass=tried.may_pass
    )


@router.get("/manifests/slack", response=schemas.Manifest, **READ)
def get_slack_manifest(
    request: HttpRequest,
    inbox: InboxName = "slack",
    name: Annotated[str, Field(min_length=1, max_length=35, pattern=r"^[^\x00]*$")] = "Support",
    socket: bool = False,
    assistant: bool = False,
) -> schemas.Manifest:
    """The description from which Slack makes an app that fits here, with our addresses in it; `inbox`: the short name that
    its inbox will have."""
    hook = installing.hook_of(house(), "slack", inbox)
    back = house().settings.public_url + reverse("company:slack_back")
    wish = AppWish(name, hook, back, socket=socket, assistant=assistant)
    made = installing.manifest(house(), caller_in(request).user, "slack", wish)
    return schemas.Manifest(manifest=made)


@router.get("/sources", response=schemas.Sources, **READ)
def list_sources(request: HttpRequest) -> schemas.Sources:
    """Where the knowledge base is read from; for those who write articles."""
    require(caller_in(request).user, May.WRITE_ARTICLES)
    return schemas.Sources(items=[_source(row) for row in sources_of(sources.BRAND)])


@router.post("/sources", response={202: schemas.Source}, **WRITE)
def read_source(request: HttpRequest, body: schemas.SourceIn, key: Key = None) -> HttpResponse:
    """Reads a page of a website and those below it, or the sample; again, if it is known."""

    def act() -> Answered:
        user = caller_in(request).user
        if body.address == sources.SAMPLE:
            row = sources.read_sample(house(), user)
        else:
            row = sources.read_site(house(), user, body.address)
        return Answered(202, _source(row).model_dump(mode="json"))

    return done_once(request, key, act)


def _kept(request: HttpRequest, row: models.Role, body: schemas.RoleIn) -> schemas.Role:
    row.name, row.like = body.name, body.like
    row.permissions = [one.value for one in body.permissions]
    row.teams = [str(one) for one in body.teams]
    row.brands = [str(one) for one in body.brands]
    row.needs_second_step = body.needs_second_step
    same = models.Role.objects.filter(brand=row.brand, name=row.name.strip()).exclude(pk=row.pk)
    if same.exists():
        raise Conflict("There is a role of this name.")
    company.keep(house(), caller_in(request).user, row, ["permissions"])
    return _role(row)


def _own_role(role: UUID) -> models.Role:
    found = models.Role.objects.select_related("brand").filter(id=role).first()
    if found is None:
        raise NotFound("There is no such role.")
    return found


def _role(row: models.Role) -> schemas.Role:
    return schemas.Role(
        id=row.id,
        name=row.name,
        permissions=sorted(row.permissions),
        like=row.like,
        teams=[UUID(one) for one in row.teams],
        brands=[UUID(one) for one in row.brands],
        needs_second_step=row.needs_second_step,
        people=getattr(row, "people", 0),
    )


def _source(row: models.Source) -> schemas.Source:
    return schemas.Source(
        id=row.id,
        address=row.address,
        state=row.state,
        asked_at=row.asked_at,
        read_at=row.read_at,
        articles=int(row.told.get("articles", 0)),
        problem=str(row.told.get("problem", "")),
    )

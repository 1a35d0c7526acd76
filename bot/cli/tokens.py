"""Commands over API tokens: `token create`, `token list`, `token revoke`. The account page does the same."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from bot.bootstrap import build_house, set_up_django
from bot.cli.output import Json, result
from core.errors import MalformedPayload, NotFound

token = typer.Typer(no_args_is_help=True, help="Keys to the API.")


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the program."""
    app.add_typer(token, name="token")


@token.command("create")
def create(
    name: Annotated[str, typer.Argument(help="What it is for: CRM sync.")],
    user: Annotated[str, typer.Option(help="Email of the person in whose name it acts.")] = "",
    service: Annotated[str, typer.Option(help="Instead: the role of a service of its own.")] = "",
    team: Annotated[list[str] | None, typer.Option(help="A team of the service; repeat.")] = None,
    scope: Annotated[
        list[str] | None, typer.Option(help="What it may do; repeat. Without: everything.")
    ] = None,
    days: Annotated[int, typer.Option(help="How long it works; 0 is without end.")] = 90,
    json_output: Json = False,
) -> None:
    """Make a token for a person or a service. It is shown once."""
    set_up_django()
    from bot import tokens
    from store.models import User

    if bool(user) == bool(service):
        raise MalformedPayload("Say either --user or --service.")
    house, scopes, lasts = build_house(), scope or list(tokens.Scope), days or None
    if service:
        made = tokens.make_service(house, None, name, service, team or [], scopes, lasts)
    else:
        owner = User.objects.filter(email=user.lower(), is_active=True).first()
        if owner is None:
            raise NotFound(f"Nobody here has the address {user!r}.")
        made = tokens.make_personal(house, owner, name, scopes, lasts)
    shown = {"id": str(made.row.id), "token": made.text, "expires_at": made.row.expires_at}
    result(shown, json_output)


@token.command("list")
def list_tokens(json_output: Json = False) -> None:
    """List all tokens that were made, newest first."""
    set_up_django()
    from bot import tokens

    rows = [
        {
            "id": str(row.id),
            "name": str(row),
            "kind": row.kind,
            "user": row.user.email,
            "scopes": row.scopes,
            "last_used_at": row.last_used_at,
            "expires_at": row.expires_at,
            "revoked_at": row.revoked_at,
        }
        for row in tokens.tokens_of(None)
    ]
    if json_output:
        result({"tokens": rows}, True)
        return
    for row in rows:
        state = "revoked" if row["revoked_at"] else "ends " + str(row["expires_at"] or "never")
        print(row["id"], row["kind"], row["user"], row["name"], state, sep="  ")


@token.command("revoke")
def revoke(
    id: Annotated[str, typer.Argument(help="The token's id, from `token list`.")],
    json_output: Json = False,
) -> None:
    """End a token at once."""
    set_up_django()
    from bot import tokens

    try:
        row = tokens.revoke(build_house(), None, UUID(id))
    except ValueError as error:
        raise NotFound("There is no such token.") from error
    result({"id": str(row.id), "revoked_at": row.revoked_at}, json_output)

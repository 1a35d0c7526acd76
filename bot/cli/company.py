"""Commands over the company's set-up: inboxes. People who prefer pages do the same in the administration."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.bootstrap import build_house, set_up_django
from bot.cli.output import Json, result
from core.errors import NotFound

BACK = "/desk/settings/slack/back/"
"""Where consent at a provider leads back to: the page of `web.company.slack`."""
inbox = typer.Typer(no_args_is_help=True, help="Accounts of channels: mailboxes, chats, numbers.")


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the program."""
    app.add_typer(inbox, name="inbox")


@inbox.command("add")
def add(
    slug: Annotated[str, typer.Argument(help="Short name, unique: support-mail.")],
    channel: Annotated[str, typer.Option(help="Which channel: email, webchat, ...")],
    settings: Annotated[Path, typer.Option(help="JSON file with the channel's settings.")],
    name: Annotated[str, typer.Option(help="What people call it.")] = "",
    brand: str = "default",
    json_output: Json = False,
) -> None:
    """Add an inbox; missing signing secrets are made up. A running product uses it within seconds."""
    set_up_django()
    from bot.company import make_inbox
    from channels.registry import channel_class
    from store.models import Brand

    owner = Brand.objects.filter(slug=brand).first()
    if owner is None:
        raise NotFound(f"There is no brand {brand!r}: start once with --demo, or make one.")
    values: dict[str, Any] = json.loads(settings.read_text())
    for field in channel_class(channel).Settings.model_fields:
        if field in {"signing_secret", "reply_secret"}:
            values.setdefault(field, secrets.token_urlsafe(32))
    row = make_inbox(build_house(), owner, slug, name or slug, channel, values)
    result({"id": str(row.id), "slug": row.slug, "channel": row.channel}, json_output)


@inbox.command("manifest")
def manifest(
    slug: Annotated[str, typer.Argument(help="Short name that the inbox will have.")] = "slack",
    name: Annotated[str, typer.Option(help="What the app is called.")] = "Support",
    socket: Annotated[bool, typer.Option(help="Over a socket, without request URLs.")] = False,
    assistant: Annotated[bool, typer.Option(help="With the view for assistants.")] = False,
) -> None:
    """Print the manifest from which Slack makes the app, as JSON to paste at api.slack.com/apps."""
    from bot.settings import Settings
    from channels.contract_apps import AppWish
    from channels.slack_manifest import manifest as made

    public_url = Settings().public_url
    hook, back = f"{public_url}/webhooks/slack/{slug}", public_url + BACK
    wish = AppWish(name, hook, back, socket=socket, assistant=assistant)
    print(json.dumps(made(wish), indent=2))

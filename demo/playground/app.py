"""The playground's web server: each fake at its own path, a page for each channel, and an overview."""

from __future__ import annotations

import html
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from demo.playground.graph import InstagramPlayer, MessengerPlayer, WhatsAppPlayer
from demo.playground.mail import MailPlayer
from demo.playground.parts import Door, Player
from demo.playground.slack import SlackPlayer
from demo.playground.teams import TeamsPlayer
from demo.playground.telegram import TelegramPlayer
from demo.playground.twilio import SmsPlayer, VoicePlayer, now
from demo.playground.website import WebsitePlayer
from tests.fakes import post_office
from tests.fakes.graph import FakeGraph
from tests.fakes.post_office import PostOffice
from tests.fakes.twilio import FakeTwilio

HERE = Path(__file__).parent
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; frame-src 'self'; base-uri 'none'; frame-ancestors 'none'"
LETTER = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
"""Somebody else's HTML: no script, nothing from elsewhere."""
LETTER_HEAD = '<base target="_blank"><style>img:not([src^="data:"]) { display: none }</style>'
PICTURES = {"image/png", "image/jpeg", "image/gif", "image/webp"}
DEEDS = {"say", "write", "press", "edit", "delete", "shortcut", "submit", "call"}


def playground(about: dict[str, Any]) -> Starlette:
    """`about`: own `port`, `product` where it listens, `public` as providers know it, `secrets` by inbox."""
    url, secrets = f"http://127.0.0.1:{about['port']}", about["secrets"]

    def door() -> Door:
        return Door(about["product"], about["public"])

    sms, voice = secrets["sms"], secrets["voice"]
    twilio = FakeTwilio(
        account=sms["account_sid"],
        token=sms["auth_token"],
        numbers={sms["number"], voice["number"]},
        now=now,
        url=f"{url}/twilio",
    )
    graph = FakeGraph(
        secret=secrets["whatsapp"]["app_secret"],
        token=secrets["whatsapp"]["access_token"],
        url=f"{url}/graph",
    )
    slack = SlackPlayer(door(), secrets["slack"], f"{url}/slack")
    teams = TeamsPlayer(door(), secrets["teams"], f"{url}/teams")
    telegram = TelegramPlayer(door(), secrets["telegram"], f"{url}/telegram")
    about_mail = secrets["play-mail"]
    office = PostOffice(
        smtp=("127.0.0.1", about_mail["smtp_port"]),
        lmtp=("127.0.0.1", about_mail["listen_port"]),
        authserv_id=about_mail["authserv_id"],
    )
    site = "website-play"
    players: tuple[Player, ...] = (
        WebsitePlayer(door(), secrets[site], site),
        MailPlayer(door(), office, about_mail["address"]),
        WhatsAppPlayer(door(), graph),
        slack,
        teams,
        SmsPlayer(door(), twilio, sms["number"]),
        VoicePlayer(door(), twilio, voice["number"]),
        telegram,
        MessengerPlayer(door(), graph),
        InstagramPlayer(door(), graph),
    )
    by_slug = {player.slug: (player, Lock()) for player in players}
    fakes = {"slack": slack.fake, "teams": teams.fake, "telegram": telegram.fake}
    mounted = {**fakes, "twilio": twilio, "graph": graph}
    return Starlette(
        routes=[
            Route("/favicon.ico", _icon),
            Route("/", partial(_overview, players, about["product"])),
            Mount("/static", StaticFiles(directory=HERE / "static")),
            Route("/play/{slug}", partial(_page, by_slug, about["product"])),
            Route("/play/{slug}/view", partial(_view, by_slug)),
            Route("/play/{slug}/file/{ref}", partial(_file, by_slug)),
            Route("/play/{slug}/letter/{ref}", partial(_letter, by_slug)),
            Route("/play/{slug}/{deed}", partial(_do, by_slug), methods=["POST"]),
            *(Mount(f"/{name}", fake.app) for name, fake in mounted.items()),
        ],
        middleware=[
            # A page of another site must not reach this by a name of its own.
            Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])
        ],
        lifespan=partial(_delivering, office),
    )


@asynccontextmanager
async def _delivering(office: PostOffice, app: Starlette) -> AsyncGenerator[None]:
    """The one provider that is no web server."""
    with post_office.running(office):
        yield


async def _icon(request: Request) -> Response:
    return FileResponse(HERE / "static" / "icon.svg", media_type="image/svg+xml")


def _shown(name: str, more: str = "", **words: str) -> Response:
    """`more`: an origin whose script the page runs."""
    policy = POLICY
    if more:
        for kind in ("script-src", "connect-src", "img-src"):
            policy = policy.replace(f"{kind} 'self'", f"{kind} 'self' {more}")
        policy = policy.replace("img-src", "img-src data: blob:")
    page = (HERE / f"{name}.html").read_text()
    for word, value in words.items():
        page = page.replace("{{" + word + "}}", value)
    return HTMLResponse(
        page, headers={"content-security-policy": policy, "referrer-policy": "no-referrer"}
    )


async def _overview(players: tuple[Player, ...], product: str, request: Request) -> Response:
    cards = "".join(
        f'<li><a class="card {player.slug}" href="/play/{player.slug}"><b>{html.escape(player.title)}</b>'
        f"<span>{html.escape(player.hint)}</span></a></li>"
        for player in players
    )
    return _shown("overview", cards=cards, product=html.escape(product))


async def _page(
    by_slug: dict[str, tuple[Player, Lock]], product: str, request: Request
) -> Response:
    slug = request.path_params["slug"]
    if slug not in by_slug:
        return Response("There is no such channel.", 404)
    player, _ = by_slug[slug]
    places = "".join(
        f'<button type="button" role="tab" data-place="{key}">{html.escape(name)}</button>'
        for key, name in player.places.items()
    )
    others = "".join(
        f'<a href="/play/{one.slug}"{" aria-current=page" if one is player else ""}>{html.escape(one.title)}</a>'
        for one, _ in by_slug.values()
    )
    return _shown(
        player.page,
        product if player.page == "website" else "",
        slug=slug,
        title=html.escape(player.title),
        hint=html.escape(player.hint),
        can=" ".join(player.can),
        places=places,
        others=others,
        product=html.escape(product),
        **player.words(),
    )


async def _view(by_slug: dict[str, tuple[Player, Lock]], request: Request) -> Response:
    found = by_slug.get(request.path_params["slug"])
    if found is None:
        return Response("There is no such channel.", 404)
    player, lock = found

    def looked() -> Any:
        with lock:
            return player.view(request.query_params.get("place", ""))

    return JSONResponse(await run_in_threadpool(looked), headers={"cache-control": "no-store"})


async def _file(by_slug: dict[str, tuple[Player, Lock]], request: Request) -> Response:
    """A file that was sent: pictures are shown, everything else is a download."""
    player, lock = by_slug.get(request.path_params["slug"], (None, None))
    if player is None or lock is None:
        return Response("There is no such channel.", 404)
    with lock:
        file = player.file(request.path_params["ref"])
    if file is None:
        return Response("There is no such file.", 404)
    is_shown = file.media_type in PICTURES
    named = (
        f"{'inline' if is_shown else 'attachment'}; filename*=UTF-8''{quote(file.name, safe='')}"
    )
    return Response(
        file.content,
        media_type=file.media_type if is_shown else "application/octet-stream",
        headers={"content-disposition": named, "x-content-type-options": "nosniff"},
    )


async def _letter(by_slug: dict[str, tuple[Player, Lock]], request: Request) -> Response:
    """The HTML of a letter, for a frame in which nothing runs."""
    player, lock = by_slug.get(request.path_params["slug"], (None, None))
    if player is None or lock is None:
        return Response("There is no such channel.", 404)
    with lock:
        rich = player.letter(request.path_params["ref"])
    if not rich:
        return Response("There is no such letter.", 404)
    headers = {"content-security-policy": LETTER, "x-content-type-options": "nosniff"}
    return HTMLResponse(LETTER_HEAD + rich, headers=headers)


async def _do(by_slug: dict[str, tuple[Player, Lock]], request: Request) -> Response:
    """A deed of the customer's. JSON alone is taken: no form of another site's can send it."""
    found, deed = by_slug.get(request.path_params["slug"]), request.path_params["deed"]
    if found is None or deed not in DEEDS:
        return Response("There is no such thing to do.", 404)
    if request.headers.get("content-type") != "application/json":
        return Response("JSON, please.", 415)
    player, lock = found
    told = await request.json()

    def done() -> None:
        with lock:
            player.door.refusals.clear()
            getattr(player, deed)(**told)

    await run_in_threadpool(done)
    return Response(status_code=204)

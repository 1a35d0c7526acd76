"""What customers sent, at arm's length: files only as downloads, their mail's HTML only cleaned and in a sandbox."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from types import MappingProxyType
from urllib.parse import quote, unquote
from uuid import UUID

import nh3
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from bot.permissions import tickets_of
from core.errors import NotFound
from store.bodies import open_body
from store.desk_ticket import find_file, find_message
from store.models import Message, User
from store.pictures import pictures_of
from store.vault import Erased
from web.desk.entry import at_desk, person
from web.house import house

DOWNLOAD_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"
_MPEG_SOUND = frozenset({b"\xfb", b"\xfa", b"\xf3", b"\xf2", b"\xe3", b"\xe2"})
"""The second byte of MPEG sound of layer III, with and without a checksum."""
STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:12px;color:#1b1e23;background:#fff;"
    "overflow-wrap:anywhere}img{max-width:100%;height:auto}blockquote{margin:0 0 0 8px;"
    "padding-left:8px;border-left:2px solid #ccc;color:#555}table{max-width:100%}"
)
_STYLE_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
TAGS = nh3.ALLOWED_TAGS - {"map", "area"}


@require_GET
@at_desk
def download(request: HttpRequest, number: int, file: UUID) -> HttpResponse:
    """The file, as a download."""
    return sent_file(person(request), number, file)


def sent_file(user: User, number: int, file: UUID) -> HttpResponse:
    """A file of a ticket that this person may see, never shown by the browser: attachment, sandbox, and no type but that
    of sound, which the desk plays; its own first bytes say it, not its sender."""
    sealed = find_file(house().vault, tickets_of(user), number, file)
    try:
        content = house().files.read(sealed.stored_as, sealed.key)
    except OSError as error:
        raise NotFound("This file is no longer stored.") from error
    name = quote(sealed.name or "file", safe="")
    return HttpResponse(
        content,
        content_type=_type_of(content),
        headers={
            "Content-Disposition": f"attachment; filename=\"file\"; filename*=UTF-8''{name}",
            "Content-Security-Policy": DOWNLOAD_POLICY,
            "X-Content-Type-Options": "nosniff",
        },
    )


def _type_of(content: bytes) -> str:
    head = content[:12]
    if head.startswith(b"RIFF") and head[8:] == b"WAVE":
        return "audio/wav"
    if head.startswith(b"ID3") or (head[:1] == b"\xff" and head[1:2] in _MPEG_SOUND):
        return "audio/mpeg"
    return "audio/ogg" if head.startswith(b"OggS") else "application/octet-stream"


@require_GET
@at_desk
def original(request: HttpRequest, number: int, message: UUID) -> HttpResponse:
    """A mail's own HTML without scripts, forms and styles, with the pictures it carries; nothing is fetched unless
    `images=1` asks for those from the internet."""
    row = find_message(tickets_of(person(request)), number, message)
    try:
        html = open_body(house().vault, row).html
        carried = _carried(row) if "cid:" in html.lower() else {}
    except Erased:
        html, carried = "", {}
    if not html:
        raise NotFound("This message has no other form than its text.")
    asked = request.GET.get("images") == "1"
    pictures = " http: https:" if asked else ""
    shown = {"html": clean(html, pictures=asked, carried=carried), "style": STYLE}
    response = render(request, "desk/original.html", shown)
    response["Content-Security-Policy"] = (
        f"sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
        f"img-src data:{pictures}; style-src 'sha256-{_STYLE_HASH}'; form-action 'none'; "
        f"base-uri 'none'; frame-ancestors 'self'"
    )
    response["Referrer-Policy"] = "no-referrer"
    return response


def _carried(row: Message) -> dict[str, str]:
    """The mail's own pictures as addresses that hold them whole, by Content-ID."""
    found = {}
    for picture in pictures_of(house().vault, row):
        try:
            content = house().files.read(picture.stored_as, picture.key)
        except OSError:
            continue  # gone from the disk: a gap in the mail, not a page that cannot be shown
        data = b64encode(content).decode()
        found[picture.content_id.strip("<>").lower()] = f"data:{picture.media_type};base64,{data}"
    return found


def clean(
    html: str, *, pictures: bool = False, carried: Mapping[str, str] = MappingProxyType({})
) -> str:
    """Harmless HTML: no scripts, styles, forms or frames; links open elsewhere and tell nobody where from.

    `pictures`: those from the internet stay; otherwise only the ones that the mail itself carries, of which `carried`
    are those it names by Content-ID.
    """

    def keep(tag: str, name: str, value: str) -> str | None:
        start = value.strip().lower()
        if tag == "img" and name == "src" and start.startswith("cid:"):
            return carried.get(unquote(start.removeprefix("cid:")))
        if tag == "img" and name == "src":
            return value if pictures or start.startswith("data:image/") else None
        # Anywhere else `data:` could be a page of somebody's making.
        return None if start.startswith(("data:", "cid:")) else value

    return nh3.clean(
        html,
        tags=set(TAGS),
        url_schemes={"http", "https", "mailto", "tel", "data", "cid"},
        attribute_filter=keep,
        set_tag_attribute_values={"a": {"target": "_blank"}},
        link_rel="noopener noreferrer nofollow",
    )

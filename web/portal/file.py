"""A colleague's file behind its signed link, for its recipient and for the networks that fetch what they carry."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from bot import file_links
from web.house import house

_FAMILIES = frozenset({"audio", "video"})
_TYPES = frozenset(
    [
        *(f"image/{kind}" for kind in ("jpeg", "png", "gif", "webp", "bmp", "tiff", "heic")),
        *(f"text/{kind}" for kind in ("vcard", "x-vcard", "csv", "calendar", "rtf")),
        "application/pdf",
    ]
)
"""What no browser runs. Networks look at the type before they take a file; everything else is just bytes."""


@never_cache
@require_safe
def download(request: HttpRequest, token: str) -> HttpResponse:
    """The file, which no browser shows on our own pages' behalf."""
    file = file_links.opened(house(), token)
    return HttpResponse(
        file.content,
        content_type=_told(file.media_type),
        headers={
            "Content-Disposition": content_disposition_header(True, file.name or "file") or "",
            "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "X-Robots-Tag": "noindex",
        },
    )


def _told(media_type: str) -> str:
    plain = media_type.partition(";")[0].strip().lower()
    is_inert = plain in _TYPES or plain.partition("/")[0] in _FAMILIES
    return plain if is_inert else "application/octet-stream"

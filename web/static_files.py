"""Our own scripts, styles and pictures: under a path that names their content, kept for ever by browsers, sent compressed.

All stand under `/static/v.<digest of them all>/`, so that what a script imports or a style names is of the same
version. What customers or colleagues have uploaded never comes this way.
"""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Callable, Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import brotli
from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.http import HttpRequest, HttpResponse
from whitenoise.base import Headers
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

from web import icons

WORTH = 800
"""Bytes below which compressing saves no packet."""
TEXTS = re.compile(r"^(text/|application/(json|javascript|manifest\+json)|image/svg)")
_VERSIONED = re.compile(r"^v\.([0-9a-f]{12})/")
PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda content: gzip.compress(content, 9, mtime=0),
    "br": lambda content: brotli.compress(content, quality=9),
}
ENDS = {"gzip": "gz", "br": "br"}


class Versioned(StaticFilesStorage):
    """`{% static %}` names the version."""

    def url(self, name: str | None) -> str:
        return str(super().url(f"v.{version()}/{name}"))


@cache
def version() -> str:
    """Changes with the name or the content of any file; the same in every process of one release."""
    digest = sha256("\n".join(sorted(icons.words())).encode())
    for name, path in sorted(_all()):
        digest.update(name.encode() + b"\0" + sha256(Path(path).read_bytes()).digest())
    return digest.hexdigest()[:12]


def _all() -> Iterator[tuple[str, str]]:
    for finder in finders.get_finders():
        for name, storage in finder.list(None):
            yield name, storage.path(name)


class Static(WhiteNoiseMiddleware):  # type: ignore[misc]
    """Serves them by any version: an older page, or one of another release during an upgrade, gets what is there
    now, which is then not kept."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        prefix: str = self.static_prefix
        if not request.path_info.startswith(prefix):
            response: HttpResponse = self.get_response(request)
            return response
        name = request.path_info[len(prefix) :]
        named = _VERSIONED.match(name)
        file = self.files.get(prefix + (name[named.end() :] if named else name))
        if file is None:
            missing: HttpResponse = self.get_response(request)
            return missing
        served = self.serve(file, request)
        is_ours = named is not None and named[1] == version()
        served["Cache-Control"] = (
            f"max-age={self.FOREVER}, public, immutable" if is_ours else "no-cache"
        )
        return served

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponse:
        """All of it at once, for Django leaves a file open whose browser went elsewhere meanwhile."""
        found = static_file.get_response(request.method, request.META)
        content = b""
        if found.file is not None:
            with found.file as opened:
                content = opened.read()
        served = HttpResponse(content, status=int(found.status))
        del served["Content-Type"]
        for name, value in found.headers:
            served[name] = value
        return served

    def get_static_file(self, path: str, url: str, stat_cache: Any = None) -> StaticFile:
        headers = Headers([])
        self.add_mime_headers(headers, path, url)
        packed = {}
        if url.endswith(icons.FONT):
            path = str(icons.cut(Path(path), settings.THREADLINE.state / "static"))
        if TEXTS.match(headers["Content-Type"]) and os.path.getsize(path) > WORTH:
            packed = _packed(Path(path))
        return StaticFile(path, headers.items(), encodings=packed)


def _packed(file: Path) -> dict[str, str]:
    """Its compressed copies, made once per content; none where the folder cannot be written."""
    folder: Path = settings.THREADLINE.state / "static"
    content = file.read_bytes()
    found = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for encoding, pack in PACKED.items():
            copy = folder / f"{sha256(content).hexdigest()[:32]}.{ENDS[encoding]}"
            if not copy.exists():
                partial = copy.with_name(f"{copy.name}.{os.getpid()}")
                partial.write_bytes(pack(content))
                partial.replace(copy)
            found[encoding] = str(copy)
    except OSError:
        return {}
    return found

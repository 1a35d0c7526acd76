"""What browsers keep and what is sent compressed: our own files for ever under their version, pages of people without a secret in them."""

from __future__ import annotations

import gzip
import os
import re
from dataclasses import dataclass
from pathlib import Path

import brotli
import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.test import RequestFactory
from fontTools.ttLib import TTFont

from web import icons
from web.admin.look import UNFOLD
from web.middleware import Compressed
from web.static_files import Static, version

CSS = "desk/desk.css"


def nobody(request: HttpRequest) -> HttpResponse:
    return HttpResponse("not found", status=404)


@pytest.fixture(scope="module")
def served() -> Static:
    return Static(nobody)


@dataclass(frozen=True, slots=True)
class Got:
    """An answer, read to its end."""

    status: int
    headers: dict[str, str]
    body: bytes


def get(served: Static, path: str, accepts: str = "", **more: str) -> Got:
    answer = served(RequestFactory().get(path, headers={"Accept-Encoding": accepts, **more}))
    body = b"".join(iter(answer))
    answer.close()
    return Got(answer.status_code, dict(answer.items()), body)


def written(name: str) -> bytes:
    return Path(finders.find(name)).read_bytes()  # type: ignore[arg-type]


def test_files_are_named_by_their_version_and_kept_for_ever(served: Static) -> None:
    path = static(CSS)
    assert re.fullmatch(r"/static/v\.[0-9a-f]{12}/desk/desk\.css", path)
    answer = get(served, path)
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "max-age=315360000, public, immutable"
    assert answer.body == written(CSS)


def test_without_a_version_or_by_another_it_is_sent_and_not_kept(served: Static) -> None:
    """A page of the release before, or of the next one during an upgrade."""
    for path in ("/static/desk/desk.css", "/static/v.0123456789ab/desk/desk.css"):
        answer = get(served, path)
        assert answer.headers["Cache-Control"] == "no-cache"
        assert answer.body == written(CSS)
        again = get(served, path, **{"If-Modified-Since": answer.headers["Last-Modified"]})
        assert again.status == 304


@pytest.mark.parametrize(
    ("accepts", "encoding", "unpack"),
    [("gzip", "gzip", gzip.decompress), ("gzip, br", "br", brotli.decompress)],
)
def test_it_is_sent_compressed_to_who_understands_it(
    served: Static, accepts: str, encoding: str, unpack: object
) -> None:
    answer = get(served, static(CSS), accepts)
    assert answer.headers["Content-Encoding"] == encoding
    assert answer.headers["Vary"] == "Accept-Encoding"
    packed = answer.body
    assert len(packed) < 0.4 * len(written(CSS))
    assert unpack(packed) == written(CSS)  # type: ignore[operator]


def test_no_file_stays_open_for_a_browser_that_went_elsewhere(served: Static) -> None:
    """Django does not close the answer of a call that was cut off."""
    path = static(CSS)
    for accepts, more in (("", {}), ("br", {}), ("", {"Range": "bytes=0-99"})):
        answer = served(RequestFactory().get(path, headers={"Accept-Encoding": accepts, **more}))
        assert not answer.streaming
        assert answer.content
        assert not [one for one in Path("/proc/self/fd").iterdir() if _names(one, CSS)]
        del answer
    part = get(served, path, Range="bytes=0-99")
    assert (part.status, part.body) == (206, written(CSS)[:100])


def _names(descriptor: Path, file: str) -> bool:
    try:
        target = os.readlink(descriptor)
    except OSError:
        return False
    return target.endswith(file) or f"{settings.THREADLINE.state}/static/" in target


def test_what_is_compressed_already_is_left_alone(served: Static) -> None:
    pictures = [url for url in served.files if url.endswith((".png", ".woff2"))]
    assert pictures
    assert "Content-Encoding" not in get(served, pictures[0], "gzip, br").headers


def test_nothing_outside_is_reached(served: Static) -> None:
    for path in (
        "/static/v.0123456789ab/../django_settings.py",
        "/static/../x",
        "/static/nothing.css",
    ):
        assert get(served, path).status == 404


def test_the_version_changes_with_the_content(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = version.__wrapped__()
    assert before == version.__wrapped__() == version()
    other = tmp_path / "desk.css"
    other.write_text("body {}")
    monkeypatch.setattr("web.static_files._all", lambda: [("desk/desk.css", str(other))])
    assert version.__wrapped__() != before


# ---- pages ----------------------------------------------------------------------------------------


def page(
    path: str, content_type: str = "text/html; charset=utf-8", method: str = "GET", **headers: str
) -> HttpResponse:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(b"the same words " * 200, content_type=content_type, headers=headers)

    request = RequestFactory().generic(method, path, headers={"Accept-Encoding": "gzip"})
    return Compressed(view)(request)


def test_pages_are_compressed_with_a_length_that_tells_nothing() -> None:
    answers = [page("/desk/view/all/") for _ in range(40)]
    assert {answer["Content-Encoding"] for answer in answers} == {"gzip"}
    assert all(gzip.decompress(a.content) == b"the same words " * 200 for a in answers)
    assert len({len(answer.content) for answer in answers}) > 10


@pytest.mark.parametrize(
    ("path", "kind", "more"),
    [
        ("/account/login/", "text/html", {}),
        ("/account/2fa/recovery-codes/", "text/html", {}),
        ("/admin/store/inbox/add/", "text/html", {}),
        ("/api/v1/tickets", "application/json", {}),
        ("/desk/files/x", "text/html", {"Content-Disposition": "attachment"}),
    ],
)
def test_what_may_show_a_secret_is_not_compressed(
    path: str, kind: str, more: dict[str, str]
) -> None:
    assert "Content-Encoding" not in page(path, kind, **more)


def test_the_administration_is_compressed_but_for_what_its_forms_are_answered_with() -> None:
    path = "/admin/store/hook/add/"
    assert page(path)["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in page(path, method="POST"), "it shows a webhook's new secret"


def test_both_stand_where_they_belong() -> None:
    order = list(settings.MIDDLEWARE)
    assert order.index("web.static_files.Static") < order.index("web.middleware.Compressed")
    assert order.index("web.middleware.Compressed") < order.index(
        "django.contrib.sessions.middleware.SessionMiddleware"
    )


def test_the_icons_of_the_settings_are_those_that_are_named(served: Static, tmp_path: Path) -> None:
    sent = get(served, static(icons.FONT)).body
    assert len(sent) < 40_000 < len(written(icons.FONT))
    (tmp_path / "cut.woff2").write_bytes(sent)
    with TTFont(tmp_path / "cut.woff2") as font:
        found = set(icons.spelled(font))
    groups = UNFOLD["SIDEBAR"]["navigation"]
    ours = {item["icon"] for group in groups for item in group["items"]}
    assert ours | {"chevron_right", "expand_more", "dark_mode", "close"} <= found
    assert {"calendar_today", "schedule"} <= found, (
        "unfold's styles write them beside a date's field"
    )
    assert "airline_seat_flat" not in found, "nobody names it"

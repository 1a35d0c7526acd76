"""Pages of six hostile origins in Chromium (R25): they read nothing, open nothing and hold no stream."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.web.chat.conftest import CHROMIUM, QUIET, browser
from tests.web.live.conftest import Chat, Web
from web.chat.bundle import bundle

__all__ = ["browser"]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
SHOP = "shop.example"

TRY = """async ([base, conversation, token]) => {
  const found = {};
  const attempt = async (name, path, options = {}) => {
    try {
      const answer = await fetch(base + path, { signal: AbortSignal.timeout(3000), ...options });
      found[name] = answer.type === "opaque" ? "nothing" : `${answer.status}: ${(await answer.text()).slice(0, 60)}`;
    } catch {
      found[name] = "nothing";
    }
  };
  const key = { Authorization: `Bearer ${token}` };
  const talk = `/chat/v1/conversations/${conversation}`;
  const plain = { method: "POST", mode: "no-cors", headers: { "Content-Type": "text/plain" } };
  await attempt("look", "/chat/v1/look");
  await attempt("open", "/chat/v1/conversations", { method: "POST", body: "{}" });
  await attempt("open plainly", "/chat/v1/conversations", { ...plain, body: "{}" });
  await attempt("read", `${talk}/events`, { headers: key });
  await attempt("history", "/chat/v1/history", { headers: key });
  await attempt("write", `${talk}/messages`, { method: "POST", headers: key, body: '{"client_id":"x","text":"forged"}' });
  await attempt("identity", "/chat/v1/identity", { ...plain, body: '{"identity":"a.b.c"}' });
  await attempt("cookies", "/", { credentials: "include" });
  return found;
}"""


@pytest.fixture
def elsewhere() -> Iterator[int]:
    """A web server with an empty page under every name; its port."""

    class Empty(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>Elsewhere</title>")

        def log_message(self, format: str, *arguments: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Empty)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield int(server.server_address[1])
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture
def anywhere(browser: Browser) -> Iterator[Browser]:
    """Chromium for which every name under .example is this machine."""
    rules = "--host-resolver-rules=MAP *.example 127.0.0.1"
    started = browser.browser_type.launch(executable_path=CHROMIUM, args=[*QUIET, rules])
    yield started
    started.close()


def tries(page: Page, web: Web, chat: Chat) -> dict[str, str]:
    base = f"http://127.0.0.1:{web.port}"
    found: dict[str, str] = page.evaluate(TRY, [base, chat.conversation, chat.token])
    return found


def test_hostile_pages_read_and_open_nothing(
    anywhere: Browser, own_web: Callable[[], Web], elsewhere: int
) -> None:
    web = own_web()
    web.do("allow", origin=f"http://{SHOP}:{elsewhere}")
    chat = web.open()
    web.post(chat, "My words")
    before = web.do("count")
    hostile = [
        f"http://evil.example:{elsewhere}",
        f"http://{SHOP}.evil.example:{elsewhere}",
        f"http://not{SHOP}:{elsewhere}",
        f"http://a.{SHOP}:{elsewhere}",
        f"http://localhost:{elsewhere}",
    ]
    page = anywhere.new_page()
    for origin in hostile:
        page.goto(origin)
        assert set(tries(page, web, chat).values()) == {"nothing"}, origin
    page.set_content('<iframe sandbox="allow-scripts" srcdoc="<p>null</p>"></iframe>')
    frame = page.frames[1]
    assert frame.evaluate("origin") == "null"
    base = f"http://127.0.0.1:{web.port}"
    assert set(frame.evaluate(TRY, [base, chat.conversation, chat.token]).values()) == {"nothing"}
    after = web.do("count")
    assert after == before, "nothing was opened and no stream is held"
    page.goto(f"http://{SHOP}:{elsewhere}")
    allowed = tries(page, web, chat)
    assert allowed["look"].startswith("200"), "the allowed page may"
    assert allowed["cookies"] == "nothing", "but it is no page of ours"


def test_the_widget_is_no_frame_and_hears_no_foreign_page() -> None:
    script = bundle().script.decode()
    assert script.count("postMessage") == script.count("channel?.postMessage") == 1
    assert not any(
        word in script
        for word in ('Listener("message"', "iframe", "window.parent", "window.opener")
    )

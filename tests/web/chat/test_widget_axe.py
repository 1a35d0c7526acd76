"""axe on the widget, where its script is at hand: `npm install axe-core; AXE=node_modules/axe-core/axe.min.js pytest ...`.

What it looks at (names, roles, contrast in both themes, focus) `test_widget_face` asserts by itself in every run.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.channels.webchat.fake import FakeChat
from tests.web.chat.conftest import Widget
from tests.web.chat.test_widget_welcome import choose, picture

AXE = os.environ.get("AXE", "")
pytestmark = pytest.mark.skipif(not AXE, reason="skipped: AXE does not name axe.min.js")


def serious(widget: Widget) -> list[Any]:
    widget.page.add_script_tag(content=Path(AXE).read_text())
    found: list[dict[str, Any]] = widget.page.evaluate(
        "axe.run(document).then((r) => r.violations)"
    )
    return [one["id"] for one in found if one["impact"] in {"serious", "critical"}]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious(server: FakeChat, visitor: Callable[..., Widget], scheme: str) -> None:
    greeting = {"text": {"en": "Shall we help you choose?"}, "page": "/", "seconds": 1}
    server.look = {
        **server.look,
        "asks_for": ["name", "email"],
        "greetings": [greeting],
        "back_at": "2090-01-01T09:00:00Z",
    }
    widget = visitor(color_scheme=scheme, bypass_csp=True)
    widget.page.locator("threadline-chat .teaser").wait_for()
    assert serious(widget) == []
    widget.open()
    choose(widget, picture())
    assert serious(widget) == []
    widget.say("Where is my parcel?")
    widget.until(lambda: server.talks)
    server.say("On its way.", buttons=[{"title": "Thank you", "value": "thanks"}])
    widget.until(lambda: widget.texts("bot") or widget.texts())
    widget.page.get_by_role("button", name="More").click()
    assert serious(widget) == []

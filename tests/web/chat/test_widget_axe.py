"""axe-core on the widget, in light and dark: nothing serious. Names, roles and contrast `test_widget_face` asserts by itself too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.axe import axe
from tests.channels.webchat.fake import FakeChat
from tests.web.chat.conftest import Widget
from tests.web.chat.test_widget_welcome import choose, picture

__all__ = ["axe"]


def serious(widget: Widget, axe: str) -> list[Any]:
    widget.page.add_script_tag(content=axe)
    found: list[dict[str, Any]] = widget.page.evaluate(
        "axe.run(document).then((r) => r.violations)"
    )
    return [
        (one["id"], node["html"][:200], node["failureSummary"][:300])
        for one in found
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious(
    server: FakeChat, visitor: Callable[..., Widget], axe: str, scheme: str
) -> None:
    greeting = {"text": {"en": "Shall we help you choose?"}, "page": "/", "seconds": 1}
    server.look = {
        **server.look,
        "asks_for": ["name", "email"],
        "greetings": [greeting],
        "back_at": "2090-01-01T09:00:00Z",
    }
    # Without motion: half-way through its fade a panel has no colours of its own.
    widget = visitor(color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")
    widget.page.locator("threadline-chat .teaser").wait_for()
    assert serious(widget, axe) == []
    widget.open()
    choose(widget, picture())
    assert serious(widget, axe) == []
    widget.say("Where is my parcel?")
    widget.until(lambda: server.talks)
    server.say("On its way.", buttons=[{"title": "Thank you", "value": "thanks"}])
    widget.until(lambda: widget.texts("bot") or widget.texts())
    widget.page.get_by_role("button", name="More").click()
    assert serious(widget, axe) == []

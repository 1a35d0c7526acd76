"""A colleague's words with their form in the widget: the right elements, nothing in them but text, and no address that is none of the web's."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import expect

from bot.rich import RICH, words_of
from core.rich import as_json
from tests.channels.webchat.fake import Event, FakeChat
from tests.web.chat.conftest import Widget

TYPED = """Hello **Ann**, *soon*: `a <b>`

3. one
4. two

> as you wrote

```
<script>alert(1)</script>
```

[the guide](https://help.example/g) or [write](mailto:help@acme.example)"""


def test_a_form_is_built_of_text_alone(server: FakeChat, widget: Widget) -> None:
    words = words_of(TYPED, RICH)
    forged = {
        "p": [
            {"t": "bad", "a": "javascript:alert(1)"},
            {"t": "<img src=x onerror=alert(1)>", "b": 1},
        ]
    }
    told: Event = {"type": "message", "from": "agent", "author": "Wei", "text": words.text}
    server.greeting = lambda _: [{**told, "rich": [*as_json(words.rich), forged]}]
    widget.say("Hi")
    said = widget.page.locator(".rich")
    expect(said.locator("strong").first).to_have_text("Ann")
    expect(said.locator("em")).to_have_text("soon")
    expect(said.locator("p code")).to_have_text("a <b>")
    expect(said.locator("ol")).to_have_attribute("start", "3")
    expect(said.locator("ol li")).to_have_text(["one", "two"])
    expect(said.locator("blockquote")).to_have_text("as you wrote")
    expect(said.locator("pre")).to_have_text("<script>alert(1)</script>")
    expect(said.locator("a")).to_have_count(2)
    expect(said.locator("a").first).to_have_attribute("href", "https://help.example/g")
    expect(said.locator("a").last).to_have_attribute("href", "mailto:help@acme.example")
    expect(said.locator("strong").last).to_have_text("<img src=x onerror=alert(1)>")
    expect(said.locator("img, script, b")).to_have_count(0)
    if folder := os.environ.get("THREADLINE_PICTURES"):
        widget.page.screenshot(path=Path(folder) / "widget-formatted.png")

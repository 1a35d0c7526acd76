"""The frames of event streams are JSON on one line, letter for letter what Python's own writer makes of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from web.sse import frame

ALL = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x11000), 0x1F600)))


@pytest.mark.parametrize(
    "data",
    [
        {"type": "message", "text": ALL, ALL: None},
        {"seq": 2**53, "is": [True, False, None, -1, 0.1, 1e300, 5.0], "nested": {"a": [[], {}]}},
        {},
    ],
)
def test_a_frame_is_the_json_of_what_happened(data: dict[str, Any]) -> None:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    assert frame(data) == f"data: {text}\n\n"
    assert frame(data, 7) == f"id: 7\ndata: {text}\n\n"
    assert frame(data).count("\n") == frame(data).count("\n\n") * 2 == 2

"""What Slack refuses in a message or a view, by its published limits (docs.slack.dev, reference of blocks and chat.postMessage)."""

from __future__ import annotations

import re
from typing import Any

TEXT_LIMIT = 40_000
_TEXT_OF = {"section": 3000, "header": 150}


def refusal_of_message(call: dict[str, Any]) -> str:
    """The error code of chat.postMessage for these arguments, or an empty string."""
    text, blocks = call.get("text") or "", call.get("blocks") or []
    if len(text) > TEXT_LIMIT:
        return "msg_too_long"
    if not text.strip() and not blocks:
        return "no_text"
    if not isinstance(blocks, list):
        return "invalid_blocks_format"
    if not are_blocks(blocks, 50):
        return "invalid_blocks"
    metadata = call.get("metadata")
    if metadata is not None and not _is_metadata(metadata):
        return "metadata_invalid_format"
    return ""


def is_view(view: Any) -> bool:
    """A modal or a home tab that Slack would show."""
    if not isinstance(view, dict) or view.get("type") not in ("modal", "home"):
        return False
    if view["type"] == "modal" and not _is_text(view.get("title"), 24, ("plain_text",)):
        return False
    has_input = any(block.get("type") == "input" for block in view.get("blocks", []))
    if has_input and view["type"] == "modal" and "submit" not in view:
        return False
    return are_blocks(view.get("blocks", []), 100) and len(view.get("private_metadata", "")) <= 3000


def are_blocks(blocks: list[Any], limit: int) -> bool:
    """Known blocks, within their limits, with ids that are not used twice."""
    ids = [block["block_id"] for block in blocks if isinstance(block, dict) and "block_id" in block]
    if len(blocks) > limit or len(ids) != len(set(ids)) or any(len(one) > 255 for one in ids):
        return False
    return all(isinstance(block, dict) and _is_block(block) for block in blocks)


def _is_block(block: dict[str, Any]) -> bool:
    kind = block.get("type")
    if kind in _TEXT_OF:
        return _is_text(block.get("text"), _TEXT_OF[kind])
    if kind == "rich_text":
        elements = block.get("elements") or []
        return bool(elements) and all(map(_is_rich, elements))
    if kind == "divider":
        return True
    if kind == "context":
        elements = block.get("elements") or []
        return 1 <= len(elements) <= 10 and all(_is_text(one, 3000) for one in elements)
    if kind == "actions":
        elements = block.get("elements") or []
        ids = [one.get("action_id") for one in elements]
        return (
            1 <= len(elements) <= 25
            and len(ids) == len(set(ids))
            and all(map(_is_button, elements))
        )
    if kind == "input":
        return _is_text(block.get("label"), 2000, ("plain_text",)) and "element" in block
    return False


_RUNNING = ("rich_text_section", "rich_text_preformatted", "rich_text_quote")


def _is_rich(part: dict[str, Any]) -> bool:
    elements = part.get("elements") or []
    if part.get("type") == "rich_text_list":
        is_list = part.get("style") in ("bullet", "ordered") and 0 <= part.get("indent", 0) <= 8
        sections = all(one.get("type") == "rich_text_section" for one in elements)
        return is_list and sections and bool(elements) and all(map(_is_rich, elements))
    return part.get("type") in _RUNNING and bool(elements) and all(map(_is_run, elements))


def _is_run(run: dict[str, Any]) -> bool:
    if run.get("type") == "link" and not re.match(r"(https?://|mailto:)\S", run.get("url", "")):
        return False
    styles = {"bold", "italic", "strike", "code"}
    return (
        run.get("type") in ("text", "link")
        and bool(run.get("text"))
        and set(run.get("style", {})) <= styles
    )


def _is_button(element: dict[str, Any]) -> bool:
    return (
        element.get("type") == "button"
        and _is_text(element.get("text"), 75, ("plain_text",))
        and len(element.get("value", "")) <= 2000
        and 1 <= len(element.get("action_id", "")) <= 255
    )


def _is_text(text: Any, limit: int, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> bool:
    if not isinstance(text, dict) or text.get("type") not in kinds:
        return False
    return isinstance(text.get("text"), str) and 1 <= len(text["text"]) <= limit


def _is_metadata(metadata: Any) -> bool:
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_payload"), dict):
        return False
    return re.fullmatch(r"[A-Za-z][\w-]{0,99}", str(metadata.get("event_type", ""))) is not None

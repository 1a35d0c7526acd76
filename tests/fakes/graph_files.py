"""Files that businesses send through the small Meta: what each product takes. Messages are `graph`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.fakes.graph_rules import Refusal

Json = dict[str, Any]

MEGABYTE = 1024 * 1024
WHATSAPP = {
    "image": ({"image/jpeg", "image/png"}, 5 * MEGABYTE),
    "video": ({"video/mp4", "video/3gpp"}, 16 * MEGABYTE),
    "audio": ({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"}, 16 * MEGABYTE),
    "document": (set(), 100 * MEGABYTE),
}
MESSENGER = 25 * MEGABYTE


def refuses_upload(fields: Json, files: dict[str, tuple[str, str, bytes]]) -> Refusal | None:
    """A file that WhatsApp is to keep."""
    if fields.get("messaging_product") != "whatsapp" or "file" not in files:
        return Refusal(400, 100, message="The parameter file is required.")
    _, kind, content = files["file"]
    family = next((name for name, (types, _) in WHATSAPP.items() if kind in types), "document")
    if not content or len(content) > WHATSAPP["document"][1]:
        return Refusal(400, 131053, message=f"Media upload error: size of {family}")
    return None


def refuses_media(body: Json, kept: dict[str, tuple[str, bytes]]) -> Refusal | None:
    """A message of WhatsApp's that names a kept file."""
    kind = body["type"]
    about = body.get(kind)
    if not isinstance(about, dict) or about.get("id") not in kept:
        return Refusal(400, 131009, message="Parameter value is not valid")
    types, limit = WHATSAPP[kind]
    media, content = kept[about["id"]]
    if (types and media not in types) or len(content) > limit:
        return Refusal(400, 131053, message="Media upload error")
    if "filename" in about and kind != "document":
        return Refusal(400, 100, message="Unexpected key filename")
    return None


INSTAGRAM = {
    "image": ({"image/jpeg", "image/png", "image/gif"}, 8 * MEGABYTE),
    "video": (
        {f"video/{one}" for one in ("mp4", "ogg", "x-msvideo", "quicktime", "webm")},
        25 * MEGABYTE,
    ),
    "audio": ({f"audio/{one}" for one in ("aac", "mp4", "x-m4a", "wav", "x-wav")}, 25 * MEGABYTE),
    "file": ({"application/pdf"}, 25 * MEGABYTE),
}


def brought(
    message: Json, fetch: Callable[[str], tuple[int, str, bytes]]
) -> Refusal | tuple[str, str, bytes]:
    """The file that an Instagram message names, from where it stands."""
    about = message["attachment"]
    types, limit = INSTAGRAM.get(about.get("type"), (set(), 0))
    url = str(about.get("payload", {}).get("url", ""))
    status, kind, content = fetch(url) if url.startswith(("http://", "https://")) else (0, "", b"")
    kind = kind.partition(";")[0]
    if status != 200:
        return Refusal(400, 100, 2018008, "Failed to fetch the file from the url.")
    if kind not in types or not 0 < len(content) <= limit:
        return Refusal(400, 100, 2018047, "Upload attachment failure.")
    return "", kind, content


def refuses_attachment(message: Json, files: dict[str, tuple[str, str, bytes]]) -> Refusal | None:
    """A file beside a message of Messenger's."""
    about = message.get("attachment", {})
    if about.get("type") not in ("image", "video", "audio", "file") or "filedata" not in files:
        return Refusal(400, 100, message="Invalid attachment")
    _, kind, content = files["filedata"]
    family = kind.partition("/")[0]
    if about["type"] != "file" and about["type"] != family:
        return Refusal(400, 100, 2018047, "Upload attachment failure.")
    if not 0 < len(content) <= MESSENGER:
        return Refusal(400, 100, 2018047, "Upload attachment failure.")
    return None


def shown(body: Json, files: Any, kept: dict[str, tuple[str, bytes]]) -> Json:
    """A message of ours as the person sees it: words, choices, a file."""
    if files:
        name, kind, content = files["filedata"]
        file = {"name": name, "type": kind, "content": content}
        return {"text": "", "choices": [], "tag": body.get("tag", ""), "file": file}
    if body.get("type") in WHATSAPP:
        about = body[body["type"]]
        kind, content = kept[about["id"]]
        file = {"name": about.get("filename", ""), "type": kind, "content": content}
        key = body.get("biz_opaque_callback_data", "")
        return {"text": "", "choices": [], "key": key, "file": file}
    if "message" in body:
        message = body["message"]
        replies = message.get("quick_replies", [])
        choices = [(one["payload"], one["title"]) for one in replies]
        return {"text": message["text"], "choices": choices, "tag": body.get("tag", "")}
    key = body.get("biz_opaque_callback_data", "")
    if body["type"] == "text":
        return {"text": body["text"]["body"], "choices": [], "key": key}
    if body["type"] == "template":
        words = body["template"]["components"][0]["parameters"][0]["text"]
        return {"text": words, "choices": [], "template": body["template"]["name"], "key": key}
    about = body["interactive"]
    if about["type"] == "button":
        items = [item["reply"] for item in about["action"]["buttons"]]
    else:
        items = [row for section in about["action"]["sections"] for row in section["rows"]]
    choices = [(item["id"], item["title"]) for item in items]
    is_list = about["type"] == "list"
    return {"text": about["body"]["text"], "choices": choices, "is_list": is_list, "key": key}

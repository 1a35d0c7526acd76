"""What Meta refuses of a message, with its status, code and subcode. The server that asks is `graph`."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

Json = dict[str, Any]

WINDOW, HUMAN_WINDOW = timedelta(hours=24).total_seconds(), timedelta(days=7).total_seconds()
TEMPLATES = {("we_answered", "en")}
_UNNUMBERED = frozenset({190, 2500})
"""Meta's words for these bear no number."""
_PASSING = frozenset({1, 2, 4, 17, 32, 613})


@dataclass(frozen=True)
class Refusal:
    """An error as Graph words it."""

    status: int
    code: int
    subcode: int = 0
    message: str = "Invalid parameter"

    @property
    def body(self) -> Json:
        is_lost = (self.code, self.subcode) == (100, 33)
        is_plain = is_lost or self.code in _UNNUMBERED
        about: Json = {
            "message": self.message if is_plain else f"(#{self.code}) {self.message}",
            "type": "GraphMethodException" if is_lost else "OAuthException",
            "code": self.code,
        }
        if self.subcode:
            about["error_subcode"] = self.subcode
        if self.code in _PASSING:
            about["is_transient"] = True
        if self.code >= 130_000:
            about["error_data"] = {"messaging_product": "whatsapp", "details": self.message}
        return {"error": {**about, "fbtrace_id": f"A{secrets.token_urlsafe(16)}"}}


def _invalid(message: str) -> Refusal:
    return Refusal(400, 100, message=message)


def refuses_whatsapp(body: Json) -> Refusal | None:
    """A message of WhatsApp's Cloud API, whoever it is for."""
    if body.get("messaging_product") != "whatsapp":
        return _invalid("The parameter messaging_product is required.")
    if len(body.get("biz_opaque_callback_data", "")) > 512:
        return _invalid("biz_opaque_callback_data is too long")
    if not re.fullmatch(r"[0-9]{7,15}", body.get("to", "")) and not re.fullmatch(
        r"[A-Z]{2}\.[A-Za-z0-9]{1,128}", body.get("recipient", "")
    ):
        return Refusal(400, 131009, message="Parameter value is not valid")
    match body.get("type"):
        case "text":
            words = body["text"]["body"]
            return (
                None if 0 < len(words) <= 4096 else _invalid("text.body has 1 to 4096 characters")
            )
        case "interactive":
            return _refuses_interactive(body["interactive"])
        case "template":
            return _refuses_template(body["template"])
    return Refusal(400, 131051, message="Unsupported message type")


def _refuses_interactive(about: Json) -> Refusal | None:
    words, action = about["body"]["text"], about["action"]
    if about["type"] == "button":
        items = [item["reply"] for item in action["buttons"]]
        is_well = 1 <= len(items) <= 3 and 0 < len(words) <= 1024
        sizes = (20, 256)
    elif about["type"] == "list":
        items = [row for section in action["sections"] for row in section["rows"]]
        is_well = 1 <= len(items) <= 10 and 0 < len(words) <= 4096 and len(action["button"]) <= 20
        is_well &= all(len(item.get("description", "")) <= 72 for item in items)
        sizes = (24, 200)
    else:
        return _invalid("interactive.type")
    titles, ids = [item["title"] for item in items], [item["id"] for item in items]
    is_well &= all(0 < len(title) <= sizes[0] for title in titles)
    is_well &= all(0 < len(mark) <= sizes[1] for mark in ids)
    is_well &= len(set(titles)) == len(titles) and len(set(ids)) == len(ids)
    return None if is_well else Refusal(400, 131009, message="Parameter value is not valid")


def _refuses_template(about: Json) -> Refusal | None:
    if (about["name"], about["language"]["code"]) not in TEMPLATES:
        return Refusal(404, 132001, message="Template name does not exist in the translation")
    component = next(iter(about.get("components", ())), {"type": "none"})
    if component["type"].lower() != "body" or len(component["parameters"]) != 1:
        return Refusal(400, 132000, message="Number of parameters does not match")
    words = component["parameters"][0]["text"]
    if re.search(r"[\n\t]| {5}", words):
        return Refusal(400, 132012, message="Parameter format does not match")
    if not 0 < len(words) <= 1024:
        return Refusal(400, 132005, message="Template hydrated text too long")
    return None


def refuses_messaging(body: Json, is_instagram: bool, silence: float) -> Refusal | None:
    """A message of Messenger's or Instagram's; `silence`: seconds since the person last wrote."""
    message = body.get("message")
    if not isinstance(message, dict) or not (message.get("text") or message.get("attachment")):
        return _invalid("Param message must be non-empty")
    words = message.get("text", "")
    if len(words.encode()) > 1000 if is_instagram else len(words) > 2000:
        return Refusal(400, 100, 2018034, "Length of param message[text] must be less")
    replies = message.get("quick_replies", [])
    if len(replies) > 13:
        return _invalid("too many quick replies")
    for reply in replies:
        is_well = reply["content_type"] == "text" and 0 < len(reply["title"]) <= 20
        if not is_well or not 0 < len(reply["payload"]) <= 1000:
            return _invalid("quick_replies")
    match body.get("messaging_type"):
        case "RESPONSE":
            allowed = WINDOW
        case "MESSAGE_TAG" if body.get("tag") == "HUMAN_AGENT":
            allowed = HUMAN_WINDOW
        case _:
            return _invalid("messaging_type")
    if silence > allowed:
        return Refusal(400, 10, 2018278, "This message is sent outside of allowed window.")
    return None


PROFILES = {
    "messenger": frozenset({"id", "name", "first_name", "last_name", "profile_pic"}),
    "instagram": frozenset({"id", "name", "username", "profile_pic", "follower_count"}),
}
"""The fields of people that Meta tells by itself; those below need a permission each, with Messenger."""
LOCALE = frozenset({"locale", "timezone", "gender"})


def refuses_profile(
    product: str, fields: str, granted: set[str], has_written: bool
) -> Refusal | None:
    """A question who somebody is. One field too many, and nothing is told."""
    asked = set(filter(None, fields.split(",")))
    if "profile" not in granted:
        return Refusal(403, 10, message="Application does not have permission for this action")
    if product == "instagram" and not has_written:
        return Refusal(403, 230, message="User consent is required to access user profile")
    beyond = asked - PROFILES[product]
    if product == "messenger" and beyond and beyond <= LOCALE:
        if beyond <= granted:
            return None
        return Refusal(400, 100, 2018247, "Insufficient permission to access user profile.")
    if beyond:
        return _invalid(f"Tried accessing nonexisting field ({min(beyond)})")
    return None


def profile_of(person: str, name: str, locale: str, fields: str) -> Json:
    """What Meta then tells. Who set no name has none."""
    first, _, last = name.partition(" ")
    told: Json = {"name": name or None, "first_name": first, "last_name": last, "locale": locale}
    told |= {"username": name.lower().replace(" ", ".") or f"user{person[-4:]}"}
    asked = fields.split(",") if fields else ["first_name", "last_name", "name"]
    return {one: told[one] for one in asked if one in told} | {"id": person}

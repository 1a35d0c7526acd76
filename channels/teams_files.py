"""Files in Teams: the question whether a file is wanted, the answer to it, and where it is then brought. Calls are `teams_api`'s."""

from __future__ import annotations

from typing import Any

from channels.contract_files import Wanted
from channels.teams_activities import Activity, place_of
from channels.teams_cards import Json, card_message
from channels.teams_places import Place
from core.errors import PermanentFailure
from core.message import Delivery, Outbound, Report

MEGABYTE = 1024 * 1024
LIMIT = 25 * MEGABYTE
INVOKE = "fileConsent/invoke"
_CONSENT = "application/vnd.microsoft.teams.card.file.consent"
_INFO = "application/vnd.microsoft.teams.card.file.info"
_LINK = "threadline_file"
"""The name under which an answer brings back our address of the file."""
_NAME = 200
_TOLD = ("uploadUrl", "contentUrl", "uniqueId", "fileType", "name")


def objection_to(size: int) -> str:
    """Why a file of this size cannot go, for people; empty where it can."""
    if not size:
        return "An empty file is not taken."
    return f"A file has at most {LIMIT // MEGABYTE} MB." if size > LIMIT else ""


def file_message(outbound: Outbound, place: Place) -> Json:
    """In a personal conversation Teams asks whether the file is wanted, elsewhere it carries none: there a button opens
    our address of it. Raises `PermanentFailure`."""
    file = outbound.attachments[0]
    if problem := objection_to(len(file.content)):
        raise PermanentFailure(problem)
    if not file.link:
        raise PermanentFailure("this installation has no address for files")
    name = file.name[:_NAME] or "file"
    if not place.is_personal:
        return card_message(name, file.link)
    context = {_LINK: file.link}
    content = {
        "sizeInBytes": len(file.content),
        "acceptContext": context,
        "declineContext": context,
    }
    about = {"contentType": _CONSENT, "name": name, "content": {"description": name, **content}}
    return {"type": "message", "attachments": [about]}


def wanted_file(activity: Activity) -> Wanted | None:
    """The file that somebody has just agreed to take, where it stands in their OneDrive then."""
    place, answer = place_of(activity), _answer(activity)
    told = answer.get("uploadInfo")
    if place is None or answer.get("action") != "accept" or not isinstance(told, dict):
        return None
    about = {name: str(told.get(name) or "")[:4000] for name in _TOLD}
    link = _link(answer)
    if not link or not about["uploadUrl"] or not about["uniqueId"]:
        return None
    where = {"service": place.service_url, "conversation": place.conversation, **about}
    name = f"teams:{about['uniqueId']}"[:100]
    return Wanted(name, link, {**where, "question": activity.replyToId or ""})


def declined(activity: Activity) -> list[Report]:
    """Whoever wants no file has been asked, and has not got it."""
    place, answer = place_of(activity), _answer(activity)
    if place is None or not activity.replyToId or answer.get("action") != "decline":
        return []
    message = f"{place.conversation}:{activity.replyToId}"
    reason = "the customer did not want the file"
    return [Report(Delivery.FAILED, provider_id=message, problem=reason)]


def brought(wanted: Wanted) -> Json:
    """The card under which Teams shows a file that has come."""
    where = wanted.where
    content = {"uniqueId": where["uniqueId"], "fileType": where["fileType"]}
    card = {"contentType": _INFO, "contentUrl": where["contentUrl"], "name": where["name"]}
    return {"type": "message", "attachments": [{**card, "content": content}]}


def _answer(activity: Activity) -> dict[str, Any]:
    is_one = activity.type == "invoke" and activity.name == INVOKE
    return activity.value if is_one and isinstance(activity.value, dict) else {}


def _link(answer: dict[str, Any]) -> str:
    context = answer.get("context")
    link = context.get(_LINK) if isinstance(context, dict) else None
    return link if isinstance(link, str) and len(link) <= 500 else ""

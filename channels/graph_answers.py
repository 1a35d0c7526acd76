"""Answers to public posts as Meta takes them: under the post, or once in private. Reading posts is `graph_public`."""

from __future__ import annotations

from typing import Any

from channels.graph_places import last_public
from channels.graph_settings import GraphSettings
from core.errors import PermanentFailure
from core.message import Outbound

Json = dict[str, Any]


def public_answer(outbound: Outbound, settings: GraphSettings) -> tuple[str, Json]:
    """Path and body of an answer that everybody reads. Raises `PermanentFailure` where there is nothing to answer."""
    found = last_public(settings, outbound.in_reply_to)
    if found is None:
        raise PermanentFailure("there is no public post to answer")
    kind, mark = found
    body: Json = {"message": outbound.text}
    if settings.product == "messenger":
        return f"{mark}/comments", body
    if kind == "comment":
        return f"{mark}/replies", body
    media, _, comment = mark.partition("/")
    about = {"media_id": media, **({"comment_id": comment} if comment else {})}
    return f"{settings.account}/mentions", {**about, **body}


def private_answer(outbound: Outbound, settings: GraphSettings) -> Json | None:
    """The body of the one private answer to a comment or a visitor's post; None where the person has written to us
    in private, or there is nothing public to answer."""
    found = last_public(settings, outbound.in_reply_to)
    if outbound.heard_at is not None or found is None or found[0] == "mention":
        return None
    kind, mark = found
    return {"recipient": {f"{kind}_id": mark}, "message": {"text": outbound.text}}

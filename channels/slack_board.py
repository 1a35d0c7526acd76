"""Colleagues in Slack: tickets as posts of a channel with buttons, what is pressed and written under them. Customers are `slack_events`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from channels.contract import Arrival
from channels.slack_actions import Interaction, Showing, home_of, place_of, understood
from channels.slack_api import SlackApi
from channels.slack_arrivals import action_in, event_in
from channels.slack_blocks import LINK_FORM, METADATA, has_key
from channels.slack_board_blocks import (
    BOARD,
    CODE,
    LINK,
    card_blocks,
    code_form,
    line_blocks,
    told_blocks,
)
from channels.slack_events import Event, Reader, Reading, Written, heard, slack_sender
from channels.slack_lookup import looked_up
from channels.slack_places import Place, place_of_post, post_name
from channels.slack_text import escaped, mentions_somebody, plain
from core.board import BoardStep, Card, Deed, Posting, Told
from core.ids import ExternalId

_TEXT = 40_000


class SlackBoard:
    """The channels of one workspace in which colleagues work."""

    def __init__(self, api: SlackApi, reading: Reading) -> None:
        self._api = api
        self._reading = reading

    def is_place(self, place: str) -> bool:
        """The id of a channel, and not of one in which each message is a customer's."""
        return bool(re.fullmatch(r"[CG][A-Z0-9]{1,20}", place)) and (
            place not in self._reading.channels
        )

    # ---- what colleagues do ---------------------------------------------------------------------

    def step_in(self, arrival: Arrival) -> BoardStep | None:
        """Words in a thread of a channel, one of the board's buttons, or a code that was sent off."""
        action = action_in(arrival)
        if action is not None:
            return _acted(action, self._reading)
        found = heard(event_in(arrival), b"", self._reading)
        return _written(*found) if found is not None else None

    # ---- what they see --------------------------------------------------------------------------

    async def put_up(self, posting: Posting) -> str:
        """A post of its own, or a message in its thread."""
        thread = place_of_post(posting.post).thread if posting.post else None
        text, blocks = _shown(posting)
        answer = await self._api.call(
            "chat.postMessage",
            place=posting.place,
            call=lambda client: client.chat_postMessage(
                channel=posting.place,
                thread_ts=thread,
                text=text,
                blocks=blocks,
                metadata={"event_type": METADATA, "event_payload": {"key": posting.key}},
                unfurl_links=False,
                unfurl_media=False,
            ),
        )
        return post_name(str(answer["channel"]), str(answer["ts"]))

    async def find(self, posting: Posting) -> str:
        """By the key in the metadata, in the channel or the thread."""
        thread = place_of_post(posting.post).thread if posting.post else ""
        ts = await looked_up(
            self._api,
            Place(posting.place, thread),
            lambda message: has_key(message, posting.key),
            posting.at,
        )
        return post_name(posting.place, ts) if ts else ""

    async def change(self, post: str, card: Card) -> None:
        """The post as the ticket stands now."""
        place = place_of_post(post)
        await self._api.call(
            "chat.update",
            lambda client: client.chat_update(
                channel=place.channel,
                ts=place.thread,
                text=escaped(card.title),
                blocks=card_blocks(card),
            ),
        )

    async def tell(self, step: BoardStep, told: Told, code_words: tuple[str, str]) -> None:
        """A message that one person alone sees, in the thread where they are."""
        thread = place_of_post(step.post).thread if step.post else None
        words = code_words if told.offers_link else ("", "")
        await self._api.call(
            "chat.postEphemeral",
            lambda client: client.chat_postEphemeral(
                channel=step.place,
                user=step.by.value.rpartition(":")[2],
                thread_ts=thread,
                text=escaped(told.text),
                blocks=told_blocks(told.text, *words),
            ),
        )


def _shown(posting: Posting) -> tuple[str, list[dict[str, Any]]]:
    if posting.card is not None:
        return escaped(posting.card.title), card_blocks(posting.card)
    return escaped(posting.text), line_blocks(posting.author, posting.text)


def way_to_enter(payload: Mapping[str, Any]) -> Showing | None:
    """The form for a code, where somebody pressed the button to it. Raises `MalformedPayload`."""
    found = understood(payload)
    if not isinstance(found, Interaction) or found.type != "block_actions":
        return None
    press = next((item for item in found.actions if item.block_id == LINK), None)
    place, ts = place_of(found)
    if press is None or place is None:
        return None
    where = post_name(place.channel, place.thread or ts)
    view = code_form(where, press.value, press.text.text if press.text else press.value)
    return Showing("views.open", {"trigger_id": found.trigger_id, "view": view})


def _acted(payload: Mapping[str, Any], reading: Reading) -> BoardStep | None:
    found = understood(payload)
    if not isinstance(found, Interaction):
        return None
    if found.type == "view_submission":
        return _entered(found, reading)
    if found.type != "block_actions":
        return None
    place, ts = place_of(found)
    press = next((item for item in found.actions if item.block_id == BOARD), None)
    if place is None or press is None or press.value not in (Deed.TAKE, Deed.RESOLVE):
        return None
    return BoardStep(
        external_id=ExternalId(f"board-press:{place.channel}:{ts}:{press.action_ts}"),
        deed=Deed(press.value),
        by=slack_sender(home_of(found), found.user.id, found.user.username),
        place=place.channel,
        post=post_name(place.channel, ts),
    )


def _entered(found: Interaction, reading: Reading) -> BoardStep | None:
    view = found.view
    ids = {item.id for item in (found.team, found.enterprise) if item}
    if view is None or view.callback_id != LINK_FORM or reading.team not in ids:
        return None
    answers = view.state.values.get(CODE, {})
    place = place_of_post(view.private_metadata)
    return BoardStep(
        external_id=ExternalId(f"board-code:{view.id}"),
        deed=Deed.LINK,
        by=slack_sender(home_of(found), found.user.id, found.user.username),
        place=place.channel,
        post=view.private_metadata,
        text=next((item.value for item in answers.values() if item.value), ""),
    )


def _written(reader: Reader, event: Event) -> BoardStep | None:
    """A message under another one in a channel; its change and its deletion too."""
    if event.channel is None or event.channel_type == "im" or event.channel.startswith("D"):
        return None
    if event.subtype == "message_changed":
        before, after = event.previous_message, event.message
        is_edit = before and after and after.edited and before.text != after.text
        name = f"edit:{after.ts}:{after.edited.ts}" if is_edit and after and after.edited else ""
        return _step(reader, event.channel, after, name, Deed.REVISE) if is_edit else None
    if event.subtype == "message_deleted":
        gone = event.previous_message
        return _step(reader, event.channel, gone, f"deleted:{event.deleted_ts}", Deed.REVISE)
    return _step(reader, event.channel, event, f"message:{event.ts}", Deed.WRITE)


def _step(
    reader: Reader, channel: str, written: Written | None, name: str, deed: Deed
) -> BoardStep | None:
    if written is None or not written.is_typed or written.thread_ts in (None, written.ts):
        return None
    text = written.text or ""
    return BoardStep(
        external_id=ExternalId(f"board:{channel}:{name}"),
        deed=deed,
        by=reader.sender(written),
        place=channel,
        post=post_name(channel, written.thread_ts or ""),
        text=plain(text)[:_TEXT],
        talks_to_somebody=mentions_somebody(text),
        has_files=bool(written.files),
    )

"""Verbs over the company's own set-up: inboxes, default promises. The admin's forms call these when they save."""

from __future__ import annotations

import json
from typing import Any

from bot.house import House
from channels.registry import channel_class
from core.decision import Priority
from core.promise import DEFAULT_POLICY, Target
from store.models import Brand, Inbox


def make_inbox(
    house: House, brand: Brand, slug: str, name: str, channel: str, settings: dict[str, Any]
) -> Inbox:
    """A new account of a channel. Raises ValueError when the settings do not fit the channel."""
    inbox = Inbox(brand=brand, slug=slug, name=name, channel=channel)
    set_inbox_settings(house, inbox, settings)
    inbox.save(force_insert=True)
    return inbox


def set_inbox_settings(house: House, inbox: Inbox, settings: dict[str, Any]) -> None:
    """Checks and seals a channel's settings; the caller saves the inbox. Secrets never leave this again."""
    checked = channel_class(inbox.channel).Settings.model_validate(settings)
    del checked
    text = json.dumps(settings, default=str).encode()
    inbox.settings_cipher = house.vault.seal_own(f"inbox.settings:{inbox.id}", text)


def promised_targets() -> dict[str, dict[str, dict[str, int]]]:
    """The default promises as a policy row keeps them."""
    return {
        clock: {
            priority.label: _amount(getattr(DEFAULT_POLICY.goals(priority), clock))
            for priority in Priority
        }
        for clock in ("response", "next_response", "resolution")
    }


def _amount(target: Target) -> dict[str, int]:
    return {"days": target.days} if target.days else {"seconds": target.seconds}

"""What one text number needs to be told. Defaults and meaning of each key: docs/channels/sms.md."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from channels.twilio_settings import TwilioSettings


class SmsSettings(TwilioSettings):
    """One number that sends and receives texts."""

    messaging_service_sid: str = Field(default="", pattern=r"^(MG[0-9a-fA-F]{32})?$")
    """Sends through this Messaging Service, which may choose another of its numbers."""
    answer_segments: int = Field(default=3, ge=1, le=10)
    """What an answer with a source may take on the air; the rest is behind its link."""
    mms: bool = False
    """Can the number send MMS? Else, and beyond North America and Australia, files go as links."""
    quiet_hours: str = Field(
        default="", pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9])?$"
    )
    """As `21:00-08:00`, on the recipient's clock: what is not said to somebody who is awake waits until after them."""
    urgent_replies: bool = True
    """May a colleague send an own reply in the quiet hours, to somebody who has written?"""
    keywords_by: Literal["twilio", "us"] = "twilio"
    """Who confirms STOP and START and answers HELP. `us`: only where Twilio's own handling is switched off."""
    more_stop_words: tuple[str, ...] = ()
    help_text: str = Field(default="Write to us here. Reply STOP to end.", max_length=320)
    stop_text: str = Field(
        default="You will get no more messages. Reply START to go on.", max_length=320
    )
    start_text: str = Field(default="Welcome back. Reply STOP to end.", max_length=320)

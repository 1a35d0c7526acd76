"""What an arrival tells beside messages: what became of ours, which file is wanted, that an app is gone, and what was written in public."""

from __future__ import annotations

from bot.apps import app_of, note_removal
from bot.file_links import hand_over_later
from bot.house import House
from bot.posts import take_posts
from bot.report import report
from channels.contract import Arrival, Reports
from channels.contract_files import HandsOver
from channels.contract_posts import SeesPosts
from store.models import Inbox


async def take_news(house: House, inbox: Inbox, arrival: Arrival) -> None:
    """Stores it before the arrival is acknowledged. Raises `MalformedPayload`."""
    channel, run = house.channel_of(inbox), house.database.run
    if isinstance(channel, Reports) and (reports := channel.reports(arrival)):
        await run(report, house, inbox, reports)
    if isinstance(channel, HandsOver) and (wanted := channel.wanted(arrival)):
        await run(hand_over_later, house, inbox, wanted)
    if (app := app_of(house, inbox)) and (at := app.removed_at(arrival)):
        await run(note_removal, house, inbox, at)
    if isinstance(channel, SeesPosts) and (posts := channel.posts(arrival)):
        await run(take_posts, house, inbox, posts)

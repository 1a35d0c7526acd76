"""What an arrival tells beside messages: what became of ours, and what was written in public."""

from __future__ import annotations

from bot.house import House
from bot.posts import take_posts
from bot.report import report
from channels.contract import Arrival, Reports
from channels.contract_posts import SeesPosts
from store.models import Inbox


async def take_news(house: House, inbox: Inbox, arrival: Arrival) -> None:
    """Stores it before the arrival is acknowledged. Raises `MalformedPayload`."""
    channel, run = house.channel_of(inbox), house.database.run
    if isinstance(channel, Reports) and (reports := channel.reports(arrival)):
        await run(report, house, inbox, reports)
    if isinstance(channel, SeesPosts) and (posts := channel.posts(arrival)):
        await run(take_posts, house, inbox, posts)

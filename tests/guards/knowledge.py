"""The guards of what the knowledge base reads from outside, and of what it answers. Running them is `run`."""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.robotparser import RobotFileParser

from tests.guards.guards import Guard

SITE = "tests/kb_index/test_website.py::"
HELP = "tests/web/test_help_search.py::"
HISTORY = "tests/kb_index/test_history.py::"


def _public_addresses() -> None:
    from kb_index import outside

    outside._address = lambda written: ipaddress.ip_address("93.184.216.34")


def _robots() -> None:
    RobotFileParser.can_fetch = lambda self, agent, url: True  # type: ignore[method-assign]


def _unmentioned() -> None:
    from kb_index import grounds

    grounds.unmentioned = lambda *found: 0.0


def _words_meanwhile() -> None:
    from bot import glossary
    from store.versions import switch_version

    def whatever_serves(vault: Any, before: Any, row: Any, now: Any, *, actor: str) -> None:
        switch_version(vault, row, now, actor=actor)

    glossary.switch_version_from = whatever_serves


def _anybody_reads() -> None:
    from bot import help_search
    from store.models import Article

    help_search.live_articles = lambda: Article.objects.select_related("live_revision")


GUARDS = (
    Guard(
        "articles that the help search finds",
        _anybody_reads,
        (f"{HELP}test_nothing_is_found_that_not_everybody_may_read",),
    ),
    Guard(
        "only public addresses",
        _public_addresses,
        (
            f"{SITE}test_inner_addresses_are_refused",
            f"{SITE}test_one_inner_address_among_public_ones_is_enough",
        ),
    ),
    Guard(
        "robots.txt",
        _robots,
        (f"{SITE}test_a_closed_or_unreadable_robots_file_closes_the_site",),
    ),
    Guard(
        "the subject of a short message stands in the article",
        _unmentioned,
        (f"{HISTORY}test_what_a_short_message_asks_for_must_stand_in_the_article",),
    ),
    Guard(
        "words that another source brought meanwhile",
        _words_meanwhile,
        ("tests/bot/test_ingest.py::test_words_that_came_meanwhile_are_kept",),
    ),
)

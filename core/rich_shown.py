"""Words with a form as one channel will show them: the looks that it has, and words in place of the others. Showing that on a page is `rich_html`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from core.rich import (
    Block,
    CodeBlock,
    Listing,
    Look,
    Paragraph,
    Quotation,
    Rich,
    Run,
    plain,
    says_address,
    written_address,
)


def shown_as(rich: Iterable[Block], shows: frozenset[Look]) -> Rich:
    """The same words for a channel that shows these looks alone."""
    return tuple(_block(block, shows) for block in rich)


def _block(block: Block, shows: frozenset[Look]) -> Block:
    match block:
        case Paragraph(runs):
            return Paragraph(tuple(_runs(runs, shows)))
        case Listing(items, start) if Look.LIST in shows:
            return Listing(tuple(shown_as(item, shows) for item in items), start)
        case Listing():
            return Paragraph(tuple(_lines(block, shows)))
        case Quotation(blocks) if Look.QUOTE in shows:
            return Quotation(shown_as(blocks, shows))
        case CodeBlock() if Look.BLOCK in shows:
            return block
    return Paragraph((Run(plain((block,))),))


def _runs(runs: Iterable[Run], shows: frozenset[Look]) -> Iterator[Run]:
    for run in runs:
        kept = replace(
            run,
            bold=run.bold and Look.BOLD in shows,
            italic=run.italic and Look.ITALIC in shows,
            code=run.code and Look.CODE in shows,
        )
        if run.link and Look.LINK not in shows:
            address = "" if says_address(run) else f" ({written_address(run.link)})"
            kept = replace(kept, text=run.text + address, link="")
        yield kept


def _lines(listing: Listing, shows: frozenset[Look]) -> Iterator[Run]:
    """Points as lines; what stands in a point beside its first words is said in plain ones."""
    for place, item in enumerate(listing.items):
        sign = "- " if listing.start is None else f"{listing.start + place}. "
        yield Run(f"\n{sign}" if place else sign)
        first, rest = item[:1], item
        if first and isinstance(first[0], Paragraph):
            yield from _runs(first[0].runs, shows)
            rest = item[1:]
        if rest:
            yield Run("\n" + plain(rest))

"""The public side of the other side: comments on the page of Facebook, comments and mentions on Instagram."""

from __future__ import annotations

from channels.contract import Arrival
from tests.channels.graph.provider import GraphProvider, arrived
from tests.contract.provider import PostsProvider
from tests.fakes.graph import ACCOUNTS


class GraphPosts(GraphProvider):
    """See `tests.contract.provider.PostsProvider`. `is_mention`: somebody names us elsewhere, and Instagram tells
    neither who nor what. `is_live`: comments in a broadcast."""

    def __init__(self, product: str, is_mention: bool = False, is_live: bool = False) -> None:
        super().__init__(product)
        self.is_mention, self.is_live = is_mention, is_live

    def posted(self, text: str) -> Arrival:
        square = self.graph.square
        change = (
            square.mention(self.product, self.ann, text)
            if self.is_mention
            else square.comment(self.product, self.ann, text, is_live=self.is_live)
        )
        return arrived(self.graph.public(self.product, change))

    def own_words(self) -> list[Arrival]:
        change = self.graph.square.comment(self.product, ACCOUNTS[self.product], "We answered.")
        return [arrived(self.graph.public(self.product, change))]

    def vanished(self) -> str:
        self.posted("soon gone")
        mark = self.graph.square.last(self.product)
        self.graph.square.posts[mark]["is_gone"] = True
        media = self.graph.square.posts[mark].get("media")
        return f"mention:{media}/{mark}" if media else f"comment:{mark.rpartition('_')[2]}"

    def read_by_all(self) -> list[str]:
        return self.graph.square.ours(self.product)


def posts_providers() -> dict[str, PostsProvider]:
    """Each kind of public post that Meta tells of, by name."""
    return {
        "comments on Facebook": GraphPosts("messenger"),
        "mentions on Facebook": GraphPosts("messenger", is_mention=True),
        "comments on Instagram": GraphPosts("instagram"),
        "comments in a broadcast": GraphPosts("instagram", is_live=True),
        "mentions on Instagram": GraphPosts("instagram", is_mention=True),
    }

"""The public side of the other side: comments on the page of Facebook, comments and mentions on Instagram."""

from __future__ import annotations

from channels.contract import Arrival
from tests.channels.graph.provider import GraphProvider, arrived
from tests.contract.provider import PostsProvider
from tests.fakes.graph import ACCOUNTS


class GraphPosts(GraphProvider):
    """See `tests.contract.provider.PostsProvider`. `is_mention`: somebody names us elsewhere, and Instagram tells
    neither who nor what."""

    def __init__(self, product: str, is_mention: bool = False) -> None:
        super().__init__(product)
        self.is_mention = is_mention

    def posted(self, text: str) -> Arrival:
        square = self.graph.square
        write = square.mention if self.is_mention else square.comment
        return arrived(self.graph.public(self.product, write(self.product, self.ann, text)))

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
        "mentions on Instagram": GraphPosts("instagram", is_mention=True),
    }

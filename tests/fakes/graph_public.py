"""The public side of the small Meta: comments, posts and mentions, answers under them and the one private answer. Messages are `graph`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.fakes.graph_rules import Refusal

Json = dict[str, Any]

PRIVATE_FOR = timedelta(days=7).total_seconds()
COMMENT_LENGTH = {"messenger": 8000, "instagram": 2200}


@dataclass
class Square:
    """What stands where everybody reads it. `accounts`: our own, by product; `people`: names by product and id."""

    clock: Callable[[], float]
    accounts: dict[str, str]
    people: dict[str, dict[str, str]]
    posts: dict[str, Json] = field(default_factory=dict)
    """By Meta's id; `by`, `text`, `parent`, `at`, `product`, `kind`, `was_answered`, `is_gone`."""
    _counter: int = 0

    # ---- what people do -----------------------------------------------------------------------

    def comment(
        self, product: str, person: str, text: str, under: str = "", is_live: bool = False
    ) -> Json:
        """A comment under our newest post, in our broadcast, or `under` another comment: the change that the webhook
        tells."""
        mark = self._add(product, person, text, "comment", under)
        if product == "messenger":
            return self._feed(mark, "add")
        about: Json = {"id": person, "username": self._name(product, person)}
        kind = "LIVE" if is_live else "FEED"
        media = {"id": "17900000000000042", "media_product_type": kind}
        value: Json = {"from": about, "media": media, "id": mark, "text": text}
        name = "live_comments" if is_live else "comments"
        return {"field": name, "value": value | ({"parent_id": under} if under else {})}

    def visit(self, person: str, text: str) -> Json:
        """A visitor writes on the page itself."""
        return self._feed(self._add("messenger", person, text, "post", ""), "add")

    def mention(self, product: str, person: str, text: str, in_comment: bool = True) -> Json:
        """Somebody names us elsewhere."""
        mark = self._add(product, person, text, "mention", "")
        if product == "messenger":
            value = {"item": "comment", "verb": "add", "comment_id": mark, "message": text}
            value |= {"post_id": "990_991", "sender_id": person}
            value |= {"sender_name": self._name(product, person)}
            return {"field": "mention", "value": {**value, "created_time": int(self.clock())}}
        media = "17900000000000077" if in_comment else mark
        self.posts[mark]["media"] = media
        value = {"media_id": media} | ({"comment_id": mark} if in_comment else {})
        return {"field": "mentions", "value": value}

    def edit(self, mark: str, text: str) -> Json:
        """Facebook tells when a comment is changed."""
        self.posts[mark]["text"] = text
        return self._feed(mark, "edited")

    def remove(self, mark: str) -> Json:
        """And when it is taken back."""
        self.posts[mark]["is_gone"] = True
        return self._feed(mark, "remove")

    def last(self, product: str) -> str:
        """The newest post of somebody else."""
        theirs = [mark for mark, one in self.posts.items() if self._is_theirs(one, product)]
        return theirs[-1]

    def ours(self, product: str) -> list[str]:
        """What we answered in public."""
        own = self.accounts[product]
        return [one["text"] for one in self.posts.values() if one["by"] == own]

    def _is_theirs(self, one: Json, product: str) -> bool:
        return one["product"] == product and one["by"] != self.accounts[product]

    def _name(self, product: str, person: str) -> str:
        return self.people[product].get(person, "Somebody")

    def _add(self, product: str, person: str, text: str, kind: str, parent: str) -> str:
        self._counter += 1
        stem = "110022003300441_" if product == "messenger" else "1790000000"
        mark = f"{stem}{self._counter:08d}"
        self.posts[mark] = {
            "product": product,
            "by": person,
            "text": text,
            "kind": kind,
            "parent": parent,
            "at": self.clock(),
        }
        return mark

    def _feed(self, mark: str, verb: str) -> Json:
        one = self.posts[mark]
        person, is_comment = one["by"], one["kind"] == "comment"
        post = "110022003300440_500" if is_comment else mark
        value: Json = {
            "from": {"id": person, "name": self._name("messenger", person)},
            "item": "comment" if is_comment else "status",
            "verb": verb,
            "post_id": post,
            "created_time": int(self.clock()),
            "message": one["text"],
        }
        if is_comment:
            link = f"https://www.facebook.com/acme/posts/500?comment_id={self._counter}"
            value |= {"comment_id": mark, "parent_id": one["parent"] or post}
            value |= {"post": {"id": post, "permalink_url": link, "is_published": True}}
        if verb == "remove":
            value.pop("message")
        return {"field": "feed", "value": value}

    # ---- the Graph API --------------------------------------------------------------------------

    def answer(self, node: str, edge: str, body: Json) -> Json | Refusal:
        """An answer that everybody reads."""
        if edge == "mentions":
            product, under = "instagram", str(body.get("comment_id") or body.get("media_id"))
            known = self.posts.get(under)
            fits = known is not None and known["media"] == body.get("media_id")
            is_there = node == self.accounts["instagram"] and fits
        else:
            product, under = {"comments": "messenger", "replies": "instagram"}[edge], node
            known = self.posts.get(node)
            is_there = known is not None and known["product"] == product
        if not is_there or known is None or known.get("is_gone"):
            return Refusal(400, 100, 33, "Unsupported post request. Object does not exist")
        text = body.get("message")
        if not isinstance(text, str) or not 0 < len(text) <= COMMENT_LENGTH[product]:
            return Refusal(400, 100, message="param message must be given")
        return {"id": self._add(product, self.accounts[product], text, "comment", under)}

    def privately(self, product: str, recipient: Json) -> str | Refusal:
        """To whom one private answer to a post goes."""
        mark = str(recipient.get("comment_id") or recipient.get("post_id"))
        one = self.posts.get(mark)
        kind = "comment" if "comment_id" in recipient else "post"
        if one is None or one.get("is_gone") or (one["product"], one["kind"]) != (product, kind):
            return Refusal(400, 100, 33, "Object does not exist")
        if one["by"] == self.accounts[product]:
            return Refusal(400, 10903, message="This user can't reply to this activity")
        if self.clock() - one["at"] > PRIVATE_FOR:
            return Refusal(400, 10901, message="The time to reply to this activity is over")
        if one.get("was_answered"):
            return Refusal(400, 10900, message="Activity already replied to")
        one["was_answered"] = True
        return str(one["by"])

    def told(self, node: str, fields: str) -> Json | Refusal | None:
        """What is asked about a post; None for a question about something else."""
        if found := re.fullmatch(r"mentioned_(comment|media)\.\w+\(([0-9]+)\)\{.+\}", fields):
            kind, mark = found[1], found[2]
            one = self.posts.get(mark)
            if node != self.accounts["instagram"] or one is None or one.get("is_gone"):
                return Refusal(400, 100, 33, "Object does not exist")
            words = {"text" if kind == "comment" else "caption": one["text"]}
            about = {"id": mark, "username": self._name("instagram", one["by"]), **words}
            about["timestamp"] = _stamp(one["at"])
            link = f"https://www.instagram.com/p/C{mark[-4:]}/"
            about |= {"media": {"permalink": link}} if kind == "comment" else {"permalink": link}
            return {f"mentioned_{kind}": about, "id": node}
        if node not in self.posts:
            return None
        if self.posts[node].get("is_gone"):
            return Refusal(400, 100, 33, "Object does not exist")
        media = {"permalink": "https://www.instagram.com/p/C0042/", "id": "17900000000000042"}
        return {"media": media, "timestamp": _stamp(self.posts[node]["at"]), "id": node}


def change_call(product: str, account: str, change: Json, at: float) -> Json:
    """A call of the webhook about something public."""
    entry = {"id": account, "time": int(at), "changes": [change]}
    return {"object": "page" if product == "messenger" else product, "entry": [entry]}


def _stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")

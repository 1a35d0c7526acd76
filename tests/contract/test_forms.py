"""Words with a form, over every registered channel: what it declares arrives, the rest is said in words, and nothing becomes a sign."""

from __future__ import annotations

import dataclasses
import re

from bot.degrade import pieces_of
from bot.rich import RICH, words_of
from channels.contract import Streams
from channels.contract_forms import EVERY_LOOK, looks_of
from core.errors import TemporaryFailure
from core.message import Outbound
from core.rich import Block, as_json
from tests.contract.provider import Delivered, Provider
from tests.contract.test_every_channel import provider, providers

__all__ = ["provider", "providers"]

FORMED = """Hello **Ann**, *soon* run `reset 1`:

- apples
- pears

1. first
2. second

> as you wrote

```
a <b> & c
```

See [the guide](https://help.example/a_b?x=1&y=2) or [write](mailto:help@acme.example)."""
LOOKS = {
    ("bold", "Ann"), ("italic", "soon"), ("code", "reset 1"), ("quote", "as you wrote"), ("block", "a <b> & c"),
    ("list", "apples"), ("list", "pears"), ("list", "first"), ("list", "second"),
    ("link", "the guide https://help.example/a_b?x=1&y=2"), ("link", "write mailto:help@acme.example"),
}  # fmt: skip
WORDS = [
    "Hello",
    "Ann",
    "soon",
    "run",
    "reset",
    "1",
    "apples",
    "pears",
    "first",
    "second",
    "as",
    "you",
    "wrote",
    "a",
    "b",
    "c",
    "See",
    "the",
    "guide",
    "or",
    "write",
]
HOSTILE = (
    "**bold** <script>alert(1)</script>", "<!channel> <@U0ANN> *x*", "[x](javascript:alert(1)) **b**",
    "[x](data:text/html,<b>) `c`", "**unbalanced *stars", "`<img src=x onerror=alert(1)>` *a*", "***a** b*",
    "a*b*c **d**", "5 * 3 * 2 **x**", "snake_case_name and _it_", '[a](https://x.example/"onclick=alert(1)) **b**',
    "> - **x**", "- **a*b\n- c*d**", "&lt;b&gt; &amp; **x**", "```\n</code></pre><script>\n```", "😀 **😀b** 😀 *c*",
    "[**b**](https://x.example/) *c*", "[`c`](https://x.example/c) `d`", "\u202e**abc**\u202e", "<a href='https://x'>**q**</a>",
    "> `code` in [a quote](https://x.example/q)",
)  # fmt: skip


def formed(provider: Provider, typed: str) -> Outbound:
    """The one message that this becomes on the channel, as `bot.deliver` would give it to the adapter."""
    words = words_of(typed, RICH)
    channel = provider.channel
    (piece,) = pieces_of(words.text, words.rich, (), (), channel, "en")
    return dataclasses.replace(provider.outbound(piece.text), rich=piece.rich)


async def _sent(provider: Provider, outbound: Outbound) -> Delivered:
    """As it arrived. The adapters here wait a second or two, for silence is tried with them; a busy machine is slower."""
    for _ in range(9):
        try:
            await provider.channel.send(outbound)
        except TemporaryFailure:
            continue
        return provider.sent()[-1]
    await provider.channel.send(outbound)
    return provider.sent()[-1]


def letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


async def test_what_is_declared_is_shown_and_the_rest_is_said(provider: Provider) -> None:
    channel = provider.channel
    shows = looks_of(channel)
    if isinstance(channel, Streams):
        assert shows == EVERY_LOOK
        assert all(set(block) <= {"p", "q", "pre", "li", "start"} for block in _told(FORMED))
        return
    delivered = await _sent(provider, formed(provider, FORMED))
    said = " ".join(re.findall(r"\w+", delivered.text))
    at = 0
    for word in WORDS:
        assert (at := said.find(word, at)) >= 0, word
    assert delivered.looks == {one for one in LOOKS if one[0] in shows}
    if "link" not in shows and channel.name != "voice":
        assert "the guide (https://help.example/a_b?x=1&y=2)" in delivered.text
        assert "write (help@acme.example)" in delivered.text


async def test_no_words_become_more_than_words(provider: Provider) -> None:
    if isinstance(provider.channel, Streams) or provider.channel.name == "voice":
        return
    for typed in HOSTILE:
        await _stay_words(provider, typed)


async def _stay_words(provider: Provider, typed: str) -> None:
    channel = provider.channel
    outbound = formed(provider, typed)
    delivered = await _sent(provider, outbound)
    found = letters(re.sub(r"\(https?://\S+\)", "", outbound.text))
    assert letters(re.sub(r"\(https?://\S+\)", "", delivered.text)) == found
    for look, words in delivered.looks:
        assert look in looks_of(channel)
        if look == "link":
            assert re.search(r" (https://|mailto:)\S+$", words), words


async def test_a_plain_message_is_sent_as_it_was_typed(provider: Provider) -> None:
    channel = provider.channel
    if isinstance(channel, Streams) or channel.name == "voice":
        return
    for typed in ("2 * 3 * 4 = 24", "*not* _marked_ `here`", "- a\n- b", "<b>&amp;</b> [x](https://x.example)"):  # fmt: skip
        words = words_of(typed, "plain")
        assert (words.text, words.rich) == (typed, ())
        delivered = await _sent(provider, provider.outbound(typed))
        assert delivered.text.replace("\r\n", "\n").strip() == typed
        assert channel.name == "graph" or not delivered.looks


def _told(typed: str) -> list[dict[str, object]]:
    blocks: tuple[Block, ...] = words_of(typed, RICH).rich
    return as_json(blocks)

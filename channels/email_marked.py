"""Lines with ">" in front: somebody else's words, or a command, a list, a path of the writer's own. What is cut does not belong here.

When unsure they are the writer's own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from channels.email_attribution import attribution, has_header_block, is_labelled
from channels.email_quote_words import CLOSINGS
from channels.email_titles import is_dated_title

_MARK = re.compile(r"[ \t]{0,4}[>＞]")
_PROMPT = re.compile(r"[ \t]{0,4}>>> ?(?!>)")
_STEP = re.compile(r"[^\s>] ?[>›] ?[^\s>]")
_AMOUNT = re.compile(r"\s*[\d$€£¥]")
_GREEK = re.compile("[\u0370-\u03ff]")
"""In which ";" asks."""
_LETTER = re.compile(r"[^\W\d_]")
_WRAP_WIDTH, _NARROW_WRAP = 72, 60
"""At most so many letters programs leave on a line; fewer only where the sentence is known to go on."""
_SENTENCE_END = (".", "!", "?", "。", "！", "？", ":", ";", ")", "…")
_ASKED = ("?", "？", "؟", "\u037e")
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>]*$")
_LINK_TAIL = re.compile(r"\S*[/=&%#_?]\S*|\S+\.html?|\S*[)>]", re.IGNORECASE)
_BROKEN_BRACKET = re.compile(r"[(<][^)>\s]*$")


def is_marked(line: str) -> bool:
    """True for a line with ">" in front."""
    return _MARK.match(line) is not None


def bare(line: str) -> str:
    """The line without its marks."""
    return line.lstrip("> \t＞").rstrip()


def names_a_message(block: Sequence[str]) -> bool:
    """True when an earlier message is named inside the block."""
    inside = [line.lstrip("> \t＞") for line in block]
    if any(attribution(inside, number)[1] for number in range(len(inside))):
        return True
    return has_header_block(["", *inside], 1)


def is_head_alone(block: Sequence[str]) -> bool:
    """True when the block ends with the lines that name an earlier message and holds none of its words: those stand
    below it without marks (Orange's webmail, where an answer is written in HTML)."""
    inside = [line.lstrip("> \t＞") for line in block]
    titles = [number for number, line in enumerate(inside) if is_dated_title(line)]
    if not titles or not has_header_block(["", *inside], titles[-1] + 1):
        return False
    return all(map(is_labelled, inside[titles[-1] + 1 :]))


def is_announced(above: str) -> bool:
    """True when a sentence of the writer's leads to what follows: "I typed this:"."""
    return above.rstrip().endswith((":", "："))


def are_questions(blocks: Sequence[Sequence[str]]) -> bool:
    """True for several blocks that all end in a question: each is answered below itself."""
    ends = [next((bare(line) for line in reversed(block) if bare(line)), "") for block in blocks]
    return len(ends) > 1 and all(end.endswith(_ASKED) for end in ends)


def is_escaped(block: Sequence[str]) -> bool:
    """True for ">From now on": mailboxes in the old format put the mark there, not a person who quotes."""
    return len(block) == 1 and block[0].startswith(">From ")


def is_own(block: Sequence[str]) -> bool:
    """True for what no program makes of an earlier message: a prompt, "> 100 EUR", "> Settings > Account", ">サポート様"."""
    said = [bare(line) for line in block if bare(line)]
    if not any(map(_LETTER.search, said)) or all(map(_PROMPT.match, block)):
        return True
    if all(map(_STEP.search, said)):
        return True
    if len(block) > 1:
        return False
    is_sentence = said[0].endswith(_SENTENCE_END)
    few = len(said[0]) < 12 if len(said[0].split()) == 1 else len(said[0].split()) <= 3
    is_code = said[0].endswith(";") and not _GREEK.search(said[0])
    return bool(_AMOUNT.match(said[0])) or is_code or (few and not is_sentence)


def is_left_at_the_end(block: Sequence[str], above: str, is_apart: bool) -> bool:
    """True for what a program left below the text, `is_apart` by an empty line, and not below a closing: that signs."""
    is_signature = above.strip(" ,.!\t").lower() in CLOSINGS
    return is_apart and not is_signature and not is_announced(above) and not is_own(block)


def goes_on(line: str, rest: str, after: str) -> bool:
    """True when `rest` is the broken-off end of the quoted `line`, `after` the line below it: it would not have
    fitted and goes on in small letters inside a sentence of which more is quoted, or is the end of a link."""
    first = rest.split(maxsplit=1)
    if not first:
        return False
    goes_on_below = is_marked(after) and bare(after)[:1].islower()
    width = _NARROW_WRAP if goes_on_below else _WRAP_WIDTH
    would_overflow = len(line) + 1 + len(first[0]) > width
    if would_overflow and is_marked(after) and rest[:1].islower():
        return not line.endswith(_SENTENCE_END)
    is_link = _LINK.search(line[-500:]) or _BROKEN_BRACKET.search(line[-500:])
    return len(first) == 1 and bool(is_link) and _LINK_TAIL.fullmatch(rest.strip()) is not None

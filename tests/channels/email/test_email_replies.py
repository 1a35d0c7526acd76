"""What is new in replies of many languages, programs and layouts: found exactly, and above all never dropped."""

from __future__ import annotations

import html
import random
import re
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from channels.email_quotes import split_html, split_text
from tests.channels.email import letters_lines, letters_odd
from tests.channels.email.clients import clients
from tests.channels.email.harder import RARER, harder
from tests.channels.email.letter_pages import PAGES
from tests.channels.email.letters import LETTERS
from tests.channels.email.replies import TONGUES, Written, programs, replies


def _found(reply: Written) -> str:
    return (split_html if reply.format == "html" else split_text)(reply.input).new


def _folded(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("tongue", TONGUES, ids=lambda tongue: tongue.code)
def test_new_text_is_found_exactly(tongue: object) -> None:
    code = tongue.code  # type: ignore[attr-defined]
    mine = [reply for reply in replies() if reply.name.rpartition("-")[0].startswith(code)]
    assert len(mine) > 50
    wrong = {
        reply.name: _found(reply)
        for reply in mine
        if _folded(_found(reply)) != _folded(reply.expected)
    }
    assert wrong == {}


def test_programs_of_one_language_and_text_that_only_looks_quoted() -> None:
    for reply in programs():
        assert _folded(_found(reply)) == _folded(reply.expected), reply.name


def test_what_only_looks_quoted_stays_and_answers_inside_quotations_stay() -> None:
    mine = list(harder())
    assert len(mine) > 800
    wrong = {
        reply.name: _found(reply)
        for reply in mine
        if _folded(_found(reply)) != _folded(reply.expected)
    }
    assert wrong == {}


def test_programs_and_providers_of_many_countries() -> None:
    mine = list(clients())
    assert len(mine) > 350
    wrong = {
        reply.name: _found(reply)
        for reply in mine
        if _folded(_found(reply)) != _folded(reply.expected)
    }
    assert wrong == {}


def test_what_looks_like_initials_or_rows_of_a_table_stays() -> None:
    for text in (
        "On 2 March 2027 at 10:15 I typed this:\nAH> dir\nAH> exit",
        "C> dir\nC> exit\nNothing happened.",
        "| From | Berlin |\n| To | Rome |\n| Date | 2 March 2027 |\n\nPlease change it.",
        "My list\n__________\n> 4711\n> 4712 x",
        "Mar 2, 2027, 10:15 by the door:\nthe lamp.",
        "> SELECT 1;\n1\n\n> SELECT 2;\n2\n\nIs that right?",
        "I asked the machine:\n> Why?\n\nand again:\n\n> When?\n\nNothing came.",
        "Please write your name above this table and send it back.",
        "Message du 18/11/26 14:03\nvotre réponse : aucune\n\nQue faire ?",
    ):
        assert split_text(text).new == text


@pytest.mark.parametrize("line", RARER)
def test_programs_in_rarer_languages_are_known_by_their_word_for_wrote(line: str) -> None:
    """None of these lines has an address: without the word they might stand above the lines of a log."""
    assert split_text(f"4711!\n\n{line}\n> 4712\n").new == "4711!"
    assert split_text(f"{line}\n> 4712\n\n4711!\n").new == "4711!"


def _mixed(seed: int) -> Iterator[tuple[str, str, str]]:
    """Sentences of several languages in random order above, below and between what was quoted."""
    dice = random.Random(seed)
    sentences = [line for tongue in TONGUES for line in tongue.new]
    for _ in range(400):
        tongue = dice.choice(TONGUES)
        said = dice.sample(sentences, dice.randint(1, 5))
        line = dice.choice([tongue.gmail, tongue.apple, tongue.thunderbird])
        marked = "\n".join(f"> {quoted}" for quoted in tongue.quoted)
        gap = dice.choice(["\n", "\n\n"])
        above = dice.randint(0, len(said))
        text = gap.join([*said[:above], line, marked, "", *said[above:]])
        yield tongue.code, text, " ".join(said)


@pytest.mark.parametrize("seed", range(5))
def test_no_new_word_is_ever_dropped(seed: int) -> None:
    for code, text, said in _mixed(seed):
        missing = Counter(said.split()) - Counter(split_text(text).new.split())
        assert not missing, (code, text)


LETTERS_OF_ALL = [
    *(Written(name, "txt", text, new) for name, (text, new) in LETTERS.items()),
    *(Written(name, "html", page, new) for name, (page, new) in PAGES.items()),
    *(Written(f"odd-{name}", "txt", text, new) for name, (text, new) in letters_odd.TEXTS.items()),
    *(Written(f"odd-{name}", "html", page, new) for name, (page, new) in letters_odd.PAGES.items()),
]


@pytest.mark.parametrize("line", letters_lines.ABOUT)
def test_lines_above_quotations(line: str) -> None:
    new, old = "The lamp is broken.", "> It comes tomorrow.\n> Ann\n"
    assert split_text(f"{new}\n\n{line}\n{old}").new == new
    assert split_text(f"{line}\n{old}\n{new}\n").new == new
    if re.search("2026.*(14|2)[:.]03", line):
        assert split_text(f"{new}\n\n{line}\n\nIt comes tomorrow.\nAnn\n").new == new
    page = f"<div>{new}</div><br><div>{html.escape(line)}</div><blockquote>It comes tomorrow.</blockquote>"
    assert split_html(page).new == new


@pytest.mark.parametrize("name", [*letters_lines.MORE, *letters_lines.MORE_PAGES])
def test_layouts_of_single_mails(name: str) -> None:
    is_page = name in letters_lines.MORE_PAGES
    text, new = (letters_lines.MORE_PAGES if is_page else letters_lines.MORE)[name]
    found = _found(Written(name, "html" if is_page else "txt", text, new))
    assert _folded(found) == _folded(new)


def test_who_tells_of_a_day_is_not_cut() -> None:
    for text in (
        "Ann wrote down 4711:\n> one\n> two\n\nIs it right?",
        "Sent from my shop On Main Street, 2 boxes:\nthe red one",
    ):
        assert split_text(text).new == text


def _folds(text: str, width: int) -> str:
    """Long lines broken as programs do that send at most so many letters a line."""
    lines = (
        [line] if line.startswith((">", " ", "|")) or not line else wrap(line, width)
        for line in text.split("\n")
    )
    return "\n".join(one for some in lines for one in some)


def _starred(text: str) -> str:
    """Labels in stars, as programs write bold ones."""
    return re.sub(r"(?m)^([^\W\d_][^\W\d_ ]{1,14}): ", r"*\1:* ", text)


def wrap(line: str, width: int) -> list[str]:
    return textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False)


WAYS: dict[str, Callable[[str], str]] = {
    "as-it-is": lambda text: text,
    "returns": lambda text: text.replace("\n", "\r\n"),
    "folded": lambda text: _folds(text, 76),
    "narrow": lambda text: _folds(text, 66),
    "wide": lambda text: text.replace("\n\n", "\n\n\n\n"),
    "spaces": lambda text: re.sub(r"(?m)$", " ", text),
    "stars": _starred,
}


@pytest.mark.parametrize("way", WAYS)
def test_letters_written_out_whole(way: str) -> None:
    mine = [one for one in LETTERS_OF_ALL if way == "as-it-is" or _may_be_reshaped(one)]
    assert len(mine) > 190
    wrong = {}
    for reply in mine:
        found = _found(replace(reply, input=WAYS[way](reply.input)))
        if way == "stars":
            found = re.sub(r"\*([^*\n]+:)\*", r"\1", found)
        if _folded(found) != _folded(reply.expected):
            wrong[reply.name] = found
    assert wrong == {}


def _may_be_reshaped(reply: Written) -> bool:
    return reply.format == "txt" and "stays" not in reply.name

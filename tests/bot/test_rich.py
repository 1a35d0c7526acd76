"""Typed formatting: what is a sign and what is not, that nothing is lost, and that plain words stay what they are."""

from __future__ import annotations

import random
import re

import pytest

from bot.degrade import pieces_of
from bot.rich import PLAIN, RICH, literal, read, words_of
from channels.contract import Capabilities
from channels.contract_forms import EVERY_LOOK
from channels.graph_rich import with_signs
from channels.slack_rich import rich_text
from channels.telegram_rich import said_with_form
from core.message import AddressKind
from core.rich import (
    CodeBlock,
    Listing,
    Look,
    Paragraph,
    Quotation,
    Rich,
    Run,
    as_json,
    has_form,
    laid_out,
    plain,
    rich_of,
)
from core.rich_html import html_of
from tests.contract.forms import page_looks, page_text, slack_text
from tests.fakes.slack_rules import are_blocks

SIGNS = (
    "*", "**", "***", "_", "`", "```", "```\n", "- ", "1. ", "> ", "\n", "\n\n", "[", "](", ")", "](https://x.example/p)",
    "](javascript:alert(1))", "<script>", "<!channel>", "&amp;", "\\", "a", "Ann", "ß", "你好", "ش", "😀", " ", "  ", "7", "~", "#",
    "https://x.example/a_b_", "mailto:", "|", "\t", "\u200f", "-", "+ ", "0) ",
)  # fmt: skip


class Showing:
    """A channel that shows everything, of some length."""

    name = "test"
    shows = EVERY_LOOK

    def __init__(self, length: int, *, in_bytes: bool = False) -> None:
        self.can = Capabilities(length, AddressKind.OTHER, text_in_bytes=in_bytes)


def letters(text: str) -> str:
    return "".join(filter(str.isalpha, text))


def texts(count: int) -> list[str]:
    chance = random.Random(7)
    return ["".join(chance.choices(SIGNS, k=chance.randint(1, 24))) for _ in range(count)]


@pytest.mark.parametrize(
    ("typed", "runs"),
    [
        ("**b**", [Run("b", bold=True)]),
        ("*i* and _j_", [Run("i", italic=True), Run(" and "), Run("j", italic=True)]),
        ("`a*b*`", [Run("a*b*", code=True)]),
        ("[x](https://x.example/a)", [Run("x", link="https://x.example/a")]),
        ("[x](mailto:a@x.example)", [Run("x", link="mailto:a@x.example")]),
        ("[x](javascript:alert(1))", [Run("[x](javascript:alert(1))")]),
        ("[x](//x.example)", [Run("[x](//x.example)")]),
        ("snake_case_name 2*3*4", [Run("snake_case_name 2*3*4")]),
        ("411111******1111", [Run("411111******1111")]),
        ("a\nb", [Run("a\nb")]),
        ("# no heading", [Run("# no heading")]),
        ("![i](https://x.example/i.png)", [Run("!"), Run("i", link="https://x.example/i.png")]),
        ("(https://x.example/_a_b_).", [Run("("), Run("https://x.example/_a_b", link="https://x.example/_a_b"), Run("_).")]),
        ("**open", [Run("**open")]),
        ("<b>&amp;</b>", [Run("<b>&amp;</b>")]),
    ],
)  # fmt: skip
def test_running_words(typed: str, runs: list[Run]) -> None:
    assert read(typed) == (Paragraph(tuple(runs)),)


def test_lines_that_are_something() -> None:
    assert read("- a\n- b") == (Listing((_point("a"), _point("b"))),)
    assert read("3. a\n4. b") == (Listing((_point("a"), _point("b")), 3),)
    assert read("> a\n> b") == (Quotation((Paragraph((Run("a\nb"),)),)),)
    assert read("```py\n**a**\n```") == (CodeBlock("**a**"),)
    assert read("```what is it\na\n```") == (CodeBlock("what is it\na"),)


def test_what_stands_under_a_list_or_a_quotation_is_no_part_of_it() -> None:
    assert read("> theirs\nours") == (Quotation(_point("theirs")), *_point("ours"))
    assert read("- a\nb") == (Listing((_point("a"),)), *_point("b"))
    assert read("- a\n  b") == (Listing((_point("a\nb"),)),)
    assert read("> a\n- b\n> c") == (
        Quotation(_point("a")),
        Listing((_point("b"),)),
        Quotation(_point("c")),
    )
    assert read("```\n- a\nb\n```") == (CodeBlock("- a\nb"),)


def _point(text: str) -> Rich:
    return (Paragraph((Run(text),)),)


def test_two_thousand_texts_lose_no_letter_anywhere() -> None:
    for typed in texts(2000):
        words = words_of(typed, RICH)
        rich = words.rich or (Paragraph((Run(words.text),)),)
        # Where a link leads is no word of it, and a language's name behind a fence is none of the code.
        bare = re.sub(r"\]\((https://x\.example/p)\)", "]", typed)
        said = re.sub(r"\(https://x\.example/p\)|https://x\.example/p", "", words.text)
        wanted = letters(bare.replace("https://x.example/p", ""))
        if "```" not in typed:
            assert letters(said) == wanted, typed
        assert rich_of(as_json(rich)) == rich
        shown = letters(laid_out(rich, EVERY_LOOK).text)
        page = html_of(rich)
        page_looks(f"<div>{page}</div>")
        assert letters(page_text(f"<div>{page}</div>")) == shown, typed
        if words.rich:
            block = rich_text(rich)
            assert are_blocks([block], 1), typed
            assert letters(with_signs(rich)) == letters(words.text), typed
            assert letters(slack_text(block)).startswith(shown[:1]), typed
            assert letters(str(said_with_form(rich)["text"])) in (shown, letters(words.text)), typed


@pytest.mark.parametrize(
    ("typed", "side"),
    [
        ("> اشتريتها أمس", "rtl"),
        ("> 12. «اشتريتها» yesterday", "rtl"),
        ("> bought أمس", "ltr"),
        ("> - שלום", "rtl"),
        ("> 12 %", "auto"),
    ],
)
def test_a_quotation_stands_at_the_side_where_its_words_begin(typed: str, side: str) -> None:
    """Its own `auto` would not look into its paragraphs, which have a direction each."""
    assert html_of(read(typed)).startswith(f'<blockquote dir="{side}">')


def test_what_is_plain_stays_so_byte_for_byte() -> None:
    for typed in texts(300):
        assert words_of(typed, PLAIN).text == typed
        assert words_of(typed, PLAIN).rich == ()
    kept = "Dear Ann,\n\n  two   spaces,\n\n\nthree lines"
    assert words_of(kept, RICH).text == kept


def test_plain_words_can_be_typed_among_signs() -> None:
    for text in [
        *texts(500),
        "*a*",
        "1. x",
        "- x",
        "> x",
        "a_b_c",
        "~~~\nx\n~~~",
        "[a](https://x.example)",
        "10) x",
    ]:
        typed = literal(text)
        assert not has_form(read(typed)), text
        assert letters(plain(read(typed))) == letters(text)
    assert literal("Your order 12_3 is on its way.") == "Your order 12_3 is on its way."
    assert (
        plain(read(literal("*a* [b](https://x.example) `c`"))) == "*a* [b](https://x.example) `c`"
    )


def test_no_card_number_comes_together_out_of_pieces() -> None:
    for typed in ("4111 **1111** 1111 1111", "4111 1111 *1111* 1111", "`4111`1111`1111`1111"):
        words = words_of(typed, RICH)
        assert "411111******1111" in words.text
        assert (words.rich, words.typed) == ((), "")


def test_what_stands_too_deep_is_plain_words() -> None:
    assert read(">" * 60 + "x") == (Paragraph((Run(">" * 60 + "x"),)),)


def test_marks_lie_within_one_another() -> None:
    page = laid_out(read("**a *b* c** _d_[*e*f](https://x.example)"), EVERY_LOOK)
    told = [(one.look, page.text[one.start : one.end]) for one in page.marks]
    assert told == [
        (Look.BOLD, "a b c"), (Look.ITALIC, "b"), (Look.ITALIC, "d"), (Look.LINK, "ef"), (Look.ITALIC, "e"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "signs"),
    [
        ("**a *b* c**", "*a _b_ c*"),
        ("half**word**", "halfword"),
        ("2 * 3 and **x**", "2 * 3 and x"),
        ("**two\nlines**", "*two*\n*lines*"),
        ("`a`\n\n```\nb\n```", "`a`\n\n```b```"),
        ("- **a**\n  - b\n\n> q", "- *a*\n  - b\n\n> q"),
        ("[**a**](https://x.example)", "*a* (https://x.example)"),
    ],
)
def test_whatsapps_signs_stand_only_where_they_are_read_as_such(typed: str, signs: str) -> None:
    assert with_signs(read(typed)) == signs


def test_telegram_counts_in_utf_16() -> None:
    told = said_with_form(read("😀 **a**"))
    assert told == {"text": "😀 a", "entities": [{"type": "bold", "offset": 3, "length": 1}]}
    many = said_with_form(read(" ".join(["**a** _b_"] * 60)))
    assert "entities" not in many


LONG = (
    "- " + "\n- ".join(f"**point {n}** of *many* with [a link](https://x.example/{n})" for n in range(60))
    + "\n\n> " + "quoted words " * 80 + "\n\n```\n" + "code line\n" * 90 + "```\n\n" + "x" * 900
)  # fmt: skip


@pytest.mark.parametrize("length", [400, 1000, 3000])
def test_long_words_go_in_parts_and_nothing_is_lost(length: int) -> None:
    rich = read(LONG)
    pieces = pieces_of(plain(rich), rich, (), (), Showing(length), "en")  # type: ignore[arg-type]
    assert len(pieces) > 1
    assert all(len(html_of(piece.rich)) <= length for piece in pieces)
    assert letters("".join(piece.text for piece in pieces)) == letters(plain(rich))
    assert any(run.bold for piece in pieces for run in _runs(piece.rich))


def test_parts_are_counted_in_bytes_where_the_channel_does() -> None:
    rich = read("**" + "ж" * 300 + "** end")
    pieces = pieces_of(plain(rich), rich, (), (), Showing(400, in_bytes=True), "en")  # type: ignore[arg-type]
    assert all(len(html_of(piece.rich).encode()) <= 400 for piece in pieces)
    assert "".join(piece.text for piece in pieces).replace(" ", "") == "ж" * 300 + "end"


def _runs(rich: Rich) -> list[Run]:
    found: list[Run] = []
    for block in rich:
        if isinstance(block, Paragraph):
            found += block.runs
        elif isinstance(block, Listing):
            found += [run for item in block.items for run in _runs(item)]
    return found

"""The light formatting that a person can type: a strict part of Markdown, read into `core.rich`. What channels make of it does not belong here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from core.redaction import redact
from core.rich import (
    Block,
    CodeBlock,
    Listing,
    Look,
    Paragraph,
    Quotation,
    Rich,
    Run,
    has_form,
    laid_out,
    plain,
)
from core.rich_html import leads

PLAIN, RICH = "plain", "markdown"
FORMATS = (PLAIN, RICH)
LONGEST_LINK = 1000
_RULES = ("escape", "newline", "backticks", "emphasis", "link", "fence", "list", "blockquote")
_ALL = frozenset(Look)
_DEEPEST = 20
"""Lists in quotations in lists ...: the parser leaves out what stands deeper, so it is taken as plain words there."""
_ADDRESS = re.compile(r"://[^\s<>\"*`\\]{1,990}")
_SCHEME = re.compile(r"(?:^|[^\w])(https?)$", re.IGNORECASE)
_STARS = re.compile(r"\*+(?=\d)")
_SIGNS = re.compile(r"[\\`*_\[\]~]")
_LINE_SIGNS = re.compile(r"^([ \t]*)(?:(>|[-+](?=\s|$))|(\d{1,9})([.)])(?=\s|$))", re.MULTILINE)
_BEGINS = re.compile(r"\s{0,3}(?:[-*+]|\d{1,9}[.)])(?=\s|$)")
_SAYS = re.compile(r"[^\s>.-]")


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody says: always in plain words, and with its form where it has one (`typed`: as they typed it)."""

    text: str
    rich: Rich = ()
    typed: str = ""


def words_of(typed: str, form: str) -> Words:
    """What was typed in this format. Nothing of it is lost, and no card number comes together out of pieces."""
    if form != RICH:
        return Words(typed)
    rich = read(typed)
    text = plain(rich)
    if not _SAYS.search(text):
        return Words(typed)
    # Signs between its digits would hide a number from who looks for it before they are taken away.
    if any(redact(shown) != shown for shown in (text, laid_out(rich, _ALL).text)):
        return Words(redact(text))
    if not has_form(rich):
        return Words(text if "\\" in typed else typed)
    return Words(text, rich, typed)


def read(typed: str) -> Rich:
    """Its blocks. Whatever is not a sign of ours, or no safe one, stays as it was typed."""
    tokens = _parser().parse(_apart(typed))
    if any(token.level >= _DEEPEST - 2 for token in tokens):
        return (Paragraph((Run(typed),)),)
    blocks, _ = _blocks(tokens, 0)
    return blocks


def _apart(typed: str) -> str:
    """What follows a point or a quotation without its sign begins anew, where Markdown would count it in: an answer
    under the customer's words must not look like theirs."""
    lines: list[str] = []
    inside, is_code = "", False
    for line in typed.split("\n"):
        kind = _kind(line)
        if line.lstrip().startswith("```"):
            is_code = not is_code
        elif not is_code and inside and line.strip() and kind not in ("", inside):
            lines.append("")
        if not line.strip():
            inside = ""
        elif kind and not is_code:
            inside = "" if kind == "p" else kind
        lines.append(line)
    return "\n".join(lines)


def _kind(line: str) -> str:
    """`>` of a quotation, `-` of a point, `p` of plain words; empty for what is set in."""
    if line.lstrip().startswith(">"):
        return ">"
    if _BEGINS.match(line):
        return "-"
    return "" if line[:1].isspace() else "p"


def literal(text: str) -> str:
    """Plain words as they are typed here, so that no sign in them means anything; as they are where none does."""
    rich = read(text)
    if not has_form(rich) and "\\" not in text:
        return text
    typed = _SIGNS.sub(lambda found: f"\\{found[0]}", text)
    return _LINE_SIGNS.sub(_kept_sign, typed)


def _kept_sign(found: re.Match[str]) -> str:
    if found[2]:
        return f"{found[1]}\\{found[2]}"
    return f"{found[1]}{found[3]}\\{found[4]}"


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("zero", {"maxNesting": _DEEPEST}).enable(list(_RULES))
    parser.validateLink = lambda url: len(url) <= LONGEST_LINK and leads(url)  # type: ignore[method-assign]
    parser.inline.ruler.before("emphasis", "bare_address", _bare_address)
    parser.inline.ruler.before("emphasis", "times", _times)
    return parser


def _bare_address(state: StateInline, silent: bool) -> bool:
    """An address of the web in running words is a link, so that no `_` in it is a sign."""
    scheme = _SCHEME.search(state.pending) if state.src[state.pos] == ":" else None
    found = _ADDRESS.match(state.src, state.pos) if scheme and state.linkLevel == 0 else None
    if scheme is None or found is None:
        return False
    rest = found[0].rstrip(".,;:!?'_]")
    while rest.endswith(")") and rest.count(")") > rest.count("("):
        rest = rest[:-1].rstrip(".,;:!?'_]")
    url = scheme[1] + rest
    if len(rest) <= 3 or not leads(url):
        return False
    if not silent:
        state.pending = state.pending[: -len(scheme[1])]
        state.push("link_open", "a", 1).attrs = {"href": url}
        state.push("text", "", 0).content = url
        state.push("link_close", "a", -1)
    state.pos += len(rest)
    return True


def _times(state: StateInline, silent: bool) -> bool:
    """Stars between two digits multiply, or hide what stood there; they are no signs."""
    found = _STARS.match(state.src, state.pos)
    if found is None or not state.src[state.pos - 1 : state.pos].isdecimal():
        return False
    if not silent:
        state.pending += found[0]
    state.pos = found.end()
    return True


def _blocks(tokens: Sequence[Token], at: int) -> tuple[Rich, int]:
    """The blocks up to the end of the one that holds them, and where that ends."""
    found: list[Block] = []
    while at < len(tokens):
        token = tokens[at]
        kind = token.type
        at += 1
        if kind.endswith("_close") and kind != "paragraph_close":
            break
        if kind == "inline":
            if runs := _runs(token.children or ()):
                found.append(Paragraph(runs))
        elif kind == "fence":
            found.append(CodeBlock(_code(token)))
        elif kind == "blockquote_open":
            inner, at = _blocks(tokens, at)
            found.append(Quotation(inner))
        elif kind in ("bullet_list_open", "ordered_list_open"):
            listing, at = _listing(tokens, at)
            start = int(token.attrGet("start") or 1) if kind.startswith("ordered") else None
            found.append(Listing(listing, start))
    return tuple(found), at


def _listing(tokens: Sequence[Token], at: int) -> tuple[tuple[Rich, ...], int]:
    items = []
    while tokens[at].type == "list_item_open":
        item, at = _blocks(tokens, at + 1)
        items.append(item)
    return tuple(items), at + 1


def _code(token: Token) -> str:
    """A language's name is no word of the code's; anything else behind the fence is."""
    head = token.info.strip()
    lines = token.content.removesuffix("\n")
    return lines if re.fullmatch(r"[\w+#.-]{0,20}", head) else f"{head}\n{lines}".rstrip("\n")


def _runs(tokens: Iterable[Token]) -> tuple[Run, ...]:
    runs: list[Run] = []
    bold = italic = 0
    link = title = ""
    for token in tokens:
        match token.type:
            case "strong_open" | "strong_close":
                bold += token.nesting
            case "em_open" | "em_close":
                italic += token.nesting
            case "link_open":
                link, title = str(token.attrGet("href") or ""), str(token.attrGet("title") or "")
            case "link_close":
                if title:
                    runs.append(Run(f" ({title})", bold > 0, italic > 0))
                link = title = ""
            case "softbreak" | "hardbreak":
                runs.append(Run("\n", bold > 0, italic > 0, link=link))
            case kind:
                looks = (bold > 0, italic > 0, kind == "code_inline")
                if token.content:
                    runs.append(Run(token.content, *looks, link=link))
    return tuple(_joined(runs))


def _joined(runs: Iterable[Run]) -> Iterable[Run]:
    """Neighbours of one look as one."""
    last: Run | None = None
    for run in runs:
        if last is not None and _look(last) == _look(run):
            last = Run(last.text + run.text, *_look(run)[:3], link=run.link)
            continue
        if last is not None:
            yield last
        last = run
    if last is not None:
        yield last


def _look(run: Run) -> tuple[bool, bool, bool, str]:
    return run.bold, run.italic, run.code, run.link

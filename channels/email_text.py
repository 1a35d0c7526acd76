"""A mail's HTML to lines of text that still know what was quotation. Which lines are cut does not belong here."""

from __future__ import annotations

import re

import lxml.etree
import lxml.html
from inscriptis import get_text
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.model.config import ParserConfig
from lxml.html import HtmlElement

from channels.email_charset import clean
from channels.email_quote_words import FORWARDED

MAX_HTML = 1_000_000
"""Characters of HTML that are read: about 10 s of tiny paragraphs, far beyond any letter."""

# Marks in the text: private-use characters, removed from the source first.
OPEN_SURE, CLOSE_SURE = "\ue000", "\ue001"
OPEN_MAYBE, CLOSE_MAYBE = "\ue002", "\ue003"
RULE = "\ue004"
MARKS = re.compile("[\ue000-\ue004]")

_CONFIG = ParserConfig(css=CSS_PROFILES["relaxed"], display_links=False, display_images=False)
# What a mail program itself names as the quoted message: Gmail, Thunderbird and Apple, Outlook web,
# Yahoo, Proton, Zoho, AOL, mail.ru, GMX, Zimbra, Front, HEY, Fastmail, Missive.
_SURE = (
    "//*[contains(concat(' ',normalize-space(@class),' '),' gmail_quote ')]",
    "//*[contains(@class,'gmail_quote_container')]",
    "//blockquote[translate(@type,'CITE','cite')='cite']",
    "//*[contains(@class,'moz-cite-prefix')]",
    "//*[contains(concat(' ',normalize-space(@class),' '),' gmail_attr ')]",
    "//*[@id='OLK_SRC_BODY_SECTION' or @id='x_OLK_SRC_BODY_SECTION']",
    "//*[contains(@class,'yahoo_quoted') or contains(@class,'yahoo-quoted')]",
    "//*[contains(@class,'protonmail_quote') or contains(@class,'tutanota_quote')]",
    "//*[contains(@class,'zmail_extra') or contains(@class,'zimbra_quote')]",
    "//*[contains(@class,'aolReplacedBody') or contains(@class,'aolmail_gmail_quote')]",
    "//*[contains(@class,'front-blockquote') or contains(@class,'hey-quote')]",
    "//*[contains(@class,'js-helper') and contains(@class,'js-readmsg-msg')]",
    "//*[@name='quote' and self::div]",
)
# From here to the end of the mail is the earlier one (Outlook, Hotmail, iOS Outlook, Word).
_SURE_ONWARDS = (
    "//*[@id='divRplyFwdMsg' or @id='x_divRplyFwdMsg']",
    "//*[@id='appendonsend' or @id='ms-outlook-mobile-body-separator-line']",
    "//hr[@id='stopSpelling']",
    "//*[@id='mail-editor-reference-message-container']",
)
_FRAMED = ".//blockquote[contains(@class,'gmail_quote') or contains(@class,'protonmail_quote')]"
_HIDDEN = (
    "//style|//script|//head//title|//noscript|//template|//comment()|//processing-instruction()"
)

_DASHED = re.compile(r"-{5,}\s*\w[^-]{2,40}\s*-{5,}")
_FORWARDED = re.compile(rf"(?:{'|'.join(map(re.escape, FORWARDED))})\s*[:：]", re.IGNORECASE)


def html_to_text(html: str) -> str:
    """The visible text of an HTML mail, block by block, without marks. Never raises."""
    return MARKS.sub("", html_to_marked_text(html)).strip("\n")


def html_to_marked_text(html: str) -> str:
    """The visible text, with quotations named by the mail program between OPEN_SURE and CLOSE_SURE,
    plain blockquotes between OPEN_MAYBE and CLOSE_MAYBE, and RULE for each horizontal line."""
    html = MARKS.sub("", clean(html[:MAX_HTML]))
    try:
        root = lxml.html.document_fromstring(_without_declaration(html))
        _mark(root)
        text = get_text(lxml.html.tostring(root, encoding="unicode"), _CONFIG)
    except (
        lxml.etree.LxmlError,
        ValueError,
        RecursionError,
        AssertionError,
        IndexError,
    ):
        text = re.sub(r"<[^<>]{0,10000}>", " ", html)
    # The indentation is layout (tables, quotation levels), which means nothing in plain text.
    return "\n".join(line.strip() for line in text.replace("\xa0", " ").split("\n"))


def _without_declaration(html: str) -> str:
    """lxml refuses text with an XML declaration that names an encoding."""
    return re.sub(r"^\s*<\?xml[^>]{0,200}\?>", "", html) or " "


def _mark(root: HtmlElement) -> None:
    for element in root.xpath(_HIDDEN):
        element.drop_tree()
    sure = {element for path in _SURE for element in root.xpath(path)}
    for element in sure:
        if not (_is_forward(element) or _is_frame(element)):
            _wrap(element, OPEN_SURE, CLOSE_SURE)
    for path in _SURE_ONWARDS:
        for element in root.xpath(path):
            _put_before(element, OPEN_SURE)
    for element in root.xpath("//blockquote"):
        if element not in sure:
            _wrap(element, OPEN_MAYBE, CLOSE_MAYBE)
    for element in root.xpath("//hr"):
        _put_before(element, RULE)
    for element in root.xpath("//*[contains(@style,'border')]"):
        if _is_rule(element.get("style", "")):
            _put_before(element, RULE)


def _is_forward(element: HtmlElement) -> bool:
    """Gmail and Apple put a forwarded message into the same container as a quoted one."""
    start = " ".join(element.text_content()[:200].split())
    return bool(_DASHED.match(start) or _FORWARDED.match(start))


def _is_frame(element: HtmlElement) -> bool:
    """Gmail's and Proton's frames around quotations hold answers between them as well: only the quotations count."""
    return element.tag != "blockquote" and bool(element.xpath(_FRAMED))


def _is_rule(style: str) -> bool:
    """Outlook draws the line above a quoted message as the top border of a block."""
    return bool(
        re.search(
            r"border-top:\s*(?:solid|[\d.]+\w+ solid)|border-top-(?:style|width)",
            style,
            re.IGNORECASE,
        )
        or re.search(r"border:\s*none;\s*border-top:\s*solid", style, re.IGNORECASE)
    )


def _wrap(element: HtmlElement, opening: str, closing: str) -> None:
    _put_before(element, opening)
    end = lxml.html.Element("div")
    end.text = closing
    end.tail, element.tail = element.tail, None
    element.addnext(end)


def _put_before(element: HtmlElement, mark: str) -> None:
    start = lxml.html.Element("div")
    start.text = mark
    element.addprevious(start)

"""Removes payment card numbers from text before anything is stored. Other personal data is encrypted, not removed.

A card number is 13 to 19 digits in any script, possibly parted by single spaces, dots, dashes or slashes, that
begins like an issuer's range and passes the Luhn check (ISO/IEC 7812-1). First six and last four digits stay,
as PCI DSS 3.4 allows. A security code that is named beside a removed number is removed too, and one that follows
its date. What is written around a number (`4111 1111 1111 1111 12/27 123`) does not hide it: in a longer row of digits
every card is found that begins the row, or stands in groups as cards do.
"""

from __future__ import annotations

import re
import unicodedata

_GAP = "[ \u00a0\u2009\u202f.\\-\u2010-\u2015/·_]"
_CANDIDATE = re.compile(rf"(?<!\d)(?<!\d[.,])\d(?:{_GAP}{{0,2}}\d){{12,}}(?!\d)")
_GROUP = re.compile(r"\d+")
_GROUPS = frozenset([(4, 4, 4, 4), (4, 4, 4, 4, 3), (4, 6, 5), (4, 6, 4)])
"""How numbers are printed on cards, where they are not typed in one piece."""
_BEGUN = frozenset(sizes[:count] for sizes in _GROUPS for count in range(1, len(sizes) + 1))
_MASKED = re.compile(r"\d{6}\*{3,9}\d{4}")
_BYTES = re.compile(rb"(?<![0-9A-Za-z])[0-9](?:[ .\-/_+]{0,2}[0-9]){12,}(?![0-9A-Za-z])")
_CODE_NAMES = (
    r"cvv2?|cvc2?|cid|security code|c[oó]digo de seguridad|pr[uü]f(?:ziffer|nummer)|sicherheitscode"
)
_CODE_NAME = re.compile(rf"(?i)\b(?:{_CODE_NAMES})\b")
_CODE = re.compile(
    rf"(?i)\b({_CODE_NAMES})"
    r"(\W{0,12}(?:is|es|ist|lautet|:|=)?\W{0,6})(\d{3,4})(?!\d)"
)
_CODE_AFTER_DATE = re.compile(
    r"(\d{6}\*{3,9}\d{4}\W{1,3}(?:0?[1-9]|1[0-2])\W{1,3}(?:20)?\d\d\W{1,3})(\d{3,4})(?!\d)"
)


def redact(text: str) -> str:
    """The text without card numbers: `4111 1111 1111 1111` becomes `411111******1111`."""
    if len(text) < 13 or sum(map(str.isdigit, text)) < 13:
        return text
    redacted, found = _CANDIDATE.subn(_mask_text, text)
    if redacted != text and found:
        redacted = _CODE.sub(lambda match: f"{match[1]}{match[2]}***", redacted)
        redacted = _CODE_AFTER_DATE.sub(lambda match: f"{match[1]}***", redacted)
    return redacted


def redact_bytes(raw: bytes) -> bytes:
    """The same for a raw payload whose digits are ASCII; nothing else in it changes."""
    return _BYTES.sub(_mask_bytes, raw)


def is_card_number(digits: str) -> bool:
    """True for 13 to 19 ASCII digits in an issuer's range with a right check digit."""
    return 13 <= len(digits) <= 19 and _has_issuer(digits) and _passes_luhn(digits)


def says_only_a_card(text: str) -> bool:
    """True for a removed card number, perhaps with its date, without a word beside it: that tells nothing of a need."""
    rest, found = _MASKED.subn(" ", text)
    return found > 0 and not any(character.isalpha() for character in _CODE_NAME.sub(" ", rest))


def _mask_text(match: re.Match[str]) -> str:
    return _without_cards(match[0])


def _mask_bytes(match: re.Match[bytes]) -> bytes:
    return _without_cards(match[0].decode()).encode()


def _without_cards(row: str) -> str:
    """A row of digits with single signs between them, without the cards in it."""
    whole = _digits(row)
    if is_card_number(whole):
        return _masked(whole)
    groups = [group.span() for group in _GROUP.finditer(row)]
    kept, at, first = [], 0, 0
    while first < len(groups):
        start = groups[first][0]
        after = _end_of_card(row, groups, first)
        if after > first:
            kept += [row[at:start], _masked(_digits(row[start : groups[after - 1][1]]))]
            at = groups[after - 1][1]
        first = max(first + 1, after)
    return "".join(kept) + row[at:]


def _end_of_card(row: str, groups: list[tuple[int, int]], first: int) -> int:
    """The number of the group behind the card that begins here; nought where none does."""
    sizes: tuple[int, ...] = ()
    found = 0
    for number, (start, end) in enumerate(groups[first : first + 19], first):
        sizes = (*sizes, end - start)
        if first and len(sizes) > 1 and sizes not in _BEGUN:
            break
        digits = _digits(row[groups[first][0] : end])
        is_formed = not first or len(sizes) == 1 or sizes in _GROUPS
        if is_formed and is_card_number(digits) and _has_length(digits):
            found = number + 1
    return found


def _digits(text: str) -> str:
    return "".join(str(unicodedata.digit(one)) for one in text if one.isdigit())


def _masked(digits: str) -> str:
    return f"{digits[:6]}{'*' * (len(digits) - 10)}{digits[-4:]}"


def _has_issuer(digits: str) -> bool:
    """Visa, Mastercard, American Express, Discover, Diners, JCB, UnionPay, Maestro."""
    two, three, four = int(digits[:2]), int(digits[:3]), int(digits[:4])
    return (
        digits[0] == "4"
        or 51 <= two <= 55
        or 2221 <= four <= 2720
        or two in {34, 37, 36, 38, 39, 62, 65, 50}
        or 56 <= two <= 58
        or four == 6011
        or 644 <= three <= 649
        or 300 <= three <= 305
        or 3528 <= four <= 3589
        or four in {5018, 5020, 5038, 6304, 6759, 6761, 6762, 6763}
    )


def _has_length(digits: str) -> bool:
    """As long as numbers of its issuer are; asked where something else stands beside it."""
    two = int(digits[:2])
    if digits[0] == "4":
        return len(digits) in {13, 16, 19}
    if two in {34, 37}:
        return len(digits) == 15
    if two in {30, 36, 38, 39}:
        return len(digits) in {14, 16}
    return len(digits) == 16 or (digits[0] == "6" and len(digits) <= 19) or two in {50, 56, 57, 58}


def _passes_luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


_PERSONAL = re.compile(r"\S+@\S+|https?://\S+|\+?\d[\d\s/-]{6,}\d|#\s?\d+|\b[A-Z]{1,4}-?\d{4,}\b")


def is_personal(text: str) -> bool:
    """Whether it holds an address, a link, a telephone number or a number of an order or ticket."""
    return _PERSONAL.search(text) is not None


def without_personal(text: str) -> str:
    """The text with addresses, links and numbers taken out, spaces made one: what may be learned from."""
    return " ".join(_PERSONAL.sub(" ", text).split())

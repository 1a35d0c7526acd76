"""Removes payment card numbers from text before anything is stored. Other personal data is encrypted, not removed.

A card number is 13 to 19 digits in any script, possibly parted by single spaces, dots, dashes or slashes, that
begins like an issuer's range and passes the Luhn check (ISO/IEC 7812-1). First six and last four digits stay,
as PCI DSS 3.4 allows. A security code that is named beside a removed number is removed too.
"""

from __future__ import annotations

import re
import unicodedata

_GAP = "[ \u00a0\u2009\u202f.\\-\u2010-\u2015/·_]"
_CANDIDATE = re.compile(rf"(?<!\d)(?<!\d[.,])\d(?:{_GAP}{{0,2}}\d){{12,18}}(?!\d)")
_BYTES = re.compile(rb"(?<![0-9A-Za-z])[0-9](?:[ .\-/_+]{0,2}[0-9]){12,18}(?![0-9A-Za-z])")
_CODE = re.compile(
    r"(?i)\b(cvv2?|cvc2?|cid|security code|c[oó]digo de seguridad|pr[uü]f(?:ziffer|nummer)|sicherheitscode)"
    r"(\W{0,12}(?:is|es|ist|lautet|:|=)?\W{0,6})(\d{3,4})(?!\d)"
)


def redact(text: str) -> str:
    """The text without card numbers: `4111 1111 1111 1111` becomes `411111******1111`."""
    if len(text) < 13 or sum(map(str.isdigit, text)) < 13:
        return text
    redacted, found = _CANDIDATE.subn(_mask_text, text)
    if redacted != text and found:
        redacted = _CODE.sub(lambda match: f"{match[1]}{match[2]}***", redacted)
    return redacted


def redact_bytes(raw: bytes) -> bytes:
    """The same for a raw payload whose digits are ASCII; nothing else in it changes."""
    return _BYTES.sub(_mask_bytes, raw)


def is_card_number(digits: str) -> bool:
    """True for 13 to 19 ASCII digits in an issuer's range with a right check digit."""
    return 13 <= len(digits) <= 19 and _has_issuer(digits) and _passes_luhn(digits)


def _mask_text(match: re.Match[str]) -> str:
    digits = "".join(
        str(unicodedata.digit(character)) for character in match[0] if character.isdigit()
    )
    return _masked(digits) if is_card_number(digits) else match[0]


def _mask_bytes(match: re.Match[bytes]) -> bytes:
    digits = re.sub(rb"\D", b"", match[0]).decode()
    return _masked(digits).encode() if is_card_number(digits) else match[0]


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

"""Bytes of a mail to text: charsets that lie, encoded words, parameters. The structure of a mail does not belong here.

Nothing here raises: what cannot be decoded is shown as well as it can be.
"""

from __future__ import annotations

import binascii
import codecs
import re
from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

# Names as senders write them, to what they mean. As browsers do (WHATWG Encoding), the narrow name
# stands for its wider superset: mail labelled "gb2312" or "iso-8859-1" uses the superset's characters.
_MEANT = {
    "ascii": "utf-8",
    "us-ascii": "utf-8",
    "ansi_x3.4-1968": "utf-8",
    "7bit": "utf-8",
    "8bit": "utf-8",
    "unknown-8bit": "utf-8",
    "x-unknown": "utf-8",
    "unicode": "utf-8",
    "utf8mb4": "utf-8",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "ansi": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "euc-kr": "cp949",
    "iso-8859-8-i": "iso-8859-8",
    "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman",
}
_PAGE = re.compile(r"(?:x-)?(?:cp|win|windows|ibm|ms)[-_ ]?(\d{3,4})")
_SHIFTED = {b"\x1b$)C": "iso2022_kr", b"\x1b$": "iso2022_jp_ext"}
"""By which escapes text shows of which charset it is, whatever is declared."""
_SINGLE_BYTE = re.compile(r"^(cp125\d|cp874|iso-?8859|iso_8859|latin|mac|koi8)")
_MULTIBYTE_UTF8 = re.compile(rb"[\xc2-\xf4][\x80-\xbf]")
_ENCODED_WORD = re.compile(rb"=\?([^?\s]{1,80})\?([bBqQ])\?(.{0,1000}?)\?=", re.DOTALL)
_ENCODED_GAP = re.compile(rb"\s*\Z")
_PARAMETER = re.compile(rb';\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*"?|[^;]*)', re.DOTALL)
_NO_SEMICOLON = re.compile(rb"\A(\s{0,20}[\w.+-]{1,80}/[\w.+-]{1,80})\s{1,20}(?=[\w*-]{1,80}=)")
_META = re.compile(
    rb"<meta\b[^>]{0,300}?charset\s{0,5}=\s{0,5}[\"']?([\w:.-]{2,40})", re.IGNORECASE
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def decode_text(data: bytes, declared: str = "") -> str:
    """Text of `data`, line ends as \\n, without control characters.

    The declared charset is believed unless it cannot be right: it is unknown, the bytes are no
    text of it, or it is a one-byte charset and the bytes are flawless multi-byte UTF-8.
    """
    text = _decode(data, declared)
    return clean(text.removeprefix("\ufeff"))


def clean(text: str) -> str:
    """`text` with \\n line ends and without control characters (databases refuse NUL)."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def charset_in_page(data: bytes) -> str:
    """The charset that a page names in its head, for parts that name none."""
    found = _META.search(data, 0, 8192)
    return found[1].decode("ascii", "replace") if found else ""


def is_text_of(data: bytes, declared: str) -> bool:
    """True when `data` is flawless text of the declared charset (UTF-8 when none is declared)."""
    try:
        data.decode(_codec(declared) or "utf-8")
    except (UnicodeError, ValueError):
        return False
    return True


def _decode(data: bytes, declared: str) -> str:
    codec = _codec(declared)
    if codec in ("", "utf-8"):
        codec = next((name for sign, name in _SHIFTED.items() if sign in data), codec)
    if codec.startswith(("utf-16", "utf-32", "utf_16", "utf_32")) and b"\0" not in data:
        codec = "utf-8" if data.isascii() else codec
    if (not codec or _SINGLE_BYTE.match(codec)) and _MULTIBYTE_UTF8.search(data):
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            pass
    for candidate in (codec, "utf-8"):
        if candidate:
            try:
                text = data.decode(candidate)
                text.encode()  # UTF-7 can spell half a sign, which nobody could store
            except (UnicodeError, ValueError):
                continue
            return text
    if codec and codec != "utf-8":
        return data.decode(codec, "replace").encode(errors="replace").decode()
    # Mostly UTF-8, or cut inside its last character, keeps what is good; else it is a Windows text.
    replaced, multibyte = data.decode("utf-8", "replace"), len(_MULTIBYTE_UTF8.findall(data))
    broken = replaced.rstrip("\ufffd").count("\ufffd")
    if multibyte > broken * 10:
        return replaced
    return data.decode("cp1252", "replace")


def _codec(declared: str) -> str:
    """The Python codec meant by a declared name, or "" when there is none."""
    name = declared.strip().strip("\"'").lower()
    page = _PAGE.fullmatch(name)
    name = f"cp{page[1]}" if page else _MEANT.get(name, name)
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return ""
    # Codecs such as base64 or punycode are found by the same look-up but are no charsets.
    is_charset = getattr(info, "_is_text_encoding", True) and info.name not in (
        "idna",
        "punycode",
        "unicode_escape",
        "raw_unicode_escape",
        "undefined",
    )
    return name if is_charset else ""


def decode_header(value: bytes) -> str:
    """A header's value as one line of text: RFC 2047 words decoded, raw 8-bit bytes repaired.

    Neighbouring words of one charset are joined before decoding, since senders cut characters
    in the middle. Source: RFC 2047, sections 2 and 6.2.
    """
    pieces: list[tuple[str, bytes]] = []
    at = 0
    for word in _ENCODED_WORD.finditer(value):
        gap = value[at : word.start()]
        if gap and not (pieces and pieces[-1][0] and _ENCODED_GAP.match(gap)):
            pieces.append(("", gap))
        charset = word[1].decode("latin-1").split("*")[0]
        pieces.append((charset, _word_bytes(word[2], word[3])))
        at = word.end()
    pieces.append(("", value[at:]))
    return " ".join("".join(_joined(pieces)).split())


def _word_bytes(encoding: bytes, data: bytes) -> bytes:
    if encoding in b"bB":
        return decode_base64(data)[0]
    return binascii.a2b_qp(data, header=True)


def _joined(pieces: Iterable[tuple[str, bytes]]) -> Iterable[str]:
    charset, data = "", b""
    for next_charset, next_data in pieces:
        if next_charset.lower() == charset.lower():
            data += next_data
            continue
        yield decode_text(data, charset)
        charset, data = next_charset, next_data
    yield decode_text(data, charset)


def as_utf8(value: bytes, charset: str) -> bytes:
    """A header's value with bytes that no standard allows there: of the charset that the mail names where they are no
    UTF-8 and can be of it, else as they are. Japanese mail shifts its signs with escapes and needs no such bytes."""
    codec = next((name for sign, name in _SHIFTED.items() if sign in value), "")
    try:
        if not codec:
            value.decode()
            return value
    except UnicodeDecodeError:
        codec = _codec(charset)
    try:
        return value.decode(codec).encode() if codec else value
    except (UnicodeError, ValueError):
        return value


def is_prose(data: bytes) -> bool:
    """True for readable words that are called base64 and are none: the first line has signs or spaces between short
    words, which no encoder writes."""
    first = next((line for line in data[:2000].splitlines() if line.strip()), b"").strip()
    words = first.split()
    if len(words) < 2 or max(map(len, words)) > 24:
        return False
    decoded, is_damaged = decode_base64(first)
    return is_damaged or not is_text_of(decoded, "")


def decode_base64(data: bytes) -> tuple[bytes, bool]:
    """The decoded bytes, and True when foreign characters had to be skipped. Padding may be missing."""
    compact = data.split(b"=", 1)[0].translate(None, b" \t\r\n")
    kept = re.sub(rb"[^A-Za-z0-9+/]", b"", compact)
    is_damaged = len(kept) < len(compact)
    if len(kept) % 4 == 1:
        kept = kept[:-1]
    return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4)), is_damaged


def parameters(value: bytes) -> tuple[str, dict[str, str]]:
    """`text/plain; charset=x` as ("text/plain", {"charset": "x"}), names lower case.

    RFC 2231 continuations and charsets are put together, RFC 2047 words in values (which the
    standard forbids and senders write) are decoded.
    """
    value = _NO_SEMICOLON.sub(rb"\1; ", value)
    head = value.split(b";", 1)[0]
    numbered: dict[str, list[tuple[int, bool, bytes]]] = {}
    plain: dict[str, str] = {}
    for match in _PARAMETER.finditer(value):
        name, data = match[1].decode("latin-1").lower(), _unquoted(match[2])
        base, _, rest = name.partition("*")
        if not rest and not name.endswith("*"):
            plain.setdefault(base, decode_header(data))
            continue
        index = rest.rstrip("*")
        position = int(index) if index.isdigit() and len(index) < 4 else 0
        numbered.setdefault(base, []).append((position, name.endswith("*"), data))
    for base, pieces in numbered.items():
        plain[base] = _continued(sorted(pieces, key=lambda piece: piece[0]))
    return decode_header(head).lower(), plain


def _unquoted(data: bytes) -> bytes:
    data = data.strip()
    if not data.startswith(b'"'):
        return data
    inner = data[1:-1] if data.endswith(b'"') and len(data) > 1 else data[1:]
    # A back-slash before a letter is a Windows path from an old client, not an escape.
    return re.sub(rb'\\(["\\])', rb"\1", inner)


def _continued(pieces: list[tuple[int, bool, bytes]]) -> str:
    charset, data = "utf-8", b""
    for number, (_, is_encoded, piece) in enumerate(pieces):
        if is_encoded and number == 0 and piece.count(b"'") >= 2:
            declared, _, piece = piece.split(b"'", 2)
            charset = declared.decode("latin-1")
        data += unquote_to_bytes(piece) if is_encoded else piece
    return " ".join(decode_text(data, charset).split())

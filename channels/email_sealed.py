"""Mail that is signed or encrypted, by S/MIME or PGP: what of it can be read and what must be said of it. Nothing is decrypted or verified.

Sources: RFC 8551 (S/MIME), RFC 5652 (CMS), X.690 (BER), RFC 3156 (PGP/MIME), RFC 9580 (armor, cleartext signatures),
[MS-OXORMMS] (rights-managed mail).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from channels.email_mime import Limits, Part, content, read_part
from core.message import Attached

SIGNED, ENCRYPTED = "signed", "encrypted"
_SMIME = frozenset(["application/pkcs7-mime", "application/x-pkcs7-mime"])
_KINDS = {
    bytes.fromhex("2a864886f70d010702"): SIGNED,
    bytes.fromhex("2a864886f70d010703"): ENCRYPTED,
    bytes.fromhex("2a864886f70d010706"): ENCRYPTED,
    bytes.fromhex("2a864886f70d0109100117"): ENCRYPTED,
}
"""The content types of CMS: signedData, envelopedData, encryptedData, authEnvelopedData."""
_LEVELS = 8
_OPENED = 3
"""So many signatures around one another are taken off."""
_ARMORED = re.compile(
    r"^-----BEGIN PGP MESSAGE-----[ \t]*$.*?(?:^-----END PGP MESSAGE-----[ \t]*$|\Z)",
    re.MULTILINE | re.DOTALL,
)
_CLEAR = re.compile(
    r"^-----BEGIN PGP SIGNED MESSAGE-----[ \t]*\n(?:[A-Za-z]{1,30}: [^\n]*\n)*[ \t]*\n(.*?)"
    r"^-----BEGIN PGP SIGNATURE-----[ \t]*$.*?(?:^-----END PGP SIGNATURE-----[ \t]*$|\Z)",
    re.MULTILINE | re.DOTALL,
)
_ESCAPED = re.compile(r"^- ", re.MULTILINE)


def seals(root: Part) -> frozenset[str]:
    """Which of `SIGNED` and `ENCRYPTED` its parts say, after `open_signed`. What cannot be read counts as encrypted."""
    found = {_seal(part, is_root=part is root) for part in _parts(root)}
    return frozenset(found - {""})


def _parts(part: Part) -> list[Part]:
    return [part, *(found for child in part.children for found in _parts(child))]


def _seal(part: Part, *, is_root: bool) -> str:
    match part.media_type:
        case "multipart/signed":
            return SIGNED
        case "multipart/encrypted" | "application/x-microsoft-rpmsg-message":
            return ENCRYPTED
        case "application/pgp-encrypted":
            # Exchange makes a multipart/mixed of the whole; a file that is encrypted has no such part.
            return ENCRYPTED if b"Version: 1" in content(part)[0][:100] else ""
    if not _is_smime(part, is_root=is_root):
        return ""
    said = part.parameters.get("smime-type", "").lower()
    if said == "certs-only" or _name(part).endswith(".p7c"):
        return ""
    # What an opened signature held stands in its place by now; one that was not opened is as closed as the rest.
    return ENCRYPTED if said or is_root or _kind(content(part)[0]) else ""


def _is_smime(part: Part, *, is_root: bool) -> bool:
    """A mail in S/MIME, not a document signed in the same form, which has a name of its own (`invoice.xml.p7m`)."""
    name = _name(part)
    if part.media_type in _SMIME:
        return is_root or name in ("", "smime.p7m")
    return part.media_type == "application/octet-stream" and name == "smime.p7m"


def _name(part: Part) -> str:
    return (part.disposition[1].get("filename") or part.parameters.get("name", "")).lower()


def open_signed(root: Part, limits: Limits, level: int = 0) -> bool:
    """Puts what an opaque signature holds in its place, as if it were signed beside it; True if there was one."""
    is_opened = False
    for part in _parts(root):
        is_smime = _is_smime(part, is_root=part is root)
        inside = _signed(content(part)[0]) if is_smime and level < _OPENED else b""
        if inside:
            child = read_part(inside, limits)
            open_signed(child, limits, level + 1)
            part.media_type, part.children, is_opened = "multipart/signed", [child], True
    return is_opened


def without_clear_signature(text: str) -> tuple[str, bool]:
    """The text that a PGP signature stands around, and whether there was one."""
    if "-----BEGIN PGP SIGNED MESSAGE-----" not in text:
        return text, False
    plain, count = _CLEAR.subn(lambda found: _ESCAPED.sub("", found[1]), text)
    return plain, count > 0


def without_armor(text: str) -> tuple[str, tuple[Attached, ...]]:
    """The text without PGP messages written into it, and these as files."""
    if "-----BEGIN PGP MESSAGE-----" not in text:
        return text, ()
    blocks = [found[0] for found in _ARMORED.finditer(text)]
    names = ["message.asc", *(f"message-{number}.asc" for number in range(2, len(blocks) + 1))]
    files = tuple(
        Attached(name=name, media_type="application/pgp-encrypted", content=block.encode() + b"\n")
        for name, block in zip(names, blocks, strict=False)
    )
    return _ARMORED.sub("", text).strip("\n"), files


# ---- CMS, as far as it must be read ---------------------------------------------------------------


def _kind(data: bytes) -> str:
    """What a CMS structure says it holds; "" for anything else."""
    try:
        return _Cms(data).kind
    except ValueError:
        return ""


def _signed(data: bytes) -> bytes:
    """What was signed; b"" where it is no signed data, or holds nothing, as a certificate does."""
    try:
        return _Cms(data).signed
    except ValueError:
        return b""


@dataclass(slots=True)
class _Cms:
    """A structure in BER, of either form of length. Whatever is asked of it raises `ValueError` where it is damaged, or of more
    `elements` than a mail has."""

    data: bytes
    elements: int = 100_000

    @property
    def kind(self) -> str:
        name = self._inside((0, len(self.data)), 0, 0)
        return _KINDS.get(self.data[slice(*name)], "")

    @property
    def signed(self) -> bytes:
        if self.kind != SIGNED:
            return b""
        # ContentInfo, its explicit content, SignedData, encapContentInfo, its explicit content, the octets.
        place = self._inside((0, len(self.data)), 0, 1, 0, 2, 1)
        tag, start, end, _ = self._element(place[0], place[1])
        if not tag & 0x20:
            return self.data[start:end]
        chunks = []
        while start < end:
            _, first, last, start = self._element(start, end)
            chunks.append(self.data[first:last])
        return b"".join(chunks)

    def _inside(self, place: tuple[int, int], *path: int) -> tuple[int, int]:
        """Start and end of an element: of the path's first, in it the second, and so on."""
        start, end = place
        for number in path:
            for _ in range(number):
                start = self._element(start, end)[3]
            _, start, end, _ = self._element(start, end)
        return start, end

    def _element(self, at: int, end: int, level: int = 0) -> tuple[int, int, int, int]:
        """Tag, start, end and where the next one begins."""
        self.elements -= 1
        if at + 2 > end or level > _LEVELS or self.elements < 0:
            raise ValueError("no element")
        tag, length, start = self.data[at], self.data[at + 1], at + 2
        if length == 0x80:
            inner = start
            while self.data[inner : inner + 2] != b"\0\0":
                inner = self._element(inner, end, level + 1)[3]
            return tag, start, inner, inner + 2
        if length & 0x80:
            size = length & 0x7F
            length, start = int.from_bytes(self.data[start : start + size]), start + size
        if start + length > end:
            raise ValueError("cut short")
        return tag, start, start + length, start + length

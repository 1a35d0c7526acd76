"""Small Word documents and PDFs made by hand, as the readers' tests need them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument'
    '.wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
    'officeDocument" Target="word/document.xml"/></Relationships>'
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATED = "http://schemas.openxmlformats.org/package/2006/relationships"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_STYLES = "".join(
    f'<w:style w:type="paragraph" w:styleId="{name.replace(" ", "")}"><w:name w:val="{name}"/></w:style>'
    for name in ("Title", "heading 1", "heading 2")
)


_NUMBERING = "".join(
    f'<w:lvl w:ilvl="{level}"><w:numFmt w:val="{kind}"/></w:lvl>'
    for level, kind in enumerate(("decimal", "bullet"))
)


def listed(level: int, text: str) -> str:
    """An item of a list: numbered at level 0, with a dot at level 1."""
    where = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="1"/></w:numPr>'
    return f"<w:p><w:pPr>{where}</w:pPr><w:r><w:t>{escape(text)}</w:t></w:r></w:p>"


def leading(relation: str, text: str) -> str:
    """A paragraph that is a link, by the name of its relation."""
    return f'<w:p><w:hyperlink r:id="{relation}"><w:r><w:t>{escape(text)}</w:t></w:r></w:hyperlink></w:p>'


def docx(
    paragraphs: Sequence[tuple[str, str]],
    table: Sequence[Sequence[str]] = (),
    more: str = "",
    links: Mapping[str, str] | None = None,
) -> bytes:
    """A document of (style, text); style: `Title`, `heading1`, empty for text. `more`: paragraphs as they are written; `links`: by the
    name of their relation."""
    body = "".join(
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t>{escape(text)}</w:t></w:r></w:p>'
        for style, text in paragraphs
    )
    cell = "<w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc>"
    rows = ("<w:tr>" + "".join(cell.format(escape(t)) for t in row) + "</w:tr>" for row in table)
    body += f"<w:tbl>{''.join(rows)}</w:tbl>" if table else ""
    body += more
    leads = "".join(
        f'<Relationship Id="{name}" Type="{_OFFICE}/hyperlink" Target="{to}" TargetMode="External"/>'
        for name, to in (links or {}).items()
    )
    leads += f'<Relationship Id="numbers" Type="{_OFFICE}/numbering" Target="numbering.xml"/>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("_rels/.rels", _RELATIONS)
        archive.writestr(
            "word/_rels/document.xml.rels",
            f'<Relationships xmlns="{_RELATED}">{leads}</Relationships>',
        )
        archive.writestr(
            "word/numbering.xml",
            f'<w:numbering xmlns:w="{_WORD}"><w:abstractNum w:abstractNumId="0">{_NUMBERING}</w:abstractNum>'
            '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>',
        )
        archive.writestr("word/styles.xml", f'<w:styles xmlns:w="{_WORD}">{_STYLES}</w:styles>')
        archive.writestr(
            "word/document.xml",
            f'<w:document xmlns:w="{_WORD}" xmlns:r="{_OFFICE}"><w:body>{body}</w:body></w:document>',
        )
    return out.getvalue()


def pdf(pages: Sequence[Sequence[tuple[float, float, str]]]) -> bytes:
    """A PDF of pages of (size, points from the top, text)."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, lines in enumerate(pages):
        drawn = "\n".join(
            f"BT /F1 {size} Tf 60 {800 - down} Td ({text}) Tj ET" for size, down, text in lines
        )
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {5 + 2 * number} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream")
    out, places = "%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    trailer = f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return f"{out}xref\n0 {size}\n0000000000 65535 f \n{table}{trailer}".encode("latin-1")

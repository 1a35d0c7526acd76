"""The mail page: Ann's mail program, and the mailbox of everybody else whom the product writes to."""

from __future__ import annotations

import html
import re
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr

from demo.playground.parts import Door, File, Json, Player
from tests.fakes.post_office import Letter, PostOffice

ANN, NAME = "ann@customers.example", "Ann Example"
_MARKS = re.compile(r"<[^<>\s]+>")
_REPLY = re.compile(r"^\s*(re|aw|antw|sv|tr|res)\s*:\s*", re.IGNORECASE)
_INLINE = re.compile(r"\bcid:([^\"'\s)>]+)", re.IGNORECASE)


class MailPlayer(Player):
    """Conversations by subject, letters in them, and one place to write."""

    slug, title, page = "mail", "Mail", "mail"
    hint = "Letters go to the company's server, which checks where they come from and brings them to Threadline. What it answers lies here."

    def __init__(self, door: Door, office: PostOffice, company: str) -> None:
        super().__init__(door)
        self.office, self.company = office, company

    def write(self, place: str, thread: str, subject: str, text: str, files: list[Json]) -> None:
        """A new letter, or in `thread` (the number of its first letter) an answer to the last of theirs."""
        message = EmailMessage()
        box = place or ANN
        letters = self._threads(box).get(int(thread), []) if thread else []
        message["From"] = f"{NAME} <{ANN}>" if box == ANN else box
        message["To"] = self.company
        message["Subject"] = subject or "(no subject)"
        quoted = _answer(message, letters) if letters else ""
        message["Date"] = format_datetime(datetime.now(UTC))
        message["Message-ID"] = make_msgid(domain=box.rpartition("@")[2])
        message.set_content(text + quoted)
        for file in files:
            major, _, minor = str(file["media_type"]).partition("/")
            content = b64decode(file["base64"])
            if not (major and minor) or major in ("multipart", "message"):
                major, minor = "application", "octet-stream"
            message.add_attachment(content, major, minor, filename=str(file["name"]))
        self.office.post(message)

    def view(self, place: str) -> Json:
        """The mailboxes, and the conversations of one, the latest first, each with its letters."""
        self.office.bring_again()
        boxes = list(dict.fromkeys([ANN, *(one.mailbox for one in self.office.letters)]))
        box = place if place in boxes else ANN
        threads = sorted(self._threads(box).items(), key=lambda item: -item[1][-1].number)
        return {
            "place": box,
            "places": boxes,
            "company": self.company,
            "threads": [_shown(number, letters) for number, letters in threads],
        }

    def letter(self, ref: str) -> str:
        found = self._at(ref)
        body = found.message.get_body(("html",)) if found else None
        if found is None or body is None:
            return ""
        inside = {
            str(part["Content-ID"]).strip("<> "): part
            for part in found.message.walk()
            if part["Content-ID"]
        }

        def shown(match: re.Match[str]) -> str:
            part = inside.get(match[1])
            if part is None or part.get_content_maintype() != "image":
                return ""
            content = b64encode(part.get_payload(decode=True)).decode()  # type: ignore[arg-type]
            return f"data:{part.get_content_type()};base64,{content}"

        return _INLINE.sub(shown, str(body.get_content()))

    def file(self, ref: str) -> File | None:
        letter, _, number = ref.partition("-")
        found = self._at(letter)
        files = list(found.message.iter_attachments()) if found else []
        if not number.isdecimal() or int(number) >= len(files):
            return None
        part = files[int(number)]
        content = part.get_payload(decode=True)
        data = content if isinstance(content, bytes) else part.as_bytes()
        return File(_name(part), part.get_content_type(), data)

    def _at(self, ref: str) -> Letter | None:
        return next((one for one in self.office.letters if str(one.number) == ref), None)

    def _threads(self, box: str) -> dict[int, list[Letter]]:
        """By the number of the first letter; a letter belongs where one is that it refers to."""
        threads: dict[int, list[Letter]] = {}
        where: dict[str, int] = {}
        for letter in self.office.letters:
            if letter.mailbox != box:
                continue
            message = letter.message
            above = f"{message['In-Reply-To'] or ''} {message['References'] or ''}"
            known = [where[mark] for mark in _MARKS.findall(above) if mark in where]
            thread = known[0] if known else letter.number
            where[str(message["Message-ID"]).strip()] = thread
            threads.setdefault(thread, []).append(letter)
        return threads


def _answer(message: EmailMessage, letters: list[Letter]) -> str:
    """To where the last of their letters wants it, and in its thread. What goes below the text: theirs, quoted."""
    theirs = [one.message for one in letters if not one.is_own]
    last = theirs[-1] if theirs else letters[-1].message
    subject = _REPLY.sub("", str(last["Subject"] or ""))
    above = _MARKS.findall(f"{last['References'] or ''} {last['Message-ID'] or ''}")
    message.replace_header("Subject", f"Re: {subject}")
    if theirs:
        message.replace_header("To", str(last["Reply-To"] or last["From"]))
    message["In-Reply-To"] = above[-1]
    message["References"] = " ".join(dict.fromkeys(above))
    date = getattr(last["Date"], "datetime", None) or datetime.now(UTC)
    lines = "\n".join(f"> {line}".rstrip() for line in _plain(last).strip().splitlines())
    return f"\n\nOn {date:%a, %d %b %Y at %H:%M}, {last['From']} wrote:\n\n{lines}\n"


def _shown(number: int, letters: list[Letter]) -> Json:
    subject = _REPLY.sub("", str(letters[0].message["Subject"] or ""))
    return {
        "id": str(number),
        "subject": subject or "(no subject)",
        "letters": [_told(letter) for letter in letters],
    }


def _told(letter: Letter) -> Json:
    message = letter.message
    name, address = parseaddr(str(message["From"]))
    date = getattr(message["Date"], "datetime", None)
    return {
        "id": str(letter.number),
        "is_own": letter.is_own,
        "name": name or address,
        "address": address,
        "to": str(message["To"] or ""),
        "at": date.isoformat() if date else "",
        "text": _plain(message).strip(),
        "is_rich": message.get_body(("html",)) is not None,
        "files": [
            [_name(part), f"{letter.number}-{place}"]
            for place, part in enumerate(message.iter_attachments())
        ],
        "problem": letter.problem,
    }


def _plain(message: EmailMessage) -> str:
    plain, rich = message.get_body(("plain",)), message.get_body(("html",))
    if plain is not None:
        return str(plain.get_content())
    return _bare(str(rich.get_content())) if rich is not None else ""


def _bare(rich: str) -> str:
    return html.unescape(re.sub(r"(?s)<(style|script)\b.*?</\1>|<[^>]*>", " ", rich))


def _name(part: EmailMessage) -> str:
    return part.get_filename() or "letter.eml"

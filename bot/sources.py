"""Knowledge by those who write no commands: a website, uploaded files, or the sample. Reading them is a job, done by a process of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction

from bot.house import House
from bot.learning import JOB
from bot.permissions import May, require
from core.errors import MalformedPayload, ThreadlineError, TooLarge
from core.message import Attached
from store.audit import record
from store.jobs import enqueue
from store.models import Source, User
from store.sources import ask_for, failed, reading, was_read

BRAND = "default"
UPLOADS, SAMPLE = "uploads", "sample"
ROOT = Path(__file__).resolve().parent.parent
READABLE = (".md", ".markdown", ".html", ".htm", ".docx", ".pdf", ".vtt", ".srt", ".csv", ".jsonl")
MOST_BYTES, MOST_FILES = 20 * 1024 * 1024, 20


def read_site(house: House, by: User, address: str) -> Source:
    """A website, from this page on. Raises `NotAllowed`, `MalformedPayload`."""
    require(by, May.WRITE_ARTICLES)
    address = address.strip()
    address = address if "://" in address else f"https://{address}"
    try:
        parts = urlsplit(address)
        is_fit = parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.username
    except ValueError:
        is_fit = False
    if not is_fit or len(address) > 500 or any(c.isspace() for c in address):
        raise MalformedPayload("Write the address of a page, such as https://www.example.org/help.")
    return _ask(house, by, address)


def upload(house: House, by: User, files: Sequence[Attached]) -> Source:
    """Files of the kinds in READABLE; one of the same name takes the place of the former. Raises `NotAllowed`,
    `MalformedPayload`, `TooLarge`."""
    require(by, May.WRITE_ARTICLES)
    if not files or len(files) > MOST_FILES:
        raise MalformedPayload("Choose 1 to %(most)s files.", most=MOST_FILES)
    for file in files:
        if Path(file.name).suffix.lower() not in READABLE:
            raise MalformedPayload(
                "%(name)s is none of %(endings)s.", name=file.name[:80], endings=", ".join(READABLE)
            )
        if len(file.content) > MOST_BYTES:
            raise TooLarge(
                "%(name)s is larger than %(most)s MB.",
                name=file.name[:80],
                most=MOST_BYTES // 1024 // 1024,
            )
    folder = folder_of(house, UPLOADS)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for file in files:
        part = folder / f".{plain_name(file.name)}.part"
        part.write_bytes(file.content)
        part.replace(folder / plain_name(file.name))
    return _ask(house, by, UPLOADS)


def read_sample(house: House, by: User) -> Source:
    """The articles of the demo company, to try things out with. Raises `NotAllowed`."""
    require(by, May.WRITE_ARTICLES)
    return _ask(house, by, SAMPLE)


def read_again(house: House, by: User, source: Source) -> Source:
    """Once more, from where it was. Raises `NotAllowed`."""
    require(by, May.WRITE_ARTICLES)
    return _ask(house, by, source.address)


def folder_of(house: House, address: str) -> Path:
    """Where the files of a source that is no website lie."""
    if address == SAMPLE:
        return ROOT / "demo" / "knowledge"
    return house.settings.state / "knowledge" / UPLOADS


def plain_name(name: str) -> str:
    """A name that is one step below its folder, whatever was sent as one."""
    stem, suffix = Path(name.replace("\\", "/")).stem, Path(name).suffix.lower()
    stem = re.sub(r"[^\w-]+", "-", stem).strip("-.") or "file"
    return f"{stem[:80]}{suffix}"


def read_now(house: House, address: str) -> dict[str, Any]:
    """Reads a source, in the process that the job started, and keeps what came of it; a refusal is kept too."""
    from bot.ingest import ingest

    is_site = address not in {UPLOADS, SAMPLE}
    reading(address)
    try:
        report = ingest(house, address if is_site else folder_of(house, address), BRAND)
    except (
        ThreadlineError,
        ValueError,
        OSError,
    ) as problem:  # the page shows why, and offers to try again
        failed(address, str(problem), house.clock())
        return {"problem": str(problem)}
    told = summary(asdict(report))
    was_read(address, told, house.clock())
    return told


def summary(report: dict[str, Any]) -> dict[str, Any]:
    """What people want to know of an ingest."""
    names = ("articles", "added", "changed", "removed", "passages")
    unreadable = [
        {"path": str(one["path"])[:120], "reason": str(one["reason"])[:120]}
        for one in report.get("unreadable", [])[:10]
    ]
    return {name: int(report.get(name, 0)) for name in names} | {"unreadable": unreadable}


def _ask(house: House, by: User, address: str) -> Source:
    now = house.clock()
    with transaction.atomic():
        row = ask_for(BRAND, address, by, now)
        enqueue(JOB, {"verb": "read", "address": address}, now, key=f"source:{row.id}")
        record(
            house.vault,
            at=now,
            actor=f"user:{by.id}",
            action="source.read",
            subject=f"source:{row.id}",
            details={"address": address},
        )
    return row

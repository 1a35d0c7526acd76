"""The daily sweep: what nothing names goes after two days; what any row names, whatever happens meanwhile, stays."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot import replying
from bot.receive import receive
from bot.sweep import PREFIXES, keep_sweeping, sweep
from core.message import Attached
from store import named_files
from store.held import Written
from store.models import Address, Aside, AsideMessage, Attachment, HeldReply
from store.named_files import PLACES
from store.receiving import Filed
from store.vault import Vault, VaultError
from tests.bot.test_asides import Asking, Beside
from tests.company import Company, Writer

pytestmark = pytest.mark.usefixtures("in_this_thread")

FILE = Attached("seal.png", "image/png", b"a picture of the seal")
DAYS = 2.5


@pytest.fixture
def beside(company: Company) -> Beside:
    return Beside(company, Asking())


def _path(beside: Beside, stored_as: str) -> Path:
    return beside.house.settings.state / "files" / stored_as[:2] / stored_as


def _aged(beside: Beside, filed: Filed, days: float = DAYS) -> Filed:
    at = (beside.house.clock() - timedelta(days=days)).timestamp()
    os.utime(_path(beside, filed.stored_as), (at, at))
    return filed


def _kept(beside: Beside, days: float = DAYS) -> Filed:
    return _aged(beside, beside.house.files.keep(FILE), days)


def _is_there(beside: Beside, filed: Filed) -> bool:
    return _path(beside, filed.stored_as).exists()


async def _sweep(beside: Beside) -> int:
    return sum([await sweep(beside.house, prefix) for prefix in PREFIXES])


def _arrived(beside: Beside) -> Filed:
    mail = Writer("else@customers.example").mail("See the picture", attachments=(FILE,))
    receive(beside.house, beside.company.mail, [mail])
    row = Attachment.objects.get()
    return _aged(beside, Filed("", "", 0, "", row.stored_as))


def _held(beside: Beside) -> Filed:
    filed, house = _kept(beside), beside.house
    later = house.clock() + timedelta(days=30)
    written = Written("In a month", files=(filed,))
    replying.schedule(house, beside.company.other, beside.ticket.number, written, later)
    return filed


def _beside(beside: Beside) -> Filed:
    filed = _kept(beside)
    beside.ask(files=(filed,))
    return filed


NAMED: dict[str, Callable[[Beside], Filed]] = {
    "Attachment.stored_as": _arrived,
    "HeldReply.body_cipher": _held,
    "AsideMessage.body_cipher": _beside,
}


@pytest.mark.parametrize("place", PLACES)
async def test_what_a_row_names_stays_and_litter_beside_it_goes(beside: Beside, place: str) -> None:
    named, litter = NAMED[place](beside), _kept(beside)
    assert await _sweep(beside) == 1
    assert (_is_there(beside, named), _is_there(beside, litter)) == (True, False)
    assert named.stored_as in set(named_files.named_files(beside.house.vault))


async def test_what_was_written_lately_waits_for_its_row(beside: Beside) -> None:
    _beside(beside)
    young = [_kept(beside, days) for days in (0, 1.9)]
    assert await _sweep(beside) == 0
    assert all(_is_there(beside, one) for one in young)


async def test_a_reply_taken_back_leaves_nothing(beside: Beside) -> None:
    _beside(beside)
    filed = _held(beside)
    held = HeldReply.objects.get()
    replying.undo(beside.house, beside.company.other, beside.ticket.number, held.id)
    assert await _sweep(beside) == 1
    assert not _is_there(beside, filed)


async def test_a_held_reply_that_is_said_meanwhile_keeps_its_file(
    beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    filed, sealed = _held(beside), named_files._sealed
    HeldReply.objects.update(send_at=beside.house.clock())

    def said_first(vault: Vault, passed_over: type[VaultError]) -> Iterator[str]:
        for held in HeldReply.objects.all():
            assert replying.release(beside.house, held.id)
        return sealed(vault, passed_over)

    monkeypatch.setattr(named_files, "_sealed", said_first)
    _beside(beside)
    assert await _sweep(beside) == 0
    assert not HeldReply.objects.exists()
    assert _is_there(beside, filed)


async def test_a_file_written_anew_since_it_was_listed_stays(beside: Beside) -> None:
    filed, before = _kept(beside), beside.house.clock() - timedelta(days=2)
    listed = beside.house.files.older(filed.stored_as[0], before)
    assert listed == {filed.stored_as}
    _aged(beside, filed, 0)
    assert beside.house.files.remove([filed.stored_as, "0" * 32], before) == 0
    assert _is_there(beside, filed)


async def test_nothing_goes_where_a_row_cannot_be_opened(beside: Beside) -> None:
    named, litter = _beside(beside), _kept(beside)
    AsideMessage.objects.update(body_cipher=b"what somebody broke, longer than a nonce")
    assert await _sweep(beside) == 0
    assert _is_there(beside, named)
    assert _is_there(beside, litter)


async def test_a_folder_that_cannot_be_read_ends_no_worker(
    beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    litter = _kept(beside)

    def closed(path: object) -> None:
        raise PermissionError(path)

    monkeypatch.setattr("bot.files.os.scandir", closed)
    assert await sweep(beside.house, litter.stored_as[0]) == 0
    assert _is_there(beside, litter)


async def test_files_of_others_in_the_folder_are_left_alone(beside: Beside) -> None:
    _beside(beside)
    litter = _kept(beside)
    other = _path(beside, litter.stored_as).with_name("README")
    _path(beside, litter.stored_as).rename(other)
    assert await _sweep(beside) == 0
    assert other.exists()


async def test_a_database_that_names_no_file_is_not_theirs(beside: Beside) -> None:
    litter = _kept(beside)
    assert await _sweep(beside) == 0
    assert _is_there(beside, litter)


async def test_what_an_erased_customer_had_beside_the_ticket_goes(beside: Beside) -> None:
    _arrived(beside)
    filed = _beside(beside)
    Address.objects.filter(id=Aside.objects.get().ticket.conversation.address_id).update(
        key_wrapped=None
    )
    assert await _sweep(beside) == 1
    assert not _is_there(beside, filed)


async def test_one_worker_goes_through_all_of_them(
    beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    swept: list[str] = []
    stopping = asyncio.Event()

    async def one(house: object, prefix: str) -> int:
        swept.append(prefix)
        if len(swept) == len(PREFIXES):
            stopping.set()
        return 0

    monkeypatch.setattr("bot.sweep.sweep", one)
    await asyncio.wait_for(keep_sweeping(beside.house, "w1", stopping), 60)
    assert "".join(swept) == PREFIXES

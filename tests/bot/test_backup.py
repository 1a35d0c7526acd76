"""A backup taken while others write, restored somewhere else: the same rows, files, keys and chain, and nothing said twice."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot import backup
from bot.backup import back_up, key_file_of, restore
from bot.bootstrap import build_house
from bot.deliver import deliver_some
from bot.house import House
from bot.receive import receive
from bot.settings import Settings
from core.errors import PermanentFailure
from core.message import Attached
from store import snapshot
from store.audit import record, verify
from store.bodies import open_body
from store.indexing import index_next
from store.models import (
    Address,
    Attachment,
    AuditEntry,
    InboxRow,
    Message,
    OutboxRow,
    SearchDoc,
)
from store.vault import Erased, open_vault
from tests import databases
from tests.bot.test_deliver import replies, states
from tests.company import Company, ScriptedChannel, Writer
from tests.concurrency import in_thread
from tests.fakes.postgresql import Server


def quiet(line: str) -> None:
    """No progress shown."""


@pytest.fixture
def elsewhere(
    request: pytest.FixtureRequest, database: str, tmp_path: Path
) -> Iterator[Callable[[], Any]]:
    """Another, empty machine: a context in which its database is the one that is used; gives its settings."""
    server: Server | None = None
    if database == "postgresql":
        server = request.getfixturevalue("postgresql")
        server.run("createdb", "elsewhere")

    @contextmanager
    def use() -> Iterator[Settings]:
        made = databases.settings_for(database, tmp_path / "elsewhere", server)
        if server is not None:
            url = server.url("elsewhere")
            made = made.model_copy(
                update={"database": databases.Database(url=url)}  # type: ignore[attr-defined]
            )
        with databases.using(made):
            yield made

    yield use
    if server is not None:
        server.run("dropdb", "--force", "elsewhere")


@pytest.fixture
def lived_in(company: Company) -> Company:
    """Mails with a file, replies of which one waits, audit entries, and a filled search index."""
    house = company.house
    file = Attached("invoice.txt", "text/plain", b"what was paid")
    receive(house, company.mail, [Writer("a@customers.example").mail("one", attachments=(file,))])
    replies(company, "sent", to="b@customers.example")
    asyncio.run(deliver_some(house, "w", 10))
    replies(company, "waiting", to="c@customers.example")
    for number in range(3):
        record(house.vault, at=house.clock(), actor="x", action="y", subject=f"z:{number}")
    index_next(house.vault)
    return company


def made(company: Company, tmp_path: Path) -> tuple[Path, Path]:
    target = tmp_path / "backup"
    keys = key_file_of(target)
    back_up(company.house, target, keys, quiet)
    return target, keys


def texts(house: House) -> list[str]:
    rows = Message.objects.select_related("address").order_by("accepted_at", "seq")
    return [open_body(house.vault, row).text for row in rows]


def test_what_is_restored_elsewhere_is_the_same(
    lived_in: Company, elsewhere: Any, tmp_path: Path
) -> None:
    before, prints = texts(lived_in.house), snapshot.fingerprints()
    target, keys = made(lived_in, tmp_path)
    with elsewhere() as settings:
        told = restore(settings, target, keys, quiet)
        house = build_house(settings)
        assert texts(house) == before
        after = snapshot.fingerprints()
        changed = {name for name in prints if prints[name] != after.get(name)}
        assert changed <= {"store_outboxrow", "store_counter", "store_duty"}, "what was let go"
        assert {name: found.rows for name, found in prints.items()} | {"store_counter": 0} == {
            name: found.rows for name, found in after.items()
        } | {"store_counter": 0}
        assert verify()[1] is None
        file = Attachment.objects.select_related("message__address").get()
        address = file.message.address
        place = f"attachment.key:{file.stored_as}"
        key = house.vault.open(address.key_wrapped, address.id, place, bytes(file.key_cipher))
        assert house.files.read(file.stored_as, key) == b"what was paid"
        assert told["audit_entries"] == 3
        house.database.close()
        house.doorbell.close()


def test_what_waited_may_have_been_sent_since_and_is_never_just_sent(
    lived_in: Company, elsewhere: Any, tmp_path: Path
) -> None:
    """The old machine went on after the backup, so nobody here knows."""
    target, keys = made(lived_in, tmp_path)
    assert states() == ["sent", "waiting"]
    with elsewhere() as settings:
        assert restore(settings, target, keys, quiet)["may_have_been_sent"] == 1
        assert OutboxRow.objects.get(state="waiting").in_flight


def test_the_search_index_and_sessions_stay_outside(
    lived_in: Company, elsewhere: Any, tmp_path: Path
) -> None:
    target, keys = made(lived_in, tmp_path)
    tables = json.loads((target / "manifest.json").read_text())["tables"]
    assert not {name for name in tables if name in snapshot.EMPTIED}
    with elsewhere() as settings:
        restore(settings, target, keys, quiet)
        assert SearchDoc.objects.count() == 0
        house = build_house(settings)
        assert index_next(house.vault) > 0, "it is built anew from the events"
        house.database.close()
        house.doorbell.close()


def test_a_mail_that_came_after_the_backup_is_fetched_again_and_one_before_is_known(
    lived_in: Company, elsewhere: Any, tmp_path: Path
) -> None:
    maya = Writer()
    first, second = maya.mail("before"), maya.mail("after")
    receive(lived_in.house, lived_in.mail, [first])
    target, keys = made(lived_in, tmp_path)
    receive(lived_in.house, lived_in.mail, [second])
    with elsewhere() as settings:
        restore(settings, target, keys, quiet)
        house = replace(build_house(settings), channel_of=lambda inbox: ScriptedChannel())
        again = [receive(house, lived_in.mail, [mail])[0] for mail in (first, second)]
        assert [one.is_duplicate for one in again] == [True, False]
        house.database.close()
        house.doorbell.close()


def test_it_is_of_one_moment_while_others_write(
    lived_in: Company, elsewhere: Any, tmp_path: Path
) -> None:
    stop = threading.Event()
    house = lived_in.house

    def writes() -> int:
        count = 0
        while not stop.is_set():
            receive(house, lived_in.mail, [Writer(f"w{count}@customers.example").mail("more")])
            count += 1
        return count

    running = threading.Thread(target=lambda: in_thread(writes))
    running.start()
    try:
        target, keys = made(lived_in, tmp_path)
    finally:
        stop.set()
        running.join(30)
    with elsewhere() as settings:
        restore(settings, target, keys, quiet)
        assert InboxRow.objects.count() == Message.objects.filter(author="customer").count() >= 3


def _flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda target: _flip(target / "database"), "damaged"),
        (lambda target: _flip(next((target / "files").rglob("*/*"))), "damaged"),
        (lambda target: (target / "manifest.json").unlink(), "no backup"),
        (lambda target: (target / "manifest.signature").unlink(), "no backup"),
        (lambda target: next((target / "files").rglob("*/*")).unlink(), "missing"),
    ],
    ids=["rows", "a file", "no manifest", "no signature", "a file gone"],
)
def test_what_is_damaged_is_refused_before_anything_is_written(
    lived_in: Company,
    elsewhere: Any,
    tmp_path: Path,
    spoil: Callable[[Path], None],
    told: str,
) -> None:
    target, keys = made(lived_in, tmp_path)
    spoil(target)
    with elsewhere() as settings, pytest.raises(PermanentFailure, match=told):
        restore(settings, target, keys, quiet)
    assert not (tmp_path / "elsewhere").exists() or not any((tmp_path / "elsewhere").iterdir())


def test_rows_that_were_changed_under_a_right_digest_are_noticed(
    lived_in: Company, elsewhere: Any, tmp_path: Path, database: str
) -> None:
    if database == "postgresql":
        pytest.skip("its dump is one compressed file")
    target, keys = made(lived_in, tmp_path)
    with closing(sqlite3.connect(target / "database")) as rows:
        rows.execute("UPDATE store_message SET turn = 99")
        rows.commit()
    manifest = json.loads((target / "manifest.json").read_text())
    manifest["files"]["database"] = backup._digest(target / "database")
    told = json.dumps(manifest)
    (target / "manifest.json").write_text(told)
    with elsewhere() as settings, pytest.raises(PermanentFailure, match="altered"):
        restore(settings, target, keys, quiet)
    (target / "manifest.signature").write_text(backup._signature(lived_in.house.vault, told))
    with elsewhere() as settings, pytest.raises(PermanentFailure, match="store_message"):
        restore(settings, target, keys, quiet)


def test_the_keys_of_another_installation_open_nothing(
    lived_in: Company, elsewhere: Any, tmp_path: Path
) -> None:
    target, _ = made(lived_in, tmp_path)
    with elsewhere() as settings, pytest.raises(PermanentFailure, match="not there"):
        restore(settings, target, tmp_path / "no.json", quiet)
    open_vault(tmp_path / "foreign.json")
    with elsewhere() as settings, pytest.raises(PermanentFailure, match="these keys"):
        restore(settings, target, tmp_path / "foreign.json", quiet)


def test_a_chain_that_was_written_anew_does_not_fit_its_anchors(
    lived_in: Company, elsewhere: Any, tmp_path: Path
) -> None:
    house = lived_in.house
    assert house.vault.anchors is not None
    lines = house.vault.anchors.read_text().splitlines()
    record(house.vault, at=house.clock(), actor="x", action="later", subject="z:9")
    target, keys = made(lived_in, tmp_path)
    copied = (target / "audit" / "anchors").read_text().splitlines()
    assert copied[: len(lines)] == lines
    with elsewhere() as settings:
        assert restore(settings, target, keys, quiet)["audit_entries"] == len(copied)
        assert verify(open_vault(settings.state / "secrets.json")) == (len(copied), None)
        AuditEntry.objects.filter(id=AuditEntry.objects.latest("id").id).delete()
        assert verify(open_vault(settings.state / "secrets.json"))[1] == -1


def test_who_was_erased_since_stays_erased(
    lived_in: Company, elsewhere: Any, tmp_path: Path
) -> None:
    target, keys = made(lived_in, tmp_path)
    erased = backup.erased_beside(target)
    assert erased.read_text() == ""
    gone = Message.objects.order_by("accepted_at").first()
    assert gone is not None
    Address.objects.filter(id=gone.address_id).update(key_wrapped=None)
    back_up(lived_in.house, tmp_path / "later", key_file_of(tmp_path / "later"), quiet)
    assert erased.read_text().startswith(f"{gone.address_id} ")
    with elsewhere() as settings:
        assert restore(settings, target, keys, quiet)["erased_again"] == 1
        house = build_house(settings)
        with pytest.raises(Erased):
            open_body(house.vault, Message.objects.select_related("address").get(id=gone.id))
        index_next(house.vault)
        assert Address.objects.exclude(key_wrapped=None).exists(), "and nobody else"
        house.database.close()
        house.doorbell.close()


def test_nobody_elses_list_erases_anybody(
    lived_in: Company, elsewhere: Any, tmp_path: Path
) -> None:
    target, keys = made(lived_in, tmp_path)
    one = Address.objects.first()
    assert one is not None
    forged = tmp_path / "forged.txt"
    forged.write_text(f"{one.id} {'0' * 64}\n")
    with elsewhere() as settings, pytest.raises(PermanentFailure, match="not signed by us"):
        restore(settings, target, keys, quiet, forged)


def test_nothing_is_written_over(lived_in: Company, elsewhere: Any, tmp_path: Path) -> None:
    target, keys = made(lived_in, tmp_path)
    with pytest.raises(PermanentFailure, match="already"):
        back_up(lived_in.house, target, keys, quiet)
    with elsewhere() as settings:
        restore(settings, target, keys, quiet)
        with pytest.raises(PermanentFailure, match="not empty"):
            restore(settings, target, keys, quiet)


def test_only_its_owner_may_read_it_and_the_keys_lie_apart(
    lived_in: Company, tmp_path: Path
) -> None:
    target, keys = made(lived_in, tmp_path)
    assert [oct(file.stat().st_mode)[-3:] for file in (target, target / "database", keys)] == [
        "700",
        "600",
        "600",
    ]
    inside = b"".join(file.read_bytes() for file in target.rglob("*") if file.is_file())
    assert json.loads(keys.read_text())["lookup"].encode() not in inside

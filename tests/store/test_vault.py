"""Encryption: what is bound to a place opens nowhere else, and a destroyed key opens nothing."""

from __future__ import annotations

import json
import stat
import threading
from pathlib import Path
from uuid import uuid4

import pytest

from store.vault import Erased, Vault, VaultError, open_vault


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return open_vault(tmp_path / "secrets.json")


def test_the_key_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    open_vault(tmp_path / "deep" / "secrets.json")
    assert stat.S_IMODE((tmp_path / "deep" / "secrets.json").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["secrets.json"]


def test_processes_that_start_at_once_agree_on_the_key(tmp_path: Path) -> None:
    vaults: list[Vault] = []
    threads = [
        threading.Thread(target=lambda: vaults.append(open_vault(tmp_path / "secrets.json")))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({vault.lookup("same") for vault in vaults}) == 1
    assert len(vaults) == 8


def test_what_is_sealed_opens_in_its_place_only(vault: Vault) -> None:
    address, other = uuid4(), uuid4()
    key = vault.new_key(address)
    sealed = vault.seal(key, address, "message.body:1", b"words")
    assert vault.open(key, address, "message.body:1", sealed) == b"words"
    with pytest.raises(VaultError):
        vault.open(key, address, "message.body:2", sealed)
    with pytest.raises(VaultError):
        vault.open(vault.new_key(address), address, "message.body:1", sealed)
    with pytest.raises(VaultError):
        Vault.open(_fresh(vault), key, other, "message.body:1", sealed)


def _fresh(vault: Vault) -> Vault:
    """The same keys without what was opened before."""
    fresh = Vault.__new__(Vault)
    fresh.__dict__.update(vault.__dict__)
    fresh._opened = type(vault._opened)()
    return fresh


def test_one_altered_byte_is_noticed(vault: Vault) -> None:
    address = uuid4()
    key = vault.new_key(address)
    sealed = bytearray(vault.seal(key, address, "p", b"words"))
    for place in (0, 12, len(sealed) - 1):
        altered = bytearray(sealed)
        altered[place] ^= 1
        with pytest.raises(VaultError):
            vault.open(key, address, "p", bytes(altered))


def test_the_same_words_never_look_the_same(vault: Vault) -> None:
    address = uuid4()
    key = vault.new_key(address)
    assert vault.seal(key, address, "p", b"words") != vault.seal(key, address, "p", b"words")


def test_without_the_address_key_nothing_opens(vault: Vault) -> None:
    address = uuid4()
    sealed = vault.seal(vault.new_key(address), address, "p", b"words")
    with pytest.raises(Erased):
        vault.open(None, address, "p", sealed)


def test_another_installation_cannot_open_it(vault: Vault, tmp_path: Path) -> None:
    address = uuid4()
    key = vault.new_key(address)
    sealed = vault.seal(key, address, "p", b"words")
    stranger = open_vault(tmp_path / "other.json")
    with pytest.raises(VaultError):
        stranger.open(key, address, "p", sealed)
    with pytest.raises(VaultError):
        stranger.open_own("inbox.settings:1", vault.seal_own("inbox.settings:1", b"secret"))
    assert stranger.lookup("a") != vault.lookup("a")


def test_a_rotated_key_opens_what_the_old_one_sealed(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    old = open_vault(file)
    address = uuid4()
    key = old.new_key(address)
    sealed = old.seal(key, address, "p", b"words")
    content = json.loads(file.read_text())
    content["keys"]["00000001"] = content["keys"][content["current"]].swapcase()[:43] + "="
    content["current"] = "00000001"
    file.write_text(json.dumps(content))
    new = open_vault(file)
    rewrapped = new.rewrap(key, address)
    assert rewrapped[:4] == bytes.fromhex("00000001")
    assert new.open(rewrapped, address, "p", sealed) == b"words"
    with pytest.raises(VaultError):
        old.open(rewrapped, address, "p", sealed)


def test_lookups_do_not_run_their_parts_together(vault: Vault) -> None:
    assert vault.lookup("ab", "c") != vault.lookup("a", "bc")
    assert vault.sign("one", b"x") != vault.sign("two", b"x")

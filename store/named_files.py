"""Which kept files a row names: in the open, or within what is sealed. Writing and removing files is `bot.files`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress

from store.asides import files_in, open_aside_body
from store.held import written_in
from store.models import AsideMessage, Attachment, HeldReply
from store.receiving import Filed
from store.vault import Erased, Vault, VaultError

PLACES = ("Attachment.stored_as", "AsideMessage.body_cipher", "HeldReply.body_cipher")
"""Every column that may name a file."""


def named_files(vault: Vault) -> Iterator[str]:
    """`stored_as` of every file that is named, but for what rows that cannot be opened name: nobody can read that."""
    yield from _sealed(vault, VaultError)
    yield from _open("")


def unnamed(vault: Vault, prefix: str, files: set[str]) -> set[str]:
    """Those of these files, all of which begin with `prefix`, that no row names; none where no row names any file:
    then they are another database's. Raises `VaultError` for a row that cannot be opened though nobody erased it.

    What is sealed is read before what is open: a held reply that is said meanwhile turns from one into the other.
    """
    left = files.difference(_open(prefix))
    if not left:
        return left
    sealed = set(_sealed(vault, Erased))
    if not sealed and next(_open(""), None) is None:
        return set()
    return left - sealed - set(_open(prefix))


def _open(prefix: str) -> Iterator[str]:
    rows = Attachment.objects.filter(stored_as__startswith=prefix).exclude(stored_as="")
    return rows.values_list("stored_as", flat=True).iterator()


def _sealed(vault: Vault, passed_over: type[VaultError]) -> Iterator[str]:
    """Of what is sealed; rows that cannot be opened for this reason are passed over."""
    for held in HeldReply.objects.select_related("conversation__address").iterator():
        with suppress(passed_over):
            yield from _stored(written_in(vault, held).files)
    rows = AsideMessage.objects.exclude(body_cipher=b"")
    for said in rows.select_related("aside__ticket__conversation__address").iterator():
        with suppress(passed_over):
            address = said.aside.ticket.conversation.address
            yield from _stored(files_in(open_aside_body(vault, address, said)))


def _stored(files: Iterable[Filed]) -> list[str]:
    return [one.stored_as for one in files if one.stored_as]

"""How many wrong passwords and codes are taken, and from where. Counting is `store.signing_in`; known devices are `device`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from unicodedata import normalize

from allauth.account.adapter import get_adapter
from django.http import HttpRequest

from store.signing_in import Budget, give_back, sweep, take
from web.account.device import device_of
from web.house import house

WITHIN = timedelta(minutes=15)
MOST_OF_ACCOUNT = 10
MOST_OF_DEVICE = 10
MOST_OF_SOURCE = 100
"""Wrong tries from one network address: an office behind one address has many people."""


@dataclass(frozen=True, slots=True)
class Try:
    """One try that was let through. `succeeded` takes it off the count."""

    budgets: tuple[Budget, ...]
    at: datetime

    def succeeded(self) -> None:
        give_back(self.budgets, self.at)


def account_key(email: str) -> bytes:
    """A keyed digest of an address, the same for every spelling that the database takes for it."""
    spelled = normalize("NFKC", email.strip()).upper().casefold()
    return house().vault.lookup("sign-in account", spelled)


def try_in(request: HttpRequest, email: str, step: str = "password") -> Try:
    """Counts a try before it is known to be wrong. Raises allauth's `ValidationError`, which is the same for
    accounts that exist and that do not; nothing is asked of the tables of people."""
    account = account_key(email).hex()
    device = device_of(request, account)
    one, now = house().vault.lookup, house().clock()
    budgets: tuple[Budget, ...]
    if device:  # the owner is not locked out by what others try elsewhere
        budgets = (Budget(one("sign-in device", step, account, device), MOST_OF_DEVICE),)
    else:
        budgets = (
            Budget(one("sign-in source", source_of(request)), MOST_OF_SOURCE),
            Budget(one("sign-in", step, account), MOST_OF_ACCOUNT),
        )
    sweep(now)
    if not take(budgets, WITHIN, now):
        raise get_adapter(request).validation_error("too_many_login_attempts")
    return Try(budgets, now)


def use_once(kind: str, owner: str, code: str) -> bool:
    """True the first time for this code of that person; it is good for less long than this is remembered."""
    plain = "".join(filter(str.isalnum, code)).casefold()
    spent = Budget(house().vault.lookup("sign-in spent", kind, owner, plain), 1)
    return take((spent,), WITHIN, house().clock())


def source_of(request: HttpRequest) -> str:
    """The network address that asks; of IPv6 its /64, which is one customer's. Proxies that are trusted were
    looked through by the server (`web.serve`)."""
    text = request.META.get("REMOTE_ADDR") or ""
    try:
        address = ip_address(text)
    except ValueError:  # a local socket has none
        return text
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(ip_network((address, 64), strict=False))
    return str(getattr(address, "ipv4_mapped", None) or address)

"""Which addresses belong to the public internet. Connecting to them is the rooms'."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
_INTERNET = IPv6Network("2000::/3")
_TRANSLATED = IPv6Network("64:ff9b::/96")


def is_public(address: str | Address) -> bool:
    """True for an address on the internet; False for every network of our own, however it is written."""
    try:
        found = ip_address(address) if isinstance(address, str) else address
    except ValueError:
        return False
    if isinstance(found, IPv4Address):
        return found.is_global and not found.is_multicast and not found.is_reserved
    meant = _inner(found)
    if meant is not None:
        return is_public(meant)
    return found in _INTERNET and found.is_global and found.scope_id is None


def _inner(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for."""
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)

"""What makes asking an adapter what it can do quick: the answer is its class's, and remembered. What there is to ask is `channels.contract`."""

from __future__ import annotations

from abc import ABCMeta
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    _OfProtocols = ABCMeta
else:
    _OfProtocols = type(Protocol)


class Remembering(_OfProtocols):
    """The class of protocols that look at a class of adapters once: `isinstance` goes through all names of the protocol
    otherwise, a dozen times a message."""

    def __instancecheck__(cls, instance: Any) -> bool:
        known, kind = _KNOWN.setdefault(cls, {}), type(instance)
        found = known.get(kind)
        if found is None:
            found = known[kind] = super().__instancecheck__(instance)
        return found


_KNOWN: dict[type, dict[type, bool]] = {}

"""A circuit breaker: after some failures in a row nobody is asked for a while, then one is. Retrying does not belong here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from core.errors import DialogueFailed


class Breaker:
    """Guards calls to one neighbour.

    Closed: every call goes through. Open after `limit` failures in a row: calls are refused for
    `rest` seconds, so that a slow neighbour costs its callers nothing. Then one call probes: its
    success closes the circuit, its failure opens it for another rest. `now`: a monotonic clock in seconds.
    """

    def __init__(
        self, name: str, now: Callable[[], float], *, limit: int = 3, rest: float = 5.0
    ) -> None:
        self.name = name
        self._now = now
        self._limit = limit
        self._rest = rest
        self._failures = 0
        self._closed_again_at: float | None = None
        self._probing = False

    @property
    def state(self) -> str:
        """`closed`, `open` or `half_open`."""
        if self._closed_again_at is None:
            return "closed"
        return "open" if self._now() < self._closed_again_at else "half_open"

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Counts a DialogueFailed of the block as a failure; refuses with DialogueFailed while open."""
        probing = self._admit()
        try:
            yield
        except DialogueFailed:
            self._failures += 1
            if probing or self._failures >= self._limit:
                self._closed_again_at = self._now() + self._rest
            raise
        else:
            self._failures = 0
            self._closed_again_at = None
        finally:
            # Also when the caller is cancelled: a lost probe must not keep the circuit open for ever.
            if probing:
                self._probing = False

    def _admit(self) -> bool:
        if self.state == "closed":
            return False
        if self.state == "open" or self._probing:
            raise DialogueFailed(f"{self.name} is resting after {self._failures} failures")
        self._probing = True
        return True

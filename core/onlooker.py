"""What people may see of their own tickets on a page of ours at a provider. How it is shown does not belong here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """A ticket that is neither resolved nor closed. `about`: in the customer's own words, one line.

    `waits_for_customer`: we have asked something.
    """

    number: int
    about: str = field(repr=False)
    team: str
    waits_for_customer: bool
    opened_at: datetime

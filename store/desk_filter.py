"""What a list of tickets is narrowed to, as a value, as JSON, as an address and as a condition of the query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any
from uuid import UUID

from django.db.models import Q

from core.errors import MalformedPayload
from store.desk_views import DONE, IS_OPEN
from store.dossier_view import with_field
from store.models import Follower, Ticket, TicketTag, User
from store.search import matching
from store.vault import Vault

_STATUSES = {
    "": Q(),
    "open": IS_OPEN,
    "pending": Q(status=Ticket.Status.PENDING),
    "done": DONE,
    "any": Q(),
}


@dataclass(frozen=True, slots=True)
class Criteria:
    """Each empty field lets everything through. `assignee`: `me`, `nobody` or a person's id. `waits`: `us`.
    `field`: a slug, a colon and a value; `follows`: `me`."""

    q: str = ""
    status: str = ""
    priority: str = ""
    team: str = ""
    category: str = ""
    channel: str = ""
    assignee: str = ""
    waits: str = ""
    tag: str = ""
    field: str = ""
    follows: str = ""

    def __post_init__(self) -> None:
        if self.status not in _STATUSES:
            raise MalformedPayload("A status is open, pending, done or any.")
        if self.priority not in {"", "1", "2", "3", "4"}:
            raise MalformedPayload("A priority is 1 (critical) to 4 (low).")
        if self.waits not in {"", "us"}:
            raise MalformedPayload("Who waits is 'us' or left out.")
        if self.follows not in {"", "me"}:
            raise MalformedPayload("Who follows is 'me' or left out.")
        if self.assignee not in {"", "me", "nobody"}:
            try:
                UUID(self.assignee)
            except ValueError as error:
                raise MalformedPayload("An assignee is me, nobody or a person's id.") from error

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Criteria:
        """From an address or from JSON; what it does not know is left out. Raises `MalformedPayload`."""
        return cls(**{name: str(values.get(name) or "").strip()[:120] for name in _NAMES})

    def __bool__(self) -> bool:
        return any(asdict(self).values())

    @property
    def is_alive(self) -> bool:
        """True when only what is not done is meant, as where nothing is said of it."""
        return self.status not in {"done", "any"}

    def as_json(self) -> dict[str, str]:
        """The fields that say something."""
        return {name: value for name, value in asdict(self).items() if value}

    def condition(self, vault: Vault, user: User) -> Q:
        """The tickets meant, without the question which of them this person may see."""
        found = Q()
        if self.status:
            found &= _STATUSES[self.status]
        if self.priority:
            found &= Q(priority=int(self.priority))
        if self.team:
            found &= Q(team__slug=self.team)
        if self.category:
            found &= Q(category=self.category)
        if self.channel:
            found &= Q(conversation__inbox__channel=self.channel)
        if self.waits:
            found &= IS_OPEN & Q(waits_since__isnull=False)
        return found & self._hangs(user) & self._assigned(user) & self._says(vault)

    def _hangs(self, user: User) -> Q:
        found = hanging(self.tag, self.field)
        if self.follows:
            found &= Q(id__in=Follower.objects.filter(user=user).values("ticket"))
        return found

    def _assigned(self, user: User) -> Q:
        match self.assignee:
            case "":
                return Q()
            case "me":
                return Q(assignee=user)
            case "nobody":
                return Q(assignee=None)
            case person:
                return Q(assignee=UUID(person))

    def _says(self, vault: Vault) -> Q:
        if not self.q:
            return Q()
        # What has no word is in no ticket.
        return matching(vault, self.q) or Q(pk__in=[])


def hanging(tag: str | None, field: str | None) -> Q:
    """Tickets with this tag, and with this value of a field: `slug:value`."""
    found = Q()
    if tag:
        tagged = TicketTag.objects.filter(name=tag.casefold())
        found &= Q(id__in=tagged.values("ticket"))
    return found & with_field(field) if field else found


_NAMES = tuple(one.name for one in fields(Criteria))

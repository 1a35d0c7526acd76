"""A customer's own agent: whom they are asked about first where a rule says so. Whether that agent is there does not belong here.

Kept on the customer that an address began with, who never changes: tying customers together keeps it, and taking that
back brings each their own again. It goes with the customer's data.
"""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from core.customer import Evidence
from core.errors import NotFound
from store.models import AddressLink, Agent, Conversation, Customer


def preferred_agent(address: UUID) -> Agent | None:
    """The own agent of the customer to whom this address belongs; None without one, and where that one has left."""
    rows = _theirs(address).filter(preferred__user__is_active=True)
    found = rows.select_related("preferred__user").first()
    return found.preferred if found else None


def preferred_email(conversation: UUID) -> str:
    """The mail address of the customer's own agent; empty without one."""
    address = Conversation.objects.values_list("address", flat=True).get(id=conversation)
    found = preferred_agent(address)
    return found.user.email if found else ""


def prefer(address: UUID, agent: Agent | None) -> None:
    """From now on this is the customer's own agent; None: they have none. Raises `NotFound` for an erased customer."""
    rows = list(_theirs(address))
    if not rows:
        raise NotFound("The words of this customer were erased.")
    # A choice of any of those who are one now would come up again behind the one that is made here.
    meant = rows if agent is None else rows[:1]
    Customer.objects.filter(id__in=[row.id for row in meant]).update(preferred=agent)


def _theirs(address: UUID) -> QuerySet[Customer]:
    """The customers that this one's addresses began with, as far as they are not erased, the oldest first."""
    live = AddressLink.objects.filter(undone_at=None)
    mine = live.filter(address=address).values("customer")
    addresses = live.filter(customer__in=mine, address__key_wrapped__isnull=False)
    homes = AddressLink.objects.filter(
        evidence=Evidence.FIRST_SEEN, address__in=addresses.values("address")
    )
    return Customer.objects.filter(id__in=homes.values("customer")).order_by("created_at", "id")

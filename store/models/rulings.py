"""The table of what colleagues decided about mail of a sender."""

from __future__ import annotations

from django.db import models

from store.models.base import Row
from store.models.people import User
from store.models.talk import Address, Inbox


class SenderRuling(Row):
    """What becomes of mail in one inbox (`core.rulings.Ruling`): from one `address`, or from a `domain` and those below it."""

    inbox = models.ForeignKey(Inbox, on_delete=models.CASCADE)
    address = models.ForeignKey(Address, null=True, on_delete=models.CASCADE)
    domain = models.CharField(max_length=253, default="")
    ruling = models.CharField(max_length=8)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["inbox", "address"],
                condition=models.Q(address__isnull=False),
                name="ruling_once_an_address",
            ),
            models.UniqueConstraint(
                fields=["inbox", "domain"],
                condition=~models.Q(domain=""),
                name="ruling_once_a_domain",
            ),
        ]

"""Table of services that the company attached to the desk: its CRM, a translator."""

from __future__ import annotations

from django.db import models

from store.models.base import Row
from store.models.people import Brand, User


class Slot(Row):
    """A service that is asked while colleagues work. Nothing is asked where there is no row, or while it is off."""

    class Kind(models.TextChoices):
        CUSTOMER = "customer"
        TRANSLATION = "translation"

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    kind = models.CharField(max_length=12, choices=Kind)
    url = models.CharField(max_length=600)
    secret_cipher = models.BinaryField(default=bytes)
    is_active = models.BooleanField(default=False)
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "kind"], name="one_slot_of_a_kind")]

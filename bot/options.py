"""What a company sets beside its rows: kept as one JSON value of the brand, and checked here on the way in and out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction
from pydantic import BaseModel, ConfigDict, Field

from store.models import Brand


class TextPrice(BaseModel):
    """What one segment of a text message costs, in a currency as people write it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    amount: Decimal = Field(default=Decimal(0), ge=0, le=100, max_digits=8, decimal_places=5)
    currency: str = Field(default="", max_length=8)


class PostRule(BaseModel):
    """When a public post becomes a conversation by itself: `automatic`, if somebody must answer with a probability of
    at least `sure`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    automatic: bool = True
    sure: float = Field(default=0.7, ge=0.5, le=1.0)

    def wants(self, asks: float) -> bool:
        """True for a post that asks so surely."""
        return self.automatic and asks >= self.sure


class Options(BaseModel):
    """All of them. Unknown keys are an error, so that a misspelled one is never kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    skipped: tuple[str, ...] = Field(default=(), max_length=20)
    """Steps of the first-run guide that somebody put aside."""
    text_price: TextPrice = TextPrice()
    posts: PostRule = PostRule()


def options_of(brand: Brand) -> Options:
    """What is set; the defaults where nothing is."""
    return Options.model_validate(brand.options or {})


def set_options(brand: Brand, **changes: Any) -> Options:
    """Changes some of them, in the caller's transaction or one of its own. Raises ValueError."""
    with transaction.atomic():
        row = Brand.objects.select_for_update().get(id=brand.id)
        chosen = Options.model_validate({**(row.options or {}), **changes})
        row.options = chosen.model_dump(mode="json")
        row.save(update_fields=["options"])
    return chosen

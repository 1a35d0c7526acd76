"""What all pages of the company share: a refusal becomes words on the page where it was asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest

from bot.guide import is_finished, progress
from bot.permissions import May, may
from core.errors import Conflict, MalformedPayload, TooLarge
from store.models import Brand, User
from web.errors import sentence_of


def attempted(request: HttpRequest, deed: Callable[[], Any], said: str = "") -> bool:
    """Does it and says so; what cannot be done is said too. Rights are refused as everywhere: by `NotAllowed`."""
    try:
        deed()
    except (MalformedPayload, Conflict, TooLarge) as refusal:
        messages.error(request, sentence_of(refusal))
        return False
    if said:
        messages.success(request, said)
    return True


def brand_here() -> Brand | None:
    """The company; None before it has begun."""
    return Brand.objects.filter(slug="default").first()


def wants_guide(user: User) -> bool:
    """True while the first steps are not over, for who can take them."""
    brand = brand_here() if may(user, May.CONFIGURE) else None
    return brand is not None and not is_finished(progress(brand))

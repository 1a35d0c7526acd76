"""Security keys at sign-in: how often a key has signed only ever grows, so a count that goes back is a copy, and is refused.

What else an answer of a key must be (ours to this question, from our own address) is checked by allauth and fido2.
"""

from __future__ import annotations

from typing import Any

import structlog
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext
from fido2.webauthn import AuthenticationResponse

from store.audit import record
from web.house import house

log = structlog.get_logger()


class _Counted:
    """Before allauth's forms."""

    cleaned_data: dict[str, Any]

    def clean_credential(self) -> Authenticator:
        answer = self.cleaned_data["credential"]
        above: Any = super()
        key: Authenticator = above.clean_credential()
        said = AuthenticationResponse.from_dict(answer).response.authenticator_data
        if not goes_on(key, said.counter):
            told = gettext(
                "This key may have been copied: it has signed less often than before. Sign in another way, and "
                "remove the key."
            )
            raise ValidationError(told, code="copied_key")
        return key


def goes_on(key: Authenticator, count: int) -> bool:
    """Notes how often the key has signed. False where that is not more than before; that stays in the audit chain.
    Keys that do not count say 0 for ever."""
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().get(pk=key.pk)
        before = row.data.get("signs", row.wrap().authenticator_data.counter)
        is_more: bool = count > before or count == before == 0
        if is_more:
            row.data["signs"] = key.data["signs"] = count
            row.save(update_fields=["data"])
        else:
            record(
                house().vault,
                at=house().clock(),
                actor=f"user:{row.user_id}",
                action="sign_in.copied_key",
                subject=f"key:{row.pk}",
                details={"count": count, "before": before},
            )
    if not is_more:
        log.warning("key_count_went_back", user=str(row.user_id), key=row.pk)
    return is_more


class LoginWebAuthnForm(_Counted, forms.LoginWebAuthnForm):  # type: ignore[misc]
    """The key alone."""


class AuthenticateWebAuthnForm(_Counted, forms.AuthenticateWebAuthnForm):  # type: ignore[misc]
    """After the password."""


class ReauthenticateWebAuthnForm(_Counted, forms.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """Before something that matters."""

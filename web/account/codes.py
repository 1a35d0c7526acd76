"""The code of the second step: wrong ones are counted over all web processes, and a right one is taken once."""

from __future__ import annotations

from typing import Any

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms
from allauth.mfa.totp import forms as totp_forms
from django.db import transaction

from store.models import User
from web.account.tries import try_in, use_once


class _Counted:
    """Before allauth's forms."""

    user: User

    def clean_code(self) -> str:
        tried = try_in(context.request, self.user.email, "code")
        with transaction.atomic():
            # One code of a person at a time: two recovery codes at once must both be marked as used.
            User.objects.select_for_update().get(pk=self.user.pk)
            code: str = self._checked()
            if not use_once("code", str(self.user.pk), code):
                raise get_adapter().validation_error("incorrect_code")
        tried.succeeded()
        return code

    def _checked(self) -> str:
        above: Any = super()
        found: str = above.clean_code()
        return found


class AuthenticateForm(_Counted, forms.AuthenticateForm):  # type: ignore[misc]
    """At sign-in."""


class ReauthenticateForm(_Counted, forms.ReauthenticateForm):  # type: ignore[misc]
    """Before something that matters."""


class ActivateTOTPForm(totp_forms.ActivateTOTPForm):  # type: ignore[misc]
    """When an app is set up: the code that proves it is spent, too."""

    def clean_code(self) -> str:
        code: str = super().clean_code()
        use_once("code", str(self.user.pk), code)
        return code

"""Who a visitor is, in the signed word of the website on which they are signed in: a JWT with HS256 and nothing else.

What follows from it (which conversations, which customer) is `bot.identify`.
"""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Annotated

from pydantic import BaseModel, ConfigDict, SecretStr, StringConstraints, ValidationError

from core.errors import BadSignature

LONGEST = timedelta(hours=24)
SKEW = timedelta(seconds=60)
SIZE = 4_096

_NAME = StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{0,120}$")


@dataclass(frozen=True, slots=True)
class Identity:
    """An account of the website. `email` and `phone`: what the website itself has confirmed of it, or empty."""

    account: str
    name: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)


class _Header(BaseModel):
    """`crit` and everything else that would change what a signature means is refused."""

    model_config = ConfigDict(strict=True, extra="forbid")

    alg: Annotated[str, StringConstraints(pattern="^HS256$")]
    typ: Annotated[str, StringConstraints(pattern="^JWT$")] = "JWT"


class _Body(BaseModel):
    """Claims that are not known are ignored, so that a website may sign what others read too."""

    model_config = ConfigDict(strict=True)

    sub: Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,200}$")]
    aud: str
    exp: int
    iat: int | None = None
    nbf: int | None = None
    name: Annotated[str, _NAME] = ""
    email: Annotated[str, StringConstraints(pattern=r"^([^\s@]{1,64}@[^\s@]{1,190})?$")] = ""
    phone: Annotated[str, StringConstraints(pattern=r"^(\+[1-9][0-9]{6,14})?$")] = ""


def read_identity(
    token: str, secrets: tuple[SecretStr | None, ...], inbox: str, now: datetime
) -> Identity:
    """The identity in a genuine token for the inbox of this name, good for at most 24 hours from now.

    Raises `BadSignature` for everything else, in the same words.
    """
    if len(token) > SIZE or token.count(".") != 2:
        raise BadSignature
    signed, _, mac = token.rpartition(".")
    if not _is_signed(signed, _bytes(mac), secrets):
        raise BadSignature
    header, _, body = signed.partition(".")
    try:
        _Header.model_validate_json(_bytes(header))
        said = _Body.model_validate_json(_bytes(body))
        expires = datetime.fromtimestamp(said.exp, UTC)
    except (ValidationError, OverflowError, ValueError, OSError) as error:
        raise BadSignature from error
    started = max(said.iat or 0, said.nbf or 0)
    is_timely = now < expires <= now + LONGEST + SKEW and started <= (now + SKEW).timestamp()
    if said.aud != inbox or not is_timely:
        raise BadSignature
    return Identity(said.sub, said.name.strip(), said.email.lower(), said.phone)


def sign_identity(
    secret: SecretStr, inbox: str, account: str, expires: datetime, **more: str
) -> str:
    """A token as a website would sign it, for the demo, the tests and whoever has no library at hand."""
    said = {"sub": account, "aud": inbox, "exp": int(expires.timestamp()), **more}
    parts = [_text(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, said)]
    signed = ".".join(parts)
    return f"{signed}.{_text(_mac(secret, signed))}"


def _is_signed(signed: str, mac: bytes, secrets: tuple[SecretStr | None, ...]) -> bool:
    good = False
    for secret in secrets:
        if secret is not None:
            good |= hmac.compare_digest(_mac(secret, signed), mac)
    return good


def _mac(secret: SecretStr, signed: str) -> bytes:
    return hmac.digest(secret.get_secret_value().encode(), signed.encode(), sha256)


def _bytes(part: str) -> bytes:
    """Base64url in its one canonical spelling."""
    try:
        found = urlsafe_b64decode(part.encode("ascii") + b"=" * (-len(part) % 4))
    except (ValueError, UnicodeEncodeError) as error:
        raise BadSignature from error
    if _text(found) != part:
        raise BadSignature
    return found


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()

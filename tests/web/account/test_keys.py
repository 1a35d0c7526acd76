"""Answers of security keys: taken from our own address, to our own question, and only while their count grows."""

from __future__ import annotations

import json
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.auth import WebAuthn
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.core.cache import cache
from django.test import Client
from fido2.cose import ES256
from fido2.utils import sha256, websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

from store.models import AuditEntry
from tests.company import Company
from tests.web.desk.conftest import Day, day, desk_company
from web import house as web_house
from web.account.keys import goes_on

__all__ = ["day", "desk_company"]
LOGIN = "/account/2fa/webauthn/login/"
HERE = "http://localhost"
FLAGS = AuthenticatorData.FLAG.USER_PRESENT | AuthenticatorData.FLAG.USER_VERIFIED


class Key:
    """A security key in memory, as its owner's browser would speak for it."""

    def __init__(self, user: Any, count: int = 0) -> None:
        self._secret = ec.generate_private_key(ec.SECP256R1())
        self._id = b"a key of this test"
        self._user = user
        public = ES256.from_cryptography_key(self._secret.public_key())
        known = AttestedCredentialData.create(b"\0" * 16, self._id, public)
        data = AuthenticatorData.create(
            sha256(b"localhost"), FLAGS | AuthenticatorData.FLAG.ATTESTED, count, known
        )
        client = CollectedClientData.create("webauthn.create", b"any", HERE)
        credential = self._as_json(
            clientDataJSON=client, attestationObject=AttestationObject.create("none", data, {})
        )
        self.row = WebAuthn.add(user, "Key", credential).instance

    def _as_json(self, **parts: bytes) -> dict[str, Any]:
        name = websafe_encode(self._id)
        response = {part: websafe_encode(bytes(value)) for part, value in parts.items()}
        return {
            "id": name, "rawId": name, "type": "public-key", "response": response,
            "clientExtensionResults": {"credProps": {"rk": True}},
        }  # fmt: skip

    def answers(
        self, question: bytes, count: int, origin: str = HERE, name: str = "localhost"
    ) -> dict[str, Any]:
        """What it says to a question of ours, when it has signed so often."""
        data = AuthenticatorData.create(sha256(name.encode()), FLAGS, count)
        client = CollectedClientData.create("webauthn.get", question, origin)
        signature = self._secret.sign(bytes(data) + client.hash, ec.ECDSA(SHA256()))
        said = self._as_json(clientDataJSON=client, authenticatorData=data, signature=signature)
        said["response"]["userHandle"] = websafe_encode(str(self._user.pk).encode())
        return said


def _asked(client: Client) -> bytes:
    """The question that this browser is asked."""
    ajax = {"X-Requested-With": "XMLHttpRequest"}
    options = client.get(LOGIN, headers=ajax).json()["request_options"]
    return websafe_decode(options["publicKey"]["challenge"])


def _signs_in(key: Key, count: int, **otherwise: Any) -> tuple[bool, str]:
    """Whether that let somebody in, and what the page said."""
    cache.clear()  # tries of one address are counted elsewhere
    client = Client(headers={"Host": "localhost"})
    said = key.answers(otherwise.pop("question", None) or _asked(client), count, **otherwise)
    page = client.post(LOGIN, {"credential": json.dumps(said)}, follow=True)
    is_in = client.get("/desk/view/mine/").status_code == 200
    return is_in, page.content.decode()


def test_a_count_that_goes_back_is_refused_and_told(day: Day) -> None:
    key = Key(day.company.users["amira"], 4)
    assert not _signs_in(key, 4)[0], "what was registered is the first count"
    assert _signs_in(key, 5)[0]
    assert _signs_in(key, 9)[0]
    for copied in (9, 6, 0):
        is_in, said = _signs_in(key, copied)
        assert not is_in
        assert "may have been copied" in said
    entries = AuditEntry.objects.filter(action="sign_in.copied_key")
    assert {one.actor for one in entries} == {f"user:{day.company.users['amira'].id}"}
    assert entries.count() == 4
    assert _signs_in(key, 10)[0], "who has the key itself comes in"


def test_a_key_that_does_not_count_is_taken(day: Day) -> None:
    key = Key(day.company.users["amira"])
    assert [_signs_in(key, 0)[0] for _ in range(2)] == [True] * 2
    assert _signs_in(key, 1)[0]
    assert not _signs_in(key, 0)[0], "it has counted once"


ELSEWHERE: tuple[dict[str, Any], ...] = (
    {"origin": "http://localhost.evil.example"},
    {"origin": "https://evil.example"},
    {"origin": "http://evil.localhost.example"},
    {"origin": "null"},
    {"name": "evil.example"},
    {"question": b"a question of yesterday, which is as long"},
)


def test_an_answer_from_elsewhere_or_to_another_question_is_refused(day: Day) -> None:
    key = Key(day.company.users["amira"])
    for otherwise in ELSEWHERE:
        assert not _signs_in(key, 1, **otherwise)[0], otherwise
    assert "signs" not in Authenticator.objects.get(pk=key.row.pk).data
    assert _signs_in(key, 1)[0], "the same from here is taken"


def test_the_count_is_kept_on_each_database(company: Company) -> None:
    before = list(web_house._current)
    web_house.use(company.house)
    row = Key(company.agent).row
    assert [goes_on(row, count) for count in (3, 3, 2, 4)] == [True, False, False, True]
    web_house._current[:] = before

"""The chat adapter alone: tokens, origins, and what a posted message becomes."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime, timedelta
from string import ascii_letters
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from channels.contract import Arrival, Streams
from channels.webchat import BODY_LIMIT, TEXT_LIMIT, Webchat, WebchatSettings, read_claims
from core.errors import BadSignature, MalformedPayload, NotAllowed, NotFound
from core.ids import ConversationId, InboxId

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
OWN = "https://help.example.org"
INBOX = InboxId(UUID(int=7))
SECRET, OLD, OTHER = (SecretStr(letter * 32) for letter in "abc")


def chat(**settings: object) -> Webchat:
    return Webchat(INBOX, WebchatSettings.model_validate({"signing_secret": SECRET, **settings}))


def arrival(
    token: str = "",
    body: object = None,
    conversation: UUID | None = None,
    *,
    origin: str | None = None,
    authorization: str | None = None,
) -> Arrival:
    authorization = f"Bearer {token}" if token else authorization
    named = {"origin": origin, "authorization": authorization}
    headers = {name: value for name, value in named.items() if value is not None}
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    meta = {"conversation": str(conversation)} if conversation else {}
    return Arrival("chat", raw, NOW, headers, url=OWN, meta=meta)


@pytest.fixture
def conversation() -> ConversationId:
    return ConversationId(uuid4())


def test_a_token_opens_its_conversation_and_no_other(conversation: ConversationId) -> None:
    token = chat().issue_token(conversation, uuid4(), NOW)
    chat().verify(arrival(token, conversation=conversation))
    with pytest.raises(NotFound):
        chat().verify(arrival(token, conversation=uuid4()))


def test_every_altered_character_is_refused(conversation: ConversationId) -> None:
    token = chat().issue_token(conversation, uuid4(), NOW)
    for place, letter in enumerate(token):
        altered = token[:place] + ("B" if letter == "A" else "A") + token[place + 1 :]
        with pytest.raises(BadSignature):
            chat().verify(arrival(altered, conversation=conversation))


def test_other_spellings_of_a_token_are_refused(conversation: ConversationId) -> None:
    """The last letter carries bits that belong to no byte; and padding and blanks mean nothing in base64."""
    token = chat().issue_token(conversation, uuid4(), NOW)
    spellings = [token[:-1] + letter for letter in ascii_letters if letter != token[-1]]
    for spelling in (
        *spellings,
        f"{token}=",
        f"{token[:9]}\n{token[9:]}",
        f"{token[:9]}!{token[9:]}",
    ):
        with pytest.raises(BadSignature):
            chat().check_token(spelling, NOW)


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic abc", "Bearer Ã¤Ã¶", "Bearer AAAA", "Bearer \x00"]
)
def test_missing_and_foreign_credentials_are_refused(
    conversation: ConversationId, header: str
) -> None:
    with pytest.raises(BadSignature):
        chat().verify(arrival(conversation=conversation, authorization=header))


@given(st.text(max_size=200))
def test_no_text_is_a_token_or_another_error(token: str) -> None:
    with pytest.raises(BadSignature):
        chat().check_token(token, NOW)


def test_tokens_of_another_inbox_or_secret_are_refused(conversation: ConversationId) -> None:
    elsewhere = Webchat(InboxId(uuid4()), WebchatSettings(signing_secret=SECRET))
    forged = chat(signing_secret=OTHER)
    for issuer in (elsewhere, forged):
        token = issuer.issue_token(conversation, uuid4(), NOW)
        with pytest.raises(BadSignature):
            chat().check_token(token, NOW)


def test_the_old_secret_verifies_and_no_longer_signs(conversation: ConversationId) -> None:
    before = chat(signing_secret=OLD).issue_token(conversation, uuid4(), NOW)
    changed = chat(previous_secret=OLD)
    changed.check_token(before, NOW)
    after = changed.issue_token(conversation, uuid4(), NOW)
    with pytest.raises(BadSignature):
        chat(signing_secret=OLD).check_token(after, NOW)


def test_a_token_expires_and_is_renewed_at_half_time(conversation: ConversationId) -> None:
    token = chat().issue_token(conversation, uuid4(), NOW)
    claims = read_claims(token)
    assert chat().renewed_token(claims, NOW + timedelta(days=14)) is None
    later = NOW + timedelta(days=16)
    fresh = chat().renewed_token(claims, later)
    assert fresh is not None
    assert chat().check_token(fresh, later).visitor == claims.visitor
    with pytest.raises(BadSignature):
        chat().check_token(token, NOW + timedelta(days=30))
    assert chat().check_token(fresh, NOW + timedelta(days=30)).conversation == conversation


def test_opening_needs_no_token_but_never_takes_a_bad_one() -> None:
    chat().verify(arrival())
    with pytest.raises(BadSignature):
        chat().verify(arrival("nonsense"))


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (None, True),
        (OWN, True),
        ("https://HELP.example.org:443", True),
        ("https://shop.example.com", True),
        ("https://shop.example.com:8443", False),
        ("http://shop.example.com", False),
        ("https://shop.example.com.evil.test", False),
        ("https://evil-shop.example.com", False),
        ("https://evil.test/https://shop.example.com", False),
        ("https://shop.example.com@evil.test", False),
        ("https://sub.help.example.org", False),
        ("null", False),
        ("", False),
        ("file://", False),
        ("https://shop.example.com:bad", False),
        ("https://[", False),
    ],
)
def test_origins(origin: str | None, allowed: bool) -> None:
    channel = chat(allowed_origins=("https://shop.example.com",))
    assert channel.allows_origin(origin, OWN + "/chat/v1/conversations") is allowed
    if allowed:
        channel.verify(arrival(origin=origin))
    else:
        with pytest.raises(NotAllowed):
            channel.verify(arrival(origin=origin))


def test_the_names_of_this_machine_are_one_origin() -> None:
    own = "http://127.0.0.1:8000"
    assert chat().allows_origin("http://localhost:8000", own)
    assert chat().allows_origin("http://[::1]:8000", own)
    assert not chat().allows_origin("http://localhost:8001", own)
    assert not chat().allows_origin("http://localhost.evil.test:8000", own)


@pytest.mark.parametrize(
    "origin", ["*", "https://*.example.com", "shop.example.com", "https://a.test/path", "null"]
)
def test_settings_take_plain_origins_only(origin: str) -> None:
    with pytest.raises(ValidationError):
        chat(allowed_origins=(origin,))


def test_a_short_secret_is_refused_and_none_is_shown() -> None:
    with pytest.raises(ValidationError):
        chat(signing_secret=SecretStr("short"))
    assert SECRET.get_secret_value() not in repr(chat().settings)


def test_a_posted_message_becomes_one_inbound(conversation: ConversationId) -> None:
    visitor = uuid4()
    token = chat().issue_token(conversation, visitor, NOW)
    body = {"client_id": "m-1", "text": "  Hello\x00 there\n\n😀 ", "language": "es", "new": 1}
    (inbound,) = chat().parse(arrival(token, body, conversation))
    assert inbound.text == "Hello there\n\n😀"
    assert inbound.external_id == f"{conversation}:m-1"
    assert inbound.thread_keys == (str(conversation),)
    assert inbound.claims_conversation
    assert (inbound.sender.kind, inbound.sender.value) == ("visitor", str(visitor))
    assert (inbound.client_id, inbound.language_hint, inbound.at) == ("m-1", "es", NOW)
    again = chat().parse(arrival(token, body, conversation))
    assert again[0].external_id == inbound.external_id


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (b"", "JSON object"),
        (b"\xff\xfe", "JSON object"),
        (b"[" * 10_000, "JSON object"),
        ([], "JSON object"),
        ({}, "client_id"),
        ({"client_id": "m", "text": " \n\t "}, "text must be 1 to"),
        ({"client_id": "m", "text": "x" * (TEXT_LIMIT + 1)}, "text must be 1 to"),
        ({"client_id": "m", "text": 5}, "text must be 1 to"),
        ({"client_id": "", "text": "x"}, "client_id"),
        ({"client_id": "a:b", "text": "x"}, "client_id"),
        ({"client_id": "a\n", "text": "x"}, "client_id"),
        ({"client_id": "x" * 65, "text": "x"}, "client_id"),
        ({"client_id": 7, "text": "x"}, "client_id"),
        ({"client_id": "m", "text": "x", "language": "english"}, "language"),
        ({"client_id": "m", "text": "x", "page": "javascript:alert(1)"}, "page"),
        (b'{"client_id": "m", "text": "x' + b"y" * BODY_LIMIT + b'"}', "bytes"),
    ],
)
def test_nonsense_is_named(conversation: ConversationId, body: object, names: str) -> None:
    token = chat().issue_token(conversation, uuid4(), NOW)
    with pytest.raises(MalformedPayload, match=names):
        chat().parse(arrival(token, body, conversation))


def test_limits_count_characters_after_trimming(conversation: ConversationId) -> None:
    token = chat().issue_token(conversation, uuid4(), NOW)
    longest = "😀" * TEXT_LIMIT
    (inbound,) = chat().parse(arrival(token, {"client_id": "m", "text": f" {longest} "}))
    assert inbound.text == longest


@given(st.binary(max_size=300) | st.from_type(str).map(lambda text: json.dumps(text).encode()))
def test_parse_survives_garbage_with_one_error(body: bytes) -> None:
    token = chat().issue_token(ConversationId(uuid4()), uuid4(), NOW)
    with contextlib.suppress(MalformedPayload):  # and nothing else
        chat().parse(arrival(token, body))


def test_complaints_never_repeat_what_was_typed(conversation: ConversationId) -> None:
    token = chat().issue_token(conversation, uuid4(), NOW)
    with pytest.raises(MalformedPayload) as caught:
        chat().parse(arrival(token, {"client_id": "geheim wort", "text": "x"}))
    assert "geheim" not in str(caught.value)


def test_the_commit_is_the_delivery() -> None:
    assert isinstance(chat(), Streams)
    assert chat().streamed(7).provider_id == "stream:7"
    assert chat().acknowledge(arrival()).status == 202

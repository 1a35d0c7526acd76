"""Is a webhook call Twilio's, and what does it say? Stricter than the vendor's validator; which calls there are, the adapters know.

Twilio signs the exact public URL followed by each parameter's name and value without a separator, so that text may
be moved between a name and its value under the same signature. The names a call must have, each once and with the shape
its value has at Twilio, close that hole. There is no timestamp: a replayed call has the id of the first and is a duplicate.
"""

from __future__ import annotations

import hmac
import json
import re
from base64 import b64encode
from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from urllib.parse import parse_qsl, urlsplit

from channels.contract import Arrival
from core.errors import BadSignature, MalformedPayload

FIELDS = 200
"""More parameters than any call of Twilio's has."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_HASHED = re.compile(r"(?:^|&)bodySHA256=([0-9a-fA-F]{64})(?:&|$)")


def verify_call(
    arrival: Arrival,
    account: str,
    tokens: Sequence[str],
    required: Mapping[str, re.Pattern[str]],
    optional: Collection[str] = (),
) -> None:
    """Returns if Twilio made this call for `account`; raises `BadSignature` otherwise, and nothing else.

    `required`: names that the call must have, each with the whole shape of its value. `optional`: names that it
    may have, and that no other name begins with.
    """
    signature = arrival.headers.get("x-twilio-signature", "")
    if arrival.kind != "webhook" or arrival.method != "POST" or not signature.isascii():
        raise BadSignature
    try:
        fields = fields_of(arrival)
    except MalformedPayload as error:
        raise BadSignature from error
    # A JSON body is signed by its hash in the URL, a form by its parameters; a hash is checked wherever it stands.
    is_json = _is_json(arrival)
    signed = "" if is_json else "".join(name + value for name, value in sorted(fields.items()))
    if is_json or _hash_in(arrival):
        _check_hash(arrival)
    candidates = [
        _signature(token, url + signed) for token in tokens for url in _spellings(_url(arrival))
    ]
    if not any(hmac.compare_digest(signature, candidate) for candidate in candidates):
        raise BadSignature
    if fields.get("AccountSid") != account:
        raise BadSignature
    if not has_all(fields, required):
        raise BadSignature
    beginnings = tuple(optional)
    if any(name.startswith(beginnings) and name not in optional for name in fields):
        raise BadSignature


def has_all(fields: Mapping[str, str], required: Mapping[str, re.Pattern[str]]) -> bool:
    """True when each of these names is there, with a value of its shape."""
    return all(name in fields and shape.fullmatch(fields[name]) for name, shape in required.items())


def fields_of(arrival: Arrival) -> dict[str, str]:
    """The call's parameters, from a form or a JSON object. Raises `MalformedPayload` for anything else, and
    for a name that comes twice: Twilio sends each once."""
    try:
        text = arrival.body.decode()
        pairs = _json_pairs(text) if _is_json(arrival) else _form_pairs(text)
    except (ValueError, RecursionError) as error:
        raise MalformedPayload("The call's parameters cannot be read.") from error
    fields = dict(pairs)
    if len(fields) != len(pairs) or not all(map(_NAME.fullmatch, fields)):
        raise MalformedPayload("The call's parameters are not Twilio's.")
    return fields


def _form_pairs(text: str) -> list[tuple[str, str]]:
    return parse_qsl(
        text,
        keep_blank_values=True,
        strict_parsing=bool(text),
        errors="strict",
        max_num_fields=FIELDS,
    )


def _json_pairs(text: str) -> list[tuple[str, str]]:
    pairs = json.loads(text, object_pairs_hook=list)
    if not isinstance(pairs, list) or len(pairs) > FIELDS:
        raise ValueError("not an object")
    plain = []
    for item in pairs:
        if not (isinstance(item, tuple) and isinstance(item[1], str | int | float | None)):
            raise ValueError("not an object of plain values")
        value = "" if item[1] is None else str(item[1])
        value.encode()  # half a surrogate pair could never be stored
        plain.append((item[0], value))
    return plain


def _is_json(arrival: Arrival) -> bool:
    return arrival.headers.get("content-type", "").partition(";")[0].strip() == "application/json"


def _hash_in(arrival: Arrival) -> str:
    found = _HASHED.search(arrival.query)
    return found[1].lower() if found else ""


def _check_hash(arrival: Arrival) -> None:
    found = sha256(arrival.body).hexdigest()
    if not hmac.compare_digest(found, _hash_in(arrival)):
        raise BadSignature


def _url(arrival: Arrival) -> str:
    return f"{arrival.url}?{arrival.query}" if arrival.query else arrival.url


def _spellings(url: str) -> set[str]:
    """The same URL with and without its port: which of the two Twilio signs differs by product."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    bare = re.sub(r":\d+$", "", host)
    default = {"https": 443, "http": 80}.get(parts.scheme)
    hosts = {host, bare} | ({f"{bare}:{default}"} if host == bare and default else set())
    return {parts._replace(netloc=name).geturl() for name in hosts} | {url}


def _signature(token: str, signed: str) -> str:
    return b64encode(hmac.digest(token.encode(), signed.encode(), "sha1")).decode()

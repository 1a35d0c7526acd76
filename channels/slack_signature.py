"""Is a request Slack's? Reading it is `slack_events` and `slack_actions`."""

from __future__ import annotations

import hmac
import re
from hashlib import sha256

from channels.contract import Arrival
from channels.slack_settings import SlackSettings
from core.errors import BadSignature

WINDOW_SECONDS = 300
"""How far a request's time may be from ours (RELIABILITY 1.1)."""


def must_be_signed(arrival: Arrival, settings: SlackSettings) -> None:
    """By the app's secret over the raw body, at most five minutes ago; else `BadSignature`.

    The vendor's verifier raises other errors for times, bodies and signatures that are no numbers,
    no UTF-8 or no ASCII; here each of these is a bad signature like any other.
    """
    time = arrival.headers.get("x-slack-request-timestamp", "")
    signature = arrival.headers.get("x-slack-signature", "")
    if (arrival.kind, arrival.method) != ("webhook", "POST"):
        raise BadSignature
    if re.fullmatch(r"[0-9]{1,12}", time) is None:
        raise BadSignature
    if abs(arrival.received_at.timestamp() - int(time)) > WINDOW_SECONDS:
        raise BadSignature
    told = signature.encode()
    signed = b"v0:" + time.encode() + b":" + arrival.body
    good = False
    for secret in (settings.signing_secret, settings.previous_signing_secret):
        if secret is not None:
            mac = hmac.new(secret.get_secret_value().encode(), signed, sha256)
            good |= hmac.compare_digest(f"v0={mac.hexdigest()}".encode(), told)
    if not good:
        raise BadSignature

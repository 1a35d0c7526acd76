"""What Graph's error codes mean for a message, whether they come as an answer or later as a status. Calling it is `graph_api`."""

from __future__ import annotations

from core.errors import Failed, OptedOut, PermanentFailure, TemporaryFailure

_RESTS = {
    4: 60.0,
    17: 60.0,
    32: 60.0,
    613: 60.0,
    80006: 300.0,
    80007: 300.0,
    130429: 5.0,
    131048: 3600.0,
    131056: 6.0,
    133016: 3600.0,
}
"""Too many calls of the app, the account, to one person: seconds to rest where Meta names none."""
_OURS_TO_MEND = frozenset(
    {0, 3, 10, 102, 190, 368, 131005, 131031, 131042, 131045, 132001, 132007, 132015, 132016}
) | frozenset(range(200, 300))
"""Token, permissions, payment, a blocked account, a template that is not there: the message is not at fault."""
_DOWN = frozenset({1, 2, 130472, 131000, 131016, 131057, 133004, 1200})
_OUTSIDE = frozenset({470, 131047})
_OUTSIDE_SUBCODES = frozenset({2018065, 2018278, 2534022})
_OPTED_OUT = frozenset({131050})
_NOT_FETCHED = 2018008
_REASONS = {
    33: "Meta does not know this recipient",
    100: "Meta does not take this message",
    551: "this person cannot be written to now",
    10900: "this post was answered in private already",
    10901: "a private answer is taken for 7 days only",
    10903: "this person cannot be answered in private",
    131021: "sender and recipient are the same",
    131026: "the recipient cannot get WhatsApp messages from us",
    131030: "the recipient is not on the test number's list",
    131049: "Meta keeps this recipient from further messages for now",
    131051: "Meta does not take this kind of message",
    132000: "the template has another number of variables",
    132005: "the text is too long for the template",
    132012: "the template does not take this text",
}
OUTSIDE = "the customer has been silent for more than 24 hours"


def reason_of(code: int, subcode: int = 0) -> str:
    """In our words, for the desk."""
    if subcode == _NOT_FETCHED:
        return "Meta could not fetch the file: is public_url one that others reach?"
    if code in _OUTSIDE or subcode in _OUTSIDE_SUBCODES:
        return OUTSIDE
    return _REASONS.get(code, f"Meta's error {code}")


def opts_out(code: int) -> bool:
    """The recipient told Meta that they want no more of this."""
    return code in _OPTED_OUT


def failure_of(status: int, code: int | None, subcode: int, wait: float | None) -> Failed:
    """What a refusal means. `code` None: the answer was not Graph's own. `wait`: seconds that it asked for."""
    if code is None:
        # 503 and 429 say "not now"; behind any other 5xx it may have been carried out.
        is_clear = status in (429, 503) or (300 <= status < 500 and status != 408)
        return TemporaryFailure(f"status {status}", retry_after=wait, certain=is_clear)
    reason = reason_of(code, subcode)
    if opts_out(code):
        return OptedOut(reason)
    if reason == OUTSIDE:
        return PermanentFailure(reason)
    if code in _RESTS or status == 429:
        return TemporaryFailure("Meta asks for a rest", retry_after=wait or _RESTS.get(code))
    if code in _OURS_TO_MEND or status in (401, 403):
        return TemporaryFailure(f"Meta refuses the account: error {code}")
    if code in _DOWN or status >= 500:
        return TemporaryFailure(f"Meta is not well: error {code}", retry_after=wait)
    return PermanentFailure(reason)

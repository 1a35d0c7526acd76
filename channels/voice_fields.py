"""What Twilio tells of a call, read out of its parameters: who calls, what was recorded, which call it is. No documents here."""

from __future__ import annotations

import re
from collections.abc import Mapping

from core.ids import ThreadKey
from core.message import AddressKind, Sender, Verified

HEARD = 2_000
UNSURE = 3
"""So many times in a row something is not understood; then the caller may leave a message."""
WAITS = 5
"""So often a caller is asked to wait for the same answer."""
SILENT_CHOICE = "hangup"
"""What Record reports as its digits when the caller hung up."""
CALL = {"CallSid": re.compile(r"CA[0-9a-fA-F]{32}")}
BY_PHONE = {
    **CALL,
    "From": re.compile(r"[^\x00-\x1f]{0,64}"),
    "To": re.compile(r"[^\x00-\x1f]{1,64}"),
}
OPTIONAL = frozenset(
    {
        "SpeechResult",
        "Digits",
        "Confidence",
        "RecordingSid",
        "RecordingDuration",
        "TranscriptionText",
        "QueueResult",
        "DialCallStatus",
    }
)
UNANSWERED = frozenset({"busy", "failed", "no-answer", "canceled"})
ENDED = UNANSWERED | {"completed"}
_RECORDING = re.compile(r"RE[0-9a-fA-F]{32}")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")


def call_id_of(made: Mapping[str, object]) -> str:
    """Of a call that Twilio was asked to make; empty where it names none."""
    name = str(made.get("sid", ""))
    return name if CALL["CallSid"].fullmatch(name) else ""


def call_ids_of(page: Mapping[str, object]) -> list[str]:
    """Of a list of calls."""
    calls = page.get("calls")
    rows = [one for one in calls if isinstance(one, dict)] if isinstance(calls, list) else []
    return [name for one in rows if (name := call_id_of(one))]


def clean(text: str) -> str:
    """Words as they can be stored."""
    return text.replace("\x00", "").strip()[:HEARD]


def thread_of(call: str) -> ThreadKey:
    """A call is a thread."""
    return ThreadKey(f"call:{call}")


def recording_of(fields: Mapping[str, str]) -> str:
    """The recording's id, empty where nothing was recorded."""
    found = fields.get("RecordingSid", "")
    return found if _RECORDING.fullmatch(found) else ""


def seconds_of(fields: Mapping[str, str]) -> int:
    """How long the recording is."""
    found = fields.get("RecordingDuration", "")[:6]
    return int(found) if found.isascii() and found.isdecimal() else 0


def is_number(text: str) -> bool:
    """True for what can be called back: E.164, not a withheld one's word."""
    return _PHONE.fullmatch(text) is not None


def caller_of(fields: Mapping[str, str]) -> Sender:
    """The number that calls. Callers can choose what is shown; networks vouch for some (STIR/SHAKEN, level A)."""
    number = fields.get("From", "")
    if not is_number(number):
        return Sender(AddressKind.OTHER, f"withheld:{fields['CallSid']}")
    is_vouched = fields.get("StirVerstat", "") == "TN-Validation-Passed-A"
    return Sender(AddressKind.PHONE, number, Verified.CHANNEL if is_vouched else Verified.NO)

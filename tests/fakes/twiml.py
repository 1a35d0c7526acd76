"""What Twilio takes for a TwiML document: verbs, their attributes, what may stand where. Playing it is `tests.fakes.twilio_call`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

VERBS: dict[str, frozenset[str]] = {
    "Say": frozenset({"voice", "language", "loop"}),
    "Gather": frozenset(
        [
            "action",
            "actionOnEmptyResult",
            "bargeIn",
            "enhanced",
            "finishOnKey",
            "hints",
            "input",
            "language",
            "maxSpeechTime",
            "method",
            "numDigits",
            "partialResultCallback",
            "profanityFilter",
            "speechModel",
            "speechTimeout",
            "timeout",
        ]
    ),
    "Record": frozenset(
        [
            "action",
            "finishOnKey",
            "maxLength",
            "method",
            "playBeep",
            "recordingStatusCallback",
            "timeout",
            "transcribe",
            "transcribeCallback",
            "trim",
        ]
    ),
    "Redirect": frozenset({"method"}),
    "Pause": frozenset({"length"}),
    "Hangup": frozenset(),
    "Play": frozenset({"loop", "digits"}),
    "Leave": frozenset(),
    "Enqueue": frozenset({"action", "method", "waitUrl", "waitUrlMethod"}),
    "Dial": frozenset(
        [
            "action",
            "callerId",
            "method",
            "record",
            "recordingStatusCallback",
            "timeout",
            "timeLimit",
        ]
    ),
    "Queue": frozenset({"url", "method"}),
    "Number": frozenset({"url", "method"}),
}
"""What we use of TwiML, with the attributes that Twilio's pages list for each."""
INSIDE = {"Gather": frozenset({"Say", "Pause", "Play"}), "Dial": frozenset({"Queue", "Number"})}
ALONE = frozenset(VERBS) - {"Queue", "Number"}
WHILE_QUEUED = frozenset({"Say", "Pause", "Play", "Gather", "Redirect", "Leave", "Hangup"})
"""The verbs that Twilio takes from a `waitUrl`."""
SPEAKING = frozenset({"Say", "Redirect", "Play", "Enqueue", "Queue", "Number"})
HEARD_IN = re.compile(
    "ar-(AE|BH|DZ|EG|IL|IQ|JO|KW|LB|MA|OM|PS|QA|SA|TN)|de-DE|en-(AU|CA|GB|IN|US)|es-(ES|MX|US)|fr-(CA|FR)|pt-(BR|PT)"
)
SAID_IN = re.compile(
    "ar-AE|ar-XA|arb|de-DE|en-(AU|CA|GB|IN|US)|es-(ES|MX|US)|fr-(CA|FR)|pt-(BR|PT)"
)
"""Of the languages that Twilio's own library lists for Gather and for Say, those of our six."""
VOICE_OF = {
    "Polly.Chantal": "fr-CA",
    "Polly.Camila": "pt-BR",
    "Polly.Hala-Neural": "ar-AE",
    "Polly.Ines": "pt-PT",
    "Polly.Lea": "fr-FR",
    "Polly.Zeina": "arb",
}
NO_USUAL_VOICE = re.compile("ar.*|fr-CA|pt-.*")
QUEUE_NAME = 64
DOCUMENT_BYTES = 64 * 1024
SAID = 4096


class Refused(AssertionError):
    """Twilio would have ended the call with "an application error has occurred"."""


def checked(document: str, verbs: frozenset[str] = ALONE) -> ElementTree.Element:
    """The document's root, if Twilio would take it where these verbs may stand."""
    if len(document.encode()) > DOCUMENT_BYTES:
        raise Refused("the document is too long")
    try:
        root = ElementTree.fromstring(document)
    except ElementTree.ParseError as error:
        raise Refused(f"12100 document parse failure: {error}") from error
    if root.tag != "Response" or root.attrib:
        raise Refused("the root is not Response")
    for verb, outer in _all(root):
        if verb.tag not in INSIDE.get(outer, verbs):
            raise Refused(f"12200 {verb.tag} cannot stand here")
        if unknown := set(verb.attrib) - VERBS[verb.tag]:
            raise Refused(f"{verb.tag} has no {unknown}")
        if verb.tag == "Say" and len(verb.text or "") > SAID:
            raise Refused("13520 Say: invalid text")
        _check_language(verb)
        if verb.tag == "Dial" and len(verb) != 1:
            raise Refused("Dial names nobody, or several")
        if verb.tag in SPEAKING and not (verb.text or "").strip():
            raise Refused(f"{verb.tag} is empty")
        if verb.tag in {"Enqueue", "Queue"} and len(verb.text or "") > QUEUE_NAME:
            raise Refused("13222 Queue: invalid name")
    return root


def _check_language(verb: ElementTree.Element) -> None:
    language, voice = verb.get("language"), verb.get("voice", "")
    if verb.tag == "Gather" and language and not HEARD_IN.fullmatch(language):
        raise Refused("13331 Gather: Invalid language value")
    if verb.tag != "Say" or language is None:
        return
    if not SAID_IN.fullmatch(language):
        raise Refused("13512 Say: invalid language value")
    of_google = voice.split(".")[-1].startswith(language)
    if (voice.startswith("Google.") and not of_google) or VOICE_OF.get(voice, language) != language:
        raise Refused(f"13511 {voice} does not speak {language}")
    if not voice and NO_USUAL_VOICE.fullmatch(language):
        raise Refused(f"nobody speaks {language}")


def _all(root: ElementTree.Element) -> Iterator[tuple[ElementTree.Element, str]]:
    """Each verb, with the one that it stands in."""
    for verb in root:
        yield verb, ""
        for inner in verb:
            yield inner, verb.tag

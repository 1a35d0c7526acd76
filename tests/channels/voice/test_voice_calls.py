"""Calls from the first ring to the last: each way through the documents, and a machine that tries them all (R19)."""

from __future__ import annotations

import asyncio
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from channels.voice import Voice
from channels.voice_fields import UNSURE, WAITS
from channels.voice_phrases import LOCALES, phrase, pronounced
from core.errors import PermanentFailure
from tests.channels.voice.provider import INBOX, URL, voice_settings
from tests.channels.voice.switchboard import Switchboard
from tests.fakes.twilio import FakeTwilio
from tests.fakes.twilio_call import FakeCall
from tests.fakes.twiml import VERBS, Refused, checked

NASTY = [
    "</Say></Gather><Dial>+19005550100</Dial><Say>",
    "<Hangup/>",
    "&amp;&lt;!DOCTYPE x [<!ENTITY a 'b'>]>&a;",
    "]]><Redirect>https://evil.example</Redirect>",
    "a\x00b\x0bc\x1f\ufffe\x85",
    "\u202e\u2066right to left",
    "'\"<>&",
    "\U0001f4e6 \U0010fffd",
]


def phone(twilio: FakeTwilio, **changes: object) -> tuple[FakeCall, Switchboard]:
    board = Switchboard(Voice(INBOX, voice_settings(twilio.url, **changes)))
    return FakeCall(twilio, URL, board.post), board


def dialled(twilio: FakeTwilio, **changes: object) -> tuple[FakeCall, Switchboard]:
    call, board = phone(twilio, **changes)
    call.dial()
    return call, board


def gather(call: FakeCall) -> ElementTree.Element:
    return next(checked(call.documents[-1]).iter("Gather"))


# ---- listening ----------------------------------------------------------------------------------


def test_a_question_is_answered_and_the_caller_may_ask_on(twilio: FakeTwilio) -> None:
    call, board = dialled(twilio)
    assert call.heard == [
        "Hello, this is Acme. Tell me in a few words what you need, or press 0 for a person."
    ]
    call.say("Where is my order?")
    call.say("And the other one?")
    assert [inbound.text for inbound in board.accepted.values()] == [
        "Where is my order?",
        "And the other one?",
    ]
    assert len({inbound.thread_keys for inbound in board.accepted.values()}) == 1
    assert call.heard[1:] == ["It comes tomorrow."] * 2
    call.wait()
    call.wait()
    assert (call.state, call.ended_by, call.heard[-1]) == (
        "ended",
        "us",
        "Thank you for calling. Goodbye.",
    )


def test_the_caller_may_break_in_by_words_or_keys(twilio: FakeTwilio) -> None:
    call, _ = dialled(twilio)
    listening = gather(call)
    assert listening.get("input") == "speech dtmf"
    assert listening.get("bargeIn") == "true"
    assert [verb.tag for verb in listening] == ["Say"], (
        "what is said stands inside, or nobody could break in"
    )


def test_silence_hears_the_question_again_and_then_goes_on(twilio: FakeTwilio) -> None:
    call, board = dialled(twilio)
    call.say("hello")
    board.words = "Which order?"
    call.wait()
    assert call.heard[-2:] == ["I did not hear anything.", "It comes tomorrow."]
    call.say("the second one")
    assert call.heard[-1] == "Which order?"


def test_who_never_says_anything_may_leave_a_message(twilio: FakeTwilio) -> None:
    call, board = dialled(twilio)
    call.wait()
    call.wait()
    assert call.state == "record"
    call.wait()
    assert (call.state, call.ended_by) == ("ended", "us")
    assert board.accepted == {}


def test_what_is_not_understood_is_asked_for_again_and_not_for_ever(twilio: FakeTwilio) -> None:
    call, board = dialled(twilio)
    for _ in range(UNSURE - 1):
        call.say("mumble", confidence=0.1)
        assert call.state == "gather"
        assert "did not catch" in call.heard[-1]
    call.say("mumble", confidence=0.1)
    assert call.state == "record"
    assert board.accepted == {}


def test_being_understood_forgives_what_was_not(twilio: FakeTwilio) -> None:
    call, _ = dialled(twilio)
    for _ in range(4):
        call.say("mumble", confidence=0.1)
        call.say("Where is my order?")
    assert call.state == "gather"


def test_zero_asks_for_a_person(twilio: FakeTwilio) -> None:
    call, board = dialled(twilio)
    call.press("0")
    (inbound,) = board.accepted.values()
    assert inbound.wants_person
    assert call.state == "record", "it is with people; a message for them may be left"
    assert "number 1 0 4 2" in " ".join(call.heard)


def test_choices_are_said_with_their_keys_and_one_key_is_enough(twilio: FakeTwilio) -> None:
    call, board = dialled(twilio)
    board.choices = ("Returns", "Billing & payment")
    call.say("help")
    assert call.heard[-1] == "For Returns, press 1. For Billing and payment, press 2."
    assert gather(call).get("numDigits") == "1"
    call.press("2")
    call.say("number one")
    assert [inbound.text for inbound in board.accepted.values()][1:] == ["2", "number one"]


def test_long_answers_with_a_source_are_cut_at_a_sentence_and_nothing_else_is(
    twilio: FakeTwilio,
) -> None:
    call, board = dialled(twilio, answer_characters=100)
    board.words = "You have thirty days for this. " * 10
    call.say("question")
    assert call.heard[-1] == board.words.strip()
    board.cites = True
    call.say("question again")
    assert (
        call.heard[-1] == "You have thirty days for this. " * 3 + "The rest is on our help pages."
    )


@pytest.mark.parametrize("words", NASTY)
def test_nothing_that_is_said_becomes_a_verb(twilio: FakeTwilio, words: str) -> None:
    call, board = dialled(twilio, company=words.replace("\x00", ""), hints=(words,))
    board.words, board.choices = words, (words, words)
    call.say("anything")
    for document in call.documents:
        root = checked(document)
        assert {verb.tag for verb in root.iter()} <= {"Response", "Gather", "Say", "Redirect"}


# ---- waiting ------------------------------------------------------------------------------------


async def test_a_late_answer_takes_over_the_call(twilio: FakeTwilio) -> None:
    call, board = dialled(twilio)
    board.answers = ["late"]
    call.say("hard question")
    assert (call.state, call.heard[-1]) == ("pause", "One moment, please.")
    call.wait()
    assert call.heard[-1] == "I am still looking."
    receipt = await board.channel.send(board.late.pop())
    assert (call.state, call.heard[-1]) == ("gather", "It comes tomorrow.")
    assert call.sid in receipt.provider_id
    call.say("thank you")
    assert len(board.accepted) == 2, "what is said after it has an id of its own"


def test_nobody_waits_for_ever(twilio: FakeTwilio) -> None:
    call, board = dialled(twilio)
    board.answers = ["late"]
    call.say("hard question")
    for _ in range(WAITS + 1):
        assert call.state == "pause"
        call.wait()
    assert call.state == "record"


async def test_an_answer_for_a_call_that_has_ended_is_refused(twilio: FakeTwilio) -> None:
    call, board = dialled(twilio)
    board.answers = ["late"]
    call.say("hard question")
    call.hang_up()
    with pytest.raises(PermanentFailure, match="the call has ended"):
        await board.channel.send(board.late.pop())


async def test_what_belongs_to_no_call_cannot_be_said(twilio: FakeTwilio) -> None:
    _, board = dialled(twilio)
    with pytest.raises(PermanentFailure, match="no call"):
        await board.channel.send(board.reply(inbound_of_nowhere()))


def inbound_of_nowhere() -> object:
    class Nowhere:
        sender, own_keys = type("S", (), {"value": "+15017122661"}), ()

    return Nowhere()


# ---- voicemail ----------------------------------------------------------------------------------


@pytest.mark.parametrize("hangs_up", [False, True])
def test_a_message_is_for_people_with_its_transcript_behind_it(
    twilio: FakeTwilio, hangs_up: bool
) -> None:
    call, board = dialled(twilio)
    call.press("0")
    call.leave_message(21, hangs_up)
    assert call.state == "ended"
    call.transcribe("Please call me about order four seven one one")
    _, message, transcript = board.accepted.values()
    assert (message.text, message.wants_person) == ("Voicemail, 21 seconds", True)
    assert message.external_id == call.recordings[0]
    assert transcript.text == "Please call me about order 4711"
    assert not transcript.opens
    assert message.thread_keys == transcript.thread_keys


async def test_a_recording_can_be_fetched(twilio: FakeTwilio) -> None:
    call, board = dialled(twilio)
    call.press("0")
    call.leave_message()
    *_, message = board.accepted.values()
    (file,) = message.attachments
    twilio.files[call.recordings[0]] = b"a voice"
    assert await board.channel.fetch(file.reference) == b"a voice"


def test_a_transcript_that_failed_says_nothing(twilio: FakeTwilio) -> None:
    call, board = dialled(twilio)
    call.press("0")
    call.leave_message()
    call.transcribe("", "failed")
    assert len(board.accepted) == 2


def test_other_languages_have_no_transcript(twilio: FakeTwilio) -> None:
    call, _ = dialled(twilio, language="es")
    assert "Hola" in call.heard[0]
    call.press("0")
    record = next(checked(call.documents[-1]).iter("Record"))
    assert record.get("transcribe") == "false"
    assert record.get("transcribeCallback") is None
    assert gather_language(call) == "es-ES"


def gather_language(call: FakeCall) -> str | None:
    return next(checked(call.documents[0]).iter("Gather")).get("language")


@pytest.mark.parametrize(
    ("language", "heard_in", "said_in", "voice"),
    [
        ("en", "en-US", "en-US", None),
        ("es", "es-ES", "es-ES", None),
        ("de", "de-DE", "de-DE", None),
        ("fr", "fr-FR", "fr-FR", "Polly.Lea"),
        ("pt", "pt-PT", "pt-PT", "Polly.Ines"),
        ("ar", "ar-EG", "arb", "Polly.Zeina"),
    ],
)
def test_each_language_is_heard_and_said_as_twilio_names_it(
    twilio: FakeTwilio, language: str, heard_in: str, said_in: str, voice: str | None
) -> None:
    call, _ = dialled(twilio, language=language, company="")
    assert call.heard[0] == phrase("greeting", language)
    assert gather_language(call) == heard_in
    say = next(checked(call.documents[0]).iter("Say"))
    assert (say.get("language"), say.get("voice")) == (said_in, voice)
    call.press("0")
    assert phrase("voicemail", language) in call.heard


@pytest.mark.parametrize(
    ("locale", "voice", "spoken"),
    [
        ("ar-SA", "", ("arb", "Polly.Zeina")),
        ("ar-SA", "Polly.Hala-Neural", ("ar-AE", "Polly.Hala-Neural")),
        ("ar-EG", "Google.ar-XA-Wavenet-A", ("ar-XA", "Google.ar-XA-Wavenet-A")),
        ("pt-BR", "", ("pt-BR", "Polly.Camila")),
        ("fr-CA", "Polly.Gabrielle-Neural", ("fr-CA", "Polly.Gabrielle-Neural")),
        ("en-GB", "", ("en-GB", "")),
    ],
)
def test_a_voice_speaks_its_own_language(
    twilio: FakeTwilio, locale: str, voice: str, spoken: tuple[str, str]
) -> None:
    assert pronounced(locale, voice) == spoken
    call, _ = dialled(twilio, language=locale[:2], locale=locale, voice=voice)
    assert gather_language(call) == locale


def test_a_call_brought_twice_is_one_message(twilio: FakeTwilio) -> None:
    call, board = dialled(twilio)
    call.say("Where is my order?")
    status, body = board.post(call.brought[-1])
    assert status == 200
    checked(body.decode())
    assert len(board.accepted) == 1


def test_the_fake_refuses_what_twilio_refuses() -> None:
    for document in (
        "<Response><Say>a</Response>",
        "<Resp/>",
        "<Response><Gather><Record/></Gather></Response>",
        "<Response><Say shout='1'>a</Say></Response>",
        "<Response><Say> </Say></Response>",
        "<Response><Dial>+1</Dial></Response>",
        f"<Response><Say>{'a' * 4097}</Say></Response>",
    ):
        with pytest.raises(Refused):
            checked(document)


# ---- every way ----------------------------------------------------------------------------------

SAYINGS = st.one_of(
    st.sampled_from(["where is it", "yes", "one two three", *NASTY]), st.text(max_size=40)
)


class AnyCall(RuleBasedStateMachine):
    """Whatever callers and the product do, each document is Twilio's, and silence leads to the end."""

    twilio = FakeTwilio()

    @initialize(language=st.sampled_from(sorted(LOCALES)))
    def dials(self, language: str) -> None:
        self.call, self.board = dialled(self.twilio, language=language)

    @rule(manner=st.sampled_from(["answer", "late", "ticket"]), words=SAYINGS, cites=st.booleans())
    def is_answered_next(self, manner: str, words: str, cites: bool) -> None:
        self.board.answers, self.board.words, self.board.cites = [manner], words, cites

    @rule(choices=st.lists(SAYINGS, max_size=9))
    def has_choices(self, choices: list[str]) -> None:
        self.board.choices = tuple(choices)

    @precondition(lambda self: self.call.state == "gather")
    @rule(text=SAYINGS, confidence=st.sampled_from([None, 0.0, 0.2, 0.9]))
    def says(self, text: str, confidence: float | None) -> None:
        self.call.say(text, confidence)

    @precondition(lambda self: self.call.state == "gather")
    @rule(digits=st.text("0123456789*", min_size=1, max_size=19))
    def presses(self, digits: str) -> None:
        self.call.press(digits)

    @precondition(lambda self: self.call.state != "ended")
    @rule()
    def is_silent(self) -> None:
        self.call.wait()

    @precondition(lambda self: self.call.state == "record")
    @rule(hangs_up=st.booleans())
    def leaves_a_message(self, hangs_up: bool) -> None:
        self.call.leave_message(hangs_up=hangs_up)
        self.call.transcribe("call me")

    @precondition(lambda self: bool(self.board.late))
    @rule()
    def is_answered_late(self) -> None:
        reply = self.board.late.pop(0)
        had_ended = self.call.state == "ended"
        try:
            asyncio.run(self.board.channel.send(reply))
        except PermanentFailure:
            assert had_ended

    @precondition(lambda self: self.call.state != "ended")
    @rule()
    def hangs_up(self) -> None:
        self.call.hang_up()

    @invariant()
    def waits_or_has_ended(self) -> None:
        if hasattr(self, "call"):
            assert self.call.state in {"gather", "record", "pause", "ended"}
            assert len(self.board.accepted) <= len(self.call.brought)

    def teardown(self) -> None:
        if not hasattr(self, "call"):
            return
        steps = 0
        while self.call.state != "ended":
            self.call.wait()
            steps += 1
            assert steps <= 2 * WAITS, "silence must lead to the end"
        used = {
            verb.tag
            for document in self.call.documents
            for verb in ElementTree.fromstring(document).iter()
        }
        assert used <= {"Response", *VERBS}


@pytest.fixture(scope="module", autouse=True)
def machine_twilio() -> object:
    AnyCall.twilio.start()
    yield
    AnyCall.twilio.stop()


TestAnyCall = AnyCall.TestCase
TestAnyCall.settings = settings(
    max_examples=60,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

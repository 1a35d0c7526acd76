"""A voice and an ear for the fake Twilio: espeak-ng speaks, the English model inside pocketsphinx hears. What is said when is the tests'."""

from __future__ import annotations

import io
import shutil
import subprocess
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np

RATE = 16_000
VOICE, WORDS_A_MINUTE = "en-us+f3", "130"
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
PART = 0.2


def missing() -> str:
    """What is not installed here, empty where everything is."""
    if shutil.which("espeak-ng") is None:
        return "espeak-ng is not installed"
    return "" if find_spec("pocketsphinx") else "pocketsphinx is not installed"


def speak(text: str) -> bytes:
    """The words as sound: 16 bits, 16 kHz, with a breath before and after."""
    command = ["espeak-ng", "-v", VOICE, "-s", WORDS_A_MINUTE, "--stdout", text]
    out = subprocess.run(command, capture_output=True, check=True).stdout
    with wave.open(io.BytesIO(out)) as file:
        rate, raw = file.getframerate(), file.readframes(file.getnframes())
    samples = np.frombuffer(raw, np.int16).astype(np.float64)
    times = np.arange(int(len(samples) * RATE / rate)) * (rate / RATE)
    resampled = np.interp(times, np.arange(len(samples)), samples).astype(np.int16)
    silence = np.zeros(RATE // 2, np.int16)
    return np.concatenate([silence, resampled, silence]).tobytes()


@dataclass(frozen=True, slots=True)
class Heard:
    """What a recogniser made of it. `confidence`: the decoder's score, and little where a phrase broke off."""

    text: str
    confidence: float


class Ear:
    """Listens for some phrases, as a recogniser does that was given hints, and for digits behind a word that
    announces them. The model has an English of telephone days: without hints it hears a synthetic voice badly."""

    def __init__(self, phrases: Sequence[str], announcing: str = "my order number is") -> None:
        from pocketsphinx import Decoder

        self._phrases, self._announcing = frozenset(phrases), announcing
        grammar = (
            "#JSGF V1.0;\ngrammar telephone;\n"
            f"<digit> = {' | '.join(DIGITS)};\n"
            f"public <said> = {' | '.join(phrases)} | {announcing} <digit>+;\n"
        )
        self._decoder = Decoder(samprate=RATE, loglevel="FATAL", lm=None)
        self._decoder.add_jsgf_string("telephone", grammar)
        self._decoder.activate_search("telephone")

    def hear(self, sound: bytes) -> Heard | None:
        """None where nothing was understood at all."""
        self._decoder.start_utt()
        self._decoder.process_raw(sound, full_utt=True)
        self._decoder.end_utt()
        found = self._decoder.hyp()
        text = found.hypstr if found else ""
        if not text:
            return None
        return Heard(text, round(min(1.0, found.score), 2) if self._is_whole(text) else PART)

    def _is_whole(self, text: str) -> bool:
        digits = text.removeprefix(self._announcing).split()
        is_number = text.startswith(self._announcing) and bool(digits)
        return text in self._phrases or (is_number and set(digits) <= set(DIGITS))

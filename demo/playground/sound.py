"""What a caller says as sound, for the recordings of the playground's telephone. Who says what is its page's."""

from __future__ import annotations

import io
import math
import shutil
import subprocess
import wave
from array import array

RATE = 8_000
SECONDS = 10.0
_A_WORD = 0.35


def spoken(text: str) -> bytes:
    """A WAV file: the words by espeak-ng, or where that is not installed a tone for each word."""
    program = shutil.which("espeak-ng")
    if program is not None:
        # The words come by standard input: nothing of them can be an option.
        done = subprocess.run(
            [program, "--stdin", "--stdout"],
            input=text.encode(),
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        if done.returncode == 0 and done.stdout.startswith(b"RIFF"):
            return _written(*_read(done.stdout))
    return _written(_tones(len(text.split())), RATE)


def seconds_of(sound: bytes) -> int:
    """How long it is, at least one second."""
    samples, rate = _read(sound)
    return max(1, round(len(samples) / rate))


def _tones(count: int) -> array[int]:
    per = int(RATE * _A_WORD)
    return array(
        "h",
        (
            int(6000 * math.sin(math.pi * n / per) * math.sin(2 * math.pi * 330 * n / RATE))
            for _ in range(max(1, min(count, 60)))
            for n in range(per)
        ),
    )


def _read(sound: bytes) -> tuple[array[int], int]:
    """Samples of 16 bits and how many a second. A program that writes to a pipe does not know the length beforehand."""
    with wave.open(io.BytesIO(sound)) as file:
        samples = array("h")
        samples.frombytes(file.readframes(min(file.getnframes(), len(sound) // 2)))
        return samples, file.getframerate()


def _written(samples: array[int], rate: int) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return out.getvalue()

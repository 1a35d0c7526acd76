"""Reads files in a process of its own that may use so much time and memory and write nothing; `parse` does the reading.

What a file does to its reader (a loop without end, memory without end, a crash inside a library) ends that reader alone:
the file is reported, a new reader goes on with the next. The reader is given no part of our environment.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import resource
import selectors
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from core.mended import mended
from kb_index.document import document_from
from kb_index.passage import Document, Unreadable

ROOT = Path(__file__).resolve().parent.parent
CPU_SECONDS = 30
"""Of processor time until a file's next article must be there."""
WAIT_SECONDS = 300.0
"""Of waiting for it, for files that block instead of computing."""
MEMORY = 1_500_000_000
"""Bytes of address space, libraries included."""
_LONGEST = 64_000_000


class Reader:
    """Reads file after file; a context manager, for one thread."""

    def __init__(
        self,
        *,
        cpu_seconds: int = CPU_SECONDS,
        wait_seconds: float = WAIT_SECONDS,
        memory: int = MEMORY,
    ) -> None:
        self._limits = (cpu_seconds, memory)
        self._wait = wait_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] | None = None

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def read(self, file: Path, root: Path, text_column: str) -> Iterator[Document | Unreadable]:
        """The articles of one file, and what could not be read of it and why."""
        process = self._process or self._start()
        assert process.stdin is not None
        asked = {"file": str(file.resolve()), "root": str(root.resolve()), "text": text_column}
        try:
            process.stdin.write(json.dumps(asked).encode() + b"\n")
            process.stdin.flush()
            for line in _lines(process, self._wait):
                answer = json.loads(line)
                if "end" in answer:
                    return
                if "reason" in answer:
                    yield Unreadable(answer["path"], answer["reason"])
                else:
                    yield document_from(answer)
            reason = self._reason()
        except TimeoutError:
            reason = f"reading it took longer than {self._wait:g} seconds"
        except (OSError, ValueError) as problem:
            reason = f"its reader failed: {problem}"
        self._end()
        yield Unreadable(str(file.relative_to(root)), reason)

    def _start(self) -> subprocess.Popen[bytes]:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in _end
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "kb_index.bounded", *map(str, self._limits)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            cwd=ROOT,
            env={"LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        )
        return self._process

    def _reason(self) -> str:
        """Why the reader ended, from how it ended and its last words."""
        assert self._process is not None
        assert self._errors is not None
        code = self._process.wait()
        if code == -24:  # SIGXCPU
            return f"reading it took longer than {self._limits[0]} seconds of processor time"
        self._errors.seek(0)
        said = self._errors.read().decode(errors="replace").strip().rsplit("\n", 1)[-1][:200]
        if "MemoryError" in said or "memory" in said.lower():
            return f"reading it needs more than {self._limits[1]:,} bytes of memory"
        return f"its reader failed: {said or f'status {code}'}"

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                assert pipe is not None
                with contextlib.suppress(OSError):  # what was still to be written has no reader
                    pipe.close()
        if self._errors is not None:
            self._errors.close()
        self._process = self._errors = None


def _lines(process: subprocess.Popen[bytes], wait: float) -> Iterator[bytes]:
    """Whole lines of its output, each within `wait` seconds; ends when the process does."""
    assert process.stdout is not None
    handle = process.stdout.fileno()
    rest = b""
    with selectors.DefaultSelector() as selector:
        selector.register(handle, selectors.EVENT_READ)
        while True:
            if not selector.select(wait):
                raise TimeoutError
            piece = os.read(handle, 1 << 20)
            if not piece:
                return
            *whole, rest = (rest + piece).split(b"\n")
            if len(rest) > _LONGEST:
                raise ValueError("an article of more than 64 MB")
            yield from whole


def main() -> None:
    """The reader's side: file names come in as lines, articles go out as lines, `end` after each file."""
    cpu_seconds, memory = int(sys.argv[1]), int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    from kb_index.parse import parse_file

    for line in sys.stdin.buffer:
        asked = json.loads(line)
        _grant(cpu_seconds)
        for item in parse_file(Path(asked["file"]), Path(asked["root"]), asked["text"]):
            _say(asdict(item))
            _grant(cpu_seconds)
        _say({"end": True})


def _grant(seconds: int) -> None:
    """So many seconds of processor time from now on, at least: the limit knows whole seconds only."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = math.ceil(used.ru_utime + used.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _say(value: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(mended(value)).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()

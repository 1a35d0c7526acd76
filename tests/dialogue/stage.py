"""Real Rasa and the real brain application, with scripted understanding and a scripted knowledge base."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from bot import wire
from bot.dialogue import Dialogue, TurnResult
from bot.rasa_project import PROJECT, ROOT, rasa_command
from core.knowledge import Answer, Answering, Citation, Passage, Question, Said, Suggestion
from core.understanding import Act, Entity, Turn, Understood

RASA_PYTHON = ROOT / ".venv-rasa" / "bin" / "python"
BRAIN_TOKEN = "brain-token-of-this-run"
TURN_TOKEN = "turn-token-of-this-run"
START_SECONDS = 120


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Script:
    """What the fakes say; anything not scripted is a question that nobody can answer."""

    def __init__(self) -> None:
        self.meanings: dict[str, Understood] = {}
        self.answers: dict[str, Answer] = {}
        self.asked: list[Question] = []
        self.delay = 0.0

    def prepare(self, texts: Sequence[str]) -> None:
        """Nothing is encoded here."""

    def understand(self, text: str, *, language_hint: str = "") -> Understood:
        return self.meanings.get(text, Understood(Act.ASK, 0.9, language=language_hint or "en"))

    def answer(self, question: Question, vector: Sequence[float] = ()) -> Answer:
        self.asked.append(question)
        time.sleep(self.delay)
        return self.answers.get(question.text, Answer(Answering.HANDOFF, 0.1))

    def means(
        self,
        text: str,
        act: Act,
        *,
        also: tuple[Act, ...] = (),
        entities: tuple[tuple[str, str], ...] = (),
        language: str = "en",
    ) -> None:
        found = tuple(Entity(kind, value, 0, len(text)) for kind, value in entities)
        self.meanings[text] = Understood(
            act, 0.95, also=also, language=language, language_confidence=0.95, entities=found
        )

    def knows(self, question: str, text: str, *, others: tuple[str, ...] = ()) -> None:
        """An article with this sentence answers; `others` are further passages, best first."""
        cited = Citation("a-0", "Article 0", "/help/a-0", text, "a-0@1")
        passages = tuple(
            Passage(f"p-{i}", f"a-{i}", f"a-{i}@1", f"Article {i}", "", f"/help/a-{i}", "", said, "en", 0.9 - i / 10)
            for i, said in enumerate((text, *others))
        )  # fmt: skip
        self.answers[question] = Answer(
            Answering.ANSWER, 0.93, text, citations=(cited,), passages=passages
        )

    def wavers(self, question: str, *titles: str) -> None:
        """The question could mean any of these articles."""
        choices = tuple(Suggestion(f"a-{t}", t, f"/help/{i}") for i, t in enumerate(titles))
        self.answers[question] = Answer(Answering.CLARIFY, 0.5, alternatives=choices)


class RasaProcess:
    """One real `rasa run`, stopped by its own process id only."""

    def __init__(self, model: Path, log: Path, project: Path = PROJECT) -> None:
        self.port = free_port()
        self._model, self._log = model, log
        self._project = project
        self.start()

    def start(self) -> None:
        command = rasa_command(
            RASA_PYTHON,
            self._model,
            self.port,
            TURN_TOKEN,
            project=self._project,
        )
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                command.argv, cwd=command.cwd, env=command.env, stdout=log, stderr=log
            )
        end = time.monotonic() + START_SECONDS
        while not self._listens():
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"Rasa did not start:\n{self._log.read_text()[-3000:]}")
            time.sleep(0.1)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


class Talk:
    """One conversation: keeps history and dialogue state as the worker does."""

    def __init__(self, dialogue: Dialogue, **facts: object) -> None:
        self.dialogue = dialogue
        self.facts = {"channel": "webchat", "contact": "", "tickets": [], **facts}
        self.state: dict[str, object] = {}
        self.history: list[Said] = []
        self.language = ""

    async def turn_of(self, text: str) -> Turn:
        meant = await self.dialogue.understand(text, self.history, self.language)
        return Turn(
            conversation="c-1",
            turn=uuid4().hex,
            text=text,
            understood=wire.understood_to_json(meant.understood),
            answer=wire.answer_to_json(meant.answer),
            state=self.state,
            facts=self.facts,
        )

    async def say(self, text: str) -> TurnResult:
        result = await self.dialogue.turn(await self.turn_of(text))
        self.state = result.state
        self.history.append(Said("customer", text))
        self.history += [Said("bot", reply.text) for reply in result.replies]
        return result

"""Starts the four processes, restarts what dies, releases the leases of the dead, and stops everything together."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import secrets
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from django.db import connection
from django.db.utils import DatabaseError

from bot.listening import LISTENING, SERVING, listen, told
from bot.playground import MODULE as PLAYGROUND
from bot.playground import ROOT
from bot.rasa_project import Command, rasa_command
from bot.settings import Settings
from bot.stand_in import StandIn
from bot.work import worker_name
from store.boards import release_posts
from store.duties import release_duties
from store.jobs import release_jobs
from store.outbox import release_rows
from store.turns import release_claims

log = structlog.get_logger()

Progress = Callable[[str], None]
GRACE = 10.0
LEASING = ("web", "work")
"""Processes that hold leases: `web` for replies that travel in a response."""
LOWER_PRIORITY = 15
"""Thinking runs at a lower CPU priority than acknowledging. `work` does not: on SQLite it holds the write lock for
moments, in which those who acknowledge would wait for it while others think."""
RESTART_PAUSES = (0.2, 1.0, 5.0, 15.0)
"""Whatever dies is started again at once; only what dies early, again and again, is waited with."""
STEADY = {"web": 3.0, "work": 3.0}
"""A process that has lived for so many seconds did not die early; others load models for longer than that."""
STEADY_AFTER_LOADING = 30.0
LOG_BYTES = 20 * 1024 * 1024
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Ready:
    """What set-up found: whether Rasa can run, and what to tell the person who started us."""

    rasa_python: Path | None = None
    rasa_model: Path | None = None
    notices: tuple[str, ...] = ()
    playground: str = ""
    """Where the demo's fakes of the providers will listen; empty: nowhere."""
    beginning: str = ""
    """The page on which an empty installation gets its first admin; empty: it has one."""


@dataclass(slots=True)
class Child:
    """One process of ours, and how to start it again."""

    name: str
    argv: tuple[str, ...]
    env: dict[str, str]
    cwd: Path
    log: Path
    niceness: int = 0
    worker: str = ""
    process: asyncio.subprocess.Process | None = None
    failures: int = 0
    started: float = field(default=0.0)
    listens: tuple[str, int] | None = None
    """Where we listen in its place, so that nobody is refused while it is started again."""
    sockets: list[socket.socket] = field(default_factory=list)
    stand_in: StandIn | None = None
    """Who answers there in its place when it does not come back."""


async def supervise(
    settings: Settings, ready: Ready, progress: Progress, more: Sequence[Child] = ()
) -> int:
    """Runs until SIGINT or SIGTERM; returns the exit status. Leaves no process behind. `more`: beside one of each."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    children = [*children_of(settings, ready), *more]
    for child in children:
        if child.listens:
            child.sockets = listen(*child.listens)
            child.stand_in = StandIn(child.sockets)
    for line in ready.notices:
        progress(line)
    keepers = [asyncio.create_task(_keep(child, stopping)) for child in children]
    greeting = asyncio.create_task(_greet(settings, ready, stopping, progress))
    await stopping.wait()
    progress("stopping")
    greeting.cancel()
    for child in children:
        if child.stand_in is not None:
            child.stand_in.end()
    await asyncio.gather(*keepers, greeting, return_exceptions=True)
    for one in (one for child in children for one in child.sockets):
        one.close()
    return 0


def children_of(settings: Settings, ready: Ready) -> list[Child]:
    """One of each process, with ports and tokens of their own."""
    brain_port = settings.brain.port or _free_port()
    rasa_port = settings.rasa.port or _free_port()
    tokens = {"THREADLINE_BRAIN_TOKEN": secrets.token_urlsafe(32)}
    env = {
        **os.environ,
        **tokens,
        "THREADLINE_TURN_TOKEN": secrets.token_urlsafe(32),
        "THREADLINE_BRAIN_PORT": str(brain_port),
        "THREADLINE_BRAIN_URL": f"http://127.0.0.1:{brain_port}",
        "THREADLINE_STATE": str(settings.state),
        "THREADLINE_DEMO": "1" if settings.demo else "0",
    }
    if ready.rasa_model is not None:
        env["THREADLINE_RASA_URL"] = f"http://127.0.0.1:{rasa_port}"
        env["THREADLINE_RASA_PORT"] = str(rasa_port)
        env["THREADLINE_RASA_MODEL"] = str(ready.rasa_model)
    here = Path.cwd()
    logs = settings.state / "logs"
    logs.mkdir(exist_ok=True)

    def ours(name: str, niceness: int = 0, **more: str) -> Child:
        # The worker's name comes first in its own environment: leases are released by it.
        argv = (sys.executable, "-m", "bot", name)
        return Child(name, argv, {**env, **more}, here, logs / f"{name}.log", niceness)

    children = [ours("web"), ours("brain", LOWER_PRIORITY), ours("work")]
    if settings.web.port:
        children[0].listens = (settings.web.host, settings.web.port)
    if ready.rasa_model is not None and ready.rasa_python is not None:
        command = rasa_process(settings, env, ready.rasa_python)
        log_file = logs / "rasa.log"
        child = Child("rasa", command.argv, command.env, command.cwd, log_file, LOWER_PRIORITY)
        children.append(child)
    if ready.playground:
        argv = (sys.executable, "-m", PLAYGROUND)
        # It plays the world outside: the tokens of this start are none of its business.
        outside = {**os.environ, "PYTHONPATH": str(ROOT), "THREADLINE_STATE": str(settings.state)}
        log_file = logs / "playground.log"
        children.append(Child("playground", argv, outside, ROOT, log_file, LOWER_PRIORITY))
    return children


def rasa_process(settings: Settings, env: Mapping[str, str], python: Path | None = None) -> Command:
    """Rasa's command line with the port and token of this start."""
    return rasa_command(
        (python or Path(settings.rasa.python)).absolute(),
        Path(env["THREADLINE_RASA_MODEL"]),
        int(env["THREADLINE_RASA_PORT"]),
        env["THREADLINE_TURN_TOKEN"],
    )


async def _keep(child: Child, stopping: asyncio.Event) -> None:
    """Starts a child, and starts it again whenever it dies, until `stopping`."""
    releasing: set[asyncio.Task[None]] = set()
    while not stopping.is_set():
        await _start(child)
        assert child.process is not None
        ended = asyncio.create_task(child.process.wait())
        stop = asyncio.create_task(stopping.wait())
        await asyncio.wait({ended, stop}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if stopping.is_set():
            await _stop(child, ended)
            break
        log.warning("process_died", name=child.name, status=child.process.returncode)
        if child.worker:
            # Beside the next start: a busy database would hold that up, and nobody waits for leases alone.
            task = asyncio.create_task(asyncio.to_thread(release_worker, child.worker))
            releasing.add(task)
            task.add_done_callback(releasing.discard)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_pause(child)):
                await stopping.wait()
    await asyncio.gather(*releasing)


def _pause(child: Child) -> float:
    """Seconds until it is started again."""
    lived = asyncio.get_running_loop().time() - child.started
    if lived > STEADY.get(child.name, STEADY_AFTER_LOADING):
        child.failures = 0
        return RESTART_PAUSES[0]
    child.failures += 1
    return RESTART_PAUSES[min(child.failures, len(RESTART_PAUSES)) - 1]


async def _start(child: Child) -> None:
    env = dict(child.env)
    if child.name in LEASING:
        child.worker = env["THREADLINE_WORKER"] = worker_name()
    handed = [one.fileno() for one in child.sockets]
    if child.sockets:
        env[LISTENING] = told(child.sockets)
    pipe = child.stand_in.expect() if child.stand_in is not None else None
    if pipe is not None:
        env[SERVING] = str(pipe)
        handed.append(pipe)
    child.started = asyncio.get_running_loop().time()
    parent = os.getpid()

    def prepare() -> None:
        if child.niceness:
            os.nice(child.niceness)
        # If the supervisor itself is killed, its children must not live on.
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    if child.log.exists() and child.log.stat().st_size > LOG_BYTES:
        child.log.replace(child.log.with_suffix(".log.1"))
    with child.log.open("ab") as out:
        child.process = await asyncio.create_subprocess_exec(
            *child.argv,
            env=env,
            cwd=child.cwd,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            # Out of reach of Ctrl-C, but in one session: systems weigh sessions first, and niceness within them.
            process_group=0,
            pass_fds=handed,
            preexec_fn=prepare,
        )
    if pipe is not None:
        os.close(pipe)
    log.info("process_started", name=child.name, pid=child.process.pid)


async def _stop(child: Child, ended: asyncio.Task[int]) -> None:
    process = child.process
    assert process is not None
    if process.returncode is None:
        process.terminate()
        done, _ = await asyncio.wait({ended}, timeout=GRACE)
        if not done:
            os.killpg(process.pid, signal.SIGKILL)
            await ended
    if child.worker:
        await asyncio.to_thread(release_worker, child.worker)


def release_worker(worker: str) -> None:
    """A dead worker's leases end now, not when they run out."""
    try:
        count = release_claims(worker) + release_rows(worker)
        count += release_jobs(worker) + release_duties(worker) + release_posts(worker)
        log.info("leases_released", worker=worker, count=count)
    except DatabaseError as problem:
        # They run out by themselves; starting the next worker must not wait for the database.
        log.warning("leases_not_released", worker=worker, problem=type(problem).__name__)
    finally:
        connection.close()  # the thread that ran this may never be used again


async def _greet(
    settings: Settings, ready: Ready, stopping: asyncio.Event, progress: Progress
) -> None:
    """Says where everything is once `/health` answers 200."""
    import httpx2

    url = f"http://{settings.web.host}:{settings.web.port}"
    loop = asyncio.get_running_loop()
    start = loop.time()
    async with httpx2.AsyncClient(trust_env=False) as client:
        while not stopping.is_set():
            try:
                response = await client.get(f"{url}/health", timeout=2)
                if response.status_code == 200 and response.json()["status"] == "ok":
                    break
                if response.status_code == 200 and loop.time() - start > 60:
                    break
            except (httpx2.HTTPError, ValueError):
                pass
            await asyncio.sleep(0.25)
        else:
            return
        progress(f"Threadline is ready ({loop.time() - start:.0f} s):")
        progress(f"  chat and help   {url}/")
        progress(f"  agents' desk    {url}/desk/")
        progress(f"  administration  {url}/admin/")
        if ready.playground:
            progress(f"  playground      {ready.playground}/")
        if ready.beginning:
            progress(
                f"  begin here      {url}{ready.beginning}   (once, by whoever becomes the first admin)"
            )
        progress(f"  health          {url}/health")
        progress(f"  logs            {settings.state / 'logs'}")
        logins = settings.state / "demo-logins.txt"
        if logins.exists():
            progress(f"  logins          in {logins}")
            progress(logins.read_text().rstrip())
        progress("Ctrl-C stops everything.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

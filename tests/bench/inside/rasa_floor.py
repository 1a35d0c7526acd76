"""Run by Rasa's own Python: turns of our dialogue in one process, without HTTP; prints CPU and wall ms a turn as JSON."""

import asyncio
import json
import sys
import time
from statistics import median

import turn_connector
from rasa.core.agent import Agent
from rasa.core.tracker_store import AwaitableTrackerStore
from turn_store import TurnStore

ROUNDS, TURNS = 5, 60
ANSWER = {
    "decision": "answer",
    "text": "An answer.",
    "citations": [],
    "suggestions": [],
    "alternatives": [],
    "passages": [],
}


async def main() -> None:
    agent = Agent.load(sys.argv[1])
    agent.tracker_store = AwaitableTrackerStore(TurnStore(agent.domain))
    agent.processor.tracker_store = agent.tracker_store
    state: dict = {}

    async def turn() -> None:
        nonlocal state
        body = {
            "text": "How do I do this?",
            "state": state,
            "parse_data": {
                "intent": {"name": "ask", "confidence": 0.9},
                "entities": [],
                "language": "en",
            },
            "metadata": {"understood": {"also": []}, "answer": ANSWER, "facts": {}},
        }
        done = await turn_connector.take_turn(body, agent.handle_message, agent.domain)
        if done["status"] != "ok":
            raise RuntimeError(f"the turn ended as {done}")
        state = done["state"]

    for _ in range(10):
        await turn()
    cpu, wall = [], []
    for _ in range(ROUNDS):
        used, began = time.process_time(), time.perf_counter()
        for _ in range(TURNS):
            await turn()
        cpu.append((time.process_time() - used) / TURNS * 1000)
        wall.append((time.perf_counter() - began) / TURNS * 1000)
    print(json.dumps({"cpu_ms": round(median(cpu), 3), "wall_ms": round(median(wall), 3)}))


asyncio.run(main())

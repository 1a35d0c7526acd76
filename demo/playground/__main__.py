"""Serves the playground, as `threadline up --demo` has prepared it in the state folder: `python -m demo.playground`."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import uvicorn

from demo.playground.app import playground


def main() -> None:
    """On loopback, until it is told to end."""
    about = json.loads(Path(os.environ["THREADLINE_STATE"], "playground.json").read_text())
    config = uvicorn.Config(
        playground(about), host="127.0.0.1", port=about["port"], log_level="warning"
    )
    asyncio.run(uvicorn.Server(config).serve())


if __name__ == "__main__":
    main()

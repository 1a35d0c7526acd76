"""How a graph is run: on so many threads and no others. What it reads and gives is its encoder's."""

from __future__ import annotations

import os
from pathlib import Path

# Builds for Linux from 1.29 on tell their maker of the machine and of each graph, and keep a number of it in the home folder;
# they ask for this once, while they are loaded.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime


def session_of(model: bytes | Path, threads: int) -> onnxruntime.InferenceSession:
    """`model`: the graph itself or the path of its file. `threads`: of one run."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Idle threads must not spin: web and work share these cores.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    source = model if isinstance(model, bytes) else str(model)
    return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])

"""How a graph is run: on so many threads and no others. What it reads and gives is its encoder's."""

from __future__ import annotations

from pathlib import Path

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

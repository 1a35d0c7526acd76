"""How a graph is run: on so many threads and no others. What it reads and gives is its encoder's."""

from __future__ import annotations

import os
from functools import cache
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
    # The graphs are written in the operators that they are to be run by: further levels would join some of them to slower ones.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    # Idle threads must not spin: web and work share these cores.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    source = model if isinstance(model, bytes) else str(model)
    return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])


@cache
def sums_whole() -> bool:
    """Whether this processor sums products of unsigned by signed bytes in whole numbers, in one instruction (VNNI). Others of its
    family cut such sums off at 16 bits; where nobody can tell, False."""
    try:
        said = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    flags = {
        flag for line in said.splitlines() if line.startswith("flags") for flag in line.split()
    }
    return not flags.isdisjoint({"avx512_vnni", "avx_vnni"})

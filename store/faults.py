"""Named step boundaries at which a test may end this process. Nothing ever happens here unless `THREADLINE_FAULTS` names a folder.

Each transaction that `store.database` runs has two points by itself, `<name>.begun` and `<name>.done`; every
other step of the pipeline says its own. A test lists them from the source and visits each.
"""

from __future__ import annotations

import os
import signal

_FOLDER = os.environ.get("THREADLINE_FAULTS", "")


def reached(point: str) -> None:
    """Ends the process here, as a power cut would, if a test has put a file of this name into the folder.

    The file is renamed to `<point>.<process id>.died`, so that exactly one process dies of it and the test
    sees which.
    """
    if _FOLDER:
        _end_if_armed(point)


def _end_if_armed(point: str) -> None:
    armed = os.path.join(_FOLDER, point)
    try:
        os.rename(armed, f"{armed}.{os.getpid()}.died")
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)

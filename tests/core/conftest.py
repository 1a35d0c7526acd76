"""How hard the properties of this folder are tried: `--hypothesis-profile=full` for 20,000 cases each, or as many as
THREADLINE_CASES says, so that a long run may be done in parts of other seeds."""

import os

from hypothesis import settings

CASES = int(os.environ.get("THREADLINE_CASES", "20000"))
settings.register_profile("full", max_examples=CASES, deadline=None, database=None)

"""`python -m bot`: the same as `threadline`."""

import gc

# Nearly all that a start makes stays: looking through it again and again for what does not is a sixth of the start.
gc.set_threshold(50_000)

from bot.cli import main  # noqa: E402

main()

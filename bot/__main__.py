"""`python -m bot`: the same as `threadline`."""

from bot.cli import main

main()

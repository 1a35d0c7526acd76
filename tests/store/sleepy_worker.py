"""A worker of its own process for tests: claims, waits for a line on standard input, then tries to finish."""

from __future__ import annotations

import sys
from datetime import timedelta

from bot.bootstrap import build_house, set_up_django


def main() -> None:
    """Prints what it claimed, and after the line how finishing went."""
    set_up_django()
    from bot.reply import Outcome, finish_turn
    from core.errors import ClaimLost
    from core.message import Reply
    from store.models import Inbox
    from store.turns import claim

    house = build_house()
    lease = timedelta(seconds=float(sys.argv[1]))
    (claimed,) = claim(house.vault, "sleepy", lease, 1, house.clock() + timedelta(days=9999))
    assert Inbox.objects.exists()
    print(claimed.text, flush=True)
    sys.stdin.readline()
    try:
        finish_turn(house, claimed, Outcome((Reply("from the sleeper"),), state={"version": 1}))
    except ClaimLost:
        print("ClaimLost", flush=True)
    else:
        print("finished", flush=True)
    house.doorbell.close()


if __name__ == "__main__":
    main()

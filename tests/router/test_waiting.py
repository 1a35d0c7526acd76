"""What customers are told of their waiting, over generated months that nothing was fitted on: the interval holds what it says."""

from __future__ import annotations

from router.foretold import Foretold, foretold


def test_the_interval_of_a_month_covers_about_what_it_says() -> None:
    """Two months of another seed than any that was looked at when the estimate was made."""
    for seed in (901, 902):
        found = foretold(tickets=3000, seed=seed)
        assert isinstance(found, Foretold)
        assert found.told > 1500
        assert 0.72 <= found.covered <= 0.92
        assert found.longer < 0.2

"""Whose a ticket is while two policies are tried out: fixed by a hash, in the share asked for, and unlike in another trial."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from core.holdout import Arm, Holdout

TRIAL = Holdout("one", "seed", 30, "a", "b")
NEEDS = [str(UUID(int=at)) for at in range(20_000)]


def test_the_arm_is_the_hash_that_the_documentation_names() -> None:

    from hashlib import sha256

    for need in NEEDS[:200]:
        fraction = int(sha256(f"seed:{need}".encode()).hexdigest()[:16], 16) / 16**16
        assert TRIAL.arm(need) is (Arm.OTHER if fraction < 0.3 else Arm.PRESENT)


def test_the_share_is_kept_and_another_seed_draws_others() -> None:
    """Four standard errors of a share of 30 % among 20,000 are 1.3 points."""
    chosen = [TRIAL.arm(need) is Arm.OTHER for need in NEEDS]
    assert abs(sum(chosen) / len(NEEDS) - 0.3) < 0.013
    again = [replace(TRIAL, seed="other").arm(need) is Arm.OTHER for need in NEEDS]
    both = sum(a and b for a, b in zip(chosen, again, strict=True)) / len(NEEDS)
    assert abs(both - 0.09) < 0.01


def test_nothing_and_half_are_shares_too_and_a_larger_one_keeps_who_was_in() -> None:
    assert not any(replace(TRIAL, share=0).arm(need) is Arm.OTHER for need in NEEDS)
    half = replace(TRIAL, share=50)
    assert all(half.arm(need) is Arm.OTHER for need in NEEDS if TRIAL.arm(need) is Arm.OTHER)

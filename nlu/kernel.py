"""Kernel ridge regression with exact leave-one-out predictions; what is compared with what does not belong here.

Why ridge: it is one Cholesky factorisation (10,000 rows take some seconds), and what the model would say of each training row
without having seen it comes with it (Rifkin and Lippert 2007, MIT-CSAIL-TR-2007-025), so that calibration,
scope and the choice of settings need no second data set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.linalg import cho_solve, cholesky
from scipy.linalg.lapack import spotri

Array = np.ndarray[Any, np.dtype[Any]]

MOST_ROWS: Final = 16_000
"""Rows in one factorisation: 1 GB of float32. A larger training set is sampled down to it."""


@dataclass(frozen=True, slots=True)
class Ridge:
    """`coefficients`: float32, shape (rows, classes). `left_out`: the same shape, each row's scores without it."""

    coefficients: Array
    left_out: Array


def solve(kernel: Array, targets: Array, penalty: float) -> Array:
    """float32, shape (rows, classes). `kernel`: float32, symmetric, shape (rows, rows), not changed."""
    found: Array = cho_solve(
        (_factor(kernel, penalty), True), targets, check_finite=False, overwrite_b=False
    )
    return found


def solve_and_leave_out(kernel: Array, targets: Array, penalty: float) -> Ridge:
    """As `solve`, with the exact leave-one-out predictions: row minus coefficient over the inverse's diagonal."""
    factor = _factor(kernel, penalty)
    coefficients = cho_solve((factor, True), targets, check_finite=False)
    inverse, failed = spotri(factor, lower=1, overwrite_c=1)
    if failed:
        raise np.linalg.LinAlgError(f"spotri failed at {failed}")
    left_out = targets - coefficients / np.diag(inverse)[:, None]
    return Ridge(coefficients, left_out)


def _factor(kernel: Array, penalty: float) -> Array:
    system = kernel.copy()
    system[np.diag_indices_from(system)] += np.float32(penalty)
    found: Array = cholesky(system, lower=True, overwrite_a=True, check_finite=False)
    return found

"""Probabilities that mean what they say: a temperature, and the error that remains. Classifying does not belong here."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


def fit_temperature(logits: Array, truth: Array) -> float:
    """The divisor of the logits that makes held-out rows most likely (Guo et al. 2017, arXiv 1706.04599).

    `logits`: shape (rows, classes), computed by models that did not see their row; `truth`: class numbers.
    """
    from scipy.optimize import minimize_scalar

    def loss(log_temperature: float) -> float:
        scaled = logits / np.exp(log_temperature)
        scaled = scaled - scaled.max(axis=1, keepdims=True)
        normaliser = np.log(np.exp(scaled).sum(axis=1))
        return float((normaliser - scaled[np.arange(len(truth)), truth]).mean())

    found = minimize_scalar(loss, bounds=(-4.0, 4.0), method="bounded")
    return float(np.exp(found.x))


def calibration_error(confidence: Array, correct: Array, bins: int = 15) -> float:
    """Expected calibration error over bins of equal width, 0..1: how far confidence is from accuracy."""
    edges = np.minimum((confidence * bins).astype(int), bins - 1)
    error = 0.0
    for number in range(bins):
        inside = edges == number
        if inside.any():
            error += inside.mean() * abs(confidence[inside].mean() - correct[inside].mean())
    return float(error)

"""How sure a number is: intervals for one proportion, tests for two models on the same items.

low, high = wilson(37, 100)
p = mcnemar(only_first=12, only_second=3)
"""

from __future__ import annotations

from collections.abc import Sequence


def wilson(successes: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval of a proportion; (0, 1) where nothing was tried."""
    if n == 0:
        return (0.0, 1.0)
    from scipy.stats import binomtest

    interval = binomtest(successes, n).proportion_ci(confidence, method="wilson")
    return (float(interval.low), float(interval.high))


def mcnemar(only_first: int, only_second: int) -> float:
    """McNemar's exact two-sided p-value: items that one model solved and the other did not, each way."""
    if only_first + only_second == 0:
        return 1.0
    from scipy.stats import binomtest

    return float(binomtest(only_first, only_first + only_second, 0.5).pvalue)


def paired_bootstrap(
    first: Sequence[float], second: Sequence[float], *, confidence: float = 0.95, resamples: int = 9999, seed: int = 0
) -> tuple[float, float, float]:
    """The mean difference (second - first) on the same items and its percentile bootstrap interval.

    Raises:
        ValueError: the sequences differ in length or are empty.
    """
    if len(first) != len(second) or not first:
        raise ValueError(f"a paired comparison needs the same items on both sides, not {len(first)} and {len(second)}")
    import numpy as np
    from scipy.stats import bootstrap

    differences = np.asarray(second, dtype=float) - np.asarray(first, dtype=float)
    mean = float(differences.mean())
    if len(differences) == 1 or np.ptp(differences) == 0:
        return (mean, mean, mean)
    result = bootstrap(
        (differences,),
        np.mean,
        confidence_level=confidence,
        n_resamples=resamples,
        method="percentile",
        rng=np.random.default_rng(seed),
    )
    return (mean, float(result.confidence_interval.low), float(result.confidence_interval.high))

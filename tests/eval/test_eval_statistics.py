"""Votes and statistics against values worked out by hand or published."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raymath.eval.statistics import mcnemar, paired_bootstrap, wilson
from raymath.eval.vote import groups, majority, mean_at_k, pass_at_k


def test_votes_are_counted_by_equality() -> None:
    assert groups(["1/2", "0.5", "", "2", "\\frac12", " "]) == [[0, 1, 4], [2, 5], [3]]
    assert majority(["2", "1/2", "0.5"]) == 1
    assert majority(["\\sqrt{8}", "3", "2\\sqrt{2}"]) == 0


def test_ties_go_to_the_group_that_came_first() -> None:
    assert majority(["3", "4", "4.0", "3.0"]) == 0
    assert majority(["5", "4", "3", "4", "3"]) == 1


def test_nothing_never_wins_over_something() -> None:
    assert majority(["", "", "", "7"]) == 3
    assert majority(["", ""]) == 0
    with pytest.raises(ValueError, match="at least one"):
        majority([])


@settings(deadline=None)
@given(st.integers(1, 8), st.data())
def test_pass_at_k_is_the_mean_over_all_choices(n: int, data: st.DataObject) -> None:
    correct, k = data.draw(st.integers(0, n)), data.draw(st.integers(1, n))
    samples = [True] * correct + [False] * (n - correct)
    chosen = [any(some) for some in itertools.combinations(samples, k)]
    assert pass_at_k(n, correct, k) == pytest.approx(sum(chosen) / len(chosen))


def test_mean_at_k() -> None:
    assert mean_at_k([True, False, True, True], 2) == 0.5
    with pytest.raises(ValueError, match="mean@3"):
        mean_at_k([True], 3)
    with pytest.raises(ValueError, match="pass@3"):
        pass_at_k(2, 1, 3)


def test_wilson() -> None:
    # By the formula, with z = 1.959964.
    z, n, p = 1.959964, 100, 0.37
    centre, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = wilson(37, 100)
    assert (low, high) == pytest.approx(
        ((centre - half) / (1 + z * z / n), (centre + half) / (1 + z * z / n)), abs=1e-6
    )
    assert wilson(0, 10) == pytest.approx((0, 0.2775), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)


def test_mcnemar_is_the_exact_binomial_test() -> None:
    assert mcnemar(0, 5) == pytest.approx(2 * 0.5**5)
    assert mcnemar(1, 9) == pytest.approx(2 * (1 + 10) / 2**10)
    assert mcnemar(9, 1) == mcnemar(1, 9)
    assert mcnemar(0, 0) == mcnemar(4, 4) == 1.0


def test_paired_bootstrap() -> None:
    first, second = [0.0] * 50 + [1.0] * 50, [0.0] * 30 + [1.0] * 70
    mean, low, high = paired_bootstrap(first, second)
    assert mean == pytest.approx(0.2)
    # The standard error of a share of 0.2 in 100 is 0.04.
    assert (low, high) == pytest.approx((0.2 - 1.96 * 0.04, 0.2 + 1.96 * 0.04), abs=0.02)
    assert paired_bootstrap(first, second) == (mean, low, high)
    assert paired_bootstrap([1.0, 0.0], [1.0, 0.0]) == (0.0, 0.0, 0.0)
    with pytest.raises(ValueError, match="same items"):
        paired_bootstrap([1.0], [])

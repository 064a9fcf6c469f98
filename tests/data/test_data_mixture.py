"""The draw depends on seed, source and id alone, and says what a source cannot give."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raymath.data.mixture import draw
from raymath.errors import DataError

IDS = {"a": [f"a{i}" for i in range(100)], "b": [f"b{i}" for i in range(30)]}


@given(st.integers(0, 100), st.integers(1, 100), st.randoms(use_true_random=False))
def test_the_same_examples_in_whatever_order_they_were_read(seed: int, take: int, shuffler: random.Random) -> None:
    shuffled = shuffler.sample(IDS["a"], len(IDS["a"]))
    one = draw({"a": IDS["a"]}, {"a": take}, seed=seed)["a"]
    two = draw({"b": IDS["b"], "a": shuffled}, {"a": take}, seed=seed)["a"]
    assert one == sorted(set(one))
    assert len(one) == take
    assert {IDS["a"][i] for i in one} == {shuffled[i] for i in two}


def test_all_of_a_source_without_take() -> None:
    assert draw(IDS, {"a": None}, seed=0) == {"a": list(range(100)), "b": list(range(30))}


def test_seeds_and_sources_draw_differently_and_evenly() -> None:
    draws = [draw({"a": IDS["a"]}, {"a": 20}, seed=seed)["a"] for seed in range(300)]
    assert len({tuple(d) for d in draws}) == 300
    counts = [sum(i in d for d in draws) for i in range(100)]
    assert min(counts) > 30
    assert max(counts) < 95
    assert draw({"a": IDS["a"]}, {"a": 20}, seed=0)["a"] != draw({"c": IDS["a"]}, {"c": 20}, seed=0)["c"]


def test_what_a_source_cannot_give() -> None:
    with pytest.raises(DataError, match="a has 100 of 101; b has 30 of 31"):
        draw(IDS, {"a": 101, "b": 31}, seed=0)
    with pytest.raises(DataError, match=r"130 examples \(a 100, b 30\), data.total asks for 131.*\+1"):
        draw(IDS, {}, seed=0, total=131)
    assert draw(IDS, {"a": 5, "b": 5}, seed=0, total=10)

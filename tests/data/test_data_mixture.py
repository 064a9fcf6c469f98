"""How much of each source, and a draw that depends on seed, source and id alone."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raymath.config import SourceSettings
from raymath.data.mixture import Amount, amounts, draw, spread
from raymath.errors import DataError

IDS = [f"a{i}" for i in range(100)]


def recipe(**sources: dict[str, Any]) -> dict[str, SourceSettings]:
    return {name: SourceSettings.model_validate(fields) for name, fields in sources.items()}


def taken(
    sources: dict[str, SourceSettings], eligible: dict[str, int | None], total: int | None = None
) -> dict[str, int]:
    return {name: amount.taken for name, amount in amounts(sources, eligible, total).items()}


@given(st.integers(0, 100), st.integers(1, 250), st.randoms(use_true_random=False))
def test_the_same_examples_in_whatever_order_they_were_read(seed: int, take: int, shuffler: random.Random) -> None:
    shuffled = shuffler.sample(IDS, len(IDS))
    one = dict(zip(IDS, draw(IDS, take, seed=seed, source="a").tolist(), strict=True))
    two = dict(zip(shuffled, draw(shuffled, take, seed=seed, source="a").tolist(), strict=True))
    assert one == two
    assert sum(one.values()) == take
    assert max(one.values()) - min(one.values()) <= 1, "none is repeated before all are taken"


def test_seeds_and_sources_draw_differently_and_evenly() -> None:
    draws = [tuple(draw(IDS, 20, seed=seed, source="a").tolist()) for seed in range(300)]
    assert len(set(draws)) == 300
    counts = [sum(d[i] for d in draws) for i in range(100)]
    assert min(counts) > 30
    assert max(counts) < 95
    assert tuple(draw(IDS, 20, seed=0, source="c").tolist()) != draws[0]


def test_take_share_and_all() -> None:
    sources = recipe(a={"take": 5}, b={"share": 0.25}, c={})
    assert taken(sources, {"a": 10, "b": 30, "c": 10}, 20) == {"a": 5, "b": 5, "c": 10}
    with pytest.raises(DataError, match="no total"):
        amounts(sources, {"a": 10, "b": 30, "c": 10})


def test_what_a_source_cannot_give_is_named_with_what_it_has() -> None:
    with pytest.raises(DataError, match="a has 100 of 101; b has 30 of 31"):
        amounts(recipe(a={"take": 101}, b={"take": 31}), {"a": 100, "b": 30})
    with pytest.raises(DataError, match=r"130 examples \(a 100, b 30\), data.total asks for 131.*\+1"):
        amounts(recipe(a={}, b={}), {"a": 100, "b": 30}, 131)
    with pytest.raises(DataError, match="a has 10 of 31, each taken 3 times at most"):
        amounts(recipe(a={"take": 31, "repeat": 3}), {"a": 10})


def test_repeats_when_told() -> None:
    assert taken(recipe(a={"take": 25, "repeat": 3}), {"a": 10}) == {"a": 25}
    times = draw(IDS[:10], 25, seed=0, source="a")
    assert sorted(times.tolist()) == [2] * 5 + [3] * 5


def test_fill_takes_what_the_mix_lacks_by_weight_and_by_what_there_is() -> None:
    sources = recipe(a={"take": 10}, b={"fill": 2}, c={"fill": 1})
    assert taken(sources, {"a": 10, "b": None, "c": None}, 100) == {"a": 10, "b": 60, "c": 30}
    assert taken(sources, {"a": 10, "b": 20, "c": None}, 100) == {"a": 10, "b": 20, "c": 70}
    assert taken(sources, {"a": 10, "b": None, "c": None}, 11) == {"a": 10, "b": 1, "c": 0}
    with pytest.raises(DataError, match=r"lacks 90 examples.*have 50 \(b 20, c 30\)"):
        amounts(sources, {"a": 10, "b": 20, "c": 30}, 100)
    with pytest.raises(DataError, match="nothing is left to fill"):
        amounts(sources, {"a": 10, "b": None, "c": None}, 9)
    with pytest.raises(DataError, match="'b' fills up a mix that has no total"):
        amounts(sources, {"a": 10, "b": None, "c": None})


def test_a_filled_shortage_is_counted() -> None:
    found = amounts(recipe(a={"take": 10}, b={"fill": 1}), {"a": 7, "b": None}, 20)
    assert found == {"a": Amount(10, 7), "b": Amount(13, 13)}
    assert found["a"].short == 3


@given(st.integers(0, 500), st.lists(st.integers(0, 60), min_size=1, max_size=12))
def test_spread_is_as_even_as_the_room_allows(count: int, room: list[int]) -> None:
    shares = spread(count, room)
    assert sum(shares) == min(count, sum(room))
    assert all(share <= most for share, most in zip(shares, room, strict=True))
    free = [share for share, most in zip(shares, room, strict=True) if share < most]
    assert not free or max(shares) - min(free) <= 1

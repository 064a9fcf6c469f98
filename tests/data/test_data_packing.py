"""The shuffle is a bijection that never changes; packing loses no row, holds the capacity, and wastes little."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import numpy as np
import pytest
from data_makers import real_lengths
from hypothesis import given, settings
from hypothesis import strategies as st

from raymath.data import pack, packing
from raymath.data.order import Permutation
from raymath.data.packing import Packs
from raymath.errors import DataError

LENGTHS = st.lists(st.integers(1, 60), max_size=200)
STRATEGY = st.sampled_from(["random", "best-fit"])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 500) | st.integers(2**16 - 3, 2**17), st.integers(0, 2**63))
def test_permutation_is_a_bijection(n: int, seed: int) -> None:
    assert np.array_equal(np.sort(Permutation(n, seed)(np.arange(n))), np.arange(n))


def test_permutation_needs_no_other_position_to_answer_one() -> None:
    whole = Permutation(10**5, "x", 7)(np.arange(10**5))
    assert [int(Permutation(10**5, "x", 7)(i)) for i in (0, 17, 99_999)] == whole[[0, 17, 99_999]].tolist()
    far = Permutation(10**12, "x", 7)(np.array([0, 10**12 - 1]))
    assert far.min() >= 0
    assert far.max() < 10**12
    with pytest.raises(IndexError):
        Permutation(10, 0)(10)


@pytest.mark.parametrize("n", [20_000, 200_000])
def test_permutation_mixes(n: int) -> None:
    """Where an item lands is unrelated to where it was, and every item comes first about equally often."""
    after = Permutation(n, 3)(np.arange(n))
    assert abs(np.corrcoef(np.arange(n), after)[0, 1]) < 0.03
    assert np.count_nonzero(np.diff(after) == 1) < 8
    firsts = np.bincount([int(Permutation(5, seed)(0)) for seed in range(2000)], minlength=5)
    assert firsts.min() > 320
    assert firsts.max() < 480


def test_permutation_golden() -> None:
    """These numbers may never change: every run's order hangs on them."""
    assert Permutation(10, "golden", 0)(np.arange(10)).tolist() == GOLDEN_ORDER
    assert Permutation(10**9, "golden", 0)(np.arange(3)).tolist() == GOLDEN_FORMULA


@settings(max_examples=80, deadline=None)
@given(LENGTHS, STRATEGY, st.integers(0, 9), st.integers(1, 8), st.sampled_from(["drop", "cut"]))
def test_each_row_is_in_one_pack_or_counted(
    lengths: list[int], strategy: str, seed: int, window: int, overlong: str
) -> None:
    capacity = 40
    packs = pack(lengths, capacity, strategy=strategy, seed=seed, window=window, overlong=overlong)
    over = [row for row, length in enumerate(lengths) if length > capacity]
    placed = sorted(packs.rows.tolist())
    assert placed == [row for row in range(len(lengths)) if overlong == "cut" or row not in over]
    assert (packs.dropped, packs.cut) == ((len(over), 0) if overlong == "drop" else (0, len(over)))
    sums = [sum(min(lengths[row], capacity) for row in rows) for rows in packs]
    assert all(0 < total <= capacity for total in sums)
    assert sum(sums) == packs.tokens


@settings(max_examples=30, deadline=None)
@given(LENGTHS, STRATEGY, st.integers(0, 9))
def test_packing_is_a_function_of_lengths_and_seed(lengths: list[int], strategy: str, seed: int) -> None:
    one, two = (pack(lengths, 64, strategy=strategy, seed=seed) for _ in range(2))
    assert np.array_equal(one.rows, two.rows)
    assert np.array_equal(one.offsets, two.offsets)


def test_random_appends_until_one_does_not_fit() -> None:
    """The paper's rule, written out a second time."""
    lengths = np.random.default_rng(0).integers(1, 50, 500)
    packs = pack(lengths, 64, strategy="random", seed=1)
    order = Permutation(500, "rows", 1)(np.arange(500))
    expected, now = [], []
    for row in order.tolist():
        if sum(lengths[now]) + lengths[row] > 64:
            expected.append(now)
            now = []
        now.append(row)
    expected.append(now)
    assert [rows.tolist() for rows in packs] == expected


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6))
def test_best_fit_wastes_no_more_than_random(seed: int) -> None:
    lengths = np.clip(np.random.default_rng(seed).lognormal(5.4, 0.6, 3000), 20, 4096).astype(int)
    best, random = (pack(lengths, 4096, strategy=s, seed=seed) for s in ("best-fit", "random"))
    assert best.fill >= random.fill
    assert best.fill > 0.99


def test_a_wider_window_fills_better() -> None:
    lengths = np.random.default_rng(0).integers(1, 64, 2000)
    narrow, wide = (pack(lengths, 64, window=window).fill for window in (1, 256))
    assert narrow < wide


def test_refuse_says_how_many_and_how_long() -> None:
    with pytest.raises(DataError, match=r"2 of 3 .* 64 .* 900"):
        pack([10, 900, 65], 64, overlong="refuse")
    with pytest.raises(ValueError, match="row 1"):
        pack([10, 0], 64)


def test_nothing_to_pack() -> None:
    for lengths in ([], [100]):
        packs = pack(lengths, 64)
        assert (len(packs), packs.tokens, packs.fill) == (0, 0, 0.0)


def test_packs_are_a_sequence() -> None:
    packs = pack([60, 60, 60], 64)
    assert isinstance(packs, Packs)
    assert [rows.tolist() for rows in packs[1:]] == [packs[1].tolist(), packs[-1].tolist()]
    with pytest.raises(IndexError):
        packs[3]


@settings(max_examples=25, deadline=None)
@given(LENGTHS, STRATEGY, st.integers(1, 30), st.sampled_from(["drop", "cut"]))
def test_pieces_and_files_change_nothing(lengths: list[int], strategy: str, piece: int, overlong: str) -> None:
    """However few rows are taken at a time, held in memory or mapped from a file: the same packs."""
    how = {"strategy": strategy, "seed": 3, "window": 4, "overlong": overlong}
    whole = pack(lengths, 40, **how)
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as directory:
        patch.setattr(packing, "_PIECE", piece)
        in_pieces = pack(np.array(lengths, np.int32), 40, **how)
        in_file = pack(np.array(lengths, np.uint16), 40, directory=Path(directory), **how)
        for other in (in_pieces, in_file, Packs.load(Path(directory))):
            assert np.array_equal(other.rows, whole.rows)
            assert np.array_equal(other.offsets, whole.offsets)
            assert other.totals == whole.totals


@settings(max_examples=20, deadline=None)
@given(LENGTHS, st.integers(0, 9), st.integers(1, 6))
def test_best_fit_written_out_a_second_time(lengths: list[int], seed: int, window: int) -> None:
    """Rows in their order while an average one still fits behind them, then the longest of the window that fit."""
    capacity = 64
    order = Permutation(len(lengths), "rows", seed)(np.arange(len(lengths))).tolist()
    reserve = sum(lengths) // max(len(lengths), 1)
    waiting, coming = order[:window], order[window:]
    expected = []
    while waiting:
        own = [waiting.pop(0)]
        while waiting and capacity - sum(lengths[row] for row in [*own, waiting[0]]) >= reserve:
            own.append(waiting.pop(0))
        while fitting := [row for row in waiting if sum(lengths[r] for r in own) + lengths[row] <= capacity]:
            chosen = max(fitting, key=lambda row: (lengths[row], order.index(row)))
            own.append(chosen)
            waiting.remove(chosen)
        waiting += coming[: len(own)]
        del coming[: len(own)]
        expected.append(own)
    assert [rows.tolist() for rows in pack(lengths, capacity, seed=seed, window=window)] == expected


@pytest.mark.slow
@pytest.mark.data
def test_real_lengths_fill(data_dir: Path, embedded_model: Path) -> None:
    """GSM8K's, MATH's and the Chinese sets' own lengths, by the embedded model's tokenizer: 99.5 % full at 4096."""
    lengths = real_lengths(data_dir, embedded_model)
    packs = pack(lengths, 4096)
    assert packs.fill >= 0.995, f"{len(packs)} packs, {packs.fill:.2%}"
    assert 0.85 < pack(lengths, 4096, strategy="random").fill < packs.fill


@pytest.mark.parametrize("strategy", ["random", "best-fit"])
def test_golden_packs(strategy: str) -> None:
    """The packs of a fixed set of lengths, by hash: a change here changes every run's data."""
    lengths = [(37 * i * i + 11 * i) % 900 + 20 for i in range(5000)]
    packs = pack(lengths, 1024, strategy=strategy, seed=5, window=64)
    digest = hashlib.blake2b(packs.rows.astype("<i8").tobytes() + packs.offsets.astype("<i8").tobytes(), digest_size=8)
    assert digest.hexdigest() == GOLDEN_PACKS[strategy]


GOLDEN_ORDER = [5, 3, 9, 0, 2, 8, 7, 1, 6, 4]
GOLDEN_FORMULA = [657159478, 521123491, 156414576]
GOLDEN_PACKS = {"random": "e91b1b93e0fa9e7e", "best-fit": "5f3efd540ad09214"}

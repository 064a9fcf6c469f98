"""Packs held out: never in a step, the same on every machine, and part of the data's name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from data_makers import write_shards
from hypothesis import given, settings
from hypothesis import strategies as st

from raymath.config import load
from raymath.data import shards
from raymath.data.feed import Feed
from raymath.data.heldout import HeldOut
from raymath.data.inspect import inspect
from raymath.errors import DataError
from raymath.runs import Run

LENGTHS = [int(n) for n in np.random.default_rng(4).integers(3, 60, 120)]
Make = Callable[..., Path]


@settings(deadline=None)
@given(packs=st.integers(2, 300), share=st.floats(0.01, 0.95), seed=st.integers(0, 9))
def test_the_others_are_numbered_without_a_gap(packs: int, share: float, seed: int) -> None:
    count = min(packs - 1, max(1, round(packs * share)))
    held = HeldOut(packs, count, seed)
    left = held.training(np.arange(packs - count))
    assert sorted([*left.tolist(), *held.packs.tolist()]) == list(range(packs))
    assert left.tolist() == sorted(left.tolist())


def test_no_step_takes_them_and_each_epoch_has_all_others(make_shards: Make) -> None:
    directory = make_shards(LENGTHS)
    whole = Feed.open(directory, batch=4, seed=2)
    feed = Feed.open(directory, batch=4, seed=2, held_out=7)
    assert (len(feed.held_out), feed.packs) == (7, whole.packs - 7)
    steps = range(-(-2 * feed.packs // 4))
    stream = [index for step in steps for index in feed.global_batch(step)]
    for epoch in (stream[: feed.packs], stream[feed.packs : 2 * feed.packs]):
        assert sorted([*epoch, *feed.held_out]) == list(range(whole.packs))
    assert Feed.open(directory, batch=9, seed=2, held_out=7).held_out == feed.held_out
    assert Feed.open(directory, batch=4, seed=3, held_out=7).held_out != feed.held_out
    assert len(Feed.open(directory, batch=4, seed=2, held_out=0.1).held_out) == round(whole.packs / 10)


def test_they_are_part_of_the_fingerprint(make_shards: Make) -> None:
    directory = make_shards(LENGTHS)
    before = Feed.open(directory, batch=4, seed=2, held_out=3).fingerprint
    assert before.endswith("held_out=3")
    assert "held_out" not in Feed.open(directory, batch=4, seed=2).fingerprint
    with pytest.raises(DataError, match="held_out was 3, is 4"):
        Feed.open(directory, batch=4, seed=2, held_out=4, expect=before)


def test_some_packs_have_to_be_left(make_shards: Make) -> None:
    with pytest.raises(DataError, match="holds out 9 packs, and the data has 1"):
        Feed.open(make_shards([5, 6]), batch=4, seed=2, held_out=9)


def test_what_is_repeated_in_training_does_not_count(make_shards: Make) -> None:
    directory = make_shards([60, 60, 60, 60])  # a pack each
    first = Feed.open(directory, batch=1, seed=0, held_out=2)
    kept, twin = (int(first.plan[index][0]) for index in first.held_out)
    trained = next(row for row in range(4) if row not in (kept, twin))
    (part,) = shards.parts(directory, "tokens")
    table = pq.read_table(part)
    ids = table["id"].to_pylist()
    ids[twin] = f"{ids[trained]}#2"
    pq.write_table(table.set_column(0, "id", [ids]), part)
    feed = Feed.open(directory, batch=1, seed=0, held_out=2)
    of_row = {int(feed.plan[index][0]): index for index in feed.held_out}
    assert feed.pack(of_row[twin]).loss_mask.any()
    assert not feed.unseen(of_row[twin]).loss_mask.any()
    assert np.array_equal(feed.unseen(of_row[kept]).loss_mask, feed.pack(of_row[kept]).loss_mask)


def test_span_is_the_length_that_a_token_lives_in(make_shards: Make) -> None:
    feed = Feed.open(make_shards([10, 40]), batch=1, seed=0)
    assert feed.span(0) == (10 * 10 + 40 * 40) / 50
    assert [sorted(ids) for ids in feed.examples([0])] == [["row-0", "row-1"]]


def test_inspect_shows_what_a_step_of_a_run_saw(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = Run.create(tmp_path, load(None, ["train.batch=2", "train.seed=5", "train.validation=3"]))
    feed = Feed.open(write_shards(run.path / "data", LENGTHS), batch=2, seed=5, held_out=3)
    run.finish("data", {})
    inspect(run.path, step=4)
    told = capsys.readouterr().out
    assert feed.batch_hash(4) in told
    for index, ids in zip(feed.global_batch(4), feed.examples(feed.global_batch(4)), strict=True):
        assert str(index) in told
        assert all(identity in told for identity in ids)

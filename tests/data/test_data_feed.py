"""The feed's contract: a function of step, whatever the ranks and restarts; every pack once an epoch."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from data_makers import write_shards
from hypothesis import given, settings
from hypothesis import strategies as st

from raymath.data import flat, shards
from raymath.data.feed import Feed
from raymath.data.packing import pack
from raymath.errors import DataError

LENGTHS = [int(n) for n in np.random.default_rng(4).integers(3, 60, 120)]
Make = Callable[..., Path]


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shards(tmp_path_factory.mktemp("feed"), LENGTHS)


@settings(max_examples=40, deadline=None)
@given(batch=st.integers(1, 150), seed=st.integers(0, 99))
def test_every_pack_once_an_epoch(directory: Path, batch: int, seed: int) -> None:
    feed = Feed.open(directory, batch=batch, seed=seed)
    steps = -(-3 * feed.packs // batch)
    stream = [index for step in range(steps) for index in feed.global_batch(step)]
    epochs = [stream[i * feed.packs : (i + 1) * feed.packs] for i in range(3)]
    assert all(sorted(epoch) == list(range(feed.packs)) for epoch in epochs)
    assert epochs[0] != epochs[1]


@settings(max_examples=25, deadline=None)
@given(world=st.integers(1, 7), stop=st.integers(0, 20))
def test_restart_and_world_size_change_nothing(directory: Path, world: int, stop: int) -> None:
    batch = 7
    whole = Feed.open(directory, batch=batch, seed=3)
    # Another process, that begins at `stop`, asked out of order by `world` ranks.
    again = Feed.open(directory, batch=batch, seed=3, expect=whole.fingerprint)
    for step in (stop + 2, stop, stop + 1):
        ranks = [again.global_batch(step)[rank::world] for rank in range(world)]
        assert sorted(i for own in ranks for i in own) == sorted(whole.global_batch(step))
        assert again.batch_hash(step) == whole.batch_hash(step)


def test_packs_hold_their_rows(directory: Path) -> None:
    feed = Feed.open(directory, batch=1, seed=0)
    seen: list[int] = []
    for index in range(feed.packs):
        pack = feed.pack(index)
        assert pack.input_ids.dtype == pack.loss_mask.dtype == pack.lengths.dtype == np.int64
        assert len(pack.input_ids) == len(pack.loss_mask) == pack.lengths.sum() <= 64
        expected = [row * 1000 + i for row in pack.rows.tolist() for i in range(LENGTHS[row])]
        assert pack.input_ids.tolist() == expected
        begins = np.cumsum(pack.lengths) - pack.lengths
        assert not pack.loss_mask[begins].any(), "an example's first token is never a target"
        seen += pack.rows.tolist()
    assert sorted(seen) == list(range(len(LENGTHS)))
    assert feed.tokens == sum(LENGTHS)
    assert feed.supervised == sum(int(feed.pack(i).loss_mask.sum()) for i in range(feed.packs))


def test_cut_rows_are_cut_and_counted(make_shards: Make) -> None:
    feed = Feed.open(make_shards([10, 100, 200], overlong="cut"), batch=1, seed=0)
    packs = [feed.pack(i) for i in range(feed.packs)]
    assert sorted(n for pack in packs for n in pack.lengths.tolist()) == [10, 64, 64]
    assert feed.plan.cut == 2
    assert feed.supervised == sum(int(pack.loss_mask.sum()) for pack in packs)


def test_what_is_returned_is_the_callers_own(directory: Path) -> None:
    feed = Feed.open(directory, batch=1, seed=0)
    pack = feed.pack(0)
    before = pack.input_ids.copy()
    pack.input_ids[:] = 0
    pack.rows[:] = 0
    assert np.array_equal(feed.pack(0).input_ids, before)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"seed": 8}, "order_seed was 7, is 8"),
        ({"batch": 5}, "batch was 4, is 5"),
        ({"context": 128}, "context was 64, is 128"),
        ({"lengths": [5, 7]}, "tokens was [0-9a-f]{16}, is [0-9a-f]{16}"),
    ],
)
def test_another_fingerprint_says_what_changed(make_shards: Make, change: dict, said: str) -> None:
    first = Feed.open(make_shards([5, 6], "a"), batch=4, seed=7)
    plan = {"context": change["context"]} if "context" in change else {}
    other = make_shards(change.get("lengths", [5, 6]), "b", **plan)
    with pytest.raises(DataError, match=said):
        Feed.open(other, batch=change.get("batch", 4), seed=change.get("seed", 7), expect=first.fingerprint)


def test_hash_names_the_data_not_its_place(make_shards: Make) -> None:
    one, two = (Feed.open(make_shards(LENGTHS, name), batch=3, seed=1) for name in "ab")
    other = Feed.open(make_shards([*LENGTHS[:-1], 59], "c"), batch=3, seed=1)
    assert one.fingerprint == two.fingerprint
    assert [one.batch_hash(s) for s in range(5)] == [two.batch_hash(s) for s in range(5)]
    assert len({one.batch_hash(s) for s in range(5)}) == 5
    assert one.batch_hash(0) != other.batch_hash(0)


def test_golden_batches(make_shards: Make) -> None:
    feed = Feed.open(make_shards(range(3, 53)), batch=4, seed=0)
    assert (feed.fingerprint, [feed.batch_hash(s) for s in (0, 1, 100)]) == GOLDEN


def test_the_plan_is_made_once(make_shards: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second to open finds it in a file; another plan of the same tokens is another file."""
    directory = make_shards(LENGTHS)
    first = Feed.open(directory, batch=3, seed=0)
    asked: list[int] = []
    monkeypatch.setattr("raymath.data.feed.pack", lambda *a, **k: asked.append(a[1]) or pack(*a, **k))
    assert Feed.open(directory, batch=3, seed=0).batch_hash(7) == first.batch_hash(7)
    assert not asked
    told = json.loads((directory / "manifest.json").read_text())
    told["plan"]["context"] = 128
    (directory / "manifest.json").write_text(json.dumps(told))
    assert Feed.open(directory, batch=3, seed=0).packs < first.packs
    assert asked == [128]


def test_flat_files_are_made_again(make_shards: Make, tmp_path: Path) -> None:
    directory = make_shards(LENGTHS)
    before = Feed.open(directory, batch=1, seed=0).pack(5)
    made = flat.flatten(directory)
    for file in made.iterdir():
        file.unlink()
    made.rmdir()
    assert np.array_equal(Feed.open(directory, batch=1, seed=0).pack(5).input_ids, before.input_ids)
    elsewhere = Feed.open(directory, batch=1, seed=0, cache=tmp_path / "cache")
    assert np.array_equal(elsewhere.pack(5).input_ids, before.input_ids)
    assert (tmp_path / "cache" / "flat").is_dir()


def test_changed_shards_are_found_out(make_shards: Make) -> None:
    directory, other = make_shards(LENGTHS, "a"), make_shards(LENGTHS[::-1], "b")
    (part,) = shards.parts(other, "tokens")
    part.replace(shards.parts(directory, "tokens")[0])
    with pytest.raises(DataError, match="build the data again"):
        Feed.open(directory, batch=1, seed=0)
    assert not list((directory / "flat").glob("*")), "no half-written files are left"


def test_unfinished_or_empty_data(make_shards: Make, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no manifest\.json"):
        Feed.open(tmp_path, batch=1, seed=0)
    with pytest.raises(DataError, match=r"2 examples, 2 of them longer than the context of 64"):
        Feed.open(make_shards([100, 200]), batch=1, seed=0)
    broken = make_shards([5], "broken")
    (broken / "manifest.json").write_text("{")
    with pytest.raises(DataError, match="not valid JSON"):
        Feed.open(broken, batch=1, seed=0)


def test_fingerprint_ignores_how_rows_were_split(make_shards: Make) -> None:
    directory = make_shards(LENGTHS)
    tables = [table for _, table in shards.groups(directory)]
    assert len(tables) > 3
    split = shards.Fingerprint()
    for table in tables:
        split.add(table)
    assert split.hexdigest() == json.loads((directory / "manifest.json").read_text())["fingerprint"]


GOLDEN = (
    "tokens=224fc1ecf515a7d2 context=64 packing=best-fit window=16 overlong=drop seed=0 planner=2 batch=4 order_seed=0",
    ["98907bca4d979a79", "e057b6389ff2a046", "d5cc09fcaf403bf7"],
)


def test_ranks_that_open_together_write_once(make_shards: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of ranks of a large run begin at the same moment: all but one wait for what one writes."""
    directory = make_shards([10 + n % 50 for n in range(300)])
    for made in directory.glob("flat/*"):
        shutil.rmtree(made)
    written: list[Path] = []
    write = flat._write

    def counted(source: Path, target: Path) -> str:
        written.append(target)
        time.sleep(0.2)
        return write(source, target)

    monkeypatch.setattr(flat, "_write", counted)
    with ThreadPoolExecutor(16) as ranks:
        feeds = list(ranks.map(lambda _: Feed.open(directory, batch=4, seed=0), range(16)))
    assert len(written) == 1
    assert len({feed.batch_hash(3) for feed in feeds}) == 1
    assert not [file for file in (directory / "flat").iterdir() if file.name.startswith(".")]

"""What is kept of a run: held-out loss, skipped steps, spikes, the record. None of it changes what is trained."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from raymath.data.feed import Feed
from raymath.errors import ConfigError, DataError
from raymath.runs import write_json
from raymath.train import engine, loop, metrics, observer, record, spikes
from raymath.train.job import Job
from raymath.train.loop import train
from raymath.train.spikes import Guard, SpikeError

MakeJob = Callable[..., Job]


def numbers(job: Job) -> list[tuple[int, float, float, str]]:
    return [(line.step, line.loss, line.gradient_norm, line.data) for line in metrics.read(job.metrics)]


def held_out_loss(job: Job, model: Any) -> float:
    """By torch alone: each held-out example by itself, mean over all their trained tokens."""
    feed = Feed.open(job.feed, batch=job.settings.batch, seed=0, held_out=job.settings.validation)
    total, count = 0.0, 0
    for index in feed.held_out:
        pack, end = feed.pack(index), 0
        for length in pack.lengths.tolist():
            begin, end = end, end + length
            ids, mask = (torch.from_numpy(part[begin:end]) for part in (pack.input_ids, pack.loss_mask))
            with torch.no_grad():
                logits = model(input_ids=ids[None], use_cache=False).logits[0, :-1]
            nll = torch.nn.functional.cross_entropy(logits, ids[1:], reduction="none")
            total, count = total + float(nll @ mask[1:].float()), count + int(mask[1:].sum())
    return total / count


def test_held_out_loss_is_right_and_changes_nothing(make_job: MakeJob, monkeypatch: pytest.MonkeyPatch) -> None:
    after: list[float] = []
    chosen: list[Job] = []
    monkeypatch.setattr(engine.Engine, "close", lambda self: after.append(held_out_loss(chosen[-1], self.model.module)))
    for name, every in (("often", 1), ("never", 3)):
        chosen.append(make_job(name, steps=3, validation=3, validate_every=every, micro_batch=2))
        train(chosen[-1])
    often, never = chosen
    assert numbers(often) == numbers(never)
    losses = [line.validation_loss for line in metrics.read(often.metrics)]
    assert len(set(losses)) == 3
    assert [line.validation_loss for line in metrics.read(never.metrics)] == [None, None, losses[-1]]
    assert losses[-1] == pytest.approx(after[0], abs=1e-5)
    # Resumed: the same numbers, and the held-out packs belong to the data's name.
    with pytest.raises(DataError, match="held_out was 3, is absent"):
        train(make_job("often", steps=4))


def test_a_skipped_step_is_seen_by_no_update(make_job: MakeJob) -> None:
    whole, without = make_job("whole"), make_job("without", skip_steps=[1])
    train(whole)
    train(without)
    (zero, _, two, three), (first, second, third) = numbers(whole), numbers(without)
    assert first == zero
    assert [second[0], second[3]] == [two[0], two[3]]
    assert [third[0], third[3]] == [three[0], three[3]]
    assert second[1] != two[1], "step 1 had no effect"
    told = record.read(Path(without.out))
    assert told is not None
    assert told["skipped"] == [{"step": 1, "data": numbers(whole)[1][3]}]
    assert told["end"]["how"] == "finished"


@pytest.fixture
def live(make_job: MakeJob) -> Iterator[tuple[Job, engine.Engine, Feed]]:
    job = make_job("run/train", spike=2.0)
    engine.join_group(gpu=False)
    one = engine.Engine(engine.load_model(job.model, job.settings), job.settings)
    yield job, one, Feed.open(job.feed, batch=4, seed=0)
    one.close()


def test_a_spike_stops_before_the_update_and_says_where_to_look(live: tuple[Job, engine.Engine, Feed]) -> None:
    job, one, feed = live
    run = Path(job.out).parent
    Path(job.out).mkdir(parents=True)
    write_json(run / "settings.json", {})
    guard = Guard(job, one, feed, [2.0] * (spikes.LEAST - 1))
    guard.loss(5, 90.0)  # too few to judge by
    guard.loss(6, 3.9)
    with pytest.raises(
        SpikeError, match=r"loss of step 7 is 4\.1, 2\.0 times the median of the 11 before \(2\)"
    ) as told:
        guard.loss(7, 4.1)
    assert f"raymath data inspect {run} --step 7" in told.value.fix
    assert f"raymath train {run} train.skip_steps=7" in told.value.fix
    left = json.loads((Path(job.out) / "bad-step-7.json").read_text())
    packs = feed.global_batch(7)
    assert [one["pack"] for one in left["packs"]] == list(packs)
    assert [tuple(one["examples"]) for one in left["packs"]] == feed.examples(packs)
    assert left["data"] == feed.batch_hash(7)
    assert all(4 < one["loss"] < 8 for one in left["packs"] if one["supervised_tokens"])


def test_without_a_limit_no_loss_is_a_spike(live: tuple[Job, engine.Engine, Feed]) -> None:
    job, one, feed = live
    calm = job.model_copy(update={"settings": job.settings.model_copy(update={"spike": None})})
    Guard(calm, one, feed, [1.0] * 50).loss(7, 1e9)


def test_a_resumed_run_judges_by_the_losses_before(make_job: MakeJob, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[list[float]] = []

    class Seen(Guard):
        def __init__(self, job: Job, one: engine.Engine, feed: Feed, recent: list[float]) -> None:
            given.append(list(recent))
            super().__init__(job, one, feed, recent)

    monkeypatch.setattr(observer, "Guard", Seen)
    train(make_job(steps=2))
    train(make_job(steps=3))
    lines = metrics.read(make_job().metrics)
    assert given == [[], [line.loss for line in lines[:2]]]


def test_the_record_says_what_a_run_was_made_with(make_job: MakeJob, monkeypatch: pytest.MonkeyPatch) -> None:
    first = make_job(steps=2)
    train(first)
    told = record.read(Path(first.out))
    assert told is not None
    assert told["settings"]["learning_rate"] == 1e-3
    assert told["data"]["fingerprint"].startswith("tokens=")
    assert told["seeds"] == {"order": 0, "packs": 0}
    assert {"raymath", "torch", "deepspeed"} <= set(told["versions"])
    assert told["git"] is None or len(told["git"]["revision"]) == 40
    assert told["hardware"]["workers"] == 1
    assert "bf16" not in told["hardware"]["mfu_relative_to"]
    assert [start["step"] for start in told["starts"]] == [0]
    # Gone on with, at another rate, and broken off.
    monkeypatch.setattr(loop, "_step", lambda *_: pytest.fail("broken off"))
    with pytest.raises(pytest.fail.Exception):
        train(make_job(steps=3, learning_rate=1e-4))
    told = record.read(Path(first.out))
    assert told is not None
    again = told["starts"][1]
    assert again["step"] == 2
    assert again["changed"] == {"settings.steps": [2, 3], "settings.learning_rate": [1e-3, 1e-4]}
    assert (told["end"]["steps"], told["end"]["how"]) == (2, "Failed")


def test_a_record_that_cannot_be_written_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out").write_text("a file, where the directory should be")
    record.RunRecord(tmp_path / "out", {}, 0).ended(1, "finished")
    assert "record.json not written" in capsys.readouterr().err


def test_a_tracker_that_is_not_installed_is_told_at_once(make_job: MakeJob, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"names mlflow, which is not installed.*pip install 'raymath\[mlflow\]'"):
        train(make_job(trackers=["mlflow"]))

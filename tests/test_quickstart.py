"""The whole recipe with a tiny model: stopped by Ctrl-C, gone on with, and nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest
from commands import left, start

from raymath import recipe, serving
from raymath.config import load
from raymath.errors import MachineError, UserError
from raymath.runs import Run

SMALL = [
    # A part of the sample: programs and all are checked elsewhere.
    'data.sources.sample.only={languages=["zh"], modes=["cot"]}',
    "train.steps=3",
    "train.batch=2",
    "data.context=1024",  # a byte a token: the sample's examples are longer than with a real tokenizer
    "serve.max_model_len=1024",
    "eval.max_tokens=16",
    "eval.benchmarks.sample.limit=3",
]


def until(condition: Callable[[], object], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


def test_an_evaluation_that_lost_samples_is_taken_up_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run.create(tmp_path, load(None, ['eval.models=["org/model"]']))
    done: list[str] = []
    lost = iter([2, 0])

    def do(run: Run, stage: str) -> None:
        done.append(stage)
        run.finish(stage, {"result": stage} | ({"unscored": next(lost)} if stage == "eval" else {}))

    monkeypatch.setattr(recipe, "_check", lambda *_: None)
    monkeypatch.setattr(recipe, "ray_session", lambda _: nullcontext())
    monkeypatch.setattr(recipe, "_do", do)
    for _ in range(3):
        assert recipe.advance(run, "report") == {"result": "report"}
    assert done == ["eval", "report"] * 2


@pytest.mark.parametrize(
    ("overrides", "until", "command"),
    [
        ([], "report", "quickstart --resume"),
        ([], "data", "data build"),
        ([], "train", "train"),
        (['eval.models=["org/model"]'], "report", "eval"),
    ],
)
def test_what_was_stopped_says_how_to_go_on(
    overrides: list[str],
    until: str,
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def stop(run: Run, stage: str) -> None:
        raise KeyboardInterrupt

    run = Run.create(tmp_path, load(None, overrides))
    for checks in ("_check", "_ready", "_evaluated"):
        monkeypatch.setattr(recipe, checks, lambda *_: None)
    monkeypatch.setattr(recipe, "ray_session", lambda _: nullcontext())
    monkeypatch.setattr(recipe, "_do", stop)
    with pytest.raises(KeyboardInterrupt):
        recipe.advance(run, until)
    assert f"raymath {command} {run.where}" in capsys.readouterr().err.replace("\n", "")


def test_a_run_is_served_as_it_was_trained(tmp_path: Path) -> None:
    trained = Run.create(tmp_path, load(None, ["model.name=org/a", "model.template=plain"]))
    other = Run.create(tmp_path, load(None, ["model.name=org/b"]))
    (trained.path / "model").mkdir()
    for name in (trained.path, trained.path / "model"):
        assert serving._as_trained(["org/hub", str(name)], load()).model == trained.settings.model
    said = load(None, ["model.template=alpaca"])
    assert serving._as_trained([str(trained.path)], said) == said
    assert serving._as_trained(["org/hub", str(tmp_path)], load()) == load()
    with pytest.raises(UserError, match=r"different models or templates. Serve them one by one"):
        serving._as_trained([str(trained.path), str(other.path)], load())


@pytest.mark.parametrize("precision", ["bf16", "fp32"])
def test_a_model_is_exported_as_it_was_trained(precision: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run.create(tmp_path, load(None, [f"train.precision={precision}"]))
    for stage in ("model", "train"):
        run.finish(stage, {"directory": "base"})
    asked: list[str] = []
    monkeypatch.setattr("raymath.train.export.export", lambda *_, dtype, **__: asked.append(dtype))
    recipe._export(run)
    assert asked == [precision]


def test_this_machine_is_not_checked_for_work_on_a_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = f"serve.port={taken.getsockname()[1]}"
        settings = load("quickstart", [port, "train.micro_batch=4000", "train.batch=4000"])
        monkeypatch.setenv("RAY_ADDRESS", "elsewhere:6379")
        recipe._check(settings, ["train", "eval"])
        monkeypatch.delenv("RAY_ADDRESS")
        for stage, message in (("eval", "cannot listen"), ("train", "free memory")):
            with pytest.raises(MachineError, match=message):
                recipe._check(settings, [stage])


@pytest.mark.timeout(900)
def test_ctrl_c_then_resume_gives_the_report(tmp_path: Path, tiny_model: Path) -> None:
    shared_memory = set(os.listdir("/dev/shm"))
    runs = tmp_path / "runs"
    first = start(tmp_path, "quickstart", "--runs", str(runs), f"model.name={tiny_model}", *SMALL)
    try:
        until(lambda: list(runs.glob("*/stages/data.json")) or first.poll() is not None, 300, "no data stage")
        until(lambda: list(runs.glob("*/train/logs/*")) or first.poll() is not None, 120, "no training")
        first.send_signal(signal.SIGINT)
        out, err = first.communicate(timeout=120)
    finally:
        first.kill()
    assert first.returncode == 130, err
    assert out == ""
    assert "Traceback" not in err
    (run,) = runs.iterdir()
    assert f"--resume {run}" in err.replace("\n", "")
    until(lambda: not left(tmp_path), 30, f"still running: {left(tmp_path)}")

    second = start(tmp_path, "quickstart", "--resume", str(run))
    try:
        out, err = second.communicate(timeout=600)
    finally:
        second.kill()
    assert second.returncode == 0, err
    assert "data: read, verify, mix, render: done before" in err
    assert out.splitlines()[-1] == str(run / "report.md")
    until(lambda: not left(tmp_path), 30, f"still running: {left(tmp_path)}")
    assert set(os.listdir("/dev/shm")) <= shared_memory

    report = (run / "report.md").read_text()
    for part in ("base | CoT | 3", "base | TIR | 3", "tuned | CoT | 3", "tuned | TIR | 3", "McNemar", "loss.png"):
        assert part in report.replace("| sample | ", "| ")
    assert (run / "train" / "loss.png").read_bytes().startswith(b"\x89PNG")
    lines = [json.loads(line) for line in (run / "train" / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [0, 1, 2]
    generations = [json.loads(line) for line in (run / "eval" / "generations.jsonl").read_text().splitlines()]
    assert len(generations) == 2 * 2 * 3
    assert {g["model"] for g in generations} == {"base", "tuned"}
    assert all(g["prompt"].endswith("<|im_start|>assistant\n") for g in generations)

    third = start(tmp_path, "quickstart", "--resume", str(run), "--json")
    out, err = third.communicate(timeout=60)
    assert third.returncode == 0, err
    assert json.loads(out)["result"] == str(run / "report.md")

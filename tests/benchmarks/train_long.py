"""The recipe's 500 steps made small, once undisturbed and once killed and moved to more workers on the way.

    python tests/benchmarks/train_long.py RUNS --layers 10       # half an hour on two cores; without, 50 minutes
    python tests/benchmarks/train_long.py RUNS --steps 12            # does it run?
    python tests/benchmarks/train_long.py RUNS --only compare        # both have run

SmolLM2-135M in bf16 on examples of GSM8K-train, MATH-train and the Chinese tool-integrated set (`$RAYMATH_DATA`, or
../shared/data), AdamW as in the paper, constant 5e-5; a step is small, so that 500 fit, and `--layers` takes only the
model's first so many (a stump, which has to learn to speak again). Both runs go through the `raymath` command at the
same time, a thread a worker:

- RUNS/undisturbed: one worker from first to last step;
- RUNS/disturbed: its worker is killed (SIGKILL) at three tenths of the steps; at six tenths the command is stopped
  (SIGTERM), and the run goes on with two workers and ZeRO 2.

Exit status 1 unless both saw the same packs at every step, the losses until the change of workers are the same to the
last bit, and those after it differ by at most `CLOSE`. RUNS/train_long.png shows both.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from raymath.train import metrics
from raymath.train.record import read

KILLED, MOVED = 0.3, 0.6
#: Largest difference of losses after the change of workers: sums of bf16 gradients in another order.
CLOSE = 0.02
_RAYMATH = [str(Path(sys.executable).with_name("raymath"))]


def settings(steps: int, batch: int, context: int) -> list[str]:
    """What differs from jobs/configs/quickstart-data.toml."""
    train = {
        "steps": steps, "batch": batch, "max_minutes": 600, "cpus_per_worker": 1, "learning_rate": 5e-5,
        "warmup_steps": 0, "checkpoint_every": max(1, steps // 12),
    }  # fmt: skip
    return [f"data.context={context}", *(f"train.{key}={value}" for key, value in train.items())]


def stump(layers: int, directory: Path) -> Path:
    """SmolLM2-135M with its first layers alone."""
    from transformers import AutoModelForCausalLM

    from raymath.models import embedded, load_tokenizer

    model = AutoModelForCausalLM.from_pretrained(embedded())
    model.model.layers = model.model.layers[:layers]
    model.config.num_hidden_layers = layers
    model.config.layer_types = None
    model.save_pretrained(directory)
    load_tokenizer(str(embedded())).save_pretrained(directory)
    return directory


def start(run: Path, *given: str) -> subprocess.Popen[bytes]:
    """`raymath train RUN …`, what it says in RUN/said.log."""
    with (run / "said.log").open("ab") as log:
        return subprocess.Popen([*_RAYMATH, "train", str(run), *given], stdout=log, stderr=log)


def finish(process: subprocess.Popen[bytes], wanted: int = 0) -> None:
    if process.wait() != wanted:
        sys.exit(f"{process.args} ended with {process.returncode}, not {wanted}: see said.log in its run")


def reach(run: Path, process: subprocess.Popen[bytes], step: int) -> None:
    """Wait until the run has done this step."""
    while not any(line.step >= step for line in metrics.read(run / "train" / "metrics.jsonl")):
        if process.poll() is not None:
            sys.exit(f"{run} ended with {process.returncode} before step {step}: see its said.log")
        time.sleep(0.5)


def disturb(run: Path, steps: int) -> None:
    """Train with a kill, an interruption, and more workers."""
    process = start(run)
    reach(run, process, int(KILLED * steps))
    (worker,) = (
        one
        for one in psutil.Process(process.pid).children(recursive=True)
        if any("RayTrainWorker" in word for word in one.cmdline())
    )
    worker.kill()
    reach(run, process, int(MOVED * steps))
    process.send_signal(signal.SIGTERM)  # what is started in the background of a shell may be deaf to Ctrl-C
    finish(process, 130)
    finish(start(run, "train.workers=2", "train.zero_stage=2"))


def compare(runs: Path) -> int:
    """Say how the two runs differ, and draw them."""
    starts = (read(runs / "disturbed" / "train") or {})["starts"]
    (moved,) = (start["step"] for start in starts if "settings.workers" in start.get("changed", {}))
    ours, theirs = (metrics.read(runs / name / "train" / "metrics.jsonl") for name in ("disturbed", "undisturbed"))
    assert [line.step for line in ours] == [line.step for line in theirs] == list(range(len(ours)))
    # The first step of two workers is where the losses part.
    pairs = list(zip(ours, theirs, strict=True))
    same = next((one.step for one, other in pairs if one.loss != other.loss), len(pairs))
    apart = max((abs(one.loss - other.loss) for one, other in pairs), default=0.0)
    packs = sum(one.data == other.data for one, other in pairs)
    print(f"{packs} of {len(pairs)} steps with the same packs; losses identical before step {same} (workers changed at "
          f"{moved}), at most {apart:.2g} apart after it")  # fmt: skip
    draw(runs, [line.loss for line in theirs], [line.loss for line in ours], moved)
    return int(packs < len(pairs) or same < moved or apart > CLOSE)


def draw(runs: Path, undisturbed: list[float], disturbed: list[float], moved: int) -> None:
    """Both curves, averaged over 15 steps, and their difference step by step."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    steps = len(undisturbed)
    figure = Figure(figsize=(8, 4.6), layout="constrained")
    FigureCanvasAgg(figure)
    loss, apart = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    for label, values, style in (
        ("undisturbed, 1 worker", undisturbed, {"color": "#bbbbbb", "linewidth": 5}),
        ("killed, stopped, then 2 workers with ZeRO 2", disturbed, {"color": "#1f5fa8", "linewidth": 1.4}),
    ):
        near = [values[max(0, at - 7) : at + 8] for at in range(steps)]
        loss.plot(range(steps), [sum(some) / len(some) for some in near], label=label, **style)
    differences = [mine - theirs for mine, theirs in zip(disturbed, undisturbed, strict=True)]
    apart.plot(range(steps), differences, color="#1f5fa8", linewidth=0.8)
    for step, what in ((int(KILLED * steps), "worker killed"), (moved, "stopped; 2 workers from here")):
        for axes in (loss, apart):
            axes.axvline(step, color="#aa3333", linewidth=0.8, linestyle=":")
        loss.annotate(what, (step, 0.97), xycoords=("data", "axes fraction"), xytext=(4, 0),
                      textcoords="offset points", va="top", fontsize=8, color="#aa3333")  # fmt: skip
    loss.set_ylabel("loss, mean of 15 steps")
    loss.legend(frameon=False, loc="lower left", fontsize=8)
    apart.set_ylabel("difference")
    apart.set_xlabel("step")
    figure.savefig(runs / "train_long.png", dpi=110)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path)
    parser.add_argument("--data", type=Path, default=os.environ.get("RAYMATH_DATA"))
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--context", type=int, default=256)
    parser.add_argument("--layers", type=int, help="of the model; all where not given")
    parser.add_argument("--only", choices=("compare",))
    args = parser.parse_args()
    runs: Path = args.runs.absolute()
    if args.only is None:
        data = args.data or Path(__file__).parents[3] / "shared" / "data"
        build = [*_RAYMATH, "data", "build", "--config", "quickstart-data", "--runs", str(runs / "built")]
        given = [f"data.root={data}", *settings(args.steps, args.batch, args.context)]
        if args.layers:
            given.append(f"model.name={stump(args.layers, runs / 'model')}")
        subprocess.run([*build, *given], check=True)
        (built,) = (runs / "built").iterdir()
        for name in ("undisturbed", "disturbed"):
            shutil.copytree(built, runs / name)
        began = time.monotonic()
        whole = start(runs / "undisturbed")
        disturb(runs / "disturbed", args.steps)
        finish(whole)
        print(f"{args.steps} steps of {args.batch} × {args.context} tokens, twice: {time.monotonic() - began:.0f} s")
    return compare(runs)


if __name__ == "__main__":
    sys.exit(main())

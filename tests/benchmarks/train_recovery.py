"""How long a run stands still when a worker dies: from the kill to the end of the next step, by parts.

    python tests/benchmarks/train_recovery.py --repeat 3

Two workers train a tiny Llama on a local Ray of this process; worker 1 is killed (SIGKILL) between two checkpoints.
Exit status 1 where the median is over 30 s. The parts are read from the workers' own log lines and the step file.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "faults")]

TARGET_S = 30.0
_STARTED = re.compile(r"^(.+): worker (\d) of 2 on ", re.MULTILINE)


def measure(model: Path, feed: Path, out: Path) -> dict[str, float]:
    """Seconds of one kill: until Ray Train decides, until the new workers begin, until the next step is done."""
    from drills import Drill

    from raymath.records import from_line
    from raymath.session import ray_session
    from raymath.train.failures import Restart
    from raymath.train.run import train

    usual = {"steps": 10_000, "batch": 4, "precision": "fp32", "checkpoint_every": 20, "workers": 2, "max_minutes": 60}
    drill = Drill(model, feed, out, usual)
    found: dict[str, float] = {}

    def kill() -> None:
        drill.reach(50)
        known = len(drill.numbers())
        victim = drill.workers()[-1]
        killed = time.time()
        victim.kill()
        logs = out / "logs"
        while not (logs / "restarts.jsonl").exists():
            time.sleep(0.01)
        decided = from_line(Restart, (logs / "restarts.jsonl").read_text().splitlines()[0]).at
        while any(len(_STARTED.findall((logs / f"worker-{rank}.log").read_text())) < 2 for rank in (0, 1)):
            time.sleep(0.01)
        began = time.time()
        # The file is cut back to the checkpoint when the new rank 0 opens it, and grows again with the next step.
        while len(drill.numbers()) >= known:
            time.sleep(0.005)
        cut = len(drill.numbers())
        while len(drill.numbers()) <= cut:
            time.sleep(0.005)
        stepped = time.time()
        found.update(
            noticed=decided - killed,
            workers_started=began - decided,
            first_step=stepped - began,
            total=stepped - killed,
        )
        (out / "stop-here").touch()

    settings = drill.all_settings()
    threading.Thread(target=kill, daemon=True).start()

    def until(_done: int, _total: int, _detail: str) -> None:
        if (out / "stop-here").exists():
            raise KeyboardInterrupt

    try:
        with ray_session(settings.cluster):
            train(settings, model, feed, out, progress=until)
    except KeyboardInterrupt:
        pass
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--one", type=Path, nargs=3, metavar=("MODEL", "FEED", "OUT"), help="one kill, as JSON")
    chosen = parser.parse_args()
    if chosen.one:
        print(json.dumps(measure(*chosen.one)))
        return 0
    from conftest import tiny_model
    from train.conftest import write_feed

    runs = []
    with tempfile.TemporaryDirectory() as home:
        here = Path(home)
        factory = type("Factory", (), {"mktemp": staticmethod(lambda name: _made(here / name))})
        model = tiny_model.__wrapped__(factory)
        feed = write_feed(_made(here / "feed"))
        for number in range(chosen.repeat):
            # A process for each: Ray reads the token of its cluster once.
            one = [sys.executable, __file__, "--one", str(model), str(feed), str(here / f"run-{number}" / "train")]
            said = subprocess.run(one, stdout=subprocess.PIPE, text=True, check=True).stdout
            runs.append(json.loads(said.splitlines()[-1]))
            print({name: round(seconds, 1) for name, seconds in runs[-1].items()}, flush=True)
    median = statistics.median(run["total"] for run in runs)
    print(f"median {median:.1f} s, target {TARGET_S:.0f} s")
    return int(median > TARGET_S)


def _made(directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    return directory


if __name__ == "__main__":
    sys.exit(main())

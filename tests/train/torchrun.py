"""A job in real processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from raymath.train.job import Job


def torchrun(job: Job, ranks: int) -> None:
    """Run a job in so many processes of one thread each."""
    done = subprocess.run(
        command(job, ranks), env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]


def command(job: Job, ranks: int) -> list[str]:
    """What `torchrun` starts."""
    out = Path(job.out)
    out.mkdir(parents=True, exist_ok=True)
    (out / "job.json").write_text(job.model_dump_json())
    start = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(ranks)]
    return [*start, "-m", "raymath.train.loop", str(out / "job.json")]

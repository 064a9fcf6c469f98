"""A job's ranks as real processes that are forked from one that has imported everything: a start takes no seconds."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from raymath.train import engine, saving
from raymath.train.job import Job
from raymath.train.loop import train

# In the server that forks, as in every rank: not for a single one of them to wait for.
engine._deepspeed(gpu=False)


@dataclass(frozen=True)
class Death:
    """A process ends at its n-th change of the file system below `roots`, or so many seconds after that."""

    roots: tuple[str, ...]
    changes: int
    delay: float = 0.0


def start(job: Job, ranks: int = 1, *, disks: tuple[Path, ...] = (), death: Death | None = None) -> list[BaseProcess]:
    """Start a job on so many ranks; on machines of their own, where each is given a directory for a disk."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["forked"])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = []
    for rank in range(ranks):
        own = job.model_copy(update={"out": str(disks[rank] / Path(job.out).name)}) if disks else job
        Path(own.out).mkdir(parents=True, exist_ok=True)
        arguments = (own, rank, 0 if disks else rank, ranks, port, death)
        started.append(context.Process(target=_rank, args=arguments, daemon=True))
    for process in started:
        process.start()
    return started


def run(job: Job, ranks: int = 1, *, disks: tuple[Path, ...] = (), failing: bool = False) -> str:
    """Run a job on so many ranks to its end, and give back what they printed."""
    processes = start(job, ranks, disks=disks)
    for process in processes:
        process.join(500)
    outs = [(disks[rank] if disks else Path(job.out).parent) / Path(job.out).name for rank in range(ranks)]
    printed = "".join((out / f"rank-{rank}.log").read_text() for rank, out in enumerate(outs))
    assert all((process.exitcode == 0) is not failing for process in processes), printed[-3000:]
    return printed


def _rank(job: Job, rank: int, local: int, ranks: int, port: int, death: Death | None) -> None:
    os.environ.update(
        RANK=str(rank), LOCAL_RANK=str(local), WORLD_SIZE=str(ranks), MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port)
    )
    if death is not None:
        sys.addaudithook(_killer(death))
    with (Path(job.out) / f"rank-{rank}.log").open("ab") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    # What a slow shared disk would need is not waited for here.
    saving._VISIBLE_S = 0.5
    code = 0
    try:
        train(job)
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stderr.flush()
    # The test process' own exit handlers are not this one's.
    os._exit(code)


def _killer(death: Death) -> Callable[[str, tuple[Any, ...]], None]:
    """An audit hook: it hears of every file that Python opens, moves or removes."""
    seen = itertools.count(1)

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event not in ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir") or not args:
            return
        if event == "open" and not isinstance(args[1], str):
            return
        if not str(args[0]).startswith(death.roots) or next(seen) != death.changes:
            return
        if death.delay:
            signal.setitimer(signal.ITIMER_REAL, death.delay)  # SIGALRM ends a process as SIGKILL does
        else:
            os.kill(os.getpid(), signal.SIGKILL)

    return hook

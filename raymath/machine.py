"""What this machine can, and has left: its processor, memory and ports, and how much memory a run took at its peak."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from raymath.errors import MachineError

_GROUP = Path("/sys/fs/cgroup")


def computes_bf16(processor: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether this machine's processor has instructions for bf16.

    Without them a product of matrices in bf16 takes many times what it takes in float32, as everything is converted
    there and back.
    """
    try:
        lines = processor.read_text().splitlines()
    except OSError:
        return False
    # x86 calls them flags, ARM features.
    has = {word for line in lines if line.startswith(("flags", "Features")) for word in line.split()}
    return bool(has & {"avx512_bf16", "amx_bf16", "bf16"})


def free_gib() -> float:
    """GiB this process may still use: the machine's free memory, or what its control group leaves of its limit."""
    import psutil

    free = float(psutil.virtual_memory().available)
    try:
        limit = (_GROUP / "memory.max").read_text().strip()
        if limit != "max":
            free = min(free, float(limit) - float((_GROUP / "memory.current").read_text()))
    except (OSError, ValueError):
        pass  # no control group of version 2: the machine's own figure stands
    return free / 2**30


def require_memory(gibibytes: float, what: str) -> None:
    """Raise `MachineError` where less memory is free than `what` needs."""
    free = free_gib()
    if free < gibibytes:
        raise MachineError(
            f"{what} needs about {gibibytes:.1f} GiB of free memory, and {free:.1f} GiB are free",
            "stop other programs, use a smaller model or data.context, or a larger machine",
        )


def free_address(host: str, port: int) -> tuple[str, int]:
    """The address to listen at, with a free port in place of port 0.

    Raises:
        MachineError: something listens there already, or the host is not this machine's.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise MachineError(
                f"cannot listen on {host}:{port}: {error.strerror}",
                "stop what uses that port, or choose another: serve.port=8001 (0 takes a free one)",
            ) from None
        return host, int(probe.getsockname()[1])


class Peak:
    """The largest sum seen, GiB."""

    gib = 0.0


@contextmanager
def watch_memory(every_s: float = 2.0) -> Iterator[Peak]:
    """Sample the memory of this process and all its descendants while the block runs.

    The sum is of proportional set sizes, so a page shared by ten processes counts once.
    """
    peak = Peak()
    done = threading.Event()

    def sample() -> None:
        while not done.wait(every_s):
            peak.gib = max(peak.gib, _tree_gib())

    thread = threading.Thread(target=sample, name="memory-watch", daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        done.set()
        thread.join()


def _tree_gib() -> float:
    import psutil

    me = psutil.Process()
    total = 0
    for process in (me, *me.children(recursive=True)):
        try:
            total += process.memory_full_info().pss
        except psutil.Error:
            continue  # it ended meanwhile
    return total / 2**30

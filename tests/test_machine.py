"""What the machine has left, and what is said where it is not enough."""

import socket
import time
from pathlib import Path

import pytest

from raymath import machine
from raymath.errors import MachineError


def test_a_port_in_use_is_said_with_what_to_do() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(MachineError, match=f"127.0.0.1:{port}.*serve.port"):
            machine.free_address("127.0.0.1", port)
    assert machine.free_address("127.0.0.1", 0)[1] > 0


def test_memory_is_asked_for_before_it_is_needed() -> None:
    free = machine.free_gib()
    assert free > 0
    machine.require_memory(free / 2, "half of it")
    with pytest.raises(MachineError, match=r"all of it needs about .* GiB are free"):
        machine.require_memory(free * 2, "all of it")


def test_the_peak_holds_what_was_used() -> None:
    with machine.watch_memory(every_s=0.02) as peak:
        block = bytearray(300 * 2**20)
        for at in range(0, len(block), 4096):
            block[at] = 1
        deadline = time.monotonic() + 20
        while peak.gib < 0.29 and time.monotonic() < deadline:
            time.sleep(0.02)
    assert peak.gib > 0.29


@pytest.mark.parametrize(
    ("said", "can"),
    [
        ("processor\t: 0\nflags\t\t: fpu avx2 avx512f avx512_bf16 lahf_lm\n", True),
        ("flags\t\t: fpu avx2 avx512f\nflags\t\t: fpu avx2 avx512f\n", False),
        ("Features\t: fp asimd bf16 i8mm\n", True),
        ("model name\t: made for bf16\n", False),
        (None, False),
    ],
)
def test_a_processor_says_whether_it_computes_in_bf16(said: str | None, can: bool, tmp_path: Path) -> None:
    if said is not None:
        (tmp_path / "cpuinfo").write_text(said)
    assert machine.computes_bf16(tmp_path / "cpuinfo") is can

"""The pool on a real Ray: order of calls, bounds, a worker that is lost, cancellation, closing."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import psutil
import pytest
import ray

from raymath.config import SandboxSettings
from raymath.records import Program
from raymath.sandbox.pool import SandboxPool

pytestmark = pytest.mark.usefixtures("local_ray")
HANG = Program(code="import time\ntime.sleep(500)", timeout_s=600, id="hang")


def with_pool(work: Callable[[SandboxPool], Awaitable[None]], supervisors: int = 1, parallel: int = 2) -> None:
    async def main() -> None:
        pool = SandboxPool(SandboxSettings(parallel=parallel), supervisors=supervisors)
        try:
            await work(pool)
        finally:
            pool.close()

    asyncio.run(main())


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """No zygote, and no program, outlives the pool."""
    before = sandbox_processes()
    yield
    # Looks are counted, not seconds: a machine that stands still for a while gives its processes no time to end.
    for _ in range(400):
        if not sandbox_processes() - before:
            return
        time.sleep(0.05)
    raise AssertionError("\n".join(map(state, sandbox_processes() - before)))


def state(pid: int) -> str:
    """What keeps a process and its parent from ending: of each of their threads, what it does and waits for."""
    told = []
    for one in (pid, *(parent.pid for parent in psutil.Process(pid).parents()[:1])):
        for task in sorted(Path(f"/proc/{one}/task").iterdir()):
            with contextlib.suppress(OSError):
                files = ("stat", "wchan", "stack", "syscall")
                told.append(f"{one}/{task.name}: " + "; ".join((task / name).read_text().strip() for name in files))
    return "\n".join(told)


def sandbox_processes() -> set[int]:
    """Nurseries, zygotes and programs below the Ray that this test started."""
    found = set()
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "from raymath.sandbox.zygote import nursery" in " ".join(process.cmdline()):
                found.add(process.pid)
    return found


def test_programs_run_with_their_own_settings() -> None:
    async def work(pool: SandboxPool) -> None:
        programs = [Program(code=f"print(x + {n})", replay=("x = 1",), id=str(n)) for n in range(8)]
        done = await asyncio.gather(*map(pool.run, programs))
        assert [(one.id, one.status, one.stdout) for one in done] == [(str(n), "ok", f"{n + 1}\n") for n in range(8)]
        assert (await pool.run(Program(code="while True: pass", timeout_s=0.3))).status == "timeout"
        assert (await pool.run(Program(code="1 + 1"), show_last=True)).stdout == "2\n"

    with_pool(work, supervisors=2)


def test_what_a_lost_supervisor_had_is_run_once_more() -> None:
    async def work(pool: SandboxPool) -> None:
        slow = Program(code="import time\ntime.sleep(4)\nprint('done')", timeout_s=30, id="slow")
        running = [asyncio.create_task(pool.run(slow)) for _ in range(2)]
        await asyncio.sleep(2)
        ray.kill(pool._slots[0].actor)
        assert [one.stdout for one in await asyncio.gather(*running)] == ["done\n"] * 2
        hanging = [asyncio.create_task(pool.run(HANG)) for _ in range(2)]
        for _ in range(2):
            await asyncio.sleep(3)
            ray.kill(pool._slots[0].actor)
        lost = await asyncio.gather(*hanging)
        assert [one.status for one in lost] == ["infra", "infra"]
        assert lost[0].id == "hang"
        assert lost[0].error is not None
        assert "lost" in lost[0].error.message
        assert (await pool.run(Program(code="print(2)"))).stdout == "2\n"

    with_pool(work)


def test_cancelling_ends_the_program() -> None:
    async def work(pool: SandboxPool) -> None:
        await pool.run(Program(code="pass"))
        before = sandbox_processes()
        hanging = [asyncio.create_task(pool.run(HANG)) for _ in range(2)]
        while len(sandbox_processes() - before) < 2:
            await asyncio.sleep(0.05)
        assert (await pool.run(Program(code="print(3)"))).stdout == "3\n"  # the long ones have stepped aside
        for task in hanging:
            task.cancel()
        deadline = time.monotonic() + 20
        while sandbox_processes() - before and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        assert not sandbox_processes() - before

    with_pool(work)


def test_many_calls_wait_their_turn() -> None:
    async def work(pool: SandboxPool) -> None:
        done = await asyncio.gather(*(pool.run(Program(code=f"print({n})")) for n in range(1500)))
        assert [one.stdout for one in done] == [f"{n}\n" for n in range(1500)]

    with_pool(work)


def test_a_closed_pool_answers_infrastructure() -> None:
    async def work(pool: SandboxPool) -> None:
        hanging = asyncio.create_task(pool.run(HANG))
        await asyncio.sleep(1)
        pool.close()
        assert (await hanging).status == "infra"
        assert (await pool.run(Program(code="print(1)"))).status == "infra"

    with_pool(work)

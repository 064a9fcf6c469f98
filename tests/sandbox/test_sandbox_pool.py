"""The pool on a real Ray: order of calls, bounds, a worker that is lost, cancellation, closing."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import psutil
import pytest

from raymath.config import SandboxSettings
from raymath.records import Program
from raymath.sandbox.pool import SandboxPool

pytestmark = pytest.mark.usefixtures("local_ray")
HANG = Program(code="import time\ntime.sleep(500)", timeout_s=600, id="hang")


def with_pool(work: Callable[[SandboxPool], Awaitable[None]], workers: int = 1, parallel: int = 2) -> None:
    async def main() -> None:
        pool = SandboxPool(SandboxSettings(parallel=parallel), workers=workers)
        try:
            await work(pool)
        finally:
            pool.close()

    asyncio.run(main())


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """No program, and no folder of one, outlives the pool."""
    yield
    deadline = time.monotonic() + 20
    while (programs_alive() or folders()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not programs_alive()
    assert not folders()


def folders() -> list[str]:
    """Working folders of programs whose warden has gone."""
    found = Path(tempfile.gettempdir()).glob("raymath-[0-9]*-*")
    return [p.name for p in found if not psutil.pid_exists(int(p.name.split("-")[1]))]


def programs_alive() -> set[int]:
    """Programs below the Ray that this test started."""
    found = set()
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "/raymath-" in process.cwd():
                found.add(process.pid)
    return found


def test_programs_run_with_their_own_settings() -> None:
    async def work(pool: SandboxPool) -> None:
        programs = [Program(code=f"print(x + {n})", replay=("x = 1",), id=str(n)) for n in range(8)]
        done = await asyncio.gather(*map(pool.run, programs))
        assert [(one.id, one.status, one.stdout) for one in done] == [(str(n), "ok", f"{n + 1}\n") for n in range(8)]
        assert (await pool.run(Program(code="while True: pass", timeout_s=0.3))).status == "timeout"
        assert (await pool.run(Program(code="1 + 1"), show_last=True)).stdout == "2\n"

    with_pool(work, workers=2)


def test_a_lost_worker_is_infrastructure_and_is_replaced() -> None:
    async def work(pool: SandboxPool) -> None:
        assert (await pool.run(Program(code="print(1)"))).status == "ok"
        hanging = [asyncio.create_task(pool.run(HANG)) for _ in range(2)]
        await asyncio.sleep(2)
        import ray

        ray.kill(pool._slots[0].actor)
        lost = await asyncio.gather(*hanging)
        assert [one.status for one in lost] == ["infra", "infra"]
        assert lost[0].id == "hang"
        assert lost[0].error is not None
        assert "lost" in lost[0].error.message
        assert (await pool.run(Program(code="print(2)"))).stdout == "2\n"

    with_pool(work)


def test_cancelling_frees_the_place() -> None:
    async def work(pool: SandboxPool) -> None:
        await pool.run(Program(code="pass"))
        before = programs_alive()
        hanging = [asyncio.create_task(pool.run(HANG)) for _ in range(2)]
        while len(programs_alive() - before) < 2:
            await asyncio.sleep(0.05)
        waiting = asyncio.create_task(pool.run(Program(code="print(3)")))
        await asyncio.sleep(0.3)
        assert not waiting.done()  # both places are taken
        for task in hanging:
            task.cancel()
        assert (await waiting).stdout == "3\n"
        deadline = time.monotonic() + 20
        while programs_alive() - before and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        assert not programs_alive() - before

    with_pool(work)


def test_a_closed_pool_answers_infrastructure() -> None:
    async def work(pool: SandboxPool) -> None:
        hanging = asyncio.create_task(pool.run(HANG))
        await asyncio.sleep(1)
        pool.close()
        assert (await hanging).status == "infra"
        assert (await pool.run(Program(code="print(1)"))).status == "infra"

    with_pool(work)

"""Equality: the adjudicated pairs, hostile answers, and every place it may be called from."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest
from hostile_answers import HOSTILE
from hypothesis import given, settings
from hypothesis import strategies as st

from raymath.errors import MachineError
from raymath.eval import equal, equal_all
from raymath.eval.equality import _decide_symbolically, decide
from raymath.eval.latex import published, tidy
from raymath.eval.numbers import whole
from raymath.eval.structure import strict
from raymath.eval.workers import Pool
from raymath.ordered import in_order

# Adjudicated by hand, with the reason for each strict verdict; `deepseek`, where it is given, is what the published
# code says.
PAIRS = [json.loads(line) for line in (Path(__file__).parent / "equality_pairs.jsonl").read_text("utf-8").splitlines()]


def test_there_are_enough_pairs_of_every_kind() -> None:
    assert len(PAIRS) >= 400
    assert len({(pair["prediction"], pair["gold"]) for pair in PAIRS}) == len(PAIRS)
    assert all(pair["reason"] for pair in PAIRS)
    assert {pair["strict"] for pair in PAIRS} == {True, False}


@pytest.mark.parametrize("mode", ["strict", "deepseek"])
def test_adjudicated_pairs(mode: str) -> None:
    def verdict(pair: dict[str, Any]) -> bool:
        a, b = pair["prediction"], pair["gold"]
        if mode == "strict":
            forth, back = equal(a, b), equal(b, a)
            assert forth == back, f"{a!r} = {b!r} depends on which comes first"
            return forth
        return equal(published(a), published(b), mode="deepseek")

    pairs = [pair for pair in PAIRS if mode in pair]
    wrong = [
        f"{pair['prediction']!r} = {pair['gold']!r} should be {pair[mode]} ({pair['reason']})"
        for pair, said in zip(pairs, in_order(verdict, pairs), strict=True)
        if said != pair[mode]
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("mode", ["strict", "deepseek"])
@pytest.mark.parametrize("hostile", HOSTILE, ids=[text[:20].encode("unicode_escape").decode() for text in HOSTILE])
def test_a_hostile_answer_is_wrong_and_the_next_comparison_works(hostile: str, mode: Any, tmp_path: Path) -> None:
    # Another number than any gold: each of these values is huge, code, or not a number at all.
    assert not decide(hostile, "17", mode, deadline_s=1.0).equal
    assert equal("\\sqrt{8}", "2\\sqrt{2}", mode=mode)
    assert not Path("hostile-was-here").exists()


def test_a_comparison_is_ended_at_its_deadline() -> None:
    pool = Pool(1)
    try:
        assert pool.decide("strict", "2", "\\sqrt{4}", 5.0).equal
        (first,) = pool._alive
        decision = pool.decide("strict", "x", "10**10**10", 0.5)
        assert (decision.equal, decision.failure) == (False, "over the time limit")
        assert first._process.poll() is not None
        assert pool.decide("strict", "2", "\\sqrt{4}", 5.0).equal
    finally:
        pool.close()


def test_a_killed_worker_is_replaced() -> None:
    pool = Pool(1)
    try:
        assert pool.decide("strict", "2", "\\sqrt{4}", 5.0).equal
        (worker,) = pool._alive
        worker._process.kill()
        worker._process.wait()
        assert pool.decide("strict", "2", "\\sqrt{4}", 5.0).equal
    finally:
        pool.close()


def test_where_no_worker_starts_nothing_is_wrong_and_nothing_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = Pool(1)
    monkeypatch.setattr("raymath.eval.equality.shared", lambda: pool)
    try:
        with monkeypatch.context() as broken:
            broken.setattr(sys, "executable", "/bin/false")
            with pytest.raises(MachineError, match="does not start"):
                equal("\\sqrt{98}", "7\\sqrt{2}")
        assert equal("\\sqrt{98}", "7\\sqrt{2}")
    finally:
        pool.close()


def test_threads() -> None:
    def work(n: int) -> tuple[bool, bool]:
        return equal(f"\\sqrt{{{n * n * 2}}}", f"{n}\\sqrt{{2}}"), equal(f"\\sqrt{{{n}}}", f"{n}\\sqrt{{2}}")

    assert threading.current_thread() is threading.main_thread()
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(work, range(3, 40))) == {(True, False)}


def test_async_code() -> None:
    async def main() -> list[bool]:
        pairs = [(f"{n}x+x", f"{n + 1}x") for n in range(2, 12)]
        return await asyncio.gather(*(asyncio.to_thread(equal, a, b) for a, b in pairs))

    assert all(asyncio.run(main()))


def test_inside_a_ray_actor(local_ray: None) -> None:
    import ray

    @ray.remote(num_cpus=0.1)
    class Grader:
        def both(self) -> tuple[bool, bool]:
            return equal("\\sqrt{8}", "2\\sqrt{2}"), equal("\\sqrt{8}", "3\\sqrt{2}")

    @ray.remote(num_cpus=0.1)
    class AsyncGrader:
        async def both(self) -> tuple[bool, bool]:
            return equal("\\sqrt{8}", "2\\sqrt{2}"), equal("\\sqrt{8}", "3\\sqrt{2}")

    for actor in (Grader, AsyncGrader):
        assert ray.get(actor.remote().both.remote(), timeout=120) == (True, False)


def test_a_forked_child_does_not_use_its_parents_workers() -> None:
    script = """
import os, warnings
warnings.simplefilter("ignore")
from raymath.eval import equal, equal_all
assert equal("\\\\sqrt{8}", "2\\\\sqrt{2}")
child = os.fork()
if child == 0:
    os._exit(0 if equal("\\\\sqrt{18}", "3\\\\sqrt{2}") and not equal("\\\\sqrt{18}", "2\\\\sqrt{2}") else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert equal("\\\\sqrt{32}", "4\\\\sqrt{2}")
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)


def test_no_worker_outlives_its_parent() -> None:
    script = (
        "from raymath.eval import equal; assert equal('\\\\sqrt{8}', '2\\\\sqrt{2}'); print('up', flush=True); input()"
    )
    for finish in ("exit", "kill"):
        parent = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"up\n"
        workers = psutil.Process(parent.pid).children(recursive=True)
        assert workers
        if finish == "kill":
            parent.kill()
        parent.communicate(b"\n", timeout=60)
        _, alive = psutil.wait_procs(workers, timeout=30)
        assert not alive


def test_plain_comparisons_start_no_process() -> None:
    script = """
import psutil, sys
from raymath.eval import equal, grade
assert equal("1,000", "1000.0") and not equal("18", "19") and equal("\\\\frac12", "0.5") and equal("Evelyn", "evelyn")
assert equal("(1,2]", "(1, 2]") and not equal("(1,2]", "(1,2)") and equal("x^2+1", "x^2 + 1")
assert grade("so \\\\boxed{\\\\frac{1}{2}}.", "\\\\dfrac{1}{2}").correct
assert not psutil.Process().children() and "sympy" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


numbers = st.fractions(-(10**6), 10**6, max_denominator=10**4)


@settings(deadline=None)
@given(numbers, numbers)
def test_strict_on_fractions_is_exact(a: Any, b: Any) -> None:
    assert equal(f"{a.numerator}/{a.denominator}", f"\\frac{{{b.numerator}}}{{{b.denominator}}}") == (a == b)


@settings(deadline=None)
@given(st.integers(), st.integers())
def test_strict_on_integers_is_exact(a: int, b: int) -> None:
    assert equal(f"{a:,}", str(b)) == (a == b)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_tidy_and_published_take_any_text(text: str) -> None:
    tidy(text)
    published(text)


def test_many_equal_questions_cost_one() -> None:
    # A model that is stuck repeats its hostile answer: the deadline is paid once.
    answer = "3+10**10**10"
    decide(answer, "x+3", "strict", deadline_s=0.5)
    before = _decide_symbolically.cache_info().hits
    for _ in range(50):
        assert decide(answer, "x+3", "strict", deadline_s=0.5).failure == "over the time limit"
    assert _decide_symbolically.cache_info().hits == before + 50


SPELLINGS = st.builds(
    lambda before, digits, after: before + digits + after,
    st.sampled_from(["", "-", "$", "\\$", "-\\$", "+", " "]),
    st.sampled_from(["0", "7", "18", "018", "1800", "1,800", "18,00", "12,345,678", "１８", "9" * 30]),
    st.sampled_from(["", ".", ".0", ".00", ".5", "%", "\\%", " ", "\n", "$"]),
)


@given(SPELLINGS, SPELLINGS)
@settings(max_examples=1000, deadline=None)
def test_what_is_read_at_once_is_what_the_whole_rules_say(a: str, b: str) -> None:
    x, y = whole(a), whole(b)
    if x is not None and y is not None:
        assert (x == y) == strict(a, b, lambda *_: False)
    if a == b:
        assert equal(a, b) == strict(a, b, lambda *_: False)


def test_many_pairs_are_as_each_of_them() -> None:
    pairs = [(pair["prediction"], pair["gold"]) for pair in PAIRS[::3]]
    assert list(equal_all(pairs)) == [pair["strict"] for pair in PAIRS[::3]]
    numbers = [(str(n), str(n % 7)) for n in range(5000)]
    assert list(equal_all(numbers, mode="strict")) == [a == b for a, b in numbers]
    assert list(equal_all([("75", "7500"), ("75", "7501")], mode="deepseek")) == [True, False]

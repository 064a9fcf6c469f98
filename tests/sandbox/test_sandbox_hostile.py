"""Hostile programs against the sandbox: at every level of isolation, beside harmless ones, and where nothing holds.

The programs and what has to come of them are in `hostile.py`. Here each is run at this machine's level, all of them at
the levels below it, and some beside seven harmless ones. After all that nothing is left of them. That the checks can
fail is shown twice: with forged Executions, and by running the programs that are safe to run unheld in a sandbox that
holds nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hostile import BRIEF, HARMLESS, HOSTILE, MARK, SECRET, Hostile, Traces, complaints, program, run_all

import raymath
from raymath import sandbox
from raymath.records import Execution, ProgramError

#: Levels below the machine's own, each with what is left out to show it.
LOWER = {"strong": "namespaces", "basic": "landlock,namespaces"}
NOTHING = "seccomp,landlock,namespaces"
ORDER = ("full", "strong", "basic")


@pytest.fixture(scope="module")
def traces() -> Iterator[Traces]:
    """What was there before the first program; the sandbox is started with a secret in its caller's environment."""
    sandbox.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAYMATH_HOSTILE_SECRET", SECRET)
        yield Traces.at_rest()


@pytest.fixture(scope="module")
def level(traces: Traces) -> str:
    """The isolation that this machine grants."""
    found = sandbox.isolation_level()
    if found == "none":
        pytest.skip("nothing on this machine can hold a program")
    return found


def elsewhere(cases: Sequence[Hostile], without: str, folder: Path, *options: str) -> dict[str, Any]:
    """Run cases in a process whose sandbox leaves some primitives out; `hostile.main` says what comes back."""
    given = {
        **os.environ,
        "RAYMATH_SANDBOX_WITHOUT": without,
        "PYTHONPATH": str(Path(raymath.__file__).parents[1]),
        "TMPDIR": str(folder),
    }
    names = "".join(f"{case.name}\n" for case in cases)
    script = str(Path(__file__).with_name("hostile.py"))
    done = subprocess.run(
        [sys.executable, script, *options],
        input=names,
        env=given,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    report: dict[str, Any] = json.loads(done.stdout)
    report["executions"] = {name: Execution(**one) for name, one in report["executions"].items()}
    assert set(report["executions"]) == {case.name for case in cases}
    return report


def failures(report: dict[str, Any], cases: Sequence[Hostile], level: str | None) -> dict[str, list[str]]:
    """The cases whose expectation was not met, with what was wrong."""
    checked = {case.name: complaints(case, report["executions"][case.name], level) for case in cases}
    return {name: wrong for name, wrong in checked.items() if wrong}


# At this machine's level.


@pytest.fixture(scope="module")
def executions(level: str) -> dict[str, Execution]:
    """What came of each case that makes its point here. All in one batch: those that hang do so side by side."""
    cases = [case for case in HOSTILE if case.shows_at(level)]
    return {case.name: done for case, done in zip(cases, run_all(cases), strict=True)}


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case.name)
def test_it_is_held(case: Hostile, level: str, executions: dict[str, Execution]) -> None:
    if case.name not in executions:
        pytest.skip(f"needs {' and '.join(case.needs)}")
    done = executions[case.name]
    wrong = complaints(case, done, level)
    assert not wrong, f"{'; '.join(wrong)}. What it would show: {case.harm}. {done}"


@pytest.mark.parametrize("harmless", HARMLESS, ids=lambda harmless: harmless.name)
def test_a_harmless_program_is_right_after_all_that(harmless: Any, level: str) -> None:
    done = sandbox.run(harmless.code, replay=harmless.replay)
    assert (done.status, done.stdout, done.stderr, done.error) == ("ok", harmless.stdout, "", None)


def test_nothing_is_left_of_them(traces: Traces, level: str) -> None:
    """Neither a process, a descriptor nor a file, and the processes that ran them are still the first ones."""
    assert Traces.settled(traces) == traces
    sandbox.close()
    assert Traces.ended() == frozenset()
    assert sandbox.run("print(6 * 7)").stdout == "42\n"


# At the levels below.


@pytest.mark.parametrize("lower", ["strong", pytest.param("basic", marks=pytest.mark.slow)])
def test_they_are_held_at_a_lower_level(lower: str, level: str, tmp_path: Path) -> None:
    if ORDER.index(lower) <= ORDER.index(level):
        pytest.skip(f"the level is {level} already")
    cases = [case for case in HOSTILE if case.shows_at(lower)]
    report = elsewhere(cases, LOWER[lower], tmp_path)
    assert report["level"] == lower
    assert failures(report, cases, lower) == {}
    assert report["harmless"] == [harmless.stdout for harmless in HARMLESS]
    left = {name: report[name] for name in ("lost", "left", "descriptors", "files", "closed")}
    assert left == {"lost": [], "left": [], "descriptors": 0, "files": [], "closed": []}
    assert list(tmp_path.iterdir()) == []


# Beside harmless ones.


def disturbs(case: Hostile, at: int) -> list[str]:
    """Run a case with seven harmless programs at the same time; the names of those that went wrong."""
    neighbours = [HARMLESS[(7 * at + n) % len(HARMLESS)] for n in range(7)]
    programs = [*(neighbour.program() for neighbour in neighbours[:3]), program(case)]
    programs += [neighbour.program() for neighbour in neighbours[3:]]
    limits = {name: case.arguments[name] for name in ("memory_mb", "output_bytes") if name in case.arguments}
    done = list(sandbox.run_batch(programs, parallel=len(programs), **limits))
    del done[3]
    pairs = zip(neighbours, done, strict=True)
    return [f"{n.name}: {one}" for n, one in pairs if (one.status, one.stdout, one.stderr) != ("ok", n.stdout, "")]


BESIDE = [(at, case) for at, case in enumerate(HOSTILE) if not case.before and "show_last" not in case.arguments]
SAMPLE = BESIDE[::20]


@pytest.mark.parametrize(("at", "case"), SAMPLE, ids=[case.name for _, case in SAMPLE])
def test_neighbours_do_not_notice(at: int, case: Hostile, level: str) -> None:
    assert disturbs(case, at) == []


@pytest.mark.slow
@pytest.mark.parametrize(("at", "case"), BESIDE, ids=[case.name for _, case in BESIDE])
def test_no_neighbour_notices(at: int, case: Hostile, level: str) -> None:
    assert disturbs(case, at) == []


# Where nothing holds.


def test_the_checks_fail_where_nothing_holds(tmp_path: Path) -> None:
    """Each program that is safe to let loose does its harm in a weakened sandbox, and its check says so."""
    cases = [case for case in HOSTILE if case.safe_unconfined and case.shows_at("none")]
    assert len(cases) >= 25
    try:
        report = elsewhere(cases, NOTHING, tmp_path, "--allow-unisolated")
    finally:
        for folder in ("/tmp", "/var/tmp", str(tmp_path)):
            for file in Path(folder).glob(f"{MARK}*"):
                file.unlink(missing_ok=True)
    assert report["level"] == "none"
    assert {one.isolation for one in report["executions"].values()} == {"none"}
    # What could not be run would fail the checks as well, and show nothing.
    assert [one for one in report["executions"].values() if one.status == "infra"] == []
    noticed = failures(report, cases, None)
    unnoticed = {case.name: report["executions"][case.name] for case in cases if case.name not in noticed}
    assert unnoticed == {}
    assert report["closed"] == []


REFUSED = """
from raymath.errors import MachineError
from raymath.records import Program
from raymath.sandbox import run, run_batch
for act in (lambda: run("print(1)"), lambda: list(run_batch([Program(code="print(1)")]))):
    try:
        print("ran", act())
    except MachineError as error:
        print("refused:", str(error).partition("\\n")[0])
"""


def test_without_a_filter_nothing_runs() -> None:
    given = dict(os.environ)
    given |= {"RAYMATH_SANDBOX_WITHOUT": "seccomp", "PYTHONPATH": str(Path(raymath.__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", REFUSED], env=given, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    said = [line for line in done.stdout.splitlines() if line.startswith(("ran", "refused:"))]
    assert [line.split()[0] for line in said] == ["refused:", "refused:"], done.stdout


# The table and the check themselves.


def test_the_table_is_whole() -> None:
    names = [case.name for case in HOSTILE]
    assert len(set(names)) == len(names) >= 150
    assert len(HARMLESS) >= 25
    assert all(case.harm for case in HOSTILE)
    # Where the program prints what it got, an "ok" alone must not be enough.
    assert [case.name for case in HOSTILE if "got:" in case.code and case.stdout is None] == []
    assert {need for case in HOSTILE for need in case.needs} <= {"imports", "landlock", "namespaces", "x86_64"}


HELD = Hostile("forged", "print('held')", ("ok",), "held\n", harm="has it")
ENDED = Hostile("forged", "1/0", ("error",), "", "ZeroDivisionError", says="by zero", harm="has it", arguments=BRIEF)
FINE = Execution(status="ok", stdout="held\n", isolation="full")
RAISED = ProgramError(type="ZeroDivisionError", message="division by zero", traceback="")
ERROR = Execution(status="error", error=RAISED, isolation="full")


def test_the_check_accepts_what_was_expected() -> None:
    assert complaints(HELD, FINE, "full") == []
    assert complaints(ENDED, ERROR, "full") == []
    assert complaints(Hostile("x", "", ("ok", "killed"), ("a", "held\n")), FINE) == []


@pytest.mark.parametrize(
    ("case", "sound", "change", "says"),
    [
        (HELD, FINE, {"status": "infra"}, "status infra"),
        (HELD, FINE, {"status": "timeout", "seconds": 10}, "status timeout"),
        (HELD, FINE, {"stdout": "got: 3\n"}, "stdout 'got: 3"),
        (HELD, FINE, {"stdout": "held\nheld\n"}, "stdout"),
        (HELD, FINE, {"stdout": ""}, "stdout"),
        (HELD, FINE, {"isolation": "strong"}, "isolation strong"),
        (HELD, FINE, {"isolation": "none"}, "isolation none"),
        (HELD, FINE, {"error": RAISED}, "with error"),
        (HELD, FINE, {"truncated": True}, "truncated is True"),
        (HELD, FINE, {"stderr": "x" * 70_000}, "more output"),
        (ENDED, ERROR, {"status": "ok"}, "status ok"),
        (ENDED, ERROR, {"status": "killed"}, "status killed"),
        (ENDED, ERROR, {"error": None}, "with error None"),
        (ENDED, ERROR, {"error": RAISED.model_copy(update={"type": "OSError"})}, "error OSError"),
        (ENDED, ERROR, {"error": RAISED.model_copy(update={"message": "?"})}, "does not say"),
        (ENDED, ERROR, {"stdout": "x"}, "stdout 'x'"),
        (ENDED, ERROR, {"status": "timeout", "error": None, "seconds": 0.2}, "timeout after 0.2"),
    ],
)
def test_the_check_finds_what_was_not(case: Hostile, sound: Execution, change: dict[str, Any], says: str) -> None:
    found = complaints(case, sound.model_copy(update=change), "full")
    assert any(says in line for line in found), found

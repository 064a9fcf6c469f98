"""`raymath eval SWEEP.toml` as a user runs it, on a model behind an endpoint: answers, costs, more samples."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from rollout.endpoints import completion, endpoint

from raymath.rollout.store import read

QUESTIONS = [{"id": str(n), "question": f"What is {n} + {n}?", "answer": str(2 * n)} for n in range(4)]


def raymath(*args: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "raymath.cli", "eval", *args]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=300)


def finished(*args: str, cwd: Path) -> Path:
    """The run of a command that worked."""
    done = raymath(*args, cwd=cwd)
    assert done.returncode == 0, done.stderr
    (page,) = done.stdout.splitlines()
    return Path(page).parent


def answer(body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Adds by a program where it is asked for one, then says what the program printed."""
    last = body["messages"][-1]["content"]
    if last.startswith("```output"):
        return 200, completion(f"So \\boxed{{{last.split()[1]}}}.", "stop")
    n = last.split()[2]
    text = f"```python\nprint({n} + {n})\n```" if "programs" in last else f"It is \\boxed{{{n}}}."
    return 200, completion(text, "stop")


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    (tmp_path / "sums.jsonl").write_text("".join(json.dumps(row) + "\n" for row in QUESTIONS))
    file = tmp_path / "sweep.toml"
    file.write_text(
        'name = "closed"\n'
        "[eval]\n"
        "max_tokens = 64\n"
        "[eval.models.closed]\n"
        'model = "theirs-1"\n'
        'preset = "GPT-4"\n'
        'api_key_env = "THEIR_KEY"\n'
        "completion_price = 1e6\n"
        "[eval.benchmarks]\n"
        'sums = "sums.jsonl"\n'
    )
    return file


def test_a_closed_model_from_one_file(sweep: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THEIR_KEY", "secret-of-theirs")
    with endpoint(answer) as (url, got):
        there = f"eval.models.closed.endpoint={url}"
        run = finished(str(sweep), there, cwd=tmp_path)
        assert Counter(body["model"] for body in got) == {"theirs-1": 4 + 2 * 4}
        first = (run / "eval" / "generations.jsonl").read_bytes()
        kept = list(read(run / "eval" / "generations.jsonl"))
        assert {one.key for one in kept} == {
            ("closed", "sums", mode, row["id"], 0) for mode in ("cot", "tir") for row in QUESTIONS
        }
        assert {one.mode: one.cost for one in kept} == {"cot": 6.0, "tir": 12.0}
        scores = [json.loads(line) for line in (run / "eval" / "scores.jsonl").read_text().splitlines()]
        assert sum(one["correct"] for one in scores if one["mode"] == "tir") == 4
        assert sum(one["correct"] for one in scores if one["mode"] == "cot") == 1
        page = (run / "report.md").read_text()
        assert f"| endpoint of closed | `{url}` |" in page
        for cost in ("| 24.00 |", "| 48.00 |"):
            assert cost in page

        # The file asks for one more benchmark.
        more = sweep.with_name("more.toml")
        more.write_text(
            f"{sweep.read_text()}sampled = {{ adapter = 'jsonl', path = 'sums.jsonl', limit = 2, samples = 2 }}\n"
        )
        asked = len(got)
        assert finished(str(more), there, "--resume", str(run), cwd=tmp_path) == run
        assert len(got) - asked == 2 * 2 + 2 * 2 * 2
        whole = (run / "eval" / "generations.jsonl").read_bytes()
        assert whole.startswith(first)
        assert "| sampled |" in (run / "report.md").read_text()
        # And once more has nothing to ask.
        assert finished(str(more), there, "--resume", str(run), cwd=tmp_path) == run
        assert len(got) - asked == 12
        assert (run / "eval" / "generations.jsonl").read_bytes() == whole
    for file in run.rglob("*"):
        assert file.is_dir() or b"secret-of-theirs" not in file.read_bytes()


def test_other_terms_and_a_spent_budget_are_said(sweep: Path, tmp_path: Path) -> None:
    with endpoint(answer) as (url, got):
        there = f"eval.models.closed.endpoint={url}"
        done = raymath(str(sweep), there, "eval.models.closed.budget=20", "eval.concurrency=1", cwd=tmp_path)
        assert done.returncode == 1
        assert "the answers have cost 24.00, and the budget is 20" in done.stderr.replace("\n", " ")
        assert len(got) == 4
        (run,) = (tmp_path / "runs").iterdir()
        done = raymath(str(sweep), there, "eval.max_tokens=32", "--resume", str(run), cwd=tmp_path)
        assert done.returncode == 2
        assert "max_tokens is 32 now, and was 64 for the answers" in done.stderr.replace("\n", " ")
        done = raymath("eval.max_tokens=32", "--resume", str(run), cwd=tmp_path)
        assert "give the whole file" in done.stderr.replace("\n", " ").lower()
        assert len(got) == 4

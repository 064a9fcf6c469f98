"""`raymath serve` and `raymath annotate` as a user runs them: a process of their own, a tiny model, Ctrl-C."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import httpx
import pytest
from commands import left, start

SMALL = ["serve.port=0", "serve.max_model_len=512", "serve.kv_cache_gb=0.25", "serve.cpus_per_replica=0.5"]


@pytest.mark.timeout(300)
def test_serve_answers_until_it_is_stopped(tmp_path: Path, tiny_model: Path) -> None:
    server = start(tmp_path, "serve", str(tiny_model), *SMALL)
    try:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        assert url.endswith("/v1"), server.communicate(timeout=60)[1]
        models = [model["id"] for model in httpx.get(f"{url}/models", timeout=60).json()["data"]]
        assert {tiny_model.name, f"{tiny_model.name}:tir"} <= set(models)
        for name in models:
            asked = {"model": name, "messages": [{"role": "user", "content": "1 + 1?"}], "max_tokens": 8}
            answer = httpx.post(f"{url}/chat/completions", json=asked, timeout=120)
            assert answer.status_code == 200, answer.text
            assert answer.json()["choices"][0]["message"]["role"] == "assistant"
        server.send_signal(signal.SIGINT)
        _, err = server.communicate(timeout=120)
    finally:
        server.kill()
    assert server.returncode == 130, err
    assert "Traceback" not in err
    assert not left(tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_annotate_asks_a_teacher_that_it_serves(tmp_path: Path, tiny_model: Path) -> None:
    rows = [{"id": f"q{n}", "question": f"What is {n} + 1?", "solution": "?", "answer": str(n + 1)} for n in (1, 2)]
    (tmp_path / "mine.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    config = tmp_path / "annotate.toml"
    config.write_text(
        f'[data]\nroot = "{tmp_path}"\n[data.sources.mine]\nadapter = "jsonl"\npath = "mine.jsonl"\n'
        f'[annotate]\nteacher = "{tiny_model}"\nsamples = 2\nmax_tokens = 16\n'
    )
    runs = ["--config", str(config), "--runs", str(tmp_path / "runs"), "--json"]
    first = start(tmp_path, "annotate", *runs, *SMALL)
    out, err = first.communicate(timeout=240)
    assert first.returncode == 0, err
    summary = json.loads(out)
    # Random weights solve nothing; what counts is that each sample was asked, judged and written down.
    assert summary["counts"] == [
        {"source": "mine", "level": "", "problems": 2, "samples": 4, "right": 0, "kept": 0, "solved": 0}
    ]
    assert sum(summary["not_kept"]["mine"].values()) == 4
    (run,) = (tmp_path / "runs").iterdir()
    lines = (run / "annotate" / "generations.jsonl").read_text().splitlines()
    assert len({(line["item"], line["sample"]) for line in map(json.loads, lines)}) == 4
    assert not left(tmp_path)

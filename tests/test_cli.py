"""The command line as a user meets it: messages, exit codes, JSON lines. Each call is a real process."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from raymath.config import load
from raymath.runs import Run

ROOT = Path(__file__).parents[1]


def raymath(*args: str, stdin: str = "", cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "raymath.cli", *args]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, cwd=cwd, timeout=300)


def refused(done: subprocess.CompletedProcess[str], *parts: str) -> None:
    """One clear message, no result, no stack trace."""
    assert done.returncode not in (0, 70), done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    for part in parts:
        assert part in done.stderr.replace("\n", " "), done.stderr


def test_version_and_help() -> None:
    assert raymath("--version").stdout.startswith("raymath ")
    for command in (["quickstart"], ["data", "build"], ["train"], ["export"], ["serve"], ["eval"], ["grade"]):
        done = raymath(*command, "--help")
        assert done.returncode == 0
        assert "Usage: raymath " + " ".join(command) in done.stdout


def test_unknown_key_names_the_nearest() -> None:
    refused(raymath("quickstart", "train.stepz=3"), "train.stepz", "train.steps")


def test_debug_shows_the_trace() -> None:
    assert "Traceback" in raymath("train", "--config", "nowhere.toml", "--debug").stderr


def test_a_run_that_is_none(tmp_path: Path) -> None:
    refused(raymath("quickstart", "--resume", str(tmp_path)), "is not a run")
    refused(raymath("train"), "neither a run nor a configuration")
    refused(raymath("export", str(tmp_path / "none")), "is not a run")


def test_missing_data_file_is_named(tmp_path: Path) -> None:
    done = raymath("quickstart", "--data", str(tmp_path), "--runs", str(tmp_path / "runs"))
    refused(done, "gsm8k_train.jsonl.gz")
    assert not list((tmp_path / "runs").glob("*/data/manifest.json"))


def test_model_directory_without_a_tokenizer(tmp_path: Path, tiny_model: Path) -> None:
    broken = tmp_path / "model"
    shutil.copytree(tiny_model, broken)
    (broken / "tokenizer.json").unlink()
    refused(raymath("quickstart", f"model.name={broken}", "--runs", str(tmp_path)), str(broken), "tokenizer")
    shutil.copy(tiny_model / "tokenizer.json", broken)
    (broken / "model.safetensors").rename(broken / "pytorch_model.bin")
    refused(raymath("quickstart", f"model.name={broken}", "--runs", str(tmp_path)), "pickled", "safetensors")


def test_port_in_use(tmp_path: Path, tiny_model: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused(raymath("serve", str(tiny_model), f"serve.port={port}"), str(port), "serve.port=")


def test_serve_wants_models_and_each_name_once(tmp_path: Path, tiny_model: Path) -> None:
    refused(raymath("serve", "serve.port=0"), "no model was named")
    again = shutil.copytree(tiny_model, tmp_path / tiny_model.name)
    refused(raymath("serve", str(tiny_model), str(again)), f"called '{tiny_model.name}'", "one by one")


def test_too_little_memory(tmp_path: Path) -> None:
    done = raymath("quickstart", "train.micro_batch=4000", "train.batch=4000", "--runs", str(tmp_path))
    refused(done, "memory", "GiB are free")


@pytest.mark.parametrize("name", ["quickstart", "quickstart-data", "deepseekmath-7b"])
def test_plan_starts_nothing(name: str, tmp_path: Path) -> None:
    done = raymath("train", "--config", name, "--plan", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []
    for word in ("resources", "tokens", "epochs", "memory", "time"):
        assert word in done.stdout


def test_plan_for_other_gpus() -> None:
    few = raymath("train", "--config", "deepseekmath-7b", "--plan", "--gpus", "8").stdout
    many = raymath("train", "--config", "deepseekmath-7b", "--plan", "--gpus", "64", "--device", "A100").stdout
    assert "8 × H100" in few
    assert "64 × A100" in many
    assert 'data.boundaries = "block"  *' in few
    assert "train.learning_rate = 5e-05\n" in few
    refused(raymath("train", "--config", "quickstart", "--plan", "--gpus", "8"), "train.batch = 4", "multiple")
    one = raymath("train", "--config", "deepseekmath-7b", "--plan", "--gpus", "1", "--device", "A100")
    assert one.returncode == 5
    assert "DOES NOT FIT" in one.stdout
    assert "an A100 has 75 GiB" in one.stderr.replace("\n", " ")
    assert 'Set train.offload = "optimizer"' in one.stderr.replace("\n", " ")
    refused(raymath("export", "RUN", "--public"), "--public is for --push")
    for option in (["--gpus", "8"], ["--device", "A100"]):
        refused(raymath("train", "--config", "quickstart", *option), "are for --plan", "Set train.workers")


def test_plan_of_a_run_is_of_its_settings_and_data(tmp_path: Path) -> None:
    run = Run.create(tmp_path, load("deepseekmath-7b", ["train.steps=7"]))
    done = raymath("train", str(run.path), "--plan")
    assert "plan of deepseekmath-7b" in done.stdout, done.stderr
    assert "7 steps" in done.stdout
    run.finish("data", {"packing": {"packs": 500, "tokens": 2_000_000}})
    assert "the mix has 2,000,000 tokens" in raymath("train", str(run.path), "--plan").stdout
    refused(raymath("train", str(run.path), "train.steps=8", "--plan"), "settings of its own")


def test_doctor_says_what_there_is() -> None:
    checks = {c["name"]: c for c in json.loads(raymath("doctor", "--json").stdout)}
    assert {"python", "packages", "vllm", "memory", "sandbox", "embedded model"} <= set(checks)
    assert all(c["fix"] for c in checks.values() if c["state"] != "ok")
    assert checks["python"]["state"] == "ok"


def test_sandbox_run_answers_every_line_in_order() -> None:
    rows = [
        json.dumps({"id": "a", "code": "print(6 * 7)", "tag": [1]}),
        "not json",
        json.dumps({"id": "b", "code": "1/0"}),
        json.dumps({"id": "c"}),
        json.dumps({"id": "d", "code": "while True: pass", "timeout_s": 0.5}),
    ]
    done = raymath("sandbox", "run", "-", stdin="\n".join(rows) + "\n")
    assert done.returncode == 1
    assert "2 of the input's rows" in done.stderr
    out = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["status"] for row in out][0::2] == ["ok", "error", "timeout"]
    assert len(out) == len(rows)
    assert (out[0]["stdout"], out[0]["id"], out[0]["tag"]) == ("42\n", "a", [1])
    assert out[2]["error"]["type"] == "ZeroDivisionError"
    assert not any("code" in row for row in out)


def test_grade_answers_every_line_in_order() -> None:
    rows = [
        json.dumps({"response": "So the answer is \\boxed{1/2}.", "answer": "0.5"}),
        "{",
        json.dumps({"prediction": "7", "answer": "8", "benchmark": "GSM8K"}),
    ]
    done = raymath("grade", "-", stdin="\n".join(rows) + "\n")
    assert done.returncode == 1
    assert "1 of the input's rows" in done.stderr
    out = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["correct"] for row in out] == [True, False, False]
    assert all(isinstance(row["correct_strict"], bool) for row in out)


def test_missing_input_file(tmp_path: Path) -> None:
    refused(raymath("grade", str(tmp_path / "none.jsonl")), "none.jsonl")
    refused(raymath("sandbox", "run", str(tmp_path / "none.jsonl")), "none.jsonl")


def test_an_output_that_cannot_be_is_said_before_anything_is_lost(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"response": "7", "answer": "7"}\n')
    link = tmp_path / "link.jsonl"
    link.symlink_to(rows)
    for out in (rows, link):
        refused(raymath("grade", str(rows), "--out", str(out)), "is the input itself", "another file")
    refused(raymath("grade", str(rows), "--out", str(tmp_path / "none" / "out.jsonl")), "cannot write", "exists")
    assert rows.read_text().count("\n") == 1
    assert raymath("grade", str(rows), "--out", str(tmp_path / "out.jsonl")).returncode == 0
    assert json.loads((tmp_path / "out.jsonl").read_text())["correct"] is True


def test_scripts_are_valid_bash() -> None:
    for script in [*ROOT.glob("jobs/*.sh"), *ROOT.glob("tests/*.sh"), *ROOT.glob("cluster/*.sh"), ROOT / ".ci/run"]:
        assert subprocess.run(["bash", "-n", script], check=False).returncode == 0, script
        assert os.access(script, os.X_OK), script

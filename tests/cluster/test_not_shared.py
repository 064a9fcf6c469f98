"""Nodes that share no disk: a run in a directory is refused by name, one at a URI is the run it would have been."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from s3_servers import bucket
from started import Nodes, environment

from raymath.data import shards
from raymath.errors import MachineError
from raymath.runs import Run
from raymath.train import metrics

SETTINGS = [
    "model.template=chat", "data.context=512", "train.steps=6", "train.batch=4", "train.precision=fp32",
    "train.checkpoint_every=2", "train.workers=2", "train.cpus_per_worker=1", "train.learning_rate=1e-3",
]  # fmt: skip


def finished(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    out, err = process.communicate(timeout=900)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_nodes_that_share_no_disk(
    tmp_path: Path, tiny_model: Path, s3_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode:
        pytest.skip("no right to make a mount namespace here")
    disk = tmp_path / "disk"
    disk.mkdir()
    shutil.copytree(tiny_model, tmp_path / "model")  # stands for what each node's image has
    settings = ["--config", "quickstart", f"model.name={tmp_path / 'model'}", *SETTINGS]
    plain = environment(RAYMATH_CACHE=str(disk / "cache"))
    store = bucket(s3_server, "all")
    with Nodes(plain) as nodes:
        nodes.head()
        for _ in range(2):
            nodes.worker(disk=disk)
        nodes.ready(cpus=2)
        refused = finished(nodes.raymath("data", "build", *settings, "--runs", str(disk / "runs")))
        assert refused.returncode == MachineError.code, refused.stderr
        assert "is not shared: node " in refused.stderr
        assert refused.stderr.count("(") >= 2, "both nodes are named"
        assert "--runs s3://bucket/runs" in refused.stderr

        trained = finished(nodes.raymath("train", *settings, "--runs", store))
        assert trained.returncode == 0, trained.stderr
    assert "private-words" not in trained.stderr + trained.stdout
    result = trained.stdout.strip()
    assert result.startswith("s3://bucket/all/run/quickstart-")
    where, _, options = result.partition("?")
    monkeypatch.setenv("RAYMATH_CACHE", str(tmp_path / "elsewhere"))
    run = Run.open(f"{where.removesuffix('/train')}?{options}")
    assert run.done("train")["steps"] == 6

    command = [sys.executable, "-m", "raymath.cli", "train", *settings, "--runs", str(tmp_path / "runs")]
    here = subprocess.run(command, env=plain, capture_output=True, text=True, timeout=900, check=False)
    assert here.returncode == 0, here.stderr
    alone = Run.open(Path(here.stdout.strip()).parent)
    ours, theirs = (shards.manifest(one) for one in (run.bring("data"), alone.path / "data"))
    assert ours["fingerprint"] == theirs["fingerprint"]
    lines = [metrics.read(one.path / "train" / "metrics.jsonl") for one in (run, alone)]
    assert [line.data for line in lines[0]] == [line.data for line in lines[1]]
    assert [line.loss for line in lines[0]] == [line.loss for line in lines[1]]
    logs = {file.name for file in (run.path / "train" / "logs").glob("worker-*.log")}
    assert logs == {"worker-0.log", "worker-1.log"}
    written = "".join(
        file.read_text(errors="replace") for file in run.path.rglob("*") if file.suffix in (".json", ".log")
    )
    assert "private-words" not in written
    assert json.loads((run.path / "settings.json").read_text())["train"]["checkpoint_store"] == store

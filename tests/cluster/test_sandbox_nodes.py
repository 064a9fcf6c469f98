"""`cluster.sandbox`: the programs of a data build run on the nodes kept for them, and nothing else does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import json, os, pathlib, secrets, sys
from ray.cluster_utils import Cluster
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 2})
apart = cluster.add_node(num_cpus=0, resources={"sandbox": 2})
os.environ["RAY_ADDRESS"] = cluster.address
from raymath import cli
from raymath.data import tasks

def spied(stage, name):
    def spy(table, **given):
        import ray
        node = ray.get_runtime_context().get_node_id()
        pathlib.Path(sys_argv[2], secrets.token_hex(4)).write_text(json.dumps([name, node]))
        return stage(table, **given)
    return spy

sys_argv = list(sys.argv)
tasks.verify, tasks.label = spied(tasks.verify, "verify"), spied(tasks.label, "label")
try:
    cli.main(["data", "build", "--config", "quickstart", "--runs", sys.argv[1], "cluster.sandbox=sandbox"])
except SystemExit as ended:
    print(json.dumps([ended.code, apart.node_id]))
finally:
    cluster.shutdown()
"""


@pytest.mark.slow
def test_programs_run_apart(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    seen.mkdir()
    env = os.environ | {"RAY_AUTH_MODE": "disabled", "RAY_DISABLE_USAGE_STATS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "runs"), str(seen)],
        env=env, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    code, apart = json.loads(done.stdout.strip().splitlines()[-1])
    assert code == 0, done.stderr
    where: dict[str, set[str]] = {}
    for file in seen.iterdir():
        name, node = json.loads(file.read_text())
        where.setdefault(name, set()).add(node)
    assert where["verify"] == {apart}
    assert apart not in where["label"]
